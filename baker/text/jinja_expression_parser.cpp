// Expressions, from the loosest binding (inline if) to the tightest (names and literals).
#include <algorithm>

#include "baker/text/jinja_parser.h"

namespace bakeoff::jinja {

namespace {

bool is_constant_name(const std::string& name) {
  return name == "true" || name == "True" || name == "false" || name == "False" || name == "none" || name == "None";
}

}  // namespace

ExpressionPtr ExpressionParser::make(Expression::Kind kind, int line) const {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->line = line;
  return node;
}

ExpressionPtr ExpressionParser::chain(Expression::Kind kind, int line, ExpressionPtr left, ExpressionPtr right,
                                      int& length) const {
  if (++length > kMaxParserDepth) reader_.fail("more than " + std::to_string(kMaxParserDepth) + " operations in a row");
  ExpressionPtr node = make(kind, line);
  node->items.push_back(std::move(left));
  if (right) node->items.push_back(std::move(right));
  return node;
}

ExpressionPtr ExpressionParser::expression(bool with_condition) {
  const TokenReader::Depth depth(reader_);
  return with_condition ? conditional() : disjunction();
}

ExpressionPtr ExpressionParser::conditional() {
  const TokenReader::Depth depth(reader_);
  int line = reader_.line(), length = 0;
  ExpressionPtr node = disjunction();
  while (reader_.skip_name("if")) {
    ExpressionPtr condition = disjunction();
    node = chain(Expression::Kind::conditional, line, std::move(node), std::move(condition), length);
    node->items.push_back(reader_.skip_name("else") ? conditional() : nullptr);
    line = reader_.line();
  }
  return node;
}

ExpressionPtr ExpressionParser::disjunction() {
  const int line = reader_.line();
  int length = 0;
  ExpressionPtr node = conjunction();
  while (reader_.skip_name("or"))
    node = chain(Expression::Kind::logical_or, line, std::move(node), conjunction(), length);
  return node;
}

ExpressionPtr ExpressionParser::conjunction() {
  const int line = reader_.line();
  int length = 0;
  ExpressionPtr node = negation();
  while (reader_.skip_name("and"))
    node = chain(Expression::Kind::logical_and, line, std::move(node), negation(), length);
  return node;
}

ExpressionPtr ExpressionParser::negation() {
  const TokenReader::Depth depth(reader_);
  const int line = reader_.line();
  if (!reader_.skip_name("not")) return comparison();
  ExpressionPtr node = make(Expression::Kind::logical_not, line);
  node->items.push_back(negation());
  return node;
}

ExpressionPtr ExpressionParser::comparison() {
  static constexpr std::pair<std::string_view, Comparison> kSymbols[] = {
      {"==", Comparison::equal},         {"!=", Comparison::unequal}, {"<", Comparison::less},
      {"<=", Comparison::less_or_equal}, {">", Comparison::greater},  {">=", Comparison::greater_or_equal}};
  ExpressionPtr node = make(Expression::Kind::comparison, reader_.line());
  node->items.push_back(sum());
  while (true) {
    const auto* symbol = std::find_if(std::begin(kSymbols), std::end(kSymbols),
                                      [&](const auto& known) { return reader_.at_symbol(known.first); });
    if (symbol != std::end(kSymbols)) {
      reader_.take();
      node->comparisons.push_back(symbol->second);
    } else if (reader_.skip_name("in")) {
      node->comparisons.push_back(Comparison::in);
    } else if (reader_.at_name("not") && reader_.at_name("in", 1)) {
      reader_.take();
      reader_.take();
      node->comparisons.push_back(Comparison::not_in);
    } else {
      break;
    }
    node->items.push_back(sum());
  }
  return node->comparisons.empty() ? std::move(node->items[0]) : std::move(node);
}

ExpressionPtr ExpressionParser::sum() {
  int length = 0;
  ExpressionPtr node = concatenation();
  while (reader_.at_symbol("+") || reader_.at_symbol("-")) {
    const Token symbol = reader_.take();
    node = chain(Expression::Kind::binary, symbol.line, std::move(node), concatenation(), length);
    node->operation = symbol.text == "+" ? Binary::add : Binary::subtract;
  }
  return node;
}

ExpressionPtr ExpressionParser::concatenation() {
  ExpressionPtr node = make(Expression::Kind::concatenation, reader_.line());
  node->items.push_back(product());
  while (reader_.skip_symbol("~")) node->items.push_back(product());
  return node->items.size() == 1 ? std::move(node->items[0]) : std::move(node);
}

ExpressionPtr ExpressionParser::product() {
  static constexpr std::pair<std::string_view, Binary> kSymbols[] = {
      {"*", Binary::multiply}, {"/", Binary::divide}, {"//", Binary::floor_divide}, {"%", Binary::modulo}};
  int length = 0;
  ExpressionPtr node = power();
  while (true) {
    const auto* symbol = std::find_if(std::begin(kSymbols), std::end(kSymbols),
                                      [&](const auto& known) { return reader_.at_symbol(known.first); });
    if (symbol == std::end(kSymbols)) return node;
    const int line = reader_.take().line;
    node = chain(Expression::Kind::binary, line, std::move(node), power(), length);
    node->operation = symbol->second;
  }
}

ExpressionPtr ExpressionParser::power() {
  int length = 0;
  ExpressionPtr node = unary();
  while (reader_.at_symbol("**")) {
    const int line = reader_.take().line;
    node = chain(Expression::Kind::binary, line, std::move(node), unary(), length);
    node->operation = Binary::power;
  }
  return node;
}

ExpressionPtr ExpressionParser::unary(bool with_filters) {
  const TokenReader::Depth depth(reader_);
  const int line = reader_.line();
  ExpressionPtr node;
  if (reader_.at_symbol("-") || reader_.at_symbol("+")) {
    const bool negative = reader_.take().text == "-";
    node = make(negative ? Expression::Kind::negative : Expression::Kind::positive, line);
    node->items.push_back(unary(false));
  } else {
    node = primary();
  }
  node = postfix(std::move(node));
  if (!with_filters) return node;
  for (int length = 0;; ++length) {
    if (length > kMaxParserDepth) reader_.fail("too many filters in a row");
    if (reader_.at_symbol("|")) {
      node = filters(std::move(node));
    } else if (reader_.skip_name("is")) {
      node = test(std::move(node));
    } else if (reader_.at_symbol("(")) {
      node = call(std::move(node));
    } else {
      return node;
    }
  }
}

ExpressionPtr ExpressionParser::primary() {
  const Token& token = reader_.peek();
  const int line = token.line;
  if (token.kind == Token::Kind::name) return named();
  if (reader_.at_symbol("[")) return list();
  if (reader_.at_symbol("{")) return map();
  if (reader_.skip_symbol("(")) {
    ExpressionPtr inner = expression_or_tuple(true, {}, true);
    reader_.expect_symbol(")");
    return inner;
  }
  ExpressionPtr node = make(Expression::Kind::constant, line);
  if (token.kind == Token::Kind::text) {
    std::string text;
    while (reader_.at(Token::Kind::text)) text += reader_.take().text;
    node->value = Value::text(std::move(text));
  } else if (token.kind == Token::Kind::integer) {
    node->value = Value::integer(reader_.take().integer);
  } else if (token.kind == Token::Kind::real) {
    node->value = Value::real(reader_.take().real);
  } else {
    reader_.fail(token.text.empty() ? "expected an expression" : "unexpected '" + token.text + "'");
  }
  return node;
}

ExpressionPtr ExpressionParser::named() {
  const Token token = reader_.take();
  const std::string& name = token.text;
  if (is_constant_name(name)) {
    ExpressionPtr node = make(Expression::Kind::constant, token.line);
    const bool is_none = name == "none" || name == "None";
    node->value = is_none ? Value::none() : Value::boolean(name == "true" || name == "True");
    return node;
  }
  ExpressionPtr node = make(Expression::Kind::name, token.line);
  node->name = name;
  reader_.names_read.push_back(name);
  return node;
}

ExpressionPtr ExpressionParser::list() {
  ExpressionPtr node = make(Expression::Kind::list, reader_.take().line);
  while (!reader_.at_symbol("]")) {
    node->items.push_back(expression());
    if (!reader_.at_symbol("]")) reader_.expect_symbol(",");
  }
  reader_.take();
  return node;
}

ExpressionPtr ExpressionParser::map() {
  ExpressionPtr node = make(Expression::Kind::map, reader_.take().line);
  while (!reader_.at_symbol("}")) {
    node->items.push_back(expression());
    reader_.expect_symbol(":");
    node->items.push_back(expression());
    if (!reader_.at_symbol("}")) reader_.expect_symbol(",");
  }
  reader_.take();
  return node;
}

bool ExpressionParser::ends_tuple(std::string_view end) const {
  return reader_.at(Token::Kind::output_end) || reader_.at(Token::Kind::block_end) || reader_.at_symbol(")") ||
         (!end.empty() && reader_.at_name(end));
}

ExpressionPtr ExpressionParser::expression_or_tuple(bool with_condition, std::string_view end, bool in_parentheses) {
  ExpressionPtr tuple = make(Expression::Kind::tuple, reader_.line());
  bool has_comma = false;
  while (!ends_tuple(end)) {
    tuple->items.push_back(expression(with_condition));
    if (!reader_.skip_symbol(",")) break;
    has_comma = true;
  }
  if (has_comma || (tuple->items.empty() && in_parentheses)) return tuple;
  if (tuple->items.empty()) reader_.fail("expected an expression");
  return std::move(tuple->items[0]);
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr node) {
  for (int length = 0;; ++length) {
    if (length > kMaxParserDepth) reader_.fail("too many lookups in a row");
    if (reader_.at_symbol(".") || reader_.at_symbol("[")) {
      node = subscript(std::move(node));
    } else if (reader_.at_symbol("(")) {
      node = call(std::move(node));
    } else {
      return node;
    }
  }
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr node) {
  const Token opening = reader_.take();
  if (opening.text == "[") return subscript_with(std::move(node), opening.line);
  const bool by_index = reader_.at(Token::Kind::integer);
  ExpressionPtr out = make(by_index ? Expression::Kind::item : Expression::Kind::attribute, opening.line);
  out->items.push_back(std::move(node));
  if (by_index) {
    out->items.push_back(primary());
  } else {
    out->name = reader_.expect_name();
  }
  return out;
}

ExpressionPtr ExpressionParser::subscript_with(ExpressionPtr node, int line) {
  ExpressionPtr begin = reader_.at_symbol(":") ? nullptr : expression();
  const bool is_slice = reader_.skip_symbol(":");
  ExpressionPtr out = make(is_slice ? Expression::Kind::slice : Expression::Kind::item, line);
  out->items.push_back(std::move(node));
  out->items.push_back(std::move(begin));
  if (is_slice) {
    const bool open = reader_.at_symbol(":") || reader_.at_symbol("]");
    out->items.push_back(open ? nullptr : expression());
    const bool stepped = reader_.skip_symbol(":") && !reader_.at_symbol("]");
    out->items.push_back(stepped ? expression() : nullptr);
  }
  reader_.expect_symbol("]");
  return out;
}

ExpressionPtr ExpressionParser::filters(ExpressionPtr input, bool starts_within) {
  int length = 0;
  while (starts_within || reader_.skip_symbol("|")) {
    starts_within = false;
    const int line = reader_.line();
    const std::string name = reader_.expect_name();
    input = chain(Expression::Kind::filter, line, std::move(input), nullptr, length);
    input->name = name;
    input->function = find_filter(name);
    if (!input->function) throw Failure{"unknown filter '" + name + "'", line};
    if (reader_.at_symbol("(")) input->arguments = call_arguments();
  }
  return input;
}

ExpressionPtr ExpressionParser::test(ExpressionPtr node) {
  const bool negated = reader_.skip_name("not");
  const int line = reader_.line();
  ExpressionPtr out = make(Expression::Kind::test, line);
  out->items.push_back(std::move(node));
  out->name = reader_.expect_name();
  out->predicate = find_test(out->name);
  if (!out->predicate) throw Failure{"unknown test '" + out->name + "'", line};
  const Token& next = reader_.peek();
  const bool is_literal = next.kind == Token::Kind::text || next.kind == Token::Kind::integer ||
                          next.kind == Token::Kind::real || reader_.at_symbol("[") || reader_.at_symbol("{");
  const bool is_name = next.kind == Token::Kind::name && next.text != "else" && next.text != "or" && next.text != "and";
  if (reader_.at_symbol("(")) {
    out->arguments = call_arguments();
  } else if (is_literal || is_name) {
    if (next.text == "is" && is_name) reader_.fail("tests can not be chained");
    out->arguments.positional.push_back(postfix(primary()));
  }
  if (!negated) return out;
  ExpressionPtr inverse = make(Expression::Kind::logical_not, line);
  inverse->items.push_back(std::move(out));
  return inverse;
}

ExpressionPtr ExpressionParser::call(ExpressionPtr node) {
  ExpressionPtr out = make(Expression::Kind::call, reader_.line());
  out->items.push_back(std::move(node));
  out->arguments = call_arguments();
  return out;
}

CallArguments ExpressionParser::call_arguments() {
  CallArguments arguments;
  reader_.expect_symbol("(");
  while (!reader_.at_symbol(")")) {
    call_argument(arguments);
    if (!reader_.at_symbol(")")) reader_.expect_symbol(",");
  }
  reader_.take();
  return arguments;
}

void ExpressionParser::call_argument(CallArguments& arguments) {
  const bool is_named =
      reader_.at(Token::Kind::name) && reader_.peek(1).kind == Token::Kind::symbol && reader_.peek(1).text == "=";
  if (reader_.skip_symbol("*")) {
    if (arguments.rest) reader_.fail("two '*' in one call");
    arguments.rest = expression();
  } else if (reader_.skip_symbol("**")) {
    if (arguments.named_rest) reader_.fail("two '**' in one call");
    arguments.named_rest = expression();
  } else if (is_named) {
    const std::string name = reader_.take().text;
    reader_.take();
    arguments.named.emplace_back(name, expression());
  } else {
    if (!arguments.named.empty() || arguments.rest || arguments.named_rest)
      reader_.fail("a positional argument follows a named one");
    arguments.positional.push_back(expression());
  }
}

Target ExpressionParser::single_target(bool with_namespace) {
  const TokenReader::Depth depth(reader_);
  if (reader_.skip_symbol("(")) {
    Target inner = target({}, with_namespace);
    reader_.expect_symbol(")");
    return inner;
  }
  Target out;
  out.name = reader_.expect_name();
  if (is_constant_name(out.name)) reader_.fail("can not assign to '" + out.name + "'");
  if (with_namespace && reader_.skip_symbol(".")) {
    reader_.names_read.push_back(out.name);
    out.attribute = reader_.expect_name();
  }
  return out;
}

Target ExpressionParser::target(std::string_view end, bool with_namespace) {
  Target first = single_target(with_namespace);
  if (!reader_.at_symbol(",")) return first;
  Target tuple;
  tuple.parts.push_back(std::move(first));
  while (reader_.skip_symbol(",")) {
    if (ends_tuple(end) || reader_.at_symbol("=")) break;
    tuple.parts.push_back(single_target(with_namespace));
  }
  return tuple;
}

}  // namespace bakeoff::jinja
