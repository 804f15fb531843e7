// A conversation of an agent with a simulated user and the tools of a world. Everything in it follows from the agent's
// answers, so that a recorded conversation is judged by playing it again from them (agent_suite.h).
#pragma once

#include <memory>
#include <optional>

#include "harness/core/conversation.h"
#include "suites/tools.h"

namespace bakeoff::suites {

/// What tools look at and change: the hidden state of one item. Deterministic.
class World {
 public:
  virtual ~World() = default;
  virtual std::span<const Tool> tools() const = 0;
  /// `call` fits its tool. An input error is told to the agent ("there is no order 17"); any other kind is a failure of
  /// ours and leaves the sample unscored.
  virtual Result<std::string> call(const ToolCall& call) = 0;
  virtual Json state() const = 0;
  /// The conversation ends with this tool (a transfer to people, say).
  virtual bool ends_with(const ToolCall& call [[maybe_unused]]) const { return false; }
};

/// Who talks to the agent. Deterministic.
class SimulatedUser {
 public:
  virtual ~SimulatedUser() = default;
  struct Turn {
    std::string text;   ///< what the user says
    bool stays = true;  ///< false: with these words the user leaves
  };
  /// `has_acted`: a tool was called since the user spoke last. Errors are failures of ours.
  virtual Result<Turn> answer(const std::string& words, bool has_acted) = 0;
};

struct DialogueRules {
  int max_answers = 8;             ///< of the agent; then the conversation is cut
  std::string tool_role = "tool";  ///< "user" for chat templates that know no other
};

/// One call that was made.
struct Action {
  int answer = 0;  ///< which answer of the agent it stood in, from 1
  ToolCall call;
  std::string result;    ///< what the tool said
  bool is_done = false;  ///< false: refused
  bool has_changed_state = false;
};
Json to_json(const Action& action);

class Dialogue {
 public:
  /// `opening` ends with the user's first words.
  Dialogue(Conversation opening, std::unique_ptr<World> world, std::unique_ptr<SimulatedUser> user,
           DialogueRules rules);

  /// The agent's next answer, and what follows from it: results of tools, or the user's words. Not after is_over().
  void answer(const std::string& text);

  bool is_over() const { return !end_.empty(); }
  /// "the user left", "the agent handed over", "too many answers"; empty while it goes on.
  const std::string& end() const { return end_; }
  /// A failure of ours; empty for none.
  const std::string& failure() const { return failure_; }
  const Conversation& messages() const { return messages_; }
  const World& world() const { return *world_; }
  const std::vector<Action>& actions() const { return actions_; }
  /// What the agent said to the user, one text an answer.
  const std::vector<std::string>& said() const { return said_; }
  int answers() const { return answers_; }
  int malformed() const { return malformed_; }  ///< calls that could not be read
  int refused() const { return refused_; }      ///< calls that the tools refused

 private:
  std::string use(const ToolCall& call);
  void tell(const std::string& result);
  void hear(const std::string& words);

  Conversation messages_;
  std::unique_ptr<World> world_;
  std::unique_ptr<SimulatedUser> user_;
  DialogueRules rules_;
  std::vector<std::string> tool_names_, said_;
  std::vector<Action> actions_;
  std::string end_, failure_;
  int answers_ = 0, malformed_ = 0, refused_ = 0;
  bool has_acted_ = false;
};

}  // namespace bakeoff::suites
