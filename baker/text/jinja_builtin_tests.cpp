// What may follow `is`.
#include "baker/text/jinja_builtins.h"
#include "baker/text/jinja_operations.h"
#include "baker/text/jinja_text.h"

namespace bakeoff::jinja {

namespace {

using Kind = Value::Kind;

const Value& only(const Arguments& arguments) {
  if (arguments.positional.size() != 1 || !arguments.named.empty()) throw Failure{"this test takes one argument"};
  return arguments.positional[0];
}

void none_given(const Arguments& arguments) {
  if (!arguments.positional.empty() || !arguments.named.empty()) throw Failure{"this test takes no argument"};
}

template <Kind kind>
bool is_kind(Runtime&, const Value& value, const Arguments& arguments) {
  none_given(arguments);
  return value.is(kind);
}

template <Comparison comparison>
bool compares(Runtime& runtime, const Value& value, const Arguments& arguments) {
  return compare(runtime, comparison, value, only(arguments));
}

bool is_defined(Runtime&, const Value& value, const Arguments& arguments) {
  none_given(arguments);
  return !value.is_undefined();
}

template <bool expected>
bool is_exactly(Runtime&, const Value& value, const Arguments& arguments) {
  none_given(arguments);
  return value.is(Kind::boolean) && value.as_boolean() == expected;
}

bool is_number(Runtime&, const Value& value, const Arguments& arguments) {
  none_given(arguments);
  return value.is_number();
}

bool is_iterable(Runtime&, const Value& value, const Arguments& arguments) {
  none_given(arguments);
  return iterable(value);
}

bool is_sequence(Runtime&, const Value& value, const Arguments& arguments) {
  none_given(arguments);
  if (!value.is_list()) return value.is_undefined() || value.is_text() || value.is_map();
  const Sequence sequence = value.as_list().sequence;
  return sequence == Sequence::list || sequence == Sequence::tuple || sequence == Sequence::range;
}

bool is_callable(Runtime&, const Value& value, const Arguments& arguments) {
  none_given(arguments);
  return value.is_undefined() || (value.is(Kind::object) && value.as_object().callable());
}

std::int64_t remainder(Runtime& runtime, const Value& value, const Value& divisor) {
  const Value rest = apply(runtime, Binary::modulo, value, divisor);
  if (!rest.is_number()) throw Failure{"this test needs numbers"};
  return rest.as_real() == 0 ? 0 : 1;
}

bool is_odd(Runtime& runtime, const Value& value, const Arguments& arguments) {
  none_given(arguments);
  return equals(runtime, apply(runtime, Binary::modulo, value, Value::integer(2)), Value::integer(1));
}

bool is_even(Runtime& runtime, const Value& value, const Arguments& arguments) {
  none_given(arguments);
  return remainder(runtime, value, Value::integer(2)) == 0;
}

bool is_divisible(Runtime& runtime, const Value& value, const Arguments& arguments) {
  return remainder(runtime, value, only(arguments)) == 0;
}

bool is_lower(Runtime& runtime, const Value& value, const Arguments&) {
  const std::string text = text_of(runtime, value);
  return lower(text) == text && upper(text) != text;
}

bool is_upper(Runtime& runtime, const Value& value, const Arguments&) {
  const std::string text = text_of(runtime, value);
  return upper(text) == text && lower(text) != text;
}

bool is_same(Runtime&, const Value& value, const Value& other) {
  if (value.kind() != other.kind()) return false;
  if (value.is_list()) return &value.as_list() == &other.as_list();
  if (value.is_map()) return &value.as_map() == &other.as_map();
  return same_key(value, other);
}

bool is_same_as(Runtime& runtime, const Value& value, const Arguments& arguments) {
  return is_same(runtime, value, only(arguments));
}

bool is_escaped(Runtime&, const Value& value, const Arguments&) { return value.is_safe(); }

bool names_filter(Runtime&, const Value& value, const Arguments&) {
  require_hashable(value);
  return value.is_text() && find_filter(value.as_text()) != nullptr;
}

bool names_test(Runtime&, const Value& value, const Arguments&) {
  require_hashable(value);
  return value.is_text() && find_test(value.as_text()) != nullptr;
}

constexpr std::pair<std::string_view, Test> kTests[] = {
    {"!=", compares<Comparison::unequal>},
    {"<", compares<Comparison::less>},
    {"<=", compares<Comparison::less_or_equal>},
    {"==", compares<Comparison::equal>},
    {">", compares<Comparison::greater>},
    {">=", compares<Comparison::greater_or_equal>},
    {"boolean", is_kind<Kind::boolean>},
    {"callable", is_callable},
    {"defined", is_defined},
    {"divisibleby", is_divisible},
    {"eq", compares<Comparison::equal>},
    {"equalto", compares<Comparison::equal>},
    {"escaped", is_escaped},
    {"even", is_even},
    {"false", is_exactly<false>},
    {"filter", names_filter},
    {"float", is_kind<Kind::real>},
    {"ge", compares<Comparison::greater_or_equal>},
    {"greaterthan", compares<Comparison::greater>},
    {"gt", compares<Comparison::greater>},
    {"in", compares<Comparison::in>},
    {"integer", is_kind<Kind::integer>},
    {"iterable", is_iterable},
    {"le", compares<Comparison::less_or_equal>},
    {"lessthan", compares<Comparison::less>},
    {"lower", is_lower},
    {"lt", compares<Comparison::less>},
    {"mapping", is_kind<Kind::map>},
    {"ne", compares<Comparison::unequal>},
    {"none", is_kind<Kind::none>},
    {"number", is_number},
    {"odd", is_odd},
    {"sameas", is_same_as},
    {"sequence", is_sequence},
    {"string", is_kind<Kind::text>},
    {"test", names_test},
    {"true", is_exactly<true>},
    {"undefined", is_kind<Kind::undefined>},
    {"upper", is_upper},
};

}  // namespace

Test find_test(std::string_view name) {
  for (const auto& [known, test] : kTests)
    if (known == name) return test;
  return nullptr;
}

}  // namespace bakeoff::jinja
