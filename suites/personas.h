// Personas of our own, at the level of a small model: each says what to do in a sentence, shows it in two exchanges,
// and can be scored by a program in the answer to one probe.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/conversation.h"
#include "harness/core/json.h"

namespace bakeoff::suites {

struct Persona {
  const char* name;
  const char* system;
  std::vector<std::pair<const char*, const char*>> examples;  ///< question and answer, at least one
  const char* probe;
  Json manner;  ///< a judge's spec
};

std::span<const Persona> all_personas();
/// None of that name: an input error that lists them.
Result<const Persona*> find_persona(const std::string& name, const std::string& where);

/// The persona's sentence and exchanges; what stays at inference is an empty system turn.
PromptSpec prompt_of(const Persona& persona);

/// Questions to bake a persona with: everyday ones, and some close to its probe.
std::vector<Conversation> baking_questions(const Persona& persona);

}  // namespace bakeoff::suites
