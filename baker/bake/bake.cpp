#include "baker/bake/bake.h"

#include <chrono>
#include <cstdio>
#include <new>
#include <numeric>

#include <sys/resource.h>

#include "baker/bake/bakeable.h"
#include "baker/bake/contexts.h"
#include "baker/bake/trainer.h"
#include "baker/engine/dtype.h"
#include "baker/models/adapted_model.h"
#include "baker/models/adapter_file.h"
#include "harness/core/seed.h"
#include "harness/core/sha256.h"

namespace bakeoff::baker {
namespace {

constexpr double kLeastEffectNats = 1e-6;
constexpr std::size_t kProbes = 4;  ///< answers on which the effect is proven

/// What a bake starts from.
struct Foundation {
  AdapterList parents;                      ///< frozen, below the new terms
  std::shared_ptr<const Model> model;       ///< with what the parents make of whole matrices
  std::vector<AdapterList> replay_parents;  ///< of each replay
};

Json questions_json(const std::vector<Conversation>& questions) {
  Json list = Json::array();
  for (const Conversation& question : questions) list.push_back(to_json(question));
  return list;
}

/// Adapters as they identify a request and as the record names them.
Json adapters_json(const AdapterList& adapters) {
  Json list = Json::array();
  for (const auto& [adapter, scale] : adapters) list.push_back({{"adapter", adapter->digest}, {"scale", scale}});
  return list;
}

Json replays_json(const std::vector<Replay>& replays, const std::vector<AdapterList>& parents) {
  Json list = Json::array();
  for (std::size_t i = 0; i < replays.size(); ++i)
    list.push_back({{"prompt", to_json(replays[i].prompt.messages)},
                    {"student", to_json(replays[i].prompt.student)},
                    {"questions", questions_json(replays[i].questions)},
                    {"weight", replays[i].weight},
                    {"parents", adapters_json(parents[i])}});
  return list;
}

/// Everything that can change a bit of the result.
std::string request_digest(const BakeRequest& request, const Foundation& foundation) {
  const Model& model = *foundation.model;
  Json recipe = to_json(request.recipe);
  recipe.erase("checkpoint_seconds");
  Json content = {{"format", kAdapterRecordFormat},
                  {"base_digest", model.digest},
                  {"dtype", dtype_name(model.dtype)},
                  {"prompt", to_json(request.prompt.messages)},
                  {"student", to_json(request.prompt.student)},
                  {"questions", questions_json(request.questions)},
                  {"recipe", recipe},
                  {"seed", request.seed}};
  // Left out where it says nothing, so that what was begun without settings can be continued.
  if (request.rendering != TemplateSettings{}) content["rendering"] = to_json(request.rendering);
  if (!foundation.parents.empty()) content["parents"] = adapters_json(foundation.parents);
  if (!request.replays.empty()) content["replays"] = replays_json(request.replays, foundation.replay_parents);
  return sha256_hex(dump(content));
}

std::int64_t peak_resident_bytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Adds the seconds of its life to one phase.
class PhaseTimer {
 public:
  PhaseTimer(std::map<std::string, double>& seconds, std::string phase) : seconds_(seconds), phase_(std::move(phase)) {}
  ~PhaseTimer() {
    seconds_[phase_] += std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;

 private:
  std::map<std::string, double>& seconds_;
  std::string phase_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// One request on its way through the phases, in the order of the public functions.
class BakeRun {
 public:
  BakeRun(const BakeRequest& request, const ModelBundle& bundle,
          const std::function<void(const BakeProgress&)>& progress)
      : request_(request), bundle_(bundle), progress_(progress), checkpoint_(request.out / "checkpoint") {}

  Status prepare();
  Status sample();
  Status train();
  Status measure();
  Result<BakeOutcome> finish();

 private:
  Result<AdapterList> read_parents(const std::vector<AdapterUse>& uses) const;
  Status draw_trajectories(const Path& file);
  Status draw_replays();
  Result<double> prove_effect(const Path& folder);
  std::vector<SampledGroup> chosen(const std::vector<std::size_t>& indices) const;
  TrainingSet training_set() const;
  AdapterMeta meta() const;
  Json lineage() const;
  Json record() const;
  std::string loss_table() const;
  void report(const BakeProgress& progress) const {
    if (progress_) progress_(progress);
  }

  const BakeRequest& request_;
  const ModelBundle& bundle_;
  const std::function<void(const BakeProgress&)>& progress_;
  Path checkpoint_;
  std::string digest_;
  FirstToken first_ = FirstToken::include;
  Foundation foundation_;
  Contexts contexts_;
  std::vector<Contexts> replay_contexts_;
  Split split_;
  std::vector<SampledGroup> sampled_;  ///< of every question, then of every replay's
  double parity_ = 0;
  std::unique_ptr<HeadLoss> head_;
  std::unique_ptr<Student> student_;  ///< from training to the end of measuring
  std::vector<float> trained_;
  LoraWeights weights_;
  TrainingRecord training_;
  BakeOutcome outcome_;
};

Result<AdapterList> BakeRun::read_parents(const std::vector<AdapterUse>& uses) const {
  AdapterList list;
  for (const AdapterUse& use : uses) {
    BAKEOFF_TRY(Adapter adapter, read_adapter(use.folder, bundle_.model->config, bundle_.model->digest));
    list.emplace_back(std::make_shared<const Adapter>(std::move(adapter)), use.scale);
  }
  return list;
}

Status BakeRun::prepare() {
  BAKEOFF_TRY(first_, first_token(request_.recipe));
  BAKEOFF_TRY([[maybe_unused]] const BakeMethod* method, find_method(request_.recipe.method));
  BAKEOFF_TRY([[maybe_unused]] const LoraLayout layout, LoraLayout::make(bundle_.model->config, request_.recipe.targets,
                                                                         request_.recipe.rank, request_.recipe.alpha));
  BAKEOFF_TRY(foundation_.parents, read_parents(request_.parents));
  BAKEOFF_TRY(foundation_.model, adapted_model(bundle_.model, foundation_.parents));
  BAKEOFF_CHECK(bakeable(*foundation_.model));
  BAKEOFF_TRY(contexts_, make_contexts(request_, bundle_));
  for (const Replay& replay : request_.replays) {
    BAKEOFF_TRY(foundation_.replay_parents.emplace_back(), read_parents(replay.parents));
    BakeRequest earlier = request_;
    earlier.prompt = replay.prompt;
    earlier.questions = replay.questions;
    BAKEOFF_TRY(replay_contexts_.emplace_back(), make_contexts(earlier, bundle_));
  }
  digest_ = request_digest(request_, foundation_);
  split_ = split_questions(request_.questions.size(), request_.recipe.held_out, request_.seed);
  return make_folder(checkpoint_);
}

Status BakeRun::draw_trajectories(const Path& file) {
  Engine engine(foundation_.model, {foundation_.parents}, engine_options(request_.engine));
  SamplingOptions sampling;
  sampling.recipe = &request_.recipe;
  sampling.seed = request_.seed;
  sampling.progress = [&](std::int64_t done, std::int64_t total) { report({"sampling", done, total, -1}); };
  BAKEOFF_TRY(sampled_, sample_trajectories(engine, contexts_.questions, sampling));
  BAKEOFF_TRY(parity_, check_parity(engine, contexts_.questions, sampled_));
  BAKEOFF_CHECK(draw_replays());
  return save_trajectories(file, digest_, {sampled_, parity_});
}

/// Each from the model as it was before that earlier bake.
Status BakeRun::draw_replays() {
  for (std::size_t i = 0; i < replay_contexts_.size(); ++i) {
    const AdapterList& below = foundation_.replay_parents[i];
    BAKEOFF_TRY(auto model, adapted_model(bundle_.model, below));
    Engine engine(std::move(model), {below}, engine_options(request_.engine));
    SamplingOptions sampling;
    sampling.recipe = &request_.recipe;
    sampling.seed = derive_seed(request_.seed, {"replay", std::to_string(i)});
    sampling.progress = [&](std::int64_t done, std::int64_t total) { report({"sampling replays", done, total, -1}); };
    BAKEOFF_TRY(auto earlier, sample_trajectories(engine, replay_contexts_[i].questions, sampling));
    for (SampledGroup& group : earlier) sampled_.push_back(std::move(group));
  }
  return {};
}

Status BakeRun::sample() {
  const PhaseTimer timer(outcome_.seconds, "sampling");
  const Path file = checkpoint_ / "trajectories.state";
  if (request_.resume) {
    Result<Trajectories> loaded = load_trajectories(file, digest_, bundle_.model->config.width);
    if (loaded.ok()) {
      sampled_ = std::move(loaded->groups);
      parity_ = loaded->parity;
      return {};
    }
  }
  return draw_trajectories(file);
}

std::vector<SampledGroup> BakeRun::chosen(const std::vector<std::size_t>& indices) const {
  std::vector<SampledGroup> groups;
  groups.reserve(indices.size());
  for (const std::size_t index : indices) groups.push_back(sampled_[index]);
  return groups;
}

/// The questions to train on, then all that is replayed.
TrainingSet BakeRun::training_set() const {
  std::vector<std::size_t> indices = split_.training;
  std::vector<float> weights(indices.size(), 1.0f);
  std::size_t next = request_.questions.size();
  for (const Replay& replay : request_.replays)
    for (std::size_t i = 0; i < replay.questions.size(); ++i) {
      indices.push_back(next++);
      weights.push_back(static_cast<float>(replay.weight));
    }
  TrainingSet set = make_training_set(*head_, chosen(indices), first_);
  if (!request_.replays.empty()) set.weights = std::move(weights);
  return set;
}

Status BakeRun::train() {
  const PhaseTimer timer(outcome_.seconds, "training");
  BAKEOFF_TRY(LoraLayout layout, LoraLayout::make(bundle_.model->config, request_.recipe.targets, request_.recipe.rank,
                                                  request_.recipe.alpha));
  head_ = std::make_unique<HeadLoss>(*foundation_.model);
  student_ = std::make_unique<Student>(foundation_.model, std::move(layout), foundation_.parents);
  const TrainingSet set = training_set();
  TrainerOptions options;
  options.recipe = request_.recipe;
  options.seed = request_.seed;
  options.checkpoint = checkpoint_ / "training.state";
  options.request = digest_;
  options.resume = request_.resume;
  options.progress = progress_;
  Trainer trainer(*student_, *head_, set, std::move(options));
  BAKEOFF_CHECK(trainer.run());
  training_ = trainer.record();
  trained_ = trainer.parameters();
  return {};
}

Status BakeRun::measure() {
  const PhaseTimer timer(outcome_.seconds, "measuring");
  const TrainingSet held_out = make_training_set(*head_, chosen(split_.held_out), first_);
  if (held_out.answer_tokens > 0) {
    report({"measuring", 0, 2, -1});
    const std::vector<float> untrained = student_->layout().initial(request_.seed);  // B is zero: what it starts from
    BAKEOFF_TRY(const std::vector<double> before, measure_kl(*student_, *head_, held_out, untrained, first_));
    report({"measuring", 1, 2, -1});
    BAKEOFF_TRY(const std::vector<double> after, measure_kl(*student_, *head_, held_out, trained_, first_));
    report({"measuring", 2, 2, -1});
    outcome_.kl_held_out_before = mean(before);
    outcome_.kl_held_out = mean(after);
  }
  weights_ = student_->layout().to_weights(trained_);
  student_.reset();
  return {};
}

/// Loads the adapter from disk into the engine, as every later use does, and measures on sampled answers how far it
/// moves the model from what it started from: KL(with || without).
Result<double> BakeRun::prove_effect(const Path& folder) {
  BAKEOFF_TRY(Adapter adapter, read_adapter(folder, bundle_.model->config, bundle_.model->digest));
  AdapterList all = foundation_.parents;
  all.emplace_back(std::make_shared<const Adapter>(std::move(adapter)), 1.0);
  Engine base(foundation_.model, {foundation_.parents}), adapted(foundation_.model, {std::move(all)});
  std::vector<double> values;
  for (std::size_t i = 0; i < std::min(kProbes, sampled_.size()); ++i) {
    const AnswerGroup& probe = sampled_[i].group;
    std::vector<TokenId> ids = probe.context;
    ids.insert(ids.end(), probe.answers.front().begin(), probe.answers.front().end());
    BAKEOFF_TRY(const std::vector<float> with, adapted.hidden_states(ids));
    BAKEOFF_TRY(const std::vector<float> without, base.hidden_states(ids));
    const std::size_t skip = (probe.context.size() - 1) * static_cast<std::size_t>(bundle_.model->config.width);
    BAKEOFF_TRY(const std::vector<double> kl,
                head_->kl_values(head_->moments(std::span(with).subspan(skip)), std::span(without).subspan(skip)));
    values.insert(values.end(), kl.begin(), kl.end());
  }
  const double effect = mean(values);
  if (!(effect > kLeastEffectNats))
    return internal_error(
        "the adapter does nothing: KL against the base is " + std::to_string(effect) + " nats a token", folder.string(),
        "train longer or with a higher recipe.learning_rate");
  return effect;
}

AdapterMeta BakeRun::meta() const {
  AdapterMeta meta;
  meta.base_name = request_.model;
  meta.bakeoff = record();
  return meta;
}

/// Parents from the first bake of the chain to the last; the adapter belongs on top of them.
Json BakeRun::lineage() const {
  if (foundation_.parents.empty()) return {{"parent", "base"}, {"parent_digest", bundle_.model->digest}};
  Json json = {{"parent", "adapter"},
               {"parent_digest", foundation_.parents.back().first->digest},
               {"parents", adapters_json(foundation_.parents)}};
  if (!request_.replays.empty()) json["replays"] = replays_json(request_.replays, foundation_.replay_parents);
  return json;
}

Json BakeRun::record() const {
  return {{"format", kAdapterRecordFormat},
          {"prompt", to_json(request_.prompt)},
          {"student", to_json(request_.prompt.student)},
          {"recipe", to_json(request_.recipe)},
          {"seed", request_.seed},
          {"request", digest_},
          {"base", request_.model},
          {"base_digest", bundle_.model->digest},
          {"dtype", dtype_name(bundle_.model->dtype)},
          {"device", request_.engine.device},
          {"lineage", lineage()},
          {"questions",
           {{"count", request_.questions.size()},
            {"sha256", sha256_hex(dump(questions_json(request_.questions)))},
            {"held_out", split_.held_out}}},
          {"trajectories",
           {{"count", outcome_.trajectories},
            {"answer_tokens", outcome_.answer_tokens},
            {"sha256", trajectories_digest(sampled_)},
            {"parity", parity_}}},
          {"rendered", {{"teacher", contexts_.teacher_text}, {"student", contexts_.student_text}}},
          {"outcome", to_json(outcome_)}};
}

std::string BakeRun::loss_table() const {
  std::string text = "step,epoch,kl_nats,learning_rate,gradient_norm\n";
  for (const LossPoint& p : outcome_.curve) {
    char line[128];
    std::snprintf(line, sizeof line, "%d,%.4f,%.6f,%.6g,%.6g\n", p.step, p.epoch, p.kl_nats, p.learning_rate,
                  p.gradient_norm);
    text += line;
  }
  return text;
}

Result<BakeOutcome> BakeRun::finish() {
  {
    const PhaseTimer timer(outcome_.seconds, "measuring");
    const Path trial = checkpoint_ / "adapter";
    BAKEOFF_TRY(outcome_.adapter_id, write_adapter(trial, weights_, meta()));
    BAKEOFF_TRY(outcome_.effect_kl, prove_effect(trial));
  }
  for (const SampledGroup& group : sampled_) {
    outcome_.trajectories += static_cast<std::int64_t>(group.group.answers.size());
    for (const auto& answer : group.group.answers) outcome_.answer_tokens += static_cast<std::int64_t>(answer.size());
  }
  outcome_.kl_first = training_.epoch_nats.front() / static_cast<double>(training_.epoch_tokens.front());
  outcome_.kl_last = training_.epoch_nats.back() / static_cast<double>(training_.epoch_tokens.back());
  outcome_.curve = training_.curve;
  outcome_.folder = request_.out;
  outcome_.peak_resident_bytes = peak_resident_bytes();
  BAKEOFF_CHECK(write_file_atomically(request_.out / "loss.csv", loss_table()));
  BAKEOFF_TRY(outcome_.adapter_id, write_adapter(request_.out, weights_, meta()));
  std::error_code ignored;
  std::filesystem::remove_all(checkpoint_, ignored);
  return outcome_;
}

}  // namespace

Result<BakeOutcome> run_bake(const BakeRequest& request, const ModelBundle& bundle,
                             const std::function<void(const BakeProgress&)>& progress) try {
  BakeRun run(request, bundle, progress);
  BAKEOFF_CHECK(run.prepare());
  BAKEOFF_CHECK(run.sample());
  BAKEOFF_CHECK(run.train());
  BAKEOFF_CHECK(run.measure());
  return run.finish();
} catch (const std::bad_alloc&) {
  return infrastructure_error("not enough memory to bake", request.out.string(),
                              "lower recipe.samples_per_question or recipe.max_new_tokens");
} catch (const std::exception& problem) {
  return internal_error(std::string("the bake failed: ") + problem.what(), request.out.string());
}

}  // namespace bakeoff::baker
