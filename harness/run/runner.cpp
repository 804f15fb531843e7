// run_experiment: bakes, then plays, each kept as soon as it is done. What happens when work stops half way.
#include <chrono>

#include <sys/resource.h>

#include "harness/compare/run_gate.h"
#include "harness/run/growth.h"
#include "harness/run/session.h"
#include "harness/store/folder_lock.h"

namespace bakeoff::run {
namespace {

store::SuiteRow suite_row(const PlannedSuite& planned) {
  const suites::SuiteCard& card = planned.suite->card();
  store::SuiteRow row{planned.label, card.name, card.version, card.source, card.licence, card.digest, {}};
  for (const suites::Metric& metric : card.metrics)
    row.metrics.push_back({metric.name, metric.direction == suites::Direction::higher_is_better, metric.meaning});
  return row;
}

/// An error of a run says how to go on.
Error with_way_on(Error error, const RunOptions& options) {
  const std::string again = "to go on: bakeoff run " + options.experiment.string() + " with the same flags";
  if (error.kind == ErrorKind::interrupted)
    error.hint = "finished work is saved; " + again;
  else if (error.kind == ErrorKind::infrastructure && error.hint.empty())
    error.hint = "finished work is kept; " + again;
  return error;
}

/// Part of a run's identity, beside the resolved experiment: what its names meant.
Json settings_of(const Session& session) {
  Json digests = Json::object();
  for (const PlannedSuite& suite : session.prepared.plan.suites) digests[suite.label] = suite.suite->card().digest;
  Json settings = {{"model", to_json(session.prepared.model.base)},
                   {"limit", session.options.limit ? Json(*session.options.limit) : Json()},
                   {"suites", std::move(digests)}};
  // A whole run does not speak of shards, so that shards merged are the run that was never cut.
  if (session.options.shard) settings["shard"] = session.options.shard->text();
  if (session.options.stop_early) settings["stop_early"] = true;
  return settings;
}

Status put_suites(Session& session) {
  int position = 0;
  for (const PlannedSuite& suite : session.prepared.plan.suites) {
    const auto& all = suite.suite->items();
    const std::vector<Item> items(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(suite.items));
    BAKEOFF_CHECK(session.store->put_suite(session.outcome.run, position++, suite_row(suite), items));
  }
  return {};
}

Status begin(Session& session) {
  const Experiment& experiment = session.prepared.experiment;
  session.outcome.folder = session.prepared.folder;
  session.outcome.experiment = experiment.name;
  BAKEOFF_TRY(session.store, store::Store::open(session.prepared.folder, store::Access::write));
  return session.store->transaction([&]() -> Status {
    BAKEOFF_CHECK(session.store->claim_experiment(experiment.name));
    BAKEOFF_TRY(session.outcome.run,
                session.store->begin_run({experiment.name, Json(to_json(experiment)), settings_of(session)}));
    for (const auto& [stamp, value] : session.prepared.model.stamps)
      BAKEOFF_CHECK(session.store->put_stamp(stamp, value));
    return put_suites(session);
  });
}

Status put_peak_memory(Session& session) {
  if (session.outcome.bakes_made + session.outcome.samples_made == 0) return {};
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double bytes = static_cast<double>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
  return session.store->put_measurement(session.outcome.run, {"run", "peak_resident_bytes", bytes, "bytes"});
}

/// Records how the run ended. The first failure is the one to tell.
Status end(Session& session, const Status& status) {
  const char* name = "complete";
  if (!status.ok()) name = status.error().kind == ErrorKind::interrupted ? "interrupted" : "failed";
  const Status recorded = session.store->transaction([&]() -> Status {
    BAKEOFF_CHECK(put_peak_memory(session));
    return session.store->end_run(session.outcome.run, name);
  });
  return status.ok() ? recorded : status;
}

/// Round by round, until no suite wants more. What suites draw from all samples no part can: that is left to the run
/// that follows `merge_shards`.
Status work(Session& session) {
  for (bool more = true; more;) {
    BAKEOFF_CHECK(bake_all(session));
    BAKEOFF_CHECK(play_all(session));
    if (session.options.shard) return certify(session);
    BAKEOFF_TRY(more, grow(session.prepared, *session.store));
    if (more) BAKEOFF_CHECK(session.store->transaction([&] { return put_suites(session); }));
  }
  BAKEOFF_CHECK(conclude(session));
  return certify(session);
}

/// The experiment's own gate, once nothing is missing. Its answer stays with the run as a measurement.
Status decide(Session& session) {
  if (session.options.shard) return {};
  const store::RunId run = session.outcome.run;
  BAKEOFF_TRY(session.outcome.gate, compare::gate_run(*session.store, run));
  if (!session.outcome.gate) return {};
  const double answer = compare::exit_status(session.outcome.gate->decision);
  return session.store->transaction([&] {
    return session.store->put_measurement(run, {"run", "gate_verdict", answer, "0 GO, 1 NO-GO, 2 INCONCLUSIVE"});
  });
}

Status bake_and_play(Session& session) {
  BAKEOFF_CHECK(begin(session));
  const Status status = work(session);
  BAKEOFF_CHECK(end(session, status));
  BAKEOFF_CHECK(decide(session));
  BAKEOFF_TRY(session.outcome.unscored, session.store->unscored(session.outcome.run));
  return {};
}

}  // namespace

Result<RunOutcome> run_experiment(const RunOptions& options, const BakerFactory& factory) {
  const auto began = std::chrono::steady_clock::now();
  LazyBaker baker(factory);
  BAKEOFF_TRY(const auto prepared, prepare(options, baker));
  store::FolderLock lock;
  BAKEOFF_CHECK(lock.take(prepared->folder));
  Session session{options, *prepared, baker, nullptr, {}, {}, {}};
  if (Status status = bake_and_play(session); !status.ok()) return with_way_on(status.error(), options);
  session.outcome.wall_seconds = seconds_since(began);
  return session.outcome;
}

}  // namespace bakeoff::run
