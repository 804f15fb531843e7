// A model's chat template: turns a conversation into the prompt that the model was trained on. The variables are those
// that the Python library transformers gives: messages, tools, documents, add_generation_prompt, bos_token, eos_token,
// and the functions strftime_now and raise_exception.
//
//   BAKEOFF_TRY(auto chat, ChatTemplate::from_source(source, {.bos = "<|im_start|>", .eos = "<|im_end|>"}, file));
//   BAKEOFF_TRY(std::string prompt, chat.render(conversation));
//
// A template may add what the conversation lacks: SmolLM2's inserts a default system text where the first message is
// no system message. Give an empty system message to have none.
#pragma once

#include <string>

#include "baker/text/jinja.h"
#include "harness/core/conversation.h"
#include "harness/core/json.h"
#include "harness/core/result.h"

namespace bakeoff {

/// The texts of the tokens that a template can name; empty where the tokenizer has none.
struct SpecialTexts {
  std::string bos;
  std::string eos;
};

struct RenderOptions {
  bool add_generation_prompt = true;          ///< end with the opening of the model's turn
  OrderedJson tools = nullptr;                ///< a list of function schemas, or null
  OrderedJson extra = OrderedJson::object();  ///< further variables, such as {"enable_thinking": false}
  jinja::Moment date;                         ///< what templates that print the date are told
};

/// Immutable: may render from many threads at once.
class ChatTemplate {
 public:
  /// Fails with "where:LINE: ..." on a mistake in the template.
  static Result<ChatTemplate> from_source(const std::string& source, SpecialTexts special, const std::string& where);

  Result<std::string> render(const Conversation& messages, const RenderOptions& options = {}) const;
  /// `arguments`: {"messages", "tools"?, "add_generation_prompt"?, ...} as the template sees them, in the order that
  /// tojson writes. What is missing of the variables above is filled in: null, or false for add_generation_prompt.
  Result<std::string> render(const OrderedJson& arguments, const jinja::Moment& date = {}) const;

  /// SHA-256 of the source and the special texts: part of the identity of every result made with it.
  std::string digest() const;

 private:
  ChatTemplate(jinja::Template parsed, std::string source, SpecialTexts special)
      : parsed_(std::move(parsed)), source_(std::move(source)), special_(std::move(special)) {}
  jinja::Template parsed_;
  std::string source_;
  SpecialTexts special_;
};

}  // namespace bakeoff
