// Content ids of what a run makes, and the seeds. Two things with the same key are interchangeable; anything that could
// change a bit of an answer or of an adapter is in its key, and nothing else is (no names of arms, bakes or prompts).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/core/evaluation.h"
#include "harness/run/experiment.h"
#include "suites/suite.h"

namespace bakeoff::run {

/// Content id of an adapter, and its scale.
using AdapterPart = std::pair<std::string, double>;

/// The identity of the base without any context, as the baker gave it, with what an arm adds.
GeneratorIdentity arm_identity(const GeneratorIdentity& base, const Conversation& context,
                               const std::vector<AdapterPart>& adapters = {});
Result<GeneratorIdentity> identity_from_json(const Json& value, const std::string& where);
std::string digest_of(const GeneratorIdentity& identity);

struct SampleKeyParts {
  std::string generator;  ///< digest_of the arm's identity
  std::string suite_digest;
  const Item* item = nullptr;
  int replicate = 0;
  Decoding decoding;
  std::uint64_t seed = 0;
};
std::string sample_key(const SampleKeyParts& parts);

/// The same for every arm, so that arms are paired: from the experiment, the suite, the item and the replicate.
std::uint64_t sample_seed(std::uint64_t experiment_seed, const std::string& suite, const std::string& item,
                          int replicate);

/// From the model, what the prompt says (not its name), the questions, the recipe, the seed, dtype and engine, and the
/// key of the bake that it starts from (empty: none).
std::string bake_key(const BakeSpec& bake, const PromptSpec& prompt, const GeneratorIdentity& base,
                     const std::string& parent = "");

}  // namespace bakeoff::run
