// The rules are those of Jinja 3.1's lexer (jinja2/lexer.py) with trim_blocks and lstrip_blocks on.
#include "baker/text/jinja_lexer.h"

#include <algorithm>
#include <charconv>

#include "baker/text/jinja_text.h"
#include "baker/text/jinja_value.h"

namespace bakeoff::jinja {

namespace {

/// One kind of line end, and no line end at the very end.
std::string normalized(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    const bool carriage = source[i] == '\r';
    if (carriage && i + 1 < source.size() && source[i + 1] == '\n') ++i;
    out += carriage ? '\n' : source[i];
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) read_data();
    add(Token::Kind::end, "");
    return std::move(tokens_);
  }

 private:
  bool looking_at(std::string_view text) const { return std::string_view(source_).substr(at_).starts_with(text); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  [[noreturn]] void fail(const std::string& what) const { throw Failure{what, line_}; }

  void advance(std::size_t count) {
    const auto begin = source_.begin() + static_cast<std::ptrdiff_t>(at_);
    line_ += static_cast<int>(std::count(begin, begin + static_cast<std::ptrdiff_t>(count), '\n'));
    at_ += count;
  }
  void skip_space() {
    const std::string_view rest = std::string_view(source_).substr(at_);
    advance(rest.size() - strip_left(rest).size());
  }
  Token& add(Token::Kind kind, std::string text) {
    Token token;
    token.kind = kind;
    token.text = std::move(text);
    token.line = line_;
    tokens_.push_back(std::move(token));
    return tokens_.back();
  }

  /// Text up to the next tag, and the tag.
  void read_data() {
    std::size_t tag = at_;
    while ((tag = source_.find('{', tag)) != std::string::npos) {
      const char next = tag + 1 < source_.size() ? source_[tag + 1] : '\0';
      if (next == '{' || next == '%' || next == '#') break;
      ++tag;
    }
    if (tag == std::string::npos) return add_data(source_.substr(at_), source_.size() - at_);
    const char type = source_[tag + 1];
    const char mark = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
    add_data(stripped(source_.substr(at_, tag - at_), mark, type == '{'), tag - at_);
    advance(2 + (mark == '-' || mark == '+' ? 1 : 0));
    if (type == '#') return skip_comment();
    if (type == '%' && begins_raw()) return read_raw();
    add(type == '%' ? Token::Kind::block_begin : Token::Kind::output_begin, "");
    read_tag(type == '%');
  }

  void add_data(std::string text, std::size_t source_bytes) {
    if (!text.empty()) add(Token::Kind::data, std::move(text));
    advance(source_bytes);
  }

  /// Data without what the tag after it takes away.
  std::string stripped(std::string data, char mark, bool is_output) const {
    if (mark == '-') return std::string(strip_right(data));
    if (mark == '+' || is_output) return data;
    const std::size_t newline = data.rfind('\n');
    const bool starts_line = newline != std::string::npos || line_starts_;
    const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
    if (starts_line && strip_left(std::string_view(data).substr(begin)).empty()) data.resize(begin);
    return data;
  }

  /// The end of a block or comment of two characters, with its mark, if it is here.
  bool take_end(std::string_view end, bool trims_line) {
    const char mark = peek();
    const bool marked = mark == '-' || (mark == '+' && trims_line);
    if (!std::string_view(source_).substr(at_ + (marked ? 1 : 0)).starts_with(end)) return false;
    advance(end.size() + (marked ? 1 : 0));
    if (marked && mark == '-') {
      skip_space();
    } else if (!marked && trims_line && peek() == '\n') {
      advance(1);
    }
    line_starts_ = source_[at_ - 1] == '\n';
    return true;
  }

  void skip_comment() {
    const int begin = line_;
    while (at_ < source_.size()) {
      if (take_end("#}", true)) return;
      advance(1);
    }
    throw Failure{"comment has no end", begin};
  }

  /// Whether `raw %}` follows; then it is consumed.
  bool begins_raw() {
    const std::size_t at = at_;
    const int line = line_;
    skip_space();
    if (looking_at("raw")) {
      advance(3);
      skip_space();
      const bool strips = looking_at("-%}");
      if (strips || looking_at("%}")) {
        advance(strips ? 3 : 2);
        if (strips) skip_space();
        line_starts_ = source_[at_ - 1] == '\n';
        return true;
      }
    }
    at_ = at;
    line_ = line;
    return false;
  }

  void read_raw() {
    const int begin_line = line_;
    const std::size_t begin = at_;
    std::size_t tag = at_;
    while ((tag = source_.find("{%", tag)) != std::string::npos) {
      at_ = tag + 2;
      const char mark = peek();
      if (mark == '-' || mark == '+') ++at_;
      while (at_ < source_.size() && is_space(static_cast<unsigned char>(source_[at_]))) ++at_;
      if (looking_at("endraw") && ends_raw(begin, tag, mark)) return;
      tag += 2;
    }
    throw Failure{"raw has no end", begin_line};
  }

  /// At "endraw": adds the data before its tag if the tag is complete.
  bool ends_raw(std::size_t begin, std::size_t tag, char mark) {
    std::size_t after = at_ + 6;
    while (after < source_.size() && is_space(static_cast<unsigned char>(source_[after]))) ++after;
    const std::string_view rest = std::string_view(source_).substr(after);
    if (!rest.starts_with("%}") && !rest.starts_with("-%}") && !rest.starts_with("+%}")) return false;
    at_ = begin;
    add_data(stripped(source_.substr(begin, tag - begin), mark, false), tag - begin);
    advance(after - tag);
    return take_end("%}", true);
  }

  /// Tokens inside a tag, and its end.
  void read_tag(bool is_block) {
    open_.clear();
    while (at_ < source_.size()) {
      if (open_.empty() && take_end(is_block ? "%}" : "}}", is_block)) {
        add(is_block ? Token::Kind::block_end : Token::Kind::output_end, "");
        return;
      }
      if (is_space(code_point(characters(std::string_view(source_).substr(at_, 4))[0]))) {
        skip_space();
      } else {
        read_token();
      }
    }
    fail(is_block ? "tag has no end '%}'" : "output has no end '}}'");
  }

  void read_token() {
    const char c = peek();
    if (is_digit(c)) return read_number();
    if (c == '"' || c == '\'') return read_text(c);
    if (!begins_name(c)) return read_symbol();
    std::size_t end = at_;
    while (end < source_.size() && (begins_name(source_[end]) || is_digit(source_[end]))) ++end;
    add(Token::Kind::name, source_.substr(at_, end - at_));
    advance(end - at_);
  }

  /// Digits with single underscores between them, from `at`.
  std::size_t digits_end(std::size_t at) const {
    while (at < source_.size() && (is_digit(source_[at]) || (source_[at] == '_' && at + 1 < source_.size() &&
                                                             is_digit(source_[at + 1]) && is_digit(source_[at - 1]))))
      ++at;
    return at;
  }
  bool digit_at(std::size_t at) const { return at < source_.size() && is_digit(source_[at]); }

  void read_number() {
    if (peek() == '0' && std::string_view("xXoObB").find(peek(1)) != std::string_view::npos && peek(1) != '\0')
      return read_based_integer();
    std::size_t end = digits_end(at_);
    const bool after_dot = at_ > 0 && source_[at_ - 1] == '.';
    bool is_real = false;
    if (!after_dot && end < source_.size() && source_[end] == '.' && digit_at(end + 1)) {
      is_real = true;
      end = digits_end(end + 1);
    }
    if (!after_dot && end < source_.size() && (source_[end] == 'e' || source_[end] == 'E')) {
      const bool is_signed = end + 1 < source_.size() && (source_[end + 1] == '-' || source_[end + 1] == '+');
      const std::size_t exponent = end + (is_signed ? 2 : 1);
      if (digit_at(exponent)) {
        is_real = true;
        end = digits_end(exponent);
      }
    }
    add_number(end, is_real, 10, at_);
  }

  void read_based_integer() {
    const char letter = static_cast<char>(peek(1) | 0x20);
    const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
    std::size_t end = at_ + 2;
    while (end < source_.size() && (std::isxdigit(static_cast<unsigned char>(source_[end])) || source_[end] == '_'))
      ++end;
    add_number(end, false, base, at_ + 2);
  }

  void add_number(std::size_t end, bool is_real, int base, std::size_t digits_begin) {
    std::string digits = source_.substr(digits_begin, end - digits_begin);
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    Token& token = add(is_real ? Token::Kind::real : Token::Kind::integer, digits);
    const char* last = digits.data() + digits.size();
    const auto read = is_real ? std::from_chars(digits.data(), last, token.real)
                              : std::from_chars(digits.data(), last, token.integer, base);
    const bool too_large = read.ec == std::errc::result_out_of_range;
    if (read.ec != std::errc() || read.ptr != last)
      fail(too_large ? "number " + digits + " is beyond 64 bits" : "number is malformed: " + digits);
    advance(end - at_);
  }

  void read_text(char quote) {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) fail("text has no closing quote");
    add(Token::Kind::text, unescaped(std::string_view(source_).substr(at_ + 1, end - at_ - 1)));
    advance(end + 1 - at_);
  }

  /// Python's escapes; an unknown one stays as it is.
  std::string unescaped(std::string_view text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\') {
        out += text[i];
        continue;
      }
      ++i;
      constexpr std::string_view kSimple = "n\nt\tr\ra\ab\bf\fv\v\\\\''\"\"";
      const std::size_t known = simple_escape(kSimple, text[i]);
      if (known != std::string_view::npos) {
        out += kSimple[known + 1];
      } else if (text[i] == 'x' || text[i] == 'u' || text[i] == 'U') {
        const std::size_t digits = text[i] == 'x' ? 2 : text[i] == 'u' ? 4 : 8;
        append_code(out, text.substr(i + 1, digits), digits, 16);
        i += digits;
      } else if (text[i] >= '0' && text[i] <= '7') {
        std::size_t digits = 1;
        while (digits < 3 && i + digits < text.size() && text[i + digits] >= '0' && text[i + digits] <= '7') ++digits;
        append_code(out, text.substr(i, digits), digits, 8);
        i += digits - 1;
      } else if (text[i] == 'N') {
        fail("escape \\N is not supported");
      } else if (text[i] != '\n') {
        out += '\\';
        out += text[i];
      }
    }
    return out;
  }

  static std::size_t simple_escape(std::string_view table, char letter) {
    for (std::size_t i = 0; i < table.size(); i += 2)
      if (table[i] == letter) return i;
    return std::string_view::npos;
  }

  void append_code(std::string& out, std::string_view digits, std::size_t count, int base) const {
    std::uint32_t code = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
    const bool whole = digits.size() == count && read.ec == std::errc() && read.ptr == digits.data() + digits.size();
    if (!whole || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) fail("escape names no character");
    append_utf8(out, code);
  }

  void read_symbol() {
    static constexpr std::string_view kSymbols[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                                    "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                    ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    const auto* found = std::find_if(std::begin(kSymbols), std::end(kSymbols), [&](auto s) { return looking_at(s); });
    if (found == std::end(kSymbols)) fail(std::string("unexpected character '") + peek() + "'");
    balance((*found)[0]);
    add(Token::Kind::symbol, std::string(*found));
    advance(found->size());
  }

  /// Inside brackets `}}` and `%}` end no tag.
  void balance(char symbol) {
    if (symbol == '(') open_ += ')';
    if (symbol == '[') open_ += ']';
    if (symbol == '{') open_ += '}';
    if (symbol != ')' && symbol != ']' && symbol != '}') return;
    if (open_.empty() || open_.back() != symbol) fail(std::string("unexpected '") + symbol + "'");
    open_.pop_back();
  }

  std::string source_;
  std::vector<Token> tokens_;
  std::string open_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starts_ = true;  ///< what was read last ended a line, or nothing was read
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(normalized(source)).run(); }

}  // namespace bakeoff::jinja
