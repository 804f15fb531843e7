// Lookups, comparisons and printing. Arithmetic is in jinja_arithmetic.cpp.
#include "baker/text/jinja_operations.h"

#include <algorithm>

#include "baker/text/jinja_builtins.h"
#include "baker/text/jinja_text.h"

namespace bakeoff::jinja {

namespace {

bool same_sequence(Runtime& runtime, const ListData& left, const ListData& right) {
  if (left.sequence != right.sequence || left.items.size() != right.items.size()) return false;
  for (std::size_t i = 0; i < left.items.size(); ++i)
    if (!equals(runtime, left.items[i], right.items[i])) return false;
  return true;
}

bool same_map(Runtime& runtime, const MapData& left, const MapData& right) {
  if (left.entries.size() != right.entries.size()) return false;
  for (const auto& [key, value] : left.entries) {
    runtime.work(right.entries.size());
    const Value* other = right.find(key);
    if (!other || !equals(runtime, value, *other)) return false;
  }
  return true;
}

[[noreturn]] void fail_order(const Value& left, const Value& right) {
  throw Failure{std::string("can not order '") + type_name(left) + "' and '" + type_name(right) + "'"};
}

}  // namespace

bool equals(Runtime& runtime, const Value& left, const Value& right) {
  runtime.step();
  if (left.is_text() && right.is_text()) {
    runtime.work(std::min(left.as_text().size(), right.as_text().size()));
    return left.as_text() == right.as_text();
  }
  if (left.is_list() && right.is_list()) return same_sequence(runtime, left.as_list(), right.as_list());
  if (left.is_map() && right.is_map()) return same_map(runtime, left.as_map(), right.as_map());
  return same_key(left, right);
}

bool less(Runtime& runtime, const Value& left, const Value& right) {
  runtime.step();
  if (left.is_whole() && right.is_whole()) return left.as_whole() < right.as_whole();
  if (left.is_number() && right.is_number()) return left.as_real() < right.as_real();
  if (left.is_text() && right.is_text()) {
    runtime.work(std::min(left.as_text().size(), right.as_text().size()));
    return left.as_text() < right.as_text();
  }
  if (!left.is_list() || !right.is_list() || left.as_list().sequence != right.as_list().sequence)
    fail_order(left, right);
  const Values& a = left.as_list().items;
  const Values& b = right.as_list().items;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (!equals(runtime, a[i], b[i])) return less(runtime, a[i], b[i]);
  return a.size() < b.size();
}

bool contains(Runtime& runtime, const Value& container, const Value& item) {
  if (container.is_text()) {
    if (!item.is_text()) throw Failure{std::string("'in <str>' needs a str on its left, not ") + type_name(item)};
    runtime.work(container.as_text().size());
    return container.as_text().find(item.as_text()) != std::string::npos;
  }
  if (container.is_map()) {
    require_hashable(item);
    runtime.work(container.as_map().entries.size());
    return container.as_map().find(item) != nullptr;
  }
  const Values items = items_of(runtime, container);
  return std::any_of(items.begin(), items.end(), [&](const Value& own) { return equals(runtime, own, item); });
}

bool compare(Runtime& runtime, Comparison comparison, const Value& left, const Value& right) {
  switch (comparison) {
    case Comparison::equal:
      return equals(runtime, left, right);
    case Comparison::unequal:
      return !equals(runtime, left, right);
    case Comparison::less:
      return less(runtime, left, right);
    case Comparison::greater:
      return less(runtime, right, left);
    case Comparison::less_or_equal:
      return less(runtime, left, right) || equals(runtime, left, right);
    case Comparison::greater_or_equal:
      return less(runtime, right, left) || equals(runtime, left, right);
    case Comparison::in:
      return contains(runtime, right, left);
    case Comparison::not_in:
      break;
  }
  return !contains(runtime, right, left);
}

bool iterable(const Value& value) {
  return value.is_undefined() || value.is_text() || value.is_list() || value.is_map() || value.as<Generator>();
}

Values items_of(Runtime& runtime, const Value& value) {
  if (value.is_list()) {
    runtime.work_items(value.as_list().items.size());
    return value.as_list().items;
  }
  Values items;
  if (value.is_map()) {
    runtime.work_items(value.as_map().entries.size());
    for (const auto& entry : value.as_map().entries) items.push_back(entry.first);
  } else if (value.is_text()) {
    runtime.work_items(text_length(value.as_text()));
    for (std::string_view c : characters(value.as_text())) items.push_back(Value::text(std::string(c)));
  } else if (Generator* generator = value.as<Generator>()) {
    items = generator->rest();
    runtime.work_items(items.size());
  } else if (!value.is_undefined()) {
    throw Failure{std::string("'") + type_name(value) + "' object is not iterable"};
  }
  return items;
}

std::size_t length_of(Runtime& runtime, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::undefined:
      return 0;
    case Value::Kind::text:
      runtime.work(value.as_text().size());
      return text_length(value.as_text());
    case Value::Kind::list:
      return value.as_list().items.size();
    case Value::Kind::map:
      return value.as_map().entries.size();
    default:
      break;
  }
  throw Failure{std::string("object of type '") + type_name(value) + "' has no length"};
}

void require_hashable(const Value& key) {
  const bool is_tuple = key.is_list() && key.as_list().sequence == Sequence::tuple;
  if (is_tuple)
    for (const Value& item : key.as_list().items) require_hashable(item);
  if (key.is_map() || (key.is_list() && !is_tuple))
    throw Failure{std::string("'") + type_name(key) + "' can not be a key"};
}

void MapBuilder::set(Value key, Value value) {
  require_hashable(key);
  runtime_.step();
  runtime_.work(2 * sizeof(Value) + entries_.size());
  for (auto& [own, old] : entries_)
    if (same_key(own, key)) {
      old = std::move(value);
      return;
    }
  entries_.emplace_back(std::move(key), std::move(value));
}

namespace {

/// An object's own attribute or a method of its type.
std::optional<Value> method_or_member(Runtime& runtime, const Value& value, const std::string& name) {
  if (value.is(Value::Kind::object)) return value.as_object().attribute(runtime, name);
  if (value.is_list() && value.as_list().is_group && (name == "grouper" || name == "list"))
    return value.as_list().items[name == "list" ? 1 : 0];
  return bound_method(runtime, value, name);
}

Value missing(const Value& value, const std::string& name) {
  return Value::undefined(std::string("'") + type_name(value) + "' object has no attribute '" + name + "'");
}

void require_defined(const Value& value) {
  if (value.is_undefined()) throw Failure{value.why_undefined()};
}

const Value* at_index(const Values& items, std::int64_t index) {
  const auto size = static_cast<std::int64_t>(items.size());
  if (index < 0) index += size;
  return index < 0 || index >= size ? nullptr : &items[static_cast<std::size_t>(index)];
}

/// dict.keys(), values() and items() have an order and no places.
bool is_view(const ListData& list) {
  return list.sequence == Sequence::keys || list.sequence == Sequence::values || list.sequence == Sequence::items;
}

std::optional<Value> character_at(Runtime& runtime, const std::string& text, std::int64_t index) {
  runtime.work(text.size());
  if (index < 0) index += static_cast<std::int64_t>(text_length(text));
  if (index < 0) return std::nullopt;
  const std::size_t begin = byte_of(text, static_cast<std::size_t>(index));
  if (begin >= text.size()) return std::nullopt;
  const std::string_view rest(text.data() + begin, text.size() - begin);
  return Value::text(std::string(rest.substr(0, byte_of(rest, 1))));
}

std::optional<Value> entry(Runtime& runtime, const Value& value, const Value& key) {
  if (value.is_map()) {
    runtime.work(value.as_map().entries.size());
    const Value* found = value.as_map().find(key);
    return found ? std::optional<Value>(*found) : std::nullopt;
  }
  if (!key.is_whole()) return std::nullopt;
  if (value.is_text()) return character_at(runtime, value.as_text(), key.as_whole());
  if (!value.is_list()) return std::nullopt;
  const Value* found = is_view(value.as_list()) ? nullptr : at_index(value.as_list().items, key.as_whole());
  return found ? std::optional<Value>(*found) : std::nullopt;
}

}  // namespace

Value attribute_of(Runtime& runtime, const Value& value, const std::string& name) {
  require_defined(value);
  if (auto found = method_or_member(runtime, value, name)) return *found;
  if (value.is_map())
    if (auto found = entry(runtime, value, Value::text(name))) return *found;
  return missing(value, name);
}

Value own_attribute(Runtime& runtime, const Value& value, const std::string& name) {
  require_defined(value);
  return method_or_member(runtime, value, name).value_or(missing(value, name));
}

Value item_of(Runtime& runtime, const Value& value, const Value& key) {
  require_defined(value);
  if (auto found = entry(runtime, value, key)) return *found;
  if (!key.is_text()) return missing(value, repr_of(runtime, key));
  if (auto found = method_or_member(runtime, value, key.as_text())) return *found;
  return missing(value, key.as_text());
}

namespace {

struct Steps {
  std::int64_t begin, end, step;
};

/// Python's rules for slices: negative bounds count from the end, all are clipped.
Steps steps_of(const SliceBounds& bounds, std::int64_t size) {
  const std::int64_t step = bounds.step.is_none() ? 1 : whole_of(bounds.step, "slice");
  if (step == 0) throw Failure{"slice step can not be zero"};
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const auto place = [&](const Value& bound, std::int64_t fallback) {
    if (bound.is_none()) return fallback;
    std::int64_t at = whole_of(bound, "slice");
    if (at < 0) at = at < -size ? low : at + size;
    return std::clamp(at, low, high);
  };
  return {place(bounds.begin, step > 0 ? low : high), place(bounds.end, step > 0 ? high : low), step};
}

template <class Visit>
void visit_slice(const SliceBounds& bounds, std::size_t size, const Visit& visit) {
  const auto [begin, end, step] = steps_of(bounds, static_cast<std::int64_t>(size));
  const std::int64_t distance = step > 0 ? end - begin : begin - end;
  if (distance <= 0) return;
  const std::uint64_t stride = step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  const std::uint64_t count = (static_cast<std::uint64_t>(distance) - 1) / stride + 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto offset = static_cast<std::int64_t>(i * stride);
    visit(static_cast<std::size_t>(step > 0 ? begin + offset : begin - offset));
  }
}

}  // namespace

Value slice_of(Runtime& runtime, const Value& value, const SliceBounds& bounds) {
  require_defined(value);
  if (value.is_text()) {
    runtime.work(value.as_text().size() * sizeof(std::string_view));
    const auto all = characters(value.as_text());
    std::string out;
    visit_slice(bounds, all.size(), [&](std::size_t i) { out += all[i]; });
    return runtime.text(std::move(out));
  }
  if (!value.is_list() || is_view(value.as_list()))
    throw Failure{std::string("'") + type_name(value) + "' object can not be sliced"};
  const Values& items = value.as_list().items;
  runtime.work_items(items.size());
  Values out;
  visit_slice(bounds, items.size(), [&](std::size_t i) { out.push_back(items[i]); });
  return Value::list(std::move(out), value.as_list().sequence);
}

namespace {

/// Writes repr() and charges what it writes, so that shared parts can not multiply beyond the limits.
class ReprWriter {
 public:
  explicit ReprWriter(Runtime& runtime) : runtime_(runtime) {}

  void write(const Value& value) {
    runtime_.step();
    if (value.is_text()) return put_text(value.as_text());
    if (value.is_map()) return put_map(value.as_map());
    if (value.is_list()) return put_list(value.as_list());
    put(value.is_undefined() ? "Undefined" : text_of(runtime_, value));
  }
  std::string out;

 private:
  void put(std::string_view text) {
    runtime_.work(text.size());
    out += text;
  }
  void put_text(const std::string& text) {
    runtime_.work(text.size());
    put(quoted(text));
  }
  void put_items(const Values& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) put(", ");
      write(items[i]);
    }
  }
  void put_list(const ListData& list) {
    switch (list.sequence) {
      case Sequence::list:
        return put_between("[", list.items, "]");
      case Sequence::tuple:
        return put_between("(", list.items, list.items.size() == 1 ? ",)" : ")");
      case Sequence::keys:
        return put_between("dict_keys([", list.items, "])");
      case Sequence::values:
        return put_between("dict_values([", list.items, "])");
      case Sequence::items:
        return put_between("dict_items([", list.items, "])");
      case Sequence::range:
        break;
    }
    throw Failure{"a range has no text; use the filter `list`"};
  }
  void put_between(const char* opening, const Values& items, const char* closing) {
    put(opening);
    put_items(items);
    put(closing);
  }
  void put_map(const MapData& map) {
    put("{");
    bool first = true;
    for (const auto& [key, value] : map.entries) {
      if (!first) put(", ");
      first = false;
      write(key);
      put(": ");
      write(value);
    }
    put("}");
  }
  Runtime& runtime_;
};

}  // namespace

std::string text_of(Runtime& runtime, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::undefined:
      return "";
    case Value::Kind::none:
      return "None";
    case Value::Kind::boolean:
      return value.as_boolean() ? "True" : "False";
    case Value::Kind::integer:
      return std::to_string(value.as_whole());
    case Value::Kind::real:
      return real_text(value.as_real());
    case Value::Kind::text:
      runtime.work(value.as_text().size());
      return value.as_text();
    case Value::Kind::list:
    case Value::Kind::map:
      return repr_of(runtime, value);
    case Value::Kind::object:
      break;
  }
  const bool is_generator = value.as<Generator>() != nullptr;
  throw Failure{std::string("a ") + type_name(value) + " has no text" +
                (is_generator ? "; use the filter `list`" : "")};
}

std::string repr_of(Runtime& runtime, const Value& value) {
  ReprWriter writer(runtime);
  writer.write(value);
  return std::move(writer.out);
}

std::int64_t whole_of(const Value& value, const char* asked_by) {
  if (value.is_undefined()) throw Failure{value.why_undefined()};
  if (value.is_whole()) return value.as_whole();
  throw Failure{std::string(asked_by) + ": expected an integer, found '" + type_name(value) + "'"};
}

}  // namespace bakeoff::jinja
