// Every part of a tokenizer against the libraries that define it: small tokenizers trained by
// tools/goldens/tokenizer_trained.py with Hugging Face's tokenizers and with sentencepiece, and published ones.
#include <cstdlib>

#include "baker/text/tokenizer.h"
#include "harness/core/json.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;

namespace {

Tokenizer load(const Path& file) {
  auto tokenizer = file.extension() == ".model" ? Tokenizer::from_model(file) : Tokenizer::from_json(file);
  INFO((tokenizer.ok() ? "" : tokenizer.error().line()));
  REQUIRE(tokenizer.ok());
  return std::move(tokenizer).value();
}

std::vector<TokenId> ids_of(const Json& row, const char* key) { return row.at(key).get<std::vector<TokenId>>(); }

/// Texts of tokenizer.json files hold special tokens; sentencepiece knows none in a text.
void check_row(const Tokenizer& tokenizer, const Json& row) {
  const std::string text = row.at("text");
  INFO(dump(row));
  if (row.contains("plain")) {
    CHECK(tokenizer.encode(text, {.parse_special = false}).value() == ids_of(row, "plain"));
    if (row.contains("decoded")) CHECK(tokenizer.decode(ids_of(row, "plain"), true).value() == row.at("decoded"));
    return;
  }
  const auto special = ids_of(row, "special");
  CHECK(tokenizer.encode(text).value() == ids_of(row, "ids"));
  CHECK(tokenizer.encode(text, {.add_special = true}).value() == special);
  CHECK(tokenizer.decode(special, false).value() == row.at("decoded"));
  CHECK(tokenizer.decode(special, true).value() == row.at("skipped"));
}

int check_rows(const Path& expected, const Path& folder) {
  int rows = 0;
  std::map<std::string, Tokenizer> loaded;
  const auto on_row = [&](std::size_t, Json row) -> Status {
    const std::string name = row.at("tokenizer");
    if (!loaded.contains(name)) loaded.emplace(name, load(folder / name));
    check_row(loaded.at(name), row);
    ++rows;
    return {};
  };
  const auto on_bad = [](std::size_t, const Error& error) -> Status { return error; };
  REQUIRE(for_each_jsonl(expected, on_row, on_bad).ok());
  return rows;
}

}  // namespace

TEST_CASE("every normalizer, pre-tokenizer, model and decoder gives the ids and texts of its own library") {
  const auto folder = testing::source_path("golden/tokenizers");
  CHECK(check_rows(folder / "expected_json.jsonl", folder) > 450);
  CHECK(check_rows(folder / "expected_model.jsonl", folder) > 140);
}

TEST_CASE("published tokenizers give the ids and texts of Hugging Face's tokenizers") {
  const char* folder = std::getenv("BAKEOFF_TEST_TOKENIZERS");
  if (!folder) SKIP_TEST("BAKEOFF_TEST_TOKENIZERS names no folder of published tokenizers");
  CHECK(check_rows(testing::source_path("golden/tokenizer_published.jsonl"), folder) == 304);
}
