// A suite whose work follows from its work, in the three ways there are: a bake with an arm, then a suite made of two
// arms' answers, which itself adds an arm. It compares two arms and shows what it found.
#pragma once

#include "harness/core/sha256.h"
#include "suites/suite.h"

namespace bakeoff::testing {

inline suites::SuiteCard growing_card(const std::string& name, const std::string& digest) {
  suites::SuiteCard card;
  card.name = name;
  card.version = "1";
  card.metrics = {{"said", suites::Direction::higher_is_better, "the answer says Arrr"}};
  card.may_grow = true;
  card.digest = sha256_hex(name + digest);
  return card;
}

inline Verdict says_arrr(const Sample& sample) {
  return Verdict::scored(sample.completion.text.find("Arrr") != std::string::npos ? 1 : 0);
}

inline std::vector<Item> items_of(const std::vector<std::string>& questions) {
  std::vector<Item> items;
  for (const std::string& question : questions)
    items.push_back({std::to_string(items.size()), std::to_string(items.size()), {{"user", question}}, {}});
  return items;
}

/// Made of what two arms said.
class PairsSuite : public suites::Suite {
 public:
  explicit PairsSuite(std::vector<Item> items) : items_(std::move(items)) {
    std::string all;
    for (const Item& item : items_) all += dump(to_json(item.messages));
    card_ = growing_card("pairs", all);
  }
  const suites::SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override { return {}; }
  Verdict judge(const Item&, const Sample& sample) const override { return says_arrr(sample); }
  Result<suites::Growth> grow(const suites::Results&) const override {
    suites::Growth growth;
    growth.arms = {{"half", "baked", "", "late", 0.5}, {"removed", "baked", "", "late", 1.0, {"pirate"}}};
    growth.suites = {{"growing", nullptr, {"removed"}}};
    return growth;
  }

 private:
  std::vector<Item> items_;
  suites::SuiteCard card_;
};

class GrowingSuite : public suites::Suite {
 public:
  GrowingSuite() : items_(items_of({"rum", "sea", "tea", "cat"})), card_(growing_card("growing", "")) {}
  const suites::SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override { return {}; }
  Verdict judge(const Item&, const Sample& sample) const override { return says_arrr(sample); }

  Result<suites::Growth> grow(const suites::Results& results) const override {
    suites::Growth growth;
    BAKEOFF_TRY(const auto base, results.played("base", results.own_label()));
    suites::AddedBake bake{"late", {"late", {{"system", "Say Arrr."}}, {{"system", ""}}}, {}, {}, "pirate"};
    for (const auto& played : base) bake.questions.push_back({{"user", played.sample.completion.text}});
    growth.bakes.push_back(std::move(bake));
    growth.arms.push_back({"late", "baked", "", "late", 1.0});
    BAKEOFF_TRY(const auto late, results.played("late", results.own_label()));
    std::vector<std::string> pairs;
    for (std::size_t i = 0; i < late.size(); ++i)
      pairs.push_back(base[i].sample.completion.text + " or " + late[i].sample.completion.text);
    if (!pairs.empty()) growth.suites.push_back({"pairs", std::make_shared<PairsSuite>(items_of(pairs)), {"base"}});
    return growth;
  }

  Result<std::vector<suites::Contrast>> contrasts(const suites::Results& results) const override {
    suites::Contrast contrast{"drift", "late", "base", {}};
    BAKEOFF_TRY(const auto late, results.played("late", results.own_label()));
    for (const auto& played : late) contrast.conversations.push_back(played.sample.messages);
    contrast.conversations.push_back({{"user", "silence"}, {"assistant", ""}});  // can not be compared
    return std::vector{std::move(contrast)};
  }

  Result<std::vector<Exhibit>> exhibits(const suites::Results& results) const override {
    Exhibit exhibit;
    exhibit.name = "drift";
    exhibit.title = "Drift";
    Curve curve{"late", {}};
    for (const auto& value : results.contrast("drift"))
      curve.points.push_back({static_cast<double>(curve.points.size()), value.value_or(-1), {}, {}, 1});
    exhibit.curves.push_back(std::move(curve));
    return std::vector{std::move(exhibit)};
  }

 private:
  std::vector<Item> items_;
  suites::SuiteCard card_;
};

/// Adds an arm for ever.
class EndlessSuite : public GrowingSuite {
 public:
  Result<suites::Growth> grow(const suites::Results& results) const override {
    suites::Growth growth;
    growth.arms.push_back({"arm " + std::to_string(results.arms().size()), "base", "", "", 1.0});
    return growth;
  }
};

/// Wants a bake on top of one that is not there.
class MistakenSuite : public GrowingSuite {
 public:
  Result<suites::Growth> grow(const suites::Results&) const override {
    suites::Growth growth;
    growth.bakes.push_back({"late", {"late", {{"system", "Arrr"}}, {}}, {{{"user", "Who?"}}}, {}, "nobody"});
    return growth;
  }
};

template <typename Made>
Result<std::unique_ptr<suites::Suite>> make_suite(const suites::SuiteConfig&) {
  return std::unique_ptr<suites::Suite>(std::make_unique<Made>());
}

inline constexpr suites::SuiteEntry kGrowingSuites[] = {{"growing", "", make_suite<GrowingSuite>},
                                                        {"endless", "", make_suite<EndlessSuite>},
                                                        {"mistaken", "", make_suite<MistakenSuite>}};

}  // namespace bakeoff::testing
