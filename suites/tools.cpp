#include "suites/tools.h"

#include <algorithm>

#include "harness/core/nearest.h"

namespace bakeoff::suites {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string line_of(const Tool& tool) {
  std::string line = "CALL " + tool.name;
  for (const ToolParameter& parameter : tool.parameters) {
    std::string place = parameter.name;
    for (char& c : place) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    line += " " + parameter.name + "=" + place;
  }
  return line + "   " + tool.description;
}

OrderedJson schema_of(const Tool& tool) {
  OrderedJson properties = OrderedJson::object(), required = OrderedJson::array();
  for (const ToolParameter& parameter : tool.parameters) {
    properties[parameter.name] = {{"type", parameter.type}, {"description", parameter.description}};
    if (parameter.type == "array") properties[parameter.name]["items"] = {{"type", "string"}};
    required.push_back(parameter.name);
  }
  return {{"type", "function"},
          {"function",
           {{"name", tool.name},
            {"description", tool.description},
            {"parameters", {{"type", "object"}, {"properties", properties}, {"required", required}}}}}};
}

Result<Json> fit_value(const Json& value, const std::string& type) {
  const std::string text = value.is_string() ? value.get<std::string>() : dump(value);
  if (type == "string") return Json(text);
  if (type == "array" && value.is_array()) {
    Json texts = Json::array();
    for (const Json& one : value) texts.push_back(one.is_string() ? one : Json(dump(one)));
    return texts;
  }
  judges::CallReader reader(text);
  const auto spelt = value.is_string() ? reader.value() : Result<Json>(value);
  if (spelt.ok() && (!value.is_string() || reader.at_end())) {
    if (type == "integer" && spelt->is_number_integer()) return *spelt;
    if (type == "number" && spelt->is_number()) return *spelt;
    if (type == "boolean" && spelt->is_boolean()) return *spelt;
    if (type == "array" && value.is_string() && spelt->is_array()) return fit_value(*spelt, type);
  }
  return input_error("should be " + std::string(type == "integer" || type == "array" ? "an " : "a ") + type +
                     ", found " + dump(value));
}

}  // namespace

std::string describe_tools(std::span<const Tool> tools, CallForm form) {
  std::string text;
  if (form == CallForm::line) {
    text = "To use a tool, answer with one line:";
    for (const Tool& tool : tools) text += "\n" + line_of(tool);
    return text;
  }
  text =
      "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function "
      "signatures within <tools></tools> XML tags:\n<tools>";
  for (const Tool& tool : tools) text += "\n" + dump(schema_of(tool));
  return text +
         "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
         "<tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": "
         "<args-json-object>}\n</tool_call>";
}

std::vector<std::string> names_of(std::span<const Tool> tools) {
  std::vector<std::string> names;
  for (const Tool& tool : tools) names.push_back(tool.name);
  return names;
}

Result<ToolCall> fit_call(const ToolCall& call, std::span<const Tool> tools) {
  const auto tool = std::find_if(tools.begin(), tools.end(), [&](const Tool& one) { return one.name == call.name; });
  if (tool == tools.end()) {
    const auto names = names_of(tools);
    const std::string close = nearest(call.name, names);
    return input_error("there is no tool " + call.name + (close.empty() ? "" : ", did you mean " + close + "?") +
                       "; the tools are " + joined(names));
  }
  ToolCall fitted{call.name};
  std::vector<std::string> known;
  for (const ToolParameter& parameter : tool->parameters) {
    known.push_back(parameter.name);
    const auto given = call.arguments.find(parameter.name);
    if (given == call.arguments.end()) return input_error(call.name + " needs " + parameter.name);
    const auto value = fit_value(*given, parameter.type);
    if (!value.ok()) return input_error(parameter.name + " " + value.error().what);
    fitted.arguments[parameter.name] = *value;
  }
  for (const auto& [key, value] : call.arguments.items())
    if (!fitted.arguments.contains(key))
      return input_error(call.name + " takes no " + key + "; it takes " + (known.empty() ? "nothing" : joined(known)));
  return fitted;
}

}  // namespace bakeoff::suites
