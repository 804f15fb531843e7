// One round of growth: from what suites want to a plan that holds it.
#include "harness/run/growth.h"

#include <algorithm>

#include "harness/run/arms.h"
#include "harness/run/stored_results.h"

namespace bakeoff::run {
namespace {

constexpr int kMostRounds = 200;
constexpr std::size_t kMostSuites = 10'000, kMostBakes = 10'000;

class Round {
 public:
  explicit Round(Prepared& prepared) : prepared_(prepared), experiment_(prepared.experiment) {}
  bool has_grown() const { return grown_; }

  /// Takes what one suite wants.
  Status add(const PlannedSuite& wanting, suites::Growth growth) {
    where_ = wanting.where;
    for (const PromptSpec& prompt : growth.prompts) BAKEOFF_CHECK(add_prompt(prompt));
    for (suites::AddedBake& bake : growth.bakes) BAKEOFF_CHECK(add_bake(std::move(bake)));
    for (Arm& arm : growth.arms) BAKEOFF_CHECK(add_arm(wanting.label, std::move(arm)));
    for (suites::AddedSuite& suite : growth.suites) BAKEOFF_CHECK(add_suite(std::move(suite)));
    if (experiment_.bakes.size() > kMostBakes || prepared_.plan.suites.size() + suites_.size() > kMostSuites)
      return internal_error("a suite adds work without end", where_);
    return {};
  }

  std::vector<PlannedSuite> take_suites() { return std::move(suites_); }

 private:
  Error refusal(const std::string& what) const { return input_error("a suite adds " + what, where_); }

  Status add_prompt(const PromptSpec& prompt) {
    const auto [known, is_new] = experiment_.prompts.emplace(prompt.name, prompt);
    if (is_new || (known->second.messages == prompt.messages && known->second.student == prompt.student)) return {};
    return refusal("the prompt \"" + prompt.name + "\", but the experiment has another one of that name");
  }

  Status add_bake(suites::AddedBake added) {
    if (experiment_.find_bake(added.name)) return {};
    if (added.name.empty()) return refusal("a bake without a name");
    if (added.questions.empty()) return refusal("the bake \"" + added.name + "\" without questions");
    if (!added.parent.empty() && !experiment_.find_bake(added.parent))
      return refusal("the bake \"" + added.name + "\" on top of \"" + added.parent + "\", which is not there");
    if (added.prompt.name.empty()) added.prompt.name = added.name;
    BAKEOFF_CHECK(add_prompt(added.prompt));
    BakeSpec bake{added.name, added.prompt.name, std::move(added.questions), {}, experiment_.seed, added.parent, {}};
    bake.replay.questions = added.replay_questions;
    if (added.recipe)
      bake.recipe = *added.recipe;
    else if (!experiment_.bakes.empty())
      bake.recipe = experiment_.bakes.front().recipe;
    experiment_.bakes.push_back(std::move(bake));
    grown_ = true;
    return {};
  }

  Status add_arm(const std::string& label, Arm arm) {
    if (plays(arm.name, label)) return {};
    const ArmKind* kind = find_arm_kind(arm.kind);
    if (!kind) return refusal("the arm \"" + arm.name + "\" of the unknown kind \"" + arm.kind + "\"");
    if (kind->is_baked) {
      const BakeSpec* bake = experiment_.find_bake(arm.bake);
      if (!bake) return refusal("the arm \"" + arm.name + "\" of the bake \"" + arm.bake + "\", which is not there");
      for (const std::string& name : arm.without)
        if (!experiment_.find_bake(name))
          return refusal("the arm \"" + arm.name + "\" without the bake \"" + name + "\", which is not there");
      if (arm.prompt.empty()) arm.prompt = bake->prompt;
    }
    if (kind->sees_prompt && !experiment_.prompts.contains(arm.prompt))
      return refusal("the arm \"" + arm.name + "\" of the prompt \"" + arm.prompt + "\", which is not there");
    prepared_.added_arms.emplace_back(label, std::move(arm));
    grown_ = true;
    return {};
  }

  bool plays(const std::string& arm, const std::string& label) const {
    const std::pair<std::string, std::string> asked{arm, label};
    for (const PlayJob& job : prepared_.plan.plays)
      if (std::find(job.shown_as.begin(), job.shown_as.end(), asked) != job.shown_as.end()) return true;
    return std::any_of(prepared_.added_arms.begin(), prepared_.added_arms.end(),
                       [&](const auto& added) { return added.first == label && added.second.name == arm; });
  }

  /// More players for a suite that is there.
  Status add_players(const suites::AddedSuite& added) {
    const auto& suites = prepared_.plan.suites;
    if (std::none_of(suites.begin(), suites.end(), [&](const PlannedSuite& p) { return p.label == added.label; }))
      return refusal("arms to the suite \"" + added.label + "\", which is not there");
    for (const std::string& name : added.arms) {
      const Arm* arm = find_arm(name);
      if (!arm) return refusal("the arm \"" + name + "\", which is not there, to a suite");
      BAKEOFF_CHECK(add_arm(added.label, *arm));
    }
    return {};
  }

  const Arm* find_arm(const std::string& name) const {
    for (const PlannedArm& planned : prepared_.plan.arms)
      if (planned.arm.name == name) return &planned.arm;
    for (const auto& [label, arm] : prepared_.added_arms)
      if (arm.name == name) return &arm;
    return nullptr;
  }

  /// All its items are played: what it was made from was already cut to the limit.
  Status add_suite(suites::AddedSuite added) {
    if (!added.suite) return add_players(added);
    const auto same = [&](const PlannedSuite& known) { return known.label == added.label; };
    if (std::any_of(prepared_.plan.suites.begin(), prepared_.plan.suites.end(), same)) return {};
    if (std::any_of(suites_.begin(), suites_.end(), same)) return {};
    if (added.label.empty()) return refusal("a suite without a name");
    if (added.suite->items().empty()) return refusal("the suite \"" + added.label + "\" without items");
    const Decoding decoding = added.suite->decoding();
    const std::size_t items = added.suite->items().size();
    suites_.push_back({added.label, where_, std::move(added.suite), decoding, items, std::move(added.arms)});
    grown_ = true;
    return {};
  }

  Prepared& prepared_;
  Experiment& experiment_;
  std::string where_;
  std::vector<PlannedSuite> suites_;
  bool grown_ = false;
};

}  // namespace

Result<bool> grow(Prepared& prepared, store::Store& store) {
  Round round(prepared);
  for (const PlannedSuite& planned : prepared.plan.suites) {
    BAKEOFF_TRY(suites::Growth growth, planned.suite->grow(StoredResults(prepared.plan, store, planned.label)));
    BAKEOFF_CHECK(round.add(planned, std::move(growth)));
  }
  if (!round.has_grown()) return false;
  if (++prepared.rounds > kMostRounds)
    return internal_error("suites add work without end: " + std::to_string(kMostRounds) + " rounds",
                          prepared.experiment.file.string());
  BAKEOFF_CHECK(make_plan_anew(prepared, store, round.take_suites()));
  return true;
}

}  // namespace bakeoff::run
