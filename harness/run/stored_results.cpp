// Samples and verdicts by the keys that the plan gives them.
#include "harness/run/stored_results.h"

#include <algorithm>

namespace bakeoff::run {

StoredResults::StoredResults(const Plan& plan, store::Store& store, std::string own_label,
                             const ContrastValues& contrasts)
    : plan_(plan), store_(store), own_label_(std::move(own_label)) {
  for (const auto& [name, values] : contrasts)
    if (name.first == own_label_) contrasts_[name.second] = values;
  for (const PlannedArm& planned : plan.arms) arms_.push_back(planned.arm);
}

std::vector<std::string> StoredResults::labels() const {
  std::vector<std::string> labels;
  for (const PlannedSuite& planned : plan_.suites) labels.push_back(planned.label);
  return labels;
}

const suites::Suite* StoredResults::suite(const std::string& label) const {
  for (const PlannedSuite& planned : plan_.suites)
    if (planned.label == label) return planned.suite.get();
  return nullptr;
}

Result<std::vector<suites::Results::Played>> StoredResults::played(const PlayJob& job) const {
  std::vector<Played> list;
  for (const Unit& unit : plan_.units(job)) {
    const std::string key = plan_.key(job, unit);
    BAKEOFF_TRY(store::SampleRow row, store_.sample(key));
    list.push_back({unit.item, std::move(row.sample), row.verdict.value_or(Verdict::not_scored("not judged")), key});
  }
  return list;
}

Result<std::vector<suites::Results::Played>> StoredResults::played(const std::string& arm,
                                                                   const std::string& label) const {
  std::vector<Played> all;
  const std::pair<std::string, std::string> asked{arm, label};
  for (const PlayJob& job : plan_.plays) {  // in the order of their units
    if (std::find(job.shown_as.begin(), job.shown_as.end(), asked) == job.shown_as.end()) continue;
    BAKEOFF_TRY(auto chunk, played(job));
    for (Played& one : chunk) {
      one.sample.arm = arm;
      one.sample.suite = label;
      all.push_back(std::move(one));
    }
  }
  return all;
}

std::vector<std::optional<double>> StoredResults::contrast(const std::string& name) const {
  const auto found = contrasts_.find(name);
  return found == contrasts_.end() ? std::vector<std::optional<double>>() : found->second;
}

}  // namespace bakeoff::run
