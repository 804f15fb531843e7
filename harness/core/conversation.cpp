// Messages, decoding settings and prompts as JSON.
#include "harness/core/conversation.h"

#include <limits>

namespace bakeoff {

namespace {

std::string indexed(const std::string& where, std::size_t index) { return where + "[" + std::to_string(index) + "]"; }

Result<Message> message_from_json(const Json& value, const std::string& where) {
  ObjectReader fields(value, where);
  Message message;
  message.role = fields.required<std::string>("role");
  message.content = fields.required<std::string>("content");
  if (message.role != "system" && message.role != "user" && message.role != "assistant" && message.role != "tool")
    fields.fail("role", "expected system, user, assistant or tool, found \"" + message.role + "\"");
  BAKEOFF_CHECK(fields.finish());
  return message;
}

/// The two forms of a prompt's messages, read from an object that may have other fields.
Result<Conversation> messages_of(ObjectReader& fields, const std::string& where) {
  if (fields.has("messages") == fields.has("system"))
    return input_error("expected either \"messages\" or \"system\"", where);
  if (fields.has("messages")) return conversation_from_json(fields.raw("messages"), fields.path("messages"));
  return Conversation{{"system", fields.required<std::string>("system")}};
}

Result<Conversation> student_from_json(const Json& value, const std::string& where) {
  ObjectReader fields(value, where);
  BAKEOFF_TRY(Conversation messages, messages_of(fields, where));
  BAKEOFF_CHECK(fields.finish());
  return messages;
}

}  // namespace

Result<Conversation> conversation_from_json(const Json& value, const std::string& where) {
  if (!value.is_array()) return input_error("expected a list of messages", where);
  Conversation messages;
  for (std::size_t i = 0; i < value.size(); ++i) {
    BAKEOFF_TRY(Message message, message_from_json(value[i], indexed(where, i)));
    messages.push_back(std::move(message));
  }
  return messages;
}

Json to_json(const Conversation& messages) {
  Json list = Json::array();
  for (const Message& message : messages) list.push_back({{"role", message.role}, {"content", message.content}});
  return list;
}

Json to_json(const Decoding& decoding) {
  return {{"temperature", decoding.temperature},
          {"top_p", decoding.top_p},
          {"top_k", decoding.top_k},
          {"max_new_tokens", decoding.max_new_tokens},
          {"stop", decoding.stop}};
}

Result<Decoding> decoding_from_json(const Json& value, const std::string& where, Decoding defaults) {
  ObjectReader fields(value, where);
  Decoding decoding = std::move(defaults);
  constexpr int kMost = std::numeric_limits<int>::max();
  decoding.temperature = fields.in_range("temperature", decoding.temperature, 0.0, 100.0);
  decoding.top_p = fields.in_range("top_p", decoding.top_p, 0.0, 1.0);
  if (decoding.top_p == 0) fields.fail("top_p", "expected a number above 0, at most 1");
  decoding.top_k = fields.in_range("top_k", decoding.top_k, 0, kMost);
  decoding.max_new_tokens = fields.in_range("max_new_tokens", decoding.max_new_tokens, 1, kMost);
  decoding.stop = fields.optional("stop", decoding.stop);
  for (const std::string& text : decoding.stop)
    if (text.empty()) fields.fail("stop", "an empty text would stop every answer at once");
  BAKEOFF_CHECK(fields.finish());
  return decoding;
}

Result<PromptSpec> prompt_from_json(const Json& value, const std::string& where) {
  ObjectReader fields(value, where);
  if (!value.is_object()) return fields.finish().error();
  PromptSpec prompt;
  prompt.name = fields.optional("name", "");
  BAKEOFF_TRY(prompt.messages, messages_of(fields, where));
  if (prompt.messages.empty()) return input_error("a prompt needs at least one message", where);
  if (fields.has("student")) {
    BAKEOFF_TRY(prompt.student, student_from_json(fields.raw("student"), fields.path("student")));
  }
  BAKEOFF_CHECK(fields.finish());
  return prompt;
}

Result<PromptSpec> read_prompt_file(const Path& file) {
  BAKEOFF_TRY(const Json value, read_yaml_file(file));
  BAKEOFF_TRY(PromptSpec prompt, prompt_from_json(value, file == "-" ? "standard input" : file.string()));
  if (prompt.name.empty()) prompt.name = file.stem().string();
  return prompt;
}

Json to_json(const PromptSpec& prompt) {
  return {{"name", prompt.name},
          {"messages", to_json(prompt.messages)},
          {"student", {{"messages", to_json(prompt.student)}}}};
}

}  // namespace bakeoff
