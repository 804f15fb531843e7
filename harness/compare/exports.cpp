// What the exports share; see exports.h.
#include "harness/compare/exports.h"

#include <algorithm>

#include "harness/stats/mean.h"

namespace bakeoff::compare {

std::map<std::string, std::size_t> item_numbers(const SuiteResults& suite) {
  std::map<std::string, std::size_t> numbers;
  for (const ScoredItem& item : suite.items) numbers.try_emplace(item.id, numbers.size());
  return numbers;
}

std::optional<MetricMean> mean_of(const SuiteResults& suite, const std::string& metric) {
  struct Sum {
    double total = 0;
    int count = 0;
    std::string group;
  };
  std::map<std::string, Sum> by_item;
  for (const ScoredItem& item : suite.items) {
    const auto value = item.verdict.metrics.find(metric);
    if (value == item.verdict.metrics.end()) continue;
    Sum& sum = by_item[item.id];
    sum.total += value->second;
    ++sum.count;
    sum.group = item.group.empty() ? item.id : item.group;
  }
  std::vector<double> values;
  std::vector<std::string> groups;
  for (const auto& [id, sum] : by_item) {
    values.push_back(sum.total / sum.count);
    groups.push_back(sum.group);
  }
  const auto mean = stats::clustered_mean(values, stats::group_numbers(groups));
  if (!mean) return std::nullopt;
  return MetricMean{mean->mean, mean->standard_error, mean->n};
}

bool has_groups(const SuiteResults& suite) {
  std::map<std::string, std::string> item_of_group;
  for (const ScoredItem& item : suite.items)
    if (!item.group.empty() && item_of_group.try_emplace(item.group, item.id).first->second != item.id) return true;
  return false;
}

bool is_binary(const SuiteResults& suite, const std::string& metric) {
  return std::all_of(suite.items.begin(), suite.items.end(), [&](const ScoredItem& item) {
    const auto value = item.verdict.metrics.find(metric);
    return value == item.verdict.metrics.end() || value->second == 0 || value->second == 1;
  });
}

std::string file_part(const std::string& text) {
  std::string part;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("._-").find(c) != std::string_view::npos;
    part += plain ? c : '_';
  }
  return part.empty() || part == "." || part == ".." ? "_" : part.substr(0, 100);
}

std::string target_of(const ScoredItem& item) {
  const Json& evidence = item.verdict.evidence;
  if (!evidence.is_object()) return "";
  for (const char* key : {"target", "expected", "expected_answer"})
    if (const auto found = evidence.find(key); found != evidence.end() && found->is_string())
      return found->get<std::string>();
  return "";
}

Status check_exportable(const ResultSet& set) {
  const bool has_items =
      std::any_of(set.suites.begin(), set.suites.end(), [](const SuiteResults& suite) { return !suite.items.empty(); });
  if (has_items) return {};
  return input_error("has no answers to export, only figures or nothing", set.name);
}

}  // namespace bakeoff::compare
