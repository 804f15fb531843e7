// `bakeoff adapters`: what adapters on disk hold, and what can be made of them.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include <CLI/CLI.hpp>

#include "harness/core/words.h"
#include "tools/commands.h"
#include "tools/model_options.h"

namespace bakeoff::tools {

namespace {

struct AdaptersOptions {
  ModelOptions model;
  std::string action, out, format = "gguf";
  std::vector<std::string> words;  ///< what follows the action
  int rank = 0;
  bool json = false;
};

using Tools = std::unique_ptr<AdapterTools>;

Result<Tools> adapter_tools() {
  BAKEOFF_TRY(Baker* const baker, load_baker());
  return baker->adapter_tools();
}

void print(const OrderedJson& record) { std::puts(dump(record).c_str()); }

std::string last_name(const std::string& module) { return module.substr(module.rfind('.') + 1); }

/// All modules of one name over the layers, as one row of the table.
struct Row {
  std::size_t modules = 0;
  std::set<std::int64_t> ranks;
  std::set<double> scales;
  double squares = 0;
};

std::string range(double least, double most) {
  char text[64];
  if (least == most)
    std::snprintf(text, sizeof text, "%g", least);
  else
    std::snprintf(text, sizeof text, "%g to %g", least, most);
  return text;
}

void print_table(const AdapterCard& card) {
  std::vector<std::string> order;
  std::map<std::string, Row> rows;
  for (const AdapterModule& module : card.modules) {
    const std::string name = last_name(module.name);
    Row& row = rows[name];
    if (row.modules++ == 0) order.push_back(name);
    row.ranks.insert(module.rank);
    row.scales.insert(module.scale);
    row.squares += module.norm * module.norm;
  }
  std::printf("%-20s %7s %10s %12s %10s\n", "module", "count", "rank", "alpha / r", "norm");
  for (const std::string& name : order) {
    const Row& row = rows[name];
    const std::string rank = range(static_cast<double>(*row.ranks.begin()), static_cast<double>(*row.ranks.rbegin()));
    std::printf("%-20s %7zu %10s %12s %10.4g\n", name.c_str(), row.modules, rank.c_str(),
                range(*row.scales.begin(), *row.scales.rbegin()).c_str(), std::sqrt(row.squares));
  }
}

void print_card(const AdapterCard& card) {
  std::printf("folder      %s\nadapter     %s\nbase        %s\n", card.folder.c_str(), card.digest.c_str(),
              card.base.empty() ? "-" : card.base.c_str());
  std::printf("tensors     %lld, %lld parameters%s\n", static_cast<long long>(card.tensors),
              static_cast<long long>(card.parameters), card.dora ? ", DoRA" : "");
  for (const std::string& name : card.whole) std::printf("whole       %s\n", name.c_str());
  for (const char* key : {"student", "recipe", "made", "lineage"})
    if (card.record.is_object() && card.record.contains(key))
      std::printf("%-11s %s\n", key, dump(card.record[key]).c_str());
  std::puts("");
  print_table(card);
}

Result<Path> only_folder(const AdaptersOptions& options) {
  if (options.words.size() == 1) return Path(options.words[0]);
  return usage_error("expected one folder", "adapters " + options.action, "see bakeoff adapters --help");
}

Result<Path> out_of(const AdaptersOptions& options) {
  if (!options.out.empty()) return Path(options.out);
  return usage_error("needs --out", "adapters " + options.action, "see bakeoff adapters --help");
}

Result<std::vector<AdapterUse>> parts_of(const AdaptersOptions& options, std::size_t least) {
  if (options.words.size() < least)
    return usage_error("expected at least " + counted(static_cast<std::int64_t>(least), "adapter folder"),
                       "adapters " + options.action, "see bakeoff adapters --help");
  std::vector<AdapterUse> parts;
  for (const std::string& word : options.words) {
    BAKEOFF_TRY(parts.emplace_back(), parse_summand(word));
  }
  return parts;
}

std::vector<Path> adapters_in(const Path& folder) {
  std::set<Path> found;
  std::error_code ignored;
  const auto is_adapter = [&](const Path& path) {
    return std::filesystem::exists(path / "adapter_config.json", ignored);
  };
  if (is_adapter(folder)) found.insert(folder);
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (entry.is_directory(ignored) && is_adapter(entry.path())) found.insert(entry.path());
  return {found.begin(), found.end()};
}

/// One record an adapter; one that can not be read gets its error.
Result<int> list(const AdaptersOptions& options) {
  BAKEOFF_TRY(const Path folder, only_folder(options));
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) return input_error("no such folder", folder.string());
  BAKEOFF_TRY(const Tools tools, adapter_tools());
  for (const Path& path : adapters_in(folder)) {
    const auto card = tools->inspect(path);
    if (!card.ok()) {
      print({{"folder", path.string()}, {"error", card.error().line()}});
      continue;
    }
    const OrderedJson all = to_json(*card);
    OrderedJson record;
    for (const char* key : {"folder", "adapter", "base", "rank", "tensors", "parameters"}) record[key] = all[key];
    record["modules"] = card->modules.size();
    print(record);
  }
  return 0;
}

Result<int> inspect(const AdaptersOptions& options) {
  BAKEOFF_TRY(const Path folder, only_folder(options));
  BAKEOFF_TRY(const Tools tools, adapter_tools());
  BAKEOFF_TRY(const AdapterCard card, tools->inspect(folder));
  options.json ? print(to_json(card)) : print_card(card);
  return 0;
}

Result<int> verify(const AdaptersOptions& options) {
  BAKEOFF_TRY(const Path folder, only_folder(options));
  BAKEOFF_TRY(Baker* const baker, load_baker());
  BAKEOFF_TRY(const Tools tools, baker->adapter_tools());
  BAKEOFF_TRY(const AdapterCard card, tools->inspect(folder));
  BAKEOFF_TRY(const double effect, baker->prove_effect(options.model.model, {folder, 1.0}, options.model.engine, {}));
  print({{"folder", folder.string()},
         {"adapter", card.digest},
         {"model", options.model.model},
         {"tensors", card.tensors},
         {"effect_kl", effect},
         {"verified", true}});
  return 0;
}

Result<int> merge(const AdaptersOptions& options) {
  BAKEOFF_TRY(const auto parts, parts_of(options, 1));
  BAKEOFF_TRY(const Path out, out_of(options));
  BAKEOFF_TRY(const Tools tools, adapter_tools());
  BAKEOFF_TRY(const MergeOutcome outcome, tools->merge(options.model.model, parts, out));
  print({{"folder", outcome.folder.string()},
         {"model_sha256", outcome.digest},
         {"changed_weights", outcome.changed},
         {"missing", outcome.missing}});
  return 0;
}

OrderedJson made_record(const AdapterCard& card) {
  return {{"folder", card.folder.string()},
          {"adapter", card.digest},
          {"rank", to_json(card)["rank"]},
          {"modules", card.modules.size()}};
}

Result<int> sum(const AdaptersOptions& options) {
  BAKEOFF_TRY(const auto parts, parts_of(options, 2));
  BAKEOFF_TRY(const Path out, out_of(options));
  BAKEOFF_TRY(const Tools tools, adapter_tools());
  BAKEOFF_TRY(const AdapterCard card, tools->sum(parts, out));
  print(made_record(card));
  return 0;
}

Result<int> scale(const AdaptersOptions& options) {
  AdapterUse part;
  const std::string number = options.words.size() == 2 ? options.words[1] : "";
  const auto read = std::from_chars(number.data(), number.data() + number.size(), part.scale);
  if (number.empty() || read.ec != std::errc{} || read.ptr != number.data() + number.size())
    return usage_error("expected a folder and a number", "adapters scale", "bakeoff adapters scale DIR 0.5 --out DIR");
  part.folder = options.words[0];
  BAKEOFF_TRY(const Path out, out_of(options));
  BAKEOFF_TRY(const Tools tools, adapter_tools());
  BAKEOFF_TRY(const AdapterCard card, tools->sum({part}, out));
  print(made_record(card));
  return 0;
}

Result<int> truncate(const AdaptersOptions& options) {
  BAKEOFF_TRY(const Path folder, only_folder(options));
  BAKEOFF_TRY(const Path out, out_of(options));
  if (options.rank < 1) return usage_error("needs --rank of at least 1", "adapters truncate");
  BAKEOFF_TRY(const Tools tools, adapter_tools());
  BAKEOFF_TRY(const Truncation result, tools->truncate(folder, options.rank, out));
  OrderedJson record = made_record(result.adapter);
  record["kept"] = result.kept;
  record["kept_of_module"] = result.kept_of_module;
  print(record);
  return 0;
}

Result<int> export_to(const AdaptersOptions& options) {
  if (options.format != "gguf") return merge(options);
  BAKEOFF_TRY(const Path folder, only_folder(options));
  BAKEOFF_TRY(const Path out, out_of(options));
  BAKEOFF_TRY(const Tools tools, adapter_tools());
  BAKEOFF_TRY(const std::int64_t tensors, tools->export_gguf(options.model.model, folder, out));
  print({{"file", out.string()}, {"format", options.format}, {"tensors", tensors}});
  return 0;
}

struct SubVerb {
  const char* name;
  Result<int> (*run)(const AdaptersOptions& options);
};
constexpr SubVerb kActions[] = {{"list", list},   {"inspect", inspect}, {"verify", verify},     {"merge", merge},
                                {"scale", scale}, {"sum", sum},         {"truncate", truncate}, {"export", export_to}};

}  // namespace

Action declare_adapters(CLI::App& app) {
  auto options = std::make_shared<AdaptersOptions>();
  std::vector<std::string> names;
  for (const SubVerb& action : kActions) names.emplace_back(action.name);
  app.add_option("action", options->action, "list, inspect, verify, merge, scale, sum, truncate or export")
      ->required()
      ->check(CLI::IsMember(names));
  app.add_option("what", options->words,
                 "list: a folder; scale: DIR NUMBER; sum and merge: DIR[:SCALE] ...; the others: an adapter's folder")
      ->required();
  add_model_option(app, options->model);
  app.add_option("--out", options->out, "What to make: a folder, or the file of an export; must not exist");
  app.add_option("--rank", options->rank, "truncate: the most ranks that a module keeps");
  app.add_option("--format", options->format, "export: gguf (llama.cpp's LoRA) or merged (a Hugging Face folder)")
      ->capture_default_str()
      ->check(CLI::IsMember({"gguf", "merged"}));
  app.add_flag("--json", options->json, "inspect: the whole record as JSON");
  add_engine_options(app, options->model);
  return [options]() -> Result<int> {
    for (const SubVerb& action : kActions)
      if (options->action == action.name) return action.run(*options);
    return internal_error("no such action", options->action);
  };
}

}  // namespace bakeoff::tools
