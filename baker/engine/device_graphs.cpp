#include "baker/engine/device_graphs.h"

#include <algorithm>

#include <c10/util/Exception.h>

namespace bakeoff::baker {

DeviceGraphs::DeviceGraphs(c10::Device device, Recorder recorder, std::size_t most)
    : device_(device), recorder_(std::move(recorder)), most_(most) {}

at::Tensor DeviceGraphs::run(const PassPlan& plan, const Compute& compute) {
  const auto [entry, is_new] = known_.try_emplace(plan.layout);
  Known& known = entry->second;
  known.last_use = ++uses_;
  if (known.replay) {
    known.pass->load(plan);
    known.replay();
    ++replayed_;
    return known.result;
  }
  if (!is_new && can_record()) return record(known, plan, compute);
  if (known_.size() > most_) forget_oldest();
  DevicePass pass(plan, device_);
  return compute(pass);
}

at::Tensor DeviceGraphs::record(Known& known, const PassPlan& plan, const Compute& compute) {
  known.pass = std::make_unique<DevicePass>(plan, device_);
  try {
    known.replay = recorder_([&known, compute] { known.result = compute(*known.pass); });
  } catch (const c10::OutOfMemoryError&) {
    throw;  // one for the engine
  } catch (const c10::Error& error) {
    TORCH_WARN("decoding goes on without recordings, which the device refused: ", error.what_without_backtrace());
    recorder_ = nullptr;
    return compute(*known.pass);
  }
  known.replay();  // a recording is not a run
  ++recorded_;
  return known.result;
}

void DeviceGraphs::forget_oldest() {
  known_.erase(std::min_element(known_.begin(), known_.end(),
                                [](const auto& a, const auto& b) { return a.second.last_use < b.second.last_use; }));
}

}  // namespace bakeoff::baker
