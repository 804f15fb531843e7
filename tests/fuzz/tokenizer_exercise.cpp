#include "tests/fuzz/tokenizer_exercise.h"

#include "harness/core/files.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {
namespace {

constexpr const char* kTexts[] = {"", "Hello world", "  12345\n\tit's <s>hi</s>",
                                  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"};

void check_decoding(const baker::Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  const auto text = tokenizer.decode(ids, false);
  require(text.ok(), "ids of the vocabulary can be decoded");
  require(is_valid_utf8(*text), "decoded text is UTF-8");
}

}  // namespace

void exercise(const baker::Tokenizer& tokenizer) {
  for (const char* text : kTexts)
    for (const bool special : {false, true}) {
      const auto ids = tokenizer.encode(text, {.add_special = special, .parse_special = special});
      if (ids.ok())
        check_decoding(tokenizer, *ids);
      else
        require_reason(ids.error());
    }
  for (TokenId id = 0; id < tokenizer.size() && id < 600; ++id)
    if (!tokenizer.token_text(id).empty()) check_decoding(tokenizer, {id});
}

}  // namespace bakeoff::testing
