#include "baker/engine/dtype.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include <ATen/Parallel.h>
#include <cpuid.h>
#include <fmt/format.h>

#include "baker/kernels/variants.h"
#include "harness/core/files.h"

namespace bakeoff::baker {
namespace {

constexpr double kWorthIt = 1.25;

/// One thread while it lives: a second one that has to wait for a busy processor would be all that is measured.
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

/// Best of several, in seconds, of a product of the default model's shape at 64 rows.
double time_product(Dtype dtype) {
  const OneThread alone;
  constexpr std::int64_t outputs = 1536, inputs = 576, rows = 64;
  const std::vector<float> weight(outputs * inputs, 0.01f), x(rows * inputs, 0.5f);
  std::vector<float> y(rows * outputs);
  const PackedMatrix packed = PackedMatrix::pack(weight, outputs, inputs, dtype);
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 30; ++i) {
    const auto began = std::chrono::steady_clock::now();
    multiply(packed, x.data(), rows, y.data());
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  return best;
}

/// One for each kind of processor: a home may be shared by several machines.
std::string note_name() {
  unsigned signature = 0, b = 0, c = 0, d = 0;
  __get_cpuid(1, &signature, &b, &c, &d);  // family, model, stepping
  return fmt::format("dtype-{}-{:x}", kernels().name, signature);
}

}  // namespace

const char* dtype_name(Dtype dtype) { return dtype == Dtype::fp32 ? "fp32" : "bf16"; }

Result<Dtype> resolve_dtype_name(const std::string& name) {
  if (name == "fp32") return Dtype::fp32;
  if (name == "bf16") return Dtype::bf16;
  if (name != "auto") return usage_error("unknown dtype \"" + name + "\"", "dtype", "use auto, fp32 or bf16");
  if (!has_native_bf16()) return Dtype::fp32;
  const Path note = cache_folder() / note_name();
  std::error_code ignored;
  if (std::filesystem::exists(note, ignored))
    if (const auto known = read_file(note); known.ok() && (*known == "fp32" || *known == "bf16"))
      return *known == "fp32" ? Dtype::fp32 : Dtype::bf16;
  const Dtype chosen = time_product(Dtype::fp32) > kWorthIt * time_product(Dtype::bf16) ? Dtype::bf16 : Dtype::fp32;
  (void)write_file_atomically(note, dtype_name(chosen)).ok();  // a read-only home only means measuring again
  return chosen;
}

Result<Dtype> resolve_device_dtype_name(const std::string& name) {
  return name == "auto" ? Dtype::bf16 : resolve_dtype_name(name);
}

}  // namespace bakeoff::baker
