// A recursive reader of JSON and Python literals.
#include "judges/call_reader.h"

#include <charconv>
#include <cmath>

namespace bakeoff::judges {

namespace {

constexpr int kDeepest = 64;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void append_utf8(std::string& out, unsigned code) {
  const auto byte = [&](unsigned value) { out += static_cast<char>(value); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) return byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F));
  if (code < 0x10000) return byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F));
  byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)), byte(0x80 | (code >> 6 & 0x3F)),
      byte(0x80 | (code & 0x3F));
}

}  // namespace

void CallReader::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

bool CallReader::take(char wanted) {
  skip_space();
  if (at_ >= text_.size() || text_[at_] != wanted) return false;
  ++at_;
  return true;
}

bool CallReader::at_end() {
  skip_space();
  return at_ >= text_.size();
}

Error CallReader::expected(const std::string& what) {
  skip_space();
  std::size_t length = 12;
  while (at_ + length < text_.size() && (static_cast<unsigned char>(text_[at_ + length]) & 0xC0) == 0x80) ++length;
  const std::string found = at_ < text_.size() ? "\"" + std::string(text_.substr(at_, length)) + "\"" : "the end";
  return input_error("expected " + what + ", found " + found);
}

std::string CallReader::name() {
  skip_space();
  const std::size_t begin = at_;
  if (at_ < text_.size() && is_letter(text_[at_]))
    while (at_ < text_.size() &&
           (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '.' || text_[at_] == '-'))
      ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

Result<ToolCall> CallReader::call() {
  ToolCall call;
  call.name = name();
  if (call.name.empty()) return expected("the name of a tool");
  if (!take('(')) return expected("\"(\" after the name");
  while (!take(')')) {
    const std::string key = name();
    if (key.empty()) return expected("the name of an argument");
    if (!take('=')) return expected("\"=\" after \"" + key + "\"");
    BAKEOFF_TRY(Json read, value());
    if (!call.arguments.emplace(key, std::move(read)).second) return input_error("\"" + key + "\" is given twice");
    if (take(',')) continue;
    if (!take(')')) return expected("\",\" or \")\"");
    break;
  }
  return call;
}

Result<Json> CallReader::value() {
  skip_space();
  if (at_ >= text_.size()) return expected("a value");
  const char c = text_[at_];
  if (c == '{' || c == '[' || c == '(') return nested(c);
  if (c == '"' || c == '\'') return text_literal();
  if (is_digit(c) || c == '-' || c == '+' || c == '.') return number();
  return word();
}

Result<Json> CallReader::nested(char open) {
  if (depth_ >= kDeepest) return input_error("nested deeper than 64");
  ++at_;
  ++depth_;
  Result<Json> read = open == '{' ? object() : list(open == '[' ? ']' : ')');
  --depth_;
  return read;
}

Result<Json> CallReader::list(char close) {
  Json values = Json::array();
  bool has_comma = false;
  while (!take(close)) {
    BAKEOFF_TRY(Json read, value());
    values.push_back(std::move(read));
    if (take(',')) {
      has_comma = true;
      continue;
    }
    if (!take(close)) return expected(std::string("\",\" or \"") + close + "\"");
    break;
  }
  if (close == ')' && values.size() == 1 && !has_comma) return Json(values[0]);  // brackets around one value
  return values;
}

Result<Json> CallReader::object() {
  Json fields = Json::object();
  while (!take('}')) {
    BAKEOFF_TRY(const Json key, value());
    if (key.is_structured()) return expected("a key");
    const std::string name = key.is_string() ? key.get<std::string>() : dump(key);
    if (!take(':')) return expected("\":\" after \"" + name + "\"");
    BAKEOFF_TRY(Json read, value());
    if (!fields.emplace(name, std::move(read)).second) return input_error("\"" + name + "\" is given twice");
    if (take(',')) continue;
    if (!take('}')) return expected("\",\" or \"}\"");
    break;
  }
  return fields;
}

Result<Json> CallReader::text_literal() {
  const char quote = text_[at_++];
  std::string out;
  while (at_ < text_.size() && text_[at_] != quote) {
    if (text_[at_] != '\\') {
      out += text_[at_++];
      continue;
    }
    ++at_;
    BAKEOFF_CHECK(escape(out));
  }
  if (at_ >= text_.size()) return input_error("a text without its closing quote");
  ++at_;
  return Json(to_valid_utf8(out));
}

Result<unsigned> CallReader::hex(int digits) {
  unsigned value = 0;
  const std::size_t length = static_cast<std::size_t>(digits);
  if (at_ + length > text_.size()) return expected("hexadecimal digits");
  const char* begin = text_.data() + at_;
  const auto [end, mistake] = std::from_chars(begin, begin + digits, value, 16);
  if (mistake != std::errc() || end != begin + digits) return expected("hexadecimal digits");
  at_ += length;
  return value;
}

/// As in JSON and Python; a backslash before anything else stands for itself.
Status CallReader::escape(std::string& out) {
  if (at_ >= text_.size()) return input_error("a text without its closing quote");
  const char c = text_[at_++];
  static constexpr std::string_view kNames = "ntrbf\\\"'/", kMeanings = "\n\t\r\b\f\\\"'/";
  if (const auto known = kNames.find(c); known != kNames.npos) {
    out += kMeanings[known];
    return {};
  }
  if (c != 'u' && c != 'x') {
    out += '\\';
    out += c;
    return {};
  }
  BAKEOFF_TRY(unsigned code, hex(c == 'u' ? 4 : 2));
  if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
    at_ += 2;
    BAKEOFF_TRY(const unsigned low, hex(4));
    code = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
  }
  append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
  return {};
}

Result<Json> CallReader::number() {
  const std::size_t begin = at_;
  if (text_[at_] == '-' || text_[at_] == '+') ++at_;
  const std::size_t digits = at_;
  while (at_ < text_.size() &&
         (is_digit(text_[at_]) || std::string_view(".eE").find(text_[at_]) != std::string_view::npos ||
          ((text_[at_] == '-' || text_[at_] == '+') && (text_[at_ - 1] | 0x20) == 'e')))
    ++at_;
  std::string_view written = text_.substr(begin, at_ - begin);
  if (written.front() == '+') written.remove_prefix(1);
  std::int64_t whole = 0;
  const char* end = written.data() + written.size();
  if (const auto read = std::from_chars(written.data(), end, whole); read.ec == std::errc() && read.ptr == end)
    return Json(whole);
  double real = 0;
  const auto read = std::from_chars(written.data(), end, real);
  if (at_ == digits || read.ec != std::errc() || read.ptr != end || !std::isfinite(real)) {
    at_ = begin;
    return expected("a number");
  }
  return Json(real);
}

Result<Json> CallReader::word() {
  const std::size_t begin = at_;
  const std::string read = name();
  if (read.empty()) return expected("a value");
  if (read == "true" || read == "True") return Json(true);
  if (read == "false" || read == "False") return Json(false);
  if (read == "null" || read == "None") return Json();
  if (at_ < text_.size() && text_[at_] == '(') {
    at_ = begin;
    return expected("a value, not a call");
  }
  return Json(read);
}

}  // namespace bakeoff::judges
