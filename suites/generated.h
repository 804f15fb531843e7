// What the suites of generated items share: drawing, numbering, and which half of all items is for tests.
//
// Items are drawn from a seed; whether one may be asked in a test depends on its text alone. So questions for bakes
// (split: bake) and test items (split: test, the default) never overlap, whatever seeds drew them.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "harness/core/json.h"
#include "harness/core/seed.h"

namespace bakeoff::suites {

/// Uniform in [low, high].
inline int draw(Random& random, int low, int high) {
  return low + static_cast<int>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

/// One of at least one.
template <class Container>
auto pick(Random& random, const Container& among) {
  return *(std::begin(among) + static_cast<std::ptrdiff_t>(random.below(std::size(among))));
}

/// "0007"
inline std::string four_digits(int number) {
  const std::string digits = std::to_string(number);
  return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

enum class Split { test, bake };

/// The half that a question belongs to, by a hash of its words.
inline Split split_of(std::string_view suite, std::string_view question) {
  return derive_seed(0, {"split", suite, question}) % 2 == 0 ? Split::test : Split::bake;
}

/// Key `split: test | bake`.
inline Split read_split(ObjectReader& fields) {
  return fields.one_of("split", "test", {"test", "bake"}) == "test" ? Split::test : Split::bake;
}

}  // namespace bakeoff::suites
