// The suite `pairwise`: what it adds and when, who is a judge, what a pair's verdict says. The judges are scripts.
#include <map>
#include <set>

#include "suites/suite.h"
#include "tests/catch.h"

namespace bakeoff {
namespace {

using suites::Results;
using suites::Suite;

/// Says something about a request to judge.
using Script = std::function<std::string(const std::string& asked)>;

std::unique_ptr<Suite> pairwise(const Json& fields = Json::object()) {
  auto suite = suites::create_suite("pairwise", {fields, ".", 0, "test"});
  REQUIRE(suite.ok());
  return std::move(*suite);
}

std::string mistake(const Json& fields) {
  const auto suite = suites::create_suite("pairwise", {fields, ".", 0, "test"});
  return suite.ok() ? "" : suite.error().line();
}

/// Plays one item to its end.
Results::Played play(const Suite& suite, const Item& item, const Script& script) {
  Results::Played played;
  played.item = &item;
  const auto episode = suite.episode(item, suite.decoding(), 7);
  std::optional<Reply> reply;
  while (const auto request = episode->next(reply ? &*reply : nullptr)) {
    Completion answer;
    answer.text = script(std::get<Conversation>(std::get<GenerateRequest>(*request).prompt).back().content);
    answer.finish_reason = "stop";
    played.sample.completion = answer;
    reply = answer;
  }
  played.sample.item = item.id;
  played.sample.messages = episode->messages();
  played.verdict = suite.judge(item, played.sample);
  return played;
}

/// What a run would show, kept in memory.
class Notebook : public Results {
 public:
  explicit Notebook(const Suite& asking) {
    suites_["pairwise"] = {&asking, [](const Suite*) {}};
  }
  const std::string& own_label() const override { return label_; }
  const std::vector<Arm>& arms() const override { return arms_; }
  std::vector<std::string> labels() const override {
    std::vector<std::string> labels;
    for (const auto& [label, suite] : suites_) labels.push_back(label);
    return labels;
  }
  const Suite* suite(const std::string& label) const override {
    const auto found = suites_.find(label);
    return found == suites_.end() ? nullptr : found->second.get();
  }
  Result<std::vector<Played>> played(const std::string& arm, const std::string& label) const override {
    const auto found = rows_.find({arm, label});
    return found == rows_.end() ? std::vector<Played>() : found->second;
  }
  std::vector<std::optional<double>> contrast(const std::string&) const override { return {}; }

  void play_all(const std::string& arm, const std::string& label, const Script& script) {
    auto& rows = rows_[{arm, label}];
    rows.clear();
    for (const Item& item : suite(label)->items()) {
      rows.push_back(play(*suite(label), item, script));
      rows.back().key = arm + "/" + label + "/" + item.id;
    }
  }
  std::shared_ptr<const Suite> share(const std::string& label) const { return suites_.at(label); }
  void add(const std::string& label, std::shared_ptr<const Suite> suite) { suites_[label] = std::move(suite); }
  /// Asks the suite as a run does, until nothing new comes; `judge` plays what is added.
  std::set<std::string> grow(const Script& judge) {
    std::set<std::string> added;
    for (bool more = true; more;) {
      more = false;
      const auto growth = suite("pairwise")->grow(*this);
      REQUIRE(growth.ok());
      for (const auto& one : growth->suites) {
        if (!added.insert(one.label).second) continue;
        more = true;
        suites_[one.label] = one.suite;
        for (const std::string& arm : one.arms) play_all(arm, one.label, judge);
      }
    }
    return added;
  }

  std::vector<Arm> arms_ = {
      {"base", "base", "", "", 1}, {"prompted", "prompted", "p", "", 1}, {"baked", "baked", "p", "p", 1}};
  std::map<std::pair<std::string, std::string>, std::vector<Played>> rows_;

 private:
  std::string label_ = "pairwise";
  std::map<std::string, std::shared_ptr<const Suite>> suites_;
};

/// A notebook in which every arm has answered with its name.
Notebook answered(const Suite& suite) {
  Notebook notes(suite);
  for (const Arm& arm : notes.arms_)
    notes.play_all(arm.name, "pairwise", [&](const std::string&) { return "I am " + arm.name; });
  return notes;
}

/// Prefers, wherever it stands, the text that `better` names; says C where both or none is named.
Script prefers(std::function<bool(const std::string& text)> better) {
  return [better = std::move(better)](const std::string& asked) {
    const auto part = [&](const std::string& label) {
      const std::string begin = "[Start of " + label + "'s answer]\n";
      const auto from = asked.find(begin) + begin.size();
      return asked.substr(from, asked.find("\n[End of " + label, from) - from);
    };
    const bool first = better(part("Assistant A")), second = better(part("Assistant B"));
    return std::string("Because. [[") + (first == second ? "C" : first ? "A" : "B") + "]]";
  };
}

std::set<std::string> known_better() {
  std::set<std::string> texts;
  const auto suite = pairwise();
  Notebook notes(*suite);
  notes.grow([](const std::string&) { return ""; });
  for (const Item& item : notes.suite("pairwise/judge")->items()) texts.insert(item.reference["first"]);
  return texts;
}

/// Knows the known pairs, and prefers baked.
Script good_judge() {
  return prefers(
      [better = known_better()](const std::string& text) { return text == "I am baked" || better.contains(text); });
}

const std::string kUnproven = " (judge unproven)";

const Exhibit& named(const std::vector<Exhibit>& exhibits, const std::string& name) {
  for (const Exhibit& one : exhibits)
    if (one.name == name) return one;
  FAIL("no exhibit " << name);
  return exhibits.front();
}

}  // namespace

TEST_CASE("the questions and the known pairs that travel inside the program are what the page says", "[pairwise]") {
  const auto suite = pairwise();
  CHECK(suite->items().size() == 75);
  std::map<std::string, int> categories;
  for (const Item& item : suite->items()) ++categories[item.reference["category"]];
  CHECK(categories.size() == 13);
  for (const auto& [category, count] : categories) CHECK(count >= 4);
  Notebook notes(*suite);
  CHECK(notes.grow([](const std::string&) { return "[[A]]"; }) == std::set<std::string>{"pairwise/judge"});
  const auto& known = notes.suite("pairwise/judge")->items();
  CHECK(known.size() == 24);
  for (const Item& item : known) CHECK(item.reference["first"] != item.reference["second"]);
}

TEST_CASE("a judge that finds the better answers is proven, and its verdicts are votes", "[pairwise]") {
  const auto suite = pairwise({{"judge", "larger"}});
  Notebook notes = answered(*suite);
  CHECK(notes.grow(good_judge()) ==
        std::set<std::string>{"pairwise/judge", "pairwise/baked-prompted", "pairwise/baked-base"});
  for (const auto& row : notes.rows_[{"larger", "pairwise/judge"}]) {
    CHECK(row.verdict.score == 1.0);
    CHECK_FALSE(row.verdict.evidence.contains("model_a"));  // no votes of known pairs
  }
  const auto& rows = notes.rows_[{"larger", "pairwise/baked-prompted"}];
  REQUIRE(rows.size() == 75);
  for (const auto& row : rows) {
    CHECK(row.verdict.score == 1.0);
    CHECK(row.verdict.metrics ==
          std::map<std::string, double>{{"win_rate", 1}, {"consistent", 1}, {"first_place", 0.5}});
    CHECK(row.verdict.evidence["model_a"] == "baked");
    CHECK(row.verdict.evidence["model_b"] == "prompted");
    CHECK(row.verdict.evidence["winner"] == "model_a");
    CHECK(row.verdict.evidence["judge"] == "larger");
    CHECK(row.verdict.evidence["judge_proven"] == true);
    CHECK(row.verdict.evidence["category"].get<std::string>().size() > 2);
    CHECK(row.sample.messages.size() == 5);
  }
  const auto exhibits = suite->exhibits(notes);
  REQUIRE(exhibits.ok());
  const Exhibit& points = named(*exhibits, "points");
  CHECK(points.title.find("unproven") == std::string::npos);
  CHECK(points.matrix->cells[0][1] == 1.0);  // baked from prompted
  CHECK(points.matrix->cells[1][0] == 0.0);
  CHECK_FALSE(points.matrix->cells[0][0]);
  CHECK(named(*exhibits, "judge").matrix->cells[0] == std::vector<std::optional<double>>{1, 1, 0, 0});
}

TEST_CASE("a judge that prefers a place is unproven, and whatever shows its ratings says so", "[pairwise]") {
  const auto suite = pairwise();
  Notebook notes = answered(*suite);
  notes.grow([](const std::string&) { return "[[A]]"; });
  for (const auto& row : notes.rows_[{"base", "pairwise/judge"}]) CHECK(row.verdict.score == 0.0);
  for (const auto& row : notes.rows_[{"base", "pairwise/baked-base" + kUnproven}]) {
    CHECK(row.verdict.score == 0.5);
    CHECK(row.verdict.metrics.at("first_place") == 1);
    CHECK(row.verdict.evidence["winner"] == "tie");
    CHECK(row.verdict.evidence["judge_proven"] == false);
  }
  CHECK(notes.suite("pairwise/baked-base" + kUnproven)->card().metrics[0].meaning.find("judge unproven") !=
        std::string::npos);
  const auto exhibits = suite->exhibits(notes);
  REQUIRE(exhibits.ok());
  for (const Exhibit& one : *exhibits) CHECK(one.finding.find("JUDGE UNPROVEN: base (0 of 24 known pairs") == 0);
  CHECK(named(*exhibits, "points").title.find("judge unproven") != std::string::npos);
  CHECK(named(*exhibits, "judge").matrix->cells[0] == std::vector<std::optional<double>>{1, 0, 1, 0});
}

TEST_CASE("20 of 24 known pairs prove a judge and 19 do not", "[pairwise]") {
  for (const std::size_t right : {19, 20}) {
    const auto better = known_better();
    std::set<std::string> seen(better.begin(), std::next(better.begin(), static_cast<std::ptrdiff_t>(right)));
    const auto suite = pairwise();
    Notebook notes = answered(*suite);
    notes.grow(prefers([&](const std::string& text) { return seen.contains(text); }));
    const std::string label = "pairwise/baked-base" + (right == 20 ? "" : kUnproven);
    CHECK(notes.rows_[{"base", label}].at(0).verdict.evidence["judge_proven"] == (right == 20));
  }
}

TEST_CASE("a verdict that can not be read leaves its pair unscored and casts no vote", "[pairwise]") {
  const auto suite = pairwise({{"limit", 4}});
  Notebook notes = answered(*suite);
  int asked = 0;
  const Script good = good_judge();
  notes.grow([&](const std::string& request) {
    const bool of_arms = request.find("I am ") != std::string::npos;
    return of_arms && ++asked % 4 == 2 ? std::string("Hard to say.")
                                       : good(request);  // every second pair's second order
  });
  int unscored = 0;
  for (const auto& row : notes.rows_[{"base", "pairwise/baked-base"}]) {
    unscored += !row.verdict.score;
    CHECK(row.verdict.evidence.contains("winner") == row.verdict.score.has_value());
    if (!row.verdict.score) CHECK(row.verdict.unscored.find("second order") != std::string::npos);
  }
  CHECK(unscored == 2);
  const auto exhibits = suite->exhibits(notes);
  REQUIRE(exhibits.ok());
  CHECK(named(*exhibits, "points").finding.find("2 pairs, 2 unscored") != std::string::npos);
  CHECK(named(*exhibits, "judge").matrix->cells[1][0] == 0.5);
}

TEST_CASE("the judge's verdicts are votes that name judge, words and category, and say where the judge is unproven",
          "[pairwise]") {
  for (const bool good : {true, false}) {
    const auto suite = pairwise({{"limit", 6}, {"judge", "larger"}});
    Notebook notes = answered(*suite);
    notes.grow(good ? good_judge() : [](const std::string&) { return std::string("[[B]]"); });
    const std::string mark = good ? "" : kUnproven;
    notes.rows_[{"larger", "pairwise/baked-base" + mark}][2].verdict = Verdict::not_scored("no verdict");
    const auto votes = suite->votes(notes);
    REQUIRE(votes.ok());
    REQUIRE(votes->size() == 6 + 5);
    std::set<std::string> items;
    for (const suites::Vote& vote : *votes) {
      CHECK(vote.model_a == "baked");
      CHECK((vote.model_b == "prompted" || vote.model_b == "base"));
      CHECK(vote.suite == "pairwise/baked-" + vote.model_b + mark);
      CHECK(vote.winner == (good ? "model_a" : "tie"));
      CHECK(vote.judge == "larger" + mark);
      CHECK(vote.sample_key == "larger/" + vote.suite + "/" + vote.item);
      CHECK(vote.category.size() > 2);
      CHECK(items.insert(vote.suite + vote.item).second);
    }
  }
}

TEST_CASE("two judges of the same pairs are compared", "[pairwise]") {
  const auto suite = pairwise({{"limit", 4}, {"judge", "larger"}});
  Notebook notes = answered(*suite);
  notes.grow(good_judge());  // baked wins all
  const auto other = pairwise({{"limit", 4}, {"judge", "second"}, {"form", "number"}});
  Notebook theirs = answered(*other);
  theirs.grow([](const std::string&) { return "1"; });  // the first place wins all: ties
  const std::string label = "pairwise/baked-base" + kUnproven, their_label = "other/baked-base" + kUnproven;
  auto rows = theirs.rows_[{"second", label}];
  rows[0].verdict.score = 1;
  rows[3].verdict = Verdict::not_scored("no verdict");
  notes.arms_.push_back({"second", "base", "", "", 1});
  notes.add(their_label, theirs.share(label));
  notes.rows_[{"second", their_label}] = rows;
  const auto exhibits = suite->exhibits(notes);
  REQUIRE(exhibits.ok());
  // of three pairs with both verdicts one winner is the same: 33.3 %
  CHECK(named(*exhibits, "judge")
            .finding.find(
                "second in other/baked-base (judge unproven) names the same winner in 33.3 % of 3 pairs, kappa 0.00") !=
        std::string::npos);
}

TEST_CASE("without a judge the verdicts of other suites are votes: the better primary score wins, errors cast none",
          "[pairwise]") {
  const auto suite = pairwise({{"verdicts", {"sums"}}});
  CHECK(suite->items().empty());
  CHECK(suite->card().may_grow);
  Notebook notes(*suite);
  notes.add("sums", [] {
    auto sums = suites::create_suite("arithmetic", {{{"items", 4}}, ".", 0, "test"});
    REQUIRE(sums.ok());
    return std::shared_ptr<const Suite>(std::move(*sums));
  }());
  // base is right on 1 and 2, prompted on 1 and 3, baked on 1, and its 4 failed
  const std::map<std::string, std::vector<std::optional<double>>> scores = {
      {"base", {1, 1, 0, 0}}, {"prompted", {1, 0, 1, 0}}, {"baked", {1, 0, 0, std::nullopt}}};
  for (const auto& [arm, list] : scores) {
    notes.play_all(arm, "sums", [](const std::string&) { return "7"; });
    for (std::size_t i = 0; i < list.size(); ++i)
      notes.rows_[{arm, "sums"}][i].verdict = list[i] ? Verdict::scored(*list[i]) : Verdict::not_scored("timeout");
  }
  REQUIRE(suite->grow(notes).ok());
  CHECK(suite->grow(notes)->suites.empty());
  const auto votes = suite->votes(notes);
  REQUIRE(votes.ok());
  std::map<std::pair<std::string, std::string>, std::string> told;
  for (const suites::Vote& vote : *votes) {
    CHECK((vote.suite == "sums" && vote.category == "sums" && vote.judge == "verdicts" && vote.sample_key.empty()));
    told[{vote.model_a, vote.model_b}] += vote.winner == "model_a" ? 'a' : vote.winner == "model_b" ? 'b' : '=';
  }
  CHECK(told == std::map<std::pair<std::string, std::string>, std::string>{
                    {{"base", "prompted"}, "=ab="}, {{"base", "baked"}, "=a="}, {{"prompted", "baked"}, "==a"}});
  const auto exhibits = suite->exhibits(notes);
  REQUIRE(exhibits.ok());
  REQUIRE(exhibits->size() == 1);
  const Matrix& points = *exhibits->front().matrix;
  CHECK(points.rows == std::vector<std::string>{"base", "prompted", "baked"});
  CHECK(points.cells[0][1] == 0.5);
  CHECK(*points.cells[0][2] == Approx(2.0 / 3));
  CHECK(*points.cells[2][0] == Approx(1.0 / 3));
  const auto lost = pairwise({{"verdicts", {"sum"}}})->grow(notes);
  REQUIRE_FALSE(lost.ok());
  CHECK(lost.error().line().find("test.verdicts: there is no suite \"sum\"") == 0);
  CHECK(mistake({{"judge", ""}}).find("test.judge: expected an arm") == 0);
}

TEST_CASE("an answer that failed makes no pair, and a changed answer changes its own pair alone", "[pairwise]") {
  const auto suite = pairwise({{"limit", 5}, {"pairs", Json::parse(R"([["baked", "base"]])")}});
  Notebook notes = answered(*suite);
  notes.grow(good_judge());
  const auto before = notes.suite("pairwise/baked-base");
  const std::string digest = before->card().digest;
  std::set<std::string> ids;
  for (const Item& item : before->items()) ids.insert(item.id);
  CHECK(ids.size() == 5);
  notes.rows_[{"base", "pairwise"}][1].verdict = Verdict::not_scored("the request failed");
  notes.rows_[{"base", "pairwise"}][2].sample.completion.text = "another answer";
  const auto growth = suite->grow(notes);
  REQUIRE(growth.ok());
  const auto& after = *growth->suites.back().suite;
  CHECK(after.card().digest == digest);
  CHECK(after.items().size() == 4);
  int known = 0;
  for (const Item& item : after.items()) known += ids.contains(item.id);
  CHECK(known == 3);
}

TEST_CASE("judges see answers without reasoning, and their own reasoning states no verdict", "[pairwise]") {
  const auto suite = pairwise({{"limit", 1}});
  Notebook notes = answered(*suite);
  notes.play_all("baked", "pairwise", [](const std::string&) { return "<think>hm</think>\n\nI am baked"; });
  const Script good = good_judge();
  notes.grow([&](const std::string& asked) { return "<think>first [[C]], no, wait</think>" + good(asked); });
  const auto& row = notes.rows_[{"base", "pairwise/baked-base"}].at(0);
  CHECK(row.verdict.score == 1.0);
  CHECK(row.item->messages.back().content.find("hm") == std::string::npos);
}

TEST_CASE("pairwise refuses what it does not know", "[pairwise]") {
  CHECK(mistake({{"form", "letter"}}).find("known: letters, number, scores, outputs, json") != std::string::npos);
  for (const char* pairs : {R"([["a", "a"]])", R"([["a"]])", "\"a\"", "[]", R"({"a": "b"})",
                            R"([["a", "b"], ["a", "b"]])", R"([["a", 1]])"})
    CHECK(mistake({{"pairs", Json::parse(pairs)}}).find("test.pairs: expected different pairs") == 0);
  CHECK(mistake({{"judge_tokens", 0}}).find("test.judge_tokens") == 0);
  CHECK(mistake({{"judges", "x"}}).find("did you mean \"judge\"?") != std::string::npos);
  CHECK(mistake({{"ids", {"sky-blue", "nowhere"}}}).find("nowhere") != std::string::npos);
}

}  // namespace bakeoff
