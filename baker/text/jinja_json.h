// Template values from JSON and back to it, as Python's json.dumps writes it.
#pragma once

#include <optional>
#include <string>

#include "baker/text/jinja_runtime.h"

namespace bakeoff::jinja {

/// Fails on an integer beyond 64 bits and on nesting that is too deep.
Value value_from_json(const OrderedJson& json);

struct JsonStyle {
  bool ascii_only = false;            ///< write what is beyond ASCII as \uXXXX
  std::optional<std::string> indent;  ///< one level of it; none: everything on one line
  std::string item_separator = ", ";  ///< "," where there is an indent and no choice was made
  std::string key_separator = ": ";
  bool sort_keys = false;
};
std::string json_text(Runtime& runtime, const Value& value, const JsonStyle& style);

}  // namespace bakeoff::jinja
