// Tools as agents are told of them, and a call held against them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "judges/tool_calls.h"

namespace bakeoff::suites {

using judges::ToolCall;

struct ToolParameter {
  std::string name;
  std::string type = "string";  ///< string, integer, number, boolean, or array (of strings)
  std::string description;
};

struct Tool {
  std::string name;
  std::string description;
  std::vector<ToolParameter> parameters;  ///< all are required
};

/// How a text asks for calls. Every form that judges/tool_calls.h reads is taken, whatever was asked for.
enum class CallForm {
  line,  ///< CALL name key=value, which the smallest models can follow
  json   ///< <tool_call>{"name": ..., "arguments": {...}}</tool_call> after a list of JSON schemas
};

/// The tools and how to call them, as text for a prompt. With `json` it is what the chat template of the Qwen family
/// prints for its `tools` argument, but for the spaces in JSON.
std::string describe_tools(std::span<const Tool> tools, CallForm form);

std::vector<std::string> names_of(std::span<const Tool> tools);

/// The call with its values as the tool wants them: "17" is a whole number where one is wanted, 17 a text where that
/// is. Errors are written for the model: an unknown tool or argument, a missing one, a value of another type.
Result<ToolCall> fit_call(const ToolCall& call, std::span<const Tool> tools);

}  // namespace bakeoff::suites
