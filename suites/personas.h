// Personas of our own, at the level of a small model: each says what to do in a sentence, shows it in two exchanges,
// and can be scored by a program in the answer to one probe.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/conversation.h"
#include "harness/core/files.h"
#include "harness/core/json.h"

namespace bakeoff::suites {

struct Persona {
  std::string name;
  std::string system;
  std::vector<std::pair<std::string, std::string>> examples;  ///< question and answer; ours have at least one
  std::string probe;
  Json manner;  ///< a judge's spec
};

std::span<const Persona> all_personas();
/// None of that name: an input error that lists them.
Result<const Persona*> find_persona(std::span<const Persona> personas, const std::string& name,
                                    const std::string& where);

/// Those of the published hundred system prompts (likenneth/persona_drift) whose scorer asks for given words or a tone:
/// rows of {"id", "system_prompt", "probe", "scorer"}; the others, which need a tagger, word lists or code, are left
/// out. Names are "published-ID". A row that can not be read is an error with FILE:LINE; so is a file without any such
/// row.
Result<std::vector<Persona>> read_published_personas(const Path& file);

/// The persona's sentence and exchanges; what stays at inference is an empty system turn.
PromptSpec prompt_of(const Persona& persona);

/// Questions to bake a persona with: everyday ones, and some close to its probe.
std::vector<Conversation> baking_questions(const Persona& persona);

}  // namespace bakeoff::suites
