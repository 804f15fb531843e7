#include "baker/engine/device_recorder.h"

#include <memory>
#include <utility>

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#if __has_include(<ATen/accelerator/Graph.h>)
#include <ATen/accelerator/Graph.h>  // LibTorch 2.13 on
#define BAKEOFF_GRAPHS
#elif defined(BAKEOFF_CUDA_GRAPH)
#include <ATen/cuda/CUDAGraph.h>
#define BAKEOFF_GRAPHS
#endif

namespace bakeoff::baker {
#ifdef BAKEOFF_GRAPHS
namespace {

// Other threads may go on using the device while one records.
#if __has_include(<ATen/accelerator/Graph.h>)
using Graph = at::accelerator::Graph;
constexpr auto kThisThreadOnly = at::GraphCaptureMode::ThreadLocal;
#else
using Graph = at::cuda::CUDAGraph;
constexpr auto kThisThreadOnly = cudaStreamCaptureModeThreadLocal;
#endif

/// One stream and one pool of memory for all recordings: they are replayed one after the other, and what one of them
/// leaves is read before the next.
class DeviceRecorder {
 public:
  explicit DeviceRecorder(c10::Device device)
      : guard_(device.type()), stream_(guard_.getStreamFromGlobalPool(guard_.getDevice())) {}

  std::function<void()> record(const std::function<void()>& work) {
    const auto graph = std::make_shared<Graph>();
    guard_.getStream(guard_.getDevice()).synchronize();
    const c10::StreamGuard on_stream(stream_);
    work();  // libraries make their workspaces now: they can not while a recording runs
    stream_.synchronize();
    capture(*graph, work);
    pool_ = graph->pool();
    return [graph] { graph->replay(); };
  }

 private:
  void capture(Graph& graph, const std::function<void()>& work) {
    graph.capture_begin(pool_, kThisThreadOnly);
    try {
      work();
    } catch (...) {
      end_failed(graph);
      throw;
    }
    graph.capture_end();
  }

  /// A stream can be used again when its recording has ended, which says once more that it failed.
  static void end_failed(Graph& graph) {
    try {
      graph.capture_end();
    } catch (const c10::Error&) {
    }
  }

  c10::impl::VirtualGuardImpl guard_;
  c10::Stream stream_;
  decltype(std::declval<Graph&>().pool()) pool_ = {0, 0};
};

}  // namespace
#endif

Recorder make_recorder(c10::Device device) {
  if (device.is_cpu()) return [](const std::function<void()>& work) { return work(), work; };
#ifdef BAKEOFF_GRAPHS
  if (device.is_cuda()) {
    return [recorder = std::make_shared<DeviceRecorder>(device)](const std::function<void()>& work) {
      return recorder->record(work);
    };
  }
#endif
  return nullptr;
}

}  // namespace bakeoff::baker
