// See choose.h.
#include "reports/choose.h"

#include <algorithm>
#include <tuple>

#include "harness/core/seed.h"
#include "reports/format.h"

namespace bakeoff::reports {
namespace {

/// "1 flip", "12 flips".
std::string named(ItemKind kind, std::int64_t count) {
  switch (kind) {
    case ItemKind::unscored:
      return counted(count, "item") + " with an unscored answer";
    case ItemKind::flip:
      return counted(count, "item") + " on which arms differ";
    case ItemKind::failure:
      return counted(count, "failure") + " of all arms alike";
    case ItemKind::drawn:
      break;
  }
  return counted(count, "other");
}

}  // namespace

ItemKind kind_of(const ItemOutcome& outcome) {
  if (outcome.is_unscored || !outcome.most) return ItemKind::unscored;
  if (*outcome.most > *outcome.least) return ItemKind::flip;
  return *outcome.most < 1 ? ItemKind::failure : ItemKind::drawn;
}

std::vector<std::size_t> by_interest(const std::vector<ItemOutcome>& outcomes, std::uint64_t seed, std::size_t drawn) {
  struct Place {
    ItemKind kind;
    std::uint64_t lot;
    std::size_t item;
  };
  std::vector<Place> places;
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    places.push_back({kind_of(outcomes[i]), derive_seed(seed, {"report", outcomes[i].id}), i});
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::tie(a.kind, a.lot, a.item) < std::tie(b.kind, b.lot, b.item);
  });
  std::vector<std::size_t> out;
  for (const Place& place : places) {
    if (place.kind == ItemKind::drawn && drawn-- == 0) break;
    out.push_back(place.item);
  }
  return out;
}

std::string coverage_text(const KindCounts& counts) {
  std::string text;
  for (const auto& [kind, count] : counts) {
    if (count.total == 0) continue;
    text += text.empty() ? "" : ", ";
    if (count.shown == count.total)
      text += (text.empty() ? "All " : "all ") + named(kind, count.total);
    else
      text += count_text(count.shown) + " of " + named(kind, count.total) + " drawn by seed";
  }
  return text + ".";
}

}  // namespace bakeoff::reports
