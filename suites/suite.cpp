// What most suites share: one question, one answer.
#include "suites/suite.h"

#include "suites/judge_spec.h"

namespace bakeoff::suites {

namespace {

class SingleTurn : public Episode {
 public:
  SingleTurn(const Item& item, Decoding decoding, std::uint64_t seed)
      : messages_(item.messages), decoding_(std::move(decoding)), seed_(seed) {}

  std::optional<Request> next(const Reply* reply) override {
    if (!reply) return GenerateRequest{messages_, decoding_, seed_};
    if (const auto* completion = std::get_if<Completion>(reply)) messages_.push_back({"assistant", completion->text});
    return std::nullopt;
  }
  Conversation messages() const override { return messages_; }

 private:
  Conversation messages_;
  Decoding decoding_;
  std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Episode> Suite::episode(const Item& item, const Decoding& decoding, std::uint64_t seed) const {
  return std::make_unique<SingleTurn>(item, decoding, seed);
}

std::string Suite::example_answer(const Item& item) const {
  const std::string answer = passing_answer(item.reference);
  return answer.empty() ? "I do not know." : answer;
}

std::vector<Arm> Suite::added_arms(const std::vector<Arm>& arms [[maybe_unused]]) const { return {}; }

Result<Growth> Suite::grow(const Results& results [[maybe_unused]]) const { return Growth{}; }

Result<std::vector<Contrast>> Suite::contrasts(const Results& results [[maybe_unused]]) const {
  return std::vector<Contrast>();
}

Result<std::vector<Exhibit>> Suite::exhibits(const Results& results [[maybe_unused]]) const {
  return std::vector<Exhibit>();
}
Result<std::vector<Vote>> Suite::votes(const Results& results [[maybe_unused]]) const { return std::vector<Vote>(); }

}  // namespace bakeoff::suites
