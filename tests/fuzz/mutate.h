// Random changes to a file, the same in every run: what stands in for libFuzzer where there is only a compiler.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bakeoff::testing {

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  /// One to four changes: bytes flipped, extreme numbers, pieces removed, repeated, swapped for another seed's, words
  /// that readers look for.
  std::string mutate(std::string input, const std::vector<std::string>& seeds);

 private:
  void change(std::string& input, const std::vector<std::string>& seeds);
  /// In [0, bound); 0 where there is nothing to choose.
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  std::mt19937_64 random_;
};

}  // namespace bakeoff::testing
