// The public face: parses, renders, and turns failures into errors.
#include "baker/text/jinja.h"

#include <cstdio>
#include <ctime>

#include "baker/text/jinja_interpreter.h"
#include "baker/text/jinja_json.h"
#include "baker/text/jinja_parser.h"

namespace bakeoff::jinja {

namespace {

Error error_of(const Failure& failure, const std::string& where, int line) {
  const int at = failure.line > 0 ? failure.line : line;
  return input_error("template " + failure.what, where + ":" + std::to_string(at),
                     "see the template's source at that line");
}

std::unordered_map<std::string, Value> variables_of(const OrderedJson& arguments) {
  std::unordered_map<std::string, Value> variables;
  for (const auto& [name, value] : arguments.items()) variables[name] = value_from_json(value);
  return variables;
}

bool valid(const Moment& m) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (m.year < 1 || m.year > 9999 || m.month < 1 || m.month > 12 || m.day < 1) return false;
  const bool leap = (m.year % 4 == 0 && m.year % 100 != 0) || m.year % 400 == 0;
  const int days = kDays[m.month - 1] + (leap && m.month == 2 ? 1 : 0);
  return m.day <= days && m.hour >= 0 && m.hour < 24 && m.minute >= 0 && m.minute < 60 && m.second >= 0 &&
         m.second < 60;
}

}  // namespace

Result<Moment> Moment::parse(const std::string& text) {
  Moment moment;
  moment.hour = moment.minute = moment.second = 0;
  char rest = 0;
  const int read = std::sscanf(text.c_str(), "%4d-%2d-%2d %2d:%2d:%2d%c", &moment.year, &moment.month, &moment.day,
                               &moment.hour, &moment.minute, &moment.second, &rest);
  const bool whole = (read == 3 && text.size() == 10) || (read == 6 && text.size() == 19);
  if (whole && valid(moment)) return moment;
  return input_error("'" + text + "' is no date", "date", "write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS");
}

Moment Moment::from_clock() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return {local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec};
}

Result<Template> Template::parse(std::string_view source, const std::string& where) {
  try {
    return Template(std::make_shared<const Program>(Program{where, parse_template(source)}));
  } catch (const Failure& failure) {
    return error_of(failure, where, 1);
  } catch (const std::bad_alloc&) {
    return infrastructure_error("out of memory while reading a template", where);
  }
}

Result<std::string> Template::render(const OrderedJson& arguments, const RenderLimits& limits) const {
  if (!arguments.is_object())
    return input_error("template arguments are no object", program_->where, "pass {\"messages\": [...], ...}");
  Runtime runtime(limits);
  try {
    return Interpreter(*program_, runtime).run(variables_of(arguments));
  } catch (const Failure& failure) {
    return error_of(failure, program_->where, runtime.line);
  } catch (const std::bad_alloc&) {
    return infrastructure_error("out of memory while rendering a template", program_->where);
  }
}

}  // namespace bakeoff::jinja
