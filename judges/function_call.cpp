// Judge `function_call`: the answer calls the right functions with accepted values.
//
// Reference, in the form of the Berkeley Function Calling Leaderboard (gorilla, bfcl_eval/data):
//   {"functions": [{"name": "area", "parameters": {"type": "dict", "properties": {"base": {"type": "integer"}, ...},
//                   "required": ["base"]}}],
//    "calls": [{"area": {"base": [10], "unit": ["cm", ""]}}]}         "" among the values: may be left out
// Metrics: `correct` (primary): as many calls as expected, each expected one matched by another call, in any order;
// `readable`: the answer holds at least one call and none that can not be read.
//
// Worked example: area(base=10, unit='CM') is correct; area(base="10") has the wrong type; area(unit='cm') lacks base.
//
// The rules are those of bfcl_eval/eval_checker/ast_eval/ast_checker.py (gorilla@6ea5797, Python): texts are compared
// without case and without " ,./-_*^", a whole number passes for a float, else types are exact; lists and maps likewise
// one level deep. They differ in that calls are read by tool_calls.h, so that a tuple is a list, and in that a text
// is never taken for a variable's name where the function wants another type and no accepted value is a text.
#include <algorithm>

#include "judges/judge.h"
#include "judges/tool_calls.h"

namespace bakeoff::judges {

namespace {

/// The types of function descriptions, as JSON has them.
std::string_view type_of(const Json& value) {
  if (value.is_string()) return "string";
  if (value.is_boolean()) return "boolean";
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "float";
  if (value.is_array()) return "array";
  return value.is_object() ? "dict" : "null";
}

std::string_view wanted_type(std::string_view described) {
  if (described == "tuple") return "array";
  if (described == "any") return "string";
  if (described == "object") return "dict";
  return described == "number" ? "float" : described;
}

/// Texts are compared in this form.
std::string folded(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (std::string_view(" ,./-_*^").find(c) != std::string_view::npos) continue;
    out += c == '\'' ? '"' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

Json folded(const Json& value) {
  if (value.is_string()) return folded(std::string_view(value.get_ref<const std::string&>()));
  if (!value.is_array()) return value;
  Json out = Json::array();
  for (const Json& one : value)
    out.push_back(one.is_string() ? Json(folded(std::string_view(one.get_ref<const std::string&>()))) : one);
  return out;
}

bool is_among(const Json& value, const Json& accepted) {
  return std::any_of(accepted.begin(), accepted.end(), [&](const Json& one) { return folded(one) == folded(value); });
}

bool may_be_left_out(const Json& accepted) {
  return std::find(accepted.begin(), accepted.end(), Json("")) != accepted.end();
}

/// A map against one accepted map, whose values are lists of accepted values.
bool map_fits(const Json& value, const Json& accepted) {
  if (!value.is_object() || !accepted.is_object()) return false;
  for (const auto& [key, one] : value.items())
    if (!accepted.contains(key) || !is_among(one, accepted[key])) return false;
  return std::all_of(accepted.items().begin(), accepted.items().end(),
                     [&](const auto& field) { return value.contains(field.key()) || may_be_left_out(field.value()); });
}

bool maps_fit(const Json& value, const Json& accepted) {
  if (!accepted.is_array() || value.size() != accepted.size()) return false;
  for (std::size_t i = 0; i < value.size(); ++i)
    if (!map_fits(value[i], accepted[i])) return false;
  return true;
}

/// The elements of a list have the type that is described, or that of an accepted list's first element.
bool elements_fit(const Json& value, const Json& described, const Json& accepted) {
  const std::string type(wanted_type(described.value("items", Json::object()).value("type", "string")));
  return std::any_of(accepted.begin(), accepted.end(), [&](const Json& list) {
    if (!list.is_array()) return true;
    const auto first = std::find_if(list.begin(), list.end(), [](const Json& one) { return one != Json(""); });
    return std::all_of(value.begin(), value.end(), [&](const Json& one) {
      return type_of(one) == type || (first != list.end() && type_of(one) == type_of(*first));
    });
  });
}

/// Why `value` is not accepted; empty where it is.
std::string fault_of_value(Json value, const Json& described, const Json& accepted) {
  const std::string type(wanted_type(described.at("type").get<std::string>()));
  if (type == "float" && value.is_number_integer()) value = value.get<double>();
  // Where the set accepts a text for another type, that text stands for a variable.
  const auto first = std::find_if(accepted.begin(), accepted.end(), [](const Json& one) { return one != Json(""); });
  const bool is_variable = first != accepted.end() && type_of(*first) != type;
  if (type_of(value) != type && !(first != accepted.end() && type_of(value) == type_of(*first)))
    return "is a " + std::string(type_of(value)) + ", expected a " + type;
  const auto any = [&](auto fits) {
    return std::any_of(accepted.begin(), accepted.end(), [&](const Json& one) { return fits(value, one); });
  };
  bool fits = false;
  if (is_variable || type_of(value) != type)
    fits = std::find(accepted.begin(), accepted.end(), value) != accepted.end();
  else if (type == "dict")
    fits = any(map_fits);
  else if (type == "array" && described.contains("items") && described["items"].value("type", "") == "dict")
    fits = any(maps_fit);
  else
    fits = (type != "array" || elements_fit(value, described, accepted)) && is_among(value, accepted);
  return fits ? "" : "is " + dump(value) + ", expected one of " + dump(accepted);
}

/// Why `call` is not the expected one; empty where it is.
std::string fault_of_call(const ToolCall& call, const Json& function, const std::string& name, const Json& accepted) {
  if (call.name != name) return "calls " + call.name + " instead of " + name;
  const Json& parameters = function.at("parameters");
  for (const Json& required : parameters.value("required", Json::array()))
    if (!call.arguments.contains(required.get<std::string>())) return "lacks " + required.get<std::string>();
  const Json& described = parameters.at("properties");
  for (const auto& [key, value] : call.arguments.items()) {
    if (!described.contains(key) || !accepted.contains(key)) return "has an argument " + key + " that is not expected";
    const std::string fault = fault_of_value(value, described[key], accepted[key]);
    if (!fault.empty()) return key + " " + fault;
  }
  for (const auto& [key, values] : accepted.items())
    if (!call.arguments.contains(key) && !may_be_left_out(values)) return "lacks " + key;
  return "";
}

const Json* function_named(const Json& reference, const std::string& name) {
  for (const Json& function : reference.at("functions"))
    if (function.at("name") == name) return &function;
  return nullptr;
}

Status check_function(const Json& function, const std::string& where) {
  const bool is_named = function.is_object() && function.value("name", Json()).is_string();
  const Json parameters = is_named ? function.value("parameters", Json()) : Json();
  if (!parameters.is_object() || !parameters.value("properties", Json()).is_object())
    return input_error("expected \"name\" and \"parameters\" with \"properties\"", where);
  for (const auto& [key, one] : parameters["properties"].items())
    if (!one.is_object() || !one.value("type", Json()).is_string())
      return input_error("expected a \"type\"", where + ".parameters.properties." + key);
  return {};
}

Status check_call(const Json& call, const Json& reference, const std::string& where) {
  if (!call.is_object() || call.size() != 1 || !call.begin()->is_object())
    return input_error("expected {FUNCTION: {PARAMETER: [values]}}", where);
  if (!function_named(reference, call.begin().key()))
    return input_error("no function is called \"" + call.begin().key() + "\"", where);
  for (const auto& [key, values] : call.begin()->items())
    if (!values.is_array()) return input_error("expected a list of accepted values", where + "." + key);
  return {};
}

Status check(const Json& reference, const std::string& where) {
  ObjectReader reader(reference, where);
  const Json functions = reader.required<Json>("functions"), calls = reader.required<Json>("calls");
  BAKEOFF_CHECK(reader.finish());
  if (!functions.is_array() || functions.empty()) return input_error("expected a list", where + ".functions");
  for (std::size_t i = 0; i < functions.size(); ++i)
    BAKEOFF_CHECK(check_function(functions[i], where + ".functions[" + std::to_string(i) + "]"));
  if (!calls.is_array() || calls.empty()) return input_error("expected a list", where + ".calls");
  for (std::size_t i = 0; i < calls.size(); ++i)
    BAKEOFF_CHECK(check_call(calls[i], reference, where + ".calls[" + std::to_string(i) + "]"));
  return {};
}

/// Each expected call takes the first call that is left and fits, as in the original.
std::string fault_of_turn(const std::vector<ToolCall>& calls, const Json& reference) {
  const Json& expected = reference.at("calls");
  if (calls.size() != expected.size())
    return std::to_string(calls.size()) + " calls, expected " + std::to_string(expected.size());
  std::vector<bool> taken(calls.size(), false);
  for (const Json& one : expected) {
    const std::string& name = one.begin().key();
    std::string fault;
    std::size_t at = 0;
    for (; at < calls.size(); ++at) {
      if (taken[at]) continue;
      const std::string found = fault_of_call(calls[at], *function_named(reference, name), name, one.begin().value());
      if (found.empty()) break;
      if (fault.empty()) fault = found;
    }
    if (at == calls.size()) return fault;
    taken[at] = true;
  }
  return "";
}

Verdict judge(std::string_view answer, const Json& reference) {
  std::vector<std::string> names;
  for (const Json& function : reference.at("functions")) names.push_back(function.at("name").get<std::string>());
  const ToolTurn turn = read_tool_calls(answer, names);
  Json calls = Json::array();
  for (const ToolCall& call : turn.calls) calls.push_back(to_json(call));
  const std::string fault =
      turn.problems.empty() ? fault_of_turn(turn.calls, reference) : "not readable: " + turn.problems.front();
  const double correct = fault.empty() ? 1 : 0;
  const double readable = !turn.calls.empty() && turn.problems.empty() ? 1 : 0;
  Json evidence{{"calls", std::move(calls)}};
  if (!fault.empty()) evidence["failed_check"] = fault;
  return Verdict::scored(correct, {{"correct", correct}, {"readable", readable}}, std::move(evidence));
}

}  // namespace

extern const Judge kFunctionCallJudge{"function_call", "1", "the right functions are called with accepted values",
                                      check, judge};

}  // namespace bakeoff::judges
