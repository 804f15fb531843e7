// See points.h.
#include "suites/points.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "harness/core/voters.h"
#include "harness/stats/mean.h"

namespace bakeoff::suites {
namespace {

using Played = Results::Played;

stats::Outcome place(const Json& name) {
  return name == "first" ? stats::Outcome::first : name == "second" ? stats::Outcome::second : stats::Outcome::tie;
}

std::string points_text(const Tally& tally, const stats::Mean& mean) {
  std::string text = fmt::format("{} takes {:.1f} % of the points from {}", tally.first, 100 * mean.mean, tally.second);
  if (mean.interval)
    text += fmt::format(" (95 %: {:.1f} to {:.1f})", 100 * mean.interval->low, 100 * mean.interval->high);
  return text + fmt::format(", {} pairs, {} unscored. ", tally.points.size(), tally.unscored);
}

std::string bias_text(const Tally& tally, const stats::PositionBias& bias) {
  std::string text =
      fmt::format("{}: {} of {} consistent", tally.title(), bias.consistent.successes, tally.orders.size());
  if (bias.kappa) text += fmt::format(", kappa {:.2f}", *bias.kappa);
  text += fmt::format("; first place {}, second place {} times in both orders", bias.first_both, bias.second_both);
  if (bias.p) text += fmt::format(" (p {:.2g} if there is no position bias)", *bias.p);
  return text + ". ";
}

/// Names in the order of their first use.
std::vector<std::string> names_of(const std::vector<Tally>& tallies) {
  std::vector<std::string> names;
  for (const Tally& tally : tallies)
    for (const std::string& name : {tally.first, tally.second})
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

/// Of each pair that got a verdict: its question and replicates, without what depends on how it was asked.
std::map<std::string, int> winners_of(const std::vector<Played>& judged) {
  std::map<std::string, int> winners;
  for (const Played& each : judged) {
    if (!each.verdict.score) continue;
    const std::string pair = each.item->id.substr(0, each.item->id.rfind('.'));
    winners[pair + "." + std::to_string(each.sample.replicate)] = static_cast<int>(2 * *each.verdict.score);
  }
  return winners;
}

}  // namespace

std::string agreement_text(const std::string& other_judge, const std::vector<Played>& own,
                           const std::vector<Played>& other) {
  const auto theirs = winners_of(other);
  std::vector<int> first, second;
  for (const auto& [pair, winner] : winners_of(own)) {
    const auto same = theirs.find(pair);
    if (same == theirs.end()) continue;
    first.push_back(winner);
    second.push_back(same->second);
  }
  const auto kappa = stats::cohen_kappa(first, second);
  if (!kappa.ok()) return "";
  std::string text = fmt::format("{} names the same winner in {:.1f} % of {} pairs", other_judge,
                                 100 * kappa->agreement, kappa->items);
  if (kappa->kappa) text += fmt::format(", kappa {:.2f}", *kappa->kappa);
  if (kappa->interval) text += fmt::format(" (95 %: {:.2f} to {:.2f})", kappa->interval->low, kappa->interval->high);
  return text + ". ";
}

Tally tally_judged(std::string first, std::string second, const std::vector<Played>& judged) {
  Tally tally{std::move(first), std::move(second), 0, {}, {}, {}};
  for (const Played& each : judged) {
    if (!each.verdict.score) {
      ++tally.unscored;
      continue;
    }
    tally.orders.push_back({place(each.verdict.evidence.at("shown")), place(each.verdict.evidence.at("swapped"))});
    tally.points.push_back(*each.verdict.score);
    tally.groups.push_back(each.item->group);
  }
  return tally;
}

Tally ComparedSuite::tally(const Answers& first, const Answers& second) const {
  std::map<std::pair<std::string, int>, const Played*> others;
  for (const Played& each : second.played) others[{each.item->id, each.sample.replicate}] = &each;
  Tally tally{first.arm, second.arm, 0, {}, {}, {}};
  for (const Played& one : first.played) {
    const auto other = others.find({one.item->id, one.sample.replicate});
    if (other == others.end()) continue;
    if (!one.verdict.score || !other->second->verdict.score) {
      ++tally.unscored;
      continue;
    }
    const double more = *one.verdict.score - *other->second->verdict.score;
    const double ahead = primary == Direction::higher_is_better ? more : -more;
    const char* winner = ahead > 0 ? "model_a" : ahead < 0 ? "model_b" : "tie";
    tally.points.push_back(ahead > 0 ? 1 : ahead < 0 ? 0 : 0.5);
    tally.groups.push_back(one.item->group);
    votes.push_back(
        {label, one.item->id, one.sample.replicate, first.arm, second.arm, winner, kVerdictsAsJudge, label});
  }
  return tally;
}

Exhibit points_exhibit(const std::string& name, const std::string& title, const std::string& caveat,
                       const std::vector<Tally>& tallies) {
  Exhibit shown;
  shown.name = name;
  shown.title = title;
  shown.finding = caveat;
  shown.x_title = "from";
  shown.y_title = "taken by";
  shown.unit = "share";
  const std::vector<std::string> names = names_of(tallies);
  const auto number = [&](const std::string& arm) {
    return std::find(names.begin(), names.end(), arm) - names.begin();
  };
  Matrix matrix{names, names, {names.size(), std::vector<std::optional<double>>(names.size())}};
  for (const Tally& tally : tallies) {
    const auto mean = stats::clustered_mean(tally.points, stats::group_numbers(tally.groups));
    if (!mean) continue;
    const auto row = static_cast<std::size_t>(number(tally.first)),
               column = static_cast<std::size_t>(number(tally.second));
    matrix.cells[row][column] = mean->mean;
    matrix.cells[column][row] = 1 - mean->mean;
    shown.finding += points_text(tally, *mean);
  }
  shown.matrix = std::move(matrix);
  return shown;
}

Exhibit judge_exhibit(const std::string& judge, const std::string& caveat, const std::vector<Tally>& tallies) {
  Exhibit shown;
  shown.name = "judge";
  shown.title = "How " + judge + " judges";
  shown.finding = caveat;
  shown.x_title = "of the pairs";
  shown.y_title = "comparison";
  shown.unit = "share";
  Matrix matrix{{}, {"read", "consistent", "first place both times", "second place both times"}, {}};
  for (const Tally& tally : tallies) {
    const double read = static_cast<double>(tally.orders.size());
    const double all = read + static_cast<double>(tally.unscored);
    matrix.rows.push_back(tally.title());
    auto& cells = matrix.cells.emplace_back(matrix.columns.size());
    if (all > 0) cells[0] = read / all;
    const auto bias = stats::position_bias(tally.orders);
    if (!bias.ok()) continue;
    cells[1] = bias->consistent.rate;
    cells[2] = static_cast<double>(bias->first_both) / read;
    cells[3] = static_cast<double>(bias->second_both) / read;
    shown.finding += bias_text(tally, *bias);
  }
  shown.matrix = std::move(matrix);
  return shown;
}

}  // namespace bakeoff::suites
