// The text side of a model: its tokenizer and its chat template, from a GGUF file or a Hugging Face folder.
#pragma once

#include <optional>

#include "baker/text/chat_template.h"
#include "baker/text/tokenizer.h"
#include "harness/core/template_settings.h"

namespace bakeoff::baker {

struct ModelText {
  Tokenizer tokenizer;
  std::optional<ChatTemplate> chat;

  /// The conversation with the assistant's turn opened. Without a template: an input error that says what to do.
  Result<std::string> render(const Conversation& messages, const TemplateSettings& settings = {}) const;
};

/// Reads only these parts: a folder without weights is enough.
Result<ModelText> load_model_text(const Path& path);

}  // namespace bakeoff::baker
