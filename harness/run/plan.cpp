// From an experiment to jobs: deduplicated, ordered, interleaved.
#include "harness/run/plan.h"

#include <algorithm>
#include <map>

#include "harness/core/seed.h"
#include "harness/core/sha256.h"
#include "harness/run/arms.h"

namespace bakeoff::run {
namespace {

/// Builds one plan.
class Planner {
 public:
  explicit Planner(PlanInput input) : input_(std::move(input)), experiment_(*input_.experiment) {
    plan_.suites = std::move(input_.suites);
    plan_.replicates = experiment_.replicates;
    plan_.seed = experiment_.seed;
  }

  Result<Plan> make() {
    for (const BakeSpec& bake : experiment_.bakes) BAKEOFF_CHECK(add_bake(bake));
    players_.resize(plan_.suites.size());
    for (const Arm& arm : experiment_.arms) {
      BAKEOFF_TRY(const std::size_t index, add_arm(arm));
      for (auto& players : players_) players.push_back(index);
    }
    BAKEOFF_CHECK(grow());
    for (const BakeJob& job : plan_.bakes)
      if (job.done) plan_.bake_done(job.key, *job.done, input_.base);
    for (std::size_t suite = 0; suite < plan_.suites.size(); ++suite) add_plays(suite);
    return std::move(plan_);
  }

 private:
  Status add_bake(const BakeSpec& bake) {
    const PromptSpec& prompt = experiment_.prompts.at(bake.prompt);
    const std::string key = bake_key(bake, prompt, input_.base);
    keys_[bake.name] = key;
    for (BakeJob& job : plan_.bakes)
      if (job.key == key) {
        job.names.push_back(bake.name);
        return {};
      }
    BAKEOFF_TRY(auto done, input_.find_bake(key));
    plan_.bakes.push_back({key, {bake.name}, &bake, &prompt, std::move(done)});
    return {};
  }

  Result<std::size_t> add_arm(const Arm& arm) {
    for (const PlannedArm& known : plan_.arms)
      if (known.arm.name == arm.name)
        return input_error("two arms are called \"" + arm.name + "\"", experiment_.file.string() + ": arms");
    PlannedArm planned;
    planned.arm = arm;
    planned.context = context_of(arm, experiment_);
    if (!arm.bake.empty()) planned.bake_key = keys_.at(arm.bake);
    planned.id = sha256_hex(dump(Json{to_json(planned.context), planned.bake_key, arm.scale}));
    if (planned.bake_key.empty()) {
      planned.identity = arm_identity(input_.base, planned.context, "", 1.0);
      planned.generator = digest_of(planned.identity);
    }
    plan_.arms.push_back(std::move(planned));
    return plan_.arms.size() - 1;
  }

  /// Asks every suite for more arms until none has any.
  Status grow() {
    constexpr std::size_t kMostArms = 10'000;
    for (bool grown = true; grown;) {
      grown = false;
      for (std::size_t suite = 0; suite < plan_.suites.size(); ++suite) {
        BAKEOFF_CHECK(grow_by(suite, grown));
        if (plan_.arms.size() > kMostArms)
          return internal_error("a suite adds arms without end", plan_.suites[suite].spec->where);
      }
    }
    return {};
  }

  /// The arms that one suite wants, given all there are.
  Status grow_by(std::size_t suite, bool& grown) {
    std::vector<Arm> arms;
    arms.reserve(plan_.arms.size());
    for (const PlannedArm& planned : plan_.arms) arms.push_back(planned.arm);
    for (const Arm& arm : plan_.suites[suite].suite->added_arms(arms)) BAKEOFF_CHECK(add_wanted(suite, arm, grown));
    return {};
  }

  /// An arm that a suite wants for itself.
  Status add_wanted(std::size_t suite, const Arm& arm, bool& grown) {
    std::size_t index = 0;
    while (index < plan_.arms.size() && plan_.arms[index].arm.name != arm.name) ++index;
    if (index == plan_.arms.size()) {
      if (!arm.bake.empty() && !keys_.contains(arm.bake))
        return input_error("the suite wants an arm of the bake \"" + arm.bake + "\", which is not there",
                           plan_.suites[suite].spec->where);
      BAKEOFF_TRY(index, add_arm(arm));
      grown = true;
    }
    auto& players = players_[suite];
    if (std::find(players.begin(), players.end(), index) == players.end()) {
      players.push_back(index);
      grown = true;
    }
    return {};
  }

  void add_plays(std::size_t suite) {
    const PlannedSuite& planned = plan_.suites[suite];
    const std::size_t units = planned.items * static_cast<std::size_t>(plan_.replicates);
    for (std::size_t first = 0; first < units; first += input_.chunk_units)
      for (const std::size_t arm : players_[suite])
        add_play({"", arm, suite, first, std::min(units, first + input_.chunk_units), {}});
  }

  void add_play(PlayJob job) {
    const PlannedSuite& suite = plan_.suites[job.suite];
    const PlannedArm& arm = plan_.arms[job.arm];
    job.id = sha256_hex(dump(Json{arm.id, suite.suite->card().digest, to_json(suite.decoding), plan_.seed,
                                  plan_.replicates, job.first, job.last}));
    const auto [known, is_new] = jobs_.emplace(job.id, plan_.plays.size());
    if (is_new) plan_.plays.push_back(std::move(job));
    plan_.plays[known->second].shown_as.emplace_back(arm.arm.name, suite.spec->label);
  }

  PlanInput input_;
  const Experiment& experiment_;
  Plan plan_;
  std::map<std::string, std::string> keys_;        // bake name -> key
  std::map<std::string, std::size_t> jobs_;        // play id -> index
  std::vector<std::vector<std::size_t>> players_;  // by suite: arms
};

}  // namespace

std::vector<Unit> Plan::units(const PlayJob& job) const {
  std::vector<Unit> units;
  const suites::Suite& played = *suites[job.suite].suite;
  for (std::size_t at = job.first; at < job.last; ++at) {
    const Item& item = played.items()[at / static_cast<std::size_t>(replicates)];
    const int replicate = static_cast<int>(at % static_cast<std::size_t>(replicates));
    units.push_back({&item, replicate, sample_seed(seed, played.card().name, item.id, replicate)});
  }
  return units;
}

std::string Plan::key(const PlayJob& job, const Unit& unit) const {
  const PlannedArm& arm = arms[job.arm];
  if (arm.generator.empty()) return "";
  const PlannedSuite& suite = suites[job.suite];
  return sample_key({arm.generator, suite.suite->card().digest, unit.item, unit.replicate, suite.decoding, unit.seed});
}

void Plan::bake_done(const std::string& key, const store::BakeRow& row, const GeneratorIdentity& base) {
  for (PlannedArm& arm : arms)
    if (arm.bake_key == key) {
      arm.adapter_id = row.adapter_id;
      arm.identity = arm_identity(base, arm.context, row.adapter_id, arm.arm.scale);
      arm.generator = digest_of(arm.identity);
    }
}

Result<Plan> make_plan(PlanInput input) { return Planner(std::move(input)).make(); }

Result<std::vector<PlannedSuite>> create_suites(const Experiment& experiment, std::optional<int> limit) {
  std::vector<PlannedSuite> planned;
  for (const SuiteSpec& spec : experiment.suites) {
    const std::uint64_t seed = derive_seed(experiment.seed, {"suite", spec.name});
    BAKEOFF_TRY(auto suite,
                suites::create_suite(spec.name, {spec.fields, experiment.file.parent_path(), seed, spec.where}));
    PlannedSuite entry{&spec, std::move(suite), {}, 0};
    entry.decoding = entry.suite->decoding();
    if (!spec.decoding.is_null()) {
      BAKEOFF_TRY(entry.decoding, decoding_from_json(spec.decoding, spec.where + ".decoding", entry.decoding));
    }
    entry.items = entry.suite->items().size();
    if (limit) entry.items = std::min(entry.items, static_cast<std::size_t>(std::max(0, *limit)));
    if (entry.items == 0) return input_error("the suite has no items", spec.where);
    planned.push_back(std::move(entry));
  }
  return planned;
}

}  // namespace bakeoff::run
