// The wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding), as much as reading one
// message after another needs. Never reads outside of its bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/core/result.h"

namespace bakeoff::baker {

struct ProtobufField {
  std::uint32_t number = 0;
  std::uint64_t value = 0;  ///< of a varint, or the bits of a fixed 32- or 64-bit number
  std::string_view bytes;   ///< of a string, bytes or a message
  std::uint32_t type = 0;   ///< 0 varint, 1 fixed 64 bits, 2 bytes, 5 fixed 32 bits
};

/// Fields in order. Not thread-safe; the bytes must outlive the reader and its fields.
class ProtobufReader {
 public:
  ProtobufReader(std::string_view bytes, std::string where) : rest_(bytes), where_(std::move(where)) {}
  bool done() const { return rest_.empty(); }
  /// A field that does not fit into the rest, or of a type that has no length (groups), is an input error.
  Result<ProtobufField> next();

 private:
  Result<std::uint64_t> varint();
  Result<std::string_view> take(std::uint64_t size);
  Error broken(const std::string& what) const;
  std::string_view rest_;
  std::string where_;
};

}  // namespace bakeoff::baker
