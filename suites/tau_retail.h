// The parts of suite `tau_retail`: tau2-bench's retail shop with its tools, and the user scripted from a scenario.
#pragma once

#include "suites/agent_suite.h"

namespace bakeoff::suites::tau_retail {

/// `products`, `users` and `orders` of the published db.json; what the tools read of it is checked to be there.
Result<std::shared_ptr<const Json>> read_shop(const Path& file);

std::span<const Tool> tools();

/// The shop with its tools. The state is what differs from the published one:
/// {"orders": {"#W1": {...}}, "users": {...}}. Worlds share the shop.
///
/// The tools do what tau2's do (src/tau2/domains/retail/tools.py), with the same refusals in the same order and with
/// one oddity that changes final states: modify_pending_order_items gives all modified items the price and options of
/// the last new one. Different: accents are not folded when names and emails are compared, and `calculate` knows no
/// `//` and `**`.
std::unique_ptr<World> make_world(std::shared_ptr<const Json> shop);

/// + - * / and brackets over decimal numbers; nothing where that is not what the text is, or the result is not finite.
std::optional<double> calculated(const std::string& expression);

/// The user of one task, from its `user_scenario.instructions`: opens with the reason for the call, says who it is when
/// asked, says yes when asked to confirm, answers the first other question with the task's instructions, asks once
/// whether everything is done, and leaves.
struct Scenario {
  std::string reason_for_call, known_info, unknown_info, task_instructions;
};
std::string opening_words(const Scenario& scenario);
std::unique_ptr<SimulatedUser> make_user(Scenario scenario);

/// Whether the scenario makes what the user says depend on what the agent does ("if the agent asks ..."), which a
/// script can not follow.
bool is_conditional(const Scenario& scenario);

/// "You want your order." as its user says it: "I want my order."
std::string in_first_person(const std::string& text);

}  // namespace bakeoff::suites::tau_retail
