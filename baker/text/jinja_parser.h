// Tokens to a tree. The grammar and its precedences are those of Jinja 3.1's parser (jinja2/parser.py).
#pragma once

#include <algorithm>
#include <string_view>

#include "baker/text/jinja_ast.h"
#include "baker/text/jinja_lexer.h"

namespace bakeoff::jinja {

/// How deep a template may be nested, and how long a chain such as a + b + c may be: it bounds the stack of everything
/// that walks the tree.
inline constexpr int kMaxParserDepth = 400;

/// Throws Failure with its line: a mistake of syntax, an unknown tag, filter or test, nesting that is too deep.
Block parse_template(std::string_view source);

/// The tokens and a place in them; shared by the parsers of expressions and statements.
class TokenReader {
 public:
  explicit TokenReader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool at(Token::Kind kind) const { return peek().kind == kind; }
  bool at_symbol(std::string_view symbol) const { return at(Token::Kind::symbol) && peek().text == symbol; }
  bool at_name(std::string_view name, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::name && peek(ahead).text == name;
  }
  bool skip_symbol(std::string_view symbol);
  bool skip_name(std::string_view name);
  void expect_symbol(std::string_view symbol);
  void expect(Token::Kind kind, const char* what);
  std::string expect_name();
  int line() const { return peek().line; }
  [[noreturn]] void fail(const std::string& what) const { throw Failure{what, line()}; }

  /// Counts how deep the parser is within itself.
  class Depth {
   public:
    explicit Depth(TokenReader& reader);
    ~Depth() { --reader_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    TokenReader& reader_;
  };

  /// Every name that an expression read since the start: macros look here for the names that change their call.
  std::vector<std::string> names_read;

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenReader& reader) : reader_(reader) {}

  ExpressionPtr expression(bool with_condition = true);
  /// One expression, or a tuple of several with commas. `end` is a name that ends it.
  ExpressionPtr expression_or_tuple(bool with_condition = true, std::string_view end = {}, bool in_parentheses = false);
  /// Filters with bars before each; the first has no bar if `starts_within`. The innermost input is null.
  ExpressionPtr filters(ExpressionPtr input, bool starts_within = false);
  /// What can be assigned to, up to `end`.
  Target target(std::string_view end = {}, bool with_namespace = false);

 private:
  ExpressionPtr make(Expression::Kind kind, int line) const;
  /// Adds a level to a chain such as a + b + c, whose length is limited because it is as deep as it is long.
  ExpressionPtr chain(Expression::Kind kind, int line, ExpressionPtr left, ExpressionPtr right, int& length) const;
  ExpressionPtr conditional();
  ExpressionPtr disjunction();
  ExpressionPtr conjunction();
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr unary(bool with_filters = true);
  ExpressionPtr primary();
  ExpressionPtr named();
  ExpressionPtr list();
  ExpressionPtr map();
  ExpressionPtr postfix(ExpressionPtr node);
  ExpressionPtr subscript(ExpressionPtr node);
  ExpressionPtr subscript_with(ExpressionPtr node, int line);
  ExpressionPtr test(ExpressionPtr node);
  ExpressionPtr call(ExpressionPtr node);
  CallArguments call_arguments();
  void call_argument(CallArguments& arguments);
  bool ends_tuple(std::string_view end) const;
  Target single_target(bool with_namespace);

  TokenReader& reader_;
};

}  // namespace bakeoff::jinja
