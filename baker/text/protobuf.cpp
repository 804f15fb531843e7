// See protobuf.h.
#include "baker/text/protobuf.h"

namespace bakeoff::baker {
namespace {

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

Error ProtobufReader::broken(const std::string& what) const {
  return input_error(what, where_, "fetch the file again");
}

Result<std::string_view> ProtobufReader::take(std::uint64_t size) {
  if (size > rest_.size()) return broken("a field is longer than its message");
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

Result<std::uint64_t> ProtobufReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    BAKEOFF_TRY(const std::string_view byte, take(1));
    const auto bits = static_cast<unsigned char>(byte.front());
    value |= static_cast<std::uint64_t>(bits & 0x7f) << shift;
    if (bits < 0x80) return value;
  }
  return broken("a number has more than ten bytes");
}

Result<ProtobufField> ProtobufReader::next() {
  BAKEOFF_TRY(const std::uint64_t key, varint());
  ProtobufField field;
  field.number = static_cast<std::uint32_t>(key >> 3);
  field.type = static_cast<std::uint32_t>(key & 7);
  if (field.type == 0) {
    BAKEOFF_TRY(field.value, varint());
  } else if (field.type == 2) {
    BAKEOFF_TRY(const std::uint64_t size, varint());
    BAKEOFF_TRY(field.bytes, take(size));
  } else if (field.type == 1 || field.type == 5) {
    BAKEOFF_TRY(const std::string_view number, take(field.type == 1 ? 8 : 4));
    field.value = little_endian(number);
  } else {
    return broken("a field has the wire type " + std::to_string(field.type));
  }
  return field;
}

}  // namespace bakeoff::baker
