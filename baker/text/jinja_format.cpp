// Python's str.format, for templates that put texts together with it.
//
//   {{ '{} has {:>4.1f} {unit[name]!r}'.format('x', 2.25, unit={'name': 'kg'}) }}
//
// Grammar: docs.python.org/3/library/string.html#format-string-syntax.
#include <cmath>
#include <cstdio>

#include "baker/text/jinja_builtins.h"
#include "baker/text/jinja_operations.h"
#include "baker/text/jinja_text.h"

namespace bakeoff::jinja {

namespace {

constexpr std::size_t kMaxWidth = 9999;

struct Specification {
  std::string fill = " ";
  char align = '\0', sign = '-', grouping = '\0', type = '\0';
  bool alternate = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;
};

/// Reads [[fill]align][sign][#][0][width][grouping][.precision][type].
class SpecificationReader {
 public:
  explicit SpecificationReader(const std::string& text) : text_(text) {}

  Specification read() {
    Specification spec;
    read_align(spec);
    if (is_any("+- ")) spec.sign = text_[at_++];
    if (is_any("#")) spec.alternate = text_[at_++] == '#';
    if (is_any("0")) {
      ++at_;
      if (spec.align == '\0') spec.fill = "0", spec.align = '=';
    }
    if (const auto width = number()) spec.width = *width;
    if (is_any(",_")) spec.grouping = text_[at_++];
    if (is_any(".")) {
      ++at_;
      spec.precision = number();
      if (!spec.precision) fail();
    }
    if (at_ < text_.size()) spec.type = text_[at_++];
    if (at_ < text_.size()) fail();
    return spec;
  }

 private:
  bool is_any(const char* set) const {
    return at_ < text_.size() && std::string_view(set).find(text_[at_]) != std::string_view::npos;
  }

  void read_align(Specification& spec) {
    constexpr std::string_view kAlignments = "<>=^";
    const std::size_t first = byte_of(text_, 1);
    if (first < text_.size() && kAlignments.find(text_[first]) != std::string_view::npos) {
      spec.fill = text_.substr(0, first);
      spec.align = text_[first];
      at_ = first + 1;
    } else if (is_any("<>=^")) {
      spec.align = text_[at_++];
    }
  }

  std::optional<std::size_t> number() {
    const std::size_t begin = at_;
    std::size_t value = 0;
    for (; is_any("0123456789"); ++at_) {
      value = value * 10 + static_cast<std::size_t>(text_[at_] - '0');
      if (value > kMaxWidth) throw Failure{"format is wider than " + std::to_string(kMaxWidth)};
    }
    return at_ == begin ? std::nullopt : std::optional(value);
  }

  [[noreturn]] void fail() const { throw Failure{"format has an invalid specification '" + text_ + "'"}; }

  const std::string& text_;
  std::size_t at_ = 0;
};

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// `head` is a sign or prefix that '=' keeps in front of the fill.
std::string padded(const Specification& spec, char usual_align, const std::string& head, const std::string& body) {
  const std::size_t length = text_length(head) + text_length(body);
  const std::size_t missing = spec.width > length ? spec.width - length : 0;
  switch (spec.align ? spec.align : usual_align) {
    case '<':
      return head + body + repeated(spec.fill, missing);
    case '>':
      return repeated(spec.fill, missing) + head + body;
    case '^':
      return repeated(spec.fill, missing / 2) + head + body + repeated(spec.fill, missing - missing / 2);
    default:
      return head + repeated(spec.fill, missing) + body;
  }
}

/// Puts the separator before every third digit of the whole part.
std::string grouped(const std::string& digits, char separator) {
  std::size_t whole = 0;
  while (whole < digits.size() && digits[whole] >= '0' && digits[whole] <= '9') ++whole;
  std::string out;
  for (std::size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % 3 == 0) out += separator;
    out += digits[i];
  }
  return out + digits.substr(whole);
}

std::string signed_number(const Specification& spec, bool negative, std::string digits) {
  if (spec.alternate) throw Failure{"format with '#' is not supported"};
  if (spec.grouping && spec.align == '=' && spec.fill == "0")
    throw Failure{"format with both leading zeros and separators is not supported"};
  if (spec.grouping) digits = grouped(digits, spec.grouping);
  const std::string head = negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
  return padded(spec, '>', head, digits);
}

std::string format_real(const Specification& spec, double value) {
  const bool percent = spec.type == '%';
  if (!spec.type && spec.precision) throw Failure{"format of a float needs a type such as 'f' with its precision"};
  const double shown = std::fabs(percent ? value * 100 : value);
  if (!spec.type) return signed_number(spec, std::signbit(value), real_text(shown));
  if (!percent && std::string_view("eEfFgG").find(spec.type) == std::string_view::npos)
    throw Failure{std::string("format has an unknown type '") + spec.type + "' for a float"};
  const std::string pattern = std::string("%.*") + (percent ? 'f' : spec.type);
  const int precision = static_cast<int>(spec.precision.value_or(6));
  std::string digits(static_cast<std::size_t>(std::snprintf(nullptr, 0, pattern.c_str(), precision, shown)) + 1, '\0');
  std::snprintf(digits.data(), digits.size(), pattern.c_str(), precision, shown);
  digits.pop_back();
  return signed_number(spec, std::signbit(value), digits + (percent ? "%" : ""));
}

std::string format_whole(const Specification& spec, std::int64_t value) {
  if (spec.precision) throw Failure{"format of an integer has no precision"};
  const auto size = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  if (!spec.type || spec.type == 'd') return signed_number(spec, value < 0, std::to_string(size));
  const std::uint64_t base = spec.type == 'b'                       ? 2
                             : spec.type == 'o'                     ? 8
                             : spec.type == 'x' || spec.type == 'X' ? 16
                                                                    : 0;
  if (base == 0 || spec.grouping) throw Failure{std::string("format does not know '") + spec.type + "' here"};
  std::string digits;
  for (std::uint64_t rest = size; rest > 0 || digits.empty(); rest /= base)
    digits.insert(digits.begin(), (spec.type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[rest % base]);
  return signed_number(spec, value < 0, digits);
}

std::string format_text(const Specification& spec, const std::string& text) {
  const bool is_plain = spec.sign == '-' && !spec.alternate && !spec.grouping && spec.align != '=';
  if (!is_plain || (spec.type && spec.type != 's')) throw Failure{"format has a specification that is not for a str"};
  return padded(spec, '<', "", spec.precision ? text.substr(0, byte_of(text, *spec.precision)) : text);
}

std::string formatted(Runtime& runtime, const Value& value, const std::string& specification) {
  if (specification.empty()) return text_of(runtime, value);
  const Specification spec = SpecificationReader(specification).read();
  runtime.work(4 * spec.width + spec.precision.value_or(0) + 512);
  if (value.is_text()) return format_text(spec, value.as_text());
  if (value.is(Value::Kind::real)) return format_real(spec, value.as_real());
  if (!value.is_whole()) throw Failure{std::string("format of '") + type_name(value) + "' takes no specification"};
  const bool as_real = spec.type && std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos;
  return as_real ? format_real(spec, value.as_real()) : format_whole(spec, value.as_whole());
}

/// Reads one format text and the values it takes.
class BraceFormat {
 public:
  BraceFormat(Runtime& runtime, const std::string& format, const Arguments& arguments)
      : runtime_(runtime), format_(format), arguments_(arguments) {}

  std::string run() {
    runtime_.work(format_.size());
    while (at_ < format_.size()) {
      const char c = format_[at_++];
      const bool doubled = (c == '{' || c == '}') && at_ < format_.size() && format_[at_] == c;
      if (c == '{' && !doubled) {
        put_field();
        continue;
      }
      if (c == '}' && !doubled) throw Failure{"format has a single '}'"};
      if (doubled) ++at_;
      out_ += c;
    }
    return std::move(out_);
  }

 private:
  void put_field() {
    const std::size_t end = format_.find_first_of("{}", at_);
    if (end == std::string::npos) throw Failure{"format has a '{' without its '}'"};
    if (format_[end] == '{') throw Failure{"format with fields inside a field is not supported"};
    const std::string field = format_.substr(at_, end - at_);
    at_ = end + 1;
    const std::size_t name_end = field.find_first_of("!:");
    std::string conversion, specification;
    if (name_end != std::string::npos && field[name_end] == '!') {
      const std::size_t colon = std::min(field.find(':', name_end), field.size());
      conversion = field.substr(name_end + 1, colon - name_end - 1);
      if (conversion != "r" && conversion != "s") throw Failure{"format knows the conversions !r and !s"};
      if (colon < field.size()) specification = field.substr(colon + 1);
    } else if (name_end != std::string::npos) {
      specification = field.substr(name_end + 1);
    }
    Value value = value_of(field.substr(0, name_end));
    if (!conversion.empty())
      value = runtime_.text(conversion == "r" ? repr_of(runtime_, value) : text_of(runtime_, value));
    const std::string shown = formatted(runtime_, value, specification);
    runtime_.work(shown.size());
    out_ += shown;
  }

  /// "", "2" or "name", followed by ".attribute" and "[item]" parts.
  Value value_of(const std::string& path) {
    std::size_t at = std::min(path.find_first_of(".["), path.size());
    Value value = argument(path.substr(0, at));
    while (at < path.size()) {
      const bool is_item = path[at] == '[';
      const std::size_t end = is_item ? path.find(']', at) : std::min(path.find_first_of(".[", at + 1), path.size());
      if (end == std::string::npos) throw Failure{"format has a '[' without its ']'"};
      const std::string key = path.substr(at + 1, end - at - 1);
      if (key.empty() || (!is_item && path[at] != '.')) throw Failure{"format has an empty part in '" + path + "'"};
      value = is_item ? item_of(runtime_, value, is_number(key) ? Value::integer(std::stoll(key)) : Value::text(key))
                      : attribute_of(runtime_, value, key);
      at = is_item ? end + 1 : end;
    }
    return value;
  }

  static bool is_number(const std::string& text) {
    return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
  }

  Value argument(const std::string& name) {
    if (name.empty() || is_number(name)) {
      if ((numbering_ == 'a') != name.empty() && numbering_ != '\0')
        throw Failure{"format mixes numbered and automatic fields"};
      numbering_ = name.empty() ? 'a' : 'n';
      const std::size_t index = name.empty() ? next_++ : static_cast<std::size_t>(std::stoull(name));
      if (index >= arguments_.positional.size()) throw Failure{"format has too few arguments"};
      return arguments_.positional[index];
    }
    for (const auto& [own, value] : arguments_.named)
      if (own == name) return value;
    throw Failure{"format has no argument '" + name + "'"};
  }

  Runtime& runtime_;
  const std::string& format_;
  const Arguments& arguments_;
  std::size_t at_ = 0, next_ = 0;
  char numbering_ = '\0';  ///< 'a': automatic, 'n': numbered
  std::string out_;
};

}  // namespace

std::string format_braces(Runtime& runtime, const std::string& format, const Arguments& arguments) {
  return BraceFormat(runtime, format, arguments).run();
}

}  // namespace bakeoff::jinja
