// The retail shop of tau2-bench: its database and the tools that act on it; see tau_retail.h.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "suites/tau_retail.h"

namespace bakeoff::suites::tau_retail {

namespace {

using Texts = std::vector<std::string>;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

/// To cents, as Python's round(x, 2): the decimal nearest to the binary value.
double to_cents(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f", value);
  return std::strtod(text, nullptr);
}

bool is_gift_card(const Json& method) { return method.at("source") == "gift_card"; }

Json payment(const char* type, Json amount, const std::string& method) {
  return {{"transaction_type", type}, {"amount", std::move(amount)}, {"payment_method_id", method}};
}

class Retail : public World {
 public:
  explicit Retail(std::shared_ptr<const Json> shop) : shop_(std::move(shop)) {}

  std::span<const Tool> tools() const override { return tau_retail::tools(); }
  bool ends_with(const ToolCall& call) const override { return call.name == "transfer_to_human_agents"; }

  Json state() const override {
    Json differs{{"orders", Json::object()}, {"users", Json::object()}};
    for (const auto& [kind, rows] : changed_.items())
      for (const auto& [id, row] : rows.items())
        if (row != shop_->at(kind).at(id)) differs[kind][id] = row;
    return differs;
  }

  Result<std::string> call(const ToolCall& call) override {
    given_ = &call.arguments;
    if (call.name == "calculate") return calculate();
    if (call.name == "find_user_id_by_email") return find_by_email();
    if (call.name == "find_user_id_by_name_zip") return find_by_name();
    if (call.name == "list_all_product_types") return list_products();
    if (call.name == "get_item_details") return item_details();
    if (call.name == "transfer_to_human_agents") return std::string("Transfer successful");
    if (call.name == "get_product_details") return details("products", text("product_id"), "Product");
    if (call.name == "get_user_details") return details("users", text("user_id"), "User");
    if (call.name == "modify_user_address") {
      if (!find("users", text("user_id"))) return input_error("User not found");
      return readdressed("users", text("user_id"));
    }
    const Json* order = find("orders", text("order_id"));
    if (!order) return input_error("Order not found");
    if (call.name == "get_order_details") return dump(*order);
    return change(call.name, *order);
  }

 private:
  Result<std::string> change(const std::string& tool, const Json& order) {
    if (tool == "cancel_pending_order") return cancel(order);
    if (tool == "exchange_delivered_order_items") return exchange(order);
    if (tool == "modify_pending_order_items") return modify_items(order);
    if (tool == "modify_pending_order_payment") return modify_payment(order);
    if (tool == "return_delivered_order_items") return give_back(order);
    if (!is_pending(order)) return input_error("Non-pending order cannot be modified");
    return readdressed("orders", text("order_id"));
  }

  std::string text(const char* key) const { return given_->at(key).get<std::string>(); }
  Texts texts(const char* key) const { return given_->at(key).get<Texts>(); }

  const Json* find(const char* kind, const std::string& id) const {
    if (const auto changed = changed_.at(kind).find(id); changed != changed_.at(kind).end()) return &*changed;
    const auto row = shop_->at(kind).find(id);
    return row == shop_->at(kind).end() ? nullptr : &*row;
  }
  Json& edit(const char* kind, const std::string& id) {
    if (!changed_[kind].contains(id)) changed_[kind][id] = shop_->at(kind).at(id);
    return changed_[kind][id];
  }
  Json& edit(const Json& order) { return edit("orders", order.at("order_id").get<std::string>()); }

  static bool is_pending(const Json& order) {
    return order.at("status").get_ref<const std::string&>().find("pending") != std::string::npos;
  }

  Result<std::string> details(const char* kind, const std::string& id, const std::string& what) const {
    const Json* row = find(kind, id);
    if (!row) return input_error(what + " not found");
    return dump(*row);
  }

  Result<std::string> calculate() const {
    const std::string expression = text("expression");
    if (expression.find_first_not_of("0123456789+-*/(). ") != std::string::npos)
      return input_error("Invalid characters in expression");
    const auto value = calculated(expression);
    if (!value) return input_error("Invalid expression");
    return dump(Json(to_cents(*value)));
  }

  template <class Matches>
  Result<std::string> find_user(const Matches& matches) const {
    for (const auto& [id, user] : shop_->at("users").items())
      if (matches(*find("users", id))) return id;
    return input_error("User not found");
  }
  Result<std::string> find_by_email() const {
    const std::string email = lower(text("email"));
    return find_user([&](const Json& user) { return lower(user.at("email").get<std::string>()) == email; });
  }
  Result<std::string> find_by_name() const {
    const std::string first = lower(text("first_name")), last = lower(text("last_name")), zip = text("zip");
    return find_user([&](const Json& user) {
      const Json& name = user.at("name");
      return lower(name.at("first_name").get<std::string>()) == first &&
             lower(name.at("last_name").get<std::string>()) == last && user.at("address").at("zip") == zip;
    });
  }

  Result<std::string> list_products() const {
    Json ids = Json::object();
    for (const auto& [id, product] : shop_->at("products").items())
      ids[product.at("name").get<std::string>()] = product.at("product_id");
    return dump(ids);
  }
  Result<std::string> item_details() const {
    for (const auto& [id, product] : shop_->at("products").items())
      if (const auto item = product.at("variants").find(text("item_id")); item != product.at("variants").end())
        return dump(*item);
    return input_error("Item not found");
  }

  Result<std::string> readdressed(const char* kind, const std::string& id) {
    Json& row = edit(kind, id);
    row["address"] = Json::object();
    for (const char* part : {"address1", "address2", "city", "state", "country", "zip"})
      row["address"][part] = text(part);
    return dump(row);
  }

  Result<const Json*> payment_method(const Json& order, const std::string& method) const {
    const Json* user = find("users", order.at("user_id").get<std::string>());
    if (!user) return input_error("User not found");
    const auto found = user->at("payment_methods").find(method);
    if (found == user->at("payment_methods").end()) return input_error("Payment method not found");
    return &*found;
  }
  /// Nothing happens unless it is a gift card.
  void add_to_balance(const Json& order, const std::string& method, double amount) {
    Json& paid = edit("users", order.at("user_id").get<std::string>())["payment_methods"][method];
    if (is_gift_card(paid)) paid["balance"] = to_cents(paid["balance"].get<double>() + amount);
  }

  /// The first id that occurs more often in `ids` than in the order.
  static std::optional<std::string> missing_item(const Json& order, const Texts& ids) {
    Texts there;
    for (const Json& item : order.at("items")) there.push_back(item.at("item_id").get<std::string>());
    for (const std::string& id : ids)
      if (std::count(ids.begin(), ids.end(), id) > std::count(there.begin(), there.end(), id)) return id;
    return std::nullopt;
  }

  /// What the new items cost more than the old ones; refusals as both tools give them.
  Result<Json> price_difference(const Json& order, const Texts& ids, const Texts& new_ids, bool must_differ) const {
    if (ids.empty()) return Json(0);
    double difference = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (must_differ && ids[i] == new_ids[i])
        return input_error("The new item id should be different from the old item id");
      const Json& item = *item_of(order, ids[i]);
      BAKEOFF_TRY(const Json* variant, variant_of(item, new_ids[i]));
      if (!variant->at("available").get<bool>())
        return input_error("New item " + new_ids[i] + " not found or available");
      difference += variant->at("price").get<double>() - item.at("price").get<double>();
    }
    return Json(difference);
  }
  template <class Order>
  static auto item_of(Order& order, const std::string& id) -> decltype(&order.at("items").front()) {
    for (auto& item : order.at("items"))
      if (item.at("item_id") == id) return &item;
    return nullptr;
  }
  Result<const Json*> variant_of(const Json& item, const std::string& id) const {
    const auto product = shop_->at("products").find(item.at("product_id").get<std::string>());
    if (product == shop_->at("products").end()) return input_error("Product not found");
    const auto variant = product->at("variants").find(id);
    if (variant == product->at("variants").end()) return input_error("Variant not found");
    return &*variant;
  }

  Result<std::string> cancel(const Json& order) {
    if (order.at("status") != "pending") return input_error("Non-pending order cannot be cancelled");
    const std::string reason = text("reason");
    if (reason != "no longer needed" && reason != "ordered by mistake") return input_error("Invalid reason");
    for (const Json& paid : order.at("payment_history"))
      BAKEOFF_CHECK(payment_method(order, paid.at("payment_method_id").get<std::string>()));
    Json& edited = edit(order);
    const Json history = edited["payment_history"];
    for (const Json& paid : history) {
      const auto method = paid.at("payment_method_id").get<std::string>();
      add_to_balance(edited, method, paid.at("amount").get<double>());
      edited["payment_history"].push_back(payment("refund", paid.at("amount"), method));
    }
    edited["status"] = "cancelled";
    edited["cancel_reason"] = reason;
    return dump(edited);
  }

  Result<std::string> exchange(const Json& order) {
    if (order.at("status") != "delivered") return input_error("Non-delivered order cannot be exchanged");
    Texts ids = texts("item_ids"), new_ids = texts("new_item_ids");
    if (const auto missing = missing_item(order, ids)) return input_error("Number of " + *missing + " not found.");
    if (ids.size() != new_ids.size()) return input_error("The number of items to be exchanged should match.");
    BAKEOFF_TRY(Json difference, price_difference(order, ids, new_ids, false));
    if (difference.is_number_float()) difference = to_cents(difference.get<double>());
    BAKEOFF_TRY(const Json* method, payment_method(order, text("payment_method_id")));
    if (is_gift_card(*method) && method->at("balance").get<double>() < difference.get<double>())
      return input_error("Insufficient gift card balance to pay for the price difference");
    std::sort(ids.begin(), ids.end());
    std::sort(new_ids.begin(), new_ids.end());
    Json& edited = edit(order);
    edited["status"] = "exchange requested";
    edited["exchange_items"] = ids;
    edited["exchange_new_items"] = new_ids;
    edited["exchange_payment_method_id"] = text("payment_method_id");
    edited["exchange_price_difference"] = difference;
    return dump(edited);
  }

  Result<std::string> modify_items(const Json& order) {
    if (order.at("status") != "pending") return input_error("Non-pending order cannot be modified");
    const Texts ids = texts("item_ids"), new_ids = texts("new_item_ids");
    if (const auto missing = missing_item(order, ids)) return input_error(*missing + " not found");
    if (ids.size() != new_ids.size()) return input_error("The number of items to be exchanged should match");
    BAKEOFF_TRY(const Json difference, price_difference(order, ids, new_ids, true));
    const std::string method_id = text("payment_method_id");
    BAKEOFF_TRY(const Json* method, payment_method(order, method_id));
    const auto costs = difference.get<double>();
    if (is_gift_card(*method) && method->at("balance").get<double>() < costs)
      return input_error("Insufficient gift card balance to pay for the new item");
    Json& edited = edit(order);
    edited["payment_history"].push_back(
        payment(costs > 0 ? "payment" : "refund", ids.empty() ? difference : Json(std::abs(costs)), method_id));
    add_to_balance(edited, method_id, -costs);
    if (!ids.empty()) replace_items(edited, ids, new_ids);
    edited["status"] = "pending (item modified)";
    return dump(edited);
  }
  /// All of them get the price and the options of the last new item, as in tau2.
  void replace_items(Json& order, const Texts& ids, const Texts& new_ids) const {
    const Json last = **variant_of(*item_of(order, ids.back()), new_ids.back());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      Json& item = *item_of(order, ids[i]);
      item["item_id"] = new_ids[i];
      item["price"] = last.at("price");
      item["options"] = last.at("options");
    }
  }

  Result<std::string> modify_payment(const Json& order) {
    if (!is_pending(order)) return input_error("Non-pending order cannot be modified");
    const std::string method_id = text("payment_method_id");
    BAKEOFF_TRY(const Json* method, payment_method(order, method_id));
    const Json& history = order.at("payment_history");
    if (history.size() != 1 || history[0].at("transaction_type") != "payment")
      return input_error("There should be exactly one payment for a pending order");
    const std::string old_id = history[0].at("payment_method_id").get<std::string>();
    if (old_id == method_id) return input_error("The new payment method should be different from the current one");
    const Json amount = history[0].at("amount");
    if (is_gift_card(*method) && method->at("balance").get<double>() < amount.get<double>())
      return input_error("Insufficient gift card balance to pay for the order");
    BAKEOFF_CHECK(payment_method(order, old_id));
    Json& edited = edit(order);
    edited["payment_history"].push_back(payment("payment", amount, method_id));
    edited["payment_history"].push_back(payment("refund", amount, old_id));
    add_to_balance(edited, method_id, -amount.get<double>());
    add_to_balance(edited, old_id, amount.get<double>());
    return dump(edited);
  }

  Result<std::string> give_back(const Json& order) {
    if (order.at("status") != "delivered") return input_error("Non-delivered order cannot be returned");
    const std::string method_id = text("payment_method_id");
    BAKEOFF_TRY(const Json* method, payment_method(order, method_id));
    if (!is_gift_card(*method) && order.at("payment_history").at(0).at("payment_method_id") != method_id)
      return input_error("Payment method should be the original payment method");
    Texts ids = texts("item_ids");
    if (missing_item(order, ids)) return input_error("Some item not found");
    std::sort(ids.begin(), ids.end());
    Json& edited = edit(order);
    edited["status"] = "return requested";
    edited["return_items"] = ids;
    edited["return_payment_method_id"] = method_id;
    return dump(edited);
  }

  std::shared_ptr<const Json> shop_;
  Json changed_{{"orders", Json::object()}, {"products", Json::object()}, {"users", Json::object()}};
  const Json* given_ = nullptr;
};

/// Reads everything once that the tools rely on; throws what the JSON library throws.
void touch_all(const Json& shop) {
  for (const auto& [id, product] : shop.at("products").items()) {
    product.at("name").get<std::string>();
    for (const auto& [item, variant] : product.at("variants").items())
      variant.at("options"), variant.at("price").get<double>(), variant.at("available").get<bool>();
  }
  for (const auto& [id, user] : shop.at("users").items()) {
    user.at("email").get<std::string>(), user.at("address").at("zip");
    user.at("name").at("first_name").get<std::string>(), user.at("name").at("last_name").get<std::string>();
    for (const auto& [key, method] : user.at("payment_methods").items())
      if (is_gift_card(method)) method.at("balance").get<double>();
  }
  for (const auto& [id, order] : shop.at("orders").items()) {
    if (order.at("order_id") != id) throw std::runtime_error("order " + id + " has another order_id");
    order.at("status").get<std::string>(), order.at("user_id").get<std::string>();
    for (const Json& item : order.at("items"))
      item.at("item_id").get<std::string>(), item.at("product_id").get<std::string>(), item.at("price").get<double>();
    for (const Json& paid : order.at("payment_history"))
      paid.at("transaction_type").get<std::string>(), paid.at("amount").get<double>(),
          paid.at("payment_method_id").get<std::string>();
    if (order.at("payment_history").empty()) throw std::runtime_error("order " + id + " has no payment");
  }
}

}  // namespace

Result<std::shared_ptr<const Json>> read_shop(const Path& file) {
  BAKEOFF_TRY(Json shop, read_json_file(file));
  try {
    touch_all(shop);
  } catch (const std::exception& mistake) {
    return input_error(std::string("no retail database of tau2-bench: ") + mistake.what(), file.string());
  }
  return std::make_shared<const Json>(std::move(shop));
}

std::unique_ptr<World> make_world(std::shared_ptr<const Json> shop) {
  return std::make_unique<Retail>(std::move(shop));
}

}  // namespace bakeoff::suites::tau_retail
