// The tables of what a template can name: filters, tests, functions and methods. A new one is a function and a line in
// its table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "baker/text/jinja_runtime.h"

namespace bakeoff::jinja {

/// A filter or a method: what it acts on, and its arguments.
using Operation = Value (*)(Runtime&, const Value& input, const Arguments&);
using Test = bool (*)(Runtime&, const Value& input, const Arguments&);
using Function = Value (*)(Runtime&, const Arguments&);

/// The two tables of filters: of texts and numbers, and of lists and maps.
using NamedFilter = std::pair<std::string_view, Operation>;
std::span<const NamedFilter> scalar_filters();
std::span<const NamedFilter> sequence_filters();

/// Null if there is none of that name.
Operation find_filter(std::string_view name);
Test find_test(std::string_view name);
/// A function that every template can call, such as `range`.
std::optional<Value> find_function(Runtime& runtime, const std::string& name);
/// The method of a value's type, tied to the value. Methods that Python has and a template can not use here are found,
/// too: calling them fails with their name.
std::optional<Value> bound_method(Runtime& runtime, const Value& value, const std::string& name);

/// Arguments put to the names of a call's parameters.
class Bound {
 public:
  /// Fails on too many, repeated or unknown arguments; `callee` names the call in the message.
  Bound(std::string callee, const Arguments& arguments, std::vector<const char*> parameters);
  /// Null if it was not given.
  const Value* operator[](std::size_t index) const { return values_[index]; }
  const Value& required(std::size_t index) const;
  /// The text of a parameter, or the fallback.
  std::string text(Runtime& runtime, std::size_t index, const std::string& fallback) const;
  std::int64_t whole(std::size_t index, std::int64_t fallback) const;
  bool flag(std::size_t index, bool fallback) const;

 private:
  std::string callee_;
  std::vector<const char*> parameters_;
  std::vector<const Value*> values_;
};

/// Follows "a.b.0" into a value, as filters with an `attribute` do; `fallback`, if given, stands in for every part that
/// is missing on the way.
Value follow_path(Runtime& runtime, Value value, const Value& path, const Value* fallback = nullptr);
/// Sorts by key(item) in Python's order, stable.
Values sorted(Runtime& runtime, Values items, const Values& keys, bool reverse);
/// A text in lower case, unless case counts; other values as they are.
Value fold_case(Runtime& runtime, const Value& value, bool case_sensitive);

}  // namespace bakeoff::jinja
