// The store: one SQLite file, bakeoff.db, in a run's folder, with everything but weights. schema.sql documents the
// tables. Work is kept by content key, and runs refer to it, so that a second run makes only what is new.
//
//   BAKEOFF_TRY(auto store, store::Store::open("runs/pirate", store::Access::read));
//   BAKEOFF_TRY(auto run, store->latest_run());
//   BAKEOFF_TRY(auto arms, store->arms(run.id));
//   BAKEOFF_TRY(auto rows, store->verdicts(run.id, "baked", "style"));   // ordered by item, then replicate
//   BAKEOFF_TRY(auto sample, store->sample(rows[0].sample_key));         // the conversation in full
//
// Thread rule: a Store belongs to one thread at a time; several may have the file open, of which one writes.
// A process that is killed at any moment leaves a store that opens and holds every commit.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/exhibit.h"
#include "harness/store/database.h"
#include "harness/store/rows.h"

namespace bakeoff::store {

inline constexpr const char* kFileName = "bakeoff.db";
inline constexpr int kSchemaVersion = 2;
inline constexpr const char* kBaselineTag = "baseline";

enum class Access { read, write };

class Store {
 public:
  /// Access::write creates folder and file, and brings a store of an older schema to this one. Access::read of an older
  /// one finds nothing in the tables it lacks. Access::read of a folder without a store: input error. A file that is no
  /// store, is damaged, or comes from a newer program: input error. Disk trouble: infrastructure error.
  static Result<std::unique_ptr<Store>> open(const Path& folder, Access access);
  /// Is there a store with tables? A process killed in its first instant leaves a file without any.
  static Result<bool> is_there(const Path& folder);
  const Path& folder() const { return folder_; }

  /// Runs `work` in one transaction (BEGIN IMMEDIATE); its error rolls back. Not nested.
  Status transaction(const std::function<Status()>& work);

  // --- writes: all within transaction() ---
  /// The one experiment of this folder; another name is an input error.
  Status claim_experiment(const std::string& name);
  struct RunStart {
    std::string experiment;
    Json resolved;
    Json settings;
  };
  /// A new run with status "running"; an earlier one of the same digest that never ended is taken over.
  Result<RunId> begin_run(const RunStart& start);
  Status end_run(RunId run, const std::string& status);
  Status put_arm(RunId run, int position, const ArmRow& row);
  Status put_suite(RunId run, int position, const SuiteRow& row, const std::vector<Item>& items);
  /// Records a finished bake under its key. Idempotent.
  Status put_bake(const BakeRow& row);
  Status link_bake(RunId run, int position, const std::string& name, const std::string& key);
  /// Records a sample with its verdict. A sample that is there already is replaced.
  /// `row.identity` must be filled. Texts are made valid UTF-8.
  Status put_sample(const SampleRow& row, const Verdict& verdict);
  Status link_sample(RunId run, const Sample& sample);
  Status put_measurement(RunId run, const Measurement& measurement);
  Status add_cost(RunId run, const CostRow& cost);
  /// What a suite of the run (label) shows beyond scores; replaces what was there.
  Status put_exhibits(RunId run, const std::string& suite, const std::vector<Exhibit>& exhibits);
  /// Idempotent by id: a vote that is there stays as it is.
  Status put_vote(RunId run, const VoteRow& vote);
  /// Names a run; the name moves if it was another's. An empty name, a number, and @ : / or spaces in it
  /// are an input error.
  Status tag_run(const std::string& name, RunId run);
  /// No such name: input error.
  Status untag(const std::string& name);
  /// A value to find again by name: what a file's content id was when it had this size and time.
  Status put_stamp(const std::string& stamp, const Json& value);

  // --- reads ---
  /// Does this folder hold this experiment (or none yet)? Another one is an input error.
  Status check_experiment(const std::string& name);
  Result<std::vector<RunRow>> runs();
  /// The newest ones, the oldest of them first.
  Result<std::vector<RunRow>> newest_runs(std::int64_t most);
  /// The ids above `after`, ascending.
  Result<std::vector<RunId>> runs_after(RunId after);
  /// No such run: input error.
  Result<RunRow> run(RunId id);
  /// The newest run; none: input error.
  Result<RunRow> latest_run();
  Result<std::vector<ArmRow>> arms(RunId run);
  Result<std::vector<SuiteRow>> suites(RunId run);
  Result<std::vector<Item>> items(const std::string& suite_digest);
  Result<std::vector<BakeRow>> bakes(RunId run);
  Result<std::optional<BakeRow>> bake(const std::string& key);
  /// By the content id of its adapter or the first digits of it; several: input error.
  Result<std::optional<BakeRow>> bake_of_adapter(const std::string& adapter_id);
  /// Bakes that started from this adapter (whole content id), the oldest first.
  Result<std::vector<BakeRow>> bakes_from(const std::string& adapter_id);
  /// Rows of one arm on one suite (label), ordered by item position, then replicate. Samples not judged yet are
  /// unscored.
  Result<std::vector<VerdictRow>> verdicts(RunId run, const std::string& arm, const std::string& suite);
  /// By key, or the first digits of it (at least 6); none or several: input error.
  Result<SampleRow> sample(const std::string& key);
  /// The text of its last answer alone, by its whole key.
  Result<std::string> answer(const std::string& sample_key);
  /// Is there a sample of this key, judged by this suite, that needs no second try?
  Result<bool> has_verdict(const std::string& sample_key, const std::string& suite_digest);
  /// How many verdicts of a run have no score.
  Result<std::int64_t> unscored(RunId run);
  Result<std::vector<Measurement>> measurements(RunId run);
  Result<std::vector<CostRow>> costs(RunId run);
  /// (suite label, exhibit), in the order of the suites, then as they were put.
  Result<std::vector<std::pair<std::string, Exhibit>>> exhibits(RunId run);
  /// In the order of their time, then id.
  Result<std::vector<VoteRow>> votes(RunId run);
  /// By arm, then suite, as the run shows them.
  Result<std::vector<ScoreRow>> scores(RunId run);
  Result<std::vector<std::pair<std::string, RunId>>> tags();
  Result<std::optional<RunId>> run_of_tag(const std::string& name);
  Result<std::optional<Json>> stamp(const std::string& stamp);

 private:
  struct Text {
    Value inline_text, blob;  ///< exactly one is not NULL
  };
  Store(Path folder, Database database);
  Status prepare(Access access);
  /// Large texts go to the table blobs, once each.
  Result<Text> put_text(const std::string& text);
  /// The text of two neighbouring columns: inline, then blob.
  Result<std::string> get_text(const Rows& rows, int column);
  Status put_generator(const std::string& digest, const Json& identity);
  /// The only key that begins so.
  Result<std::string> whole_key(const std::string& key);
  Error no_sample(const std::string& key) const;
  Result<SampleRow> sample_from(const Rows& rows);
  Result<BakeRow> bake_from(const Rows& rows);
  Path folder_;
  Database database_;
  std::int64_t version_ = kSchemaVersion;  ///< of a reader's file: may be older
};

}  // namespace bakeoff::store
