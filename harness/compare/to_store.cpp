// See to_store.h. Digests are made of what the source says, since its weights and items are not at hand: equal where
// that is equal, and never one of ours.
#include "harness/compare/to_store.h"

#include <algorithm>
#include <set>

#include "harness/compare/exports.h"
#include "harness/compare/imported.h"
#include "harness/compare/votes.h"
#include "harness/core/sha256.h"
#include "harness/core/words.h"
#include "harness/store/columns.h"

namespace bakeoff::compare {

namespace {

std::string digest_of(const Json& value) { return sha256_hex("imported\n" + dump(value)); }

Json protocol_field(const SuiteResults& suite, const char* key) { return suite.protocol.value(key, Json()); }

/// One suite over all sets that have answers to it.
struct JoinedSuite {
  store::SuiteRow row;
  std::vector<Item> items;  ///< of all sets, each once
  std::set<std::string> seen;
  std::vector<const SuiteResults*> parts;
};

bool is_share(const JoinedSuite& suite, const std::string& metric) {
  bool is_there = false;
  for (const SuiteResults* part : suite.parts)
    for (const ScoredItem& item : part->items) {
      const auto value = item.verdict.metrics.find(metric);
      if (value == item.verdict.metrics.end()) continue;
      if (!(value->second >= 0 && value->second <= 1)) return false;
      is_there = true;
    }
  return is_there;
}

bool is_scored(const SuiteResults& suite) {
  return std::any_of(suite.items.begin(), suite.items.end(),
                     [](const ScoredItem& item) { return !item.verdict.metrics.empty(); });
}

/// The metrics that items have, the primary one first; empty where none lies in [0, 1]. Where nothing is scored they
/// are those that the source names.
std::vector<store::MetricRow> metrics_of(const JoinedSuite& suite) {
  std::vector<store::MetricRow> metrics;
  const bool is_any_scored =
      std::any_of(suite.parts.begin(), suite.parts.end(), [](auto part) { return is_scored(*part); });
  for (const MetricInfo& metric : suite.parts.front()->metrics)
    if (!is_any_scored || is_share(suite, metric.name) || mean_of(*suite.parts.front(), metric.name))
      metrics.push_back({metric.name, metric.higher_is_better, metric.meaning});
  if (!is_any_scored) return metrics.empty() ? std::vector<store::MetricRow>{{"score", true, ""}} : metrics;
  const auto primary =
      std::find_if(metrics.begin(), metrics.end(), [&](const auto& metric) { return is_share(suite, metric.name); });
  if (primary == metrics.end()) return {};
  std::rotate(metrics.begin(), primary, primary + 1);
  return metrics;
}

Verdict with_primary(Verdict verdict, const std::string& metric) {
  if (!verdict.score) return verdict;
  const auto value = verdict.metrics.find(metric);
  if (value == verdict.metrics.end()) return Verdict::not_scored("has no " + metric, std::move(verdict.evidence));
  verdict.score = value->second;
  return verdict;
}

class Importer {
 public:
  Importer(store::Store& store, const std::vector<ResultSet>& sets, const ImportOptions& options)
      : store_(store), sets_(sets), options_(options) {}

  Status run() {
    BAKEOFF_CHECK(check_arms());
    for (const ResultSet& set : sets_)
      for (const SuiteResults& suite : set.suites)
        if (!suite.items.empty()) BAKEOFF_CHECK(join(set, suite));
    settle_suites();
    BAKEOFF_CHECK(store_.claim_experiment(options_.experiment));
    BAKEOFF_TRY(done.run, store_.begin_run({options_.experiment, resolved(), settings()}));
    int position = 0;
    for (const auto& [label, suite] : suites_)
      BAKEOFF_CHECK(store_.put_suite(done.run, position++, suite.row, suite.items));
    for (std::size_t i = 0; i < sets_.size(); ++i) BAKEOFF_CHECK(put_arm(sets_[i], static_cast<int>(i)));
    return store_.end_run(done.run, "complete");
  }

  Imported done;

 private:
  Status check_arms() const {
    std::set<std::string> arms;
    for (const ResultSet& set : sets_) {
      if (set.source == "bakeoff")
        return input_error("is a run of bakeoff already", set.name, "bakeoff runs merge joins shards");
      if (!arms.insert(set.arm).second)
        return input_error("there are two arms \"" + set.arm + "\"", set.name,
                           "name them, ARM=PATH, or import them one after the other as runs of one history");
    }
    return {};
  }

  Status join(const ResultSet& set, const SuiteResults& suite) {
    JoinedSuite& joined = suites_[suite.name];
    if (joined.parts.empty()) {
      joined.row.label = joined.row.name = suite.name;
      joined.row.source = set.source;
      const Json version = protocol_field(suite, "version");
      joined.row.version = version.is_string() ? version.get<std::string>() : version.is_null() ? "" : dump(version);
    } else if (protocol_field(*joined.parts.front(), "data") != protocol_field(suite, "data")) {
      return input_error("suite " + suite.name + " has other documents than in the results before it", set.name,
                         "import these results by themselves");
    }
    joined.parts.push_back(&suite);
    for (const ScoredItem& item : suite.items)
      if (joined.seen.insert(item.id).second)
        joined.items.push_back({item.id, item.group, {{"user", item.question}}, {{"target", target_of(item)}}});
    return {};
  }

  /// Primary metrics and digests; suites that a store can not score are dropped, with a note.
  void settle_suites() {
    for (auto at = suites_.begin(); at != suites_.end();) {
      JoinedSuite& suite = at->second;
      const auto& metrics = suite.parts.front()->metrics;
      const std::string stated = metrics.empty() ? "" : metrics.front().name;
      suite.row.metrics = metrics_of(suite);
      if (suite.row.metrics.empty()) {
        done.notes.push_back(at->first + ": no metric lies in [0, 1], so only its means are kept, as measurements");
        at = suites_.erase(at);
        continue;
      }
      if (!stated.empty() && suite.row.metrics.front().name != stated)
        done.notes.push_back(at->first + ": " + suite.row.metrics.front().name + " is its score, since " + stated +
                             " does not lie in [0, 1]");
      suite.row.digest =
          digest_of({suite.row.source, at->first, suite.row.version, protocol_field(*suite.parts.front(), "data"),
                     std::vector<std::string>(suite.seen.begin(), suite.seen.end())});
      ++at;
    }
  }

  /// With a digest of the answers: the same ones are the same run, others at the same place are another.
  Json resolved() const {
    Json names = Json::array();
    Sha256 content;
    for (const ResultSet& set : sets_) {
      names.push_back({{"arm", set.arm}, {"results", set.name}});
      for (const SuiteResults& suite : set.suites)
        for (const ScoredItem& item : suite.items)
          content.update(dump(Json({suite.name, item.id, item.replicate, item.answer, to_json(item.verdict)})) + "\n");
    }
    return {
        {"name", options_.experiment}, {"model", sets_.front().arm}, {"imported", names}, {"content", content.hex()}};
  }

  Json settings() const {
    Json imported = Json::object();
    for (const ResultSet& set : sets_) imported[set.arm] = imported_note(set);
    return {{"program", options_.program}, {"imported", imported}};
  }

  Status put_arm(const ResultSet& set, int position) {
    store::ArmRow row;
    row.arm.name = set.arm;
    row.arm.kind = position == 0 ? "base" : "imported";
    row.identity = set.identity;
    row.identity["harness"] = set.source;
    row.generator = digest_of(row.identity);
    BAKEOFF_CHECK(store_.put_arm(done.run, position, row));
    for (const Measurement& measurement : set.measurements)
      BAKEOFF_CHECK(store_.put_measurement(done.run, {set.arm, measurement.name, measurement.value, measurement.unit}));
    for (const SuiteResults& suite : set.suites) {
      const auto known = suites_.find(suite.name);
      if (known == suites_.end() || suite.items.empty()) {
        BAKEOFF_CHECK(put_means(set.arm, suite));
        continue;
      }
      for (const ScoredItem& item : suite.items) BAKEOFF_CHECK(put_answer(item, known->second.row, row));
      BAKEOFF_CHECK(put_figures(set.arm, suite));
    }
    return {};
  }

  /// Of a suite whose answers are not stored.
  Status put_means(const std::string& arm, const SuiteResults& suite) {
    for (const MetricInfo& metric : suite.metrics) {
      const auto mean = mean_of(suite, metric.name);
      if (mean)
        BAKEOFF_CHECK(put_figure(arm, suite.name + "/" + metric.name, {mean->mean, mean->standard_error, mean->n}));
    }
    return put_figures(arm, suite);
  }

  /// What no items stand behind.
  Status put_figures(const std::string& arm, const SuiteResults& suite) {
    for (const auto& [metric, figure] : suite.figures)
      if (!mean_of(suite, metric)) BAKEOFF_CHECK(put_figure(arm, suite.name + "/" + metric, figure));
    return {};
  }

  Status put_figure(const std::string& arm, const std::string& name, const SummaryFigure& figure) {
    BAKEOFF_CHECK(store_.put_measurement(done.run, {arm, name, figure.value, ""}));
    if (!figure.standard_error) return {};
    return store_.put_measurement(done.run, {arm, name + "_stderr", *figure.standard_error, ""});
  }

  Status put_answer(const ScoredItem& item, const store::SuiteRow& suite, const store::ArmRow& arm) {
    const Verdict verdict = with_primary(item.verdict, suite.metrics.front().name);
    store::SampleRow row;
    row.generator = arm.generator;
    row.identity = arm.identity;
    row.suite_digest = suite.digest;
    row.sample.key =
        digest_of({arm.generator, suite.digest, item.id, item.replicate, item.answer, to_json(item.verdict)});
    row.sample.arm = arm.arm.name;
    row.sample.suite = suite.label;
    row.sample.item = item.id;
    row.sample.replicate = item.replicate;
    row.sample.messages = {{"user", item.question}, {"assistant", item.answer}};
    row.sample.completion.text = item.answer;
    BAKEOFF_CHECK(store_.put_sample(row, verdict));
    ++done.rows;
    return store_.link_sample(done.run, row.sample);
  }

  store::Store& store_;
  const std::vector<ResultSet>& sets_;
  const ImportOptions& options_;
  std::map<std::string, JoinedSuite> suites_;  // by label
};

/// "1:000000042": votes of one import keep their order where no time says otherwise.
std::string vote_id(std::size_t file, std::size_t line) {
  char text[48];
  std::snprintf(text, sizeof text, "%zu:%09zu", file, line);
  return text;
}

class VoteImporter {
 public:
  VoteImporter(store::Store& store, const std::vector<Path>& files, const ImportOptions& options)
      : store_(store), files_(files), options_(options) {}

  Status run() {
    Json names = Json::array();
    for (const Path& file : files_) {
      BAKEOFF_TRY(const std::string content, sha256_file(file));
      names.push_back({{"file", file.string()}, {"content", content}});
    }
    BAKEOFF_CHECK(store_.claim_experiment(options_.experiment));
    const Json resolved = {{"name", options_.experiment}, {"votes", names}};
    BAKEOFF_TRY(done.run, store_.begin_run({options_.experiment, resolved, {{"program", options_.program}}}));
    for (std::size_t i = 0; i < files_.size(); ++i) BAKEOFF_CHECK(add_file(i));
    if (done.rows == 0) return input_error("holds no vote", files_.front().string());
    for (const auto& [reason, count] : empty_)
      done.notes.push_back(counted(count, "row") + " without a vote left out: " + reason);
    return store_.end_run(done.run, "complete");
  }

  Imported done;

 private:
  Status add_file(std::size_t number) {
    const VoteHandlers handlers{
        .on_vote = [&](std::size_t line, store::VoteRow vote) -> Status {
          vote.id = vote_id(number + 1, line);
          vote.source = files_[number].filename().string();
          if (vote.created_at.empty()) vote.created_at = now_;
          ++done.rows;
          return store_.put_vote(done.run, vote);
        },
        .on_empty = [&](const std::string& reason) { ++empty_[reason]; },
        .on_bad = [](const Error& error) -> Status { return error; },
    };
    return for_each_vote(files_[number], handlers);
  }

  store::Store& store_;
  const std::vector<Path>& files_;
  const ImportOptions& options_;
  const std::string now_ = store::timestamp();
  std::map<std::string, std::int64_t> empty_;
};

/// Takes away what opening a store made where none was: its file and the folders on the way to it.
class Cleaner {
 public:
  explicit Cleaner(const Path& folder) : file_(folder / store::kFileName) {
    std::error_code ignored;
    was_there_ = std::filesystem::exists(file_, ignored);
    for (Path path = std::filesystem::absolute(folder).lexically_normal();
         !std::filesystem::exists(path, ignored) && path.has_relative_path(); path = path.parent_path())
      new_folders_.push_back(path);
  }

  void clean() const {
    if (was_there_) return;
    std::error_code ignored;
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + end, ignored);
    for (const Path& path : new_folders_) std::filesystem::remove(path, ignored);  // one with other files in it stays
  }

 private:
  Path file_;
  bool was_there_ = false;
  std::vector<Path> new_folders_;  // the deepest first
};

/// A refused import leaves what was there before it.
template <class Work>
Result<Imported> import_into(const Path& folder, const Work& make) {
  const Cleaner cleaner(folder);
  const auto import = [&]() -> Result<Imported> {
    BAKEOFF_TRY(const std::unique_ptr<store::Store> store, store::Store::open(folder, store::Access::write));
    auto importer = make(*store);
    BAKEOFF_CHECK(store->transaction([&] { return importer.run(); }));
    return std::move(importer.done);
  };
  auto done = import();
  if (!done.ok()) cleaner.clean();
  return done;
}

}  // namespace

Result<Imported> import_results(const std::vector<ResultSet>& sets, const Path& folder, const ImportOptions& options) {
  if (sets.empty()) return input_error("there are no results to import", folder.string());
  return import_into(folder, [&](store::Store& store) { return Importer(store, sets, options); });
}

Result<Imported> import_votes(const std::vector<Path>& files, const Path& folder, const ImportOptions& options) {
  if (files.empty()) return input_error("there are no votes to import", folder.string());
  return import_into(folder, [&](store::Store& store) { return VoteImporter(store, files, options); });
}

}  // namespace bakeoff::compare
