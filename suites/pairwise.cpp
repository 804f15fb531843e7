// Suite `pairwise`: arms answer open questions, and a judge, which is an arm, too, says of two answers which is better.
//
// Protocol: ours, after MT-bench's pairwise comparison (Zheng et al. 2023, arXiv:2306.05685, section 3): each pair is
// judged in both orders, and an answer wins when it is preferred both times. The questions are 75 of ours in 13
// categories (datasets/open_questions.jsonl), or a file's; some have a right answer that the judge is shown.
//
// Configuration: {name: pairwise, judge: gpt, pairs: [[baked, prompted], [baked, base]]}. `judge` names an arm, or one
// of the experiment's `judges`; without it `base` judges. Default pairs: each baked arm against the arms prompted with
// its prompt, and against base.
//
// What it adds, once all have answered:
//   LABEL/judge             24 known pairs (datasets/judge_pairs.jsonl), one answer plainly better. A judge that finds
//                           the better one in both orders in at least 80 % of them is proven; of other judges
//                           everything that is shown says "judge unproven", the labels below included.
//   LABEL/baked-prompted    the pairs; primary metric `win_rate`, the points that the first arm takes from the second
// Exhibits: the points that arms take from each other, and how the judge judged: consistency, position bias, verdicts
// that could not be read. Votes: one for each pair that got a verdict.
//
// Without a judge, {name: pairwise, verdicts: [style, arithmetic]} makes votes and points of what the arms scored on
// other suites of the experiment: of two arms the one with the better primary score wins an item. Nothing is played.
//
// Worked example: the judge says "[[A]]" of (baked, prompted) and "[[B]]" of (prompted, baked): baked wins, win_rate 1.
// It says "[[A]]" both times: the first place won, not an answer: a tie, win_rate 0.5, not consistent.
//
// The answers themselves are scored only by `answered`. An answer's length is not taken out of the judgement.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "harness/core/reasoning.h"
#include "harness/core/voters.h"
#include "suites/item_file.h"
#include "suites/judged_pairs.h"
#include "suites/points.h"

namespace bakeoff::suites {
namespace {

constexpr double kProvenShare = 0.8;  ///< of the known pairs, right in both orders

struct Settings {
  std::string judge;                                       ///< empty: nobody judges, nobody answers
  std::vector<std::string> verdicts;                       ///< labels of suites whose verdicts are compared
  std::vector<std::pair<std::string, std::string>> pairs;  ///< empty: the default ones
  const judges::ComparisonForm* form = nullptr;
  int judge_tokens = 256;
  std::vector<Item> known;  ///< the first answer is the better one
  std::string where;
};

using Pair = std::pair<std::string, std::string>;
using Played = Results::Played;

std::string question_of(const Conversation& messages) {
  if (messages.size() == 1) return messages[0].content;
  std::string text;
  for (const Message& message : messages) text += message.role + ": " + message.content + "\n";
  return text;
}

/// How a judge did on the known pairs.
struct Proof {
  std::size_t right = 0, of = 0, unscored = 0;
  std::size_t needed() const { return static_cast<std::size_t>(std::ceil(kProvenShare * static_cast<double>(of))); }
  bool proven() const { return of > 0 && right >= needed(); }
  std::string text() const {
    const std::string lost = unscored > 0 ? fmt::format(", {} unscored", unscored) : "";
    return fmt::format("{} of {} known pairs right in both orders{}, {} needed", right, of, lost, needed());
  }
};

class Pairwise : public Suite {
 public:
  Pairwise(std::vector<Item> items, Settings settings) : items_(std::move(items)), settings_(std::move(settings)) {
    card_ = {.name = "pairwise",
             .version = "1",
             .source = "Bakeoff, after arXiv:2306.05685",
             .licence = "that of the questions",
             .metrics = {{"answered", Direction::higher_is_better, "the arm says something"},
                         {"finished", Direction::higher_is_better, "its answer ends before the limit"}},
             .digest = "",
             .cost = "40 prompt tokens and up to 256 answer tokens; each pair costs two judgements",
             .may_grow = true};
    card_.digest = suite_digest(card_, Json::object(), items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = 256;
    return greedy;
  }

  Verdict judge(const Item&, const Sample& sample) const override {
    const double answered = sample.completion.text.find_first_not_of(" \t\r\n") == std::string::npos ? 0 : 1;
    std::map<std::string, double> metrics = {{"answered", answered}};
    if (!sample.completion.finish_reason.empty())
      metrics["finished"] = sample.completion.finish_reason == "stop" ? 1 : 0;
    return Verdict::scored(answered, std::move(metrics));
  }

  Result<Growth> grow(const Results& results) const override {
    BAKEOFF_CHECK(check_labels(results));
    Growth growth;
    if (settings_.judge.empty()) return growth;
    growth.suites.push_back({proof_label(results), known_pairs(), {settings_.judge}});
    BAKEOFF_TRY(const auto proof, proof_of(results));
    if (proof.of == 0) return growth;
    for (const Pair& pair : judged_pairs_of(results.arms())) {
      BAKEOFF_TRY(auto suite, pairs_suite(pair, proof.proven(), results));
      if (suite) growth.suites.push_back({label_of(pair, results, proof), std::move(suite), {settings_.judge}});
    }
    return growth;
  }

  Result<std::vector<Exhibit>> exhibits(const Results& results) const override {
    BAKEOFF_TRY(auto shown, judge_exhibits(results));
    std::vector<Vote> votes;
    for (const std::string& label : settings_.verdicts) {
      BAKEOFF_TRY(const auto tallies, tally_suite(label, results, votes));
      shown.push_back(points_exhibit("points by " + label, "Points taken from each other, by the verdicts of " + label,
                                     "", tallies));
    }
    return shown;
  }

  Result<std::vector<Vote>> votes(const Results& results) const override {
    std::vector<Vote> votes;
    BAKEOFF_TRY(const Proof proof, proof_of(results));
    for (const Pair& pair : judged_pairs_of(results.arms())) {
      BAKEOFF_TRY(const auto judged, results.played(settings_.judge, label_of(pair, results, proof)));
      for (const Played& each : judged) {
        if (!each.verdict.score) continue;
        const Json& said = each.verdict.evidence;
        votes.push_back({label_of(pair, results, proof), each.item->id, each.sample.replicate, pair.first, pair.second,
                         said.at("winner"), voter(proof), said.at("category"), each.key});
      }
    }
    for (const std::string& label : settings_.verdicts) BAKEOFF_CHECK(tally_suite(label, results, votes));
    return votes;
  }

 private:
  static std::string proof_label(const Results& results) { return results.own_label() + "/judge"; }
  /// Says where the judge is unproven, so that every table with its ratings does.
  static std::string label_of(const Pair& pair, const Results& results, const Proof& proof) {
    return results.own_label() + "/" + pair.first + "-" + pair.second + (proof.proven() ? "" : kUnprovenJudge);
  }

  /// Whose answers the judge compares.
  std::vector<Pair> judged_pairs_of(const std::vector<Arm>& arms) const {
    if (settings_.judge.empty()) return {};
    if (!settings_.pairs.empty()) return settings_.pairs;
    std::vector<Pair> pairs;
    for (const Arm& arm : arms) {
      if (arm.kind != "baked") continue;
      for (const Arm& other : arms)
        if ((other.kind == "prompted" && other.prompt == arm.prompt) || other.kind == "base")
          pairs.emplace_back(arm.name, other.name);
    }
    return pairs;
  }

  Status check_labels(const Results& results) const {
    for (const std::string& label : settings_.verdicts)
      if (!results.suite(label) || label == results.own_label())
        return input_error("there is no suite \"" + label + "\" whose verdicts could be compared",
                           settings_.where + ".verdicts");
    return {};
  }

  /// Every two arms that played a suite, or the pairs that the experiment names.
  Result<std::vector<Tally>> tally_suite(const std::string& label, const Results& results,
                                         std::vector<Vote>& votes) const {
    std::vector<Answers> answers;
    for (const Arm& arm : results.arms()) {
      BAKEOFF_TRY(auto played, results.played(arm.name, label));
      if (!played.empty()) answers.push_back({arm.name, std::move(played)});
    }
    const auto& metrics = results.suite(label)->card().metrics;
    const ComparedSuite compared{label, metrics.empty() ? Direction::higher_is_better : metrics.front().direction,
                                 votes};
    std::vector<Tally> tallies;
    for (std::size_t i = 0; i < answers.size(); ++i)
      for (std::size_t j = i + 1; j < answers.size(); ++j) {
        const Pair pair(answers[i].arm, answers[j].arm);
        if (is_wanted(pair))
          tallies.push_back(compared.tally(answers[i], answers[j]));
        else if (is_wanted({pair.second, pair.first}))
          tallies.push_back(compared.tally(answers[j], answers[i]));
      }
    return tallies;
  }

  bool is_wanted(const Pair& pair) const {
    const auto& pairs = settings_.pairs;
    return pairs.empty() || std::find(pairs.begin(), pairs.end(), pair) != pairs.end();
  }

  PairsSpec spec(bool proven) const {
    return {"", "", settings_.judge, proven, settings_.form, settings_.judge_tokens};
  }

  std::shared_ptr<const Suite> known_pairs() const {
    std::vector<JudgedPair> pairs;
    for (const Item& item : settings_.known)
      pairs.push_back({item.id,
                       0,
                       item.reference.at("difference"),
                       {question_of(item.messages), item.reference.at("better"), item.reference.at("worse"), ""}});
    return judged_pairs(spec(false), pairs);
  }

  Result<Proof> proof_of(const Results& results) const {
    Proof proof;
    if (settings_.judge.empty()) return proof;
    BAKEOFF_TRY(const auto played, results.played(settings_.judge, proof_label(results)));
    for (const Played& each : played) {
      ++proof.of;
      proof.right += each.verdict.score.value_or(0) == 1;
      proof.unscored += !each.verdict.score;
    }
    return proof;
  }

  /// The answers of both arms to the same question and replicate. Where one of them failed there is no pair.
  Result<std::shared_ptr<const Suite>> pairs_suite(const Pair& pair, bool proven, const Results& results) const {
    BAKEOFF_TRY(const auto first, results.played(pair.first, results.own_label()));
    BAKEOFF_TRY(const auto second, results.played(pair.second, results.own_label()));
    std::map<std::pair<std::string, int>, const Played*> answers;
    for (const Played& each : second) answers[{each.item->id, each.sample.replicate}] = &each;
    std::vector<JudgedPair> pairs;
    for (const Played& one : first) {
      const auto other = answers.find({one.item->id, one.sample.replicate});
      if (other == answers.end() || !one.verdict.score || !other->second->verdict.score) continue;
      pairs.push_back({one.item->id,
                       one.sample.replicate,
                       one.item->reference.at("category"),
                       {question_of(one.item->messages), answer_text(one.sample.completion),
                        answer_text(other->second->sample.completion), one.item->reference.at("reference")}});
    }
    PairsSpec wanted = spec(proven);
    wanted.model_a = pair.first;
    wanted.model_b = pair.second;
    return judged_pairs(wanted, pairs);
  }

  std::string voter(const Proof& proof) const { return settings_.judge + (proof.proven() ? "" : kUnprovenJudge); }

  std::string caveat(const Proof& proof) const {
    if (proof.proven()) return fmt::format("Judge: {} ({}). ", settings_.judge, proof.text());
    return fmt::format("JUDGE UNPROVEN: {} ({}); its ratings mean little. ", settings_.judge, proof.text());
  }

  /// Other judges of the same two arms: other suites of this kind.
  Result<std::string> other_judges(const Pair& pair, const std::vector<Played>& own, const Results& results) const {
    std::string text;
    const std::string ending = "/" + pair.first + "-" + pair.second;
    for (const std::string& label : results.labels()) {
      const bool is_own = label.starts_with(results.own_label() + ending);
      if (is_own || !(label.ends_with(ending) || label.ends_with(ending + kUnprovenJudge))) continue;
      for (const Arm& arm : results.arms()) {
        BAKEOFF_TRY(const auto other, results.played(arm.name, label));
        text += agreement_text(arm.name + " in " + label, own, other);
      }
    }
    return text;
  }

  Result<std::vector<Exhibit>> judge_exhibits(const Results& results) const {
    BAKEOFF_TRY(const Proof proof, proof_of(results));
    std::vector<Tally> tallies;
    std::string agreement;
    for (const Pair& pair : judged_pairs_of(results.arms())) {
      BAKEOFF_TRY(const auto judged, results.played(settings_.judge, label_of(pair, results, proof)));
      tallies.push_back(tally_judged(pair.first, pair.second, judged));
      BAKEOFF_TRY(const std::string others, other_judges(pair, judged, results));
      agreement += others;
    }
    if (proof.of == 0 || tallies.empty()) return std::vector<Exhibit>();
    const std::string title = "Points taken from each other";
    std::vector<Exhibit> shown = {
        points_exhibit("points", proof.proven() ? title : title + kUnprovenJudge, caveat(proof), tallies)};
    BAKEOFF_TRY(const auto known, results.played(settings_.judge, proof_label(results)));
    tallies.push_back(tally_judged("known pairs", "", known));
    shown.push_back(judge_exhibit(settings_.judge, caveat(proof), tallies));
    shown.back().finding += agreement;
    return shown;
  }

  std::vector<Item> items_;
  Settings settings_;
  SuiteCard card_;
};

Status read_question(ObjectReader& row, const std::string&, Item& item) {
  item.reference = {{"category", row.optional("category", "")}, {"reference", row.optional("reference", "")}};
  return {};
}

Status read_known(ObjectReader& row, const std::string&, Item& item) {
  item.reference = {{"better", row.required<std::string>("better")},
                    {"worse", row.required<std::string>("worse")},
                    {"difference", row.required<std::string>("difference")}};
  return {};
}

/// [["baked", "prompted"], ...]
std::vector<Pair> read_pairs(ObjectReader& fields) {
  std::vector<Pair> pairs;
  const Json& list = fields.raw("pairs");
  if (list.is_null()) return pairs;
  const auto is_name = [](const Json& name) { return name.is_string() && !name.get<std::string>().empty(); };
  for (const Json& pair : list.is_array() ? list : Json::array()) {
    if (!pair.is_array() || pair.size() != 2 || !is_name(pair[0]) || !is_name(pair[1]) || pair[0] == pair[1]) break;
    pairs.emplace_back(pair[0], pair[1]);
  }
  if (pairs.empty() || pairs.size() != list.size() || std::set<Pair>(pairs.begin(), pairs.end()).size() != pairs.size())
    fields.fail("pairs",
                "expected different pairs of arms such as [[baked, prompted], [baked, base]], found " + dump(list));
  return pairs;
}

}  // namespace

Result<std::unique_ptr<Suite>> create_pairwise(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const auto file = fields.optional("items", "");
  Settings settings;
  settings.where = config.where;
  settings.verdicts = fields.optional("verdicts", std::vector<std::string>());
  settings.judge = fields.optional("judge", settings.verdicts.empty() ? "base" : "");
  if (settings.judge.empty() && settings.verdicts.empty()) fields.fail("judge", "expected an arm");
  settings.pairs = read_pairs(fields);
  const auto form = judges::find_comparison_form(fields.optional("form", "letters"));
  if (!form.ok()) fields.fail("form", form.error().line());
  settings.judge_tokens = fields.in_range("judge_tokens", settings.judge_tokens, 1, 1'000'000);
  BAKEOFF_CHECK(fields.finish());
  settings.form = *form;
  if (settings.judge.empty()) return std::unique_ptr<Suite>(std::make_unique<Pairwise>(std::vector<Item>(), settings));
  BAKEOFF_TRY(settings.known, read_shipped_items("judge_pairs", read_known));
  auto all = file.empty() ? read_shipped_items("open_questions", read_question)
                          : read_items(config.folder / file, read_question);
  if (!all.ok()) return all.error();
  return std::unique_ptr<Suite>(std::make_unique<Pairwise>(std::move(*all), std::move(settings)));
}

}  // namespace bakeoff::suites
