// Statements: one function a tag, named in one table; and the reader of tokens.
#include "baker/text/jinja_parser.h"

#include <algorithm>
#include <initializer_list>

namespace bakeoff::jinja {

TokenReader::Depth::Depth(TokenReader& reader) : reader_(reader) {
  if (++reader_.depth_ <= kMaxParserDepth) return;
  --reader_.depth_;
  reader_.fail("nested deeper than " + std::to_string(kMaxParserDepth));
}

bool TokenReader::skip_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  take();
  return true;
}

bool TokenReader::skip_name(std::string_view name) {
  if (!at_name(name)) return false;
  take();
  return true;
}

void TokenReader::expect_symbol(std::string_view symbol) {
  if (!skip_symbol(symbol)) fail("expected '" + std::string(symbol) + "' before '" + peek().text + "'");
}

void TokenReader::expect(Token::Kind kind, const char* what) {
  if (!at(kind)) fail(std::string("expected ") + what + ", found '" + peek().text + "'");
  take();
}

std::string TokenReader::expect_name() {
  if (!at(Token::Kind::name)) fail("expected a name, found '" + peek().text + "'");
  return take().text;
}

namespace {

using StatementPtr = std::unique_ptr<Statement>;
using Ends = std::initializer_list<std::string_view>;

class StatementParser {
 public:
  explicit StatementParser(std::string_view source) : reader_(tokenize(source)), expressions_(reader_) {}

  Block run() { return block({}); }

 private:
  using Parse = StatementPtr (StatementParser::*)();

  static Parse parser_of(std::string_view tag) {
    static constexpr std::pair<std::string_view, Parse> kTags[] = {
        {"if", &StatementParser::condition},    {"for", &StatementParser::loop},
        {"set", &StatementParser::set},         {"macro", &StatementParser::macro},
        {"call", &StatementParser::call_block}, {"filter", &StatementParser::filter_block},
        {"with", &StatementParser::with},       {"generation", &StatementParser::generation},
        {"break", &StatementParser::leave},     {"continue", &StatementParser::next},
        {"print", &StatementParser::print}};
    for (const auto& [name, parse] : kTags)
      if (name == tag) return parse;
    return nullptr;
  }

  StatementPtr make(Statement::Kind kind) const {
    auto node = std::make_unique<Statement>();
    node->kind = kind;
    node->line = reader_.line();
    return node;
  }

  void end_tag() { reader_.expect(Token::Kind::block_end, "'%}'"); }

  bool at_any(Ends ends) const {
    return std::any_of(ends.begin(), ends.end(), [this](std::string_view end) { return reader_.at_name(end); });
  }

  /// Statements up to a tag named in `ends` (at whose name it stops), or to the end of the template if there are none.
  Block block(Ends ends) {
    const TokenReader::Depth depth(reader_);
    Block body;
    while (!reader_.at(Token::Kind::end)) {
      if (reader_.at(Token::Kind::data)) {
        body.push_back(make(Statement::Kind::data));
        body.back()->text = reader_.take().text;
      } else if (reader_.at(Token::Kind::output_begin)) {
        reader_.take();
        body.push_back(make(Statement::Kind::output));
        body.back()->expression = expressions_.expression_or_tuple();
        reader_.expect(Token::Kind::output_end, "'}}'");
      } else {
        reader_.take();
        if (at_any(ends)) return body;
        body.push_back(tag());
        end_tag();
      }
    }
    if (ends.size() > 0) reader_.fail("template ends before '" + std::string(*(ends.end() - 1)) + "'");
    return body;
  }

  /// The body of a tag: from its end to the name of a tag in `ends`.
  Block body_until(Ends ends) {
    end_tag();
    return block(ends);
  }
  Block body_through(std::string_view end) {
    Block body = body_until({end});
    reader_.take();
    return body;
  }

  StatementPtr tag() {
    const std::string name = reader_.at(Token::Kind::name) ? reader_.peek().text : "";
    const Parse parse = parser_of(name);
    if (!parse) reader_.fail("unknown tag '" + (name.empty() ? reader_.peek().text : name) + "'");
    reader_.take();
    return (this->*parse)();
  }

  StatementPtr condition() {
    StatementPtr node = make(Statement::Kind::condition);
    while (true) {
      Branch branch;
      branch.condition = expressions_.expression_or_tuple(false);
      branch.body = body_until({"elif", "else", "endif"});
      node->branches.push_back(std::move(branch));
      const std::string end = reader_.take().text;
      if (end == "elif") continue;
      if (end == "else") node->branches.push_back({nullptr, body_through("endif")});
      return node;
    }
  }

  StatementPtr loop() {
    StatementPtr node = make(Statement::Kind::loop);
    node->target = expressions_.target("in");
    if (!reader_.skip_name("in")) reader_.fail("expected 'in' in a for tag");
    node->expression = expressions_.expression_or_tuple(false, "recursive");
    if (reader_.skip_name("if")) node->condition = expressions_.expression();
    node->recursive = reader_.skip_name("recursive");
    ++loops_;
    node->body = body_until({"else", "endfor"});
    --loops_;
    if (reader_.take().text == "else") node->otherwise = body_through("endfor");
    return node;
  }

  StatementPtr loop_control(Statement::Kind kind, const char* name) {
    if (loops_ == 0) reader_.fail(std::string(name) + " stands outside a loop");
    return make(kind);
  }
  StatementPtr leave() { return loop_control(Statement::Kind::leave, "break"); }
  StatementPtr next() { return loop_control(Statement::Kind::next, "continue"); }

  StatementPtr set() {
    StatementPtr node = make(Statement::Kind::set);
    node->target = expressions_.target({}, true);
    if (reader_.skip_symbol("=")) {
      node->expression = expressions_.expression_or_tuple();
      return node;
    }
    node->kind = Statement::Kind::set_block;
    if (reader_.at_symbol("|")) node->expression = expressions_.filters(nullptr);
    node->body = body_through("endset");
    return node;
  }

  StatementPtr with() {
    StatementPtr node = make(Statement::Kind::with);
    while (!reader_.at(Token::Kind::block_end)) {
      if (!node->assignments.empty()) reader_.expect_symbol(",");
      Target target = expressions_.target();
      reader_.expect_symbol("=");
      node->assignments.emplace_back(std::move(target), expressions_.expression());
    }
    node->body = body_through("endwith");
    return node;
  }

  void parameters(MacroBody& macro) {
    reader_.expect_symbol("(");
    while (!reader_.at_symbol(")")) {
      if (!macro.parameters.empty()) reader_.expect_symbol(",");
      Parameter parameter;
      parameter.name = reader_.expect_name();
      if (reader_.skip_symbol("=")) {
        parameter.fallback = expressions_.expression();
      } else if (!macro.parameters.empty() && macro.parameters.back().fallback) {
        reader_.fail("parameter '" + parameter.name + "' without a default follows one with a default");
      }
      macro.parameters.push_back(std::move(parameter));
    }
    reader_.take();
  }

  void macro_body(MacroBody& macro, std::string_view end) {
    const std::size_t before = reader_.names_read.size();
    const int loops_outside = std::exchange(loops_, 0);
    macro.body = body_through(end);
    loops_ = loops_outside;
    const auto reads = [&](const char* name) {
      const auto first = reader_.names_read.begin() + static_cast<std::ptrdiff_t>(before);
      const bool is_parameter = std::any_of(macro.parameters.begin(), macro.parameters.end(),
                                            [name](const Parameter& own) { return own.name == name; });
      return !is_parameter && std::find(first, reader_.names_read.end(), name) != reader_.names_read.end();
    };
    macro.takes_rest = reads("varargs");
    macro.takes_named_rest = reads("kwargs");
    macro.takes_caller = reads("caller");
  }

  StatementPtr macro() {
    StatementPtr node = make(Statement::Kind::macro);
    node->macro.name = reader_.expect_name();
    parameters(node->macro);
    macro_body(node->macro, "endmacro");
    return node;
  }

  StatementPtr call_block() {
    StatementPtr node = make(Statement::Kind::call_block);
    node->macro.name = "caller";
    if (reader_.at_symbol("(")) parameters(node->macro);
    node->expression = expressions_.expression();
    if (node->expression->kind != Expression::Kind::call) reader_.fail("a call tag needs a call");
    macro_body(node->macro, "endcall");
    return node;
  }

  StatementPtr filter_block() {
    StatementPtr node = make(Statement::Kind::filter_block);
    node->expression = expressions_.filters(nullptr, true);
    node->body = body_through("endfilter");
    return node;
  }

  StatementPtr generation() {
    StatementPtr node = make(Statement::Kind::generation);
    node->body = body_through("endgeneration");
    return node;
  }

  StatementPtr print() {
    StatementPtr node = make(Statement::Kind::output);
    node->expression = expressions_.expression();
    return node;
  }

  TokenReader reader_;
  ExpressionParser expressions_;
  int loops_ = 0;  ///< open for tags
};

}  // namespace

Block parse_template(std::string_view source) { return StatementParser(source).run(); }

}  // namespace bakeoff::jinja
