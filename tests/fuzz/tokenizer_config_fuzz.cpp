// What lies beside tokenizer.json: special tokens and the chat template of tokenizer_config.json.
#include "baker/text/model_text.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {
namespace {

constexpr const char* kTokenizer = R"({"decoder": {"type": "ByteLevel"}, "added_tokens": [{"id": 0, "content": "<s>"}],
  "model": {"type": "BPE", "vocab": {"<s>": 0, "a": 1, "b": 2}, "merges": []}})";

}  // namespace

void fuzz_tokenizer_config(std::string_view input) {
  static const InputFile file("tokenizer_config.json");
  static const bool written = write_file_atomically(file.folder() / "tokenizer.json", kTokenizer).ok();
  require(written, "a tokenizer lies beside the input");
  file.write(input);
  const auto text = baker::load_model_text(file.folder());
  if (!text.ok()) return require_reason(text.error());
  const auto prompt = text->render({{"system", ""}, {"user", "ab"}});
  if (!prompt.ok()) require_reason(prompt.error());
}

}  // namespace bakeoff::testing
