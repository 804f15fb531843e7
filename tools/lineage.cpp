// `bakeoff lineage`: what an adapter was baked from, back to the model, and what was baked from it.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/store/place.h"
#include "reports/format.h"
#include "reports/table.h"
#include "tools/commands.h"

namespace bakeoff::tools {

namespace {

struct LineageFlags {
  std::string adapter, db;
  bool json = false;
};

/// The bakes of several stores; a bake may have started from one of another folder.
class Bakes {
 public:
  /// One of several that can not be read is left out, with a line on standard error.
  static Result<Bakes> open(const std::vector<Path>& folders) {
    Bakes bakes;
    for (const Path& folder : folders) {
      auto store = store::Store::open(folder, store::Access::read);
      if (store.ok())
        bakes.stores_.push_back(std::move(*store));
      else if (folders.size() == 1)
        return store.error();
      else
        std::fprintf(stderr, "bakeoff: left out: %s\n", store.error().line().c_str());
    }
    return bakes;
  }

  Result<std::optional<store::BakeRow>> find(const std::string& adapter) {
    for (const auto& store : stores_) {
      BAKEOFF_TRY(auto row, store->bake_of_adapter(adapter));
      if (row) return row;
    }
    return std::optional<store::BakeRow>();
  }

  /// Bakes that started from this adapter.
  Result<std::vector<store::BakeRow>> children(const std::string& adapter) {
    std::vector<store::BakeRow> found;
    for (const auto& store : stores_) {
      BAKEOFF_TRY(auto rows, store->bakes_from(adapter));
      for (store::BakeRow& row : rows) found.push_back(std::move(row));
    }
    return found;
  }

 private:
  std::vector<std::unique_ptr<store::Store>> stores_;
};

OrderedJson record_of(const store::BakeRow& row) {
  return {{"adapter", row.adapter_id},
          {"folder", row.folder.string()},
          {"parent", row.parent},
          {"model", row.model},
          {"model_digest", row.model_digest},
          {"prompt", OrderedJson(row.prompt)},
          {"recipe", OrderedJson(row.recipe)},
          {"seed", row.seed},
          {"kl_last", row.outcome.kl_last},
          {"created_at", row.created_at}};
}

/// The first words of a prompt, and how many messages follow. `prompt` is a record of core's Prompt.
std::string words_of(const Json& prompt) {
  const Json messages = prompt.value("messages", Json::array());
  if (messages.empty() || !messages[0].contains("content") || !messages[0]["content"].is_string()) return dump(prompt);
  const std::string more =
      messages.size() > 1 ? "  (and " + std::to_string(messages.size() - 1) + " more messages)" : "";
  const std::string name = prompt.value("name", "");
  return (name.empty() ? "" : name + ": ") +
         reports::fitted(reports::printable(messages[0]["content"].get<std::string>()), 60) + more;
}

void print_bake(const store::BakeRow& row, const char* role) {
  std::printf("%-9s %s\n", role, row.adapter_id.c_str());
  const auto line = [](const char* name, const std::string& text) {
    std::printf("          %-8s %s\n", name, reports::fitted(reports::printable(text), 100).c_str());
  };
  line("made", reports::time_text(row.created_at) + ", seed " + std::to_string(row.seed));
  line("prompt", words_of(row.prompt));
  line("recipe", dump(row.recipe));
  line("KL", reports::fixed(row.outcome.kl_first, 4) + " to " + reports::fixed(row.outcome.kl_last, 4) + " nats/token");
  line("folder", row.folder.string());
}

Result<int> lineage(const LineageFlags& flags) {
  if (flags.adapter.empty()) return usage_error("names no adapter", "lineage", "bakeoff report shows the ids");
  const auto folders = flags.db.empty() ? store::stores_below("runs") : std::vector<Path>{store::run_folder(flags.db)};
  if (folders.empty()) return input_error("no runs here", "runs/", "name a run's folder with --db");
  BAKEOFF_TRY(Bakes bakes, Bakes::open(folders));
  BAKEOFF_TRY(auto row, bakes.find(flags.adapter));
  if (!row)
    return input_error("no bake made an adapter that begins with \"" + flags.adapter + "\"",
                       flags.db.empty() ? "runs/" : flags.db, "bakeoff report shows the ids; --db names a folder");
  BAKEOFF_TRY(const auto children, bakes.children(row->adapter_id));
  std::vector<store::BakeRow> chain;
  while (row) {
    chain.push_back(*row);
    BAKEOFF_TRY(row, bakes.find(row->parent));
    // Content ids can not form a ring; a damaged store could.
    if (chain.size() > 10'000) return input_error("the ancestry never ends: the store is damaged", flags.adapter);
  }
  if (flags.json) {
    OrderedJson ancestry = OrderedJson::array(), below = OrderedJson::array();
    for (const auto& each : chain) ancestry.push_back(record_of(each));
    for (const auto& each : children) below.push_back(record_of(each));
    std::puts(dump(OrderedJson{{"adapter", chain.front().adapter_id},
                               {"ancestry", std::move(ancestry)},
                               {"root", chain.back().parent},
                               {"children", std::move(below)}})
                  .c_str());
    return 0;
  }
  for (std::size_t i = 0; i < chain.size(); ++i) print_bake(chain[i], i == 0 ? "adapter" : "from");
  const store::BakeRow& oldest = chain.back();
  const bool is_model = oldest.parent == oldest.model_digest;
  std::printf("%-9s %s %s\n", is_model ? "model" : "from", oldest.parent.c_str(),
              is_model ? oldest.model.c_str() : "(not in these stores)");
  for (const auto& each : children) print_bake(each, "child");
  return 0;
}

}  // namespace

Action declare_lineage(CLI::App& app) {
  auto flags = std::make_shared<LineageFlags>();
  app.add_option("adapter", flags->adapter, "Content id of the adapter, or its first digits")->required();
  app.add_option("--db", flags->db, "Folder of a run; default: all below runs/");
  app.add_flag("--json", flags->json, "Print one JSON object");
  return [flags] { return lineage(*flags); };
}

}  // namespace bakeoff::tools
