// The parts of suite `support_desk`: a shop's orders and the tools that act on them, the customers, the drawn
// scenarios. An item's reference is the whole scenario:
//
//   {"level": 2, "kind": "refund_late",
//    "orders": {"4417": {"item": "red kettle", "pounds": 30, "status": "delivered", "days": 45, "address": "...",
//                        "email": "..."}},
//    "user": {"email": "...", "number": 4417, "item": "red kettle", "insists": [], "wishes": []},
//    "expected": [{"name": "cancel", "arguments": {"order": 4417}}],   what is to be done, in any order
//    "required": [{"name": "lookup", "arguments": {"order": 4417}}],   calls that must have been made
//    "forbidden": [{"name": "refund", "arguments": {"order": 4417}}],  calls that must not be tried
//    "told": [["30 days", "thirty days"]],                             one of each list must have been said
//    "never_told": ["is refunded"],
//    "path": ["CALL lookup order=4417", "Order 4417 was delivered more than 30 days ago ..."]}   one right way
#pragma once

#include "suites/agent_suite.h"

namespace bakeoff::suites::support_desk {

inline constexpr int kLevels = 4;

/// The rules that the desk works by; those of a level contain those of the levels below.
std::string policy(int level);
std::span<const Tool> tools();

/// The orders of a scenario, and who was passed to a person.
std::unique_ptr<World> make_world(const Json& reference);

/// The customer: says what is asked for (email, number), agrees once asked, reminds once where nothing happens, insists
/// and has further wishes as the scenario says, and leaves.
std::unique_ptr<SimulatedUser> make_customer(const Json& reference);

enum class Split { test, train };
struct DrawOptions {
  int level = 1;  ///< 1 to kLevels
  int items = 60;
  Split split = Split::test;
  std::uint64_t seed = 0;
};
/// The kinds of a level follow each other in turn. Order numbers of the two splits are disjoint, and a third of the
/// wordings occurs only in `test`.
std::vector<Item> draw_scenarios(const DrawOptions& options);

}  // namespace bakeoff::suites::support_desk
