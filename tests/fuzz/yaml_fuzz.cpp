// YAML documents, and what is made of them without any other file: prompts, recipes, decoding, judges' settings.
#include "harness/core/conversation.h"
#include "harness/core/recipe.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {
namespace {

template <class T>
void check(const Result<T>& result) {
  if (!result.ok()) require_reason(result.error());
}

}  // namespace

void fuzz_yaml(std::string_view input) {
  const auto value = parse_yaml(std::string(input), "fuzz.yaml");
  if (!value.ok()) return require_reason(value.error());
  check(prompt_from_json(*value, "fuzz.yaml"));
  check(recipe_from_json(*value, "fuzz.yaml"));
  check(decoding_from_json(*value, "fuzz.yaml"));
  check(conversation_from_json(*value, "fuzz.yaml"));
}

}  // namespace bakeoff::testing
