// See judged_pairs.h.
#include "suites/judged_pairs.h"

#include "harness/core/reasoning.h"
#include "harness/core/sha256.h"
#include "harness/core/voters.h"

namespace bakeoff::suites {
namespace {

using judges::Winner;

constexpr const char* kVersion = "1";

/// Two requests that know nothing of each other. The record is one exchange: the first showing, its verdict, the second
/// showing, its verdict.
class BothOrders : public Episode {
 public:
  BothOrders(const Item& item, Conversation swapped, Decoding decoding, std::uint64_t seed)
      : messages_(item.messages), swapped_(std::move(swapped)), decoding_(std::move(decoding)), seed_(seed) {}

  std::optional<Request> next(const Reply* reply) override {
    if (!reply) return GenerateRequest{messages_, decoding_, seed_};
    if (const auto* verdict = std::get_if<Completion>(reply)) messages_.push_back({"assistant", verdict->text});
    if (asked_again_) return std::nullopt;
    asked_again_ = true;
    messages_.push_back(swapped_.back());
    return GenerateRequest{swapped_, decoding_, seed_ + 1};
  }
  Conversation messages() const override { return messages_; }

 private:
  Conversation messages_, swapped_;
  Decoding decoding_;
  std::uint64_t seed_;
  bool asked_again_ = false;
};

judges::Comparison comparison_of(const Item& item, bool swapped) {
  judges::Comparison shown{item.reference.at("question"), item.reference.at("first"), item.reference.at("second"),
                           item.reference.at("reference")};
  if (swapped) std::swap(shown.first_answer, shown.second_answer);
  return shown;
}

class JudgedPairs : public Suite {
 public:
  JudgedPairs(const PairsSpec& spec, const std::vector<JudgedPair>& pairs) : spec_(spec) {
    for (const JudgedPair& pair : pairs) items_.push_back(item_of(pair));
    const std::string first = is_known() ? "the better answers" : spec.model_a;
    const std::string proof = is_known() || spec.judge_proven ? "" : kUnprovenJudge;
    card_ = {.name = is_known() ? "known_pairs" : "judged_pairs",
             .version = std::string(kVersion) + "." + spec.form->version,
             .source = "Bakeoff, after arXiv:2306.05685",
             .licence = "that of the answers",
             .metrics = {},
             .digest = "",
             .cost = "two judgements of both answers with their question; read by a program"};
    if (is_known())
      card_.metrics = {{"right", Direction::higher_is_better, "the better answer wins in both orders"}};
    else
      card_.metrics = {{"win_rate", Direction::higher_is_better,
                        "points that " + first + " takes from " + spec.model_b + ", ties half" + proof}};
    card_.metrics.push_back({"consistent", Direction::higher_is_better, "the same verdict in both orders"});
    card_.metrics.push_back(
        {"first_place", Direction::higher_is_better, "points that the first place takes: 0.5 is fair"});
    // Not over the items: their messages hold the answers and are part of each sample's key, so that one changed answer
    // lets the judge see this pair again and no other.
    card_.digest = sha256_hex(dump(
        Json{card_.name, card_.version, spec.form->name, spec.model_a, spec.model_b, spec.judge, spec.judge_proven}));
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = spec_.judge_tokens;
    return greedy;
  }

  std::unique_ptr<Episode> episode(const Item& item, const Decoding& decoding, std::uint64_t seed) const override {
    return std::make_unique<BothOrders>(item, comparison_messages(*spec_.form, comparison_of(item, true)), decoding,
                                        seed);
  }

  Verdict judge(const Item& item, const Sample& sample) const override {
    std::vector<judges::Reading> readings;
    for (const Message& message : sample.messages) {
      if (message.role != "assistant") continue;
      Completion told;
      told.text = message.content;
      readings.push_back(spec_.form->read(answer_text(told)));
    }
    if (readings.size() != 2) return Verdict::not_scored("the record has not one verdict for each order");
    const judges::PairOutcome outcome = combine(readings[0], readings[1]);
    Json evidence = evidence_of(item, readings);
    if (!outcome.winner) return Verdict::not_scored("the judge stated no verdict: " + outcome.reason, evidence);
    evidence["consistent"] = outcome.consistent;
    if (!is_known()) evidence["winner"] = vote(*outcome.winner);
    const double points = points_of_first(*outcome.winner);
    const double consistent = outcome.consistent ? 1 : 0;
    const double first_place = (points_of_first(*readings[0].winner) + points_of_first(*readings[1].winner)) / 2;
    std::map<std::string, double> metrics = {{"consistent", consistent}, {"first_place", first_place}};
    const double score = is_known() ? (points == 1 ? 1 : 0) : points;
    metrics[card_.metrics.front().name] = score;
    return Verdict::scored(score, std::move(metrics), std::move(evidence));
  }

 private:
  bool is_known() const { return spec_.model_a.empty(); }

  /// The id changes with the answers, as the digest of the suite does not.
  Item item_of(const JudgedPair& pair) const {
    const judges::Comparison& shown = pair.comparison;
    Item item;
    item.messages = comparison_messages(*spec_.form, shown);
    constexpr std::size_t kDigits = 8;
    item.id = pair.id + (pair.replicate > 0 ? "-" + std::to_string(pair.replicate) : "") + "." +
              sha256_hex(dump(to_json(item.messages))).substr(0, kDigits);
    item.group = pair.id;
    item.reference = {{"question", shown.question},
                      {"first", shown.first_answer},
                      {"second", shown.second_answer},
                      {"reference", shown.reference},
                      {"category", pair.category}};
    return item;
  }

  static double points_of_first(Winner winner) {
    return winner == Winner::first ? 1 : winner == Winner::second ? 0 : 0.5;
  }
  static const char* vote(Winner winner) {
    return winner == Winner::first ? "model_a" : winner == Winner::second ? "model_b" : "tie";
  }

  Json evidence_of(const Item& item, const std::vector<judges::Reading>& readings) const {
    const auto told = [](const judges::Reading& reading) {
      return reading.winner ? Json(judges::name_of(*reading.winner)) : Json();
    };
    Json evidence = {{"judge", spec_.judge},
                     {"category", item.reference.at("category")},
                     {"shown", told(readings[0])},
                     {"swapped", told(readings[1])}};
    if (is_known()) return evidence;
    evidence["model_a"] = spec_.model_a;
    evidence["model_b"] = spec_.model_b;
    evidence["judge_proven"] = spec_.judge_proven;
    return evidence;
  }

  PairsSpec spec_;
  std::vector<Item> items_;
  SuiteCard card_;
};

}  // namespace

std::shared_ptr<const Suite> judged_pairs(const PairsSpec& spec, const std::vector<JudgedPair>& pairs) {
  if (pairs.empty()) return nullptr;
  return std::make_shared<JudgedPairs>(spec, pairs);
}

}  // namespace bakeoff::suites
