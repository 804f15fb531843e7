// Taking trees apart. A chain such as a.b.c or a + b + c is as deep as it is long, and chains in parentheses add up: a
// destructor that called itself for each level could exhaust the stack.
#include "baker/text/jinja_ast.h"

namespace bakeoff::jinja {

namespace {

/// Moves the expressions right below `node` to `to`.
void detach(Expression& node, std::vector<ExpressionPtr>& to) {
  const auto take = [&to](ExpressionPtr& child) {
    if (child) to.push_back(std::move(child));
  };
  for (ExpressionPtr& item : node.items) take(item);
  for (ExpressionPtr& argument : node.arguments.positional) take(argument);
  for (auto& [name, argument] : node.arguments.named) take(argument);
  take(node.arguments.rest);
  take(node.arguments.named_rest);
}

}  // namespace

Expression::~Expression() {
  std::vector<ExpressionPtr> pending;
  detach(*this, pending);
  while (!pending.empty()) {
    const ExpressionPtr next = std::move(pending.back());
    pending.pop_back();
    detach(*next, pending);
  }
}

}  // namespace bakeoff::jinja
