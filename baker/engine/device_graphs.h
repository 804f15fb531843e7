// Passes of one layout, recorded once and replayed with other values: hundreds of small operations become one request.
//
// Decoding steps are what gains: few tokens, so that asking for an operation takes longer than doing it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include <ATen/core/Tensor.h>

#include "baker/engine/device_pass.h"
#include "baker/engine/device_recorder.h"

namespace bakeoff::baker {

/// Not thread-safe.
class DeviceGraphs {
 public:
  /// The operations of a pass; what they return is valid until the next run().
  using Compute = std::function<at::Tensor(DevicePass&)>;

  /// `most`: layouts that are remembered; the one that was used longest ago gives way.
  DeviceGraphs(c10::Device device, Recorder recorder, std::size_t most = 64);

  /// Can passes be recorded? If not, run() computes each.
  bool can_record() const { return recorder_ != nullptr; }
  /// Computes a layout's first pass, records the second and replays from then on. A device that refuses a recording
  /// says so once on standard error, and nothing is recorded from then on.
  at::Tensor run(const PassPlan& plan, const Compute& compute);
  /// Forgets all recordings: for whoever moves memory that `compute` uses.
  void clear() { known_.clear(); }

  std::int64_t recorded() const { return recorded_; }
  std::int64_t replayed() const { return replayed_; }

 private:
  struct Known {
    std::unique_ptr<DevicePass> pass;  ///< recorded ones: the memory that a replay reads
    std::function<void()> replay;
    at::Tensor result;  ///< and where it leaves what it computed
    std::int64_t last_use = 0;
  };
  at::Tensor record(Known& known, const PassPlan& plan, const Compute& compute);
  void forget_oldest();

  c10::Device device_;
  Recorder recorder_;
  std::size_t most_;
  std::map<PassLayout, Known> known_;
  std::int64_t uses_ = 0, recorded_ = 0, replayed_ = 0;
};

}  // namespace bakeoff::baker
