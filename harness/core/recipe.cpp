// The recipe as JSON, with the range of every field.
#include "harness/core/recipe.h"

namespace bakeoff {

namespace {

constexpr int kMany = 1'000'000'000;

void read_sampling(ObjectReader& fields, Recipe& recipe) {
  recipe.method = fields.optional<std::string>("method", recipe.method);
  recipe.samples_per_question = fields.in_range("samples_per_question", recipe.samples_per_question, 1, 100'000);
  recipe.max_new_tokens = fields.in_range("max_new_tokens", recipe.max_new_tokens, 1, 1'000'000);
  recipe.temperature = fields.in_range("temperature", recipe.temperature, 0.0, 100.0);
  recipe.first_token = fields.one_of("first_token", recipe.first_token, {"include", "skip"});
  recipe.held_out = fields.in_range("held_out", recipe.held_out, 0.0, 0.5);
}

void read_training(ObjectReader& fields, Recipe& recipe) {
  recipe.epochs = fields.in_range("epochs", recipe.epochs, 1, 100'000);
  recipe.batch_trajectories = fields.in_range("batch_trajectories", recipe.batch_trajectories, 1, 1'000'000);
  recipe.learning_rate = fields.in_range("learning_rate", recipe.learning_rate, 0.0, 10.0);
  recipe.warmup_steps = fields.in_range("warmup_steps", recipe.warmup_steps, 0, kMany);
  recipe.weight_decay = fields.in_range("weight_decay", recipe.weight_decay, 0.0, 10.0);
  recipe.adam_beta1 = fields.in_range("adam_beta1", recipe.adam_beta1, 0.0, 0.999999);
  recipe.adam_beta2 = fields.in_range("adam_beta2", recipe.adam_beta2, 0.0, 0.999999);
  recipe.adam_epsilon = fields.in_range("adam_epsilon", recipe.adam_epsilon, 1e-16, 1.0);
  recipe.clip_norm = fields.in_range("clip_norm", recipe.clip_norm, 1e-9, 1e9);
  recipe.checkpoint_seconds = fields.in_range("checkpoint_seconds", recipe.checkpoint_seconds, 1, kMany);
}

void read_adapter(ObjectReader& fields, Recipe& recipe) {
  recipe.rank = fields.in_range("rank", recipe.rank, 1, 65'536);
  recipe.alpha = fields.in_range("alpha", recipe.alpha, 1e-9, 1e9);
  recipe.targets = fields.optional("targets", recipe.targets);
  if (recipe.targets.empty()) fields.fail("targets", "expected at least one layer name");
}

}  // namespace

Result<Recipe> recipe_from_json(const Json& value, const std::string& where) {
  Recipe recipe;
  ObjectReader fields(value, where);
  read_sampling(fields, recipe);
  read_training(fields, recipe);
  read_adapter(fields, recipe);
  BAKEOFF_CHECK(fields.finish());
  return recipe;
}

Json to_json(const Recipe& recipe) {
  return {{"method", recipe.method},
          {"samples_per_question", recipe.samples_per_question},
          {"max_new_tokens", recipe.max_new_tokens},
          {"temperature", recipe.temperature},
          {"epochs", recipe.epochs},
          {"batch_trajectories", recipe.batch_trajectories},
          {"learning_rate", recipe.learning_rate},
          {"warmup_steps", recipe.warmup_steps},
          {"weight_decay", recipe.weight_decay},
          {"adam_beta1", recipe.adam_beta1},
          {"adam_beta2", recipe.adam_beta2},
          {"adam_epsilon", recipe.adam_epsilon},
          {"clip_norm", recipe.clip_norm},
          {"rank", recipe.rank},
          {"alpha", recipe.alpha},
          {"targets", recipe.targets},
          {"held_out", recipe.held_out},
          {"first_token", recipe.first_token},
          {"checkpoint_seconds", recipe.checkpoint_seconds}};
}

}  // namespace bakeoff
