#include "baker/engine/device_pass.h"

#include <algorithm>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "baker/engine/device_pages.h"

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kMostTokens = 128;                    ///< of a row in a group; longer rows are cut
constexpr std::int64_t kMostKeys = std::int64_t{1} << 16;    ///< gathered by a group, B T
constexpr std::int64_t kMostScores = std::int64_t{1} << 26;  ///< of a group in all heads, B H n T

at::Tensor to_device(const std::vector<std::int64_t>& values, c10::Device device) {
  return at::tensor(at::ArrayRef<std::int64_t>(values), at::kLong).to(device);
}

std::int64_t slot_of(const Segment& segment, std::int64_t token) {
  return static_cast<const PagedSegment&>(segment).slot(token);
}

/// Slots of the positions [begin, end) of a path.
void append_slots(const KvPath& path, std::int64_t begin, std::int64_t end, std::vector<std::int64_t>& slots) {
  std::int64_t first = 0;
  const auto part = [&](const Segment& segment, std::int64_t count) {
    for (std::int64_t p = std::max(begin, first); p < std::min(end, first + count); ++p)
      slots.push_back(slot_of(segment, p - first));
    first += count;
  };
  for (const SharedPart& shared : path.shared) part(*shared.segment, shared.tokens);
  part(*path.own, end - first);
}

/// Tokens of one path that lie side by side.
struct Stretch {
  const KvPath* path;
  std::int64_t place;     ///< of the first one in the pass
  std::int64_t position;  ///< of the first one
  std::int64_t tokens;
  std::int64_t end() const { return position + tokens; }
};

std::vector<Stretch> stretches_of(std::span<const PassToken> tokens) {
  std::vector<Stretch> all;
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    const PassToken& token = tokens[n];
    if (all.empty() || all.back().path != token.path || all.back().end() != token.position ||
        all.back().tokens == kMostTokens)
      all.push_back({token.path, static_cast<std::int64_t>(n), token.position, 0});
    ++all.back().tokens;
  }
  return all;
}

/// The first position that any token of the stretch sees.
std::int64_t first_seen(const Stretch& stretch, std::int64_t window) {
  return window > 0 ? std::max(std::int64_t{0}, stretch.position + 1 - window) : 0;
}

SeenKeys seen_by(std::span<const Stretch> rows, std::int64_t window, c10::Device device) {
  SeenKeys seen;
  for (const Stretch& row : rows) seen.count = std::max(seen.count, row.end() - first_seen(row, window));
  std::vector<std::int64_t> slots, firsts, positions;
  for (const Stretch& row : rows) {
    const std::int64_t first = first_seen(row, window);
    append_slots(*row.path, first, row.end(), slots);
    // What fills a shorter row up is never seen, but must be numbers: the row's own last key.
    slots.resize(slots.size() + static_cast<std::size_t>(seen.count - (row.end() - first)), slots.back());
    firsts.push_back(first);
    positions.push_back(row.position);
  }
  const at::TensorOptions integers = at::TensorOptions(at::kLong).device(device);
  const at::Tensor keys = to_device(firsts, device).view({-1, 1, 1, 1}) + at::arange(seen.count, integers);
  const at::Tensor own =
      to_device(positions, device).view({-1, 1, 1, 1}) + at::arange(rows[0].tokens, integers).view({1, -1, 1, 1});
  seen.unseen = keys > own;
  if (window > 0) seen.unseen.logical_or_(keys <= own - window);
  seen.slots = to_device(slots, device);
  return seen;
}

AttentionGroup group_of(const ModelConfig& config, std::span<const Stretch> rows, c10::Device device) {
  AttentionGroup group;
  group.rows = static_cast<std::int64_t>(rows.size());
  group.tokens = rows[0].tokens;
  std::vector<std::int64_t> places;
  for (const Stretch& row : rows)
    for (std::int64_t i = 0; i < row.tokens; ++i) places.push_back(row.place + i);
  group.places = to_device(places, device);
  for (const LayerAttention& layer : config.attention)
    if (!group.seen.count(layer.window)) group.seen[layer.window] = seen_by(rows, layer.window, device);
  return group;
}

/// Groups of equal length and limited size, rows of a similar past together.
std::vector<AttentionGroup> groups_of(const ModelConfig& config, std::vector<Stretch> rows, c10::Device device) {
  std::stable_sort(rows.begin(), rows.end(), [](const Stretch& a, const Stretch& b) {
    return a.tokens != b.tokens ? a.tokens < b.tokens : a.position < b.position;
  });
  std::vector<AttentionGroup> groups;
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    const auto fits = [&](const Stretch& next) {  // the longest so far
      const std::int64_t keys = static_cast<std::int64_t>(end - begin + 1) * next.end();
      return next.tokens == rows[begin].tokens && keys <= kMostKeys && keys * config.heads * next.tokens <= kMostScores;
    };
    do ++end;
    while (end < rows.size() && fits(rows[end]));
    groups.push_back(group_of(config, std::span(rows).subspan(begin, end - begin), device));
  }
  return groups;
}

/// Of one entry of ModelConfig::rotary: its usual table and its long one.
Turn turn_of(std::span<RotaryTable, 2> tables, std::span<const PassToken> tokens, c10::Device device) {
  const std::int64_t pairs = tables[0].pairs();
  for (const PassToken& token : tokens) tables[token.path->is_long ? 1 : 0].extend(token.position + 1);
  const at::Tensor cosines = at::empty({static_cast<std::int64_t>(tokens.size()), 1, pairs}, at::kFloat);
  const at::Tensor sines = at::empty_like(cosines);
  float *to_cosines = cosines.mutable_data_ptr<float>(), *to_sines = sines.mutable_data_ptr<float>();
  for (const PassToken& token : tokens) {
    const RotaryTable& table = tables[token.path->is_long ? 1 : 0];
    to_cosines = std::copy_n(table.cosines(token.position), pairs, to_cosines);
    to_sines = std::copy_n(table.sines(token.position), pairs, to_sines);
  }
  return {cosines.to(device), sines.to(device)};
}

}  // namespace

DevicePass plan_device_pass(const ModelConfig& config, c10::Device device, std::span<const PassToken> tokens,
                            std::vector<RotaryTable>& tables) {
  std::vector<std::int64_t> ids, positions, slots;
  for (const PassToken& token : tokens) {
    ids.push_back(token.id);
    positions.push_back(token.position);
    slots.push_back(slot_of(*token.path->own, token.position - token.path->shared_tokens));
  }
  DevicePass pass;
  pass.ids = to_device(ids, device);
  pass.positions = to_device(positions, device);
  pass.slots = to_device(slots, device);
  for (std::size_t i = 0; i < tables.size(); i += 2)
    pass.turns.push_back(turn_of(std::span<RotaryTable, 2>(&tables[i], 2), tokens, device));
  pass.groups = groups_of(config, stretches_of(tokens), device);
  return pass;
}

}  // namespace bakeoff::baker
