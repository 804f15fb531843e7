#include "suites/generated_math.h"

#include "suites/item_file.h"
#include "suites/judge_spec.h"

namespace bakeoff::suites {

namespace {

class GeneratedMathSuite : public Suite {
 public:
  GeneratedMathSuite(const GeneratedMath& set, std::vector<Item> items, const Json& configuration)
      : items_(std::move(items)), answer_tokens_(set.answer_tokens) {
    card_ = {.name = set.name,
             .version = set.version,
             .source = "Bakeoff (generated); answer form of arXiv:2409.13697",
             .licence = "Apache-2.0",
             .metrics = {{"flexible", Direction::higher_is_better, "the last number of the answer is right"},
                         {"strict", Direction::higher_is_better, "the number after \"The answer is\" is right"}},
             .digest = "",
             .cost = set.cost};
    card_.digest = suite_digest(card_, configuration, items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = answer_tokens_;
    return greedy;
  }
  Verdict judge(const Item& item, const Sample& sample) const override {
    return apply_judge(item.reference, sample.completion.text);
  }
  /// "9 - 4 = 5. The answer is 5 beads."
  std::string example_answer(const Item& item) const override {
    std::string text;
    for (const Json& step : item.reference.value("steps", Json::array())) text += step.get<std::string>() + ". ";
    const auto unit = item.reference.value("unit", std::string());
    return text + "The answer is " + dump(item.reference.at("answer")) + (unit.empty() ? "" : " ") + unit + ".";
  }

 private:
  std::vector<Item> items_;
  int answer_tokens_;
  SuiteCard card_;
};

}  // namespace

std::unique_ptr<Suite> make_generated_math(const GeneratedMath& set, std::vector<Item> items,
                                           const Json& configuration) {
  return std::make_unique<GeneratedMathSuite>(set, std::move(items), configuration);
}

}  // namespace bakeoff::suites
