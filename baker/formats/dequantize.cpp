// Block layouts as ggml defines them (https://github.com/ggml-org/ggml, src/ggml-common.h: block_q4_0, block_q4_1,
// block_q8_0; arithmetic as in src/ggml-quants.c, dequantize_row_*). A block of 32 values is
//   Q8_0: half d, 32 signed bytes q                       value = q d
//   Q4_0: half d, 16 bytes of two nibbles                 value = (q - 8) d
//   Q4_1: half d, half m, 16 bytes of two nibbles         value = q d + m
// where byte j holds value j in its low and value j + 16 in its high nibble.
#include "baker/formats/dequantize.h"

#include <array>
#include <bit>
#include <cstring>

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kBlock = 32;
constexpr std::array<EncodingLayout, 7> kLayouts = {{{"F32", 1, 4},
                                                     {"F16", 1, 2},
                                                     {"BF16", 1, 2},
                                                     {"F64", 1, 8},
                                                     {"Q8_0", kBlock, 34},
                                                     {"Q4_0", kBlock, 18},
                                                     {"Q4_1", kBlock, 20}}};

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

float load_half(const std::byte* from) { return half_to_float(load<std::uint16_t>(from)); }

void read_f16(const std::byte* in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = load_half(in + 2 * i);
}

void read_bf16(const std::byte* in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = std::bit_cast<float>(static_cast<std::uint32_t>(load<std::uint16_t>(in + 2 * i)) << 16);
}

void read_f64(const std::byte* in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(load<double>(in + 8 * i));
}

void read_q8_0_block(const std::byte* block, float* out) {
  const float d = load_half(block);
  const auto* q = reinterpret_cast<const signed char*>(block + 2);
  for (std::int64_t i = 0; i < kBlock; ++i) out[i] = static_cast<float>(q[i]) * d;
}

void read_q4_0_block(const std::byte* block, float* out) {
  const float d = load_half(block);
  const auto* q = reinterpret_cast<const unsigned char*>(block + 2);
  for (std::int64_t i = 0; i < kBlock / 2; ++i) out[i] = static_cast<float>((q[i] & 15) - 8) * d;
  for (std::int64_t i = 0; i < kBlock / 2; ++i) out[i + kBlock / 2] = static_cast<float>((q[i] >> 4) - 8) * d;
}

void read_q4_1_block(const std::byte* block, float* out) {
  const float d = load_half(block), m = load_half(block + 2);
  const auto* q = reinterpret_cast<const unsigned char*>(block + 4);
  for (std::int64_t i = 0; i < kBlock / 2; ++i) out[i] = static_cast<float>(q[i] & 15) * d + m;
  for (std::int64_t i = 0; i < kBlock / 2; ++i) out[i + kBlock / 2] = static_cast<float>(q[i] >> 4) * d + m;
}

template <class ReadBlock>
void read_blocks(const std::byte* in, std::span<float> out, std::int64_t block_bytes, ReadBlock read_block) {
  const std::size_t blocks = out.size() / static_cast<std::size_t>(kBlock);
  for (std::size_t i = 0; i < blocks; ++i)
    read_block(in + i * static_cast<std::size_t>(block_bytes), out.data() + i * static_cast<std::size_t>(kBlock));
}

}  // namespace

const EncodingLayout& layout(Encoding encoding) { return kLayouts[static_cast<std::size_t>(encoding)]; }

std::optional<Encoding> encoding_by_name(const std::string& name) {
  for (std::size_t i = 0; i < kLayouts.size(); ++i)
    if (name == kLayouts[i].name) return static_cast<Encoding>(i);
  return std::nullopt;
}

float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16, rest = bits & 0x7fffu;
  // Three cases by selection, so that loops vectorise. Subnormals go through an integer: exact whatever the
  // processor's flush-to-zero mode.
  const std::uint32_t normal = (rest << 13) + ((127u - 15u) << 23);
  const std::uint32_t special = (rest << 13) | 0x7f800000u;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<int>(rest)) * 0x1p-24f);
  const std::uint32_t magnitude = rest < 0x0400u ? subnormal : (rest >= 0x7c00u ? special : normal);
  return std::bit_cast<float>(sign | magnitude);
}

void dequantize(Encoding encoding, std::span<const std::byte> bytes, std::span<float> out) {
  const std::int64_t block_bytes = layout(encoding).block_bytes;
  switch (encoding) {
    case Encoding::f32:
      if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size_bytes());
      return;
    case Encoding::f16:
      return read_f16(bytes.data(), out);
    case Encoding::bf16:
      return read_bf16(bytes.data(), out);
    case Encoding::f64:
      return read_f64(bytes.data(), out);
    case Encoding::q8_0:
      return read_blocks(bytes.data(), out, block_bytes, read_q8_0_block);
    case Encoding::q4_0:
      return read_blocks(bytes.data(), out, block_bytes, read_q4_0_block);
    case Encoding::q4_1:
      return read_blocks(bytes.data(), out, block_bytes, read_q4_1_block);
  }
}

}  // namespace bakeoff::baker
