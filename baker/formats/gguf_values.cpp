// Metadata values (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, enum gguf_metadata_value_type).
#include "baker/formats/gguf_values.h"

#include <limits>

namespace bakeoff::baker {
namespace {

constexpr std::uint32_t kBool = 7, kString = 8, kArray = 9;

/// Calls `use(T{})` with the stored number type of a type number; false where it is none.
template <class Use>
bool with_number_type(std::uint32_t type, Use use) {
  switch (type) {
    case 0:
      use(std::uint8_t{});
      return true;
    case 1:
      use(std::int8_t{});
      return true;
    case 2:
      use(std::uint16_t{});
      return true;
    case 3:
      use(std::int16_t{});
      return true;
    case 4:
      use(std::uint32_t{});
      return true;
    case 5:
      use(std::int32_t{});
      return true;
    case 6:
      use(float{});
      return true;
    case 10:
      use(std::uint64_t{});
      return true;
    case 11:
      use(std::int64_t{});
      return true;
    case 12:
      use(double{});
      return true;
    default:
      return false;
  }
}

template <class Stored>
using Widened = std::conditional_t<std::is_floating_point_v<Stored>, double, std::int64_t>;

template <class Stored>
Result<Widened<Stored>> read_widened(GgufCursor& cursor, const std::string& key) {
  BAKEOFF_TRY(const Stored value, cursor.number<Stored>(key));
  if constexpr (std::is_same_v<Stored, std::uint64_t>)
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return cursor.bad(key + ": integer " + std::to_string(value) + " is out of range");
  return static_cast<Widened<Stored>>(value);
}

Result<bool> read_bool(GgufCursor& cursor, const std::string& key) {
  BAKEOFF_TRY(const std::uint8_t value, cursor.number<std::uint8_t>(key));
  if (value > 1) return cursor.bad(key + ": a bool holds " + std::to_string(value));
  return value == 1;
}

/// A value as it is, or its error, as one GgufValue.
template <class T>
Result<GgufValue> as_value(Result<T> value) {
  if (!value.ok()) return value.error();
  return GgufValue(std::in_place_type<T>, std::move(value).value());
}

template <class Element, class Read>
Result<std::vector<Element>> read_elements(GgufCursor& cursor, const std::string& key, std::size_t least_bytes,
                                           Read read) {
  BAKEOFF_TRY(const std::size_t count, cursor.count("array " + key, least_bytes));
  std::vector<Element> elements;
  elements.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    BAKEOFF_TRY(Element element, read(cursor, key));
    elements.push_back(std::move(element));
  }
  return elements;
}

Result<std::string> read_text(GgufCursor& cursor, const std::string& key) { return cursor.text(key); }

Error unknown_type(const GgufCursor& cursor, const std::string& key, std::uint32_t type) {
  return cursor.bad(key + ": unknown value type " + std::to_string(type));
}

Result<GgufValue> read_array(GgufCursor& cursor, const std::string& key) {
  BAKEOFF_TRY(const std::uint32_t type, cursor.number<std::uint32_t>(key));
  if (type == kBool) return as_value(read_elements<bool>(cursor, key, 1, read_bool));
  if (type == kString) return as_value(read_elements<std::string>(cursor, key, 8, read_text));
  if (type == kArray) return cursor.bad(key + ": arrays of arrays are not supported");
  Result<GgufValue> result = unknown_type(cursor, key, type);
  with_number_type(type, [&](auto stored) {
    using Stored = decltype(stored);
    result = as_value(read_elements<Widened<Stored>>(cursor, key, sizeof(Stored), read_widened<Stored>));
  });
  return result;
}

}  // namespace

Error GgufCursor::truncated(const std::string& what) const { return bad("the file ends within " + what); }

Error GgufCursor::bad(const std::string& what) const {
  return input_error(what + " (at byte " + std::to_string(position_) + ")", file_,
                     "the file is damaged or no GGUF: fetch it again");
}

Result<std::string> GgufCursor::text(const std::string& what) {
  BAKEOFF_TRY(const std::size_t length, count(what, 1));
  std::string value(reinterpret_cast<const char*>(bytes_.data() + position_), length);
  position_ += length;
  return value;
}

Result<std::size_t> GgufCursor::count(const std::string& what, std::size_t least_bytes) {
  BAKEOFF_TRY(const std::uint64_t value, number<std::uint64_t>(what));
  if (value > remaining() / least_bytes)
    return bad(what + ": a count of " + std::to_string(value) + " exceeds the rest of the file");
  return static_cast<std::size_t>(value);
}

Result<GgufValue> read_gguf_value(GgufCursor& cursor, const std::string& key) {
  BAKEOFF_TRY(const std::uint32_t type, cursor.number<std::uint32_t>(key));
  if (type == kBool) return as_value(read_bool(cursor, key));
  if (type == kString) return as_value(cursor.text(key));
  if (type == kArray) return read_array(cursor, key);
  Result<GgufValue> result = unknown_type(cursor, key, type);
  with_number_type(type, [&](auto stored) { result = as_value(read_widened<decltype(stored)>(cursor, key)); });
  return result;
}

}  // namespace bakeoff::baker
