// How far two plays of the same sample agree, to the bit: token ids, text and log-probabilities of every reply.
#pragma once

#include "harness/run/run.h"

namespace bakeoff::run {

/// Adds one sample that was played twice.
void compare_bits(const store::SampleRow& first, const store::SampleRow& second, Certificate& certificate);

}  // namespace bakeoff::run
