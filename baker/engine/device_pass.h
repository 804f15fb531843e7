// One pass as a device wants it: index tensors instead of pointers, and rows of the same form side by side, so that
// attention over all of them is a handful of operations.
//
// Legend: N tokens of the pass, B rows of a group, n tokens that each of them computes, T keys that each of them
// gathers, G key-value heads, D head size.
#pragma once

#include <map>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "baker/engine/decoder.h"

namespace bakeoff::baker {

/// The keys of a group's rows under one width of window.
struct SeenKeys {
  std::int64_t count = 0;  ///< T, the most that any row sees
  at::Tensor slots;        ///< [B T] in the pool
  at::Tensor unseen;       ///< [B, n, 1, T]: true where a token does not see the key
};

/// Rows that compute the same number of tokens.
struct AttentionGroup {
  std::int64_t rows = 0, tokens = 0;      ///< B, n
  at::Tensor places;                      ///< [B n] in the pass
  std::map<std::int64_t, SeenKeys> seen;  ///< by LayerAttention::window
};

/// Cosines and sines of the tokens, [N, 1, pairs] each.
struct Turn {
  at::Tensor cosines, sines;
};

struct DevicePass {
  at::Tensor ids;           ///< [N]
  at::Tensor positions;     ///< [N]
  at::Tensor slots;         ///< [N]: where keys and values of the tokens go
  std::vector<Turn> turns;  ///< by LayerAttention::rotary
  std::vector<AttentionGroup> groups;
};

/// Every path's segments must be PagedSegments. `tables` are rotary_tables() of the model and are extended as needed.
DevicePass plan_device_pass(const ModelConfig& config, c10::Device device, std::span<const PassToken> tokens,
                            std::vector<RotaryTable>& tables);

}  // namespace bakeoff::baker
