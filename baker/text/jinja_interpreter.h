// Walks a parsed template and writes its text.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "baker/text/jinja_ast.h"
#include "baker/text/jinja_runtime.h"

namespace bakeoff::jinja {

/// The variables of a template, a loop body, a macro call or a block. Lookups go on in the parent.
struct Scope {
  Scope* parent = nullptr;
  std::unordered_map<std::string, Value> variables;
  bool captured = false;  ///< a macro was defined here and may outlive it: the scope is not reused

  const Value* find(const std::string& name) const;
};

/// One rendering. Throws Failure; the line of a failure is `Runtime::line` where it carries none.
class Interpreter {
 public:
  Interpreter(const Program& program, Runtime& runtime) : program_(program), runtime_(runtime) {}

  std::string run(std::unordered_map<std::string, Value> arguments);

  /// Text of one call of a macro defined in `scope`.
  Value call_macro(const MacroBody& macro, Scope& scope, const Arguments& arguments);
  /// Text of a loop over `items`; recursion calls it from within the loop.
  void run_loop(const Statement& loop, Scope& scope, const Value& items, int depth, std::string& out);

 private:
  /// A scope for a part of the template, given back at its end.
  class Nested;
  enum class Flow { onward, leave, next };

  Scope& open_scope(Scope* parent);
  void close_scope(Scope& scope);

  Flow execute(const Block& block, Scope& scope, std::string& out);
  Flow execute(const Statement& statement, Scope& scope, std::string& out);
  Flow execute_condition(const Statement& statement, Scope& scope, std::string& out);
  void execute_with(const Statement& statement, Scope& scope, std::string& out);
  void execute_call_block(const Statement& statement, Scope& scope, std::string& out);
  Values loop_items(const Statement& loop, Scope& scope, const Value& items);
  std::string captured_text(const Block& block, Scope& scope);
  Value filtered_text(const Statement& statement, Scope& scope);
  void bind_parameters(const MacroBody& macro, Scope& scope, const Arguments& arguments);
  void define_macro(const MacroBody& macro, Scope& scope);
  void assign(const Target& target, const Value& value, Scope& scope);
  void write(const std::string& text, std::string& out);
  /// What a filter or call block gives: anything but a text is an error there, as in Jinja.
  void write_text(const Value& value, std::string& out);

  Value evaluate(const Expression& node, Scope& scope);
  Value evaluate_kind(const Expression& node, Scope& scope);
  Value evaluate_name(const Expression& node, Scope& scope);
  Values evaluate_items(const Expression& node, Scope& scope);
  Value evaluate_map(const Expression& node, Scope& scope);
  Value evaluate_comparison(const Expression& node, Scope& scope);
  Value evaluate_concatenation(const Expression& node, Scope& scope);
  Value evaluate_conditional(const Expression& node, Scope& scope);
  /// `seed` is the input of the innermost filter of a filter block.
  Value evaluate_filter(const Expression& node, Scope& scope, const Value* seed);
  Value evaluate_call(const Expression& node, Scope& scope, const Value* caller = nullptr);
  Value evaluate_slice(const Expression& node, Scope& scope);
  Arguments evaluate_arguments(const CallArguments& arguments, Scope& scope);

  const Program& program_;
  Runtime& runtime_;
  std::deque<Scope> scopes_;
  std::vector<Scope*> free_scopes_;
};

}  // namespace bakeoff::jinja
