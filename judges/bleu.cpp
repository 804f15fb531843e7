// BLEU of one sentence; see bleu.h.
#include "judges/bleu.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace bakeoff::judges {

namespace {

constexpr std::size_t kLongest = 4;
constexpr double kSmoothing = 5;  ///< NLTK's k

using Counts = std::map<std::vector<std::string>, int>;

Counts runs_of(const std::vector<std::string>& words, std::size_t length) {
  Counts counts;
  for (std::size_t i = 0; i + length <= words.size(); ++i) {
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i);
    ++counts[{begin, begin + static_cast<std::ptrdiff_t>(length)}];
  }
  return counts;
}

/// How many runs of this length the reference has too, each as often as it has it at most.
int shared_runs(const Counts& reference, const Counts& candidate) {
  int shared = 0;
  for (const auto& [run, count] : candidate)
    if (const auto found = reference.find(run); found != reference.end()) shared += std::min(count, found->second);
  return shared;
}

}  // namespace

double smoothed_bleu(const std::vector<std::string>& reference, const std::vector<std::string>& candidate) {
  const auto size = static_cast<double>(candidate.size());
  double log_sum = 0, halvings = 1;
  for (std::size_t length = 1; length <= kLongest; ++length) {
    const double total = candidate.size() >= length ? static_cast<double>(candidate.size() - length + 1) : 1;
    double shared = shared_runs(runs_of(reference, length), runs_of(candidate, length));
    if (shared == 0 && length == 1) return 0;
    if (shared == 0 && candidate.size() > 1) shared = std::log(size) / (std::pow(2, halvings++) * kSmoothing);
    if (shared > 0) log_sum += std::log(shared / total) / kLongest;
  }
  const double longer = static_cast<double>(reference.size()) / size;
  return std::exp(log_sum) * (longer < 1 ? 1 : std::exp(1 - longer));
}

}  // namespace bakeoff::judges
