#include "suites/self_chat.h"

#include "harness/core/seed.h"

namespace bakeoff::suites {

namespace {

const char* const kOpenings[] = {
    "I have been reading about the ocean lately. What do you find interesting about it?",
    "Let's talk about food. What makes a good breakfast?",
    "I am thinking of getting a pet. What should I know?",
    "The weather has been strange this week. Why does it change so much?",
    "I want to learn to play an instrument. Where should I begin?",
    "My friend loves old buildings. What is special about them?",
    "I would like to travel by train. What do you think of that?",
    "Let's talk about books. Why do people read stories?",
    "I started running in the morning. Is it a good habit?",
    "My garden is very small. What could I plant in it?",
    "I have been looking at the stars at night. What can one see?",
    "Let's talk about work. What makes a good day at work?",
};

const char* const kFollowUps[] = {
    "Why do you think so?",
    "Can you give me an example?",
    "What do other people say about it?",
    "How did that begin?",
    "Is there anything I should be careful about?",
    "What would you change about it?",
    "How would you explain it to a child?",
    "What do you like most about it?",
    "What should I try first?",
    "Does it cost a lot of money?",
    "How long does it take?",
    "Who could help me with it?",
    "What is the most common mistake?",
    "Is it different in other countries?",
    "What would be a good next step?",
    "Can you say that in other words?",
};

class ProbedChat : public Episode {
 public:
  ProbedChat(std::vector<std::string> script, std::string probe, Decoding decoding, std::uint64_t seed)
      : script_(std::move(script)), probe_(std::move(probe)), decoding_(std::move(decoding)), seed_(seed) {}

  std::optional<Request> next(const Reply* reply) override {
    if (const auto* said = reply ? std::get_if<Completion>(reply) : nullptr) take(said->text);
    if (probes_) return ask({"user", probe_});
    if (round_ == script_.size()) return std::nullopt;
    history_.push_back({"user", script_[round_]});
    record_.push_back(history_.back());
    return request(history_);
  }
  Conversation messages() const override { return record_; }

 private:
  /// An answer to the user is history, one to the probe only goes on record.
  void take(const std::string& text) {
    record_.push_back({"assistant", text});
    if (probes_) {
      probes_ = false;
      ++round_;
      return;
    }
    history_.push_back({"assistant", text});
    probes_ = true;
  }

  std::optional<Request> ask(Message probe) {
    Conversation probed = history_;
    record_.push_back({probe.role, kProbeMark + probe.content});
    probed.push_back(std::move(probe));
    return request(std::move(probed));
  }

  Request request(Conversation messages) {
    return GenerateRequest{std::move(messages), decoding_, derive_seed(seed_, {"request", std::to_string(count_++)})};
  }

  std::vector<std::string> script_;
  std::string probe_;
  Decoding decoding_;
  std::uint64_t seed_;
  Conversation history_, record_;
  bool probes_ = false;  // the next request is the probe
  std::size_t round_ = 0;
  int count_ = 0;
};

}  // namespace

std::vector<std::string> user_script(int number, int rounds, std::uint64_t seed) {
  std::vector<std::string> follow_ups(std::begin(kFollowUps), std::end(kFollowUps));
  Random random(derive_seed(seed, {"user", std::to_string(number)}));
  shuffle(follow_ups, random);
  std::vector<std::string> script{kOpenings[static_cast<std::size_t>(number) % std::size(kOpenings)]};
  for (int round = 1; round < rounds; ++round)
    script.push_back(follow_ups[static_cast<std::size_t>(round - 1) % follow_ups.size()]);
  return script;
}

std::unique_ptr<Episode> probed_chat(std::vector<std::string> script, std::string probe, const Decoding& decoding,
                                     std::uint64_t seed) {
  return std::make_unique<ProbedChat>(std::move(script), std::move(probe), decoding, seed);
}

std::vector<ProbedTurn> probed_turns(const Conversation& record) {
  std::vector<ProbedTurn> turns;
  Conversation history;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const bool is_probe = record[i].role == "user" && record[i].content.starts_with(kProbeMark);
    if (!is_probe) {
      history.push_back(record[i]);
    } else if (i + 1 < record.size()) {
      turns.push_back({static_cast<int>(history.size()), history, record[++i].content});
    }
  }
  return turns;
}

}  // namespace bakeoff::suites
