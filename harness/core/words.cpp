// See words.h.
#include "harness/core/words.h"

namespace bakeoff {

std::string count_text(std::int64_t count) {
  std::string digits = std::to_string(count < 0 ? -count : count);
  for (std::ptrdiff_t place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3)
    digits.insert(static_cast<std::size_t>(place), ",");
  return count < 0 ? "\u2212" + digits : digits;
}

std::string counted(std::int64_t count, const std::string& noun) { return counted(count, noun, noun + "s"); }

std::string counted(std::int64_t count, const std::string& noun, const std::string& nouns) {
  return count_text(count) + " " + (count == 1 ? noun : nouns);
}

}  // namespace bakeoff
