#include "suites/dialogue.h"

#include "harness/core/reasoning.h"

namespace bakeoff::suites {

namespace {

/// What the agent means for others: without its reasoning blocks.
std::string spoken(const std::string& text) {
  Completion completion;
  completion.text = text;
  return answer_text(completion);
}

}  // namespace

Json to_json(const Action& action) {
  return {{"answer", action.answer}, {"tool", action.call.name}, {"arguments", action.call.arguments},
          {"result", action.result}, {"done", action.is_done},   {"changed_state", action.has_changed_state}};
}

Dialogue::Dialogue(Conversation opening, std::unique_ptr<World> world, std::unique_ptr<SimulatedUser> user,
                   DialogueRules rules)
    : messages_(std::move(opening)),
      world_(std::move(world)),
      user_(std::move(user)),
      rules_(std::move(rules)),
      tool_names_(names_of(world_->tools())) {}

void Dialogue::answer(const std::string& text) {
  ++answers_;
  messages_.push_back({"assistant", text});
  const judges::ToolTurn turn = judges::read_tool_calls(spoken(text), tool_names_);
  if (!turn.text.empty()) said_.push_back(turn.text);
  for (const ToolCall& call : turn.calls) {
    tell(use(call));
    if (!end_.empty()) return;
  }
  malformed_ += static_cast<int>(turn.problems.size());
  for (const std::string& problem : turn.problems) tell("Error: the call can not be read: " + problem);
  if (!turn.has_calls()) hear(turn.text);
  if (end_.empty() && answers_ >= rules_.max_answers) end_ = "too many answers";
}

std::string Dialogue::use(const ToolCall& call) {
  Action action;
  action.answer = answers_;
  action.call = call;
  has_acted_ = true;
  const auto fitted = fit_call(call, world_->tools());
  if (fitted.ok()) action.call = *fitted;
  const Json before = world_->state();
  const Result<std::string> result = fitted.ok() ? world_->call(*fitted) : Result<std::string>(fitted.error());
  action.is_done = result.ok();
  action.has_changed_state = world_->state() != before;
  action.result = result.ok() ? *result : "Error: " + result.error().what;
  if (!result.ok()) ++refused_;
  if (!result.ok() && result.error().kind != ErrorKind::input) {
    failure_ = "the tool " + call.name + " failed: " + result.error().line();
    end_ = "a tool failed";
  } else if (result.ok() && world_->ends_with(*fitted)) {
    end_ = "the agent handed over";
  }
  actions_.push_back(action);
  return action.result;
}

/// Results that follow each other are one message where tools have no role of their own.
void Dialogue::tell(const std::string& result) {
  if (rules_.tool_role == "user" && messages_.back().role == "user")
    messages_.back().content += "\n" + result;
  else
    messages_.push_back({rules_.tool_role, result});
}

void Dialogue::hear(const std::string& words) {
  const auto turn = user_->answer(words, has_acted_);
  has_acted_ = false;
  if (!turn.ok()) {
    failure_ = "the simulated user failed: " + turn.error().line();
    end_ = "the user failed";
    return;
  }
  messages_.push_back({"user", turn->text});
  if (!turn->stays) end_ = "the user left";
}

}  // namespace bakeoff::suites
