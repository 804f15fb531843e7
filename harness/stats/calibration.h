// Does a stated confidence mean what it says? Confidence q_i in [0, 1] against outcome y_i, 0 or 1.
//
// The confidences are put into bins: of equal width, ((b-1)/B, b/B] with 0 in the first (Guo et al. 2017,
// arXiv:1706.04599), or of equal mass, n/B neighbours each in the order of confidence (Nguyen and O'Connor 2015,
// arXiv:1508.05154; equal confidences stay together, so that bins can be uneven). With n_b, mean confidence q_b and
// share of ones y_b in bin b:
//
//   ECE            sum_b n_b/n |q_b - y_b|                                              (Guo et al. 2017)
//   squared error  sum_b n_b/n ( (q_b - y_b)^2 - y_b (1 - y_b)/(n_b - 1) )              (Kumar et al. 2019,
//                  arXiv:1909.10155: the second term takes out what chance alone adds; bins of one item are left out;
//                  can be below 0)
//   Brier          sum_i (q_i - y_i)^2 / n  =  reliability - resolution + uncertainty + within
//                  (the first three: Murphy 1973, doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2)
//     reliability  sum_b n_b/n (q_b - y_b)^2
//     resolution   sum_b n_b/n (y_b - y)^2                y the share of ones among all items
//     uncertainty  y (1 - y)
//     within       sum_i ( (q_i - q_b)^2 - 2 (q_i - q_b)(y_i - y_b) ) / n: zero where a bin holds one confidence
//                  (Stephenson, Coelho and Jolliffe 2008, doi:10.1175/2007WAF2006116.1)
//
// ECE is above 0 by chance even for a calibrated model, the more so the fewer items: compare models on the same items
// and bins, or use the squared error.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/core/result.h"
#include "harness/stats/interval.h"

namespace bakeoff::stats {

enum class Binning { equal_width, equal_mass };

struct CalibrationOptions {
  Binning binning = Binning::equal_width;
  int bins = 10;
  double confidence = kConfidence;  ///< of the intervals in the table
};

/// One row of the reliability table; only bins that hold something.
struct ReliabilityBin {
  std::int64_t items = 0;
  double low = 0, high = 0;  ///< equal width: the bin's edges; equal mass: its least and largest confidence
  double mean_confidence = 0;
  double share = 0;   ///< of ones
  Interval interval;  ///< of the share, Wilson
};

struct Calibration {
  std::int64_t items = 0;
  double ece = 0;
  double squared_error = 0;  ///< debiased
  double brier = 0, reliability = 0, resolution = 0, uncertainty = 0, within = 0;
  std::vector<ReliabilityBin> bins;
};

/// Errors: no items, lists of different lengths, a confidence outside [0, 1], an outcome other than 0 and 1, bins
/// outside [1, 1000].
Result<Calibration> calibrate(std::span<const double> confidences, std::span<const double> outcomes,
                              const CalibrationOptions& options = {});

}  // namespace bakeoff::stats
