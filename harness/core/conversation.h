// Messages, and how answers are drawn: the words shared by everything that asks a model for something.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"

namespace bakeoff {

struct Message {
  std::string role;     ///< "system", "user", "assistant" or "tool"
  std::string content;  ///< UTF-8; may be empty
  friend bool operator==(const Message&, const Message&) = default;
};
using Conversation = std::vector<Message>;

/// [{"role","content"}, ...]; an unknown role, a missing content or an unknown key is an error at `where`.
Result<Conversation> conversation_from_json(const Json& value, const std::string& where);
Json to_json(const Conversation& messages);

/// How an answer is drawn. Temperature 0 is greedy (the smallest id among equals) and uses no seed.
struct Decoding {
  double temperature = 0;         ///< >= 0
  double top_p = 1;               ///< in (0, 1]; 1 keeps everything
  int top_k = 0;                  ///< 0 keeps everything
  int max_new_tokens = 64;        ///< >= 1
  std::vector<std::string> stop;  ///< the answer ends before the first of these
  friend bool operator==(const Decoding&, const Decoding&) = default;
};
Json to_json(const Decoding& decoding);
/// Missing fields keep the value of `defaults`.
Result<Decoding> decoding_from_json(const Json& value, const std::string& where, Decoding defaults = {});

/// A prompt to be baked: what the teacher sees, and what stays in front of the student at inference.
struct PromptSpec {
  std::string name;
  Conversation messages;                    ///< the teacher's: system text and/or example exchanges
  Conversation student = {{"system", ""}};  ///< default: a system turn with empty content
};
/// {"messages":[...]} or {"system":"..."}, with optional "name" and "student" of the same two forms ({"messages":[]}:
/// no system turn).
Result<PromptSpec> prompt_from_json(const Json& value, const std::string& where);
Result<PromptSpec> read_prompt_file(const Path& file);
Json to_json(const PromptSpec& prompt);

}  // namespace bakeoff
