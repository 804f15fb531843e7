// The inner loops for processors with AMX: those of avx512 (variant.inc), and products of bf16 by its tiles.
//
// Eight tiles: four of sums (32 rows x 32 outputs), two of x (16 rows x 16 pairs each), two of the panel (16 pairs x 16
// outputs each), which lies in memory as the tile wants it. One output's sum is, for each 16 pairs, the sum of two
// chains of fused multiply-adds, of the even and the odd places, added to what was there before (Intel 64 and IA-32
// manual, volume 2, TDPBF16PS): its own row's matter alone, as in the other variants.
#include <algorithm>

#include <immintrin.h>

#include "baker/kernels/variants.h"

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kTileRows = 16, kTilePairs = 16, kTileBytes = 64;  ///< 64 bytes a row: 16 sums, or 16 pairs

/// Palette 1: every tile with all of its rows and columns.
struct alignas(64) TileShapes {
  std::uint8_t palette = 1, start_row = 0, unused[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
  constexpr TileShapes() {
    for (int i = 0; i < 8; ++i) {
      row_bytes[i] = kTileBytes;
      rows[i] = kTileRows;
    }
  }
};

/// The sums of one half of the rows, tiles 0 and 1 or 2 and 3: [16][32] at `y`.
template <bool Second>
void store_tiles(float* y, std::int64_t stride) {
  if constexpr (Second) {
    _tile_stored(2, y, stride * 4);
    _tile_stored(3, y + kTileRows, stride * 4);
  } else {
    _tile_stored(0, y, stride * 4);
    _tile_stored(1, y + kTileRows, stride * 4);
  }
}

/// To rows [row, row + 16) of y, those that p has.
template <bool Second>
void store_sums(const PanelProduct& p, std::int64_t row) {
  float* y = p.y + row * p.y_stride;
  if (p.rows - row >= kTileRows && p.width == kPanel) return store_tiles<Second>(y, p.y_stride);
  alignas(64) float sums[kTileRows][kPanel];
  store_tiles<Second>(sums[0], kPanel);
  for (std::int64_t r = 0; r < std::min(kTileRows, p.rows - row); ++r)
    std::copy_n(sums[r], p.width, y + r * p.y_stride);
}

/// Rows [row, row + 32), of which those beyond p.rows are not stored; two of the four tiles of sums where they all are.
template <bool Two>
void multiply_rows(const PanelProduct& p, std::int64_t row) {
  const std::int64_t x_bytes = p.x_stride * 4;
  const char* x = static_cast<const char*>(p.x) + row * x_bytes;
  const char* w = static_cast<const char*>(p.panel);
  _tile_zero(0);
  _tile_zero(1);
  if constexpr (Two) {
    _tile_zero(2);
    _tile_zero(3);
  }
  for (std::int64_t k = 0; k < p.depth; k += kTilePairs, x += kTileBytes, w += kTilePairs * kPanel * 4) {
    _tile_loadd(4, x, x_bytes);
    _tile_loadd(6, w, kPanel * 4);
    _tile_loadd(7, w + kTileBytes, kPanel * 4);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if constexpr (Two) {
      _tile_loadd(5, x + kTileRows * x_bytes, x_bytes);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  store_sums<false>(p, row);
  if constexpr (Two) store_sums<true>(p, row + kTileRows);
}

void panel_bf16(const PanelProduct& p) {
  static constexpr TileShapes kShapes;
  _tile_loadconfig(&kShapes);
  std::int64_t row = 0;
  for (; p.rows - row > kTileRows; row += 2 * kTileRows) multiply_rows<true>(p, row);
  if (row < p.rows) multiply_rows<false>(p, row);
  _tile_release();
}

}  // namespace
}  // namespace bakeoff::baker

#define BAKEOFF_VARIANT variant_amx
#define BAKEOFF_VARIANT_NAME "amx"
#define BAKEOFF_ROWS 12
#define BAKEOFF_NATIVE_BF16
#define BAKEOFF_OWN_PANEL_BF16
#include "baker/kernels/variant.inc"
