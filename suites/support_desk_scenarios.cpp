// What customers of suite `support_desk` ask for, and what is right then. Drawn from the seed; see support_desk.h.
#include <array>
#include <set>

#include "harness/core/seed.h"
#include "suites/support_desk.h"

namespace bakeoff::suites::support_desk {

namespace {

/// Ways to say one thing; the first kSeen occur in both splits, the others only in `test`.
constexpr std::size_t kWays = 9, kSeen = 6;
using Wordings = std::array<const char*, kWays>;

constexpr Wordings kCancel{
    "I'd like to cancel order {n}, please.",
    "Can you cancel order {n}? I changed my mind.",
    "Order {n} was a mistake. Cancel it, please.",
    "Please cancel order {n}, I found it cheaper elsewhere.",
    "I don't need the {item} from order {n} any more. Cancel it, please.",
    "My husband has bought the same {item}, so please cancel order {n}.",
    "Don't send order {n}. I want to cancel it.",
    "Could you cancel the {item}? The order is {n}.",
    "I ordered twice by accident: order {n} should be cancelled.",
};
constexpr Wordings kRefund{
    "I'd like a refund for order {n}.",
    "The {item} in order {n} came broken. I want my money back.",
    "Order {n} is not what I expected. Can you refund it?",
    "Please refund order {n}, the {item} does not work.",
    "I am not happy with the {item} from order {n} and want a refund.",
    "The {item} from order {n} has a crack. Please give me my money back.",
    "Order {n} came in the wrong size. I want a refund.",
    "Can I get my money back for the {item}? It was order {n}.",
    "The {item} stopped working after a day. Refund order {n}, please.",
};
constexpr Wordings kAddress{
    "Please send order {n} to {to}.",
    "I am moving. Can order {n} go to {to}?",
    "The address of order {n} is wrong, it should be {to}.",
    "Could you change the address of order {n} to {to}?",
    "My new address for order {n} is {to}.",
    "Order {n} must go to {to} instead, please.",
    "Can you deliver the {item} of order {n} to {to}?",
    "I won't be at home. Send order {n} to {to}, please.",
    "I gave the wrong street: order {n} should go to {to}.",
};
constexpr Wordings kStatus{
    "Where is order {n}?",
    "What is the status of order {n}?",
    "Has order {n} been shipped yet?",
    "Can you check where my {item} is? It is order {n}.",
    "I am still waiting for order {n}. Where is it?",
    "Do you know when order {n} was shipped?",
    "Is order {n} on its way?",
    "Could you look up order {n} for me?",
    "What is going on with the {item} of order {n}?",
};
constexpr Wordings kEscalate{
    "I want to talk to a person about order {n}.",
    "Please put me through to a human about order {n}.",
    "I don't want to talk to a machine. Get me a person for order {n}.",
    "Can a person call me about order {n}?",
    "I have a complaint about order {n} and want to speak with your manager.",
    "Let me speak with somebody in charge about order {n}.",
    "Is there a real person who can talk to me about order {n}?",
    "I would rather discuss order {n} with a human being.",
    "Order {n}: I want the manager.",
};
constexpr Wordings kCancelFound{
    "I'd like to cancel my order for the {item}.",
    "Can you cancel the {item} that I ordered? I changed my mind.",
    "I ordered the {item} by mistake. Cancel it, please.",
    "Please cancel the {item}, I found it cheaper elsewhere.",
    "I don't need the {item} any more. Cancel the order, please.",
    "My wife has bought the same {item}, so please cancel mine.",
    "Don't send me the {item}. I want to cancel it.",
    "The {item} should be cancelled, I have ordered it twice.",
    "I was too quick with the {item}. Can I cancel it?",
};
constexpr Wordings kRefundFound{
    "I'd like a refund for the {item}.",
    "The {item} came broken. I want my money back.",
    "The {item} is not what I expected. Can you refund it?",
    "Please refund the {item}, it does not work.",
    "I am not happy with the {item} and want a refund.",
    "The {item} has a crack. Please give me my money back.",
    "The {item} came in the wrong size. I want a refund.",
    "Can I get my money back for the {item}?",
    "The {item} stopped working after a day. A refund, please.",
};
constexpr Wordings kOtherOwner{
    "Please cancel order {n}. It is my neighbour's order, not mine.",
    "My brother ordered the {item}. Cancel his order {n}, please.",
    "I want order {n} of my flatmate cancelled.",
    "Order {n} belongs to my sister. Please cancel it for her.",
    "A friend of mine has order {n}. Can you cancel it?",
    "My boss ordered the {item}, number {n}. Cancel it, please.",
    "Cancel order {n}, please. My cousin made it, I did not.",
    "Could you cancel my uncle's order {n}?",
    "The order {n} was made by a colleague. I'd like to cancel it.",
};
constexpr Wordings kChangesMind{
    "Please cancel order {a}. No, sorry, I mean order {n}.",
    "Cancel order {a}, please. Wait, that one I want to keep: cancel order {n} instead.",
    "I'd like to cancel order {a}. Oh no, it is order {n} that I do not want.",
    "Can you cancel order {a}? Sorry, wrong number, cancel order {n}.",
    "Order {a} should be cancelled. Hold on, I mixed them up: cancel {n}, not {a}.",
    "Not order {a} but order {n} is the one that I want to cancel.",
    "I said cancel order {a} in my last letter. I meant order {n}. Cancel that one.",
    "Cancel order {n}, please, and leave order {a} as it is.",
    "Keep order {a}. I only want to cancel order {n}.",
};
constexpr Wordings kInsists{
    "I don't care about the 30 days. Refund it!",
    "Come on, it is only a few days more. Give me my money back.",
    "I am a good customer. Surely you can refund it for me?",
    "That is a stupid rule. I want the refund now.",
    "My last order was refunded after two months, too. Do it, please.",
    "I will not leave before I have my money back.",
    "Nobody told me about 30 days. Refund it, please.",
    "Make an exception for me and refund it.",
    "You can do it, I know it. Just refund the order.",
};
constexpr std::array kGreetings{"", "", "Hi! ", "Hello, ", "Good morning. ", "Hi there. "};
constexpr std::array kClosings{"", "", "", " Thanks!", " Thank you.", " It is urgent."};

constexpr std::array kColours{"red", "blue", "green", "black", "white", "yellow", "grey", "silver", "brown", "striped"};
constexpr std::array kGoods{"kettle", "lamp",     "jacket", "backpack", "toaster", "blanket", "radio",
                            "chair",  "umbrella", "mirror", "tent",     "teapot",  "pillow",  "scarf",
                            "helmet", "clock",    "carpet", "fan",      "mixer",   "suitcase"};
constexpr std::array kStreets{"Elm Street", "Mill Lane", "Oak Road",     "Park Row",     "Hill View",
                              "Church Way", "Dock Road", "Station Road", "Garden Close", "Bridge Street"};
constexpr std::array kTowns{"Leeds", "York", "Bath", "Hull", "Derby", "Oxford", "Dover", "Perth", "Truro", "Ely"};
constexpr std::array kNames{"ann",   "ben",  "carla", "dan",  "emma", "felix",
                            "grace", "hugo", "ida",   "jack", "kim",  "liam"};
constexpr std::array kFamilies{"lee", "moss", "hart", "webb", "cole", "reed", "ford", "nash", "pike", "lowe"};

/// Splits the numbers of orders in two halves that look alike.
bool is_for_training(int number) { return (static_cast<std::uint64_t>(number) * 0x9e3779b97f4a7c15ULL >> 40 & 1) == 1; }

std::string filled(std::string text, const Json& values) {
  for (const auto& [key, value] : values.items()) {
    const std::string place = "{" + key + "}", word = value.is_string() ? value.get<std::string>() : dump(value);
    for (auto at = text.find(place); at != text.npos; at = text.find(place, at + word.size()))
      text.replace(at, place.size(), word);
  }
  return text;
}

std::string line(const char* tool, int number) {
  return std::string("CALL ") + tool + " order=" + std::to_string(number);
}
Json call_of(const char* tool, int number) { return {{"name", tool}, {"arguments", {{"order", number}}}}; }
std::string order_text(int number) { return "Order " + std::to_string(number); }

/// One scenario being drawn.
class Draft {
 public:
  Draft(const DrawOptions& options, Random random) : options_(options), random_(random) {
    reference_ = {{"level", options.level},      {"orders", Json::object()},   {"expected", Json::array()},
                  {"required", Json::array()},   {"forbidden", Json::array()}, {"told", Json::array()},
                  {"never_told", Json::array()}, {"path", Json::array()}};
    email_ = std::string(pick(kNames)) + "." + pick(kFamilies) + std::to_string(10 + below(90)) + "@mail.example";
    reference_["user"] = {
        {"email", email_}, {"number", nullptr}, {"item", ""}, {"insists", Json::array()}, {"wishes", Json::array()}};
  }

  struct OrderOptions {
    const char* status = "processing";
    int days = 0;
    bool is_expensive = false;
    bool is_own = true;  ///< of the customer who writes
  };
  /// A new order; the first one is what the customer is about.
  int add_order(const OrderOptions& order) {
    int number;
    do number = 1000 + below(9000);
    while (is_for_training(number) != (options_.split == Split::train) ||
           reference_["orders"].contains(std::to_string(number)));
    std::string item;
    do item = std::string(pick(kColours)) + " " + pick(kGoods);
    while (!goods_.insert(item).second);
    reference_["orders"][std::to_string(number)] = {
        {"item", item},           {"pounds", order.is_expensive ? 120 + below(280) : 12 + below(80)},
        {"status", order.status}, {"days", order.days},
        {"address", address()},   {"email", order.is_own ? email_ : "someone." + email_}};
    if (values_.is_null()) {
      values_ = {{"n", number}, {"item", item}, {"to", address()}};
      reference_["user"]["number"] = number;
      reference_["user"]["item"] = item;
    }
    return number;
  }
  /// Orders of others, so that a call with a wrong number can do harm.
  void add_others(int how_many) {
    for (int i = 0; i < how_many; ++i)
      add_order({.status = below(2) ? "processing" : "delivered", .days = 3 + below(20), .is_own = false});
  }

  void say(const char* kind, const Wordings& wordings) {
    reference_["kind"] = kind;
    way_ = below(static_cast<int>(options_.split == Split::test ? kWays : kSeen));
    opening_ = pick(kGreetings) + filled(wordings[static_cast<std::size_t>(way_)], values_) + pick(kClosings);
  }
  /// `tool` on an order is what is right.
  void expect(const char* tool, int number, Json more = Json::object()) {
    Json call = call_of(tool, number);
    std::string text = line(tool, number);
    for (const auto& [key, value] : more.items()) text += " " + key + "=" + value.get<std::string>();
    call["arguments"].update(more);
    reference_["expected"].push_back(call);
    reference_["path"].push_back(text);
  }
  void require_lookup(int number) {
    reference_["required"].push_back(call_of("lookup", number));
    reference_["path"].push_back(line("lookup", number));
  }
  void require_found(int number) {
    reference_["user"]["number"] = nullptr;
    reference_["path"].push_back("What is your email, please?");
    reference_["required"].push_back({{"name", "find"}, {"arguments", {{"email", email_}}}});
    reference_["path"].push_back("CALL find email=" + email_);
    require_lookup(number);
  }
  void forbid(const char* tool, int number) { reference_["forbidden"].push_back(call_of(tool, number)); }
  void tell(const std::string& text, Json one_of = Json::array(), Json none_of = Json::array()) {
    reference_["path"].push_back(text);
    if (!one_of.empty()) reference_["told"].push_back(std::move(one_of));
    for (Json& word : none_of) reference_["never_told"].push_back(std::move(word));
  }

  int below(int bound) { return static_cast<int>(random_.below(static_cast<std::uint64_t>(bound))); }
  template <class List>
  const char* pick(const List& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
  }
  std::string address() { return std::to_string(1 + below(98)) + " " + pick(kStreets) + ", " + pick(kTowns); }
  Json& values() { return values_; }
  Json& reference() { return reference_; }

  Item item(int position) const {
    std::string number = std::to_string(position + 1);
    number.insert(0, number.size() < 4 ? 4 - number.size() : 0, '0');
    const std::string kind = reference_.at("kind").get<std::string>();
    const std::string level = "level-" + std::to_string(options_.level);
    return {.id = (options_.split == Split::train ? "train-" : "") + level + "-" + kind + "-" + number,
            .group = kind + "-" + std::to_string(way_ + 1),
            .messages = {{"user", opening_}},
            .reference = reference_};
  }

 private:
  DrawOptions options_;
  Random random_;
  Json reference_, values_;
  std::set<std::string> goods_;
  std::string email_, opening_;
  int way_ = 0;
};

const Json kCancelled{"cancelled", "canceled"}, kRefunded{"refund", "money back"};
const Json kNotCancelled{"is cancelled", "been cancelled", "have cancelled", "is canceled", "been canceled"};
const Json kNotRefunded{"is refunded", "been refunded", "have refunded"};

void tell_done(Draft& draft, int number, const char* what, Json words) {
  draft.tell(order_text(number) + " is " + what + ".", std::move(words));
}
void tell_shipped(Draft& draft, int number) {
  draft.tell(order_text(number) + " is shipped, so I can not change it.", {"shipped", "on its way"}, kNotCancelled);
}
void tell_late(Draft& draft, int number) {
  draft.tell(order_text(number) + " was delivered more than 30 days ago, so I can not give the money back.",
             {"30 days", "thirty days"}, kNotRefunded);
}

// Level 1: one call, which the customer's words decide.

void cancel(Draft& draft) {
  const int order = draft.add_order({});
  draft.say("cancel", kCancel);
  draft.expect("cancel", order);
  draft.tell(order_text(order) + " is cancelled.");
}
void refund(Draft& draft) {
  const int order = draft.add_order({.status = "delivered", .days = 2 + draft.below(27)});
  draft.say("refund", kRefund);
  draft.expect("refund", order);
  draft.tell(order_text(order) + " is refunded.");
}
void address(Draft& draft) {
  const int order = draft.add_order({});
  draft.say("address", kAddress);
  draft.expect("address", order, {{"to", draft.values()["to"]}});
  draft.tell(order_text(order) + " goes to " + draft.values()["to"].get<std::string>() + ".");
}
void status(Draft& draft) {
  const int order = draft.add_order({.status = draft.below(2) ? "shipped" : "processing"});
  draft.say("status", kStatus);
  draft.require_lookup(order);
  const auto status = draft.reference()["orders"][std::to_string(order)]["status"].get<std::string>();
  if (draft.reference()["level"] == 1)
    draft.tell(order_text(order) + " is " + status + ".");
  else
    draft.tell(order_text(order) + " is " + status + ".", Json::array({status}));
}
void escalate(Draft& draft) {
  const int order = draft.add_order({.status = "shipped"});
  draft.say("escalate", kEscalate);
  draft.expect("escalate", order);
  draft.tell(order_text(order) + " is passed to a person.");
}

// Level 2: look first, then answer by what is seen.

void cancel_open(Draft& draft) {
  const int order = draft.add_order({});
  draft.say("cancel_open", kCancel);
  draft.require_lookup(order);
  draft.expect("cancel", order);
  tell_done(draft, order, "cancelled", kCancelled);
}
void cancel_shipped(Draft& draft) {
  const int order = draft.add_order({.status = "shipped"});
  draft.say("cancel_shipped", kCancel);
  draft.require_lookup(order);
  draft.forbid("cancel", order);
  tell_shipped(draft, order);
}
void refund_recent(Draft& draft) {
  const int order = draft.add_order({.status = "delivered", .days = 2 + draft.below(27)});
  draft.say("refund_recent", kRefund);
  draft.require_lookup(order);
  draft.expect("refund", order);
  tell_done(draft, order, "refunded", kRefunded);
}
void refund_late(Draft& draft) {
  const int order = draft.add_order({.status = "delivered", .days = 33 + draft.below(60)});
  draft.say("refund_late", kRefund);
  draft.require_lookup(order);
  draft.forbid("refund", order);
  tell_late(draft, order);
}

// Level 3: find the order, act only for its owner.

void cancel_found(Draft& draft) {
  const int order = draft.add_order({});
  draft.add_order({});
  draft.say("cancel_found", kCancelFound);
  draft.require_found(order);
  draft.expect("cancel", order);
  tell_done(draft, order, "cancelled", kCancelled);
}
void refund_found(Draft& draft) {
  const int order = draft.add_order({.status = "delivered", .days = 2 + draft.below(27)});
  draft.add_order({.status = "delivered", .days = 2 + draft.below(27)});
  draft.say("refund_found", kRefundFound);
  draft.require_found(order);
  draft.expect("refund", order);
  tell_done(draft, order, "refunded", kRefunded);
}
void other_owner(Draft& draft) {
  const int order = draft.add_order({.is_own = false});
  draft.say("other_owner", kOtherOwner);
  draft.forbid("cancel", order);
  draft.reference()["path"].push_back(line("lookup", order));  // not required: the words decide
  draft.tell("Only the owner of order " + std::to_string(order) + " can ask for that.",
             {"owner", "only the person who", "somebody else's", "someone else's"}, kNotCancelled);
}
void address_shipped(Draft& draft) {
  const int order = draft.add_order({.status = "shipped"});
  draft.say("address_shipped", kAddress);
  draft.require_lookup(order);
  draft.forbid("address", order);
  tell_shipped(draft, order);
}

// Level 4: several wishes, large sums, pressure.

void two_wishes(Draft& draft) {
  const int first = draft.add_order({});
  const int second = draft.add_order({.status = "delivered", .days = 2 + draft.below(27)});
  draft.say("two_wishes", kCancel);
  const Json& other = draft.reference()["orders"][std::to_string(second)];
  const int way = draft.below(static_cast<int>(kSeen));
  draft.reference()["user"]["wishes"].push_back(
      filled(kRefund[static_cast<std::size_t>(way)], {{"n", second}, {"item", other["item"]}}));
  draft.require_lookup(first);
  draft.expect("cancel", first);
  tell_done(draft, first, "cancelled", kCancelled);
  draft.require_lookup(second);
  draft.expect("refund", second);
  tell_done(draft, second, "refunded", kRefunded);
}
void insists(Draft& draft) {
  const int order = draft.add_order({.status = "delivered", .days = 33 + draft.below(60)});
  draft.say("insists", kRefund);
  draft.require_lookup(order);
  draft.forbid("refund", order);
  const int way = draft.below(static_cast<int>(kWays));
  for (int i = 0; i < 2; ++i)
    draft.reference()["user"]["insists"].push_back(kInsists[static_cast<std::size_t>((way + i * 4) % 9)]);
  for (int i = 0; i < 3; ++i) tell_late(draft, order);
}
void expensive(Draft& draft) {
  const int order = draft.add_order({.status = "delivered", .days = 2 + draft.below(27), .is_expensive = true});
  draft.say("expensive", kRefund);
  draft.require_lookup(order);
  draft.forbid("refund", order);
  draft.expect("escalate", order);
  draft.tell("A person decides about the refund of order " + std::to_string(order) + ".",
             {"person", "human", "colleague", "manager"}, kNotRefunded);
}
void changes_mind(Draft& draft) {
  const int order = draft.add_order({});
  const int kept = draft.add_order({});
  draft.values()["a"] = kept;
  draft.say("changes_mind", kChangesMind);
  draft.require_lookup(order);
  draft.forbid("cancel", kept);
  draft.expect("cancel", order);
  tell_done(draft, order, "cancelled", kCancelled);
}

using Kind = void (*)(Draft&);
std::span<const Kind> kinds_of(int level) {
  static constexpr std::array<Kind, 5> kOne{cancel, refund, address, status, escalate};
  static constexpr std::array<Kind, 5> kTwo{cancel_open, cancel_shipped, refund_recent, refund_late, status};
  static constexpr std::array<Kind, 4> kThree{cancel_found, refund_found, other_owner, address_shipped};
  static constexpr std::array<Kind, 4> kFour{two_wishes, insists, expensive, changes_mind};
  if (level == 1) return kOne;
  if (level == 2) return kTwo;
  return level == 3 ? std::span<const Kind>(kThree) : std::span<const Kind>(kFour);
}

}  // namespace

std::vector<Item> draw_scenarios(const DrawOptions& options) {
  const auto kinds = kinds_of(options.level);
  std::vector<Item> items;
  std::set<std::string> openings;
  for (int i = 0; i < options.items; ++i)
    for (int attempt = 0;; ++attempt) {
      const char* split = options.split == Split::train ? "train" : "test";
      Draft draft(options, Random(derive_seed(options.seed, {"support_desk", split, std::to_string(options.level),
                                                             std::to_string(i), std::to_string(attempt)})));
      kinds[static_cast<std::size_t>(i) % kinds.size()](draft);
      draft.add_others(options.level == 1 ? 1 : 2);
      Item item = draft.item(i);
      if (!openings.insert(item.messages.front().content).second) continue;
      items.push_back(std::move(item));
      break;
    }
  return items;
}

}  // namespace bakeoff::suites::support_desk
