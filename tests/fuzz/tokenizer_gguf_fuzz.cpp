// The tokenizer and the chat template inside a GGUF file.
#include "baker/text/model_text.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/tokenizer_exercise.h"

namespace bakeoff::testing {

void fuzz_tokenizer_gguf(std::string_view input) {
  static const InputFile file("model.gguf");
  const auto text = baker::load_model_text(file.write(input));
  if (!text.ok()) return require_reason(text.error());
  exercise(text->tokenizer);
  const auto prompt = text->render({{"system", "Be brief."}, {"user", "Hi"}});
  if (!prompt.ok()) require_reason(prompt.error());
}

}  // namespace bakeoff::testing
