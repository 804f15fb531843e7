#include "baker/text/model_text.h"

#include <filesystem>

namespace bakeoff::baker {
namespace {

Result<ModelText> from_gguf(const Path& path) {
  BAKEOFF_TRY(const Gguf file, Gguf::open(path));
  BAKEOFF_TRY(Tokenizer tokenizer, Tokenizer::from_gguf(file));
  ModelText text{std::move(tokenizer), std::nullopt};
  if (const auto* source = file.find<std::string>("tokenizer.chat_template")) {
    BAKEOFF_TRY(text.chat, ChatTemplate::from_source(*source, {text.tokenizer.bos_text(), text.tokenizer.eos_text()},
                                                     path.string() + ": tokenizer.chat_template"));
  }
  return text;
}

/// chat_template.jinja, else the field of tokenizer_config.json; a list of named templates gives the one called
/// "default".
Result<std::optional<std::string>> template_of(const Path& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(folder / "chat_template.jinja", ignored)) {
    BAKEOFF_TRY(std::string source, read_file(folder / "chat_template.jinja"));
    return std::optional(std::move(source));
  }
  if (!std::filesystem::exists(folder / "tokenizer_config.json", ignored)) return std::optional<std::string>();
  BAKEOFF_TRY(const Json config, read_json_file(folder / "tokenizer_config.json"));
  if (!config.is_object() || !config.contains("chat_template")) return std::optional<std::string>();
  const Json& field = config["chat_template"];
  if (field.is_string()) return std::optional(field.get<std::string>());
  if (field.is_array())
    for (const Json& named : field)
      if (named.is_object() && named.value("name", Json()) == "default" && named.contains("template") &&
          named["template"].is_string())
        return std::optional(named["template"].get<std::string>());
  return std::optional<std::string>();
}

Result<ModelText> from_folder(const Path& folder) {
  BAKEOFF_TRY(Tokenizer tokenizer, Tokenizer::from_folder(folder));
  ModelText text{std::move(tokenizer), std::nullopt};
  BAKEOFF_TRY(const auto source, template_of(folder));
  if (source) {
    BAKEOFF_TRY(text.chat, ChatTemplate::from_source(*source, {text.tokenizer.bos_text(), text.tokenizer.eos_text()},
                                                     folder.string() + ": chat template"));
  }
  return text;
}

}  // namespace

Result<std::string> ModelText::render(const Conversation& messages, const TemplateSettings& settings) const {
  if (!chat)
    return input_error("the model has no chat template", "",
                       "give raw text (\"prompt\") or add chat_template.jinja to its folder");
  RenderOptions options;
  options.extra = OrderedJson(settings.arguments);
  BAKEOFF_TRY(options.date, jinja::Moment::parse(settings.date));
  return chat->render(messages, options);
}

Result<ModelText> load_model_text(const Path& path) {
  return path.extension() == ".gguf" ? from_gguf(path) : from_folder(path);
}

}  // namespace bakeoff::baker
