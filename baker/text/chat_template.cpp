// Fills in the variables that a chat template may name, and renders it.
#include "baker/text/chat_template.h"

#include "harness/core/sha256.h"

namespace bakeoff {

Result<ChatTemplate> ChatTemplate::from_source(const std::string& source, SpecialTexts special,
                                               const std::string& where) {
  BAKEOFF_TRY(jinja::Template parsed, jinja::Template::parse(source, where));
  return ChatTemplate(std::move(parsed), source, std::move(special));
}

Result<std::string> ChatTemplate::render(const Conversation& messages, const RenderOptions& options) const {
  if (!options.extra.is_object())
    return input_error("extra template variables are no object", "", "pass {\"name\": value, ...}");
  OrderedJson arguments = options.extra;
  OrderedJson& list = arguments["messages"] = OrderedJson::array();
  for (const Message& message : messages)
    list.push_back(OrderedJson{{"role", message.role}, {"content", message.content}});
  arguments["tools"] = options.tools;
  arguments["add_generation_prompt"] = options.add_generation_prompt;
  return render(arguments, options.date);
}

Result<std::string> ChatTemplate::render(const OrderedJson& arguments, const jinja::Moment& date) const {
  if (!arguments.is_object() || !arguments.contains("messages") || !arguments["messages"].is_array())
    return input_error("a chat template needs a list of messages", "messages", "pass {\"messages\": [...]}");
  OrderedJson full = arguments;
  const OrderedJson defaults = {{"tools", nullptr},
                                {"documents", nullptr},
                                {"add_generation_prompt", false},
                                {"bos_token", special_.bos},
                                {"eos_token", special_.eos}};
  for (const auto& [name, value] : defaults.items())
    if (!full.contains(name)) full[name] = value;
  jinja::RenderLimits limits;
  limits.now = date;
  return parsed_.render(full, limits);
}

std::string ChatTemplate::digest() const {
  Sha256 hash;
  for (const std::string* part : {&source_, &special_.bos, &special_.eos})
    hash.update(std::to_string(part->size()) + ":").update(*part);
  return hash.hex();
}

}  // namespace bakeoff
