// ObjectReader of json.h: typed reads that name the path of the first mistake.
#include <cmath>
#include <limits>
#include <utility>

#include "harness/core/json.h"
#include "harness/core/nearest.h"

namespace bakeoff {

namespace {

/// A value as an error shows it: short.
std::string shown(const Json& value) {
  constexpr std::size_t kLongest = 60;
  std::string text = dump(value);
  if (text.size() > kLongest) text = to_valid_utf8(text.substr(0, kLongest)) + "...";
  return text;
}

/// 1e3 and 3.0 are integers to people; beyond 2^53 a float no longer says which integer it means.
bool is_whole(const Json& value) {
  if (!value.is_number_float()) return value.is_number();
  const double number = value.get<double>();
  return std::trunc(number) == number && std::abs(number) <= 0x1.0p53;
}

template <class T>
bool convert_integer(const Json& value, T& into) {
  if (!is_whole(value)) return false;
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return false;
    into = static_cast<T>(number);
    return true;
  }
  const auto number = value.get<std::int64_t>();
  if (!std::in_range<T>(number)) return false;
  into = static_cast<T>(number);
  return true;
}

bool convert(const Json& value, int& into) { return convert_integer(value, into); }
bool convert(const Json& value, std::int64_t& into) { return convert_integer(value, into); }
bool convert(const Json& value, std::uint64_t& into) { return convert_integer(value, into); }
bool convert(const Json& value, bool& into) {
  if (value.is_boolean()) into = value.get<bool>();
  return value.is_boolean();
}
bool convert(const Json& value, double& into) {
  if (!value.is_number() || !std::isfinite(value.get<double>())) return false;
  into = value.get<double>();
  return true;
}
bool convert(const Json& value, std::string& into) {
  if (value.is_string()) into = value.get<std::string>();
  return value.is_string();
}
bool convert(const Json& value, std::vector<std::string>& into) {
  if (!value.is_array()) return false;
  for (const Json& entry : value)
    if (!entry.is_string()) return false;
  into = value.get<std::vector<std::string>>();
  return true;
}
bool convert(const Json& value, std::vector<int>& into) {
  if (!value.is_array()) return false;
  std::vector<int> numbers(value.size());
  for (std::size_t i = 0; i < value.size(); ++i)
    if (!convert_integer(value[i], numbers[i])) return false;
  into = std::move(numbers);
  return true;
}
bool convert(const Json& value, Json& into) {
  into = value;
  return true;
}

template <class T>
const char* wanted() {
  if constexpr (std::is_same_v<T, bool>)
    return "true or false";
  else if constexpr (std::is_same_v<T, int>)
    return "an integer of 32 bits";
  else if constexpr (std::is_same_v<T, std::uint64_t>)
    return "an integer of at least 0";
  else if constexpr (std::is_integral_v<T>)
    return "an integer";
  else if constexpr (std::is_floating_point_v<T>)
    return "a number";
  else if constexpr (std::is_same_v<T, std::string>)
    return "text";
  else if constexpr (std::is_same_v<T, std::vector<int>>)
    return "a list of integers";
  else
    return "a list of texts";
}

/// A place in a file is followed by ": ", a key path by ".".
bool is_file_place(const std::string& where) {
  for (const char* end : {".yaml", ".yml", ".json", ".jsonl"})
    if (where.ends_with(end)) return true;
  const auto last = where.find_last_not_of("0123456789");
  return last != where.npos && last + 1 < where.size() && where[last] == ':';
}

template <class T>
std::string number_text(T value) {
  return dump(Json(value));
}

}  // namespace

ObjectReader::ObjectReader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object.is_object()) first_ = input_error("expected an object of named fields, found " + shown(object), where_);
}

const Json* ObjectReader::find(const char* key) {
  seen_.insert(key);
  if (!object_.is_object()) return nullptr;
  const auto entry = object_.find(key);
  return entry == object_.end() ? nullptr : &*entry;
}

template <class T>
T ObjectReader::required(const char* key) {
  const Json* value = find(key);
  T result{};
  if (!value)
    fail(key, "is missing");
  else if (!convert(*value, result))
    fail(key, std::string("expected ") + wanted<T>() + ", found " + shown(*value));
  return result;
}

template <class T>
T ObjectReader::optional(const char* key, T fallback) {
  const Json* value = find(key);
  if (!value || first_) return fallback;
  T result{};
  if (convert(*value, result)) return result;
  fail(key, std::string("expected ") + wanted<T>() + ", found " + shown(*value));
  return fallback;
}

template <class T>
T ObjectReader::in_range(const char* key, T fallback, T low, T high) {
  const T value = optional<T>(key, fallback);
  if (value >= low && value <= high) return value;
  fail(key,
       "expected a number from " + number_text(low) + " to " + number_text(high) + ", found " + number_text(value));
  return fallback;
}

std::string ObjectReader::one_of(const char* key, std::string fallback, std::initializer_list<const char*> allowed) {
  std::string value = optional<std::string>(key, fallback);
  std::string names;
  for (const char* name : allowed) {
    if (value == name) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  if (has(key)) fail(key, "expected one of " + names + ", found \"" + value + "\"");
  return fallback;
}

bool ObjectReader::has(const char* key) const { return object_.is_object() && object_.contains(key); }

const Json& ObjectReader::raw(const char* key) {
  static const Json kNull;
  const Json* value = find(key);
  return value ? *value : kNull;
}

std::string ObjectReader::path(const char* key) const {
  if (where_.empty()) return key;
  return where_ + (is_file_place(where_) ? ": " : ".") + key;
}

void ObjectReader::fail(const char* key, const std::string& what) {
  if (!first_) first_ = input_error(what, path(key));
}

Status ObjectReader::finish() {
  if (first_) return *first_;
  for (const auto& entry : object_.items()) {
    if (seen_.contains(entry.key())) continue;
    const std::vector<std::string> known(seen_.begin(), seen_.end());
    const std::string meant = nearest(entry.key(), known);
    std::string hint = "known keys: ";
    for (std::size_t i = 0; i < known.size(); ++i) hint += (i ? ", " : "") + known[i];
    if (!meant.empty()) hint = "did you mean \"" + meant + "\"?";
    return input_error("unknown key", path(entry.key().c_str()), hint);
  }
  return {};
}

#define BAKEOFF_READER_TYPE(T)                       \
  template T ObjectReader::required<T>(const char*); \
  template T ObjectReader::optional<T>(const char*, T);
BAKEOFF_READER_TYPE(bool)
BAKEOFF_READER_TYPE(int)
BAKEOFF_READER_TYPE(std::int64_t)
BAKEOFF_READER_TYPE(std::uint64_t)
BAKEOFF_READER_TYPE(double)
BAKEOFF_READER_TYPE(std::string)
BAKEOFF_READER_TYPE(std::vector<int>)
BAKEOFF_READER_TYPE(std::vector<std::string>)
BAKEOFF_READER_TYPE(Json)
#undef BAKEOFF_READER_TYPE
template int ObjectReader::in_range<int>(const char*, int, int, int);
template std::int64_t ObjectReader::in_range<std::int64_t>(const char*, std::int64_t, std::int64_t, std::int64_t);
template std::uint64_t ObjectReader::in_range<std::uint64_t>(const char*, std::uint64_t, std::uint64_t, std::uint64_t);
template double ObjectReader::in_range<double>(const char*, double, double, double);

}  // namespace bakeoff
