// A whole run that is judged by a model behind an address: votes in the store, trouble of the judge, and going on.
#include <atomic>
#include <set>

#include "harness/core/row_file.h"
#include "tests/http_server.h"
#include "tests/support.h"
#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

using Answer = HttpServer::Answer;

std::set<std::string> better_answers() {
  std::set<std::string> texts;
  REQUIRE(for_each_row(source_path("../datasets/judge_pairs.jsonl"), [&](std::size_t, const Json& row) -> Status {
            texts.insert(row["better"].get<std::string>());
            return {};
          }).ok());
  return texts;
}

std::string shown_as(const std::string& asked, const std::string& assistant) {
  const std::string begin = "[Start of " + assistant + "'s answer]\n";
  const auto from = asked.find(begin) + begin.size();
  return asked.substr(from, asked.find("\n[End of " + assistant, from) - from);
}

/// A judge that likes pirates and knows the known pairs.
std::string verdict_on(const std::string& asked, const std::set<std::string>& better) {
  const auto likes = [&](const std::string& text) { return text.find("Arrr") == 0 || better.contains(text); };
  const bool first = likes(shown_as(asked, "Assistant A")), second = likes(shown_as(asked, "Assistant B"));
  return first == second ? "[[C]]" : first ? "[[A]]" : "[[B]]";
}

Answer chat_reply(const std::string& text) {
  return {.body = Json({{"choices", {{{"message", {{"content", text}}}, {"finish_reason", "stop"}}}}}).dump()};
}

run::RunOptions judged(const Workshop& shop, const HttpServer& judge) {
  run::RunOptions options;
  options.experiment = shop.folder / "pirate.yaml";
  options.out = shop.folder / "out";
  options.overrides = {
      "arms=[base, prompted, baked]",
      "judges=[{kind: remote, name: gpt, url: \"" + judge.url() +
          "/v1\", model: m, retries: 0, backoff_seconds: 0, timeout_seconds: 5}]",
      "suites=[{name: style, items: questions/test.jsonl, pattern: Arrr}, {name: pairwise, as: judged, "
      "judge: gpt, limit: 3}, {name: pairwise, as: scores, verdicts: [style]}]"};
  options.jobs = 2;
  return options;
}

/// "suite a-b winner" of all votes, sorted.
std::multiset<std::string> votes_of(store::Store& store, store::RunId run) {
  std::multiset<std::string> all;
  const auto votes = store.votes(run);
  REQUIRE(votes.ok());
  for (const store::VoteRow& vote : *votes) {
    all.insert(vote.suite + " " + vote.model_a + "-" + vote.model_b + " " + vote.winner + " " + vote.judge);
    CHECK(vote.sample_key.has_value() == (vote.source == "judged"));
    if (vote.sample_key) CHECK(store.sample(*vote.sample_key).ok());
  }
  return all;
}

}  // namespace

TEST_CASE("a run judged by a remote model keeps its verdicts as votes, beside those of other suites", "[pairwise]") {
  HttpServer judge([better = better_answers()](const HttpServer::Request& request) {
    if (request.path != "/v1/chat/completions") return Answer{.status = 404};
    return chat_reply(verdict_on(Json::parse(request.body)["messages"].back()["content"], better));
  });
  Workshop shop;
  const auto options = judged(shop, judge);
  const auto outcome = run::run_experiment(options, shop.baker.factory());
  INFO((outcome.ok() ? "" : outcome.error().line()));
  REQUIRE(outcome.ok());
  CHECK(outcome->samples_made == 3 * 2 + 3 * 3 + 24 + 2 * 3);
  CHECK(outcome->unscored == 0);
  std::multiset<std::string> expected;
  for (int i = 0; i < 3; ++i) {
    expected.insert("judged/baked-base baked-base model_a gpt");
    expected.insert("judged/baked-prompted baked-prompted tie gpt");
  }
  for (int i = 0; i < 2; ++i) {
    expected.insert("style base-prompted model_b verdicts");
    expected.insert("style base-baked model_b verdicts");
    expected.insert("style prompted-baked tie verdicts");
  }
  CHECK(votes_of(*shop.store(), outcome->run) == expected);
  std::vector<std::string> shown;
  for (const auto& [suite, exhibit] : shop.store()->exhibits(outcome->run).value())
    shown.push_back(suite + "/" + exhibit.name);
  CHECK(shown == std::vector<std::string>{"judged/points", "judged/judge", "scores/points by style"});

  const auto asked = judge.requests().size();
  const auto again = run::run_experiment(options, shop.baker.factory());
  REQUIRE(again.ok());
  CHECK(again->samples_made == 0);
  CHECK(judge.requests().size() <= asked + 2);  // what it reports about itself
  CHECK(votes_of(*shop.store(), again->run) == expected);
}

TEST_CASE("pairs that a sick judge did not judge are unscored, cast no vote, and are judged by the next run alone",
          "[pairwise]") {
  std::atomic<bool> sick = true;
  HttpServer judge([&, better = better_answers()](const HttpServer::Request& request) {
    if (request.path != "/v1/chat/completions") return Answer{.status = 404};
    const std::string asked = Json::parse(request.body)["messages"].back()["content"];
    if (sick && asked.find("Arrr") != asked.npos) return Answer{.body = "<html>out of order</html>"};
    return chat_reply(verdict_on(asked, better));
  });
  Workshop shop;
  const auto options = judged(shop, judge);
  const auto first = run::run_experiment(options, shop.baker.factory());
  REQUIRE(first.ok());
  CHECK(first->unscored == 6);
  for (const std::string& vote : votes_of(*shop.store(), first->run)) CHECK(vote.starts_with("style "));
  sick = false;
  const auto second = run::run_experiment(options, shop.baker.factory());
  REQUIRE(second.ok());
  CHECK(second->samples_made == 6);
  CHECK(second->unscored == 0);
  CHECK(votes_of(*shop.store(), second->run).count("judged/baked-base baked-base model_a gpt") == 3);
}
