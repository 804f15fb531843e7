// The training loop: batches of whole questions in an order drawn per epoch, one optimiser step each, saved on the way.
//
// A run that was stopped and continued ends with the same bits as one that was not: everything random comes from the
// seed and the epoch's number, and the state on disk is exact.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "baker/bake/adamw.h"
#include "baker/bake/methods.h"
#include "baker/bake/student.h"
#include "baker/bake/trajectories.h"
#include "harness/core/baker_api.h"

namespace bakeoff::baker {

struct TrainerOptions {
  Recipe recipe;
  std::uint64_t seed = 0;
  Path checkpoint;      ///< the state file; empty: none
  std::string request;  ///< digest that a state must carry to be continued from
  bool resume = true;
  std::function<void(const BakeProgress&)> progress;
};

struct TrainingRecord {
  std::vector<LossPoint> curve;
  std::vector<double> epoch_nats;  ///< sum over the epoch's answer tokens
  std::vector<std::int64_t> epoch_tokens;
};

/// Not thread-safe. run() once.
class Trainer {
 public:
  /// All four must outlive the trainer.
  Trainer(Student& student, const HeadLoss& head, const TrainingSet& set, TrainerOptions options);
  /// Trains to the end, or saves and returns an interrupted error. A loss that is not finite is an error.
  Status run();

  const std::vector<float>& parameters() const { return parameters_; }
  const TrainingRecord& record() const { return record_; }
  std::int64_t steps() const;  ///< of the whole training

 private:
  std::vector<std::size_t> epoch_order(std::int64_t epoch) const;
  std::int64_t steps_per_epoch() const;
  Status take_step(std::int64_t step);
  Result<double> accumulate(std::span<const std::size_t> groups, std::int64_t batch_tokens);
  Status save() const;
  void restore();
  void report(std::int64_t step, double kl_nats) const;

  Student& student_;
  const HeadLoss& head_;
  const TrainingSet& set_;
  TrainerOptions options_;
  const BakeMethod* method_ = nullptr;
  std::vector<float> parameters_, gradient_;
  AdamW optimiser_;
  TrainingRecord record_;
};

/// KL of each counted token, nats, in the order of the set: how far the student with these parameters is from the
/// teacher.
Result<std::vector<double>> measure_kl(Student& student, const HeadLoss& head, const TrainingSet& set,
                                       std::span<const float> parameters, FirstToken first);

/// "include" or "skip"; anything else is an input error.
Result<FirstToken> first_token(const Recipe& recipe);

}  // namespace bakeoff::baker
