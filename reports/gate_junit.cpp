// The gate's report as JUnit XML. The format has no standard; this is what Jenkins, GitLab and GitHub's actions read:
// testsuites > testsuite > properties, testcase > failure | error | skipped, system-out.
#include <map>

#include "reports/gate.h"
#include "reports/markup.h"

namespace bakeoff::reports {
namespace {

using compare::CriterionResult;
using compare::CriterionStatus;
using compare::GateReport;

struct Counts {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  std::string attributes() const {
    return attribute("tests", std::to_string(tests)) + attribute("failures", std::to_string(failures)) +
           attribute("errors", std::to_string(errors)) + attribute("skipped", std::to_string(skipped)) +
           attribute("time", "0");
  }
};

/// The element that says how a test case ended; empty for one that passed.
const char* outcome_of(const CriterionResult& one) {
  if (one.status == CriterionStatus::pass) return "";
  if (!one.decides()) return "skipped";
  return one.status == CriterionStatus::breach ? "failure" : "error";
}

void count(const CriterionResult& one, Counts& counts) {
  const std::string outcome = outcome_of(one);
  ++counts.tests;
  counts.failures += outcome == "failure";
  counts.errors += outcome == "error";
  counts.skipped += outcome == "skipped";
}

std::string type_of(const CriterionResult& one) { return one.gaps_decide ? "UNSCORED" : name_of(one.status); }

std::string test_case(const CriterionResult& one, const std::string& suite) {
  char limit[32];
  std::snprintf(limit, sizeof limit, "%.4g", one.limit);
  std::string out = "    <testcase" + attribute("classname", "bakeoff.gate." + suite) +
                    attribute("name", one.name + " " + one.rule + " " + limit) + attribute("time", "0") + ">\n";
  const std::string outcome = outcome_of(one);
  if (outcome == "skipped")
    out += "      <skipped" + attribute("message", "advisory, " + type_of(one) + ": " + one.reason) + "/>\n";
  else if (!outcome.empty())
    out += "      <" + outcome + attribute("type", type_of(one)) + attribute("message", one.reason) + "/>\n";
  else
    out += "      <system-out>" + escape(one.reason) + "</system-out>\n";
  return out + "    </testcase>\n";
}

}  // namespace

std::string gate_junit(const GateReport& report) {
  std::map<std::string, std::vector<const CriterionResult*>> suites;
  Counts all;
  for (const auto& one : report.criteria) {
    suites[(one.suite.empty() ? "limits" : one.suite)].push_back(&one);
    count(one, all);
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + attribute("name", "bakeoff gate") +
                    all.attributes() + ">\n";
  for (const auto& [suite, criteria] : suites) {
    Counts counts;
    std::string cases;
    for (const CriterionResult* one : criteria) {
      count(*one, counts);
      cases += test_case(*one, one->arm.empty() ? suite : one->arm + "." + suite);
    }
    out += "  <testsuite" + attribute("name", suite) + counts.attributes() + ">\n    <properties>\n      <property" +
           attribute("name", "verdict") + attribute("value", name_of(report.decision)) + "/>\n    </properties>\n" +
           cases + "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace bakeoff::reports
