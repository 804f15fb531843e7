// A local model as a Generator: text in, text out, over the engine.
#pragma once

#include <memory>

#include "baker/engine/engine.h"
#include "baker/text/model_text.h"
#include "harness/core/generator.h"

namespace bakeoff::baker {

/// Version of the numerics: changes whenever a bit of any answer could.
inline constexpr const char* kEngineVersion = "2";

/// The generator's context in front of a conversation. Two system turns become one, an empty one giving way, so that a
/// template sees at most one.
Conversation with_context(const Conversation& context, const Conversation& messages);

class LocalGenerator : public Generator {
 public:
  LocalGenerator(std::shared_ptr<const ModelText> text, std::unique_ptr<Engine> engine, GeneratorIdentity identity,
                 TemplateSettings rendering)
      : text_(std::move(text)),
        engine_(std::move(engine)),
        identity_(std::move(identity)),
        rendering_(std::move(rendering)) {}

  const GeneratorIdentity& identity() const override { return identity_; }
  Status serve(RequestFeed& feed) override;
  Engine& engine() { return *engine_; }
  /// A conversation after the generator's own context, rendered with the assistant's turn opened, in token ids.
  Result<std::vector<TokenId>> context_ids(const Conversation& messages) const;
  /// A text by itself, as the model would write it: no special tokens are read from it.
  Result<std::vector<TokenId>> answer_ids(std::string_view text) const;

 private:
  struct Prepared {
    std::vector<TokenId> ids;
    std::string rendered;
    std::size_t context_tokens = 0;  ///< when scoring: ids before the completion
    bool adds_special = false;       ///< when scoring: the context was raw text
  };
  Result<Prepared> prepare(const Prompt& prompt) const;
  /// A context for completions, tokenized as ScoreRequest says; then the context with one of them.
  Result<Prepared> prepare_context(const Prompt& prompt) const;
  Result<Prepared> with_completion(Prepared context, const std::string& completion) const;

  struct Planned {
    Prepared prepared;
    RowRequest row;
  };
  Result<std::vector<Planned>> plan(const GenerateRequest& request) const;
  Result<std::vector<Planned>> plan(const ScoreRequest& request) const;
  Result<std::vector<Planned>> plan(const ChoiceRequest& request) const;

  static ChoiceScore sum_up(const Prepared& prepared, const SequenceScore& score);
  Result<Reply> reply_to(const GenerateRequest& request, std::vector<Prepared> prepared,
                         std::vector<RowResult> rows) const;
  static Reply reply_to(const ScoreRequest& request, std::vector<Prepared> prepared, std::vector<RowResult> rows);
  static Reply reply_to(const ChoiceRequest& request, std::vector<Prepared> prepared, std::vector<RowResult> rows);
  struct InFlight;
  std::shared_ptr<InFlight> prepare_ticket(RequestFeed::Ticket ticket) const;

  std::shared_ptr<const ModelText> text_;
  std::unique_ptr<Engine> engine_;
  GeneratorIdentity identity_;
  TemplateSettings rendering_;
};

}  // namespace bakeoff::baker
