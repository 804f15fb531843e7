// Seeds from places. Every random draw of the program comes from a seed that names where it is made
// (experiment, arm, item, replicate), never from a shared generator, so that results do not depend on
// order, batch or worker count.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace bakeoff {

/// A 64-bit seed for a place: the parts are hashed with their lengths (SHA-256, first eight bytes), so
/// {"ab","c"} and {"a","bc"} differ. Same parts, same seed, on every machine.
std::uint64_t derive_seed(std::uint64_t parent, std::initializer_list<std::string_view> parts);

/// SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195): small, seedable anywhere, the same
/// stream on every machine. Not for cryptography. Satisfies UniformRandomBitGenerator.
class Random {
 public:
  using result_type = std::uint64_t;
  explicit Random(std::uint64_t seed) : state_(seed) {}
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }

  result_type operator()() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }
  /// Uniform integer in [0, bound), bound >= 1, without modulo bias (Lemire 2019, arXiv:1805.10941).
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Box-Muller, one of the pair).
  double normal();

  std::uint64_t state() const { return state_; }

 private:
  std::uint64_t state_;
};

/// Fisher-Yates with our own generator: std::shuffle may differ between standard libraries.
template <class Container>
void shuffle(Container& items, Random& random) {
  for (std::size_t i = items.size(); i > 1; --i) {
    using std::swap;
    swap(items[i - 1], items[static_cast<std::size_t>(random.below(i))]);
  }
}

}  // namespace bakeoff
