#include "harness/core/nearest.h"

#include <algorithm>
#include <vector>

namespace bakeoff {

int edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<int> cells((a.size() + 1) * width);
  const auto cell = [&](std::size_t row, std::size_t column) -> int& { return cells[row * width + column]; };
  for (std::size_t i = 0; i <= a.size(); ++i) cell(i, 0) = static_cast<int>(i);
  for (std::size_t j = 0; j <= b.size(); ++j) cell(0, j) = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replaced = cell(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      cell(i, j) = std::min({replaced, cell(i - 1, j) + 1, cell(i, j - 1) + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cell(i, j) = std::min(cell(i, j), cell(i - 2, j - 2) + 1);
    }
  return cell(a.size(), b.size());
}

std::string nearest(std::string_view word, std::span<const std::string> known) {
  constexpr std::size_t kLongest = 64;  // nobody misspells one name into a longer text; keeps hostile keys cheap
  if (word.size() > kLongest) return "";
  std::string best;
  int best_distance = std::max(1, static_cast<int>((word.size() + 1) / 3)) + 1;
  for (const std::string& candidate : known) {
    if (candidate.size() > kLongest) continue;
    const int distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string hint_of_known(std::string_view word, std::span<const std::string> known) {
  const std::string close = nearest(word, known);
  std::string hint = close.empty() ? "" : "did you mean \"" + close + "\"? ";
  hint += "known: ";
  for (std::size_t i = 0; i < known.size(); ++i) hint += (i ? ", " : "") + known[i];
  return hint;
}

}  // namespace bakeoff
