// Format of the output: json.dumps of Python 3 with its options ensure_ascii, indent, separators and sort_keys.
#include "baker/text/jinja_json.h"

#include <algorithm>
#include <cmath>

#include "baker/text/jinja_operations.h"
#include "baker/text/jinja_text.h"

namespace bakeoff::jinja {

namespace {

Value number_from_json(const OrderedJson& json) {
  if (json.is_number_float()) return Value::real(json.get<double>());
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
    throw Failure{"the number " + std::to_string(json.get<std::uint64_t>()) + " is beyond 64 bits"};
  return Value::integer(json.get<std::int64_t>());
}

Value nested_from_json(const OrderedJson& json, int depth);

Value map_from_json(const OrderedJson& json, int depth) {
  Entries entries;
  entries.reserve(json.size());
  for (const auto& [key, member] : json.items())
    entries.emplace_back(Value::text(key), nested_from_json(member, depth));
  return Value::map(std::move(entries));
}

Value nested_from_json(const OrderedJson& json, int depth) {
  if (depth > kMaxNesting) throw Failure{"arguments are nested too deep"};
  if (json.is_null()) return Value::none();
  if (json.is_boolean()) return Value::boolean(json.get<bool>());
  if (json.is_string()) return Value::text(json.get_ref<const std::string&>());
  if (json.is_number()) return number_from_json(json);
  if (json.is_object()) return map_from_json(json, depth + 1);
  if (!json.is_array()) throw Failure{"arguments hold something that is no JSON"};
  Values items;
  items.reserve(json.size());
  for (const OrderedJson& item : json) items.push_back(nested_from_json(item, depth + 1));
  return Value::list(std::move(items));
}

class JsonWriter {
 public:
  JsonWriter(Runtime& runtime, const JsonStyle& style) : runtime_(runtime), style_(style) {}

  void write(const Value& value) {
    runtime_.step();
    if (value.is_text()) return put_text(value.as_text());
    if (value.is_map()) return put_map(value.as_map());
    if (value.is_list()) return put_list(value);
    put(scalar(value));
  }
  std::string out;

 private:
  static std::string scalar(const Value& value) {
    if (value.is_none()) return "null";
    if (value.is(Value::Kind::boolean)) return value.as_boolean() ? "true" : "false";
    if (value.is(Value::Kind::integer)) return std::to_string(value.as_whole());
    if (value.is(Value::Kind::real)) return real(value.as_real());
    throw Failure{std::string("object of type ") + type_name(value) + " has no JSON form"};
  }

  static std::string real(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return real_text(value);
  }

  void put(std::string_view text) {
    runtime_.work(text.size());
    out += text;
  }

  void put_unit(unsigned unit) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, "\\u%04x", unit & 0xffffu);
    out += buffer;
  }

  void put_character(std::string_view c) {
    const char32_t code = code_point(c);
    constexpr std::string_view kShort = "\"\"\\\\\nn\rr\tt\ff\bb";
    for (std::size_t i = 0; i < kShort.size(); i += 2)
      if (code == static_cast<unsigned char>(kShort[i])) {
        out += '\\';
        out += kShort[i + 1];
        return;
      }
    const bool escaped = code < 0x20 || (style_.ascii_only && code > 0x7e + 1u);
    if (!escaped) {
      out += c;
    } else if (code >= 0x10000) {
      put_unit(0xd800u + static_cast<unsigned>((code - 0x10000) >> 10));
      put_unit(0xdc00u + static_cast<unsigned>((code - 0x10000) & 0x3ff));
    } else {
      put_unit(static_cast<unsigned>(code));
    }
  }

  void put_text(const std::string& text) {
    runtime_.work(6 * text.size() + 2);
    out += '"';
    for (std::string_view c : characters(text)) put_character(c);
    out += '"';
  }

  void put_line_end() {
    if (!style_.indent) return;
    put("\n");
    for (int i = 0; i < level_; ++i) put(*style_.indent);
  }

  void put_list(const Value& value) {
    const ListData& list = value.as_list();
    if (list.sequence != Sequence::list && list.sequence != Sequence::tuple) put(scalar(value));
    if (list.items.empty()) return put("[]");
    put("[");
    ++level_;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) put(style_.item_separator);
      put_line_end();
      write(list.items[i]);
    }
    --level_;
    put_line_end();
    put("]");
  }

  void put_map(const MapData& map) {
    if (map.entries.empty()) return put("{}");
    runtime_.work_items(map.entries.size());
    Entries entries = map.entries;
    if (style_.sort_keys)
      std::stable_sort(entries.begin(), entries.end(),
                       [this](const auto& a, const auto& b) { return less(runtime_, a.first, b.first); });
    put("{");
    ++level_;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) put(style_.item_separator);
      put_line_end();
      put_text(entries[i].first.is_text() ? entries[i].first.as_text() : scalar(entries[i].first));
      put(style_.key_separator);
      write(entries[i].second);
    }
    --level_;
    put_line_end();
    put("}");
  }

  Runtime& runtime_;
  const JsonStyle& style_;
  int level_ = 0;
};

}  // namespace

Value value_from_json(const OrderedJson& json) { return nested_from_json(json, 0); }

std::string json_text(Runtime& runtime, const Value& value, const JsonStyle& style) {
  JsonWriter writer(runtime, style);
  writer.write(value);
  return std::move(writer.out);
}

}  // namespace bakeoff::jinja
