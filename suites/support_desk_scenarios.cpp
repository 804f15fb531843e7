// What customers of suite `support_desk` ask for, and what is right then. Drawn from the seed; see support_desk.h.
#include <array>
#include <set>

#include "harness/core/seed.h"
#include "suites/support_desk_wordings.h"

namespace bakeoff::suites::support_desk {

namespace {

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
