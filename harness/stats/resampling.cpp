// See resampling.h.
#include "harness/stats/resampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <vector>

#include "harness/core/seed.h"
#include "harness/stats/mean.h"

namespace bakeoff::stats {
namespace {

struct Group {
  double sum = 0;
  double count = 0;
};

std::vector<Group> gather(std::span<const double> values, std::span<const int> groups) {
  std::vector<Group> out;
  std::unordered_map<int, std::size_t> place;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto [found, is_new] = place.try_emplace(groups.empty() ? static_cast<int>(i) : groups[i], out.size());
    if (is_new) out.emplace_back();
    out[found->second].sum += values[i];
    out[found->second].count += 1;
  }
  return out;
}

/// Sums that differ by rounding alone count as equal.
double tolerance(const std::vector<double>& sums) {
  double total = 0;
  for (double sum : sums) total += std::abs(sum);
  return 1e-12 * total;
}

double exact_flips(const std::vector<double>& sums, double seen) {
  const std::uint64_t patterns = std::uint64_t{1} << sums.size();
  std::uint64_t hits = 0;
  for (std::uint64_t pattern = 0; pattern < patterns; ++pattern) {
    double total = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) total += (pattern >> i & 1) ? -sums[i] : sums[i];
    hits += std::abs(total) >= seen;
  }
  return static_cast<double>(hits) / static_cast<double>(patterns);
}

double share_of_hits(int hits, int draws) { return (hits + 1.0) / (draws + 1.0); }

double random_flips_plain(const std::vector<double>& sums, double seen, int draws, Random random) {
  int hits = 0;
  for (int draw = 0; draw < draws; ++draw) {
    double total = 0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (i % 64 == 0) bits = random();
      total += (bits >> (i % 64) & 1) ? -sums[i] : sums[i];
    }
    hits += std::abs(total) >= seen;
  }
  return share_of_hits(hits, draws);
}

constexpr std::size_t kBlock = 8;  ///< values whose 256 signed sums are looked up together
using SignedSums = std::array<double, 1 << kBlock>;

std::vector<SignedSums> signed_sums(const std::vector<double>& sums) {
  std::vector<SignedSums> tables((sums.size() + kBlock - 1) / kBlock);
  for (std::size_t table = 0; table < tables.size(); ++table)
    for (std::size_t pattern = 0; pattern < tables[table].size(); ++pattern) {
      double total = 0;
      for (std::size_t i = table * kBlock; i < std::min(sums.size(), (table + 1) * kBlock); ++i)
        total += (pattern >> (i % kBlock) & 1) ? -sums[i] : sums[i];
      tables[table][pattern] = total;
    }
  return tables;
}

/// The same patterns as random_flips_plain draws, eight values at a time.
double random_flips(const std::vector<double>& sums, double seen, int draws, Random random) {
  const auto tables = signed_sums(sums);
  int hits = 0;
  for (int draw = 0; draw < draws; ++draw) {
    double total = 0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < tables.size(); ++i, bits >>= kBlock) {
      if (i % (64 / kBlock) == 0) bits = random();
      total += tables[i][bits & (SignedSums{}.size() - 1)];
    }
    hits += std::abs(total) >= seen;
  }
  return share_of_hits(hits, draws);
}

int affordable_draws(const ResamplingOptions& options, std::size_t groups) {
  constexpr double kMostValues = 3e7;
  constexpr int kFewestDraws = 1999;
  const int affordable = static_cast<int>(std::min(1e9, kMostValues / static_cast<double>(groups)));
  return std::min(options.draws, std::max(kFewestDraws, affordable));
}

std::optional<double> flip_signs(std::span<const double> differences, std::span<const int> groups,
                                 const ResamplingOptions& options,
                                 double (*sample)(const std::vector<double>&, double, int, Random)) {
  if (differences.empty()) return std::nullopt;
  std::vector<double> sums;
  double total = 0;
  for (const auto& group : gather(differences, groups)) {
    total += group.sum;
    if (std::abs(group.sum) > 1e-12) sums.push_back(group.sum);  // a 0 has no sign to flip
  }
  if (sums.empty()) return 1.0;
  constexpr std::size_t kEnumerable = 16;
  const double seen = std::abs(total) - tolerance(sums);
  if (sums.size() <= kEnumerable) return exact_flips(sums, seen);
  const Random random(derive_seed(options.seed, {"sign flips"}));
  return sample(sums, seen, affordable_draws(options, sums.size()), random);
}

double mean_of(const std::vector<Group>& groups) {
  double sum = 0, count = 0;
  for (const auto& group : groups) sum += group.sum, count += group.count;
  return sum / count;
}

/// Places in a list of `size`, two from each random number (bias below size / 2^32).
class Places {
 public:
  Places(std::size_t size, Random random) : size_(size), random_(random) {}
  std::size_t next() {
    if (!is_second_) bits_ = random_();
    const std::uint64_t half = is_second_ ? bits_ >> 32 : bits_ & 0xffffffffu;
    is_second_ = !is_second_;
    return static_cast<std::size_t>(half * size_ >> 32);
  }

 private:
  std::uint64_t size_, bits_ = 0;
  bool is_second_ = false;
  Random random_;
};

/// The means of samples of groups drawn with replacement, sorted.
std::vector<double> bootstrap_means(const std::vector<Group>& groups, int draws, Random random) {
  std::vector<double> means(static_cast<std::size_t>(draws));
  Places places(groups.size(), random);
  for (double& mean : means) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const Group& drawn = groups[places.next()];
      sum += drawn.sum, count += drawn.count;
    }
    mean = sum / count;
  }
  std::sort(means.begin(), means.end());
  return means;
}

/// Skewness of the jackknife means; absent where they are all equal.
std::optional<double> acceleration(const std::vector<Group>& groups) {
  double sum = 0, count = 0;
  for (const auto& group : groups) sum += group.sum, count += group.count;
  std::vector<double> left_out;
  left_out.reserve(groups.size());
  double centre = 0;
  for (const auto& group : groups) left_out.push_back((sum - group.sum) / (count - group.count));
  for (double mean : left_out) centre += mean / static_cast<double>(groups.size());
  double squares = 0, cubes = 0;
  for (double mean : left_out) {
    const double d = centre - mean;
    squares += d * d, cubes += d * d * d;
  }
  if (squares <= 1e-24 * (1 + centre * centre)) return std::nullopt;
  return cubes / (6 * std::pow(squares, 1.5));
}

double bias(const std::vector<double>& sorted, double seen) {
  const double slack = 1e-12 * (1 + std::abs(seen));
  const auto below = std::lower_bound(sorted.begin(), sorted.end(), seen - slack) - sorted.begin();
  const auto not_above = std::upper_bound(sorted.begin(), sorted.end(), seen + slack) - sorted.begin();
  const double size = static_cast<double>(sorted.size());
  const double share = static_cast<double>(below + not_above) / (2 * size);
  return normal_quantile(std::clamp(share, 0.5 / size, 1 - 0.5 / size));
}

}  // namespace

double at_share(const std::vector<double>& sorted, double share) {
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto before = static_cast<std::size_t>(place);
  const auto after = std::min(before + 1, sorted.size() - 1);
  return sorted[before] + (place - static_cast<double>(before)) * (sorted[after] - sorted[before]);
}

std::optional<double> sign_flip_p(std::span<const double> differences, std::span<const int> groups,
                                  const ResamplingOptions& options) {
  return flip_signs(differences, groups, options, random_flips);
}

std::optional<double> sign_flip_p_plain(std::span<const double> differences, std::span<const int> groups,
                                        const ResamplingOptions& options) {
  return flip_signs(differences, groups, options, random_flips_plain);
}

Result<Interval> bca_interval(std::span<const double> values, std::span<const int> groups,
                              const ResamplingOptions& options) {
  const auto gathered = gather(values, groups);
  if (static_cast<std::int64_t>(gathered.size()) < kBootstrapMinimum)
    return input_error("no bootstrap interval from " + std::to_string(gathered.size()) + " independent items", "",
                       "it needs at least " + std::to_string(kBootstrapMinimum));
  const auto accelerated = acceleration(gathered);
  if (!accelerated) return input_error("no bootstrap interval: all values are equal", "", "it needs values that vary");
  const auto means = bootstrap_means(gathered, affordable_draws(options, gathered.size()),
                                     Random(derive_seed(options.seed, {"bootstrap"})));
  const double z0 = bias(means, mean_of(gathered));
  const auto corrected = [&](double probability) {
    const double z = z0 + normal_quantile(probability);
    return at_share(means, normal_cdf(z0 + z / (1 - *accelerated * z)));
  };
  return Interval{corrected(0.5 - options.confidence / 2), corrected(0.5 + options.confidence / 2)};
}

}  // namespace bakeoff::stats
