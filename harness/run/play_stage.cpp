// The second stage of a run: every arm plays its items. Samples that the store has are only referred to.
#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include "harness/core/interrupt.h"
#include "harness/core/sha256.h"
#include "harness/run/pipeline.h"
#include "harness/run/player.h"
#include "harness/run/remote.h"
#include "harness/run/session.h"

namespace bakeoff::run {
namespace {

/// Does the generator carry what the plan says it does?
Status check_identity(const GeneratorIdentity& got, const PlannedArm& arm) {
  const GeneratorIdentity& want = arm.identity;
  const bool same_model = got.model_digest == want.model_digest && got.template_digest == want.template_digest &&
                          got.dtype == want.dtype && got.engine == want.engine;
  const bool adapters_there = got.adapters.size() == want.adapters.size() || arm.arm.scale == 0;
  if (same_model && adapters_there) return {};
  return internal_error("the model opened for this arm is not the one that was planned", arm.arm.name,
                        "model files changed while running? Run again");
}

class PlayStage {
 public:
  explicit PlayStage(Session& session) : session_(session), plan_(session.prepared.plan) {}

  Status work() {
    if (plan_.plays.empty()) return {};
    BAKEOFF_TRY(session_.prepared.reader, store::Store::open(session_.prepared.folder, store::Access::read));
    const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    Pipeline pipeline(*session_.store, session_.outcome.run, session_.options.jobs > 0 ? session_.options.jobs : cores);
    if (session_.options.progress) session_.options.progress->begin("play", count_missing());
    Status status;
    for (const PlayJob& job : plan_.plays) {
      if (interrupted()) status = interrupted_error();
      if (status.ok()) status = play(job, pipeline);
      if (!status.ok() || pipeline.failed()) break;
    }
    const Status written = pipeline.finish();
    if (session_.options.progress) session_.options.progress->end();
    if (!written.ok()) return written;
    if (status.ok() && interrupted()) return interrupted_error();
    return status;
  }

 private:
  /// The tasks of a chunk that the store does not have; links those that it has.
  Result<std::vector<PlayTask>> missing(const PlayJob& job, Pipeline& pipeline) {
    std::vector<PlayTask> tasks;
    const PlannedSuite& suite = plan_.suites[job.suite];
    const PlannedArm& arm = plan_.arms[job.arm];
    const std::string& digest = suite.suite->card().digest;
    for (const Unit& unit : plan_.units(job)) {
      store::SampleRow row;
      row.sample.key = plan_.key(job, unit);
      row.sample.item = unit.item->id;
      row.sample.replicate = unit.replicate;
      BAKEOFF_TRY(const bool known, session_.prepared.reader->has_verdict(row.sample.key, digest));
      if (known) {
        link_known(row.sample, job, pipeline);
        continue;
      }
      row.sample.seed = unit.seed;
      row.sample.decoding = suite.decoding;
      row.sample.messages = unit.item->messages;
      row.generator = arm.generator;
      row.identity = to_json(arm.identity);
      row.suite_digest = digest;
      tasks.push_back({unit.item, std::move(row)});
    }
    return tasks;
  }

  void link_known(Sample sample, const PlayJob& job, Pipeline& pipeline) {
    ++session_.outcome.samples_reused;
    pipeline.write(
        [run = session_.outcome.run, sample = std::move(sample), shown = job.shown_as](store::Store& store) -> Status {
          Sample link = sample;
          for (const auto& [arm, suite] : shown) {
            link.arm = arm;
            link.suite = suite;
            BAKEOFF_CHECK(store.link_sample(run, link));
          }
          return {};
        });
  }

  Result<Generator*> generator_of(const PlannedArm& arm) {
    auto& generator = generators_[arm.id];
    if (generator) return generator.get();
    if (arm.arm.remote) {
      BAKEOFF_TRY(generator, open_remote(*arm.arm.remote, arm.identity));
      return generator.get();
    }
    BAKEOFF_TRY(Baker * baker, session_.baker.get());
    BAKEOFF_TRY(const GeneratorSpec spec, generator_spec(session_.prepared, arm));
    BAKEOFF_TRY(generator, baker->open(spec));
    BAKEOFF_CHECK(check_identity(generator->identity(), arm));
    return generator.get();
  }

  Status play(const PlayJob& job, Pipeline& pipeline) {
    if (std::exchange(session_.done[job.id], job.shown_as.size()) == job.shown_as.size()) return {};
    BAKEOFF_TRY(auto tasks, missing(job, pipeline));
    if (tasks.empty()) return {};
    const PlannedArm& arm = plan_.arms[job.arm];
    const PlannedSuite& suite = plan_.suites[job.suite];
    BAKEOFF_TRY(Generator * generator, generator_of(arm));
    store::CostRow cost{arm.arm.name, "play", 0, 0, 0};
    PlayOptions play{
        suite.suite.get(), suite.decoding, static_cast<std::size_t>(session_.prepared.model.engine.batch_rows), {}, {}};
    play.stopped = [&] { return interrupted() || pipeline.failed(); };
    play.on_sample = [&](const Item& item, store::SampleRow row) {
      ++session_.outcome.samples_made;
      cost.prompt_tokens += row.total_prompt_tokens;
      cost.completion_tokens += row.total_completion_tokens;
      if (session_.options.progress)
        session_.options.progress->update(++done_units_, suite.label + ", " + arm.arm.name);
      pipeline.judge({suite.suite.get(), &item, std::move(row), job.shown_as});
    };
    Player player(std::move(tasks), std::move(play));
    const auto began = std::chrono::steady_clock::now();
    const Status served = generator->serve(player);
    cost.wall_seconds = seconds_since(began);
    pipeline.write([run = session_.outcome.run, cost](store::Store& store) { return store.add_cost(run, cost); });
    return served;
  }

  std::int64_t count_missing() {
    std::int64_t count = 0;
    for (const PlayJob& job : plan_.plays)
      for (const Unit& unit : plan_.units(job)) {
        const auto known =
            session_.prepared.reader->has_verdict(plan_.key(job, unit), plan_.suites[job.suite].suite->card().digest);
        count += known.ok() && *known ? 0 : 1;
      }
    return count;
  }

  Session& session_;
  Plan& plan_;
  std::map<std::string, std::unique_ptr<Generator>> generators_;  // by PlannedArm::id
  std::int64_t done_units_ = 0;
};

}  // namespace

Status play_all(Session& session) { return PlayStage(session).work(); }

}  // namespace bakeoff::run
