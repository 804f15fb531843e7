// What the model is, learnt once: a later run trusts the store as long as the model's files, this program and its
// libraries have the size and time that they had then. So a run with nothing to do loads no model.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "harness/core/baker_api.h"
#include "harness/run/experiment.h"
#include "harness/store/store.h"

namespace bakeoff::run {

/// The baker, loaded when it is first asked for.
class LazyBaker {
 public:
  explicit LazyBaker(const BakerFactory& factory) : factory_(factory) {}
  Result<Baker*> get();

 private:
  const BakerFactory& factory_;
  Baker* baker_ = nullptr;
};

struct ModelIdentity {
  GeneratorIdentity base;                            ///< no adapter, no context
  EngineSettings engine;                             ///< dtype resolved: "fp32" or "bf16"
  std::map<std::string, GeneratorIdentity> remotes;  ///< of remote arms and judges, by name, without any context
  std::map<std::string, Json> stamps;                ///< to be stored, so that the next run need not ask again
};

/// `reader` may be null: then the baker is asked. An experiment without a model has none to ask. A remote model is what
/// its server reports now, or reported when it last answered; a secret that is not there is an input error.
Result<ModelIdentity> identify_model(const Experiment& experiment, store::Store* reader, LazyBaker& baker);

}  // namespace bakeoff::run
