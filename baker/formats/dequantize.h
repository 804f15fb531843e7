// Stored encodings to fp32: one table of all that GGUF and safetensors files can name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bakeoff::baker {

/// How an encoding is stored: values come in blocks of fixed size. Rows of the table in dequantize.cpp; there are no
/// others, and pointers to them stay valid.
struct Encoding {
  const char* name;           ///< as both formats spell it: "BF16", "Q4_1"
  std::uint32_t ggml_number;  ///< what GGUF files call it (enum ggml_type)
  std::int64_t block_values;  ///< 1 for plain numbers, 32 or 256 for the quantised ones
  std::int64_t block_bytes;
  void (*read)(const std::byte* blocks, std::span<float> out);  ///< null where it can not be read; see dequantize
};

/// Null where there is none.
const Encoding* encoding_by_name(std::string_view name);
const Encoding* encoding_by_ggml_number(std::uint32_t number);
/// "F32, F16, ...": those that can be read, for messages.
std::string readable_encodings();

/// Requires an encoding that can be read, out.size() a multiple of its block_values and bytes.size() its exact storage
/// size. `bytes` needs no alignment.
void dequantize(const Encoding& encoding, std::span<const std::byte> bytes, std::span<float> out);

/// IEEE 754 binary16 to binary32, exact (subnormals, infinities and NaN included).
float half_to_float(std::uint16_t bits);

}  // namespace bakeoff::baker
