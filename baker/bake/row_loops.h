// Loops over packed rows, in parallel: each row is computed by one thread, so the number of threads changes no bit.
#pragma once

#include <algorithm>
#include <cstdint>

namespace bakeoff::baker {

/// Calls body(first row, number of rows) for blocks of rows.
template <class Body>
void for_row_blocks(std::int64_t rows, const Body& body) {
  constexpr std::int64_t kBlock = 16;
  const std::int64_t blocks = (rows + kBlock - 1) / kBlock;
#pragma omp parallel for schedule(static)
  for (std::int64_t block = 0; block < blocks; ++block) body(block * kBlock, std::min(kBlock, rows - block * kBlock));
}

template <class Body>
void for_rows(std::int64_t rows, const Body& body) {
#pragma omp parallel for schedule(static)
  for (std::int64_t row = 0; row < rows; ++row) body(row);
}

}  // namespace bakeoff::baker
