// Ratings against arena-rank, choix and statsmodels (tools/goldens/stats_ratings.py), against choix's own test cases,
// and against the published Elo values of real votes.
#include <cmath>
#include <map>
#include <sstream>
#include <vector>

#include "harness/core/files.h"
#include "harness/core/json.h"
#include "harness/core/seed.h"
#include "harness/stats/bradley_terry.h"
#include "harness/stats/elo.h"
#include "harness/stats/poisson.h"
#include "harness/stats/style_control.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff::stats {
namespace {

const Json& golden() {
  static const Json values = read_json_file(testing::source_path("golden/stats_ratings.json")).value();
  return values;
}

std::int32_t competitors() { return golden()["competitors"].get<std::int32_t>(); }

std::vector<Vote> golden_votes(bool with_ties = true) {
  std::vector<Vote> votes;
  for (const auto& row : golden()["votes"]) {
    const auto outcome = static_cast<Outcome>(row[2].get<int>());
    if (with_ties || outcome != Outcome::tie) votes.push_back({row[0].get<int>(), row[1].get<int>(), outcome});
  }
  return votes;
}

Field golden_field() { return fold(golden_votes(), competitors()).value(); }

double logit(const Ratings& ratings, std::size_t i) { return (ratings.competitors[i].rating - 1000) / kRatingPoints; }

/// QLoRA's votes (4,480 of GPT-4 on eight models) and the names of the models.
struct PublicVotes {
  std::vector<Vote> votes;
  std::vector<std::string> names;
};

std::optional<PublicVotes> qlora_votes() {
  const auto file = testing::data_path("qlora_pairwise/votes.csv");
  if (!file) return std::nullopt;
  PublicVotes out;
  std::map<std::string, std::int32_t> numbers;
  const auto number = [&](const std::string& name) {
    const auto [place, is_new] = numbers.try_emplace(name, static_cast<std::int32_t>(numbers.size()));
    if (is_new) out.names.push_back(name);
    return place->second;
  };
  const auto read = [&](std::size_t line, std::string_view text) -> Status {
    if (line == 1) return {};
    std::istringstream row{std::string(text)};
    std::string question, a, b, winner;
    std::getline(row, question, ','), std::getline(row, a, ','), std::getline(row, b, ','),
        std::getline(row, winner, ',');
    if (winner == "unparsed") winner = "tie";  // as the published values count them
    BAKEOFF_TRY(const Outcome outcome, parse_outcome(winner));
    out.votes.push_back({number(a), number(b), outcome});
    return {};
  };
  REQUIRE(for_each_line(*file, read).ok());
  return out;
}

}  // namespace

TEST_CASE("Bradley-Terry equals choix's test cases", "[stats]") {
  for (const char* name : {"1", "2"}) {
    const auto file = testing::data_path(std::string("bradley_terry/choix/testcase-pairwise-") + name + ".json");
    if (!file) SKIP_TEST("the public test data is not here");
    const Json data = read_json_file(*file).value();
    std::vector<Vote> votes;
    for (const auto& pair : data["data"]) votes.push_back({pair[0].get<int>(), pair[1].get<int>(), Outcome::first});
    const auto ratings = rate_competitors(fold(votes, data["n_items"].get<int>()).value());
    REQUIRE(ratings.ok());
    for (std::size_t i = 0; i < data["ml_est"].size(); ++i)
      CHECK(logit(*ratings, i) == Approx(data["ml_est"][i].get<double>()).margin(1e-7));
    CHECK(ratings->ridge == 0);
  }
}

TEST_CASE("ratings and sandwich intervals with ties by half equal arena-rank's", "[stats]") {
  const auto ratings = rate_competitors(golden_field());
  REQUIRE(ratings.ok());
  const Json& expected = golden()["bradley_terry"];
  for (std::size_t i = 0; i < ratings->competitors.size(); ++i) {
    CHECK(ratings->competitors[i].rating == Approx(expected["ratings"][i].get<double>()).margin(1e-3));
    CHECK(ratings->competitors[i].interval.low == Approx(expected["rating_lower"][i].get<double>()).margin(2e-3));
    CHECK(ratings->competitors[i].interval.high == Approx(expected["rating_upper"][i].get<double>()).margin(2e-3));
  }
}

TEST_CASE("without ties both models equal choix's maximum of the likelihood", "[stats]") {
  const auto field = fold(golden_votes(false), competitors()).value();
  for (const Ties ties : {Ties::half, Ties::davidson}) {
    const auto ratings = rate_competitors(field, {.ties = ties});
    REQUIRE(ratings.ok());
    CHECK(ratings->tie_strength == 0);
    for (std::size_t i = 0; i < ratings->competitors.size(); ++i)
      CHECK(logit(*ratings, i) == Approx(golden()["without_ties"]["logits"][i].get<double>()).margin(1e-6));
  }
}

TEST_CASE("Davidson's ratings and tie strength equal a general optimiser's", "[stats]") {
  const auto ratings = rate_competitors(golden_field(), {.ties = Ties::davidson});
  REQUIRE(ratings.ok());
  CHECK(ratings->tie_strength == Approx(golden()["davidson"]["nu"].get<double>()).epsilon(1e-5));
  for (std::size_t i = 0; i < ratings->competitors.size(); ++i)
    CHECK(logit(*ratings, i) == Approx(golden()["davidson"]["logits"][i].get<double>()).margin(1e-5));
}

TEST_CASE("style control equals statsmodels' logistic regression with robust errors", "[stats]") {
  std::vector<double> style;
  for (const auto& row : golden()["votes"]) style.push_back(row[3].get<double>());
  const auto votes = golden_votes();
  const auto seen = rate_with_style(votes, {style, 1}, competitors());
  REQUIRE(seen.ok());
  const Json& expected = golden()["style"];
  REQUIRE(seen->effects.size() == 1);
  CHECK(seen->effects[0].logit == Approx(expected["effect"].get<double>()).epsilon(1e-7));
  const double reach = 1.959964 * expected["effect_error"].get<double>();
  CHECK(seen->effects[0].interval.high - seen->effects[0].logit == Approx(reach).epsilon(1e-5));
  for (std::size_t i = 0; i < seen->ratings.competitors.size(); ++i) {
    const Rating& each = seen->ratings.competitors[i];
    CHECK(logit(seen->ratings, i) == Approx(expected["logits"][i].get<double>()).margin(1e-7));
    const double error = (each.interval.high - each.rating) / kRatingPoints / 1.959964;
    CHECK(error == Approx(expected["errors"][i].get<double>()).epsilon(1e-5));
  }
  CHECK_FALSE(rate_with_style(votes, {std::vector<double>(votes.size(), 3.0), 1}, competitors()).ok());
  std::vector<double> twice;
  for (double value : style) twice.push_back(value), twice.push_back(2 * value);
  CHECK_FALSE(rate_with_style(votes, {twice, 2}, competitors()).ok());
}

TEST_CASE("bootstrap intervals of ratings agree with the sandwich", "[stats]") {
  const auto sandwich = rate_competitors(golden_field());
  const auto drawn = rate_by_bootstrap(golden_field(), {.draws = 1000, .seed = 3});
  REQUIRE(drawn.ok());
  for (std::size_t i = 0; i < drawn->competitors.size(); ++i) {
    const Interval a = sandwich->competitors[i].interval, b = drawn->competitors[i].interval;
    CHECK((b.high - b.low) / (a.high - a.low) == Approx(1).margin(0.12));
    CHECK(drawn->competitors[i].rating == sandwich->competitors[i].rating);
  }
  const auto again = rate_by_bootstrap(golden_field(), {.draws = 1000, .seed = 3});
  CHECK(again->competitors[0].interval.low == drawn->competitors[0].interval.low);
}

TEST_CASE("Elo of QLoRA's votes gives the paper's eight values within their rounding and stated error of 1",
          "[stats]") {
  const auto data = qlora_votes();
  if (!data) SKIP_TEST("the public test data is not here");
  CHECK(data->votes.size() == 4480);
  const auto ratings = elo(data->votes, static_cast<std::int32_t>(data->names.size()), {.orders = 4000, .seed = 1});
  REQUIRE(ratings.ok());
  const Json published = read_json_file(*testing::data_path("qlora_pairwise/published_elo.json")).value()["published"];
  REQUIRE(published.size() == 8);
  for (std::size_t i = 0; i < data->names.size(); ++i) {
    INFO(data->names[i]);
    CHECK((*ratings)[i] == Approx(published.at(data->names[i]).get<double>()).margin(1.5));
  }
}

TEST_CASE("Elo follows the order unless it is averaged: two votes by hand", "[stats]") {
  const std::vector<Vote> votes = {{0, 1, Outcome::first}, {1, 0, Outcome::first}};
  const auto ratings = elo(votes, 2);
  const double expected = 1 / (1 + std::pow(10.0, 4.0 / 400));  // of competitor 1, four points behind
  CHECK((*ratings)[0] == Approx(1002 - 4 * (1 - expected)));
  CHECK((*ratings)[0] + (*ratings)[1] == Approx(2000));
}

TEST_CASE("fields that votes do not connect are refused with their groups", "[stats]") {
  const std::vector<Vote> votes = {{0, 1, Outcome::first}, {1, 0, Outcome::first}, {2, 3, Outcome::tie}};
  const auto ratings = rate_competitors(fold(votes, 5).value());
  REQUIRE_FALSE(ratings.ok());
  CHECK(ratings.error().line().find("{0 1}, {2 3}, {4}") != std::string::npos);
  CHECK_FALSE(fold(votes, 3).ok());
  CHECK_FALSE(fold(std::vector<Vote>{{1, 1, Outcome::tie}}, 2).ok());
  CHECK_FALSE(fold({}, 1'000'000'000).ok());
}

TEST_CASE("who never lost is rated with a stated ridge at its known solution", "[stats]") {
  const std::vector<Vote> votes(10, Vote{0, 1, Outcome::first});
  const auto ratings = rate_competitors(fold(votes, 2).value(), {.ridge = 0.1});
  REQUIRE(ratings.ok());
  CHECK(ratings->ridge == 0.1);
  CHECK(ratings->separate_groups == std::vector<std::vector<std::int32_t>>{{0}, {1}});
  const double r = logit(*ratings, 0);  // 10 sigma(-2r) = 0.1 r, as the ratings are r and -r
  CHECK(10 / (1 + std::exp(2 * r)) == Approx(0.1 * r));
}

TEST_CASE("an anchor moves all ratings and no width; differences do not move", "[stats]") {
  const auto free = rate_competitors(golden_field());
  const auto anchored = rate_competitors(golden_field(), {.anchor = Anchor{2, 1114}});
  REQUIRE(anchored.ok());
  CHECK(anchored->competitors[2].rating == Approx(1114));
  const auto width = [](const Rating& one) { return one.interval.high - one.interval.low; };
  CHECK(width(anchored->competitors[2]) == Approx(width(free->competitors[2])));
  CHECK(anchored->difference(0, 5) == Approx(free->difference(0, 5)));
  CHECK(free->difference_interval(5, 0).low > 0);
  CHECK(free->difference_interval(5, 0).low == Approx(-free->difference_interval(0, 5).high));
}

TEST_CASE("cycles are found, the clearest first, and a ranking has none", "[stats]") {
  std::vector<Vote> votes;
  const auto add = [&](std::int32_t a, std::int32_t b, int wins, int losses) {
    for (int i = 0; i < wins; ++i) votes.push_back({a, b, Outcome::first});
    for (int i = 0; i < losses; ++i) votes.push_back({b, a, Outcome::first});
  };
  add(0, 1, 7, 3), add(1, 2, 6, 4), add(2, 0, 8, 2), add(3, 0, 9, 1), add(3, 1, 9, 1), add(3, 2, 9, 1);
  const auto found = cycles(fold(votes, 4).value());
  REQUIRE(found.size() == 1);
  CHECK(found[0].first == 0);
  CHECK(found[0].second == 1);
  CHECK(found[0].third == 2);
  CHECK(found[0].smallest_share == Approx(0.6));
  const auto shares = win_shares(fold(votes, 4).value());
  CHECK(shares[3][0] == Approx(0.9));
  CHECK(shares[0][3] == Approx(0.1));
  CHECK(std::isnan(shares[1][1]));
  CHECK(inseparable_groups(fold(votes, 4).value()).size() == 1);
}

TEST_CASE("many competitors are folded to the same pairs as few", "[stats]") {
  const auto votes = golden_votes();
  const auto dense = fold(votes, competitors()).value();
  const auto sparse = fold(votes, kMostCompetitors).value();  // too wide for a table
  REQUIRE(dense.pairs.size() == sparse.pairs.size());
  for (std::size_t i = 0; i < dense.pairs.size(); ++i) {
    CHECK(dense.pairs[i].first == sparse.pairs[i].first);
    CHECK(dense.pairs[i].second == sparse.pairs[i].second);
    CHECK(dense.pairs[i].first_wins == sparse.pairs[i].first_wins);
    CHECK(dense.pairs[i].ties == sparse.pairs[i].ties);
  }
}

TEST_CASE("words for outcomes are those of published arenas", "[stats]") {
  CHECK(parse_outcome("model_a").value() == Outcome::first);
  CHECK(parse_outcome("tie (bothbad)").value() == Outcome::tie);
  CHECK(parse_outcome("both_bad").value() == Outcome::tie);
  CHECK_FALSE(parse_outcome("model_c").ok());
}

TEST_CASE("Poisson draws have the mean and variance of their distribution on both sides of 10", "[stats]") {
  Random random(9);
  for (double mean : {0.7, 9.5, 10.5, 400.0}) {
    double sum = 0, squares = 0;
    const int draws = 40000;
    for (int i = 0; i < draws; ++i) {
      const double x = poisson_draw(random, mean);
      sum += x, squares += (x - mean) * (x - mean);
    }
    CHECK(sum / draws == Approx(mean).margin(4 * std::sqrt(mean / draws)));
    CHECK(squares / draws == Approx(mean).epsilon(0.05));
  }
  CHECK(poisson_draw(random, 0) == 0);
}

}  // namespace bakeoff::stats
