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
//                           everything that is shown says "judge unproven".
//   LABEL/baked-prompted    the pairs; primary metric `win_rate`, the points that the first arm takes from the second
// Exhibits: the points that arms take from each other, and how the judge judged: consistency, position bias, verdicts
// that could not be read.
//
// Worked example: the judge says "[[A]]" of (baked, prompted) and "[[B]]" of (prompted, baked): baked wins, win_rate 1.
// It says "[[A]]" both times: the first place won, not an answer: a tie, win_rate 0.5, not consistent.
//
// The answers themselves are scored only by `answered`. An answer's length is not taken out of the judgement.
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "harness/core/reasoning.h"
#include "harness/stats/agreement.h"
#include "harness/stats/mean.h"
#include "suites/item_file.h"
#include "suites/judged_pairs.h"

namespace bakeoff::suites {
namespace {

constexpr double kProvenShare = 0.8;  ///< of the known pairs, right in both orders

struct Settings {
  std::string judge;
  std::vector<std::pair<std::string, std::string>> pairs;  ///< empty: the default ones
  const judges::ComparisonForm* form = nullptr;
  int judge_tokens = 256;
  std::vector<Item> known;  ///< the first answer is the better one
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
  std::size_t right = 0, of = 0;
  std::size_t needed() const { return static_cast<std::size_t>(std::ceil(kProvenShare * static_cast<double>(of))); }
  bool proven() const { return of > 0 && right >= needed(); }
  std::string text() const {
    return fmt::format("{} of {} known pairs right in both orders, {} needed", right, of, needed());
  }
};

/// The verdicts of one comparison.
struct Tally {
  std::string title;
  std::size_t verdicts = 0, unread = 0;
  std::vector<stats::BothOrders> orders;
  std::vector<double> points;       ///< of the first arm
  std::vector<std::string> groups;  ///< one a point

  std::optional<stats::Mean> mean() const { return stats::clustered_mean(points, stats::group_numbers(groups)); }
};

stats::Outcome place(const Json& name) {
  return name == "first" ? stats::Outcome::first : name == "second" ? stats::Outcome::second : stats::Outcome::tie;
}

Tally tally(std::string title, const std::vector<Played>& played) {
  Tally sums{std::move(title), 0, 0, {}, {}, {}};
  for (const Played& each : played) {
    if (!each.verdict.score) {
      ++sums.unread;
      continue;
    }
    ++sums.verdicts;
    sums.orders.push_back({place(each.verdict.evidence.at("shown")), place(each.verdict.evidence.at("swapped"))});
    sums.points.push_back(*each.verdict.score);
    sums.groups.push_back(each.item->group);
  }
  return sums;
}

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
             .cost = "40 prompt tokens and up to 256 answer tokens; each pair costs two judgements"};
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
    Growth growth;
    growth.suites.push_back({proof_label(results), known_pairs(), {settings_.judge}});
    BAKEOFF_TRY(const auto proof, proof_of(results));
    if (proof.of == 0) return growth;
    for (const Pair& pair : pairs_of(results.arms())) {
      BAKEOFF_TRY(auto suite, pairs_suite(pair, proof.proven(), results));
      if (suite) growth.suites.push_back({label_of(pair, results), std::move(suite), {settings_.judge}});
    }
    return growth;
  }

  Result<std::vector<Exhibit>> exhibits(const Results& results) const override {
    BAKEOFF_TRY(const Proof proof, proof_of(results));
    std::vector<Tally> tallies;
    const auto pairs = pairs_of(results.arms());
    for (const Pair& pair : pairs) {
      BAKEOFF_TRY(const auto played, results.played(settings_.judge, label_of(pair, results)));
      tallies.push_back(tally(pair.first + " against " + pair.second, played));
    }
    if (proof.of == 0 || pairs.empty()) return std::vector<Exhibit>();
    std::vector<Exhibit> shown = {points_exhibit(pairs, tallies, proof)};
    BAKEOFF_TRY(const auto known, results.played(settings_.judge, proof_label(results)));
    tallies.push_back(tally("known pairs", known));
    shown.push_back(judge_exhibit(tallies, proof));
    return shown;
  }

 private:
  static std::string proof_label(const Results& results) { return results.own_label() + "/judge"; }
  static std::string label_of(const Pair& pair, const Results& results) {
    return results.own_label() + "/" + pair.first + "-" + pair.second;
  }

  std::vector<Pair> pairs_of(const std::vector<Arm>& arms) const {
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
    BAKEOFF_TRY(const auto played, results.played(settings_.judge, proof_label(results)));
    Proof proof;
    for (const Played& each : played) {
      ++proof.of;
      proof.right += each.verdict.score.value_or(0) == 1;
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

  std::string caveat(const Proof& proof) const {
    if (proof.proven()) return fmt::format("Judge: {} ({}). ", settings_.judge, proof.text());
    return fmt::format("JUDGE UNPROVEN: {} ({}); its ratings mean little. ", settings_.judge, proof.text());
  }

  Exhibit points_exhibit(const std::vector<Pair>& pairs, const std::vector<Tally>& tallies, const Proof& proof) const {
    std::vector<std::string> names;
    const auto number = [&](const std::string& name) {
      const auto found = std::find(names.begin(), names.end(), name);
      if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
      names.push_back(name);
      return names.size() - 1;
    };
    for (const Pair& pair : pairs) number(pair.first), number(pair.second);
    Matrix matrix{names, names, {names.size(), std::vector<std::optional<double>>(names.size())}};
    Exhibit shown{
        .name = "points",
        .title = proof.proven() ? "Points taken from each other" : "Points taken from each other (judge unproven)",
        .finding = caveat(proof),
        .x_title = "from",
        .y_title = "taken by",
        .unit = "share",
        .curves = {},
        .matrix = {}};
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto mean = tallies[i].mean();
      if (!mean) continue;
      const std::size_t row = number(pairs[i].first), column = number(pairs[i].second);
      matrix.cells[row][column] = mean->mean;
      matrix.cells[column][row] = 1 - mean->mean;
      shown.finding +=
          fmt::format("{} takes {:.1f} % of the points from {}", pairs[i].first, 100 * mean->mean, pairs[i].second);
      if (mean->interval)
        shown.finding +=
            fmt::format(" (95 %: {:.1f} to {:.1f})", 100 * mean->interval->low, 100 * mean->interval->high);
      shown.finding += fmt::format(", {} pairs, {} unscored. ", tallies[i].verdicts, tallies[i].unread);
    }
    shown.matrix = std::move(matrix);
    return shown;
  }

  Exhibit judge_exhibit(const std::vector<Tally>& tallies, const Proof& proof) const {
    Matrix matrix{{}, {"read", "consistent", "first place both times", "second place both times"}, {}};
    Exhibit shown{.name = "judge",
                  .title = "How " + settings_.judge + " judges",
                  .finding = caveat(proof),
                  .x_title = "of the pairs",
                  .y_title = "comparison",
                  .unit = "share",
                  .curves = {},
                  .matrix = {}};
    for (const Tally& sums : tallies) {
      const double all = static_cast<double>(sums.verdicts + sums.unread);
      matrix.rows.push_back(sums.title);
      auto& cells = matrix.cells.emplace_back(matrix.columns.size());
      if (all > 0) cells[0] = static_cast<double>(sums.verdicts) / all;
      const auto bias = stats::position_bias(sums.orders);
      if (!bias.ok()) continue;
      const double read = static_cast<double>(sums.verdicts);
      cells[1] = bias->consistent.rate;
      cells[2] = static_cast<double>(bias->first_both) / read;
      cells[3] = static_cast<double>(bias->second_both) / read;
      shown.finding += bias_text(sums, *bias);
    }
    shown.matrix = std::move(matrix);
    return shown;
  }

  static std::string bias_text(const Tally& sums, const stats::PositionBias& bias) {
    std::string text = fmt::format("{}: {} of {} consistent", sums.title, bias.consistent.successes, sums.verdicts);
    if (bias.kappa) text += fmt::format(", kappa {:.2f}", *bias.kappa);
    text += fmt::format("; first place {}, second place {} times in both orders", bias.first_both, bias.second_both);
    if (bias.p) text += fmt::format(" (p {:.2g} if there is no position bias)", *bias.p);
    return text + ". ";
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
  const Selection selection(fields, config.where);
  Settings settings;
  settings.judge = fields.optional("judge", "base");
  settings.pairs = read_pairs(fields);
  const auto form = judges::find_comparison_form(fields.optional("form", "letters"));
  if (!form.ok()) fields.fail("form", form.error().line());
  settings.judge_tokens = fields.in_range("judge_tokens", settings.judge_tokens, 1, 1'000'000);
  BAKEOFF_CHECK(fields.finish());
  settings.form = *form;
  BAKEOFF_TRY(settings.known, read_shipped_items("judge_pairs", read_known));
  auto all = file.empty() ? read_shipped_items("open_questions", read_question)
                          : read_items(config.folder / file, read_question);
  if (!all.ok()) return all.error();
  BAKEOFF_TRY(auto items, selection.of(std::move(*all)));
  return std::unique_ptr<Suite>(std::make_unique<Pairwise>(std::move(items), std::move(settings)));
}

}  // namespace bakeoff::suites
