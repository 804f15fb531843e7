// The lowest layer of GGUF reading: a cursor that never leaves the file, and the typed values of the metadata.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <type_traits>

#include "baker/formats/gguf.h"

namespace bakeoff::baker {

/// Reads little-endian numbers and length-prefixed strings; whatever does not fit into the rest of the file is an
/// error that names file, offset and what was being read.
class GgufCursor {
 public:
  GgufCursor(std::span<const std::byte> bytes, std::string file) : bytes_(bytes), file_(std::move(file)) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  const std::string& file() const { return file_; }

  template <class T>
  Result<T> number(const std::string& what) {
    static_assert(std::is_arithmetic_v<T>);
    if (remaining() < sizeof(T)) return truncated(what);
    T value;
    std::memcpy(&value, bytes_.data() + position_, sizeof value);
    position_ += sizeof value;
    return value;
  }

  Result<std::string> text(const std::string& what);
  /// A count of things of at least `least_bytes` each: more than the rest of the file can hold is an error.
  Result<std::size_t> count(const std::string& what, std::size_t least_bytes);

  Error truncated(const std::string& what) const;
  Error bad(const std::string& what) const;

 private:
  std::span<const std::byte> bytes_;
  std::string file_;
  std::size_t position_ = 0;
};

/// A type number and the value it announces. `key` is for messages.
Result<GgufValue> read_gguf_value(GgufCursor& cursor, const std::string& key);

}  // namespace bakeoff::baker
