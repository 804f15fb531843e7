// Hugging Face's tokenizer.json, and the tokenizer that it makes.
#include "tests/fuzz/input.h"
#include "tests/fuzz/tokenizer_exercise.h"

namespace bakeoff::testing {

void fuzz_tokenizer_json(std::string_view input) {
  static const InputFile file("tokenizer.json");
  const auto tokenizer = baker::Tokenizer::from_json(file.write(input));
  if (!tokenizer.ok()) return require_reason(tokenizer.error());
  exercise(*tokenizer);
}

}  // namespace bakeoff::testing
