// Votes and exhibits: what suites and people add to the verdicts of a run.
#include "harness/store/columns.h"
#include "harness/store/store.h"

namespace bakeoff::store {

Status Store::put_exhibits(RunId run, const std::string& suite, const std::vector<Exhibit>& exhibits) {
  BAKEOFF_CHECK(database_.execute("DELETE FROM exhibits WHERE run = ? AND suite = ?", {run, suite}));
  std::int64_t position = 0;
  for (const Exhibit& exhibit : exhibits)
    BAKEOFF_CHECK(database_.execute("INSERT INTO exhibits(run, suite, position, name, data) VALUES (?, ?, ?, ?, ?)",
                                    {run, suite, position++, exhibit.name, dump(to_json(exhibit))}));
  return {};
}

Result<std::vector<std::pair<std::string, Exhibit>>> Store::exhibits(RunId run) {
  std::vector<std::pair<std::string, Exhibit>> list;
  if (version_ < 2) return list;
  BAKEOFF_TRY(Rows rows, database_.query("SELECT e.suite, e.data FROM exhibits e "
                                         "LEFT JOIN run_suites r ON r.run = e.run AND r.label = e.suite "
                                         "WHERE e.run = ? ORDER BY r.position, e.suite, e.position",
                                         {run}));
  const std::string where = database_.file().string() + ": exhibits.data";
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return list;
    BAKEOFF_TRY(const Json data, json_column(rows, 1, where));
    BAKEOFF_TRY(Exhibit exhibit, exhibit_from_json(data, where));
    list.emplace_back(rows.text(0), std::move(exhibit));
  }
}

Status Store::put_vote(RunId run, const VoteRow& vote) {
  return database_.execute(
      "INSERT INTO votes(run, id, suite, item, model_a, model_b, winner, judge, category, sample, created_at, source) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(run, id) DO NOTHING",
      {run, vote.id, vote.suite, vote.item, vote.model_a, vote.model_b, vote.winner, vote.judge, vote.category,
       vote.sample_key ? Value(*vote.sample_key) : Value(nullptr),
       vote.created_at.empty() ? timestamp() : vote.created_at, vote.source});
}

Result<std::vector<VoteRow>> Store::votes(RunId run) {
  std::vector<VoteRow> votes;
  if (version_ < 2) return votes;
  BAKEOFF_TRY(Rows rows, database_.query("SELECT id, suite, item, model_a, model_b, winner, judge, category, sample, "
                                         "created_at, source FROM votes WHERE run = ? ORDER BY created_at, id",
                                         {run}));
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return votes;
    VoteRow vote{rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5),
                 rows.text(6), rows.text(7), {},           rows.text(9), rows.text(10)};
    if (!rows.is_null(8)) vote.sample_key = rows.text(8);
    votes.push_back(std::move(vote));
  }
}

}  // namespace bakeoff::store
