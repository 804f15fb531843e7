// From an experiment to jobs: deduplicated, ordered, interleaved. What would be answered alike is played once and shown
// under all names: equal arms, and arms that differ in their context alone where a suite asks in raw text.
#include "harness/run/plan.h"

#include <algorithm>
#include <map>

#include "harness/core/play_order.h"
#include "harness/core/seed.h"
#include "harness/core/sha256.h"
#include "harness/run/arms.h"

namespace bakeoff::run {
namespace {

/// Bakes stand for the adapters that they will make. One adapter: as it was before bakes could start from others.
std::string arm_id(const PlannedArm& arm, const GeneratorIdentity& model) {
  if (arm.arm.remote) return sha256_hex(dump(Json{to_json(arm.context), model.model_digest}));
  if (arm.adapters.empty()) return sha256_hex(dump(Json{to_json(arm.context), "", arm.arm.scale}));
  if (arm.adapters.size() == 1)
    return sha256_hex(dump(Json{to_json(arm.context), arm.adapters[0].bake_key, arm.adapters[0].scale}));
  Json adapters = Json::array();
  for (const PlannedAdapter& adapter : arm.adapters) adapters.push_back({adapter.bake_key, adapter.scale});
  return sha256_hex(dump(Json{to_json(arm.context), std::move(adapters)}));
}

/// Once all its adapters are there.
void identify(PlannedArm& arm, const GeneratorIdentity& base) {
  std::vector<AdapterPart> parts;
  for (const PlannedAdapter& adapter : arm.adapters) {
    if (adapter.adapter_id.empty()) return;
    parts.emplace_back(adapter.adapter_id, adapter.scale);
  }
  arm.identity = arm_identity(base, arm.context, parts);
  arm.generator = digest_of(arm.identity);
}

/// Whether all its items are raw text, which no arm's context stands before.
bool asks_raw_text(const PlannedSuite& suite) {
  const auto is_raw = [&](const Item& item) {
    const auto request = suite.suite->episode(item, suite.decoding, 0)->next(nullptr);
    return request && std::visit([](const auto& r) { return std::holds_alternative<std::string>(r.prompt); }, *request);
  };
  const std::vector<Item>& items = suite.suite->items();
  return suite.items > 0 &&
         std::all_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(suite.items), is_raw);
}

/// Models of this machine that differ in their context at most.
bool same_weights(const PlannedArm& a, const PlannedArm& b) {
  const auto same = [](const PlannedAdapter& one, const PlannedAdapter& other) {
    return one.bake_key == other.bake_key && one.scale == other.scale;
  };
  return !a.arm.remote && !b.arm.remote && std::ranges::equal(a.adapters, b.adapters, same);
}

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
    BAKEOFF_CHECK(add_players());
    BAKEOFF_CHECK(grow());
    for (const BakeJob& job : plan_.bakes)
      if (job.done) plan_.bake_done(job.key, *job.done, input_.base);
    for (std::size_t suite = 0; suite < plan_.suites.size(); ++suite) add_plays(suite);
    return std::move(plan_);
  }

 private:
  Status add_bake(const BakeSpec& bake) {
    const PromptSpec& prompt = experiment_.prompts.at(bake.prompt);
    const std::string parent = bake.parent.empty() ? "" : keys_.at(bake.parent);
    const std::string key = bake_key(bake, prompt, input_.base, parent);
    keys_[bake.name] = key;
    for (BakeJob& job : plan_.bakes)
      if (job.key == key) {
        job.names.push_back(bake.name);
        return {};
      }
    std::vector<std::string> parents;
    if (!parent.empty()) parents = lineage(parent);
    BAKEOFF_TRY(auto done, find_done(key, parent));
    plan_.bakes.push_back({key, {bake.name}, &bake, &prompt, std::move(parents), std::move(done)});
    return {};
  }

  bool leaves_out(const Arm& arm, const std::string& key) const {
    return std::any_of(arm.without.begin(), arm.without.end(),
                       [&](const std::string& name) { return keys_.at(name) == key; });
  }

  /// The bakes below one and itself, the first one first.
  std::vector<std::string> lineage(const std::string& key) const {
    std::vector<std::string> keys = plan_.find_bake(key)->parents;
    keys.push_back(key);
    return keys;
  }

  /// A finished bake counts only while what it started from is there and is what it was.
  Result<std::optional<store::BakeRow>> find_done(const std::string& key, const std::string& parent) const {
    BAKEOFF_TRY(auto done, input_.find_bake(key));
    if (!done || parent.empty()) return done;
    const BakeJob* below = plan_.find_bake(parent);
    if (!below->done || below->done->adapter_id != done->parent) done.reset();
    return done;
  }

  /// Everyone in the experiment plays all its suites; suites that were added say who plays them.
  Status add_players() {
    players_.resize(plan_.suites.size());
    for (const Arm& arm : experiment_.arms) {
      BAKEOFF_TRY(const std::size_t index, add_arm(arm));
      for (std::size_t suite = 0; suite < players_.size(); ++suite)
        if (!plan_.suites[suite].players) players_[suite].push_back(index);
    }
    for (const Arm& judge : experiment_.judges) {
      const auto index = add_arm(judge);
      if (!index.ok()) return index.error();
    }
    bool grown = false;
    for (const auto& [label, arm] : input_.added_arms)
      for (std::size_t suite = 0; suite < players_.size(); ++suite)
        if (plan_.suites[suite].label == label) BAKEOFF_CHECK(add_wanted(suite, arm, grown));
    for (std::size_t suite = 0; suite < players_.size(); ++suite)
      for (const std::string& name : plan_.suites[suite].players.value_or(std::vector<std::string>())) {
        const std::size_t index = index_of(name);
        if (index == plan_.arms.size())
          return input_error(
              "the suite \"" + plan_.suites[suite].label + "\" wants the arm \"" + name + "\", which is not there",
              plan_.suites[suite].where);
        players_[suite].push_back(index);
      }
    return {};
  }

  /// How many arms there are, if none has that name.
  std::size_t index_of(const std::string& name) const {
    std::size_t index = 0;
    while (index < plan_.arms.size() && plan_.arms[index].arm.name != name) ++index;
    return index;
  }

  Result<std::size_t> add_arm(const Arm& arm) {
    for (const PlannedArm& known : plan_.arms)
      if (known.arm.name == arm.name)
        return input_error("two arms are called \"" + arm.name + "\"", experiment_.file.string() + ": arms");
    PlannedArm planned;
    planned.arm = arm;
    planned.context = context_of(arm, experiment_);
    if (!arm.bake.empty())
      for (const std::string& key : lineage(keys_.at(arm.bake)))
        if (!leaves_out(arm, key)) planned.adapters.push_back({key});
    if (!planned.adapters.empty()) planned.adapters.back().scale = arm.scale;
    const GeneratorIdentity& model = arm.remote ? input_.remotes.at(arm.name) : input_.base;
    planned.id = arm_id(planned, model);
    if (planned.adapters.empty()) identify(planned, model);
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
          return internal_error("a suite adds arms without end", plan_.suites[suite].where);
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
    std::size_t index = index_of(arm.name);
    if (index == plan_.arms.size()) {
      if (!arm.bake.empty() && !keys_.contains(arm.bake))
        return input_error("the suite wants an arm of the bake \"" + arm.bake + "\", which is not there",
                           plan_.suites[suite].where);
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
    const bool raw = asks_raw_text(planned);
    for (std::size_t first = 0, last = 0; first < units; first = last) {
      last = end_of_chunk(planned, first, units);
      for (const std::size_t arm : players_[suite])
        add_play({"", raw ? stand_in(arm, players_[suite]) : arm, suite, first, last, {}}, plan_.arms[arm].arm.name);
    }
  }

  /// The first player that answers raw text as this one does.
  std::size_t stand_in(std::size_t arm, const std::vector<std::size_t>& players) const {
    return *std::ranges::find_if(
        players, [&](std::size_t p) { return p == arm || same_weights(plan_.arms[p], plan_.arms[arm]); });
  }

  /// In random order a chunk ends where a group does.
  std::size_t end_of_chunk(const PlannedSuite& suite, std::size_t first, std::size_t units) const {
    std::size_t last = std::min(units, first + input_.chunk_units);
    const auto group_at = [&](std::size_t unit) {
      return suite.suite->items()[suite.order[unit / static_cast<std::size_t>(plan_.replicates)]].group;
    };
    while (!suite.order.empty() && last < units && group_at(last) == group_at(last - 1)) ++last;
    return last;
  }

  void add_play(PlayJob job, const std::string& shown_arm) {
    const PlannedSuite& suite = plan_.suites[job.suite];
    const PlannedArm& arm = plan_.arms[job.arm];
    job.id = sha256_hex(dump(Json{arm.id, suite.suite->card().digest, to_json(suite.decoding), plan_.seed,
                                  plan_.replicates, job.first, job.last}));
    const auto [known, is_new] = jobs_.emplace(job.id, plan_.plays.size());
    if (is_new) plan_.plays.push_back(std::move(job));
    plan_.plays[known->second].shown_as.emplace_back(shown_arm, suite.label);
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
    const std::size_t number = at / static_cast<std::size_t>(replicates);
    if (!shard.has(number)) continue;
    const auto& order = suites[job.suite].order;
    const Item& item = played.items()[order.empty() ? number : order[number]];
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

Result<std::optional<std::string>> Plan::find(store::Store& store, const PlayJob& job, const Unit& unit) const {
  const PlannedArm& arm = arms[job.arm];
  const PlannedSuite& suite = suites[job.suite];
  if (arm.generator.empty()) return std::optional<std::string>();
  std::vector<std::string> digests = {suite.suite->card().digest};
  if (const auto sizes = suite.other_sizes.find(unit.item->id); sizes != suite.other_sizes.end())
    digests.insert(digests.end(), sizes->second.begin(), sizes->second.end());
  for (const std::string& digest : digests) {
    const std::string key = sample_key({arm.generator, digest, unit.item, unit.replicate, suite.decoding, unit.seed});
    BAKEOFF_TRY(const bool known, store.has_verdict(key, digest));
    if (known) return std::optional(key);
  }
  return std::optional<std::string>();
}

void Plan::bake_done(const std::string& key, const store::BakeRow& row, const GeneratorIdentity& base) {
  for (PlannedArm& arm : arms)
    for (PlannedAdapter& adapter : arm.adapters)
      if (adapter.bake_key == key) {
        adapter.adapter_id = row.adapter_id;
        identify(arm, base);
      }
}

const BakeJob* Plan::find_bake(const std::string& key) const {
  const auto found = std::find_if(bakes.begin(), bakes.end(), [&](const BakeJob& job) { return job.key == key; });
  return found == bakes.end() ? nullptr : &*found;
}

Result<Plan> make_plan(PlanInput input) { return Planner(std::move(input)).make(); }

void put_in_random_order(PlannedSuite& suite, std::uint64_t experiment_seed) {
  std::vector<std::pair<std::uint64_t, std::size_t>> ranks;
  for (std::size_t i = 0; i < suite.items; ++i)
    ranks.emplace_back(play_rank(experiment_seed, suite.suite->items()[i].group), i);
  std::sort(ranks.begin(), ranks.end());
  suite.order.clear();
  for (const auto& [rank, index] : ranks) suite.order.push_back(index);
}

Result<std::vector<PlannedSuite>> create_suites(const Experiment& experiment, std::optional<int> limit,
                                                std::span<const suites::SuiteEntry> more) {
  std::vector<PlannedSuite> planned;
  for (const SuiteSpec& spec : experiment.suites) {
    const suites::SuiteConfig config = suite_config(experiment, spec);
    const auto own = std::find_if(more.begin(), more.end(),
                                  [&](const suites::SuiteEntry& entry) { return spec.name == entry.name; });
    BAKEOFF_TRY(auto suite, own != more.end() ? own->create(config) : suites::create_suite(spec.name, config));
    PlannedSuite entry{spec.label, spec.where, std::move(suite), {}, 0};
    entry.decoding = entry.suite->decoding();
    if (!spec.decoding.is_null()) {
      BAKEOFF_TRY(entry.decoding, decoding_from_json(spec.decoding, spec.where + ".decoding", entry.decoding));
    }
    entry.items = entry.suite->items().size();
    if (limit) entry.items = std::min(entry.items, static_cast<std::size_t>(std::max(0, *limit)));
    if (entry.items == 0 && !entry.suite->card().may_grow) return input_error("the suite has no items", spec.where);
    planned.push_back(std::move(entry));
  }
  return planned;
}

}  // namespace bakeoff::run
