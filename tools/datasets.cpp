// `bakeoff datasets`: which public sets are known and here; fetching, describing and checking them.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/core/nearest.h"
#include "tools/commands.h"
#include "tools/known_datasets.h"

namespace bakeoff::tools {

namespace {

struct DatasetsOptions {
  std::string action, name;
  std::string from, mirror;
};

void print(const OrderedJson& record) { std::puts(dump(record).c_str()); }

Result<int> list(const std::vector<Dataset>& known) {
  for (const Dataset& dataset : known)
    print({{"name", dataset.name},
           {"present", verify_dataset(dataset).ok()},
           {"path", dataset_folder(dataset).string()},
           {"title", OrderedJson(dataset.manifest.at("title"))},
           {"licence", dataset.licence},
           {"terms", dataset.terms}});
  return 0;
}

Result<Dataset> find(const std::vector<Dataset>& known, const std::string& name) {
  std::vector<std::string> names;
  for (const Dataset& dataset : known) {
    if (dataset.name == name) return dataset;
    names.push_back(dataset.name);
  }
  const std::string meant = nearest(name, names);
  return usage_error(name.empty() ? "names no set" : "unknown set \"" + name + "\"", "datasets",
                     meant.empty() ? "bakeoff datasets list names them" : "did you mean " + meant + "?");
}

Result<int> act_on(const DatasetsOptions& options, const Dataset& dataset) {
  if (options.action == "inspect") {
    print(OrderedJson(dataset.manifest));
    return 0;
  }
  if (options.action == "pull") BAKEOFF_CHECK(pull_dataset(dataset, {options.from, options.mirror}));
  BAKEOFF_CHECK(verify_dataset(dataset));
  print({{"name", dataset.name},
         {"path", dataset_folder(dataset).string()},
         {"licence", dataset.licence},
         {"terms", dataset.terms},
         {"verified", true}});
  return 0;
}

Result<int> datasets(const DatasetsOptions& options) {
  BAKEOFF_TRY(const auto known, known_datasets());
  if (options.action == "list") return list(known);
  BAKEOFF_TRY(const Dataset dataset, find(known, options.name));
  return act_on(options, dataset);
}

}  // namespace

Action declare_datasets(CLI::App& app) {
  auto options = std::make_shared<DatasetsOptions>();
  app.add_option("action", options->action, "list, pull, inspect or verify")
      ->required()
      ->check(CLI::IsMember({"list", "pull", "inspect", "verify"}));
  app.add_option("name", options->name, "Name of the set");
  auto* const from = app.add_option("--from", options->from, "pull: take the files from this folder");
  app.add_option("--mirror", options->mirror, "pull: address (https, http, file) under which NAME/FILE lies")
      ->excludes(from);
  return [options] { return datasets(*options); };
}

}  // namespace bakeoff::tools
