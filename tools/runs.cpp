// `bakeoff runs`: which runs there are; naming, removing and joining them; taking out what none refers to.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/core/words.h"
#include "harness/store/merge.h"
#include "harness/store/place.h"
#include "harness/store/upkeep.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/table.h"
#include "tools/commands.h"

namespace bakeoff::tools {

namespace {

using reports::Ink;

struct RunsFlags {
  std::string action, out;
  std::vector<std::string> runs;
  std::int64_t last = 20;
  bool json = false, dry_run = false, remove_tag = false;
};

/// The folders named, or all below runs/.
Result<std::vector<Path>> folders_of(const RunsFlags& flags) {
  std::vector<Path> folders;
  for (const std::string& name : flags.runs) folders.push_back(store::run_folder(name));
  if (folders.empty()) folders = store::stores_below("runs");
  if (folders.empty()) return input_error("no runs here", "runs/", "name a run's folder");
  return folders;
}

/// The execution that a name means; verbs that change it want it named.
Result<store::Place> execution_of(const std::string& name) {
  store::Place place = store::place_of(name);
  BAKEOFF_TRY(const auto store, store::Store::open(place.folder, store::Access::read));
  if (!place.execution.empty()) return place;
  BAKEOFF_TRY(const auto runs, store->newest_runs(2));
  if (runs.size() > 1)
    return input_error("the folder holds several runs", name,
                       "name one of them: " + name + "@" + std::to_string(runs.back().id));
  return place;
}

OrderedJson record_of(const Path& folder, const store::RunRow& run, const std::vector<std::string>& tags) {
  return {{"run", folder.string() + "@" + std::to_string(run.id)},
          {"experiment", run.experiment},
          {"status", run.status},
          {"started_at", run.started_at},
          {"finished_at", run.finished_at.empty() ? OrderedJson() : OrderedJson(run.finished_at)},
          {"tags", tags},
          {"digest", run.digest}};
}

std::vector<std::string> tags_of(const std::vector<std::pair<std::string, store::RunId>>& all, store::RunId run) {
  std::vector<std::string> names;
  for (const auto& [name, id] : all)
    if (id == run) names.push_back(name);
  return names;
}

/// A store that can not be worked on does not keep the others from it.
template <typename Work>
Result<int> on_each(const std::vector<Path>& folders, Work work) {
  if (folders.size() == 1) {
    BAKEOFF_CHECK(work(folders.front()));
    return 0;
  }
  std::optional<Error> failed;
  for (const Path& folder : folders) {
    const Status done = work(folder);
    if (done.ok()) continue;
    std::fprintf(stderr, "bakeoff: %s\n", done.error().line().c_str());
    failed = done.error();
  }
  if (!failed) return 0;
  return Error{failed->kind, "not all stores could be read", "", ""};
}

/// How many runs were shown.
Result<std::size_t> list_store(const Path& folder, const RunsFlags& flags, reports::TextTable& table) {
  BAKEOFF_TRY(const auto store, store::Store::open(folder, store::Access::read));
  BAKEOFF_TRY(const auto runs, store->newest_runs(flags.last));
  BAKEOFF_TRY(const auto tags, store->tags());
  for (const store::RunRow& run : runs) {
    const auto names = tags_of(tags, run.id);
    if (flags.json) {
      std::puts(dump(record_of(folder, run, names)).c_str());
      continue;
    }
    std::string joined;
    for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
    const Ink ink = run.status == "complete" ? Ink::plain : run.status == "failed" ? Ink::bad : Ink::soft;
    table.add({{folder.string() + "@" + std::to_string(run.id)},
               {run.status, ink},
               {reports::time_text(run.started_at)},
               {reports::fitted(reports::printable(run.experiment), 24)},
               {reports::printable(joined), Ink::strong}});
  }
  return runs.size();
}

Result<int> list(const RunsFlags& flags) {
  BAKEOFF_TRY(const auto folders, folders_of(flags));
  reports::TextTable table;
  table.add({{"run", Ink::soft},
             {"status", Ink::soft},
             {"started", Ink::soft},
             {"experiment", Ink::soft},
             {"names", Ink::soft}});
  std::size_t shown = 0;
  const auto listed = on_each(folders, [&](const Path& folder) -> Status {
    BAKEOFF_TRY(const std::size_t runs, list_store(folder, flags, table));
    shown += runs;
    return {};
  });
  if (flags.json) return listed;
  if (shown > 0)
    std::fputs(table.render(reports::wants_colour()).c_str(), stdout);
  else if (listed.ok())
    std::puts("no runs yet");
  return listed;
}

Result<int> remove(const RunsFlags& flags) {
  if (flags.runs.empty()) return usage_error("names no run", "runs rm", "bakeoff runs list shows them");
  for (const std::string& name : flags.runs) {
    BAKEOFF_TRY(const store::Place place, execution_of(name));
    BAKEOFF_TRY(const auto store, store::Store::open(place.folder, store::Access::read));
    BAKEOFF_TRY(const store::RunId run, store::find_execution(*store, place.execution));
    BAKEOFF_CHECK(store::remove_run(place.folder, run));
    std::printf("removed %s@%lld; its samples stay for reuse until bakeoff runs gc\n", place.folder.c_str(),
                static_cast<long long>(run));
  }
  return 0;
}

Result<int> tag(const RunsFlags& flags) {
  if (flags.runs.size() != 2)
    return usage_error("wants a run and a name for it", "runs tag", "bakeoff runs tag runs/pirate@3 baseline");
  const store::Place place = store::place_of(flags.runs[0]);
  if (!std::filesystem::exists(place.folder / store::kFileName))
    return input_error("there is no store here", place.folder.string(), "name a run's folder");
  BAKEOFF_TRY(const auto store, store::Store::open(place.folder, store::Access::write));
  if (flags.remove_tag) {
    BAKEOFF_CHECK(store->transaction([&] { return store->untag(flags.runs[1]); }));
    std::printf("%s: no run is called %s any more\n", place.folder.c_str(), flags.runs[1].c_str());
    return 0;
  }
  BAKEOFF_TRY(const store::RunId run, store::find_execution(*store, place.execution));
  BAKEOFF_CHECK(store->transaction([&] { return store->tag_run(flags.runs[1], run); }));
  std::printf("%s@%lld is now called %s\n", place.folder.c_str(), static_cast<long long>(run), flags.runs[1].c_str());
  return 0;
}

Result<int> merge(const RunsFlags& flags) {
  if (flags.out.empty())
    return usage_error("has no place for the result", "runs merge", "give --out FOLDER and the shards' folders");
  std::vector<Path> folders;
  for (const std::string& name : flags.runs) folders.push_back(store::run_folder(name));
  BAKEOFF_TRY(const store::MergedRun merged, store::merge_shards(folders, flags.out));
  std::printf("%zu shards merged into %s@%lld: %s; report: bakeoff report %s\n", folders.size(), flags.out.c_str(),
              static_cast<long long>(merged.run), counted(merged.samples, "sample").c_str(), flags.out.c_str());
  return 0;
}

Status collect_in(const Path& folder, const RunsFlags& flags) {
  BAKEOFF_TRY(const store::Garbage garbage, store::collect_garbage(folder, {.dry_run = flags.dry_run}));
  if (flags.json) {
    OrderedJson adapters = OrderedJson::array();
    for (const Path& each : garbage.adapters) adapters.push_back(each.string());
    std::puts(dump(OrderedJson{{"folder", folder.string()},
                               {"rows", garbage.rows},
                               {"adapters", adapters},
                               {"bytes", garbage.bytes},
                               {"dry_run", flags.dry_run}})
                  .c_str());
    return {};
  }
  std::string text;
  for (const auto& [table, count] : garbage.rows) text += (text.empty() ? "" : ", ") + count_text(count) + " " + table;
  if (!garbage.adapters.empty())
    text += (text.empty() ? "" : ", ") + counted(static_cast<std::int64_t>(garbage.adapters.size()), "adapter folder");
  std::printf("%s: %s%s; %s\n", folder.c_str(), flags.dry_run ? "would remove " : "removed ",
              text.empty() ? "nothing" : text.c_str(), reports::bytes_text(garbage.bytes).c_str());
  return {};
}

Result<int> collect(const RunsFlags& flags) {
  BAKEOFF_TRY(const auto folders, folders_of(flags));
  return on_each(folders, [&](const Path& folder) { return collect_in(folder, flags); });
}

struct RunsAction {
  const char* name;
  Result<int> (*work)(const RunsFlags&);
};
constexpr RunsAction kActions[] = {{"list", list}, {"rm", remove}, {"tag", tag}, {"merge", merge}, {"gc", collect}};

Result<int> run_action(const RunsFlags& flags) {
  for (const RunsAction& action : kActions)
    if (flags.action == action.name) return action.work(flags);
  return internal_error("no such action: " + flags.action);
}

}  // namespace

Action declare_runs(CLI::App& app) {
  auto flags = std::make_shared<RunsFlags>();
  std::vector<std::string> names;
  for (const RunsAction& action : kActions) names.emplace_back(action.name);
  app.add_option("action", flags->action, "list, rm, tag, merge (shards) or gc (what no run refers to)")
      ->required()
      ->check(CLI::IsMember(names));
  app.add_option("runs", flags->runs,
                 "list, gc: folders, all below runs/ by default. rm: RUN@N. tag: RUN@N and a name. merge: the shards");
  app.add_option("--out", flags->out, "merge: folder of the whole run");
  app.add_option("--last", flags->last, "list: at most so many runs of each folder, the newest ones")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  app.add_flag("--remove", flags->remove_tag, "tag: take the name away");
  app.add_flag("--dry-run", flags->dry_run, "gc: only tell what would go");
  app.add_flag("--json", flags->json, "list, gc: one JSON object a line");
  return [flags] { return run_action(*flags); };
}

}  // namespace bakeoff::tools
