// Tokenizers against Hugging Face's tokenizers (tests/golden/tokenizer_smollm2.jsonl, made by
// tools/goldens/tokenizer.py) and against llama.cpp's vocabulary tests.
#include "baker/text/tokenizer.h"

#include <chrono>
#include <iterator>
#include <sstream>

#include "baker/text/tokenizer_split.h"
#include "baker/text/unicode.h"
#include "baker/text/unicode_forms.h"
#include "harness/core/json.h"
#include "harness/core/sha256.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;

namespace {

std::optional<Tokenizer> default_tokenizer() {
  const auto model = testing::default_model();
  if (!model) return std::nullopt;
  const auto gguf = Gguf::open(*model);
  REQUIRE(gguf.ok());
  auto tokenizer = Tokenizer::from_gguf(*gguf);
  INFO((tokenizer.ok() ? "" : tokenizer.error().line()));
  REQUIRE(tokenizer.ok());
  return std::move(tokenizer).value();
}

std::optional<Tokenizer> json_tokenizer(const std::string& relative) {
  const auto file = testing::data_path(relative);
  if (!file) return std::nullopt;
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(*file, ignored);
  auto tokenizer = is_folder ? Tokenizer::from_folder(*file) : Tokenizer::from_json(*file);
  INFO((tokenizer.ok() ? "" : tokenizer.error().line()));
  REQUIRE(tokenizer.ok());
  return std::move(tokenizer).value();
}

/// Compares ids with and without parsed special tokens, and the decoded text, for all golden rows of one name.
int check_golden_rows(const std::string& name, const Tokenizer& tokenizer) {
  int rows = 0;
  const auto on_row = [&](std::size_t line, Json row) -> Status {
    if (row["tokenizer"] != name) return {};
    ++rows;
    const std::string text = row["text"];
    const std::vector<TokenId> ids = row["ids"], plain = row.value("plain", ids);
    INFO("line " << line << ": " << dump(row));
    CHECK(tokenizer.encode(text, {.parse_special = true}).value() == ids);
    CHECK(tokenizer.encode(text, {.parse_special = false}).value() == plain);
    CHECK(tokenizer.decode(ids, true).value() == row.value("decoded", text));
    return {};
  };
  const auto on_bad = [](std::size_t, const Error& error) -> Status { return error; };
  REQUIRE(for_each_jsonl(testing::source_path("golden/tokenizer_smollm2.jsonl"), on_row, on_bad).ok());
  return rows;
}

/// llama.cpp's vocabulary tests: texts in .inp, one line of ids each in .out.
int check_llama_cpp_rows(const std::string& stem, const Tokenizer& tokenizer) {
  const auto folder = testing::data_path("tokenizer_golden/llama.cpp");
  REQUIRE(folder);
  const std::string texts = read_file(*folder / ("ggml-vocab-" + stem + ".gguf.inp")).value();
  std::istringstream expected(read_file(*folder / ("ggml-vocab-" + stem + ".gguf.out")).value());
  const std::string separator = "\n__ggml_vocab_test__\n";
  int rows = 0;
  for (std::size_t at = 0; at <= texts.size(); ++rows) {
    const std::size_t end = std::min(texts.find(separator, at), texts.size());
    const std::string text = texts.substr(at, end - at);
    at = end + separator.size();
    std::string line;
    std::getline(expected, line);
    std::istringstream numbers(line);
    const std::vector<TokenId> ids{std::istream_iterator<TokenId>(numbers), {}};
    INFO(dump(Json(text)));
    CHECK(tokenizer.encode(text).value() == ids);
  }
  return rows;
}

double seconds_to_encode(const Tokenizer& tokenizer, const std::string& text) {
  const auto begin = std::chrono::steady_clock::now();
  CHECK(tokenizer.encode(text).ok());
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// A tokenizer.json over the letters a and b with the merge "ab", changed by `patch` (RFC 7386).
Result<Tokenizer> tiny(const Json& patch) {
  Json json = {{"added_tokens", Json::array()},
               {"model", {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}}}, {"merges", {"a b"}}}},
               {"decoder", {{"type", "Fuse"}}}};
  json.merge_patch(patch);
  const testing::TemporaryFolder folder;
  REQUIRE(write_file_atomically(folder / "tokenizer.json", dump(json)).ok());
  return Tokenizer::from_folder(folder.path());
}

std::string tiny_error(const Json& patch) {
  const auto tokenizer = tiny(patch);
  return tokenizer.ok() ? "" : tokenizer.error().line();
}

}  // namespace

TEST_CASE("the default model's ids, special tokens and decoded texts are those of Hugging Face's tokenizers") {
  const auto tokenizer = default_tokenizer();
  if (!tokenizer) SKIP_TEST("the default model is not installed");
  CHECK(check_golden_rows("smollm2", *tokenizer) >= 450);
}

TEST_CASE("the default model's tokenizer names its special tokens and adds no BOS") {
  const auto tokenizer = default_tokenizer();
  if (!tokenizer) SKIP_TEST("the default model is not installed");
  CHECK(tokenizer->size() == 49152);
  CHECK(tokenizer->bos() == 1);
  CHECK(tokenizer->eos() == 2);
  CHECK(tokenizer->bos_text() == "<|im_start|>");
  CHECK(tokenizer->eos_text() == "<|im_end|>");
  CHECK_FALSE(tokenizer->add_bos());
  CHECK(tokenizer->id_of("<|im_end|>") == 2);
  CHECK_FALSE(tokenizer->id_of("no such token").has_value());
  CHECK(tokenizer->is_special(2));
  CHECK_FALSE(tokenizer->is_special(33));
  CHECK(tokenizer->token_text(33) == "1");
  CHECK(tokenizer->encode("a", {.add_special = true}).value() == tokenizer->encode("a").value());
}

TEST_CASE("GPT-2's ids are those of llama.cpp and of Hugging Face's tokenizers") {
  const auto tokenizer = json_tokenizer("tokenizers/gpt2/tokenizer.json");
  if (!tokenizer) SKIP_TEST("the public test data is not there");
  CHECK(check_llama_cpp_rows("gpt-2", *tokenizer) == 47);
  CHECK(check_golden_rows("gpt2", *tokenizer) >= 400);
}

TEST_CASE("SentencePiece-style ids with byte fallback are those of llama.cpp and of Hugging Face's tokenizers") {
  const auto phi = json_tokenizer("tokenizers/phi-3-mini/tokenizer.json");
  const auto stories = json_tokenizer("models/stories260K-hf/tokenizer.json");
  if (!phi || !stories) SKIP_TEST("the public test data is not there");
  CHECK(check_llama_cpp_rows("phi-3", *phi) == 47);
  CHECK(check_golden_rows("phi3", *phi) >= 400);
  CHECK(check_golden_rows("stories260K", *stories) >= 400);
}

TEST_CASE("a template's BOS comes first: stories260K's ids are those of its published model") {
  const auto tokenizer = json_tokenizer("models/stories260K-hf");
  const auto golden = testing::data_path("models/stories260K/golden.json");
  if (!tokenizer || !golden) SKIP_TEST("the public test data is not there");
  CHECK(tokenizer->add_bos());
  CHECK(tokenizer->bos() == 1);
  CHECK(tokenizer->eos() == 2);
  const Json expected = read_json_file(*golden).value();
  for (const Json& row : expected.at("encode")) {
    const std::string text = row["text"];
    INFO(text);
    CHECK(tokenizer->encode(text, {.add_special = true}).value() == row["ids_with_bos"].get<std::vector<TokenId>>());
  }
}

TEST_CASE("Qwen2.5's vocabulary and merges, Llama 3's ranks and Llama 2's GGUF give llama.cpp's ids") {
  const auto qwen = json_tokenizer("tokenizers/qwen2.5");
  const auto llama3 = json_tokenizer("tokenizers/llama3");
  const auto llama2 = testing::data_path("tokenizer_golden/llama.cpp/ggml-vocab-llama-spm.gguf");
  if (!qwen || !llama3 || !llama2) SKIP_TEST("the public test data is not there");
  CHECK(check_llama_cpp_rows("qwen2", *qwen) == 47);
  CHECK(check_llama_cpp_rows("llama-bpe", *llama3) == 47);
  const auto gguf = Gguf::open(*llama2);
  REQUIRE(gguf.ok());
  const auto tokenizer = Tokenizer::from_gguf(*gguf);
  INFO((tokenizer.ok() ? "" : tokenizer.error().line()));
  REQUIRE(tokenizer.ok());
  CHECK(check_llama_cpp_rows("llama-spm", *tokenizer) == 47);
}

TEST_CASE("a normalizer, a split pattern and added tokens together give the ids of Hugging Face's tokenizers") {
  const auto tokenizer = json_tokenizer("tokenizers/tiny_bpe/tiny_bpe_tokenizer.json");
  if (!tokenizer) SKIP_TEST("the public test data is not there");
  CHECK(check_golden_rows("tiny_bpe", *tokenizer) >= 400);
}

TEST_CASE("normal forms and lower case of every character among combining ones are those of Python's unicodedata") {
  // Made by tools/goldens/unicode_forms.py --digest with Unicode 14.
  std::string text;
  for (char32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code < 0xe000) continue;
    text += "a\u0301";
    append_utf8(text, code);
    text += "\u0323\u0301\u11a8\n";
  }
  const auto digest = [&](NormalForm form) { return sha256_hex(to_normal_form(text, form)); };
  CHECK(digest(NormalForm::c) == "6c9a88b2ce0c8394491d6d4f1de78ae8a894b654419c91705a8c1ecd1150dd04");
  CHECK(digest(NormalForm::d) == "216a530ccf726817a0339de243283fc9f2f3f50f515944b106faa04c9fead9f2");
  CHECK(digest(NormalForm::kc) == "a823b7b41b4393bad0937385b554fb32ef7d585346c0fca996fa2db023279e3f");
  CHECK(digest(NormalForm::kd) == "5d31cd196a1e99cc0b36916617cdc5e437611697fc69fcc264685ddd0ec81f7f");
  CHECK(sha256_hex(to_lower_case(text)) == "f4d9f07d5bedb6d04901f93d0942573971c3b652f51d92b374715cfa39503e1d");
}

TEST_CASE("decoding gives back every text whose bytes the vocabulary has") {
  const auto tokenizer = json_tokenizer("tokenizers/gpt2/tokenizer.json");
  if (!tokenizer) SKIP_TEST("the public test data is not there");
  std::string all;
  for (char32_t c = 0; c < 0x3000; ++c) append_utf8(all, c);
  CHECK(tokenizer->decode(tokenizer->encode(all).value(), false).value() == all);
}

TEST_CASE("half a character decodes to U+FFFD, and an id outside the vocabulary is an error") {
  const auto tokenizer = json_tokenizer("tokenizers/gpt2/tokenizer.json");
  if (!tokenizer) SKIP_TEST("the public test data is not there");
  const auto ids = tokenizer->encode("🦙").value();
  REQUIRE(ids.size() >= 2);
  CHECK(tokenizer->decode(std::vector<TokenId>{ids[0]}, true).value() == "\uFFFD");
  CHECK_FALSE(tokenizer->decode(std::vector<TokenId>{50257}, true).ok());
  CHECK_FALSE(tokenizer->decode(std::vector<TokenId>{-1}, true).ok());
  CHECK(tokenizer->decode_bytes(std::vector<TokenId>{-1, 50257}, true).empty());
}

TEST_CASE("text that is no UTF-8 is an error with its place") {
  const auto tokenizer = tiny(Json::object());
  REQUIRE(tokenizer.ok());
  const auto ids = tokenizer->encode("ab\xff");
  REQUIRE_FALSE(ids.ok());
  CHECK(ids.error().kind == ErrorKind::input);
  CHECK(ids.error().what.find("byte 2") != std::string::npos);
  CHECK_FALSE(tokenizer->encode("\xed\xa0\x80").ok());
}

TEST_CASE("added tokens swallow the white space that their flags name") {
  // Ids from Hugging Face's tokenizers with the same vocabulary and token.
  const Json token = {{"id", 3}, {"content", "<x>"}, {"lstrip", true}, {"rstrip", true}, {"normalized", false}};
  const auto both = tiny({{"added_tokens", {token}}});
  REQUIRE(both.ok());
  CHECK(both->encode("a \t<x> \n b").value() == std::vector<TokenId>{0, 3, 1});
  CHECK(both->encode("ab<x><x>ab").value() == std::vector<TokenId>{2, 3, 3, 2});
}

TEST_CASE("the longest of the added tokens that begin at one place is taken") {
  // Ids from Hugging Face's tokenizers with the same vocabulary and tokens.
  const Json tokens = {{{"id", 3}, {"content", "<x"}}, {{"id", 4}, {"content", "<x>"}}, {{"id", 5}, {"content", "x>"}}};
  const auto tokenizer = tiny({{"added_tokens", tokens}});
  REQUIRE(tokenizer.ok());
  CHECK(tokenizer->encode("a<x><xx>b").value() == std::vector<TokenId>{0, 4, 3, 5, 1});
}

TEST_CASE("an unknown construct of tokenizer.json is an error that names it") {
  CHECK(tiny_error(Json::object()).empty());
  CHECK(tiny_error({{"pre_tokenizer", {{"type", "BertPreTokenizer"}}}}).find("BertPreTokenizer") != std::string::npos);
  CHECK(tiny_error({{"normalizer", {{"type", "BertNormalizer"}}}}).find("BertNormalizer") != std::string::npos);
  CHECK(tiny_error({{"post_processor", {{"type", "NoSuchProcessing"}}}}).find("NoSuchProcessing") != std::string::npos);
  CHECK(tiny_error({{"decoder", {{"type", "WordPiece"}}}}).find("WordPiece") != std::string::npos);
  CHECK(tiny_error({{"decoder", nullptr}}).find("decoder") != std::string::npos);
  CHECK(tiny_error({{"model", {{"type", "WordPiece"}}}}).find("WordPiece") != std::string::npos);
  CHECK(tiny_error({{"model", {{"dropout", 0.1}}}}).find("dropout") != std::string::npos);
  CHECK(tiny_error({{"model", {{"surprise", 1}}}}).find("surprise") != std::string::npos);
  CHECK(tiny_error({{"surprise", 1}}).find("surprise") != std::string::npos);
}

TEST_CASE("a damaged tokenizer.json is an error, not a crash") {
  CHECK(tiny_error({{"model", {{"merges", {"a c"}}}}}).find("merge 0") != std::string::npos);
  CHECK(tiny_error({{"model", {{"merges", {"ab"}}}}}).find("merge 0") != std::string::npos);
  CHECK(tiny_error({{"model", {{"vocab", {{"a", -1}}}}}}).find("\"a\"") != std::string::npos);
  CHECK(tiny_error({{"model", {{"vocab", {{"z", 900000000}}}}}}).find("900000000") != std::string::npos);
  CHECK(tiny_error({{"model", {{"vocab", {{"z", 1}}}}}}).find("both") != std::string::npos);
  CHECK(tiny_error({{"added_tokens", {{{"id", 0}, {"content", "c"}}}}}).find("both") != std::string::npos);
  CHECK(tiny_error({{"pre_tokenizer", {{"type", "Split"}, {"pattern", {{"Regex", "("}}}, {"behavior", "Isolated"}}}})
            .find("pattern") != std::string::npos);
}

TEST_CASE("ten megabytes of one character, and hostile text, are tokenized in seconds") {
  const auto tokenizer = json_tokenizer("tokenizers/gpt2/tokenizer.json");
  const auto phi = json_tokenizer("tokenizers/phi-3-mini/tokenizer.json");
  if (!tokenizer || !phi) SKIP_TEST("the public test data is not there");
  // Quadratic work would take hours; the bound leaves room for sanitizers and slow machines.
  constexpr std::size_t kBytes = 10'000'000;
  constexpr double kSeconds = 60;
  for (const char* unit : {"a", " ", "<|"}) {
    INFO("repeated: " << dump(Json(unit)));
    std::string text;
    while (text.size() < kBytes) text += unit;
    CHECK(seconds_to_encode(*tokenizer, text) < kSeconds);
  }
  CHECK(seconds_to_encode(*phi, std::string(kBytes, 'a')) < kSeconds);
}

TEST_CASE("a word character of a file's pattern is one of Oniguruma's") {
  const auto pattern = SplitPattern::compile("\\w+", "here");
  REQUIRE(pattern.ok());
  std::vector<SplitPattern::Part> parts;
  REQUIRE(pattern->split("5½2a\u200cb² ①x", parts).ok());
  // What Split(Regex(r"\w+"), "isolated") of tokenizers 0.23 gives.
  const std::vector<std::string> expected{"5½2a", "\u200c", "b²", " ①", "x"};
  REQUIRE(parts.size() == expected.size());
  for (std::size_t i = 0; i < parts.size(); ++i) CHECK(parts[i].text == expected[i]);
}
