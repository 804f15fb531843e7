// The first stage of a run: bakes.
#include <algorithm>
#include <filesystem>

#include "harness/core/interrupt.h"
#include "harness/run/session.h"

namespace bakeoff::run {
namespace fs = std::filesystem;
namespace {

/// What a bake's outcome says, as measurements of the bake.
std::vector<Measurement> measurements_of(const std::string& name, const BakeOutcome& outcome) {
  std::vector<Measurement> list = {
      {name, "kl_first", outcome.kl_first, "nats/token"},
      {name, "kl_last", outcome.kl_last, "nats/token"},
      {name, "effect_kl", outcome.effect_kl, "nats/token"},
      {name, "trajectories", static_cast<double>(outcome.trajectories), "trajectories"},
      {name, "answer_tokens", static_cast<double>(outcome.answer_tokens), "tokens"},
      {name, "peak_resident_bytes", static_cast<double>(outcome.peak_resident_bytes), "bytes"}};
  if (outcome.kl_held_out_before >= 0)
    list.push_back({name, "kl_held_out_before", outcome.kl_held_out_before, "nats/token"});
  if (outcome.kl_held_out >= 0) list.push_back({name, "kl_held_out", outcome.kl_held_out, "nats/token"});
  for (const auto& [phase, seconds] : outcome.seconds) list.push_back({name, "seconds_" + phase, seconds, "s"});
  return list;
}

class BakeStage {
 public:
  explicit BakeStage(Session& session) : session_(session), plan_(session.prepared.plan) {}

  Status work() {
    int position = 0;
    for (BakeJob& job : plan_.bakes) {
      if (interrupted()) return interrupted_error();
      std::size_t& linked = session_.done[job.key];
      const bool is_new = linked == 0;
      if (job.done) {
        session_.outcome.bakes_reused += is_new ? 1 : 0;
      } else {
        BAKEOFF_CHECK(bake(job));
        ++session_.outcome.bakes_made;
      }
      BAKEOFF_CHECK(settle(*job.done, job.key));
      plan_.bake_done(job.key, *job.done, session_.prepared.model.base);
      if (linked != job.names.size()) BAKEOFF_CHECK(session_.store->transaction([&] { return link(job, position); }));
      linked = job.names.size();
      position += static_cast<int>(linked);
    }
    return session_.store->transaction([&] { return put_arms(); });
  }

 private:
  Status bake(BakeJob& job) {
    BAKEOFF_TRY(Baker * baker, session_.baker.get());
    BakeRequest request;
    request.model = session_.prepared.experiment.model;
    request.prompt = *job.prompt;
    request.questions = job.spec->questions;
    request.recipe = job.spec->recipe;
    request.seed = job.spec->seed;
    request.out = session_.prepared.folder / training_folder(job.key);
    request.engine = session_.prepared.model.engine;
    request.rendering = session_.prepared.experiment.rendering;
    BAKEOFF_CHECK(add_parents(job, request));
    BAKEOFF_TRY(BakeOutcome made, baker->bake(request, progress_of(job.names.front())));
    if (session_.options.progress) session_.options.progress->end();
    // Before any score: an adapter that changes nothing is an error, not a result.
    BAKEOFF_TRY(made.effect_kl,
                baker->prove_effect(request.model, {request.out, 1.0}, request.engine, request.rendering));
    job.done = row_of(job, std::move(made));
    // Recorded before it is moved: if the process dies between, the next run finds the row and moves the folder.
    BAKEOFF_CHECK(session_.store->transaction([&] { return record(job); }));
    job.done->folder = session_.prepared.folder / job.done->folder;
    return {};
  }

  /// The bakes below, and what is replayed of each.
  Status add_parents(const BakeJob& job, BakeRequest& request) const {
    for (const std::string& key : job.parents) {
      const BakeJob& parent = *plan_.find_bake(key);
      const auto count = std::min(parent.spec->questions.size(), static_cast<std::size_t>(job.spec->replay.questions));
      if (count > 0) {
        const auto first = parent.spec->questions.begin();
        request.replays.push_back({*parent.prompt,
                                   {first, first + static_cast<std::ptrdiff_t>(count)},
                                   request.parents,
                                   job.spec->replay.weight});
      }
      BAKEOFF_TRY(const Path folder, proven_folder(session_.prepared, parent.done->adapter_id));
      request.parents.push_back({folder, 1.0});
    }
    return {};
  }

  Status record(const BakeJob& job) {
    BAKEOFF_CHECK(session_.store->put_bake(*job.done));
    const BakeOutcome& made = job.done->outcome;
    for (const auto& [phase, seconds] : made.seconds) {
      const std::int64_t drawn = phase == "sampling" ? made.answer_tokens : 0;
      BAKEOFF_CHECK(session_.store->add_cost(session_.outcome.run, {job.names.front(), phase, seconds, 0, drawn}));
    }
    return {};
  }

  store::BakeRow row_of(const BakeJob& job, BakeOutcome made) const {
    store::BakeRow row;
    row.key = job.key;
    row.adapter_id = made.adapter_id;
    row.folder = adapter_folder(made.adapter_id);
    row.parent = job.parents.empty() ? session_.prepared.model.base.model_digest
                                     : plan_.find_bake(job.parents.back())->done->adapter_id;
    row.model = session_.prepared.experiment.model;
    row.model_digest = session_.prepared.model.base.model_digest;
    row.prompt = to_json(*job.prompt);
    row.recipe = to_json(job.spec->recipe);
    row.questions = Json::array();
    for (const Conversation& question : job.spec->questions) row.questions.push_back(to_json(question));
    row.seed = job.spec->seed;
    row.outcome = std::move(made);
    return row;
  }

  std::function<void(const BakeProgress&)> progress_of(const std::string& name) {
    return [this, name, phase = std::string()](const BakeProgress& at) mutable {
      if (!session_.options.progress) return;
      if (phase != at.phase) session_.options.progress->begin("bake " + name + ": " + at.phase, at.total);
      phase = at.phase;
      char note[32] = "";
      if (at.kl_nats >= 0) std::snprintf(note, sizeof note, "KL %.3f nats", at.kl_nats);
      session_.options.progress->update(at.done, note);
    };
  }

  /// Brings a finished adapter to the place that its content names.
  Status settle(const store::BakeRow& row, const std::string& key) const {
    const Path trained = session_.prepared.folder / training_folder(key);
    std::error_code code;
    if (!fs::exists(trained, code)) return {};
    if (fs::exists(row.folder, code)) {
      fs::remove_all(trained, code);  // another bake made the same bytes
      return {};
    }
    fs::rename(trained, row.folder, code);
    if (code) return infrastructure_error("the adapter can not be moved: " + code.message(), row.folder.string());
    return {};
  }

  Status link(const BakeJob& job, int position) {
    for (const std::string& name : job.names) {
      BAKEOFF_CHECK(session_.store->link_bake(session_.outcome.run, position++, name, job.key));
      for (const Measurement& measurement : measurements_of(name, job.done->outcome))
        BAKEOFF_CHECK(session_.store->put_measurement(session_.outcome.run, measurement));
    }
    return {};
  }

  Status put_arms() {
    int position = 0;
    for (const PlannedArm& arm : plan_.arms)
      BAKEOFF_CHECK(
          session_.store->put_arm(session_.outcome.run, position++, {arm.arm, arm.generator, to_json(arm.identity)}));
    return {};
  }

  Session& session_;
  Plan& plan_;
};

}  // namespace

Status bake_all(Session& session) { return BakeStage(session).work(); }

}  // namespace bakeoff::run
