// Construction and lookup of template values; their operators are in jinja_operations.cpp.
#include "baker/text/jinja_value.h"

#include <algorithm>

namespace bakeoff::jinja {

namespace {

int checked_nesting(int deepest) {
  if (deepest >= kMaxNesting) throw Failure{"lists or maps are nested deeper than " + std::to_string(kMaxNesting)};
  return deepest + 1;
}

}  // namespace

Value Value::undefined(std::string why) {
  return Value(Undefined{std::make_shared<const std::string>(std::move(why))});
}

Value Value::text(std::string value, bool safe) {
  return Value(Text{std::make_shared<const std::string>(std::move(value)), safe});
}

Value Value::list(Values items, Sequence sequence) {
  int deepest = 0;
  for (const Value& item : items) deepest = std::max(deepest, item.nesting());
  const int nesting = checked_nesting(deepest);
  return Value(std::make_shared<const ListData>(ListData{std::move(items), sequence, false, nesting}));
}

Value Value::group(Value key, Values items) {
  ListData pair{{std::move(key), list(std::move(items))}, Sequence::tuple, true};
  pair.nesting = checked_nesting(std::max(pair.items[0].nesting(), pair.items[1].nesting()));
  return Value(std::make_shared<const ListData>(std::move(pair)));
}

Value Value::map(Entries entries) {
  int deepest = 0;
  for (const auto& [key, value] : entries) deepest = std::max({deepest, key.nesting(), value.nesting()});
  const int nesting = checked_nesting(deepest);
  return Value(std::make_shared<const MapData>(MapData{std::move(entries), nesting}));
}

std::string Value::why_undefined() const {
  const auto& why = std::get<Undefined>(state_).why;
  return why ? *why : "value is undefined";
}

int Value::nesting() const {
  if (is_list()) return as_list().nesting;
  if (is_map()) return as_map().nesting;
  return 0;
}

const Value* MapData::find(const Value& key) const {
  for (const auto& [own, value] : entries)
    if (same_key(own, key)) return &value;
  return nullptr;
}

const Value* MapData::find(const std::string& key) const {
  for (const auto& [own, value] : entries)
    if (own.is_text() && own.as_text() == key) return &value;
  return nullptr;
}

bool same_key(const Value& a, const Value& b) {
  if (a.is_text() && b.is_text()) return a.as_text() == b.as_text();
  if (a.is_whole() && b.is_whole()) return a.as_whole() == b.as_whole();
  if (a.is_number() && b.is_number()) return a.as_real() == b.as_real();
  if (a.is_list() && b.is_list()) {
    const Values& left = a.as_list().items;
    const Values& right = b.as_list().items;
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), same_key);
  }
  if (a.is(Value::Kind::object) && b.is(Value::Kind::object)) return &a.as_object() == &b.as_object();
  return a.kind() == b.kind() && (a.is_none() || a.is_undefined());
}

const char* type_name(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::undefined:
      return "Undefined";
    case Value::Kind::none:
      return "NoneType";
    case Value::Kind::boolean:
      return "bool";
    case Value::Kind::integer:
      return "int";
    case Value::Kind::real:
      return "float";
    case Value::Kind::text:
      return "str";
    case Value::Kind::map:
      return "dict";
    case Value::Kind::object:
      return value.as_object().name();
    case Value::Kind::list:
      break;
  }
  switch (value.as_list().sequence) {
    case Sequence::tuple:
      return "tuple";
    case Sequence::range:
      return "range";
    case Sequence::keys:
      return "dict_keys";
    case Sequence::values:
      return "dict_values";
    case Sequence::items:
      return "dict_items";
    case Sequence::list:
      break;
  }
  return "list";
}

bool truthy(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::undefined:
    case Value::Kind::none:
      return false;
    case Value::Kind::boolean:
    case Value::Kind::integer:
      return value.as_whole() != 0;
    case Value::Kind::real:
      return value.as_real() != 0;
    case Value::Kind::text:
      return !value.as_text().empty();
    case Value::Kind::list:
      return !value.as_list().items.empty();
    case Value::Kind::map:
      return !value.as_map().entries.empty();
    case Value::Kind::object:
      break;
  }
  return true;
}

Value Object::call(Runtime&, const Arguments&) {
  throw Failure{"'" + std::string(name()) + "' object is not callable"};
}

std::optional<Value> Object::attribute(Runtime&, const std::string&) { return std::nullopt; }

std::optional<Value> Namespace::attribute(Runtime&, const std::string& key) {
  for (const auto& [own, value] : attributes_)
    if (own == key) return value;
  return std::nullopt;
}

void Namespace::set(const std::string& key, Value value) {
  if (key.starts_with('_')) throw Failure{"a namespace can not hold '" + key + "': names with a leading underscore"};
  for (auto& [own, old] : attributes_)
    if (own == key) {
      old = std::move(value);
      return;
    }
  attributes_.emplace_back(key, std::move(value));
}

void Generator::make_once() {
  if (!make_) return;
  const auto make = std::exchange(make_, nullptr);
  items_ = make();
}

std::optional<Value> Generator::next() {
  make_once();
  if (at_ == items_.size()) return std::nullopt;
  return items_[at_++];
}

Values Generator::rest() {
  make_once();
  Values left(items_.begin() + static_cast<std::ptrdiff_t>(at_), items_.end());
  at_ = items_.size();
  return left;
}

}  // namespace bakeoff::jinja
