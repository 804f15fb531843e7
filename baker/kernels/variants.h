// The innermost loops, compiled once per instruction set and chosen when the program starts. All of them work on one
// row (or one panel of a few rows) at a time, so that no result depends on what else is computed beside it.
#pragma once

#include <cstdint>

namespace bakeoff::baker {

inline constexpr std::int64_t kPanel = 32;     ///< outputs of one packed panel
inline constexpr std::int64_t kKeyBlock = 16;  ///< keys stored side by side: see KeyBlocks below

/// A panel product: y[r, 0..width) = x[r, :] . panel for rows r in [0, rows).
struct PanelProduct {
  const void* panel;      ///< fp32: [K][32]; bf16: [pairs][32][2]
  const void* x;          ///< fp32 rows; or rows of bf16 pairs, up to a multiple of 16 of them readable
  std::int64_t x_stride;  ///< elements (fp32) or pairs (bf16) between rows
  std::int64_t depth;     ///< K; for bf16 pairs, a multiple of 16, with zeros after the last
  std::int64_t rows;
  float* y;
  std::int64_t y_stride;
  std::int64_t width;  ///< outputs to store, <= 32
};

/// Scores of the queries of one key-value head against `count` keys, key t at (t/16, d, t%16) of `keys`.
struct ScoreArgs {
  const float* query;      ///< [heads][D], contiguous
  std::int64_t heads;      ///< queries that share these keys
  std::int64_t head_size;  ///< D
  const float* keys;       ///< blocks of [D][16]
  std::int64_t count;
  float scale;
  float* scores;              ///< [heads][score_stride]
  std::int64_t score_stride;  ///< room for count rounded up to a block
};

struct MixArgs {
  const float* weights;  ///< [heads][weight_stride]
  std::int64_t weight_stride;
  std::int64_t heads;
  std::int64_t head_size;
  const float* values;  ///< [count][D]
  std::int64_t count;
  float* out;  ///< [heads][D], added to
};

struct LayerNormArgs {
  const float* x;
  const float* weight;
  const float* bias;
  std::int64_t width;
  float epsilon;
  float* y;
};

struct KernelTable {
  const char* name;
  bool native_bf16;
  void (*panel_fp32)(const PanelProduct&);
  void (*panel_bf16)(const PanelProduct&);
  /// y = x / sqrt(mean(x^2) + epsilon) * weight over one row of `width`.
  void (*rms_norm)(const float* x, const float* weight, std::int64_t width, float epsilon, float* y);
  /// y[i] = silu(gate[i]) * up[i], silu(z) = z / (1 + exp(-z)).
  void (*swiglu)(const float* gate, const float* up, std::int64_t width, float* y);
  /// y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias over one row (Ba et al. 2016, arXiv:1607.06450).
  void (*layer_norm)(const LayerNormArgs&);
  /// GELU's tanh form in place, x / 2 (1 + tanh(sqrt(2 / pi) (x + .044715 x^3))) (Hendrycks & Gimpel,
  /// arXiv:1606.08415).
  void (*gelu_tanh)(float* values, std::int64_t count);
  /// In place: values become cap * tanh(value / cap), within 2e-7 of the cap.
  void (*soft_cap)(float* values, std::int64_t count, float cap);
  void (*attention_scores)(const ScoreArgs&);
  void (*attention_mix)(const MixArgs&);
  /// In place: values become exp(value - max); returns their sum.
  float (*softmax_parts)(float* values, std::int64_t count);
  /// max and log(sum(exp(values))).
  double (*log_sum_exp)(const float* values, std::int64_t count);
  /// x rounded to bf16, two per word.
  void (*round_bf16)(const float* x, std::int64_t count, std::uint16_t* y);
};

/// The fastest table that this processor runs. BAKEOFF_CPU=generic|avx2|avx512|avx512bf16|amx asks for a lower one.
const KernelTable& kernels();

}  // namespace bakeoff::baker
