// The KL of kl_reference.h on a CUDA device: value and gradient in one launch, without storing any probability.
// Sums are kept in fp32. Not covered: a student logit of -inf where the teacher's is finite (the KL is infinite there).
#pragma once

#include "baker/kernels/kl_reference.h"
#include "harness/core/result.h"

namespace bakeoff::baker::cuda {

/// Devices that answer; 0 where there is no driver or none is visible.
int device_count();

/// Starts the computation on `stream` (a cudaStream_t; null: the default stream) and returns at once. The pointers of
/// `batch` are device memory and stay valid until the stream has passed this point. A refused launch is an
/// infrastructure error.
Status launch_kl_rows(const KlRows& batch, void* stream);

/// The same with host memory: copies in, computes, copies out. Out of device memory: infrastructure error.
Status kl_rows_from_host(const KlRows& batch);

}  // namespace bakeoff::baker::cuda
