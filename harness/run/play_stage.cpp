// The second stage of a run: every arm plays its items. Samples that the store has are only referred to.
#include <algorithm>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "harness/core/interrupt.h"
#include "harness/core/seed.h"
#include "harness/core/sha256.h"
#include "harness/run/certify.h"
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
      if (status.ok()) status = play_unless_settled(job, pipeline);
      if (!status.ok() || pipeline.failed()) break;
    }
    const Status written = pipeline.finish();
    if (session_.options.progress) session_.options.progress->end();
    if (!written.ok()) return written;
    if (status.ok() && interrupted()) return interrupted_error();
    if (status.ok()) status = note_stops();
    return status;
  }

  /// Plays samples a second time: drawn from all plays, the last first, a third as many rows at a time.
  Status certify(int samples) {
    BAKEOFF_TRY(session_.prepared.reader, store::Store::open(session_.prepared.folder, store::Access::read));
    std::map<std::size_t, std::vector<Unit>> chosen = units_to_certify(static_cast<std::size_t>(samples));
    session_.outcome.certificate.emplace();
    for (auto& [play, units] : chosen) {
      if (interrupted()) return interrupted_error();
      BAKEOFF_CHECK(play_again(plan_.plays[play], units));
    }
    return {};
  }

 private:
  /// By play: what is in the store and was drawn.
  std::map<std::size_t, std::vector<Unit>> units_to_certify(std::size_t samples) {
    std::vector<std::pair<std::size_t, Unit>> all;
    for (std::size_t play = 0; play < plan_.plays.size(); ++play)
      if (!plan_.arms[plan_.plays[play].arm].arm.remote)
        for (const Unit& unit : plan_.units(plan_.plays[play])) all.emplace_back(play, unit);
    Random random(derive_seed(plan_.seed, {"certify"}));
    shuffle(all, random);
    std::map<std::size_t, std::vector<Unit>> chosen;
    std::size_t count = 0;
    for (const auto& [play, unit] : all) {
      if (count == samples) break;
      const auto known = session_.prepared.reader->has_verdict(
          plan_.key(plan_.plays[play], unit), plan_.suites[plan_.plays[play].suite].suite->card().digest);
      if (!known.ok() || !*known) continue;
      chosen[play].push_back(unit);
      ++count;
    }
    return chosen;
  }

  Status play_again(const PlayJob& job, const std::vector<Unit>& units) {
    const PlannedSuite& suite = plan_.suites[job.suite];
    BAKEOFF_TRY(Generator * generator, generator_of(plan_.arms[job.arm]));
    std::vector<PlayTask> tasks;
    std::map<std::string, store::SampleRow> first;
    for (const Unit& unit : units) {
      const std::string key = plan_.key(job, unit);
      BAKEOFF_TRY(first[key], session_.prepared.reader->sample(key));
      store::SampleRow row;
      row.sample.key = key;
      row.sample.item = unit.item->id;
      row.sample.replicate = unit.replicate;
      row.sample.seed = unit.seed;
      row.sample.decoding = suite.decoding;
      row.sample.messages = unit.item->messages;
      tasks.push_back({unit.item, std::move(row)});
    }
    std::reverse(tasks.begin(), tasks.end());
    const int rows = std::max(1, session_.prepared.model.engine.batch_rows / 3);
    PlayOptions play{suite.suite.get(), suite.decoding, static_cast<std::size_t>(rows), {}, {}};
    play.stopped = [] { return interrupted(); };
    play.on_sample = [&](const Item&, store::SampleRow row) {
      compare_bits(first.at(row.sample.key), row, *session_.outcome.certificate);
    };
    Player player(std::move(tasks), std::move(play));
    return generator->serve(player);
  }

  /// Keeps with the run where it stopped early.
  Status note_stops() {
    session_.outcome.stopped.clear();
    for (const PlannedSuite& suite : plan_.suites) {
      const auto look = session_.looks.find(suite.label);
      if (look == session_.looks.end() || !look->second.is_settled) continue;
      session_.outcome.stopped.push_back({suite.label, static_cast<std::int64_t>(look->second.units) / plan_.replicates,
                                          static_cast<std::int64_t>(suite.items)});
    }
    return session_.store->transaction([&]() -> Status {
      const auto put = [&](const StoppedSuite& suite, const char* name, std::int64_t value, const char* unit) {
        return session_.store->put_measurement(session_.outcome.run,
                                               {suite.label, name, static_cast<double>(value), unit});
      };
      for (const StoppedSuite& one : session_.outcome.stopped) {
        BAKEOFF_CHECK(put(one, "items_saved", one.planned_items - one.items, "items"));
        BAKEOFF_CHECK(put(one, "looks", looks_until(one), "looks"));
      }
      return {};
    });
  }

  /// There is a look at the beginning of every chunk but the first.
  std::int64_t looks_until(const StoppedSuite& stopped) const {
    const std::size_t units = session_.looks.at(stopped.label).units;
    std::set<std::size_t> begins;
    for (const PlayJob& job : plan_.plays)
      if (plan_.suites[job.suite].label == stopped.label && job.first > 0 && job.first <= units)
        begins.insert(job.first);
    return static_cast<std::int64_t>(begins.size());
  }

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
      BAKEOFF_TRY(const auto known, plan_.find(*session_.prepared.reader, job, unit));
      if (known) {
        if (*known != row.sample.key)
          pipeline.write([from = *known, to = row.sample.key, digest](store::Store& store) {
            return copy_sample(store, from, to, digest);
          });
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

  Status play_unless_settled(const PlayJob& job, Pipeline& pipeline) {
    BAKEOFF_TRY(const bool settled, is_settled(job, pipeline));
    if (!settled) return play(job, pipeline);
    if (std::exchange(session_.done[job.id], job.shown_as.size()) == job.shown_as.size()) return {};
    session_.outcome.samples_saved += static_cast<std::int64_t>(plan_.units(job).size() * job.shown_as.size());
    return {};
  }

  /// A run that goes on has its earlier looks behind it: the next one is where it was left.
  Result<std::size_t> units_looked_at(const PlannedSuite& suite) {
    BAKEOFF_TRY(const auto known, session_.prepared.reader->verdicts(
                                      session_.outcome.run, session_.prepared.stopping_gate->candidate, suite.label));
    return known.empty() ? 0 : known.size() - 1;
  }

  /// Tells a suite's watch what both arms answered since the last look, up to the chunk of this job.
  Status watch(const PlannedSuite& suite, const PlayJob& job, Look& look) {
    const compare::RunGate& gate = *session_.prepared.stopping_gate;
    if (!look.watch) {
      BAKEOFF_TRY(auto policy, compare::policy_from_json(gate.policy, "gate.policy"));
      look.watch.emplace(std::move(policy), gate.candidate, suite.suite->card(), suite.label, plan_.suites.size());
    }
    PlayJob since = job;
    since.first = std::exchange(look.watched_units, job.first);
    since.last = job.first;
    const std::size_t base = player_of(gate.base, suite.label), candidate = player_of(gate.candidate, suite.label);
    for (const Unit& unit : plan_.units(since)) {
      BAKEOFF_TRY(auto by_base, answer(base, since, unit));
      if (by_base) look.watch->add_base(std::move(*by_base));
      BAKEOFF_TRY(auto by_candidate, answer(candidate, since, unit));
      if (by_candidate) look.watch->add_candidate(std::move(*by_candidate));
    }
    return {};
  }

  /// Who plays a suite for an arm: itself, or one that answers alike.
  std::size_t player_of(const std::string& arm, const std::string& label) const {
    const auto play = std::find_if(plan_.plays.begin(), plan_.plays.end(), [&](const PlayJob& job) {
      return std::find(job.shown_as.begin(), job.shown_as.end(), std::pair(arm, label)) != job.shown_as.end();
    });
    return play == plan_.plays.end() ? 0 : play->arm;
  }

  /// What an arm answered, as it stands in the store; nothing where it did not play.
  Result<std::optional<compare::ScoredItem>> answer(std::size_t arm, PlayJob job, const Unit& unit) {
    job.arm = arm;
    auto row = session_.prepared.reader->sample(plan_.key(job, unit));
    const bool is_absent = row.ok() ? !row->verdict : row.error().kind == ErrorKind::input;
    if (is_absent) return std::optional<compare::ScoredItem>();
    if (!row.ok()) return row.error();
    return std::optional(
        compare::ScoredItem{unit.item->id, unit.item->group, unit.replicate, std::move(*row->verdict), "", "", ""});
  }

  /// Looks where a chunk begins: all arms have then answered what comes before it.
  Result<bool> is_settled(const PlayJob& job, Pipeline& pipeline) {
    const PlannedSuite& suite = plan_.suites[job.suite];
    if (!session_.prepared.stopping_gate || suite.order.empty()) return false;
    const auto [place, is_new] = session_.looks.try_emplace(suite.label);
    Look& look = place->second;
    if (is_new) {
      BAKEOFF_TRY(look.units, units_looked_at(suite));
    }
    if (look.is_settled || job.first <= look.units) return look.is_settled;
    look.units = job.first;
    BAKEOFF_CHECK(pipeline.settle());
    BAKEOFF_CHECK(watch(suite, job, look));
    look.is_settled = look.watch->is_settled();
    return look.is_settled;
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
        const auto known = plan_.find(*session_.prepared.reader, job, unit);
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

Status certify(Session& session) {
  if (session.options.certify <= 0) return {};
  BAKEOFF_CHECK(PlayStage(session).certify(session.options.certify));
  const Certificate& got = *session.outcome.certificate;
  return session.store->transaction([&]() -> Status {
    const auto put = [&](const char* name, std::int64_t value, const char* unit) {
      return session.store->put_measurement(session.outcome.run, {"run", name, static_cast<double>(value), unit});
    };
    BAKEOFF_CHECK(put("certified_samples", got.samples, "samples"));
    BAKEOFF_CHECK(put("certified_changed_samples", got.changed_samples, "samples"));
    BAKEOFF_CHECK(put("certified_bits", got.bits, "bits"));
    return put("certified_changed_bits", got.changed_bits, "bits");
  });
}

}  // namespace bakeoff::run
