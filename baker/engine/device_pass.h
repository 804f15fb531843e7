// One pass as a device wants it: lists of indices instead of pointers, and rows of the same form side by side, so that
// attention over all of them is a handful of operations.
//
// A pass is planned on the host as one array of integers and one of angles, with a layout that says what lies where.
// Passes of one layout do the same operations on other values: they can share a recording (device_graphs.h).
//
// Legend: N tokens of the pass, B rows of a group, n tokens that each of them computes, T keys that each of them
// gathers, G key-value heads, D head size.
#pragma once

#include <compare>
#include <map>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "baker/engine/pass_token.h"

namespace bakeoff::baker {

struct ModelConfig;
class RotaryTable;

// NOLINTBEGIN(modernize-use-nullptr): clang-tidy 14 takes the zero of <=> for a pointer

/// Part of one of the two arrays.
struct Slice {
  std::int64_t first = 0, count = 0;
  auto operator<=>(const Slice&) const = default;
};

/// The keys of a group's rows under one width of window.
struct SeenKeys {
  std::int64_t count = 0;  ///< T, at least the most that any row sees
  Slice slots;             ///< [B T] in the pool
  Slice firsts;            ///< [B]: position of each row's first key
  auto operator<=>(const SeenKeys&) const = default;
};

/// Rows that compute the same number of tokens.
struct AttentionGroup {
  std::int64_t rows = 0, tokens = 0;      ///< B, n
  Slice places;                           ///< [B n] in the pass
  Slice positions;                        ///< [B]: of each row's first token
  std::map<std::int64_t, SeenKeys> seen;  ///< by LayerAttention::window
  auto operator<=>(const AttentionGroup&) const = default;
};

/// Cosines and sines of the tokens, [N, 1, pairs] each.
struct Turn {
  std::int64_t pairs = 0;
  Slice cosines, sines;
  auto operator<=>(const Turn&) const = default;
};

struct PassLayout {
  Slice ids, positions, slots;  ///< [N] each; slots: where keys and values of the tokens go
  std::vector<Turn> turns;      ///< by LayerAttention::rotary
  std::vector<AttentionGroup> groups;
  std::vector<VariantRun> runs;
  auto operator<=>(const PassLayout&) const = default;
};

// NOLINTEND(modernize-use-nullptr)

struct PassPlan {
  PassLayout layout;
  std::vector<std::int64_t> integers;
  std::vector<float> angles;
};

/// Every path's segments must be PagedSegments. `tables` are rotary_tables() of the model and are extended as needed.
/// `in_steps`: T is rounded up, by an eighth at most beyond 64, so that few layouts serve many passes.
PassPlan plan_pass(const ModelConfig& config, std::span<const PassToken> tokens, std::vector<RotaryTable>& tables,
                   bool in_steps = false);

/// The plan's values on a device.
class DevicePass {
 public:
  DevicePass(const PassPlan& plan, c10::Device device);
  /// Other values for the same layout, in the same place.
  void load(const PassPlan& plan);

  const PassLayout& layout() const { return layout_; }
  at::Tensor list(const Slice& slice) const { return integers_.narrow(0, slice.first, slice.count); }
  /// [N, 1, pairs]
  at::Tensor angles(const Turn& turn, const Slice& slice) const {
    return angles_.narrow(0, slice.first, slice.count).view({-1, 1, turn.pairs});
  }
  /// Makes what unseen() gives, on the device: part of the pass's operations, once for all layers.
  void find_unseen();
  /// [B, n, 1, T]: true where a token of that group does not see a key.
  const at::Tensor& unseen(std::size_t group, std::int64_t window) const { return unseen_[group].at(window); }

 private:
  PassLayout layout_;
  at::Tensor integers_, angles_;
  std::vector<std::map<std::int64_t, at::Tensor>> unseen_;  ///< by group
};

}  // namespace bakeoff::baker
