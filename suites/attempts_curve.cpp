#include "suites/attempts_curve.h"

#include <algorithm>
#include <map>

#include "suites/shown_mean.h"

namespace bakeoff::suites {

Result<Curve> attempts_curve(const std::string& arm, const std::vector<Results::Played>& played, MeanOfAttempts mean) {
  std::map<std::string, stats::Attempts> by_item;
  std::map<std::string, std::string> group_of;
  for (const Results::Played& one : played) {
    if (!one.verdict.score) continue;
    stats::Attempts& attempts = by_item[one.item->id];
    ++attempts.made;
    attempts.passed += *one.verdict.score == 1;
    group_of[one.item->id] = one.item->group;
  }
  std::vector<stats::Attempts> items;
  std::vector<std::string> groups;
  for (const auto& [id, attempts] : by_item) {
    items.push_back(attempts);
    groups.push_back(group_of[id]);
  }
  Curve curve{arm, {}};
  if (items.empty()) return curve;
  const std::int64_t fewest = std::ranges::min_element(items, {}, &stats::Attempts::made)->made;
  const std::vector<int> numbers = stats::group_numbers(groups);
  for (std::int64_t k = 1; k <= fewest; ++k) {
    BAKEOFF_TRY(const stats::Mean at_k, mean(items, k, numbers));
    curve.points.push_back(point_of(static_cast<double>(k), at_k, kShare));
  }
  return curve;
}

}  // namespace bakeoff::suites
