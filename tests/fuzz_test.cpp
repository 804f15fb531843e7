// Every reader of files that come from outside survives its corpus and thousands of mutations of it. tools/fuzz gives
// the same entries to libFuzzer.
#include "tests/catch.h"
#include "tests/fuzz/survive.h"

namespace bakeoff::testing {

void fuzz_experiment(std::string_view);
void fuzz_gguf(std::string_view);
void fuzz_inspect(std::string_view);
void fuzz_jinja(std::string_view);
void fuzz_json(std::string_view);
void fuzz_lm_eval(std::string_view);
void fuzz_nemo(std::string_view);
void fuzz_replies(std::string_view);
void fuzz_rows(std::string_view);
void fuzz_safetensors(std::string_view);
void fuzz_safetensors_index(std::string_view);
void fuzz_tokenizer_config(std::string_view);
void fuzz_tokenizer_gguf(std::string_view);
void fuzz_tokenizer_json(std::string_view);
void fuzz_tool_calls(std::string_view);
void fuzz_yaml(std::string_view);

}  // namespace bakeoff::testing

using namespace bakeoff::testing;

TEST_CASE("readers of models' files survive what is no model", "[fuzz]") {
  survive("gguf", fuzz_gguf, 3000);
  survive("safetensors", fuzz_safetensors, 3000);
  survive("safetensors_index", fuzz_safetensors_index, 3000);
  survive("tokenizer_config", fuzz_tokenizer_config, 3000);
  survive("tokenizer_gguf", fuzz_tokenizer_gguf, 3000);
  survive("tokenizer_json", fuzz_tokenizer_json, 3000);
}

TEST_CASE("chat templates that make no sense end with an error", "[fuzz]") { survive("jinja", fuzz_jinja, 5000); }

TEST_CASE("what models and servers say is read or refused", "[fuzz]") { survive("replies", fuzz_replies, 3000); }

TEST_CASE("models' answers with broken calls end with what was wrong", "[fuzz]") {
  survive("tool_calls", fuzz_tool_calls, 5000);
}

TEST_CASE("readers of users' files survive what is no experiment", "[fuzz]") {
  survive("experiment", fuzz_experiment, 2000);
  survive("json", fuzz_json, 3000);
  survive("rows", fuzz_rows, 2000);
  survive("yaml", fuzz_yaml, 3000);
}

TEST_CASE("readers of other harnesses' results survive what is none", "[fuzz]") {
  survive("inspect", fuzz_inspect, 3000);
  survive("lm_eval", fuzz_lm_eval, 2000);
  survive("nemo", fuzz_nemo, 2000);
}
