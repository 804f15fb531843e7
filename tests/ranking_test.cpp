// Rankings: against arena-rank (tools/goldens/ranking.py) and the published Elo values on the same public votes; what
// is refused, and what is said beside the ratings.
#include "harness/compare/ranking.h"

#include <algorithm>
#include <cmath>

#include "harness/store/place.h"
#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;
using compare::rank_votes;
using compare::Ranking;
using compare::VoteSet;

namespace {

VoteSet votes_of(const std::string& name, const std::string& content) {
  TemporaryFolder folder;
  write_text(folder / name, content);
  VoteSet votes;
  REQUIRE(compare::read_votes(folder / name, votes).ok());
  return votes;
}

const compare::RatedModel& model(const compare::Ranking& ranking, const std::string& name) {
  const auto found =
      std::find_if(ranking.models.begin(), ranking.models.end(), [&](const auto& each) { return each.name == name; });
  REQUIRE(found != ranking.models.end());
  return *found;
}

/// A run with arms base, baked, half (the same bake) and other (a bake that grew from the first), and their votes.
struct VotedRun {
  VotedRun() {
    store = store::Store::open(folder.path(), store::Access::write).value();
    REQUIRE(store->transaction([&] { return fill(); }).ok());
  }
  Status fill() {
    BAKEOFF_CHECK(store->claim_experiment("pirate"));
    BAKEOFF_TRY(run, store->begin_run({"pirate", Json::object(), Json::object()}));
    const std::pair<const char*, const char*> bakes[] = {{"first", "model"}, {"second", "adapter-first"}};
    int position = 0;
    for (const auto& [name, parent] : bakes) {
      store::BakeRow bake;
      bake.key = std::string("key-") + name;
      bake.adapter_id = std::string("adapter-") + name;
      bake.parent = parent;
      bake.prompt = bake.recipe = Json::object();
      bake.questions = Json::array();
      BAKEOFF_CHECK(store->put_bake(bake));
      BAKEOFF_CHECK(store->link_bake(run, position++, name, bake.key));
    }
    for (const auto& [arm, bake] : {std::pair("base", ""), {"baked", "first"}, {"half", "first"}, {"other", "second"}})
      BAKEOFF_CHECK(store->put_arm(run, position++, {{arm, "baked", "", bake, 1.0}, "g", Json::object()}));
    int id = 0;
    for (const char* winner : {"model_a", "model_b", "tie"})
      for (const char* arm : {"baked", "half", "other"})
        BAKEOFF_CHECK(store->put_vote(
            run, {std::to_string(id++), "style", "one", "base", arm, winner, "ann", "", {}, "2026-01-01", "arena"}));
    return {};
  }
  TemporaryFolder folder;
  std::unique_ptr<store::Store> store;
  store::RunId run = 0;
};

}  // namespace

TEST_CASE("a ranking of public votes equals arena-rank's, and its Elo the published values") {
  const auto file = data_path("qlora_pairwise/votes.csv");
  if (!file) SKIP_TEST("the public test data is not here");
  VoteSet votes;
  REQUIRE(compare::read_votes(*file, votes).ok());
  CHECK(votes.bad.empty());
  const auto ranking = rank_votes(votes);
  REQUIRE(ranking.ok());
  const Json golden = read_json_file(source_path("golden/ranking.json")).value();
  CHECK(ranking->votes == golden["votes"].get<std::int64_t>());
  for (const auto& row : golden["ratings"].items()) {
    const stats::Rating& rating = model(*ranking, row.key()).rating;
    CHECK(rating.rating == Approx(row.value()[0].get<double>()).margin(1e-4));
    CHECK(rating.interval.low == Approx(row.value()[1].get<double>()).margin(1e-3));
    CHECK(rating.interval.high == Approx(row.value()[2].get<double>()).margin(1e-3));
  }
  const Json published = read_json_file(file->parent_path() / "published_elo.json").value()["published"];
  for (const auto& row : published.items())
    CHECK(std::abs(*model(*ranking, row.key()).elo_mean - row.value().get<double>()) <= 1.0);
  // Rows whose judgment could not be read are no ties.
  CHECK(ranking->empty.at("unparsed") == 13);
}

TEST_CASE("votes are read from every spelling and format, and a bad row is named by its line") {
  const VoteSet votes = votes_of("v.jsonl",
                                 "{\"model_a\":\"a\",\"model_b\":\"b\",\"winner\":\"model_a\",\"turn\":1}\n"
                                 "{\"model_a\":\"b\",\"model_b\":\"a\",\"winner\":\"tie (bothbad)\"}\n"
                                 "{\"model_a\":\"a\",\"model_b\":\"b\",\"winner\":\"both_bad\",\"category\":\"x\"}\n"
                                 "{\"model_a\":\"a\",\"model_b\":\"b\",\"winner\":null}\n"
                                 "{\"model_a\":\"a\",\"model_b\":\"a\",\"winner\":\"tie\"}\n"
                                 "{\"model_a\":\"a\",\"model_b\":\"b\",\"winner\":\"model_c\"}\n"
                                 "{\"model_a\":\"a\",\"winner\":\"tie\"}\n");
  REQUIRE(votes.votes.size() == 3);
  CHECK(votes.votes[1].first == 1);
  CHECK(votes.votes[1].outcome == stats::Outcome::tie);
  CHECK(votes.category_of == std::vector<std::int32_t>{-1, -1, 0});
  CHECK(votes.empty.at("no winner") == 1);
  CHECK(votes.empty.at("a model against itself") == 1);
  REQUIRE(votes.bad.size() == 2);
  CHECK(votes.bad[0].where.find("v.jsonl:6") != std::string::npos);
  CHECK(votes.bad[1].where.find("v.jsonl:7") != std::string::npos);
  CHECK(votes_of("v.csv", "winner,model_b,model_a\nmodel_b,x,y\n").names == std::vector<std::string>{"y", "x"});
}

TEST_CASE("a field in pieces is refused by name, and one that can not be told apart says so") {
  const auto apart = rank_votes(votes_of("v.csv", "model_a,model_b,winner\na,b,model_a\nb,a,model_a\nc,d,tie\n"));
  REQUIRE_FALSE(apart.ok());
  CHECK(apart.error().what == "no votes connect these groups: {a, b}, {c, d}");
  const auto above = rank_votes(votes_of("v.csv", "model_a,model_b,winner\na,b,model_a\nb,c,tie\n"));
  REQUIRE(above.ok());
  CHECK(above->ridge > 0);
  CHECK(above->separate_groups.size() == 2);
  CHECK(above->models[0].name == "a");
  CHECK_FALSE(rank_votes(VoteSet()).ok());
  const auto anchored = rank_votes(votes_of("v.csv", "model_a,model_b,winner\nalpha,b,tie\n"), {.anchor = "alpa"});
  CHECK(anchored.error().hint == "did you mean alpha?");
}

TEST_CASE("a ring of wins is told as a contradiction, and the matrix shows each share") {
  std::string rows = "model_a,model_b,winner\n";
  for (const char* pair : {"rock,scissors", "scissors,paper", "paper,rock"})
    for (const char* winner : {"model_a", "model_a", "model_b", "tie"}) rows += pair + std::string(",") + winner + "\n";
  const auto ranking = rank_votes(votes_of("v.csv", rows));
  REQUIRE(ranking.ok());
  CHECK(ranking->cycles == std::vector<std::vector<std::string>>{{"rock", "scissors", "paper"}});
  for (const auto& each : ranking->models) CHECK(each.rating.rating == Approx(1000));
  for (const auto& row : ranking->win_shares)
    for (const double share : row) CHECK((std::isnan(share) || share == Approx(0.625) || share == Approx(0.375)));
}

TEST_CASE("a category is rated on its own votes, or says why not") {
  const auto ranking = rank_votes(votes_of("v.csv",
                                           "model_a,model_b,winner,category\n"
                                           "a,b,model_a,math\na,b,model_a,math\na,b,model_b,math\n"
                                           "a,b,model_b,prose\na,b,model_b,prose\na,b,model_a,prose\n"
                                           "c,d,tie,rest\na,b,tie,rest\nb,c,tie,\n"));
  REQUIRE(ranking.ok());
  REQUIRE(ranking->categories.size() == 3);
  // Two of three: 2/3 = 1 / (1 + 10^(-d/400)), so d = 400 log10 2 (Bradley and Terry's odds, by hand).
  const auto& math = ranking->categories[0].models;
  CHECK(math[0].name == "a");
  CHECK(math[0].rating.rating - math[1].rating.rating == Approx(400 * std::log10(2.0)));
  CHECK(ranking->categories[1].models[0].name == "b");
  CHECK(ranking->categories[2].error);
}

TEST_CASE("votes of a run are ranked, and arms that come from one bake are named as forks") {
  const VotedRun at;
  VoteSet votes;
  REQUIRE(compare::add_votes(*at.store, at.run, "", votes).ok());
  const auto ranking = rank_votes(votes);
  REQUIRE(ranking.ok());
  CHECK(ranking->votes == 9);
  REQUIRE(ranking->forks.size() == 1);
  CHECK(ranking->forks[0].adapter == "adapter-first");
  CHECK(ranking->forks[0].members == std::vector<std::string>{"baked", "half", "other"});
  const OrderedJson json = to_json(*ranking);
  CHECK(json["method"] == "bradley_terry");
  REQUIRE(json["ratings"].size() == 4);
  for (const char* key : {"model", "rating", "ci_low", "ci_high", "games"}) CHECK(json["ratings"][0].contains(key));
}

TEST_CASE("votes of a proven judge, an unproven one, verdicts and people are rated apart") {
  VoteSet votes;
  const auto vote = [&](const char* a, const char* b, const char* winner, const char* judge, bool has_sample) {
    store::VoteRow row;
    row.model_a = a, row.model_b = b, row.winner = winner, row.judge = judge;
    if (has_sample) row.sample_key = "k";
    REQUIRE(votes.add(row).ok());
  };
  // Each origin: a takes so many of three points from b; 1 of 3 and 2 of 3 are 400 log10 2 apart (odds, by hand).
  const auto three = [&](int taken, const char* judge, bool has_sample) {
    for (int i = 0; i < 3; ++i) vote("a", "b", i < taken ? "model_a" : "model_b", judge, has_sample);
  };
  three(2, "ann", false);
  three(1, "gpt", true);
  three(2, "gpt (judge unproven)", true);
  vote("a", "c", "tie", "verdicts", false);
  const Ranking ranking = rank_votes(votes).value();
  REQUIRE(ranking.origins.size() == 4);
  const std::pair<const char*, double> expected[] = {{"given", 1}, {"judge", -1}, {"judge unproven", 1}};
  for (std::size_t i = 0; i < 3; ++i) {
    const compare::PartRanking& part = ranking.origins[i];
    CHECK(part.name == expected[i].first);
    CHECK(part.votes == 3);
    const double apart = part.models[0].rating.rating - part.models[1].rating.rating;
    CHECK((part.models[0].name == "a" ? apart : -apart) == Approx(expected[i].second * 400 * std::log10(2.0)));
  }
  CHECK(ranking.origins[3].name == "verdicts");
  CHECK(ranking.origins[3].models.size() == 2);  // b has no such vote
  const OrderedJson json = to_json(ranking);
  CHECK(json["origins"]["judge unproven"]["votes"] == 3);
  CHECK(json["origins"]["verdicts"]["ratings"][0]["rating"].get<double>() == Approx(1000));
}

TEST_CASE("a run is named by folder, database or what stands behind @") {
  VotedRun at;
  const std::string folder = at.folder.path().string();
  REQUIRE(at.store->transaction([&] { return at.store->tag_run("best", at.run); }).ok());
  CHECK(store::run_folder(folder + "/bakeoff.db") == at.folder.path());
  CHECK(store::place_of(folder).execution.empty());
  for (const char* which : {"@1", "@best", ""}) {
    const auto place = store::place_of(folder + which);
    CHECK(place.folder == at.folder.path());
    CHECK(store::find_execution(*at.store, place.execution).value() == at.run);
  }
  CHECK(store::find_execution(*at.store, "worst").error().what == "no run is called \"worst\"");
  CHECK_FALSE(store::find_execution(*at.store, "7").ok());
}
