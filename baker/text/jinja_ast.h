// A template as a tree: what the parser makes and the interpreter walks.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "baker/text/jinja_builtins.h"
#include "baker/text/jinja_operations.h"

namespace bakeoff::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

/// What stands between the parentheses of a call.
struct CallArguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  ExpressionPtr rest;        ///< *rest, or null
  ExpressionPtr named_rest;  ///< **named_rest, or null
};

struct Expression {
  enum class Kind {
    constant,       // value
    name,           // name
    list,           // items
    tuple,          // items
    map,            // items: key, value, key, value, ...
    negative,       // items[0]
    positive,       // items[0]
    logical_not,    // items[0]
    logical_and,    // items[0], items[1]
    logical_or,     // items[0], items[1]
    binary,         // operation; items[0], items[1]
    comparison,     // comparisons[i] between items[i] and items[i + 1]
    concatenation,  // items
    conditional,    // items[0] if items[1] else items[2] (null: undefined)
    filter,         // function; items[0] (null in a filter block), arguments
    test,           // predicate; items[0], arguments
    call,           // items[0], arguments
    attribute,      // items[0], name
    item,           // items[0], items[1]
    slice,          // items[0], items[1..3] (null: open)
  };
  Kind kind = Kind::constant;
  int line = 0;
  Value value;
  std::string name;
  std::vector<ExpressionPtr> items;
  Binary operation = Binary::add;
  std::vector<Comparison> comparisons;
  Operation function = nullptr;
  Test predicate = nullptr;
  CallArguments arguments;

  ~Expression();
};

/// What `set`, `for` and `with` assign to: a name, an attribute of a namespace, or several targets.
struct Target {
  std::string name;
  std::string attribute;      ///< empty: the name itself
  std::vector<Target> parts;  ///< not empty: unpacks into these
};

struct Statement;
using Block = std::vector<std::unique_ptr<Statement>>;

struct Parameter {
  std::string name;
  ExpressionPtr fallback;  ///< null: undefined
};

/// A macro, or the body of a call block.
struct MacroBody {
  std::string name;
  std::vector<Parameter> parameters;
  Block body;
  bool takes_rest = false;        ///< its body names `varargs`
  bool takes_named_rest = false;  ///< its body names `kwargs`
  bool takes_caller = false;      ///< its body names `caller`
};

struct Branch {
  ExpressionPtr condition;  ///< null: else
  Block body;
};

struct Statement {
  enum class Kind {
    data,          // text
    output,        // expression
    condition,     // branches
    loop,          // target, expression (what is looped over), condition, body, otherwise, recursive
    leave,         // break
    next,          // continue
    set,           // target, expression
    set_block,     // target, expression (filters, or null), body
    with,          // assignments, body
    macro,         // macro
    call_block,    // expression (the call), macro (the body)
    filter_block,  // expression (filters), body
    generation,    // body
  };
  Kind kind = Kind::data;
  int line = 0;
  std::string text;
  ExpressionPtr expression, condition;
  Target target;
  std::vector<std::pair<Target, ExpressionPtr>> assignments;
  std::vector<Branch> branches;
  Block body, otherwise;
  bool recursive = false;
  MacroBody macro;
};

/// A parsed template.
struct Program {
  std::string where;
  Block body;
};

}  // namespace bakeoff::jinja
