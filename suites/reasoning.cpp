#include "suites/reasoning.h"

#include "harness/core/reasoning.h"
#include "harness/core/sha256.h"

namespace bakeoff::suites {

namespace {

class WithoutReasoning : public Suite {
 public:
  explicit WithoutReasoning(std::unique_ptr<Suite> suite) : suite_(std::move(suite)), card_(suite_->card()) {
    card_.digest = sha256_hex("without reasoning\n" + card_.digest);
  }
  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return suite_->items(); }
  Decoding decoding() const override { return suite_->decoding(); }
  std::unique_ptr<Episode> episode(const Item& item, const Decoding& decoding, std::uint64_t seed) const override {
    return suite_->episode(item, decoding, seed);
  }
  Verdict judge(const Item& item, const Sample& sample) const override {
    Sample shown = sample;
    shown.completion.text = answer_text(sample.completion);
    return suite_->judge(item, shown);
  }
  std::string example_answer(const Item& item) const override { return suite_->example_answer(item); }
  std::vector<Arm> added_arms(const std::vector<Arm>& arms) const override { return suite_->added_arms(arms); }
  Result<Growth> grow(const Results& results) const override { return suite_->grow(results); }
  Result<std::vector<Contrast>> contrasts(const Results& results) const override { return suite_->contrasts(results); }
  Result<std::vector<Exhibit>> exhibits(const Results& results) const override { return suite_->exhibits(results); }
  Result<std::vector<Vote>> votes(const Results& results) const override { return suite_->votes(results); }

 private:
  std::unique_ptr<Suite> suite_;
  SuiteCard card_;
};

}  // namespace

std::unique_ptr<Suite> without_reasoning(std::unique_ptr<Suite> suite) {
  return std::make_unique<WithoutReasoning>(std::move(suite));
}

}  // namespace bakeoff::suites
