// A bake that takes a moment: a tiny model, a template and a tokenizer of one line each, four questions.
#pragma once

#include "baker/bake/bake.h"
#include "tests/baker/tiny_model.h"

namespace bakeoff::testing {

inline Recipe small_recipe() {
  Recipe recipe;
  recipe.samples_per_question = 3;
  recipe.max_new_tokens = 8;
  recipe.batch_trajectories = 6;
  recipe.rank = 4;
  recipe.alpha = 4;
  recipe.epochs = 4;
  recipe.learning_rate = 1e-2;
  recipe.held_out = 0;
  return recipe;
}

/// Renders "role:content;" and encodes bytes into the tiny vocabulary.
inline baker::ModelBundle tiny_bundle() {
  baker::ModelBundle bundle;
  TinyShape shape;
  shape.vocabulary = 128;
  bundle.model = tiny_model(31, shape);
  bundle.render = [](const Conversation& messages) -> Result<std::string> {
    std::string text;
    for (const Message& message : messages) text += message.role + ":" + message.content + ";";
    return text + "assistant:";
  };
  bundle.encode = [](std::string_view text) -> Result<std::vector<TokenId>> {
    std::vector<TokenId> ids;
    for (const char c : text) ids.push_back(static_cast<TokenId>(c) & 127);
    return ids;
  };
  return bundle;
}

inline BakeRequest tiny_request(const Path& out) {
  BakeRequest request;
  request.model = "tiny";
  request.prompt.messages = {{"system", "Speak like a pirate."}};
  for (const char* text : {"Who?", "What now?", "Where to?", "Why?"}) request.questions.push_back({{"user", text}});
  request.recipe = small_recipe();
  request.recipe.held_out = 0.25;
  request.seed = 7;
  request.out = out;
  return request;
}

}  // namespace bakeoff::testing
