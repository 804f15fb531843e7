// The tokenizer of a GGUF file as tokenizer.json, the reverse of llama.cpp's conversion of such files.
#include <algorithm>

#include "baker/adapters/gguf_checkpoint.h"

namespace bakeoff::baker {
namespace {

/// The llama_token_type of each token (llama.cpp, include/llama.h).
enum TokenType { kUnknown = 2, kControl = 3, kUserDefined = 4 };

OrderedJson byte_level() {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
}

/// What the names in tokenizer.ggml.pre stand for (llama.cpp, src/llama-vocab.cpp).
Result<OrderedJson> pre_tokenizer(const Gguf& file) {
  BAKEOFF_TRY(const std::string name, file.get<std::string>("tokenizer.ggml.pre"));
  if (name == "gpt-2") return byte_level();
  if (name == "smollm")
    return OrderedJson{{"type", "Sequence"},
                       {"pretokenizers", {{{"type", "Digits"}, {"individual_digits", true}}, byte_level()}}};
  return input_error("the pre-tokenizer \"" + name + "\" has no form in tokenizer.json here", file.path().string());
}

OrderedJson added_token(std::size_t id, const std::string& text, bool special) {
  return {{"id", id},        {"content", text},     {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", special}};
}

/// Tokens put around every text, as a TemplateProcessing; null where there are none.
Result<OrderedJson> post_processor(const Gguf& file, const std::vector<std::string>& tokens) {
  OrderedJson single = OrderedJson::array(), special = OrderedJson::object();
  const auto put = [&](const char* flag, const char* key) -> Status {
    const bool* wanted = file.find<bool>(flag);
    if (!wanted || !*wanted) return {};
    BAKEOFF_TRY(const std::int64_t id, file.get<std::int64_t>(key));
    if (id < 0 || id >= static_cast<std::int64_t>(tokens.size()))
      return input_error("id " + std::to_string(id) + " is outside the vocabulary", file.path().string() + ": " + key);
    const std::string& text = tokens[static_cast<std::size_t>(id)];
    single.push_back({{"SpecialToken", {{"id", text}, {"type_id", 0}}}});
    special[text] = {{"id", text}, {"ids", {id}}, {"tokens", {text}}};
    return {};
  };
  BAKEOFF_CHECK(put("tokenizer.ggml.add_bos_token", "tokenizer.ggml.bos_token_id"));
  const std::size_t before = single.size();
  BAKEOFF_CHECK(put("tokenizer.ggml.add_eos_token", "tokenizer.ggml.eos_token_id"));
  if (single.empty()) return OrderedJson();
  single.insert(single.begin() + static_cast<std::ptrdiff_t>(before), {{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  OrderedJson pair = single;
  pair.insert(pair.begin() + static_cast<std::ptrdiff_t>(before) + 1, {{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
  return OrderedJson{{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", special}};
}

}  // namespace

Result<OrderedJson> tokenizer_json(const Gguf& file) {
  BAKEOFF_TRY(const std::string model, file.get<std::string>("tokenizer.ggml.model"));
  if (model != "gpt2")
    return input_error("the tokenizer model \"" + model + "\" has no form in tokenizer.json here",
                       file.path().string());
  BAKEOFF_TRY(const OrderedJson words, pre_tokenizer(file));
  BAKEOFF_TRY(const auto tokens, file.get<std::vector<std::string>>("tokenizer.ggml.tokens"));
  BAKEOFF_TRY(const auto types, file.get<std::vector<std::int64_t>>("tokenizer.ggml.token_type"));
  BAKEOFF_TRY(const auto merges, file.get<std::vector<std::string>>("tokenizer.ggml.merges"));
  BAKEOFF_TRY(const OrderedJson around, post_processor(file, tokens));
  if (types.size() != tokens.size())
    return input_error("tokens and token_type differ in length", file.path().string() + ": tokenizer.ggml");
  OrderedJson vocabulary = OrderedJson::object(), added = OrderedJson::array();
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    const bool special = types[id] == kControl || types[id] == kUnknown;
    if (special || types[id] == kUserDefined) added.push_back(added_token(id, tokens[id], special));
    vocabulary.push_back({tokens[id], id});
  }
  return OrderedJson{{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens", added},
                     {"normalizer", nullptr},
                     {"pre_tokenizer", words},
                     {"post_processor", around},
                     {"decoder", byte_level()},
                     {"model",
                      {{"type", "BPE"},
                       {"dropout", nullptr},
                       {"unk_token", nullptr},
                       {"continuing_subword_prefix", nullptr},
                       {"end_of_word_suffix", nullptr},
                       {"fuse_unk", false},
                       {"byte_fallback", false},
                       {"ignore_merges", false},
                       {"vocab", vocabulary},
                       {"merges", merges}}}};
}

}  // namespace bakeoff::baker
