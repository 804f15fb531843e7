// See votes.h.
#include "harness/stats/votes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace bakeoff::stats {
namespace {

Status check(const Vote& vote, std::int32_t competitors, std::size_t place) {
  const auto known = [&](std::int32_t number) { return number >= 0 && number < competitors; };
  if (known(vote.first) && known(vote.second) && vote.first != vote.second) return {};
  return input_error("vote " + std::to_string(place) + " is between the competitors " + std::to_string(vote.first) +
                         " and " + std::to_string(vote.second) + " of " + std::to_string(competitors),
                     "", "a vote needs two different competitors, numbered from 0");
}

void count(PairCount& pair, const Vote& vote) {
  if (vote.outcome == Outcome::tie)
    pair.ties += 1;
  else if ((vote.outcome == Outcome::first) == (vote.first == pair.first))
    pair.first_wins += 1;
  else
    pair.second_wins += 1;
}

/// A square table of all pairs: the fast way for up to a few thousand competitors.
std::vector<PairCount> fold_densely(std::span<const Vote> votes, std::size_t competitors) {
  std::vector<PairCount> table(competitors * competitors);
  for (const Vote& vote : votes) {
    const auto [low, high] = std::minmax(vote.first, vote.second);
    PairCount& pair = table[static_cast<std::size_t>(low) * competitors + static_cast<std::size_t>(high)];
    pair.first = low, pair.second = high;
    count(pair, vote);
  }
  std::erase_if(table, [](const PairCount& pair) { return pair.votes() == 0; });
  return table;
}

std::vector<PairCount> fold_sparsely(std::span<const Vote> votes) {
  std::map<std::pair<std::int32_t, std::int32_t>, PairCount> table;
  for (const Vote& vote : votes) {
    PairCount& pair = table[std::minmax(vote.first, vote.second)];
    std::tie(pair.first, pair.second) = std::minmax(vote.first, vote.second);
    count(pair, vote);
  }
  std::vector<PairCount> pairs;
  pairs.reserve(table.size());
  for (const auto& [place, pair] : table) pairs.push_back(pair);
  return pairs;
}

using Neighbours = std::vector<std::vector<std::int32_t>>;

/// Everyone that can be reached from `start` and is not in a group yet gets into `group`.
void collect(const Neighbours& next, std::int32_t start, std::vector<std::int32_t>& group, std::vector<bool>& taken) {
  std::vector<std::int32_t> open = {start};
  taken[static_cast<std::size_t>(start)] = true;
  while (!open.empty()) {
    const auto here = open.back();
    open.pop_back();
    group.push_back(here);
    for (const auto there : next[static_cast<std::size_t>(here)]) {
      if (taken[static_cast<std::size_t>(there)]) continue;
      taken[static_cast<std::size_t>(there)] = true;
      open.push_back(there);
    }
  }
}

/// All numbers so that each comes after everyone who can be reached from it (but for those in a cycle with it).
std::vector<std::int32_t> finishing_order(const Neighbours& next) {
  std::vector<std::int32_t> order;
  std::vector<bool> seen(next.size());
  for (std::size_t start = 0; start < next.size(); ++start) {
    if (seen[start]) continue;
    std::vector<std::pair<std::size_t, std::size_t>> path = {{start, 0}};  // a place and how many ways were tried
    seen[start] = true;
    while (!path.empty()) {
      auto& [here, tried] = path.back();
      if (tried == next[here].size()) {
        order.push_back(static_cast<std::int32_t>(here));
        path.pop_back();
        continue;
      }
      const auto there = static_cast<std::size_t>(next[here][tried++]);
      if (seen[there]) continue;
      seen[there] = true;
      path.emplace_back(there, 0);
    }
  }
  return order;
}

std::vector<std::vector<std::int32_t>> sorted(std::vector<std::vector<std::int32_t>> groups) {
  for (auto& group : groups) std::sort(group.begin(), group.end());
  std::sort(groups.begin(), groups.end());
  return groups;
}

}  // namespace

Result<Outcome> parse_outcome(const std::string& word) {
  if (word == "model_a") return Outcome::first;
  if (word == "model_b") return Outcome::second;
  if (word == "tie" || word == "tie (bothbad)" || word == "both_bad") return Outcome::tie;
  return input_error("unknown outcome '" + word + "'", "", "use model_a, model_b, tie, tie (bothbad) or both_bad");
}

double Field::votes() const {
  double sum = 0;
  for (const PairCount& pair : pairs) sum += pair.votes();
  return sum;
}

Status check_votes(std::span<const Vote> votes, std::int32_t competitors) {
  if (competitors < 0 || competitors > kMostCompetitors)
    return input_error("can not rate " + std::to_string(competitors) + " competitors", "",
                       "rate at most " + std::to_string(kMostCompetitors) + " at once");
  for (std::size_t i = 0; i < votes.size(); ++i) BAKEOFF_CHECK(check(votes[i], competitors, i));
  return {};
}

Result<Field> fold(std::span<const Vote> votes, std::int32_t competitors) {
  BAKEOFF_CHECK(check_votes(votes, competitors));
  Field field;
  field.competitors = competitors;
  const auto size = static_cast<std::size_t>(competitors);
  constexpr std::size_t kCheapTable = 1 << 16;
  field.pairs = size * size <= std::max(kCheapTable, votes.size()) ? fold_densely(votes, size) : fold_sparsely(votes);
  return field;
}

std::vector<std::vector<std::int32_t>> connected_groups(const Field& field) {
  Neighbours next(static_cast<std::size_t>(field.competitors));
  for (const PairCount& pair : field.pairs) {
    next[static_cast<std::size_t>(pair.first)].push_back(pair.second);
    next[static_cast<std::size_t>(pair.second)].push_back(pair.first);
  }
  std::vector<std::vector<std::int32_t>> groups;
  std::vector<bool> taken(next.size());
  for (std::int32_t start = 0; start < field.competitors; ++start)
    if (!taken[static_cast<std::size_t>(start)]) collect(next, start, groups.emplace_back(), taken);
  return sorted(std::move(groups));
}

// Strong components by two walks (Kosaraju; Sharir 1981, doi:10.1016/0898-1221(81)90008-0).
std::vector<std::vector<std::int32_t>> inseparable_groups(const Field& field) {
  Neighbours beats(static_cast<std::size_t>(field.competitors)), loses_to(beats.size());
  const auto add = [&](std::int32_t winner, std::int32_t loser, double points) {
    if (points <= 0) return;
    beats[static_cast<std::size_t>(winner)].push_back(loser);
    loses_to[static_cast<std::size_t>(loser)].push_back(winner);
  };
  for (const PairCount& pair : field.pairs) {
    add(pair.first, pair.second, pair.first_points());
    add(pair.second, pair.first, pair.votes() - pair.first_points());
  }
  const auto order = finishing_order(beats);
  std::vector<std::vector<std::int32_t>> groups;
  std::vector<bool> taken(beats.size());
  for (auto start = order.rbegin(); start != order.rend(); ++start)
    if (!taken[static_cast<std::size_t>(*start)]) collect(loses_to, *start, groups.emplace_back(), taken);
  return sorted(std::move(groups));
}

std::vector<std::vector<double>> win_shares(const Field& field) {
  const auto size = static_cast<std::size_t>(field.competitors);
  std::vector<std::vector<double>> shares(size, std::vector<double>(size, std::numeric_limits<double>::quiet_NaN()));
  for (const PairCount& pair : field.pairs) {
    const auto i = static_cast<std::size_t>(pair.first), j = static_cast<std::size_t>(pair.second);
    shares[i][j] = pair.first_points() / pair.votes();
    shares[j][i] = 1 - shares[i][j];
  }
  return shares;
}

std::vector<Cycle> cycles(const Field& field) {
  const auto shares = win_shares(field);
  const auto beats = [&](std::int32_t i, std::int32_t j) {
    return shares[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  };
  std::vector<Cycle> found;
  const auto look = [&](std::int32_t i, std::int32_t j, std::int32_t k) {
    if (!(beats(i, j) > 0.5 && beats(j, k) > 0.5 && beats(k, i) > 0.5)) return;
    found.push_back({i, j, k, std::min({beats(i, j), beats(j, k), beats(k, i)})});
  };
  for (std::int32_t i = 0; i < field.competitors; ++i)
    for (std::int32_t j = i + 1; j < field.competitors; ++j)
      for (std::int32_t k = j + 1; k < field.competitors; ++k) look(i, j, k), look(i, k, j);
  std::stable_sort(found.begin(), found.end(),
                   [](const Cycle& a, const Cycle& b) { return a.smallest_share > b.smallest_share; });
  return found;
}

}  // namespace bakeoff::stats
