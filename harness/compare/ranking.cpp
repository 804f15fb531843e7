// See ranking.h.
#include "harness/compare/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/core/nearest.h"
#include "harness/stats/elo.h"

namespace bakeoff::compare {
namespace {

std::vector<std::vector<std::string>> named(const std::vector<std::vector<std::int32_t>>& groups,
                                            const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> out;
  for (const auto& group : groups) {
    auto& members = out.emplace_back();
    for (const std::int32_t number : group) members.push_back(names[static_cast<std::size_t>(number)]);
  }
  return out;
}

/// "{a, b}, {c}"; long lists are cut.
std::string listed(const std::vector<std::vector<std::string>>& groups) {
  constexpr std::size_t kMost = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(groups.size(), kMost); ++i) {
    text += i ? ", {" : "{";
    for (std::size_t j = 0; j < std::min(groups[i].size(), kMost); ++j) text += (j ? ", " : "") + groups[i][j];
    text += groups[i].size() > kMost ? ", ...}" : "}";
  }
  return text + (groups.size() > kMost ? ", ..." : "");
}

Result<stats::Ratings> rate(const stats::Field& field, const std::vector<std::string>& names,
                            const RankOptions& options) {
  if (field.votes() == 0)
    return input_error(
        "there are no votes to rank", "",
        "a run has votes where a suite compares answers in pairs; docs/rank.md shows the form of a file");
  const auto groups = stats::connected_groups(field);
  if (groups.size() > 1)
    return input_error("no votes connect these groups: " + listed(named(groups, names)), "",
                       "rank each group alone, or collect votes between them");
  stats::RatingOptions rating{.ties = options.ties, .confidence = options.confidence, .seed = options.seed};
  if (options.anchor) {
    const auto found = std::find(names.begin(), names.end(), *options.anchor);
    const std::string meant = nearest(*options.anchor, names);
    if (found == names.end())
      return input_error("nobody voted on \"" + *options.anchor + "\"", "--anchor",
                         meant.empty() ? "name a competitor" : "did you mean " + meant + "?");
    rating.anchor = stats::Anchor{static_cast<std::int32_t>(found - names.begin()), options.anchor_rating};
  }
  if (options.bootstrap_draws <= 0) return stats::rate_competitors(field, rating);
  rating.draws = options.bootstrap_draws;
  return stats::rate_by_bootstrap(field, rating);
}

/// By number of competitor.
std::vector<RatedModel> rated(const stats::Ratings& ratings, const stats::Field& field,
                              const std::vector<std::string>& names) {
  std::vector<RatedModel> models;
  for (std::size_t i = 0; i < names.size(); ++i) models.push_back({names[i], ratings.competitors[i], 0, 0, 0, 0, {}});
  for (const stats::PairCount& pair : field.pairs) {
    RatedModel& first = models[static_cast<std::size_t>(pair.first)];
    RatedModel& second = models[static_cast<std::size_t>(pair.second)];
    first.wins += pair.first_wins, first.losses += pair.second_wins, first.ties += pair.ties;
    second.wins += pair.second_wins, second.losses += pair.first_wins, second.ties += pair.ties;
  }
  return models;
}

int orders_for(std::size_t votes, const RankOptions& options) {
  constexpr std::size_t kUpdates = 20'000'000, kMost = 10'000, kFewest = 50;  // fewer orders would leave their noise
  if (options.elo_orders) return *options.elo_orders;
  const std::size_t orders = std::min(kMost, kUpdates / std::max<std::size_t>(1, votes));
  return orders < kFewest ? 0 : static_cast<int>(orders);
}

Status add_elo(const VoteSet& votes, Ranking& ranking) {
  const auto competitors = static_cast<std::int32_t>(votes.names.size());
  BAKEOFF_TRY(const auto online, stats::elo(votes.votes, competitors));
  for (std::size_t i = 0; i < online.size(); ++i) ranking.models[i].elo = online[i];
  ranking.elo_orders = orders_for(votes.votes.size(), ranking.options);
  if (ranking.elo_orders == 0) return {};
  BAKEOFF_TRY(const auto mean,
              stats::elo(votes.votes, competitors, {.orders = ranking.elo_orders, .seed = ranking.options.seed}));
  for (std::size_t i = 0; i < mean.size(); ++i) ranking.models[i].elo_mean = mean[i];
  return {};
}

/// On the votes that `is_wanted` by their place. Only who met there is rated.
template <class IsWanted>
PartRanking rank_part(const VoteSet& all, const std::string& name, const RankOptions& options,
                      const IsWanted& is_wanted) {
  VoteSet part;
  const auto number = [&](std::int32_t model) { return part.number(all.names[static_cast<std::size_t>(model)]); };
  for (std::size_t i = 0; i < all.votes.size(); ++i) {
    if (!is_wanted(i)) continue;
    const std::int32_t first = number(all.votes[i].first);
    part.votes.push_back({first, number(all.votes[i].second), all.votes[i].outcome});
  }
  PartRanking out{name, static_cast<std::int64_t>(part.votes.size()), {}, {}};
  if (part.votes.empty()) return out;
  const auto field = stats::fold(part.votes, static_cast<std::int32_t>(part.names.size()));
  const auto ratings = field.ok() ? rate(*field, part.names, options) : Result<stats::Ratings>(field.error());
  if (ratings.ok())
    out.models = rated(*ratings, *field, part.names);
  else
    out.error = ratings.error();
  std::stable_sort(out.models.begin(), out.models.end(),
                   [](const auto& a, const auto& b) { return a.rating.rating > b.rating.rating; });
  return out;
}

void add_parts(const VoteSet& votes, const RankOptions& options, Ranking& ranking) {
  RankOptions within = options;
  within.anchor.reset();  // may not have met anyone in a part
  for (std::size_t category = 0; category < votes.categories.size(); ++category)
    ranking.categories.push_back(rank_part(votes, votes.categories[category], within, [&](std::size_t i) {
      return votes.category_of[i] == static_cast<std::int32_t>(category);
    }));
  for (const VoteOrigin origin : kVoteOrigins) {
    PartRanking part =
        rank_part(votes, name_of(origin), within, [&](std::size_t i) { return votes.origins[i] == origin; });
    if (part.votes > 0) ranking.origins.push_back(std::move(part));
  }
}

/// The models and the matrix, the best first.
void sort_by_rating(Ranking& ranking) {
  std::vector<std::size_t> order(ranking.models.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return ranking.models[a].rating.rating > ranking.models[b].rating.rating;
  });
  const auto models = ranking.models;
  const auto shares = ranking.win_shares;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ranking.models[i] = models[order[i]];
    for (std::size_t j = 0; j < order.size(); ++j) ranking.win_shares[i][j] = shares[order[i]][order[j]];
  }
}

OrderedJson json_of(const RatedModel& model) {
  OrderedJson row = {{"model", model.name},
                     {"rating", model.rating.rating},
                     {"ci_low", model.rating.interval.low},
                     {"ci_high", model.rating.interval.high},
                     {"games", static_cast<std::int64_t>(model.rating.votes)},
                     {"rank", model.rating.rank},
                     {"wins", static_cast<std::int64_t>(model.wins)},
                     {"losses", static_cast<std::int64_t>(model.losses)},
                     {"ties", static_cast<std::int64_t>(model.ties)}};
  return row;
}

OrderedJson json_of(const std::vector<RatedModel>& models, bool with_elo) {
  OrderedJson rows = OrderedJson::array();
  for (const RatedModel& model : models) {
    rows.push_back(json_of(model));
    if (!with_elo) continue;
    rows.back()["elo"] = model.elo;
    rows.back()["elo_mean"] = model.elo_mean ? OrderedJson(*model.elo_mean) : OrderedJson();
  }
  return rows;
}

OrderedJson matrix_json(const Ranking& ranking) {
  OrderedJson models = OrderedJson::array(), rows = OrderedJson::array();
  for (std::size_t i = 0; i < ranking.models.size(); ++i) {
    models.push_back(ranking.models[i].name);
    OrderedJson row = OrderedJson::array();
    for (const double share : ranking.win_shares[i])
      row.push_back(std::isnan(share) ? OrderedJson() : OrderedJson(share));
    rows.push_back(std::move(row));
  }
  return {{"models", std::move(models)}, {"shares", std::move(rows)}};
}

OrderedJson json_of(const PartRanking& category) {
  OrderedJson out = {{"votes", category.votes}, {"ratings", json_of(category.models, false)}};
  if (category.error) out["error"] = category.error->line();
  return out;
}

}  // namespace

Result<Ranking> rank_votes(const VoteSet& votes, const RankOptions& options) {
  Ranking ranking;
  ranking.options = options;
  BAKEOFF_TRY(const stats::Field field, stats::fold(votes.votes, static_cast<std::int32_t>(votes.names.size())));
  BAKEOFF_TRY(const stats::Ratings ratings, rate(field, votes.names, options));
  ranking.models = rated(ratings, field, votes.names);
  ranking.win_shares = stats::win_shares(field);
  ranking.votes = static_cast<std::int64_t>(votes.votes.size());
  for (const stats::PairCount& pair : field.pairs) ranking.ties += static_cast<std::int64_t>(pair.ties);
  ranking.ridge = ratings.ridge;
  ranking.tie_strength = ratings.tie_strength;
  ranking.separate_groups = named(ratings.separate_groups, votes.names);
  for (const stats::Cycle& cycle : stats::cycles(field))
    ranking.cycles.push_back(named({{cycle.first, cycle.second, cycle.third}}, votes.names).front());
  ranking.forks = votes.forks;
  ranking.empty = votes.empty;
  BAKEOFF_CHECK(add_elo(votes, ranking));
  add_parts(votes, options, ranking);
  sort_by_rating(ranking);
  return ranking;
}

OrderedJson to_json(const Ranking& ranking) {
  const RankOptions& options = ranking.options;
  const bool bootstrapped = options.bootstrap_draws > 0;
  OrderedJson forks = OrderedJson::array(), categories = OrderedJson::object(), origins = OrderedJson::object();
  for (const Forks& each : ranking.forks) forks.push_back({{"models", each.members}, {"adapter", each.adapter}});
  for (const PartRanking& each : ranking.categories) categories[each.name] = json_of(each);
  for (const PartRanking& each : ranking.origins) origins[each.name] = json_of(each);
  OrderedJson out = {{"ratings", json_of(ranking.models, true)},
                     {"method", "bradley_terry"},
                     {"ties", options.ties == stats::Ties::half ? "half" : "davidson"},
                     {"intervals", bootstrapped ? "bootstrap" : "sandwich"},
                     {"confidence", options.confidence}};
  if (bootstrapped) out["draws"] = options.bootstrap_draws;
  out["votes"] = ranking.votes;
  out["tie_votes"] = ranking.ties;
  if (options.ties == stats::Ties::davidson) out["tie_strength"] = ranking.tie_strength;
  out["rows_without_vote"] = ranking.empty;
  out["elo"] = {{"k", stats::EloOptions{}.k}, {"start", stats::EloOptions{}.start}, {"orders", ranking.elo_orders}};
  out["win_shares"] = matrix_json(ranking);
  out["cycles"] = ranking.cycles;
  out["ridge"] = ranking.ridge;
  out["separate_groups"] = ranking.separate_groups;
  out["forks"] = std::move(forks);
  out["categories"] = std::move(categories);
  out["origins"] = std::move(origins);
  return out;
}

}  // namespace bakeoff::compare
