// Statements of the interpreter: output, conditions, loops, assignments, macros. Scoping follows Jinja: `if` opens no
// scope; loop bodies, macros, `with` and blocks whose text is captured do.
#include "baker/text/jinja_interpreter.h"

#include <algorithm>

#include "baker/text/jinja_loop.h"

namespace bakeoff::jinja {

const Value* Scope::find(const std::string& name) const {
  for (const Scope* scope = this; scope; scope = scope->parent) {
    const auto found = scope->variables.find(name);
    if (found != scope->variables.end()) return &found->second;
  }
  return nullptr;
}

namespace {

/// Keeps a scope and those around it from being reused: something that outlives them refers to them.
void capture(Scope& scope) {
  for (Scope* seen = &scope; seen && !seen->captured; seen = seen->parent) seen->captured = true;
}

/// A macro and the scope that it sees.
class Macro : public Object {
 public:
  Macro(Interpreter& interpreter, const MacroBody& body, Scope& scope)
      : interpreter_(interpreter), body_(body), scope_(scope) {}
  const char* name() const override { return "macro"; }
  bool callable() const override { return true; }
  Value call(Runtime&, const Arguments& arguments) override {
    return interpreter_.call_macro(body_, scope_, arguments);
  }
  std::optional<Value> attribute(Runtime& runtime, const std::string& key) override {
    if (key == "name") return body_.name.empty() ? Value::none() : Value::text(body_.name);
    if (key == "catch_varargs") return Value::boolean(body_.takes_rest);
    if (key == "catch_kwargs") return Value::boolean(body_.takes_named_rest);
    if (key == "caller") return Value::boolean(body_.takes_caller);
    if (key != "arguments") return std::nullopt;
    runtime.work_items(body_.parameters.size());
    Values names;
    for (const Parameter& parameter : body_.parameters) names.push_back(Value::text(parameter.name));
    return Value::list(std::move(names), Sequence::tuple);
  }

 private:
  Interpreter& interpreter_;
  const MacroBody& body_;
  Scope& scope_;
};

}  // namespace

class Interpreter::Nested {
 public:
  Nested(Interpreter& interpreter, Scope& parent)
      : interpreter_(interpreter), scope_(interpreter.open_scope(&parent)) {}
  ~Nested() { interpreter_.close_scope(scope_); }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;
  Scope& operator*() { return scope_; }

 private:
  Interpreter& interpreter_;
  Scope& scope_;
};

Scope& Interpreter::open_scope(Scope* parent) {
  if (free_scopes_.empty()) {
    runtime_.work(sizeof(Scope));
    scopes_.emplace_back();
    free_scopes_.push_back(&scopes_.back());
  }
  Scope& scope = *free_scopes_.back();
  free_scopes_.pop_back();
  scope.parent = parent;
  return scope;
}

void Interpreter::close_scope(Scope& scope) {
  if (scope.captured) return;
  scope.variables.clear();
  free_scopes_.push_back(&scope);
}

std::string Interpreter::run(std::unordered_map<std::string, Value> arguments) {
  Scope& globals = open_scope(nullptr);
  globals.variables = std::move(arguments);
  std::string out;
  execute(program_.body, globals, out);
  return out;
}

void Interpreter::write(const std::string& text, std::string& out) {
  runtime_.work(text.size());
  if (out.size() + text.size() > runtime_.limits().output_bytes)
    throw Failure{"wrote more than " + std::to_string(runtime_.limits().output_bytes) + " bytes"};
  out += text;
}

void Interpreter::write_text(const Value& value, std::string& out) {
  if (!value.is_text()) throw Failure{std::string("a block must give a str, found '") + type_name(value) + "'"};
  write(value.as_text(), out);
}

Interpreter::Flow Interpreter::execute(const Block& block, Scope& scope, std::string& out) {
  for (const auto& statement : block) {
    const Flow flow = execute(*statement, scope, out);
    if (flow != Flow::onward) return flow;
  }
  return Flow::onward;
}

Interpreter::Flow Interpreter::execute(const Statement& statement, Scope& scope, std::string& out) {
  const Runtime::Depth depth(runtime_);
  runtime_.line = statement.line;
  runtime_.step();
  switch (statement.kind) {
    case Statement::Kind::data:
      write(statement.text, out);
      break;
    case Statement::Kind::output:
      write(text_of(runtime_, evaluate(*statement.expression, scope)), out);
      break;
    case Statement::Kind::condition:
      return execute_condition(statement, scope, out);
    case Statement::Kind::loop:
      run_loop(statement, scope, evaluate(*statement.expression, scope), 1, out);
      break;
    case Statement::Kind::leave:
      return Flow::leave;
    case Statement::Kind::next:
      return Flow::next;
    case Statement::Kind::set:
      assign(statement.target, evaluate(*statement.expression, scope), scope);
      break;
    case Statement::Kind::set_block:
      assign(statement.target, filtered_text(statement, scope), scope);
      break;
    case Statement::Kind::with:
      execute_with(statement, scope, out);
      break;
    case Statement::Kind::macro:
      define_macro(statement.macro, scope);
      break;
    case Statement::Kind::call_block:
      execute_call_block(statement, scope, out);
      break;
    case Statement::Kind::filter_block:
      write_text(filtered_text(statement, scope), out);
      break;
    case Statement::Kind::generation:
      write(captured_text(statement.body, scope), out);
      break;
  }
  return Flow::onward;
}

Interpreter::Flow Interpreter::execute_condition(const Statement& statement, Scope& scope, std::string& out) {
  for (const Branch& branch : statement.branches)
    if (!branch.condition || truthy(evaluate(*branch.condition, scope))) return execute(branch.body, scope, out);
  return Flow::onward;
}

void Interpreter::execute_with(const Statement& statement, Scope& scope, std::string& out) {
  Nested inner(*this, scope);
  for (const auto& [target, expression] : statement.assignments) assign(target, evaluate(*expression, scope), *inner);
  execute(statement.body, *inner, out);
}

void Interpreter::define_macro(const MacroBody& macro, Scope& scope) {
  capture(scope);
  scope.variables[macro.name] = Value::object(runtime_.keep<Macro>(*this, macro, scope));
}

void Interpreter::execute_call_block(const Statement& statement, Scope& scope, std::string& out) {
  capture(scope);
  const Value caller = Value::object(runtime_.keep<Macro>(*this, statement.macro, scope));
  write_text(evaluate_call(*statement.expression, scope, &caller), out);
}

std::string Interpreter::captured_text(const Block& block, Scope& scope) {
  Nested inner(*this, scope);
  std::string text;
  execute(block, *inner, text);
  return text;
}

Value Interpreter::filtered_text(const Statement& statement, Scope& scope) {
  Value text = runtime_.text(captured_text(statement.body, scope));
  return statement.expression ? evaluate_filter(*statement.expression, scope, &text) : text;
}

void Interpreter::assign(const Target& target, const Value& value, Scope& scope) {
  if (!target.parts.empty()) {
    const Values items = items_of(runtime_, value);
    if (items.size() != target.parts.size())
      throw Failure{"can not unpack " + std::to_string(items.size()) + " values into " +
                    std::to_string(target.parts.size()) + " names"};
    for (std::size_t i = 0; i < items.size(); ++i) assign(target.parts[i], items[i], scope);
    return;
  }
  if (target.attribute.empty()) {
    runtime_.work(sizeof(Value));
    scope.variables[target.name] = value;
    return;
  }
  const Value* holder = scope.find(target.name);
  Namespace* space = holder ? holder->as<Namespace>() : nullptr;
  if (!space) throw Failure{"can not set '" + target.name + "." + target.attribute + "': it is no namespace"};
  runtime_.work(sizeof(Value));
  space->set(target.attribute, value);
}

Values Interpreter::loop_items(const Statement& loop, Scope& scope, const Value& items) {
  Values all = items_of(runtime_, items);
  if (!loop.condition) return all;
  Values kept;
  for (Value& item : all) {
    Nested inner(*this, scope);
    assign(loop.target, item, *inner);
    if (truthy(evaluate(*loop.condition, *inner))) kept.push_back(std::move(item));
  }
  return kept;
}

void Interpreter::run_loop(const Statement& loop, Scope& scope, const Value& items, int depth, std::string& out) {
  const Runtime::Depth nested(runtime_);
  if (loop.recursive) capture(scope);
  const Loop::Recursion recursion = [this, &loop, &scope, depth](const Value& children) {
    if (!loop.recursive) throw Failure{"the loop is not marked 'recursive'"};
    std::string text;
    run_loop(loop, scope, children, depth + 1, text);
    return runtime_.text(std::move(text));
  };
  Loop& state = runtime_.keep<Loop>(loop_items(loop, scope, items), depth, recursion);
  bool completed = false;  // as in Jinja, a round that ends in `break` or `continue` does not count for `else`
  while (state.advance()) {
    runtime_.step();
    Nested inner(*this, scope);
    (*inner).variables["loop"] = Value::object(state);
    assign(loop.target, state.current(), *inner);
    const Flow flow = execute(loop.body, *inner, out);
    if (flow == Flow::leave) break;
    completed = completed || flow == Flow::onward;
  }
  if (completed || loop.otherwise.empty()) return;
  Nested inner(*this, scope);
  execute(loop.otherwise, *inner, out);
}

void Interpreter::bind_parameters(const MacroBody& macro, Scope& scope, const Arguments& arguments) {
  const std::size_t count = macro.parameters.size();
  if (arguments.positional.size() > count && !macro.takes_rest)
    throw Failure{"macro '" + macro.name + "' takes at most " + std::to_string(count) + " arguments"};
  for (std::size_t i = 0; i < std::min(count, arguments.positional.size()); ++i)
    scope.variables[macro.parameters[i].name] = arguments.positional[i];
  MapBuilder rest(runtime_);
  for (const auto& [name, value] : arguments.named) {
    const auto is_named = [&name = name](const Parameter& parameter) { return parameter.name == name; };
    const bool known = std::any_of(macro.parameters.begin(), macro.parameters.end(), is_named);
    if (known && scope.variables.contains(name))
      throw Failure{"macro '" + macro.name + "' got two values for '" + name + "'"};
    if (known || (name == "caller" && macro.takes_caller)) {
      scope.variables[name] = value;
    } else if (macro.takes_named_rest) {
      rest.set(Value::text(name), value);
    } else {
      throw Failure{"macro '" + macro.name + "' takes no argument '" + name + "'"};
    }
  }
  for (const Parameter& parameter : macro.parameters)
    if (!scope.variables.contains(parameter.name))
      scope.variables[parameter.name] = parameter.fallback
                                            ? evaluate(*parameter.fallback, scope)
                                            : Value::undefined("parameter '" + parameter.name + "' was not provided");
  if (macro.takes_named_rest) scope.variables["kwargs"] = rest.finish();
  if (!macro.takes_rest) return;
  const std::size_t used = std::min(count, arguments.positional.size());
  Values extra(arguments.positional.begin() + static_cast<std::ptrdiff_t>(used), arguments.positional.end());
  scope.variables["varargs"] = Value::list(std::move(extra), Sequence::tuple);
}

Value Interpreter::call_macro(const MacroBody& macro, Scope& scope, const Arguments& arguments) {
  const Runtime::Depth depth(runtime_);
  Nested inner(*this, scope);
  bind_parameters(macro, *inner, arguments);
  if (macro.takes_caller && !(*inner).variables.contains("caller"))
    (*inner).variables["caller"] = Value::undefined("no caller was given to macro '" + macro.name + "'");
  std::string text;
  execute(macro.body, *inner, text);
  return runtime_.text(std::move(text));
}

}  // namespace bakeoff::jinja
