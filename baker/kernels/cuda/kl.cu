// One block per row, two passes over the row's logits. The first keeps, per thread, running maxima and sums relative to
// them (online softmax: Milakov & Gimelshein 2018, arXiv:1805.02867) extended by the teacher-weighted logit difference:
//   Z_t = sum e^(t - m_t),  Z_s = sum e^(s - m_s),  D = sum e^(t - m_t) (t - s)
//   KL = D / Z_t - (m_t + log Z_t) + (m_s + log Z_s)
// so equal rows give exactly 0. The second pass writes the gradient q - p.
#include <cstddef>
#include <cstdint>
#include <string>

#include <cuda_runtime.h>

#include "baker/kernels/cuda/kl.h"

namespace bakeoff::baker::cuda {
namespace {

constexpr int kThreads = 512;
constexpr int kWarp = 32;
constexpr unsigned kAllLanes = 0xffffffffu;

/// Sums over some of a row's entries, relative to the maxima over the same entries.
struct Partial {
  float teacher_max = -INFINITY, teacher_sum = 0, difference = 0;
  float student_max = -INFINITY, student_sum = 0;
};

/// e^(from - to), with 1 for equal arguments: also for two that are -inf.
__device__ float rescale(float from, float to) { return from == to ? 1.0f : __expf(from - to); }

__device__ Partial merge(const Partial& a, const Partial& b) {
  Partial out;
  out.teacher_max = fmaxf(a.teacher_max, b.teacher_max);
  const float teacher_a = rescale(a.teacher_max, out.teacher_max), teacher_b = rescale(b.teacher_max, out.teacher_max);
  out.teacher_sum = a.teacher_sum * teacher_a + b.teacher_sum * teacher_b;
  out.difference = a.difference * teacher_a + b.difference * teacher_b;
  out.student_max = fmaxf(a.student_max, b.student_max);
  out.student_sum =
      a.student_sum * rescale(a.student_max, out.student_max) + b.student_sum * rescale(b.student_max, out.student_max);
  return out;
}

__device__ Partial of_entry(float teacher, float student) {
  Partial one;
  if (teacher != -INFINITY) one = {teacher, 1.0f, teacher - student, -INFINITY, 0.0f};
  if (student != -INFINITY) one.student_max = student, one.student_sum = 1.0f;
  return one;
}

__device__ Partial merge_warp(Partial mine) {
  for (int step = kWarp / 2; step > 0; step /= 2) {
    Partial other;
    other.teacher_max = __shfl_xor_sync(kAllLanes, mine.teacher_max, step);
    other.teacher_sum = __shfl_xor_sync(kAllLanes, mine.teacher_sum, step);
    other.difference = __shfl_xor_sync(kAllLanes, mine.difference, step);
    other.student_max = __shfl_xor_sync(kAllLanes, mine.student_max, step);
    other.student_sum = __shfl_xor_sync(kAllLanes, mine.student_sum, step);
    mine = merge(mine, other);
  }
  return mine;
}

/// The merge over the whole block, known to every thread.
__device__ Partial merge_block(Partial mine) {
  __shared__ Partial of_warp[kThreads / kWarp];
  mine = merge_warp(mine);
  if (threadIdx.x % kWarp == 0) of_warp[threadIdx.x / kWarp] = mine;
  __syncthreads();
  Partial all = of_warp[0];
  for (int warp = 1; warp < kThreads / kWarp; ++warp) all = merge(all, of_warp[warp]);
  return all;
}

__global__ void kl_kernel(KlRows batch) {
  const std::int64_t start = blockIdx.x * batch.vocabulary;
  const float* teacher = batch.teacher + start;
  const float* student = batch.student + start;
  Partial mine;
  for (std::int64_t v = threadIdx.x; v < batch.vocabulary; v += kThreads)
    mine = merge(mine, of_entry(teacher[v], student[v]));
  const Partial row = merge_block(mine);
  const float teacher_norm = row.teacher_max + logf(row.teacher_sum);
  const float student_norm = row.student_max + logf(row.student_sum);
  if (threadIdx.x == 0) batch.kl_nats[blockIdx.x] = row.difference / row.teacher_sum - teacher_norm + student_norm;
  for (std::int64_t v = threadIdx.x; v < batch.vocabulary; v += kThreads)
    batch.gradient[start + v] = expf(student[v] - student_norm) - expf(teacher[v] - teacher_norm);
}

Status check(cudaError_t code, const std::string& what) {
  if (code == cudaSuccess) return {};
  return infrastructure_error("CUDA: " + what + ": " + cudaGetErrorString(code));
}

/// An array on the device, freed with the object.
struct DeviceArray {
  float* data = nullptr;
  DeviceArray() = default;
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { cudaFree(data); }
};

Status allocate(DeviceArray& array, std::size_t bytes) {
  return check(cudaMalloc(&array.data, bytes), "allocating " + std::to_string(bytes) + " bytes");
}

Status copy(float* to, const float* from, std::size_t bytes, cudaMemcpyKind way) {
  return check(cudaMemcpy(to, from, bytes, way), "copying " + std::to_string(bytes) + " bytes");
}

}  // namespace

int device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

Status launch_kl_rows(const KlRows& batch, void* stream) {
  if (batch.rows == 0) return {};
  kl_kernel<<<static_cast<unsigned>(batch.rows), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(batch);
  return check(cudaGetLastError(), "launching the KL kernel");
}

Status kl_rows_from_host(const KlRows& batch) {
  const std::size_t row_bytes = static_cast<std::size_t>(batch.rows) * sizeof(float);
  const std::size_t logit_bytes = row_bytes * static_cast<std::size_t>(batch.vocabulary);
  DeviceArray teacher, student, kl, gradient;
  for (DeviceArray* array : {&teacher, &student, &gradient}) BAKEOFF_CHECK(allocate(*array, logit_bytes));
  BAKEOFF_CHECK(allocate(kl, row_bytes));
  BAKEOFF_CHECK(copy(teacher.data, batch.teacher, logit_bytes, cudaMemcpyHostToDevice));
  BAKEOFF_CHECK(copy(student.data, batch.student, logit_bytes, cudaMemcpyHostToDevice));
  BAKEOFF_CHECK(
      launch_kl_rows({teacher.data, student.data, batch.rows, batch.vocabulary, kl.data, gradient.data}, nullptr));
  BAKEOFF_CHECK(copy(batch.kl_nats, kl.data, row_bytes, cudaMemcpyDeviceToHost));
  return copy(batch.gradient, gradient.data, logit_bytes, cudaMemcpyDeviceToHost);
}

}  // namespace bakeoff::baker::cuda
