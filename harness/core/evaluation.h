// The nouns of an evaluation: arms, items, samples, verdicts. See docs/glossary.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/baker_api.h"
#include "harness/core/remote_model.h"

namespace bakeoff {

/// One treatment under test.
struct Arm {
  std::string name;    ///< unique in the experiment: "base", "prompted", "baked", "reprompted", or "pirate/baked" with
                       ///< several prompts
  std::string kind;    ///< a line of the arm table: "base", "prompted", "baked", "reprompted", "remote"
  std::string prompt;  ///< name of the prompt it belongs to; empty for base
  std::string bake;    ///< name of the bake whose adapter it uses; empty for none
  double scale = 1.0;  ///< of that adapter
  std::vector<std::string> without = {};             ///< bakes that its bake started from and that are left out again
  std::optional<RemoteModel> remote = std::nullopt;  ///< where an arm of kind "remote" answers
};

/// One question with its reference.
struct Item {
  std::string id;  ///< unique in its suite
  std::string
      group;  ///< items that share a cause (paraphrases of one fact) have one group: the unit of clustered errors
  Conversation messages;  ///< what the arm is asked; never contains the baked prompt
  Json reference;         ///< what the suite's judge needs
};

/// One recorded answer of an arm to an item.
struct Sample {
  std::string key;  ///< content id: arm's identity, suite version, item, replicate, decoding, seed
  std::string arm, suite, item;
  int replicate = 0;
  std::uint64_t seed = 0;
  Decoding decoding;
  Conversation messages;  ///< the exchange as played, the answers included
  Completion completion;  ///< the last answer
};

/// A judged sample: scored in [0, 1], or unscored with a reason. An error is never a zero.
struct Verdict {
  std::optional<double> score;            ///< the primary metric; absent when unscored
  std::map<std::string, double> metrics;  ///< all metrics of the suite, the primary one included
  std::string unscored;                   ///< the reason; empty when scored
  Json evidence = Json::object();         ///< extracted answer, failing check, matched text

  static Verdict scored(double value, std::map<std::string, double> metrics = {}, Json evidence = Json::object());
  static Verdict not_scored(std::string reason, Json evidence = Json::object());
};
Json to_json(const Verdict& verdict);

/// A number with a unit that is no verdict: KL, seconds, bytes, tokens.
struct Measurement {
  std::string subject;  ///< arm or bake name
  std::string name;     ///< "kl_held_out"
  double value = 0;
  std::string unit;  ///< "nats/token", "s", "tokens", "bytes"
};

}  // namespace bakeoff
