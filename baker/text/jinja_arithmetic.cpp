// Arithmetic on template values and Python's `%` formatting. Integers have 64 bits here: what would leave them is an
// error, not a wrong number.
#include <cmath>

#include "baker/text/jinja_operations.h"
#include "baker/text/jinja_text.h"

namespace bakeoff::jinja {

namespace {

[[noreturn]] void fail_operands(const char* symbol, const Value& left, const Value& right) {
  for (const Value* operand : {&left, &right})
    if (operand->is_undefined()) throw Failure{operand->why_undefined()};
  throw Failure{std::string("'") + symbol + "' can not join '" + type_name(left) + "' and '" + type_name(right) + "'"};
}

[[noreturn]] void fail_overflow() { throw Failure{"integer beyond 64 bits"}; }

std::int64_t sum_of(std::int64_t left, std::int64_t right) {
  std::int64_t out = 0;
  if (__builtin_add_overflow(left, right, &out)) fail_overflow();
  return out;
}

std::int64_t difference_of(std::int64_t left, std::int64_t right) {
  std::int64_t out = 0;
  if (__builtin_sub_overflow(left, right, &out)) fail_overflow();
  return out;
}

std::int64_t product_of(std::int64_t left, std::int64_t right) {
  std::int64_t out = 0;
  if (__builtin_mul_overflow(left, right, &out)) fail_overflow();
  return out;
}

std::int64_t floor_quotient(std::int64_t left, std::int64_t right) {
  if (right == 0) throw Failure{"division by zero"};
  if (right == -1) return difference_of(0, left);
  const std::int64_t quotient = left / right;
  return quotient - ((left % right != 0 && (left < 0) != (right < 0)) ? 1 : 0);
}

std::int64_t floor_remainder(std::int64_t left, std::int64_t right) {
  if (right == 0) throw Failure{"division by zero"};
  if (right == -1) return 0;
  const std::int64_t remainder = left % right;
  return remainder != 0 && (remainder < 0) != (right < 0) ? remainder + right : remainder;
}

double floor_remainder(double left, double right) {
  const double remainder = std::fmod(left, right);
  if (remainder == 0) return std::copysign(0.0, right);
  return (remainder < 0) != (right < 0) ? remainder + right : remainder;
}

/// From the remainder, as Python does it: the quotient of 3 // 0.1 is 29, though 3 / 0.1 rounds to 30.
double floor_quotient(double left, double right) {
  const double quotient = (left - floor_remainder(left, right)) / right;
  if (quotient == 0) return std::copysign(0.0, left / right);
  const double whole = std::floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

std::int64_t whole_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  while (exponent > 0) {
    if (exponent & 1) result = product_of(result, base);
    exponent >>= 1;
    if (exponent > 0) base = product_of(base, base);
  }
  return result;
}

Value whole_arithmetic(Binary operation, std::int64_t a, std::int64_t b) {
  switch (operation) {
    case Binary::add:
      return Value::integer(sum_of(a, b));
    case Binary::subtract:
      return Value::integer(difference_of(a, b));
    case Binary::multiply:
      return Value::integer(product_of(a, b));
    case Binary::floor_divide:
      return Value::integer(floor_quotient(a, b));
    case Binary::modulo:
      return Value::integer(floor_remainder(a, b));
    case Binary::power:
      if (b >= 0) return Value::integer(whole_power(a, b));
      if (a == 0) throw Failure{"zero can not have a negative power"};
      return Value::real(std::pow(static_cast<double>(a), static_cast<double>(b)));
    case Binary::divide:
      break;
  }
  if (b == 0) throw Failure{"division by zero"};
  return Value::real(static_cast<double>(a) / static_cast<double>(b));
}

Value real_arithmetic(Binary operation, double a, double b) {
  const bool divides = operation == Binary::divide || operation == Binary::floor_divide || operation == Binary::modulo;
  if (divides && b == 0) throw Failure{"division by zero"};
  switch (operation) {
    case Binary::add:
      return Value::real(a + b);
    case Binary::subtract:
      return Value::real(a - b);
    case Binary::multiply:
      return Value::real(a * b);
    case Binary::divide:
      return Value::real(a / b);
    case Binary::floor_divide:
      return Value::real(floor_quotient(a, b));
    case Binary::modulo:
      return Value::real(floor_remainder(a, b));
    case Binary::power:
      break;
  }
  if (a == 0 && b < 0) throw Failure{"zero can not have a negative power"};
  if (a < 0 && b != std::floor(b)) throw Failure{"a negative number can not have a fractional power"};
  return Value::real(std::pow(a, b));
}

Value add_texts(Runtime& runtime, const Value& left, const Value& right) {
  const bool safe = left.is_safe() || right.is_safe();
  const auto part = [safe](const Value& value) {
    return safe && !value.is_safe() ? escape_html(value.as_text()) : value.as_text();
  };
  runtime.work(left.as_text().size() + right.as_text().size());
  return Value::text(part(left) + part(right), safe);
}

Value add_lists(Runtime& runtime, const ListData& left, const ListData& right) {
  runtime.work_items(left.items.size() + right.items.size());
  Values items = left.items;
  items.insert(items.end(), right.items.begin(), right.items.end());
  return Value::list(std::move(items), left.sequence);
}

Value repeat(Runtime& runtime, const Value& value, std::int64_t times) {
  const std::size_t count = times > 0 ? static_cast<std::size_t>(times) : 0;
  const std::size_t size = value.is_text() ? value.as_text().size() : value.as_list().items.size();
  std::size_t total = 0;
  if (__builtin_mul_overflow(size, count, &total) || total > runtime.limits().work_bytes)
    throw Failure{"handled more than " + std::to_string(runtime.limits().work_bytes) + " bytes of text and lists"};
  if (value.is_text()) {
    runtime.work(total);
    std::string out;
    if (size > 0)
      for (std::size_t i = 0; i < count; ++i) out += value.as_text();
    return Value::text(std::move(out), value.is_safe());
  }
  runtime.work_items(total);
  Values out;
  if (size > 0)
    for (std::size_t i = 0; i < count; ++i)
      out.insert(out.end(), value.as_list().items.begin(), value.as_list().items.end());
  return Value::list(std::move(out), value.as_list().sequence);
}

bool plain_sequence(const Value& value) {
  return value.is_list() && (value.as_list().sequence == Sequence::list || value.as_list().sequence == Sequence::tuple);
}

bool repeatable(const Value& value) { return value.is_text() || plain_sequence(value); }

const char* symbol_of(Binary operation) {
  constexpr const char* kSymbols[] = {"+", "-", "*", "/", "//", "%", "**"};
  return kSymbols[static_cast<int>(operation)];
}

}  // namespace

Value apply(Runtime& runtime, Binary operation, const Value& left, const Value& right) {
  if (left.is_whole() && right.is_whole()) return whole_arithmetic(operation, left.as_whole(), right.as_whole());
  if (left.is_number() && right.is_number()) return real_arithmetic(operation, left.as_real(), right.as_real());
  if (operation == Binary::add) {
    if (left.is_text() && right.is_text()) return add_texts(runtime, left, right);
    if (plain_sequence(left) && plain_sequence(right) && left.as_list().sequence == right.as_list().sequence)
      return add_lists(runtime, left.as_list(), right.as_list());
  }
  if (operation == Binary::multiply && repeatable(left) && right.is_whole())
    return repeat(runtime, left, right.as_whole());
  if (operation == Binary::multiply && left.is_whole() && repeatable(right))
    return repeat(runtime, right, left.as_whole());
  if (operation == Binary::modulo && left.is_text())
    return runtime.text(format_percent(runtime, left.as_text(), right));
  fail_operands(symbol_of(operation), left, right);
}

Value negate(const Value& value) {
  if (value.is(Value::Kind::real)) return Value::real(-value.as_real());
  if (!value.is_whole()) fail_operands("-", Value::integer(0), value);
  return whole_arithmetic(Binary::subtract, 0, value.as_whole());
}

namespace {

/// Reads one format text and the values it takes.
class PercentFormat {
 public:
  PercentFormat(Runtime& runtime, const std::string& format, const Value& value)
      : runtime_(runtime), format_(format), source_(value) {
    const bool is_tuple = value.is_list() && value.as_list().sequence == Sequence::tuple;
    if (is_tuple) {
      values_ = value.as_list().items;
    } else {
      values_.push_back(value);
    }
  }

  std::string run() {
    runtime_.work(format_.size());
    while (at_ < format_.size()) {
      if (format_[at_] != '%') {
        out_ += format_[at_++];
      } else {
        ++at_;
        conversion();
      }
    }
    const bool may_leave = source_.is_map() || source_.is_undefined() || has_items(source_);
    if (used_ < values_.size() && !may_leave) throw Failure{"not all arguments were used by the format"};
    return std::move(out_);
  }

 private:
  /// Python takes what has items, but no tuple, for a mapping: such a value may stay unused.
  static bool has_items(const Value& value) { return value.is_list() && value.as_list().sequence != Sequence::tuple; }
  char peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

  std::string taken_while(const char* set) {
    std::string taken;
    while (peek() != '\0' && std::string_view(set).find(peek()) != std::string_view::npos) taken += format_[at_++];
    return taken;
  }

  Value next_value() {
    if (peek() == '(') {
      const std::size_t end = format_.find(')', at_);
      if (end == std::string::npos || !source_.is_map()) throw Failure{"format needs a dict"};
      const std::string key = format_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      const Value* found = source_.as_map().find(key);
      if (!found) throw Failure{"format has no value for '" + key + "'"};
      return *found;
    }
    return Value::undefined("");
  }

  void conversion() {
    if (peek() == '%') {
      ++at_;
      out_ += '%';
      return;
    }
    Value value = next_value();
    std::string spec = "%" + taken_while("-+ #0");
    const std::string width = taken_while("0123456789");
    spec += width;
    std::string precision;
    if (peek() == '.') {
      ++at_;
      precision = "." + taken_while("0123456789");
    }
    if (width.size() > 4 || precision.size() > 4) throw Failure{"format is wider than 9999"};
    spec += precision;
    if (value.is_undefined()) {
      if (used_ == values_.size()) throw Failure{"not enough arguments for the format"};
      value = values_[used_++];
    }
    convert(spec, value);
  }

  void convert(const std::string& spec, const Value& value) {
    const char letter = peek();
    ++at_;
    if (letter == 's') return print_text(spec, text_of(runtime_, value));
    if (letter == 'r') return print_text(spec, repr_of(runtime_, value));
    if (letter == 'd' || letter == 'i' || letter == 'u' || letter == 'x' || letter == 'X' || letter == 'o')
      return print_whole(spec, letter, value);
    if (letter == 'f' || letter == 'F' || letter == 'e' || letter == 'E' || letter == 'g' || letter == 'G')
      return print_real(spec + letter, value);
    throw Failure{std::string("format has an unknown conversion '") + letter + "'"};
  }

  void print_text(const std::string& spec, const std::string& text) {
    const std::size_t point = spec.find('.');
    std::string shown = text;
    if (point != std::string::npos) {
      const std::string digits = spec.substr(point + 1);
      shown = text.substr(0, byte_of(text, digits.empty() ? 0 : std::stoul(digits)));
    }
    const std::string flags_and_width = spec.substr(1, point == std::string::npos ? std::string::npos : point - 1);
    const std::size_t first_digit = flags_and_width.find_first_of("123456789");
    const std::size_t width = first_digit == std::string::npos ? 0 : std::stoul(flags_and_width.substr(first_digit));
    const std::size_t length = text_length(shown);
    const std::string padding(width > length ? width - length : 0, ' ');
    runtime_.work(shown.size() + padding.size());
    out_ += flags_and_width.find('-') != std::string::npos ? shown + padding : padding + shown;
  }

  void print_whole(const std::string& spec, char letter, const Value& value) {
    if (!value.is_number()) throw Failure{std::string("format %") + letter + " needs a number"};
    const double real = value.as_real();
    if (!value.is_whole() && !(std::fabs(real) < 9.2e18)) fail_overflow();
    const std::int64_t whole = value.is_whole() ? value.as_whole() : static_cast<std::int64_t>(real);
    const bool decimal = letter == 'd' || letter == 'i' || letter == 'u';
    if (!decimal && whole < 0) throw Failure{"format of a negative number in this base is not supported"};
    print(spec + "ll" + (decimal ? 'd' : letter), static_cast<long long>(whole));
  }

  void print_real(const std::string& spec, const Value& value) {
    if (!value.is_number()) throw Failure{"format " + spec + " needs a number"};
    print(spec, value.as_real());
  }

  template <class T>
  void print(const std::string& spec, T number) {
    runtime_.work(spec.size() + 512);
    const int size = std::snprintf(nullptr, 0, spec.c_str(), number);
    if (size < 0) throw Failure{"number can not be formatted"};
    std::string text(static_cast<std::size_t>(size) + 1, '\0');
    runtime_.work(text.size());
    std::snprintf(text.data(), text.size(), spec.c_str(), number);
    text.pop_back();
    out_ += text;
  }

  Runtime& runtime_;
  const std::string& format_;
  const Value& source_;
  Values values_;
  std::size_t at_ = 0, used_ = 0;
  std::string out_;
};

}  // namespace

std::string format_percent(Runtime& runtime, const std::string& format, const Value& value) {
  return PercentFormat(runtime, format, value).run();
}

}  // namespace bakeoff::jinja
