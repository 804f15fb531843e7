// Trajectories: answers that the prompted model samples, kept as token ids, with the final-norm state that predicted
// each token: the exact distribution through the frozen head, at a small part of the size of its logits.
//
// Legend: C width; n tokens of an answer.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "baker/bake/losses.h"
#include "baker/bake/packing.h"
#include "baker/engine/engine.h"
#include "harness/core/recipe.h"

namespace bakeoff::baker {

/// One question as both sides see it, in token ids.
struct BakeQuestion {
  std::size_t number = 0;        ///< place in the request: part of every seed
  std::vector<TokenId> teacher;  ///< the prompt's messages, then the question
  std::vector<TokenId> student;  ///< what stays, then the question
};

/// A question's answers with what the teacher knew.
struct SampledGroup {
  AnswerGroup group;                       ///< context: the student's
  std::vector<std::vector<float>> hidden;  ///< per answer [n, C]
};

struct SamplingOptions {
  const Recipe* recipe = nullptr;
  std::uint64_t seed = 0;
  int batch_rows = 32;
  std::function<void(std::int64_t done, std::int64_t total)> progress;
};

/// Draws recipe->samples_per_question answers for each question from the model behind `engine`. The same seed gives the
/// same answers in any batch. Interrupted: an interrupted error.
Result<std::vector<SampledGroup>> sample_trajectories(Engine& engine, std::span<const BakeQuestion> questions,
                                                      const SamplingOptions& options);

/// Largest |cached - fresh| over the root mean square of the fresh states, for a few answers computed anew without any
/// cache. Above the tolerance of the dtype (2e-3 in fp32, 5e-2 in bf16) it is an error: cached knowledge would not be
/// the teacher's.
Result<double> check_parity(Engine& engine, std::span<const BakeQuestion> questions,
                            std::span<const SampledGroup> groups);

/// What is kept between runs.
struct Trajectories {
  std::vector<SampledGroup> groups;
  double parity = 0;  ///< as check_parity found it
};
/// `request`: digest of everything that the trajectories depend on.
Status save_trajectories(const Path& file, const std::string& request, const Trajectories& trajectories);
/// Made for another request, missing or damaged: an input error.
Result<Trajectories> load_trajectories(const Path& file, const std::string& request, std::int64_t width);

/// SHA-256 over contexts and answers.
std::string trajectories_digest(std::span<const SampledGroup> groups);

/// What training reads: the groups, and the teacher's moments of each counted token.
struct TrainingSet {
  std::vector<AnswerGroup> groups;
  std::vector<HeadMoments> teacher;  ///< of each group, in the order of Packing::outputs
  std::int64_t answer_tokens = 0;    ///< counted ones
  std::vector<float> weights = {};   ///< of each group's tokens in the loss; empty: 1 each
};
TrainingSet make_training_set(const HeadLoss& head, std::span<const SampledGroup> groups, FirstToken first);

}  // namespace bakeoff::baker
