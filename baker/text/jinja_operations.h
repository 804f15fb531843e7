// What operators, lookups and printing mean: Python's semantics on template values. Every function that can grow with
// its input counts its work in the Runtime and throws Failure on a misuse.
#pragma once

#include <string>

#include "baker/text/jinja_runtime.h"

namespace bakeoff::jinja {

enum class Binary { add, subtract, multiply, divide, floor_divide, modulo, power };
enum class Comparison { equal, unequal, less, less_or_equal, greater, greater_or_equal, in, not_in };

Value apply(Runtime& runtime, Binary operation, const Value& left, const Value& right);
Value negate(const Value& value);
bool compare(Runtime& runtime, Comparison comparison, const Value& left, const Value& right);
bool equals(Runtime& runtime, const Value& left, const Value& right);
bool less(Runtime& runtime, const Value& left, const Value& right);
bool contains(Runtime& runtime, const Value& container, const Value& item);

/// The items that a loop over the value visits: characters, list items, keys of a map.
Values items_of(Runtime& runtime, const Value& value);
bool iterable(const Value& value);
std::size_t length_of(Runtime& runtime, const Value& value);

/// `value.name`: a method first, then an entry. Undefined where there is neither; a failure on undefined.
Value attribute_of(Runtime& runtime, const Value& value, const std::string& name);
/// An attribute or method alone, never an entry of a map: the filter `attr`.
Value own_attribute(Runtime& runtime, const Value& value, const std::string& name);
/// `value[key]`: an entry first, then a method.
Value item_of(Runtime& runtime, const Value& value, const Value& key);

struct SliceBounds {
  Value begin = Value::none(), end = Value::none(), step = Value::none();
};
Value slice_of(Runtime& runtime, const Value& value, const SliceBounds& bounds);

/// Python's str() and repr().
std::string text_of(Runtime& runtime, const Value& value);
std::string repr_of(Runtime& runtime, const Value& value);

/// Python's `format % value`: the conversions s, r, d, i, f, e, g, x, X, o, c and %.
std::string format_percent(Runtime& runtime, const std::string& format, const Value& value);

/// Python's str.format: automatic, numbered and named fields with attributes, items, !s, !r and format specifications
/// of texts and numbers. Fields within a specification are not supported.
std::string format_braces(Runtime& runtime, const std::string& format, const Arguments& arguments);

/// A whole number, or a failure that names who asked.
std::int64_t whole_of(const Value& value, const char* asked_by);
/// A key of a map can be no list and no map.
void require_hashable(const Value& key);

}  // namespace bakeoff::jinja
