// Experiments, runs, what people call them, and what they scored.
#include <algorithm>
#include <limits>

#include "harness/core/sha256.h"
#include "harness/store/columns.h"
#include "harness/store/store.h"

namespace bakeoff::store {
namespace {

Result<RunRow> run_from(const Rows& rows, const std::string& where) {
  RunRow run;
  run.id = rows.integer(0);
  run.experiment = rows.text(1);
  run.digest = rows.text(2);
  run.status = rows.text(3);
  run.started_at = rows.text(4);
  run.finished_at = rows.text(5);
  BAKEOFF_TRY(run.resolved, json_column(rows, 6, where));
  BAKEOFF_TRY(run.settings, json_column(rows, 7, where));
  return run;
}

constexpr const char* kSelectRuns =
    "SELECT r.id, e.name, r.digest, r.status, r.started_at, r.finished_at, r.resolved, r.settings "
    "FROM runs r JOIN experiments e ON e.id = r.experiment ";

/// By arm and suite of a run.
const std::string kCountScores =
    "SELECT run, arm, suite, avg(score), count(score), count(*) - count(score) FROM results WHERE run = ? "
    "GROUP BY run, arm, suite";

Result<std::vector<ScoreRow>> scores_from(Rows rows) {
  std::vector<ScoreRow> scores;
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return scores;
    ScoreRow row{rows.text(1), rows.text(2), {}, rows.integer(4), rows.integer(5)};
    if (!rows.is_null(3)) row.mean = rows.real(3);
    scores.push_back(std::move(row));
  }
}

}  // namespace

Status Store::check_experiment(const std::string& name) {
  BAKEOFF_TRY(Rows rows, database_.query("SELECT name FROM experiments WHERE name <> ?", {name}));
  BAKEOFF_TRY(const bool other, rows.step());
  if (!other) return {};
  return input_error("this folder holds the experiment \"" + rows.text(0) + "\", not \"" + name + "\"",
                     folder_.string(), "choose another folder (out), or the name it has");
}

Status Store::claim_experiment(const std::string& name) {
  BAKEOFF_CHECK(check_experiment(name));
  return database_.execute("INSERT INTO experiments(name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                           {name, timestamp()});
}

Result<RunId> Store::begin_run(const RunStart& start) {
  const std::string resolved = dump(start.resolved), settings = dump(start.settings);
  const std::string digest = sha256_hex(resolved + "\n" + settings);
  {
    BAKEOFF_TRY(Rows rows, database_.query("SELECT id FROM runs WHERE digest = ? ORDER BY id DESC LIMIT 1", {digest}));
    BAKEOFF_TRY(const bool found, rows.step());
    if (found) {
      const RunId id = rows.integer(0);
      BAKEOFF_CHECK(database_.execute("UPDATE runs SET status = 'running', finished_at = NULL WHERE id = ?", {id}));
      BAKEOFF_CHECK(database_.execute("DELETE FROM scores WHERE run = ?", {id}));
      return id;
    }
  }
  BAKEOFF_CHECK(
      database_.execute("INSERT INTO runs(experiment, digest, resolved, settings, status, started_at) "
                        "SELECT id, ?, ?, ?, 'running', ? FROM experiments WHERE name = ?",
                        {digest, resolved, settings, timestamp(), start.experiment}));
  return database_.last_row();
}

Status Store::end_run(RunId run, const std::string& status) {
  BAKEOFF_CHECK(
      database_.execute("UPDATE runs SET status = ?, finished_at = ? WHERE id = ?", {status, timestamp(), run}));
  return database_.execute("INSERT OR REPLACE INTO scores(run, arm, suite, mean, scored, unscored) " + kCountScores,
                           {run});
}

Result<std::vector<RunRow>> Store::runs() { return newest_runs(std::numeric_limits<std::int64_t>::max()); }

Result<std::vector<RunRow>> Store::newest_runs(std::int64_t most) {
  std::vector<RunRow> runs;
  BAKEOFF_TRY(Rows rows, database_.query(std::string(kSelectRuns) + "ORDER BY r.id DESC LIMIT ?", {most}));
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) break;
    BAKEOFF_TRY(RunRow run, run_from(rows, database_.file().string()));
    runs.push_back(std::move(run));
  }
  std::reverse(runs.begin(), runs.end());
  return runs;
}

Result<std::vector<RunId>> Store::runs_after(RunId after) {
  std::vector<RunId> ids;
  BAKEOFF_TRY(Rows rows, database_.query("SELECT id FROM runs WHERE id > ? ORDER BY id", {after}));
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return ids;
    ids.push_back(rows.integer(0));
  }
}

Result<RunRow> Store::run(RunId id) {
  BAKEOFF_TRY(Rows rows, database_.query(std::string(kSelectRuns) + "WHERE r.id = ?", {id}));
  BAKEOFF_TRY(const bool found, rows.step());
  if (!found) return input_error("there is no run " + std::to_string(id), database_.file().string());
  return run_from(rows, database_.file().string());
}

Result<RunRow> Store::latest_run() {
  BAKEOFF_TRY(Rows rows, database_.query(std::string(kSelectRuns) + "ORDER BY r.id DESC LIMIT 1"));
  BAKEOFF_TRY(const bool found, rows.step());
  if (!found) return input_error("the store holds no run", database_.file().string(), "run the experiment first");
  return run_from(rows, database_.file().string());
}

Status Store::tag_run(const std::string& name, RunId run) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool is_number = std::all_of(name.begin(), name.end(), is_digit);
  // "RUN@NAME:ARM" is cut at these.
  if (is_number || name.find_first_of("@:/ ") != std::string::npos)
    return input_error("\"" + name + "\" is no name for a run", "",
                       "use a word without @ : / and spaces; numbers are run ids");
  BAKEOFF_CHECK(this->run(run));
  return database_.execute("INSERT OR REPLACE INTO tags(name, run) VALUES (?, ?)", {name, run});
}

Status Store::untag(const std::string& name) {
  BAKEOFF_TRY(const auto run, run_of_tag(name));
  if (!run) return input_error("no run is called \"" + name + "\"", database_.file().string());
  return database_.execute("DELETE FROM tags WHERE name = ?", {name});
}

Result<std::vector<std::pair<std::string, RunId>>> Store::tags() {
  std::vector<std::pair<std::string, RunId>> tags;
  if (version_ < 2) return tags;
  BAKEOFF_TRY(Rows rows, database_.query("SELECT name, run FROM tags ORDER BY name"));
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return tags;
    tags.emplace_back(rows.text(0), rows.integer(1));
  }
}

Result<std::optional<RunId>> Store::run_of_tag(const std::string& name) {
  if (version_ < 2) return std::optional<RunId>();
  BAKEOFF_TRY(Rows rows, database_.query("SELECT run FROM tags WHERE name = ?", {name}));
  BAKEOFF_TRY(const bool found, rows.step());
  return found ? std::optional(rows.integer(0)) : std::nullopt;
}

Result<std::vector<ScoreRow>> Store::scores(RunId run) {
  if (version_ >= 2) {
    BAKEOFF_TRY(Rows rows, database_.query("SELECT run, arm, suite, mean, scored, unscored FROM scores "
                                           "WHERE run = ? ORDER BY arm, suite",
                                           {run}));
    BAKEOFF_TRY(auto kept, scores_from(std::move(rows)));
    if (!kept.empty()) return kept;
  }
  BAKEOFF_TRY(Rows rows, database_.query(kCountScores, {run}));
  return scores_from(std::move(rows));
}

}  // namespace bakeoff::store
