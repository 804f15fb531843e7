// The store: what is written is read back.
#include "tests/store_fixture.h"

using namespace bakeoff;
using namespace bakeoff::testing;

TEST_CASE("a sample comes back as it was stored, long texts and 64-bit seeds included") {
  for (const std::string& text : {std::string("short"), std::string(100'000, 'x') + "\xF0\x9F\x8D\x9E"}) {
    Fixture at;
    store::SampleRow row = sample_row("abcdef0123", text);
    row.replies = Json::array({{{"kind", "score"}}, {{"kind", "completion"}}});
    REQUIRE(at.put(row, Verdict::scored(0.25, {{"manner", 0.25}}, {{"found", text}})).ok());
    const auto reader = Store::open(at.folder.path(), Access::read);
    REQUIRE(reader.ok());
    const auto back = (*reader)->sample("abcdef");
    REQUIRE(back.ok());
    CHECK(back->sample.key == "abcdef0123");
    CHECK(back->sample.arm == "base");
    CHECK(back->sample.seed == 0xffffffffffffffffULL);
    CHECK(back->sample.decoding == row.sample.decoding);
    CHECK(back->sample.messages == row.sample.messages);
    CHECK(back->sample.completion.text == text);
    CHECK(back->sample.completion.ids == std::vector<TokenId>{7, 8, 9});
    CHECK(back->sample.completion.rendered_prompt == "<user>Hi");
    CHECK(back->replies == row.replies);
    CHECK(back->identity == row.identity);
    REQUIRE(back->verdict);
    CHECK(back->verdict->score == 0.25);
    CHECK(back->verdict->evidence["found"] == text);
    CHECK((*reader)->answer("abcdef0123").value() == text);
    CHECK((*reader)->answer("abcdef").error().what == "there is no sample \"abcdef\"");
  }
}

TEST_CASE("a sample is named by its whole key or by the beginning that it alone has") {
  Fixture at;
  const std::string one = std::string(63, 'a') + "1", two = std::string(63, 'a') + "2", other(64, 'b');
  for (const auto& key : {one, two, other})
    REQUIRE(at.put(sample_row(key, "the answer of " + key), Verdict::scored(1)).ok());
  for (const auto& key : {one, two, other})
    CHECK(at.store->sample(key)->sample.completion.text == "the answer of " + key);
  CHECK(at.store->sample("bbbbbb")->sample.key == other);
  CHECK(at.store->sample("aaaaaa").error().what == "several samples begin with \"aaaaaa\"");
  CHECK(at.store->sample("cccccc").error().what == "there is no sample \"cccccc\"");
  CHECK(at.store->sample(std::string(64, 'c')).error().kind == ErrorKind::input);
  CHECK(at.store->sample("bbbbb").error().what == "a sample is named by at least 6 digits of its key");
}

TEST_CASE("verdicts of an arm come in the order of the items, and the unscored keep their reason") {
  Fixture at;
  store::SampleRow one = sample_row("aaaaaa1", "x"), two = sample_row("bbbbbb2", "y");
  two.sample.item = "two";
  REQUIRE(at.put(one, Verdict::scored(1, {{"manner", 1}})).ok());
  REQUIRE(at.put(two, Verdict::not_scored("no number found")).ok());
  const auto rows = at.store->verdicts(at.run, "base", "style");
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 2);
  CHECK((*rows)[0].item == "two");
  CHECK_FALSE((*rows)[0].verdict.score);
  CHECK((*rows)[0].verdict.unscored == "no number found");
  CHECK((*rows)[1].verdict.score == 1.0);
  CHECK((*rows)[1].group == "g");
  CHECK((*rows)[1].completion_tokens == 3);
  CHECK(*at.store->unscored(at.run) == 1);
}

TEST_CASE("a sample that failed for infrastructure is tried again, one that failed by itself is not") {
  Fixture at;
  store::SampleRow lost = sample_row("aaaaaa1", ""), refused = sample_row("bbbbbb2", "");
  lost.error = infrastructure_error("device lost");
  refused.error = input_error("prompt too long");
  REQUIRE(at.put(lost, Verdict::not_scored("device lost")).ok());
  REQUIRE(at.put(refused, Verdict::not_scored("prompt too long")).ok());
  CHECK_FALSE(*at.store->has_verdict("aaaaaa1", "s1"));
  CHECK(*at.store->has_verdict("bbbbbb2", "s1"));
  CHECK_FALSE(*at.store->has_verdict("bbbbbb2", "another version"));
  CHECK(at.store->sample("aaaaaa1")->error->kind == ErrorKind::infrastructure);
}

TEST_CASE("a failed transaction leaves nothing behind") {
  Fixture at;
  const Status status = at.store->transaction([&]() -> Status {
    BAKEOFF_CHECK(at.store->put_measurement(at.run, {"base", "kl", 1, "nats/token"}));
    return input_error("no");
  });
  CHECK(status.error().what == "no");
  CHECK(at.store->measurements(at.run)->empty());
}

TEST_CASE("bakes are found by key, by run and by the first digits of the adapter") {
  Fixture at;
  store::BakeRow row;
  row.key = "k1";
  row.adapter_id = "ad01ff";
  row.folder = Path("adapters") / "ad01ff";
  row.parent = "model";
  row.seed = 0x8000000000000000ULL;
  row.prompt = row.recipe = Json::object();
  row.questions = Json::array();
  row.outcome.adapter_id = row.adapter_id;
  row.outcome.kl_last = 0.15;
  row.outcome.seconds = {{"training", 2.5}};
  row.outcome.curve = {{1, 0.5, 0.9, 1e-3, 2.0}};
  REQUIRE(at.store
              ->transaction([&]() -> Status {
                BAKEOFF_CHECK(at.store->put_bake(row));
                return at.store->link_bake(at.run, 0, "pirate", "k1");
              })
              .ok());
  const auto bakes = at.store->bakes(at.run);
  REQUIRE(bakes.ok());
  REQUIRE(bakes->size() == 1);
  CHECK((*bakes)[0].name == "pirate");
  CHECK((*bakes)[0].seed == 0x8000000000000000ULL);
  CHECK((*bakes)[0].folder == at.folder.path() / "adapters" / "ad01ff");
  CHECK((*bakes)[0].outcome.kl_last == 0.15);
  CHECK((*bakes)[0].outcome.curve.size() == 1);
  CHECK((*at.store->bake_of_adapter("ad01"))->key == "k1");
  CHECK_FALSE(at.store->bake_of_adapter("ff")->has_value());
  CHECK_FALSE(at.store->bake("k2")->has_value());
}

TEST_CASE("a store can be read while another connection writes") {
  Fixture at;
  const auto reader = Store::open(at.folder.path(), Access::read);
  REQUIRE(reader.ok());
  REQUIRE(at.store
              ->transaction([&]() -> Status {
                BAKEOFF_CHECK(at.store->put_measurement(at.run, {"base", "kl", 1, "nats/token"}));
                CHECK((*reader)->measurements(at.run)->empty());
                return {};
              })
              .ok());
  CHECK((*reader)->measurements(at.run)->size() == 1);
}

TEST_CASE("exhibits come back in the order of the suites, and a suite's are replaced as a whole") {
  Fixture at;
  Exhibit curve{"stability", "Stability", "It \xC3\xA9rodes.", "turn", "stability", "share", {}, {}};
  curve.curves = {{"baked", {{1, 0.5, 0.25, 0.75, 12}, {2, 0.25, {}, {}, 12}}}};
  Exhibit matrix{"retention", "Retention", "", "after",
                 "prompt",    "share",     {}, Matrix{{"a", "b"}, {"1"}, {{0.5}, {{}}}}};
  REQUIRE(at.store
              ->transaction([&]() -> Status {
                BAKEOFF_CHECK(at.store->put_exhibits(at.run, "unknown", {matrix}));
                BAKEOFF_CHECK(at.store->put_exhibits(at.run, "style", {matrix}));
                return at.store->put_exhibits(at.run, "style", {curve, matrix});
              })
              .ok());
  const auto back = at.store->exhibits(at.run);
  REQUIRE(back.ok());
  REQUIRE(back->size() == 3);
  CHECK((*back)[0].first == "unknown");
  CHECK((*back)[1].first == "style");
  CHECK(to_json((*back)[1].second) == to_json(curve));
  CHECK(to_json((*back)[2].second) == to_json(matrix));
}

TEST_CASE("a vote is kept once, with everything it came with") {
  Fixture at;
  store::VoteRow vote{"v1",  "style",  "one",     "baked",      "prompted", "tie",
                      "gpt", "manner", "aaaaaa1", "2026-01-02", "arena"};
  store::VoteRow person{"v2", "", "two", "prompted", "baked", "model_b", "ann", "", {}, "2026-01-01", "arena"};
  REQUIRE(at.store
              ->transaction([&]() -> Status {
                BAKEOFF_CHECK(at.store->put_vote(at.run, vote));
                BAKEOFF_CHECK(at.store->put_vote(at.run, person));
                vote.winner = "model_a";
                return at.store->put_vote(at.run, vote);
              })
              .ok());
  const auto back = at.store->votes(at.run);
  REQUIRE(back.ok());
  REQUIRE(back->size() == 2);
  CHECK((*back)[0].id == "v2");
  CHECK_FALSE((*back)[0].sample_key);
  CHECK((*back)[1].winner == "tie");
  CHECK((*back)[1].sample_key == "aaaaaa1");
  CHECK((*back)[1].model_a == "baked");
  CHECK((*back)[1].judge == "gpt");
  CHECK((*back)[1].category == "manner");
  vote.id = "v3";
  vote.winner = "model_c";
  CHECK_FALSE(at.store->transaction([&] { return at.store->put_vote(at.run, vote); }).ok());
}

TEST_CASE("a name belongs to one run, moves, and goes") {
  Fixture at;
  const auto write = [&](const std::function<Status()>& work) { return at.store->transaction(work); };
  REQUIRE(write([&] { return at.store->tag_run("baseline", at.run); }).ok());
  CHECK(*at.store->run_of_tag("baseline") == at.run);
  store::RunId second = 0;
  REQUIRE(write([&]() -> Status {
            BAKEOFF_TRY(second, at.store->begin_run({"pirate", {{"name", "pirate"}}, {{"limit", 5}}}));
            return at.store->tag_run("baseline", second);
          }).ok());
  CHECK(*at.store->tags() == std::vector<std::pair<std::string, store::RunId>>{{"baseline", second}});
  CHECK(write([&] { return at.store->tag_run("12", at.run); }).error().kind == ErrorKind::input);
  CHECK(write([&] { return at.store->tag_run("", at.run); }).error().kind == ErrorKind::input);
  CHECK(write([&] { return at.store->tag_run("x", 99); }).error().what == "there is no run 99");
  REQUIRE(write([&] { return at.store->untag("baseline"); }).ok());
  CHECK(at.store->tags()->empty());
  CHECK(write([&] { return at.store->untag("baseline"); }).error().what == "no run is called \"baseline\"");
}

TEST_CASE("kept scores are those that counting the verdicts gives, also after a verdict changed") {
  Fixture at;
  store::SampleRow one = sample_row("aaaaaa1", "x"), two = sample_row("bbbbbb2", "y");
  two.sample.item = "two";
  two.error = infrastructure_error("device lost");
  REQUIRE(at.put(one, Verdict::scored(0.5)).ok());
  REQUIRE(at.put(two, Verdict::not_scored("device lost")).ok());
  const auto end = [&] { return at.store->transaction([&] { return at.store->end_run(at.run, "complete"); }); };
  const auto kept = [&] { return rows_of(at.folder.path(), "SELECT mean, scored, unscored FROM scores", 3); };
  CHECK(at.store->scores(at.run)->at(0).scored == 1);
  CHECK(kept().empty());
  REQUIRE(end().ok());
  CHECK(kept() == std::vector<std::string>{"0.5|1|1|"});
  two.error.reset();
  REQUIRE(at.put(two, Verdict::scored(1)).ok());
  CHECK(kept().empty());
  CHECK(at.store->scores(at.run)->at(0).mean == 0.75);
  REQUIRE(end().ok());
  CHECK(kept() == std::vector<std::string>{"0.75|2|0|"});
}
