// What suites may read of the work done so far: the plan says what there is, the store what came of it. Only what the
// plan holds is shown, so that a run which goes on after a kill shows its suites the same as an undisturbed one did.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/plan.h"
#include "harness/store/store.h"
#include "suites/suite.h"

namespace bakeoff::run {

/// By (suite label, name of the contrast): nats per token of each conversation; nothing where there is none.
using ContrastValues = std::map<std::pair<std::string, std::string>, std::vector<std::optional<double>>>;

/// For one suite. Plan, store and contrasts must outlive it; the store is read on the calling thread.
class StoredResults : public suites::Results {
 public:
  StoredResults(const Plan& plan, store::Store& store, std::string own_label, const ContrastValues& contrasts = {});
  const std::string& own_label() const override { return own_label_; }
  const std::vector<Arm>& arms() const override { return arms_; }
  std::vector<std::string> labels() const override;
  const suites::Suite* suite(const std::string& label) const override;
  Result<std::vector<Played>> played(const std::string& arm, const std::string& label) const override;
  std::vector<std::optional<double>> contrast(const std::string& name) const override;

 private:
  Result<std::vector<Played>> played(const PlayJob& job) const;
  const Plan& plan_;
  store::Store& store_;
  std::string own_label_;
  std::map<std::string, std::vector<std::optional<double>>> contrasts_;  // of this suite
  std::vector<Arm> arms_;
};

}  // namespace bakeoff::run
