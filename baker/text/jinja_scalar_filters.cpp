// Filters of texts and numbers, and tojson. Semantics and defaults are those of Jinja 3.1 (jinja2/filters.py); tojson
// is the one that transformers puts in its place.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "baker/text/jinja_builtins.h"
#include "baker/text/jinja_json.h"
#include "baker/text/jinja_operations.h"
#include "baker/text/jinja_text.h"

namespace bakeoff::jinja {

namespace {

// Texts

template <std::string (*change)(const std::string&)>
Value changed_text(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("this filter", arguments, {});
  const std::string text = text_of(runtime, input);
  runtime.work(4 * text.size());
  return Value::text(change(text), input.is_safe());
}

Value trim(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("trim", arguments, {"chars"});
  const bool has_set = bound[0] && !bound[0]->is_none();
  if (has_set && !bound[0]->is_text()) throw Failure{"trim needs a str of characters"};
  const std::string set = has_set ? bound[0]->as_text() : "";
  const std::string text = text_of(runtime, input);
  const std::string* chosen = has_set ? &set : nullptr;
  return Value::text(std::string(strip_right(strip_left(text, chosen), chosen)), input.is_safe());
}

Value string(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("string", arguments, {});
  return input.is_text() ? input : Value::text(text_of(runtime, input));
}

Value safe(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("safe", arguments, {});
  return Value::text(text_of(runtime, input), true);
}

Value escape(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("escape", arguments, {});
  if (input.is_safe()) return input;
  return runtime.text(escape_html(text_of(runtime, input)), true);
}

Value escape_always(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("forceescape", arguments, {});
  return runtime.text(escape_html(text_of(runtime, input)), true);
}

Value attribute(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("attr", arguments, {"name"});
  return own_attribute(runtime, input, text_of(runtime, bound.required(0)));
}

Value replace(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("replace", arguments, {"old", "new", "count"});
  const std::string text = text_of(runtime, input);
  const std::string from = text_of(runtime, bound.required(0)), to = text_of(runtime, bound.required(1));
  std::int64_t left = bound[2] && !bound[2]->is_none() ? bound.whole(2, -1) : -1;
  std::string out;
  std::size_t at = 0;
  while (left != 0 && at <= text.size()) {
    const std::size_t found = text.find(from, at);
    if (found == std::string::npos) break;
    runtime.work(to.size() + 1);
    out.append(text, at, found - at);
    out += to;
    at = found + from.size();
    if (from.empty()) {
      if (at == text.size()) {
        at = text.size() + 1;
        break;
      }
      const std::size_t size = byte_of(std::string_view(text).substr(at), 1);
      out.append(text, at, size);
      at += size;
    }
    --left;
  }
  if (at <= text.size()) out.append(text, at);
  return runtime.text(std::move(out));
}

Value indent(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("indent", arguments, {"width", "first", "blank"});
  if (!input.is_text())
    throw Failure{input.is_undefined() ? input.why_undefined()
                                       : "indent needs a str, found '" + std::string(type_name(input)) + "'"};
  const bool by_text = bound[0] && bound[0]->is_text();
  const std::int64_t width = by_text ? 0 : bound.whole(0, 4);
  if (width > 4096) throw Failure{"indent is wider than 4096"};
  const std::string pad =
      by_text ? bound[0]->as_text() : std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
  const bool blank = bound.flag(2, false);
  runtime.work(input.as_text().size());
  const std::vector<std::string> lines = split_lines(input.as_text() + "\n");
  std::string out = bound.flag(1, false) ? pad : "";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    runtime.work(pad.size() + lines[i].size() + 1);
    if (i > 0) out += "\n";
    if (i > 0 && (blank || !lines[i].empty())) out += pad;
    out += lines[i];
  }
  return Value::text(std::move(out));
}

Value center(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("center", arguments, {"width"});
  Arguments width;
  width.positional = {Value::integer(bound.whole(0, 80))};
  const auto method = bound_method(runtime, Value::text(text_of(runtime, input)), "center");
  return method->as_object().call(runtime, width);
}

Value truncate(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("truncate", arguments, {"length", "killwords", "end", "leeway"});
  const std::string end = bound.text(runtime, 2, "...");
  const std::int64_t length = bound.whole(0, 255);
  const std::int64_t leeway = bound[3] && !bound[3]->is_none() ? bound.whole(3, 5) : 5;
  const std::int64_t kept = length - static_cast<std::int64_t>(text_length(end));
  if (kept < 0 || leeway < 0) throw Failure{"truncate has a length below that of its end, or a negative leeway"};
  if (static_cast<std::int64_t>(length_of(runtime, input)) <= length + leeway) return input;
  if (!input.is_text()) throw Failure{std::string("truncate needs a str, found '") + type_name(input) + "'"};
  const std::string& text = input.as_text();
  std::string head = text.substr(0, byte_of(text, static_cast<std::size_t>(kept)));
  if (!bound.flag(1, false)) head = split_at_from_right(head, " ", 1)[0];
  return runtime.text(head + end);
}

Value wordcount(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("wordcount", arguments, {});
  return Value::integer(static_cast<std::int64_t>(count_matches(text_of(runtime, input), "\\w+")));
}

Value format(Runtime& runtime, const Value& input, const Arguments& arguments) {
  if (!arguments.positional.empty() && !arguments.named.empty())
    throw Failure{"format takes positional or named arguments, not both"};
  MapBuilder named(runtime);
  for (const auto& [name, value] : arguments.named) named.set(Value::text(name), value);
  const Value values = arguments.named.empty() ? Value::list(arguments.positional, Sequence::tuple) : named.finish();
  return runtime.text(format_percent(runtime, text_of(runtime, input), values));
}

Value urlencode(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("urlencode", arguments, {});
  if (input.is_map() || input.is_list()) throw Failure{"urlencode of a dict or list is not supported"};
  std::string out;
  for (char c : text_of(runtime, input)) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) || std::string_view("_.-~/").find(c) != std::string_view::npos;
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += plain ? std::string(1, c) : std::string(code);
  }
  return runtime.text(std::move(out));
}

Value tojson(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
  JsonStyle style;
  style.ascii_only = bound.flag(0, false);
  style.sort_keys = bound.flag(3, false);
  if (bound[1] && !bound[1]->is_none()) {
    const std::int64_t width = bound[1]->is_text() ? 0 : bound.whole(1, 0);
    if (width > 4096) throw Failure{"tojson: the indent is wider than 4096"};
    style.indent = bound[1]->is_text() ? bound[1]->as_text()
                                       : std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
    style.item_separator = ",";
  }
  if (bound[2] && !bound[2]->is_none()) {
    const Values separators = items_of(runtime, *bound[2]);
    if (separators.size() != 2) throw Failure{"tojson: separators must be two texts"};
    style.item_separator = text_of(runtime, separators[0]);
    style.key_separator = text_of(runtime, separators[1]);
  }
  return Value::text(json_text(runtime, input, style));
}

// Numbers

Value absolute(Runtime&, const Value& input, const Arguments& arguments) {
  Bound("abs", arguments, {});
  if (!input.is_number())
    throw Failure{input.is_undefined() ? input.why_undefined()
                                       : std::string("abs needs a number, found '") + type_name(input) + "'"};
  if (input.is(Value::Kind::real)) return Value::real(std::fabs(input.as_real()));
  return input.as_whole() < 0 ? negate(input) : Value::integer(input.as_whole());
}

/// Rounds to a number of decimals as printf does: exact in the binary value, halves to even, as Python's round.
double rounded(double value, std::int64_t precision) {
  if (precision < 0) {
    const double scale = std::pow(10.0, static_cast<double>(-precision));
    return std::nearbyint(value / scale) * scale;
  }
  char buffer[400];
  std::snprintf(buffer, sizeof buffer, "%.*f", static_cast<int>(std::min<std::int64_t>(precision, 50)), value);
  return std::strtod(buffer, nullptr);
}

Value round(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("round", arguments, {"precision", "method"});
  const std::int64_t precision = bound.whole(0, 0);
  const std::string method = bound.text(runtime, 1, "common");
  if (method != "common" && method != "ceil" && method != "floor")
    throw Failure{"round: method must be common, ceil or floor"};
  if (!input.is_number())
    throw Failure{input.is_undefined() ? input.why_undefined()
                                       : std::string("round needs a number, found '") + type_name(input) + "'"};
  if (method == "common") {
    if (!input.is_whole()) return Value::real(rounded(input.as_real(), precision));
    return precision >= 0 ? Value::integer(input.as_whole())
                          : Value::integer(static_cast<std::int64_t>(rounded(input.as_real(), precision)));
  }
  const double scale = std::pow(10.0, static_cast<double>(precision));
  const double scaled = input.as_real() * scale;
  return Value::real((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
}

std::optional<double> parse_real(const std::string& text) {
  std::string plain(strip_right(strip_left(text)));
  std::string digits;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const bool between = i > 0 && i + 1 < plain.size() && std::isdigit(static_cast<unsigned char>(plain[i - 1])) &&
                         std::isdigit(static_cast<unsigned char>(plain[i + 1]));
    if (plain[i] != '_' || !between) digits += plain[i];
  }
  if (digits.starts_with('+')) digits.erase(0, 1);
  if (digits.empty() || digits[0] == '+') return std::nullopt;
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ptr != digits.data() + digits.size()) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) return std::strtod(digits.c_str(), nullptr);
  return read.ec == std::errc() ? std::optional<double>(value) : std::nullopt;
}

/// Python's int(text, base).
std::optional<std::int64_t> parse_whole(const std::string& text, int base) {
  std::string digits(strip_right(strip_left(text)));
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.erase(0, 1);
  const char letter = digits.size() > 2 && digits[0] == '0' ? static_cast<char>(digits[1] | 0x20) : '\0';
  const int prefix = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  if (prefix != 0 && (base == prefix || base == 0)) {
    digits.erase(0, 2);
    base = prefix;
  }
  std::string plain;
  for (std::size_t i = 0; i < digits.size(); ++i)
    if (digits[i] != '_' || i == 0 || i + 1 == digits.size() || digits[i - 1] == '_') plain += digits[i];
  if (negative) plain.insert(0, "-");
  std::int64_t value = 0;
  const char* end = plain.data() + plain.size();
  const auto read = std::from_chars(plain.data(), end, value, base == 0 ? 10 : base);
  if (read.ec == std::errc::result_out_of_range) throw Failure{"integer beyond 64 bits"};
  return read.ec == std::errc() && read.ptr == end && !(digits.starts_with('-')) ? std::optional<std::int64_t>(value)
                                                                                 : std::nullopt;
}

Value to_whole(Runtime&, const Value& input, const Arguments& arguments) {
  const Bound bound("int", arguments, {"default", "base"});
  if (input.is_undefined()) throw Failure{input.why_undefined()};
  if (input.is_whole()) return Value::integer(input.as_whole());
  const std::int64_t base = bound.whole(1, 10);
  if (base != 0 && (base < 2 || base > 36)) throw Failure{"int: base must be 0 or 2 to 36"};
  if (input.is_text())
    if (const auto whole = parse_whole(input.as_text(), static_cast<int>(base))) return Value::integer(*whole);
  const std::optional<double> real = input.is_text()     ? parse_real(input.as_text())
                                     : input.is_number() ? std::optional<double>(input.as_real())
                                                         : std::nullopt;
  if (!real || !std::isfinite(*real)) return bound[0] ? *bound[0] : Value::integer(0);
  if (std::fabs(*real) >= 9.2e18) throw Failure{"integer beyond 64 bits"};
  return Value::integer(static_cast<std::int64_t>(*real));
}

Value to_real(Runtime&, const Value& input, const Arguments& arguments) {
  const Bound bound("float", arguments, {"default"});
  if (input.is_undefined()) throw Failure{input.why_undefined()};
  if (input.is_number()) return Value::real(input.as_real());
  if (input.is_text())
    if (const auto real = parse_real(input.as_text())) return Value::real(*real);
  return bound[0] ? *bound[0] : Value::real(0);
}

constexpr NamedFilter kFilters[] = {
    {"abs", absolute},
    {"attr", attribute},
    {"capitalize", changed_text<capitalize>},
    {"center", center},
    {"e", escape},
    {"escape", escape},
    {"float", to_real},
    {"forceescape", escape_always},
    {"format", format},
    {"indent", indent},
    {"int", to_whole},
    {"lower", changed_text<lower>},
    {"replace", replace},
    {"round", round},
    {"safe", safe},
    {"string", string},
    {"title", changed_text<title_by_separators>},
    {"tojson", tojson},
    {"trim", trim},
    {"truncate", truncate},
    {"upper", changed_text<upper>},
    {"urlencode", urlencode},
    {"wordcount", wordcount},
};

}  // namespace

std::span<const NamedFilter> scalar_filters() { return kFilters; }

}  // namespace bakeoff::jinja
