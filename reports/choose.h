// Which items a page embeds with their conversations, where there are more than it can hold. Everything stays in the
// store; the page says how many it shows of each kind and how to print the rest.
//
//   unscored   an arm's answer could not be scored
//   flip       the arms' scores differ
//   failure    all arms score alike, and below 1
//   drawn      none of these: a sample by seed, so that what goes well is seen too
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bakeoff::reports {

/// Of the question of an item that is shown in brief.
inline constexpr std::size_t kBriefQuestionBytes = 120;

enum class ItemKind { unscored, flip, failure, drawn };

/// One item as the arms answered it.
struct ItemOutcome {
  std::string id;
  bool is_unscored = false;                     ///< some answer is
  std::optional<double> least = {}, most = {};  ///< of the scores; nothing: no arm has one
};

ItemKind kind_of(const ItemOutcome& outcome);

/// Places of the items in the order in which they should be embedded: unscored, flips and failures, then at most
/// `drawn` others. Within a kind the order is drawn by `seed`, so that any beginning of it is a fair sample.
std::vector<std::size_t> by_interest(const std::vector<ItemOutcome>& outcomes, std::uint64_t seed, std::size_t drawn);

/// How many items of a kind there are, and how many of them the page has.
struct KindCount {
  std::int64_t total = 0, shown = 0;
};
using KindCounts = std::map<ItemKind, KindCount>;

/// "All 12 flips, 300 of 2,410 failures, 200 of 9,000 others, drawn by seed."
std::string coverage_text(const KindCounts& counts);

}  // namespace bakeoff::reports
