// `bakeoff show`: one recorded conversation with all that is known about it.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/store/place.h"
#include "tools/commands.h"

namespace bakeoff::tools {

namespace {

struct ShowOptions {
  std::string key;
  std::string db;          ///< folder or database; empty: every run below runs/
  std::string suite, arm;  ///< list the samples of these instead
  double below = 2;        ///< of a list: only scores below this, and what is unscored
  bool json = false;
};

std::vector<Path> stores(const ShowOptions& options) {
  return options.db.empty() ? store::stores_below("runs") : std::vector<Path>{store::run_folder(options.db)};
}

Result<store::SampleRow> sample_in(const Path& folder, const std::string& key) {
  BAKEOFF_TRY(const std::unique_ptr<store::Store> store, store::Store::open(folder, store::Access::read));
  return store->sample(key);
}

/// The sample of this key among all stores. The same content may lie in several of them.
Result<store::SampleRow> find_sample(const ShowOptions& options) {
  const std::vector<Path> folders = stores(options);
  if (folders.empty()) return input_error("no runs here", "runs/", "name a run's folder with --db");
  std::optional<store::SampleRow> found;
  std::optional<Error> last;
  for (const Path& folder : folders) {
    auto row = sample_in(folder, options.key);
    if (!row.ok()) {
      last = row.error();
    } else if (!found) {
      found = std::move(row).value();
    } else if (found->sample.key != row->sample.key) {
      return input_error("several samples begin with these digits", options.key, "give more of them");
    }
  }
  if (found) return *found;
  return folders.size() == 1 ? *last : input_error("no run below runs/ has such a sample", options.key, "give --db");
}

Json record_of(const store::SampleRow& row) {
  const Sample& sample = row.sample;
  const Completion& completion = sample.completion;
  return {{"key", sample.key},
          {"arm", sample.arm},
          {"suite", sample.suite},
          {"item", sample.item},
          {"replicate", sample.replicate},
          {"seed", sample.seed},
          {"decoding", to_json(sample.decoding)},
          {"identity", row.identity},
          {"rendered_prompt", completion.rendered_prompt},
          {"messages", to_json(sample.messages)},
          {"ids", completion.ids},
          {"text", completion.text},
          {"finish_reason", completion.finish_reason},
          {"prompt_tokens", completion.prompt_tokens},
          {"completion_tokens", completion.completion_tokens},
          {"wall_seconds", completion.wall_seconds},
          {"error", row.error ? Json(row.error->line()) : Json()},
          {"verdict", row.verdict ? to_json(*row.verdict) : Json()}};
}

std::string verdict_text(const store::SampleRow& row) {
  if (!row.verdict) return "not judged";
  const Verdict& verdict = *row.verdict;
  if (!verdict.score) return "unscored: " + verdict.unscored;
  return dump(Json(*verdict.score)) + "  " + dump(Json(verdict.metrics)) + "  " + dump(verdict.evidence);
}

void print_text(const store::SampleRow& row) {
  const Sample& sample = row.sample;
  const auto line = [](const char* name, const std::string& value) {
    std::printf("%-12s %s\n", name, to_valid_utf8(value).c_str());
  };
  line("sample", sample.key);
  line("arm", sample.arm);
  line("item", sample.suite + " / " + sample.item + ", replicate " + std::to_string(sample.replicate));
  // Of an imported answer nobody knows the seed, how it was drawn and what it cost.
  if (const std::string harness = row.identity.value("harness", ""); !harness.empty())
    line("imported", "from " + harness);
  else
    line("seed", std::to_string(sample.seed) + "  " + dump(to_json(sample.decoding)));
  if (sample.completion.prompt_tokens > 0)
    line("tokens", std::to_string(sample.completion.prompt_tokens) + " prompt, " +
                       std::to_string(sample.completion.completion_tokens) + " answer (" +
                       sample.completion.finish_reason + ")");
  line("verdict", verdict_text(row));
  if (row.error) line("error", row.error->line());
  for (const Message& message : sample.messages)
    std::printf("\n--- %s\n%s\n", message.role.c_str(), to_valid_utf8(message.content).c_str());
}

/// One line per sample of an arm on a suite, in the newest run of the folder: score, key, item.
Result<int> list(const ShowOptions& options) {
  if (options.db.empty()) return usage_error("a list needs a run", "--db", "name the run's folder");
  BAKEOFF_TRY(const auto store, store::Store::open(stores(options).front(), store::Access::read));
  BAKEOFF_TRY(const auto run, store->latest_run());
  BAKEOFF_TRY(const auto rows, store->verdicts(run.id, options.arm, options.suite));
  if (rows.empty())
    return input_error("no sample of this arm on this suite", options.arm + " on " + options.suite,
                       "bakeoff report prints the arms and suites of the run");
  for (const auto& row : rows) {
    const auto& score = row.verdict.score;
    if (score && *score >= options.below) continue;
    if (options.json)
      std::puts(dump(Json{{"key", row.sample_key},
                          {"item", row.item},
                          {"replicate", row.replicate},
                          {"score", score ? Json(*score) : Json()},
                          {"unscored", row.verdict.unscored}})
                    .c_str());
    else
      std::printf("%-8s  %s  %s\n", score ? dump(Json(*score)).c_str() : "unscored", row.sample_key.c_str(),
                  to_valid_utf8(row.item).c_str());
  }
  return 0;
}

Result<int> show(const ShowOptions& options) {
  if (options.key.empty() && options.suite.empty())
    return usage_error("which sample?", "", "name its key, or list samples with --suite and --arm");
  if (options.key.empty()) return list(options);
  BAKEOFF_TRY(const store::SampleRow row, find_sample(options));
  if (options.json)
    std::puts(dump(record_of(row)).c_str());
  else
    print_text(row);
  return 0;
}

}  // namespace

Action declare_show(CLI::App& app) {
  auto options = std::make_shared<ShowOptions>();
  auto* key = app.add_option("sample", options->key, "Key of the sample, or its first digits (at least 6)");
  auto* suite = app.add_option("--suite", options->suite, "Instead of a sample: list those of this suite and --arm");
  auto* arm = app.add_option("--arm", options->arm, "The arm whose samples are listed");
  suite->needs(arm)->excludes(key);
  arm->needs(suite)->excludes(key);
  app.add_option("--below", options->below, "List only scores below this, and what is unscored")->needs(suite);
  app.add_option("--db", options->db, "Folder of a run; default: all below runs/");
  app.add_flag("--json", options->json, "Print one JSON object");
  return [options] { return show(*options); };
}

}  // namespace bakeoff::tools
