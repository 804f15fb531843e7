// A whole bake: questions to trajectories, trajectories to an adapter, an adapter to the proof that it acts.
//
//   contexts (contexts.h) -> sampling (trajectories.h) -> training (trainer.h) -> measuring -> the adapter's folder
//
// All state until the adapter is written lies in <out>/checkpoint; a request that was stopped continues from it.
#pragma once

#include <functional>
#include <memory>

#include "baker/models/model.h"
#include "harness/core/baker_api.h"

namespace bakeoff::baker {

/// What a bake needs of a loaded model. The functions are called on the calling thread.
struct ModelBundle {
  std::shared_ptr<const Model> model;
  /// The chat template with the assistant's turn opened.
  std::function<Result<std::string>(const Conversation&)> render;
  /// Rendered text to ids: special tokens that are written out become their ids, nothing is added.
  std::function<Result<std::vector<TokenId>>(std::string_view)> encode;
};

/// Phases timed in the outcome: "sampling", "training", "measuring". Errors: a prompt that changes nothing, contexts
/// that differ in more than the prompt, decoding that disagrees with prefill, a loss that is not finite, an adapter
/// without effect; interrupted, with the state saved.
Result<BakeOutcome> run_bake(const BakeRequest& request, const ModelBundle& bundle,
                             const std::function<void(const BakeProgress&)>& progress);

}  // namespace bakeoff::baker
