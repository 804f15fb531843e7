#include "tests/fuzz/mutate.h"

namespace bakeoff::testing {
namespace {

constexpr std::uint64_t kExtremes[] = {0, 1, 0x7f, 0xff, 0x7fffffff, 0xffffffff, 1ULL << 40, ~0ULL >> 1, ~0ULL};
constexpr std::string_view kWords[] = {
    "{",    "}",    "[",  "]",  "\"", ":",  ",", "0",       "-1",   "1e999", "9223372036854775808",
    "null", "true", "{{", "}}", "{%", "%}", "|", "\\u0000", "\xff", "\n",    "  "};
constexpr std::size_t kLargestInput = 1 << 16;

}  // namespace

std::string Mutator::mutate(std::string input, const std::vector<std::string>& seeds) {
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(input, seeds);
  if (input.size() > kLargestInput) input.resize(kLargestInput);
  return input;
}

void Mutator::change(std::string& input, const std::vector<std::string>& seeds) {
  const std::size_t at = below(input.size() + 1), length = below(input.size() - at + 1);
  switch (below(7)) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(random_());
      return;
    case 1:
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
      return;
    case 2: {
      const std::uint64_t number = kExtremes[below(std::size(kExtremes))];
      const std::size_t width = std::size_t{1} << below(4);
      input.replace(at, width, reinterpret_cast<const char*>(&number), width);
      return;
    }
    case 3:
      input.erase(at, 1 + below(std::min<std::size_t>(length, 32)));
      return;
    case 4:
      input.insert(at, input.substr(at, length));
      return;
    case 5: {
      const std::string& other = seeds[below(seeds.size())];
      const std::size_t from = below(other.size() + 1);
      input.replace(at, length, other, from, below(other.size() - from + 1));
      return;
    }
    default:
      input.insert(at, kWords[below(std::size(kWords))]);
  }
}

}  // namespace bakeoff::testing
