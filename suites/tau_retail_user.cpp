// Tools of suite `tau_retail` as agents are told of them, and the user that is scripted from a task's scenario.
#include <algorithm>
#include <array>

#include "suites/tau_retail.h"

namespace bakeoff::suites::tau_retail {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\''; }

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool has_any(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

/// Words and what is between them, in turn; the first is what stands before the first word.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (is_letter(c) != (parts.size() % 2 == 0)) parts.emplace_back();
    parts.back() += c;
  }
  return parts;
}

struct Turned {
  const char* you;
  const char* i;
};
constexpr std::array<Turned, 12> kTurned{{{"you're", "I'm"},
                                          {"you've", "I've"},
                                          {"you'd", "I'd"},
                                          {"you'll", "I'll"},
                                          {"your", "my"},
                                          {"yours", "mine"},
                                          {"yourself", "myself"},
                                          {"are", "am"},
                                          {"aren't", "am not"},
                                          {"were", "was"},
                                          {"weren't", "wasn't"},
                                          {"you", "I"}}};

/// "you" as an object: "for you", "tell you".
bool takes_object(const std::string& word) {
  for (const char* one :
       {"for", "to",   "with", "tell", "tells", "give",  "gives", "ask",   "asks", "asked",  "help", "helps",
        "let", "lets", "from", "of",   "by",    "about", "send",  "sends", "told", "offers", "offer"})
    if (word == one) return true;
  return false;
}

std::string capital_like(const std::string& model, std::string word, bool is_sentence_start) {
  const bool has_capital = !model.empty() && model[0] >= 'A' && model[0] <= 'Z';
  if (has_capital && is_sentence_start && word[0] >= 'a' && word[0] <= 'z')
    word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word;
}

std::string sentence(const std::string& text) {
  const auto begin = text.find_first_not_of(" .\n");
  if (begin == std::string::npos) return "";
  std::string out = in_first_person(text.substr(begin, text.find_last_not_of(" \n") - begin + 1));
  if (std::string_view(".!?").find(out.back()) == std::string_view::npos) out += '.';
  return out;
}

class Caller : public SimulatedUser {
 public:
  explicit Caller(Scenario scenario) : scenario_(std::move(scenario)) {}

  Result<Turn> answer(const std::string& words, bool has_acted) override {
    has_ever_acted_ = has_ever_acted_ || has_acted;
    const std::string heard = lower(words);
    const bool asks =
        heard.find('?') != heard.npos || has_any(heard, {"please", "could you", "need your", "let me know"});
    if (asks && patience_ > 0) {
      --patience_;
      return Turn{reply_to(heard)};
    }
    if (!has_asked_back_) {
      has_asked_back_ = true;
      return Turn{has_ever_acted_ ? "Is everything done that I asked for?" : "Can you do that for me now?"};
    }
    return Turn{"Thank you, goodbye.", false};
  }

 private:
  std::string reply_to(const std::string& heard) {
    if (has_any(heard, {"confirm", "yes/no", "(yes", "proceed", "go ahead", "would you like me to", "shall i",
                        "should i", "is that correct", "is this correct", "do you want me to"}))
      return "Yes, please go ahead.";
    if (!has_told_ && !sentence(scenario_.task_instructions).empty() && has_identified_) {
      has_told_ = true;
      return sentence(scenario_.task_instructions);
    }
    if (has_any(heard, {"email", "e-mail", "name", "zip", "verify", "identity", "authenticate", "user id"}) ||
        !has_identified_) {
      has_identified_ = true;
      const std::string unknown = sentence(scenario_.unknown_info);
      return sentence(scenario_.known_info) + (unknown.empty() ? "" : " " + unknown);
    }
    return "I have told you all that I know. Please do what fits it best.";
  }

  Scenario scenario_;
  int patience_ = 12;  ///< questions that are answered
  bool has_identified_ = false, has_told_ = false, has_ever_acted_ = false, has_asked_back_ = false;
};

const ToolParameter kOrder{"order_id", "string", "the order's id with its '#', such as '#W0000000'"};
const ToolParameter kUser{"user_id", "string", "the user's id, such as 'sara_doe_496'"};
const ToolParameter kMethod{"payment_method_id", "string", "a payment method of the user, such as 'paypal_0000000'"};
const ToolParameter kItems{"item_ids", "array",
                           "ids of items of the order; one that is there twice may be named twice"};
const ToolParameter kNewItems{"new_item_ids", "array",
                              "what they become: as many, in the same order, of the same product"};

std::vector<ToolParameter> with_address(const ToolParameter& whose) {
  return {whose,
          {"address1", "string", "first line, such as '123 Main St'"},
          {"address2", "string", "second line, such as 'Apt 1', or ''"},
          {"city", "string", "such as 'San Francisco'"},
          {"state", "string", "such as 'CA'"},
          {"country", "string", "such as 'USA'"},
          {"zip", "string", "such as '12345'"}};
}

}  // namespace

std::string in_first_person(const std::string& text) {
  std::vector<std::string> parts = words_of(text);
  std::string before;
  bool after_you = false;
  for (std::size_t at = 1; at < parts.size(); at += 2) {
    const std::string word = lower(parts[at]);
    const bool is_verb = word == "are" || word == "were" || word == "aren't" || word == "weren't";
    const bool starts = at == 1 || parts[at - 1].find_first_of(".!?") != std::string::npos;
    for (const auto& [you, i] : kTurned)
      if (word == you && (!is_verb || after_you)) {
        const bool is_object = word == "you" && takes_object(before) && !starts;
        parts[at] = is_object ? "me" : capital_like(parts[at], i, starts);
        break;
      }
    after_you = word == "you";
    before = word;
  }
  std::string turned;
  for (const std::string& part : parts) turned += part;
  return turned;
}

std::string opening_words(const Scenario& scenario) {
  const std::string reason = sentence(scenario.reason_for_call);
  return reason.empty() ? "Hi, I need your help." : "Hi! " + reason;
}

std::unique_ptr<SimulatedUser> make_user(Scenario scenario) { return std::make_unique<Caller>(std::move(scenario)); }

bool is_conditional(const Scenario& scenario) {
  const std::vector<std::string> parts = words_of(lower(scenario.reason_for_call + " " + scenario.task_instructions));
  for (std::size_t at = 1; at < parts.size(); at += 2)
    for (const char* word : {"if", "unless", "otherwise", "when", "until", "after", "then"})
      if (parts[at] == word) return true;
  return false;
}

std::span<const Tool> tools() {
  static const std::vector<Tool> kTools{
      {"calculate", "work out + - * / over numbers", {{"expression", "string", "such as '2 + 2'"}}},
      {"cancel_pending_order",
       "cancel a pending order and refund it; only after the user has said yes",
       {kOrder, {"reason", "string", "'no longer needed' or 'ordered by mistake'"}}},
      {"exchange_delivered_order_items",
       "exchange items of a delivered order for others of the same products; once an order, only after the user has "
       "said yes",
       {kOrder, kItems, kNewItems, kMethod}},
      {"find_user_id_by_email", "the id of the user with this email", {{"email", "string", "the email"}}},
      {"find_user_id_by_name_zip",
       "the id of the user with this name and zip code, for users without their email",
       {{"first_name", "string", "such as 'John'"},
        {"last_name", "string", "such as 'Doe'"},
        {"zip", "string", "code"}}},
      {"get_item_details", "price, options and stock of one item", {{"item_id", "string", "the item's id"}}},
      {"get_order_details", "status, items, address and payments of an order", {kOrder}},
      {"get_product_details",
       "all items of a product with their options, prices and stock",
       {{"product_id", "string", "the product's id, which is no item's id"}}},
      {"get_user_details", "a user's profile: address, payment methods, orders", {kUser}},
      {"list_all_product_types", "names and ids of all products", {}},
      {"modify_pending_order_address", "change where a pending order goes; only after the user has said yes",
       with_address(kOrder)},
      {"modify_pending_order_items",
       "change items of a pending order to others of the same products; once an order, only after the user has said "
       "yes",
       {kOrder, kItems, kNewItems, kMethod}},
      {"modify_pending_order_payment",
       "change how a pending order is paid; only after the user has said yes",
       {kOrder, kMethod}},
      {"modify_user_address", "change a user's default address; only after the user has said yes", with_address(kUser)},
      {"return_delivered_order_items",
       "take items of a delivered order back; only after the user has said yes",
       {kOrder, kItems, kMethod}},
      {"transfer_to_human_agents",
       "pass the user to a person, when asked to or when no tool can help",
       {{"summary", "string", "what the user needs"}}},
  };
  return kTools;
}

}  // namespace bakeoff::suites::tau_retail
