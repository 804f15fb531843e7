// Functions that every template can call.
#include <array>
#include <string>

#include "baker/text/jinja_builtins.h"
#include "baker/text/jinja_loop.h"
#include "baker/text/jinja_operations.h"

namespace bakeoff::jinja {

namespace {

/// Jinja's sandbox refuses longer ranges, too (jinja2/sandbox.py, MAX_RANGE).
constexpr std::int64_t kMaxRange = 100'000;

Value range(Runtime& runtime, const Arguments& arguments) {
  const std::size_t given = arguments.positional.size();
  if (given < 1 || given > 3 || !arguments.named.empty()) throw Failure{"range takes one to three arguments"};
  const auto argument = [&](std::size_t index) { return whole_of(arguments.positional[index], "range"); };
  const std::int64_t begin = given == 1 ? 0 : argument(0);
  const std::int64_t end = argument(given == 1 ? 0 : 1);
  const std::int64_t step = given == 3 ? argument(2) : 1;
  if (step == 0) throw Failure{"range has a step of zero"};
  const double distance = static_cast<double>(end) - static_cast<double>(begin);
  if (distance / static_cast<double>(step) > static_cast<double>(kMaxRange))
    throw Failure{"range is longer than " + std::to_string(kMaxRange)};
  Values items;
  for (std::int64_t at = begin; step > 0 ? at < end : at > end; at += step) {
    runtime.work_items(1);
    items.push_back(Value::integer(at));
    std::int64_t next = 0;
    if (__builtin_add_overflow(at, step, &next)) break;
  }
  return Value::list(std::move(items), Sequence::range);
}

void add_entries(Runtime& runtime, const Value& source, MapBuilder& map) {
  if (source.is_map()) {
    for (const auto& [key, value] : source.as_map().entries) map.set(key, value);
    return;
  }
  for (const Value& pair : items_of(runtime, source)) {
    const Values parts = items_of(runtime, pair);
    if (parts.size() != 2) throw Failure{"dict needs pairs"};
    map.set(parts[0], parts[1]);
  }
}

Value dict(Runtime& runtime, const Arguments& arguments) {
  if (arguments.positional.size() > 1) throw Failure{"dict takes one argument and named ones"};
  MapBuilder map(runtime);
  if (!arguments.positional.empty()) add_entries(runtime, arguments.positional[0], map);
  for (const auto& [name, value] : arguments.named) map.set(Value::text(name), value);
  return map.finish();
}

Value make_namespace(Runtime& runtime, const Arguments& arguments) {
  const Value initial = dict(runtime, arguments);
  Namespace& made = runtime.keep<Namespace>();
  for (const auto& [key, value] : initial.as_map().entries) made.set(text_of(runtime, key), value);
  return Value::object(made);
}

Value raise_exception(Runtime& runtime, const Arguments& arguments) {
  const Bound bound("raise_exception", arguments, {"message"});
  throw Failure{"refuses: " + text_of(runtime, bound.required(0))};
}

/// `joiner(", ")`: nothing on the first call, the separator on the later ones.
Value joiner(Runtime& runtime, const Arguments& arguments) {
  const std::string separator = Bound("joiner", arguments, {"sep"}).text(runtime, 0, ", ");
  return Value::object(runtime.keep<Native>([separator, used = false](Runtime&, const Arguments&) mutable {
    return Value::text(std::exchange(used, true) ? separator : std::string());
  }));
}

class Cycler : public Object {
 public:
  explicit Cycler(Values items) : items_(std::move(items)) {}
  const char* name() const override { return "cycler"; }
  std::optional<Value> attribute(Runtime& runtime, const std::string& key) override {
    if (key == "current") return items_[at_];
    if (key != "next" && key != "reset") return std::nullopt;
    const bool resets = key == "reset";
    return Value::object(runtime.keep<Native>([this, resets](Runtime&, const Arguments&) {
      const Value current = resets ? Value::none() : items_[at_];
      at_ = resets ? 0 : (at_ + 1) % items_.size();
      return current;
    }));
  }

 private:
  Values items_;
  std::size_t at_ = 0;
};

Value cycler(Runtime& runtime, const Arguments& arguments) {
  if (arguments.positional.empty() || !arguments.named.empty()) throw Failure{"cycler needs items"};
  return Value::object(runtime.keep<Cycler>(arguments.positional));
}

/// Days since 1 January and day of the week (0: Sunday), by Zeller's congruence.
int day_of_year(const Moment& m) {
  static constexpr std::array<int, 12> kBefore = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const bool leap = (m.year % 4 == 0 && m.year % 100 != 0) || m.year % 400 == 0;
  return kBefore[static_cast<std::size_t>(m.month - 1)] + m.day + (leap && m.month > 2 ? 1 : 0);
}
int day_of_week(const Moment& m) {
  const int month = m.month < 3 ? m.month + 12 : m.month, year = m.month < 3 ? m.year - 1 : m.year;
  const int zeller = (m.day + 13 * (month + 1) / 5 + year + year / 4 - year / 100 + year / 400) % 7;
  return (zeller + 6) % 7;
}

std::string digits(int value, std::size_t width, char pad = '0') {
  std::string text = std::to_string(value);
  return std::string(width > text.size() ? width - text.size() : 0, pad) + text;
}

std::string date_part(char directive, const Moment& m);

std::string clock_part(char directive, const Moment& m) {
  const int hour12 = m.hour % 12 == 0 ? 12 : m.hour % 12;
  switch (directive) {
    case 'H':
      return digits(m.hour, 2);
    case 'I':
      return digits(hour12, 2);
    case 'M':
      return digits(m.minute, 2);
    case 'S':
      return digits(m.second, 2);
    case 'f':
      return "000000";
    case 'p':
      return m.hour < 12 ? "AM" : "PM";
    case 'T':
    case 'X':
      return digits(m.hour, 2) + ":" + digits(m.minute, 2) + ":" + digits(m.second, 2);
    case 'R':
      return digits(m.hour, 2) + ":" + digits(m.minute, 2);
    case 'c':
      return date_part('a', m) + " " + date_part('b', m) + " " + date_part('e', m) + " " + clock_part('T', m) + " " +
             std::to_string(m.year);
    case 'z':
    case 'Z':
      return "";
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '%':
      return "%";
    default:
      break;
  }
  throw Failure{std::string("strftime_now does not know '%") + directive + "'"};
}

std::string date_part(char directive, const Moment& m) {
  static constexpr std::array<const char*, 12> kMonths = {"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};
  static constexpr std::array<const char*, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
  const std::string month = kMonths[static_cast<std::size_t>(m.month - 1)];
  const std::string day = kDays[static_cast<std::size_t>(day_of_week(m))];
  switch (directive) {
    case 'Y':
      return std::to_string(m.year);
    case 'y':
      return digits(m.year % 100, 2);
    case 'm':
      return digits(m.month, 2);
    case 'd':
      return digits(m.day, 2);
    case 'e':
      return digits(m.day, 2, ' ');
    case 'B':
      return month;
    case 'b':
    case 'h':
      return month.substr(0, 3);
    case 'A':
      return day;
    case 'a':
      return day.substr(0, 3);
    case 'j':
      return digits(day_of_year(m), 3);
    case 'w':
      return std::to_string(day_of_week(m));
    case 'u':
      return std::to_string(day_of_week(m) == 0 ? 7 : day_of_week(m));
    case 'F':
      return std::to_string(m.year) + "-" + digits(m.month, 2) + "-" + digits(m.day, 2);
    case 'D':
    case 'x':
      return digits(m.month, 2) + "/" + digits(m.day, 2) + "/" + digits(m.year % 100, 2);
    default:
      return clock_part(directive, m);
  }
}

/// The pinned moment in the form of C's strftime in the C locale; "%-d" drops the padding.
Value strftime_now(Runtime& runtime, const Arguments& arguments) {
  const Bound bound("strftime_now", arguments, {"format"});
  const std::string format = text_of(runtime, bound.required(0));
  runtime.work(16 * format.size());
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out += format[i];
      continue;
    }
    const bool unpadded = format[i + 1] == '-' && i + 2 < format.size();
    i += unpadded ? 2 : 1;
    std::string part = date_part(format[i], runtime.limits().now);
    if (unpadded)
      while (part.size() > 1 && (part[0] == '0' || part[0] == ' ')) part.erase(0, 1);
    out += part;
  }
  return runtime.text(std::move(out));
}

constexpr std::pair<std::string_view, Function> kFunctions[] = {
    {"cycler", cycler},
    {"dict", dict},
    {"joiner", joiner},
    {"namespace", make_namespace},
    {"raise_exception", raise_exception},
    {"range", range},
    {"strftime_now", strftime_now},
};

}  // namespace

std::optional<Value> find_function(Runtime& runtime, const std::string& name) {
  for (const auto& [known, function] : kFunctions)
    if (known == name) return Value::object(runtime.keep<Native>(function));
  return std::nullopt;
}

}  // namespace bakeoff::jinja
