// Poisson draws that are the same on every machine (std::poisson_distribution is not).
//
// Means below 10: multiplication of uniforms (Knuth, TAOCP 2, section 3.4.1 F). From 10: transformed rejection, PTRS
// (Hörmann 1993, doi:10.1016/0167-6687(93)90997-4).
#pragma once

#include "harness/core/seed.h"

namespace bakeoff::stats {

/// A whole number >= 0; 0 where the mean is 0. Requires mean >= 0.
double poisson_draw(Random& random, double mean);

}  // namespace bakeoff::stats
