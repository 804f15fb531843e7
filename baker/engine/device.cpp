#include "baker/engine/device.h"

#include <ATen/Context.h>
#include <ATen/Functions.h>
#if __has_include(<torch/headeronly/version.h>)
#include <torch/headeronly/version.h>
#else
#include <torch/version.h>
#endif

namespace bakeoff::baker {
namespace {

constexpr const char* kWhere = "device cuda";

}  // namespace

Status check_cuda() {
  constexpr const char* kLook =
      "see whether nvidia-smi lists one and CUDA_VISIBLE_DEVICES allows it, or use --device cpu";
  if (!at::hasCUDA() && !at::Context::hasCUDART())
    return infrastructure_error("this program was built with a LibTorch for the CPU", kWhere,
                                "build it with a LibTorch for CUDA (docs/devices.md), or use --device cpu");
  if (!at::hasCUDA()) return infrastructure_error("no CUDA device answers", kWhere, kLook);
  try {
    if (at::ones({1}, at::TensorOptions(at::kFloat).device(at::kCUDA)).item<float>() == 1) return {};
    return infrastructure_error("the CUDA device computes 0 where 1 was asked for", kWhere, kLook);
  } catch (const c10::Error& error) {
    return infrastructure_error(std::string("the CUDA device does not work: ") + error.what_without_backtrace(), kWhere,
                                kLook);
  }
}

std::string device_library() { return std::string("aten ") + TORCH_VERSION; }

}  // namespace bakeoff::baker
