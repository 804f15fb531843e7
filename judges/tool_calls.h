// Calls of tools in a model's answer: the forms that published models write, read tolerantly and exactly.
//
//   <tool_call>{"name": "refund", "arguments": {"order": 17}}</tool_call>     Hermes, Qwen, SmolLM; also a list in it
//   <function=refund><parameter=order>17</parameter></function>               Qwen3-Coder;
//   <function=refund>{...}</function>
//   <|python_tag|>{"name": "refund", "parameters": {"order": 17}}             Llama 3; several with ";"
//   [TOOL_CALLS][{"name": "refund", "arguments": {"order": 17}}]              Mistral; [TOOL_CALLS]refund[ARGS]{...}
//   <|tool_call|>[...]<|/tool_call|>                                          Phi-4-mini
//   CALL refund order=17 reason=arrived broken                                a line; what follows "=" goes on to the
//   next KEY=
//   ```json ... ```, ```tool_code ... ```                                     Gemma and many others
//   [refund(order=17), lookup(order=18)]                                      Python's form
//   {"name": "refund", "parameters": {"order": 17}}, also in a list           what is left where a marker was a special
//   token
//
// The first form of this list that occurs is the one that counts. Forms without a marker count only where they name
// a known tool, so that an answer that shows some JSON is no call. The object of a call may say `name`, `function` or
// `tool`, and `arguments`, `parameters`, `args` or `input`, the latter also as a text that holds JSON (OpenAI's form).
// Not read: DeepSeek's and Kimi's marks, XML with other names.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "judges/call_reader.h"

namespace bakeoff::judges {

/// An answer, read.
struct ToolTurn {
  std::vector<ToolCall> calls;        ///< in the order of the text
  std::vector<std::string> problems;  ///< what was wrong with each that looks like a call and can not be read
  std::string text;                   ///< what is said beside them, without white space at its ends
  bool has_calls() const { return !calls.empty() || !problems.empty(); }
};

/// `tools`: the names that exist.
ToolTurn read_tool_calls(std::string_view answer, std::span<const std::string> tools);

/// {"name": ..., "arguments": {...}}
Json to_json(const ToolCall& call);

}  // namespace bakeoff::judges
