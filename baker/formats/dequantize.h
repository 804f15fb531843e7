// Stored encodings to fp32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace bakeoff::baker {

enum class Encoding { f32, f16, bf16, f64, q8_0, q4_0, q4_1 };

/// How an encoding is stored: values come in blocks of fixed size.
struct EncodingLayout {
  const char* name;           ///< "Q4_1"
  std::int64_t block_values;  ///< 1 for plain numbers, 32 for the quantised ones
  std::int64_t block_bytes;
};
const EncodingLayout& layout(Encoding encoding);

/// By the name that GGUF and safetensors share ("F32", "BF16", "Q8_0", ...).
std::optional<Encoding> encoding_by_name(const std::string& name);

/// Requires out.size() a multiple of block_values and bytes.size() its exact storage size. `bytes` needs no alignment.
void dequantize(Encoding encoding, std::span<const std::byte> bytes, std::span<float> out);

/// IEEE 754 binary16 to binary32, exact (subnormals, infinities and NaN included).
float half_to_float(std::uint16_t bits);

}  // namespace bakeoff::baker
