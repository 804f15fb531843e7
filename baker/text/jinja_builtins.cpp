// What the tables of built-ins share: arguments by name, paths into values, sorting.
#include "baker/text/jinja_builtins.h"

#include <algorithm>
#include <numeric>

#include "baker/text/jinja_operations.h"
#include "baker/text/jinja_text.h"

namespace bakeoff::jinja {

Operation find_filter(std::string_view name) {
  for (const auto table : {scalar_filters(), sequence_filters()})
    for (const auto& [known, filter] : table)
      if (known == name) return filter;
  return nullptr;
}

Bound::Bound(std::string callee, const Arguments& arguments, std::vector<const char*> parameters)
    : callee_(std::move(callee)), parameters_(std::move(parameters)), values_(parameters_.size(), nullptr) {
  if (arguments.positional.size() > parameters_.size())
    throw Failure{callee_ + " takes at most " + std::to_string(parameters_.size()) + " arguments"};
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) values_[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.named) {
    const auto found = std::find(parameters_.begin(), parameters_.end(), name);
    if (found == parameters_.end()) throw Failure{callee_ + " takes no argument '" + name + "'"};
    const Value*& place = values_[static_cast<std::size_t>(found - parameters_.begin())];
    if (place) throw Failure{callee_ + " got two values for '" + name + "'"};
    place = &value;
  }
}

const Value& Bound::required(std::size_t index) const {
  if (!values_[index]) throw Failure{callee_ + " needs the argument '" + parameters_[index] + "'"};
  return *values_[index];
}

std::string Bound::text(Runtime& runtime, std::size_t index, const std::string& fallback) const {
  return values_[index] ? text_of(runtime, *values_[index]) : fallback;
}

std::int64_t Bound::whole(std::size_t index, std::int64_t fallback) const {
  return values_[index] ? whole_of(*values_[index], callee_.c_str()) : fallback;
}

bool Bound::flag(std::size_t index, bool fallback) const { return values_[index] ? truthy(*values_[index]) : fallback; }

Value follow_path(Runtime& runtime, Value value, const Value& path, const Value* fallback) {
  const auto enter = [&](const Value& key) {
    value = item_of(runtime, value, key);
    if (fallback && value.is_undefined()) value = *fallback;
  };
  if (path.is_none()) return value;
  if (!path.is_text()) {
    enter(path);
    return value;
  }
  for (const std::string& part : split_at(path.as_text(), ".", -1)) {
    const bool is_index = !part.empty() && part.size() < 10 &&
                          std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    enter(is_index ? Value::integer(std::stoll(part)) : Value::text(part));
  }
  return value;
}

Values sorted(Runtime& runtime, Values items, const Values& keys, bool reverse) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Python sorts in reverse by reversing before and after, so that equal items keep their order.
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return reverse ? less(runtime, keys[b], keys[a]) : less(runtime, keys[a], keys[b]);
  });
  Values out;
  out.reserve(items.size());
  for (std::size_t index : order) out.push_back(std::move(items[index]));
  return out;
}

Value fold_case(Runtime& runtime, const Value& value, bool case_sensitive) {
  if (case_sensitive || !value.is_text()) return value;
  runtime.work(value.as_text().size());
  return Value::text(lower(value.as_text()));
}

}  // namespace bakeoff::jinja
