// vocab.json with merges.txt, as GPT-2 and Qwen2 had them before there was tokenizer.json. What the two files leave
// open, the class named in tokenizer_config.json decides; the content is then read as the tokenizer.json that it stands
// for.
#include "baker/text/split_patterns.h"
#include "baker/text/tokenizer_json.h"

namespace bakeoff::baker {
namespace {

Result<Json> read_merge_lines(const Path& file) {
  Json merges = Json::array();
  const auto on_line = [&](std::size_t number, std::string_view line) -> Status {
    const bool is_header = number == 1 && line.starts_with("#version");
    if (!line.empty() && !is_header) merges.push_back(std::string(line));
    return {};
  };
  BAKEOFF_CHECK(for_each_line(file, on_line));
  return merges;
}

/// "added_tokens_decoder" of tokenizer_config.json: {"50256": {"content": ...}}, as tokenizer.json lists them.
Result<Json> added_tokens(const Json& config, const std::string& where) {
  Json list = Json::array();
  const auto found = config.find("added_tokens_decoder");
  if (found == config.end()) return list;
  if (!found->is_object()) return input_error("expected an object", where + ": added_tokens_decoder");
  for (const auto& [id, token] : found->items()) {
    const bool is_number = !id.empty() && id.size() < 10 && id.find_first_not_of("0123456789") == id.npos;
    if (!is_number || !token.is_object())
      return input_error("bad token \"" + id + "\"", where + ": added_tokens_decoder");
    list.push_back(token);
    list.back()["id"] = std::stoi(id);
  }
  return list;
}

/// The splits of a tokenizer's class; GPT-2's where no file names one.
Result<const NamedSplits*> splits_of_class(const Json& config, const std::string& where) {
  const Json name = config.value("tokenizer_class", Json("GPT2Tokenizer"));
  for (const char* ending : {"", "Fast"}) {
    if (name == std::string("GPT2Tokenizer") + ending) return splits_named("gpt-2");
    if (name == std::string("Qwen2Tokenizer") + ending) return splits_named("qwen2");
  }
  return unsupported_step("the tokenizer_class " + dump(name) + " without tokenizer.json", where);
}

}  // namespace

Parts tokenizer_parts_from_merges(const Path& folder) {
  const Path config_file = folder / "tokenizer_config.json";
  Json config = Json::object();
  std::error_code ignored;
  if (std::filesystem::exists(config_file, ignored)) {
    BAKEOFF_TRY(config, read_json_file(config_file));
    if (!config.is_object()) return input_error("expected an object", config_file.string());
  }
  BAKEOFF_TRY(const NamedSplits* const splits, splits_of_class(config, config_file.string()));
  BAKEOFF_TRY(Json vocabulary, read_json_file(folder / "vocab.json"));
  BAKEOFF_TRY(Json merges, read_merge_lines(folder / "merges.txt"));
  BAKEOFF_TRY(Json added, added_tokens(config, config_file.string()));
  const Json split = {{"type", "Split"}, {"pattern", {{"Regex", splits->patterns[0]}}}, {"behavior", "Isolated"}};
  const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  Json json = {{"model", {{"type", "BPE"}, {"vocab", std::move(vocabulary)}, {"merges", std::move(merges)}}},
               {"added_tokens", std::move(added)},
               {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {split, bytes}}}},
               {"decoder", {{"type", "ByteLevel"}}}};
  if (splits->composes) json["normalizer"] = {{"type", "NFC"}};
  return tokenizer_parts_from_json(json, folder / "vocab.json");
}

}  // namespace bakeoff::baker
