// --set path=value: one field of an experiment, from the command line.
#include <charconv>
#include <vector>

#include "harness/run/experiment.h"

namespace bakeoff::run {
namespace {

/// "bakes[0].rank" and "bakes.0.rank" -> bakes, 0, rank.
Result<std::vector<std::string>> steps_of(const std::string& path) {
  std::vector<std::string> steps(1);
  for (const char c : path) {
    if (c == '.' || c == '[')
      steps.emplace_back();
    else if (c != ']')
      steps.back() += c;
  }
  for (const std::string& step : steps)
    if (step.empty()) return usage_error("\"" + path + "\" is no path", "--set", "write it like bakes[0].rank=8");
  return steps;
}

Result<Json*> enter(Json& value, const std::string& step, const std::string& where) {
  if (value.is_null()) value = Json::object();
  if (value.is_object()) return &value[step];
  if (!value.is_array()) return usage_error("there is a plain value, which has no \"" + step + "\"", where);
  std::size_t index = 0;
  const auto [end, code] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (code != std::errc() || end != step.data() + step.size())
    return usage_error("there is a list, and \"" + step + "\" is no position", where, "count from 0");
  if (index >= value.size())
    return usage_error("the list has " + std::to_string(value.size()) + " entries, there is no [" + step + "]", where);
  return &value[index];
}

}  // namespace

Status set_field(Json& document, const std::string& assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    return usage_error("expected path=value, found \"" + assignment + "\"", "--set", "write it like bakes[0].rank=8");
  const std::string path = assignment.substr(0, equals), where = "--set " + path;
  BAKEOFF_TRY(Json value, parse_yaml(assignment.substr(equals + 1), where));
  BAKEOFF_TRY(const auto steps, steps_of(path));
  Json* at = &document;
  for (const std::string& step : steps) {
    BAKEOFF_TRY(at, enter(*at, step, where));
  }
  *at = std::move(value);
  return {};
}

}  // namespace bakeoff::run
