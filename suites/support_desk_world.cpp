// Orders, tools, policy and customers of suite `support_desk`.
#include <algorithm>
#include <array>

#include "suites/support_desk.h"

namespace bakeoff::suites::support_desk {

namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool has_any(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

/// An address without what a sentence puts behind it.
std::string plain_address(std::string text) {
  while (!text.empty() && std::string_view(" .,;!").find(text.back()) != std::string_view::npos) text.pop_back();
  return text;
}

class Orders : public World {
 public:
  explicit Orders(const Json& orders) : state_{{"orders", orders}, {"escalated", Json::object()}} {}

  std::span<const Tool> tools() const override { return support_desk::tools(); }
  Json state() const override { return state_; }

  Result<std::string> call(const ToolCall& call) override {
    if (call.name == "find") return find(call.arguments.at("email").get<std::string>());
    number_ = dump(call.arguments.at("order"));
    const auto order = state_["orders"].find(number_);
    if (order == state_["orders"].end()) return input_error("there is no order " + number_);
    if (call.name == "lookup") return describe(*order);
    if (call.name == "cancel") return cancel(*order);
    if (call.name == "refund") return refund(*order);
    if (call.name == "address") return redirect(*order, call.arguments.at("to").get<std::string>());
    state_["escalated"][number_] = true;
    return "Order " + number_ + " is passed to a person.";
  }

 private:
  std::string describe(const Json& order) const {
    std::string status = order.at("status").get<std::string>();
    if (status == "delivered") status += " " + dump(order.at("days")) + " days ago";
    return "Order " + number_ + ": " + order.at("item").get<std::string>() + ", " + dump(order.at("pounds")) +
           " pounds, " + status + ".";
  }

  Result<std::string> find(const std::string& email) const {
    std::string found;
    for (const auto& [number, order] : state_["orders"].items())
      if (lower(order.at("email").get<std::string>()) == lower(email))
        found += (found.empty() ? "" : ", ") + number + " (" + order.at("item").get<std::string>() + ")";
    if (found.empty()) return input_error("nobody has the email " + email);
    return "Orders of " + email + ": " + found + ".";
  }

  Error refused(const Json& order, const std::string& what) const {
    return input_error("order " + number_ + " is " + order.at("status").get<std::string>() + " and can not be " + what);
  }
  Result<std::string> cancel(Json& order) {
    if (order["status"] != "processing") return refused(order, "cancelled");
    order["status"] = "cancelled";
    return "Order " + number_ + " is cancelled.";
  }
  Result<std::string> refund(Json& order) {
    if (order["status"] != "delivered") return refused(order, "refunded");
    order["status"] = "refunded";
    return "Order " + number_ + " is refunded.";
  }
  Result<std::string> redirect(Json& order, const std::string& to) {
    if (order["status"] != "processing") return refused(order, "sent elsewhere");
    if (plain_address(to).empty()) return input_error("the address is empty");
    order["address"] = plain_address(to);
    return "Order " + number_ + " goes to " + plain_address(to) + ".";
  }

  Json state_;
  std::string number_;
};

class Customer : public SimulatedUser {
 public:
  explicit Customer(const Json& user) : user_(user) {}

  Result<Turn> answer(const std::string& words, bool has_acted) override {
    has_ever_acted_ = has_ever_acted_ || has_acted;
    const std::string heard = lower(words);
    const bool is_question = heard.find('?') != heard.npos;
    const bool asks_to = is_question || has_any(heard, {"please", "could you", "can you", "need your", "tell me"});
    if (asks_to && has_any(heard, {"email", "e-mail"}) && repeats_++ < kPatience)
      return Turn{"My email is " + text("email") + "."};
    if (asks_to && has_any(heard, {"order number", "number of", "which order"}) && repeats_++ < kPatience)
      return number();
    if (is_question && !has_acted && repeats_++ < kPatience) return Turn{"Yes, please."};
    if (!has_ever_acted_ && !has_reminded_) {
      has_reminded_ = true;
      return Turn{"Can you do that for me now?"};
    }
    if (insisted_ < user_.at("insists").size()) return Turn{user_["insists"][insisted_++].get<std::string>()};
    if (wished_ < user_.at("wishes").size()) {
      has_ever_acted_ = has_reminded_ = false;
      return Turn{user_["wishes"][wished_++].get<std::string>()};
    }
    return Turn{"Thank you, goodbye.", false};
  }

 private:
  static constexpr int kPatience = 4;  ///< answers to questions, then the customer takes no more of them

  std::string text(const char* key) const { return user_.at(key).get<std::string>(); }
  Turn number() const {
    if (user_.at("number").is_null()) return {"I do not have the number. It is the " + text("item") + "."};
    return {"It is order " + dump(user_["number"]) + "."};
  }

  Json user_;
  int repeats_ = 0;
  std::size_t insisted_ = 0, wished_ = 0;
  bool has_ever_acted_ = false, has_reminded_ = false;
};

}  // namespace

std::string policy(int level) {
  static constexpr std::array kRules{
      "You work at the support desk of a shop. Do what the customer asks for, with one tool, then say what you did.\n"
      "To cancel an order, use cancel. To give money back, use refund. To send an order elsewhere, use address. To say "
      "where an order is, use lookup. When the customer wants a person, use escalate.",
      "Look up an order before you change it, and answer by what you see.\n"
      "Cancel only orders that are processing. When an order is shipped, say that it is shipped and change nothing.\n"
      "Refund only orders that were delivered at most 30 days ago. After 30 days, say that the 30 days are over and "
      "change nothing.",
      "When the customer gives no order number, ask for the email, then use find, and look up the order that fits.\n"
      "Change an order only for its owner. When a customer says that it belongs to somebody else, say that only the "
      "owner can ask for that, and change nothing.\n"
      "Change the address only of orders that are processing. When an order is shipped, say that it is shipped.",
      "Refunds above 100 pounds are decided by a person: use escalate instead of refund, and say that a person "
      "decides.\n"
      "Customers may have several wishes, one after the other. When they insist on what the rules forbid, stay with "
      "the "
      "rules and say so again.",
  };
  std::string text;
  for (int i = 0; i < std::clamp(level, 1, kLevels); ++i)
    text += (i ? "\n" : "") + std::string(kRules[static_cast<std::size_t>(i)]);
  return text;
}

std::span<const Tool> tools() {
  static const std::vector<Tool> kTools = [] {
    const ToolParameter order{"order", "integer", "the number of the order"};
    return std::vector<Tool>{
        {"lookup", "what is known about an order", {order}},
        {"find", "the orders of a customer", {{"email", "string", "the customer's email"}}},
        {"cancel", "cancel an order that is processing", {order}},
        {"refund", "give the money of a delivered order back", {order}},
        {"address", "send an order that is processing elsewhere", {order, {"to", "string", "the new address"}}},
        {"escalate", "pass an order to a person", {order}},
    };
  }();
  return kTools;
}

std::unique_ptr<World> make_world(const Json& reference) { return std::make_unique<Orders>(reference.at("orders")); }

std::unique_ptr<SimulatedUser> make_customer(const Json& reference) {
  return std::make_unique<Customer>(reference.at("user"));
}

}  // namespace bakeoff::suites::support_desk
