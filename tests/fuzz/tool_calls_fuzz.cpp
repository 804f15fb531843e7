// Models' answers: reading the calls in them.
#include "judges/tool_calls.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {

void fuzz_tool_calls(std::string_view input) {
  static const std::vector<std::string> tools{"refund", "lookup"};
  const std::string answer = to_valid_utf8(input);
  const judges::ToolTurn turn = judges::read_tool_calls(answer, tools);
  require(turn.text.size() <= answer.size(), "what is said is part of the answer");
  for (const judges::ToolCall& call : turn.calls) {
    require(call.arguments.is_object(), "arguments have names");
    require(is_valid_utf8(dump(judges::to_json(call))), "a call is valid UTF-8");
  }
  for (const std::string& problem : turn.problems) require(!problem.empty(), "a problem says what was wrong");
  require(turn.has_calls() || turn.text.size() > 0 || answer.find_first_not_of(" \t\r\n") == answer.npos,
          "an answer is a call or says something");
}

}  // namespace bakeoff::testing
