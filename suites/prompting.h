// How a suite's items reach a model: the key `prompting` of the suites that offer both.
#pragma once

#include "harness/core/json.h"

namespace bakeoff::suites {

enum class Prompting {
  chat,       ///< turns of a conversation, after the arm's prompt
  completion  ///< raw text that goes on: no prompt reaches it, so only `base` and `baked` differ
};

inline Prompting read_prompting(ObjectReader& fields, const char* fallback) {
  return fields.one_of("prompting", fallback, {"chat", "completion"}) == "chat" ? Prompting::chat
                                                                                : Prompting::completion;
}

inline const char* name_of(Prompting prompting) { return prompting == Prompting::chat ? "chat" : "completion"; }

}  // namespace bakeoff::suites
