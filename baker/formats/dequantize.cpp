// Block layouts as ggml defines them (https://github.com/ggml-org/ggml, src/ggml-common.h, block_*; arithmetic as in
// src/ggml-quants.c, dequantize_row_*). d and m are halves, q the stored whole numbers. A block of 32 values:
//   Q8_0: d, 32 signed bytes                         value = q d
//   Q4_0: d, 16 bytes of nibbles                     value = (q - 8) d
//   Q4_1: d, m, 16 bytes of nibbles                  value = q d + m
//   Q5_0: d, 32 fifth bits, 16 bytes of nibbles      value = (q - 16) d
//   Q5_1: d, m, 32 fifth bits, 16 bytes of nibbles   value = q d + m
// where byte j holds value j in its low and value j + 16 in its high nibble. The blocks of 256 values (Q2_K to Q6_K)
// have scales s, and minima t where named, for groups of 16 or 32 values:
//   Q2_K: 16 bytes of s and t nibbles, 64 bytes of pairs of bits, d, m         value = d s q - m t
//   Q3_K: 32 bytes of third bits, 64 of pairs, 12 of 6-bit s, d                value = d (s - 32) (q - 4)
//   Q4_K: d, m, 12 bytes of 6-bit s and t, 128 of nibbles                      value = d s q - m t
//   Q5_K: as Q4_K with 32 bytes of fifth bits before the nibbles
//   Q6_K: 128 bytes of nibbles, 64 of pairs of upper bits, 16 signed s, d      value = d s (q - 32)
//   Q8_K: fp32 d, 256 signed bytes, 32 bytes of sums that are not needed       value = d q
#include "baker/formats/dequantize.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace bakeoff::baker {
namespace {

constexpr std::size_t kBlock = 32, kLargeBlock = 256;

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

float load_half(const std::byte* from) { return half_to_float(load<std::uint16_t>(from)); }
const unsigned char* bytes_at(const std::byte* from) { return reinterpret_cast<const unsigned char*>(from); }
const signed char* signed_at(const std::byte* from) { return reinterpret_cast<const signed char*>(from); }

void read_f32(const std::byte* in, std::span<float> out) {
  if (!out.empty()) std::memcpy(out.data(), in, out.size_bytes());
}

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
  const auto* q = signed_at(block + 2);
  for (std::size_t i = 0; i < kBlock; ++i) out[i] = static_cast<float>(q[i]) * d;
}

void read_q4_0_block(const std::byte* block, float* out) {
  const float d = load_half(block);
  const auto* q = bytes_at(block + 2);
  for (std::size_t i = 0; i < kBlock / 2; ++i) out[i] = static_cast<float>((q[i] & 15) - 8) * d;
  for (std::size_t i = 0; i < kBlock / 2; ++i) out[i + kBlock / 2] = static_cast<float>((q[i] >> 4) - 8) * d;
}

void read_q4_1_block(const std::byte* block, float* out) {
  const float d = load_half(block), m = load_half(block + 2);
  const auto* q = bytes_at(block + 4);
  for (std::size_t i = 0; i < kBlock / 2; ++i) out[i] = static_cast<float>(q[i] & 15) * d + m;
  for (std::size_t i = 0; i < kBlock / 2; ++i) out[i + kBlock / 2] = static_cast<float>(q[i] >> 4) * d + m;
}

/// Value i of the 5-bit blocks: its nibble, with bit i of `fifths` above.
int five_bits(const unsigned char* nibbles, std::uint32_t fifths, std::size_t i) {
  const int low = i < kBlock / 2 ? nibbles[i] & 15 : nibbles[i - kBlock / 2] >> 4;
  return low | static_cast<int>((fifths >> i) & 1u) << 4;
}

void read_q5_0_block(const std::byte* block, float* out) {
  const float d = load_half(block);
  const auto fifths = load<std::uint32_t>(block + 2);
  for (std::size_t i = 0; i < kBlock; ++i)
    out[i] = d * static_cast<float>(five_bits(bytes_at(block + 6), fifths, i) - 16);
}

void read_q5_1_block(const std::byte* block, float* out) {
  const float d = load_half(block), m = load_half(block + 2);
  const auto fifths = load<std::uint32_t>(block + 4);
  for (std::size_t i = 0; i < kBlock; ++i)
    out[i] = d * static_cast<float>(five_bits(bytes_at(block + 8), fifths, i)) + m;
}

/// Value i of a large block whose pairs of bits lie four to a byte: 32 bytes serve 128 values, lowest bits first.
int two_bits(const unsigned char* pairs, std::size_t i) {
  return pairs[i / 128 * 32 + i % 32] >> (2 * (i % 128 / 32)) & 3;
}

void read_q2_k_block(const std::byte* block, float* out) {
  const auto *scales = bytes_at(block), *pairs = bytes_at(block + 16);
  const float d = load_half(block + 80), m = load_half(block + 82);
  for (std::size_t group = 0; group < 16; ++group) {
    const float scale = d * static_cast<float>(scales[group] & 15), least = m * static_cast<float>(scales[group] >> 4);
    for (std::size_t i = 16 * group; i < 16 * group + 16; ++i)
      out[i] = scale * static_cast<float>(two_bits(pairs, i)) - least;
  }
}

void read_q3_k_block(const std::byte* block, float* out) {
  const auto *thirds = bytes_at(block), *pairs = bytes_at(block + 32), *scales = bytes_at(block + 96);
  const float d = load_half(block + 108);
  for (std::size_t group = 0; group < 16; ++group) {
    const int low = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4;
    const int high = scales[8 + group % 4] >> (2 * (group / 4)) & 3;
    const float scale = d * static_cast<float>((low | high << 4) - 32);
    for (std::size_t i = 16 * group; i < 16 * group + 16; ++i) {
      const int third = thirds[i % 32] >> (i / 32) & 1;
      out[i] = scale * static_cast<float>((two_bits(pairs, i) | third << 2) - 4);
    }
  }
}

struct SixBits {
  int scale, least;
};
/// Scale and minimum of one of the eight groups of Q4_K and Q5_K.
SixBits six_bits(const unsigned char* packed, std::size_t group) {
  if (group < 4) return {packed[group] & 63, packed[group + 4] & 63};
  return {(packed[group + 4] & 15) | (packed[group - 4] >> 6) << 4, packed[group + 4] >> 4 | (packed[group] >> 6) << 4};
}

/// Q4_K and Q5_K; `fifths` is null for Q4_K.
void read_q4_or_q5_k(const std::byte* block, const unsigned char* fifths, const unsigned char* nibbles, float* out) {
  const float d = load_half(block), m = load_half(block + 2);
  for (std::size_t group = 0; group < 8; ++group) {
    const SixBits packed = six_bits(bytes_at(block + 4), group);
    const float scale = d * static_cast<float>(packed.scale), least = m * static_cast<float>(packed.least);
    for (std::size_t i = 0; i < 32; ++i) {
      const int low = nibbles[group / 2 * 32 + i] >> (4 * (group % 2)) & 15;
      const int fifth = fifths ? fifths[i] >> group & 1 : 0;
      out[32 * group + i] = scale * static_cast<float>(low | fifth << 4) - least;
    }
  }
}

void read_q4_k_block(const std::byte* block, float* out) { read_q4_or_q5_k(block, nullptr, bytes_at(block + 16), out); }
void read_q5_k_block(const std::byte* block, float* out) {
  read_q4_or_q5_k(block, bytes_at(block + 16), bytes_at(block + 48), out);
}

void read_q6_k_block(const std::byte* block, float* out) {
  const auto *nibbles = bytes_at(block), *pairs = bytes_at(block + 128);
  const auto* scales = signed_at(block + 192);
  const float d = load_half(block + 208);
  for (std::size_t group = 0; group < 16; ++group) {
    const float scale = d * static_cast<float>(scales[group]);
    for (std::size_t i = 16 * group; i < 16 * group + 16; ++i) {
      const int low = nibbles[i / 128 * 64 + i % 64] >> (4 * (i % 128 / 64)) & 15;
      out[i] = scale * static_cast<float>((low | two_bits(pairs, i) << 4) - 32);
    }
  }
}

void read_q8_k_block(const std::byte* block, float* out) {
  const auto d = load<float>(block);
  const auto* q = signed_at(block + 4);
  for (std::size_t i = 0; i < kLargeBlock; ++i) out[i] = d * static_cast<float>(q[i]);
}

template <auto read_block, std::size_t block_values, std::size_t block_bytes>
void read_blocks(const std::byte* in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size() / block_values; ++i)
    read_block(in + i * block_bytes, out.data() + i * block_values);
}

/// A row whose block layout is said once.
template <auto read_block, std::size_t block_values, std::size_t block_bytes>
constexpr Encoding blocks(const char* name, std::uint32_t ggml_number) {
  return {name, ggml_number, block_values, block_bytes, read_blocks<read_block, block_values, block_bytes>};
}

// The sizes of what is not read keep a file with such tensors checkable. Q8_1 is missing: ggml and its tools differ in
// its size, and it never reaches a file.
constexpr Encoding kEncodings[] = {
    {"F32", 0, 1, 4, read_f32},
    {"F16", 1, 1, 2, read_f16},
    {"BF16", 30, 1, 2, read_bf16},
    {"F64", 28, 1, 8, read_f64},
    blocks<read_q4_0_block, kBlock, 18>("Q4_0", 2),
    blocks<read_q4_1_block, kBlock, 20>("Q4_1", 3),
    blocks<read_q5_0_block, kBlock, 22>("Q5_0", 6),
    blocks<read_q5_1_block, kBlock, 24>("Q5_1", 7),
    blocks<read_q8_0_block, kBlock, 34>("Q8_0", 8),
    blocks<read_q2_k_block, kLargeBlock, 84>("Q2_K", 10),
    blocks<read_q3_k_block, kLargeBlock, 110>("Q3_K", 11),
    blocks<read_q4_k_block, kLargeBlock, 144>("Q4_K", 12),
    blocks<read_q5_k_block, kLargeBlock, 176>("Q5_K", 13),
    blocks<read_q6_k_block, kLargeBlock, 210>("Q6_K", 14),
    blocks<read_q8_k_block, kLargeBlock, 292>("Q8_K", 15),
    {"IQ2_XXS", 16, 256, 66, nullptr},
    {"IQ2_XS", 17, 256, 74, nullptr},
    {"IQ3_XXS", 18, 256, 98, nullptr},
    {"IQ1_S", 19, 256, 50, nullptr},
    {"IQ4_NL", 20, 32, 18, nullptr},
    {"IQ3_S", 21, 256, 110, nullptr},
    {"IQ2_S", 22, 256, 82, nullptr},
    {"IQ4_XS", 23, 256, 136, nullptr},
    {"I8", 24, 1, 1, nullptr},
    {"I16", 25, 1, 2, nullptr},
    {"I32", 26, 1, 4, nullptr},
    {"I64", 27, 1, 8, nullptr},
    {"IQ1_M", 29, 256, 56, nullptr},
    {"TQ1_0", 34, 256, 54, nullptr},
    {"TQ2_0", 35, 256, 66, nullptr},
    {"MXFP4", 39, 32, 17, nullptr},
};

template <class Wanted>
const Encoding* find(Wanted wanted) {
  const auto* found = std::find_if(std::begin(kEncodings), std::end(kEncodings), wanted);
  return found == std::end(kEncodings) ? nullptr : found;
}

}  // namespace

const Encoding* encoding_by_name(std::string_view name) {
  return find([&](const Encoding& e) { return name == e.name; });
}

const Encoding* encoding_by_ggml_number(std::uint32_t number) {
  return find([&](const Encoding& e) { return number == e.ggml_number; });
}

std::string readable_encodings() {
  std::string names;
  for (const Encoding& encoding : kEncodings)
    if (encoding.read) names += (names.empty() ? "" : ", ") + std::string(encoding.name);
  return names;
}

void dequantize(const Encoding& encoding, std::span<const std::byte> bytes, std::span<float> out) {
  encoding.read(bytes.data(), out);
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

}  // namespace bakeoff::baker
