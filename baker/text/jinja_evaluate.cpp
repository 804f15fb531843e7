// Expressions of the interpreter.
#include "baker/text/jinja_interpreter.h"

namespace bakeoff::jinja {

Value Interpreter::evaluate(const Expression& node, Scope& scope) {
  const Runtime::Depth depth(runtime_);
  runtime_.line = node.line;
  runtime_.step();
  return evaluate_kind(node, scope);
}

Value Interpreter::evaluate_kind(const Expression& node, Scope& scope) {
  using Kind = Expression::Kind;
  const auto item = [&](std::size_t index) { return evaluate(*node.items[index], scope); };
  switch (node.kind) {
    case Kind::constant:
      return node.value;
    case Kind::name:
      return evaluate_name(node, scope);
    case Kind::list:
      return Value::list(evaluate_items(node, scope));
    case Kind::tuple:
      return Value::list(evaluate_items(node, scope), Sequence::tuple);
    case Kind::map:
      return evaluate_map(node, scope);
    case Kind::negative:
      return negate(item(0));
    case Kind::positive:
      return negate(negate(item(0)));
    case Kind::logical_not:
      return Value::boolean(!truthy(item(0)));
    case Kind::comparison:
      return evaluate_comparison(node, scope);
    case Kind::concatenation:
      return evaluate_concatenation(node, scope);
    case Kind::conditional:
      return evaluate_conditional(node, scope);
    case Kind::filter:
      return evaluate_filter(node, scope, nullptr);
    case Kind::call:
      return evaluate_call(node, scope);
    case Kind::attribute:
      return attribute_of(runtime_, item(0), node.name);
    case Kind::slice:
      return evaluate_slice(node, scope);
    case Kind::test: {
      const Value input = item(0);
      return Value::boolean(node.predicate(runtime_, input, evaluate_arguments(node.arguments, scope)));
    }
    case Kind::logical_and:
    case Kind::logical_or: {
      const Value left = item(0);
      return truthy(left) == (node.kind == Kind::logical_and) ? item(1) : left;
    }
    case Kind::item: {
      const Value container = item(0);
      return item_of(runtime_, container, item(1));
    }
    case Kind::binary:
      break;
  }
  const Value left = item(0);
  const Value right = item(1);
  runtime_.line = node.line;
  return apply(runtime_, node.operation, left, right);
}

Value Interpreter::evaluate_name(const Expression& node, Scope& scope) {
  if (const Value* found = scope.find(node.name)) return *found;
  if (auto function = find_function(runtime_, node.name)) return *function;
  return Value::undefined("'" + node.name + "' is undefined");
}

Values Interpreter::evaluate_items(const Expression& node, Scope& scope) {
  runtime_.work_items(node.items.size());
  Values items;
  items.reserve(node.items.size());
  for (const ExpressionPtr& item : node.items) items.push_back(evaluate(*item, scope));
  return items;
}

Value Interpreter::evaluate_map(const Expression& node, Scope& scope) {
  MapBuilder map(runtime_);
  for (std::size_t i = 0; i < node.items.size(); i += 2) {
    Value key = evaluate(*node.items[i], scope);
    map.set(std::move(key), evaluate(*node.items[i + 1], scope));
  }
  return map.finish();
}

Value Interpreter::evaluate_comparison(const Expression& node, Scope& scope) {
  Value left = evaluate(*node.items[0], scope);
  for (std::size_t i = 0; i < node.comparisons.size(); ++i) {
    Value right = evaluate(*node.items[i + 1], scope);
    runtime_.line = node.line;
    if (!compare(runtime_, node.comparisons[i], left, right)) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

Value Interpreter::evaluate_concatenation(const Expression& node, Scope& scope) {
  std::string out;
  for (const ExpressionPtr& item : node.items) out += text_of(runtime_, evaluate(*item, scope));
  return runtime_.text(std::move(out));
}

Value Interpreter::evaluate_conditional(const Expression& node, Scope& scope) {
  if (truthy(evaluate(*node.items[1], scope))) return evaluate(*node.items[0], scope);
  if (node.items[2]) return evaluate(*node.items[2], scope);
  return Value::undefined("the inline if is false and has no else");
}

Value Interpreter::evaluate_filter(const Expression& node, Scope& scope, const Value* seed) {
  const Runtime::Depth depth(runtime_);
  const Expression* inner = node.items[0].get();
  const bool goes_on = inner && seed && inner->kind == Expression::Kind::filter;
  const Value input = goes_on ? evaluate_filter(*inner, scope, seed) : inner ? evaluate(*inner, scope) : *seed;
  const Arguments arguments = evaluate_arguments(node.arguments, scope);
  runtime_.line = node.line;
  return node.function(runtime_, input, arguments);
}

Value Interpreter::evaluate_call(const Expression& node, Scope& scope, const Value* caller) {
  const Value callee = evaluate(*node.items[0], scope);
  Arguments arguments = evaluate_arguments(node.arguments, scope);
  if (caller) arguments.named.emplace_back("caller", *caller);
  runtime_.line = node.line;
  if (callee.is_undefined()) throw Failure{callee.why_undefined()};
  if (!callee.is(Value::Kind::object)) throw Failure{std::string("'") + type_name(callee) + "' object is not callable"};
  return callee.as_object().call(runtime_, arguments);
}

Value Interpreter::evaluate_slice(const Expression& node, Scope& scope) {
  const Value value = evaluate(*node.items[0], scope);
  const auto bound = [&](std::size_t index) {
    return node.items[index] ? evaluate(*node.items[index], scope) : Value::none();
  };
  SliceBounds bounds;
  bounds.begin = bound(1);
  bounds.end = bound(2);
  bounds.step = bound(3);
  return slice_of(runtime_, value, bounds);
}

Arguments Interpreter::evaluate_arguments(const CallArguments& arguments, Scope& scope) {
  Arguments out;
  for (const ExpressionPtr& argument : arguments.positional) out.positional.push_back(evaluate(*argument, scope));
  for (const auto& [name, argument] : arguments.named) out.named.emplace_back(name, evaluate(*argument, scope));
  if (arguments.rest)
    for (Value& item : items_of(runtime_, evaluate(*arguments.rest, scope))) out.positional.push_back(std::move(item));
  if (!arguments.named_rest) return out;
  const Value rest = evaluate(*arguments.named_rest, scope);
  if (!rest.is_map()) throw Failure{std::string("'**' needs a dict, found '") + type_name(rest) + "'"};
  for (const auto& [key, value] : rest.as_map().entries) {
    if (!key.is_text()) throw Failure{"the keys of '**' must be texts"};
    out.named.emplace_back(key.as_text(), value);
  }
  return out;
}

}  // namespace bakeoff::jinja
