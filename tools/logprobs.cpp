// `bakeoff logprobs`: how likely a model finds given tokens, completions or choices.
#include <CLI/CLI.hpp>

#include "tools/commands.h"
#include "tools/model_options.h"
#include "tools/records.h"

namespace bakeoff::tools {

namespace {

constexpr int kTopEntries = 5;  ///< of next_top

struct LogprobsOptions {
  ModelOptions model;
  StreamOptions streams;
  bool choices = false;
  std::string against;  ///< adapter or "base"; empty: no KL
};

/// KL(model with its adapters || model with the other ones) at each id.
class Divergence {
 public:
  static Result<Divergence> make(const LogprobsOptions& options) {
    Divergence divergence;
    if (options.against.empty()) return divergence;
    divergence.spec_ = {options.model.model, {}, {}, options.model.engine};
    divergence.other_ = divergence.spec_;
    BAKEOFF_TRY(divergence.spec_.adapters, parse_adapters(options.model));
    if (options.against != "base") {
      BAKEOFF_TRY(divergence.other_.adapters.emplace_back(), parse_adapter(options.against));
    }
    BAKEOFF_TRY(divergence.baker_, load_baker());
    return divergence;
  }

  /// Adds "kl" where it was asked for.
  Status add_to(OrderedJson& record, const std::vector<TokenId>& ids) const {
    if (!baker_) return {};
    BAKEOFF_TRY(const std::vector<double> kl_nats, baker_->kl(spec_, other_, ids));
    record["kl"] = kl_nats;
    return {};
  }

 private:
  Baker* baker_ = nullptr;
  GeneratorSpec spec_, other_;
};

class RowReader {
 public:
  RowReader(const LogprobsOptions& options, Conversation student, Divergence divergence)
      : options_(options), student_(std::move(student)), divergence_(std::move(divergence)) {}

  Result<RowPlan> plan(const InputRow& row) const {
    ObjectReader fields(row.fields, row.where);
    fields.raw("id");
    BAKEOFF_TRY(const Prompt prompt, read_context(fields, row));
    RowPlan plan;
    if (options_.choices) {
      ChoiceRequest request{prompt, fields.required<std::vector<std::string>>("choices")};
      if (request.choices.empty()) fields.fail("choices", "expected at least one text");
      plan.requests.push_back(std::move(request));
      plan.records = choice_records;
    } else {
      plan.requests.push_back(ScoreRequest{prompt, read_completion(fields), kTopEntries});
      plan.records = [this](const InputRow& input, const std::vector<Reply>& replies) {
        return records(input, replies);
      };
    }
    BAKEOFF_CHECK(finish_row(fields, row));
    return plan;
  }

 private:
  Result<Prompt> read_context(ObjectReader& fields, const InputRow& row) const {
    const int forms = fields.has("messages") + fields.has("prompt") + fields.has("ids");
    if (forms != 1) return input_error("expected exactly one of \"messages\", \"prompt\" and \"ids\"", row.where);
    if (fields.has("prompt")) return Prompt(fields.required<std::string>("prompt"));
    if (fields.has("messages")) {
      BAKEOFF_TRY(Conversation messages, conversation_from_json(fields.raw("messages"), fields.path("messages")));
      return Prompt(behind(student_, std::move(messages)));
    }
    if (options_.choices) return input_error("choices need a \"prompt\" or \"messages\"", row.where);
    BAKEOFF_TRY(std::vector<TokenId> ids, token_ids_from_json(fields.raw("ids"), fields.path("ids")));
    if (ids.empty()) return input_error("expected at least one token", fields.path("ids"));
    return Prompt(std::move(ids));
  }

  /// Ids are scored as they are; a text or conversation needs the completion that is scored after it.
  static std::optional<std::string> read_completion(ObjectReader& fields) {
    if (fields.has("ids")) return std::nullopt;
    return fields.required<std::string>("completion");
  }

  static Result<std::vector<OrderedJson>> choice_records(const InputRow& row, const std::vector<Reply>& replies) {
    OrderedJson record = start_row(row);
    record["choice_logprobs"] = OrderedJson::array();
    record["is_greedy"] = OrderedJson::array();
    for (const ChoiceScore& choice : std::get<ChoiceScores>(replies.front()).choices) {
      record["choice_logprobs"].push_back(choice.logprob);
      record["is_greedy"].push_back(choice.is_greedy);
    }
    return std::vector<OrderedJson>{std::move(record)};
  }

  Result<std::vector<OrderedJson>> records(const InputRow& row, const std::vector<Reply>& replies) const {
    const Score& score = std::get<Score>(replies.front());
    OrderedJson record = start_row(row);
    record["ids"] = score.ids;
    record["token_logprobs"] = score.token_logprobs;
    record["next_top"] = OrderedJson::array();
    for (const auto& [id, logprob] : score.next_top) record["next_top"].push_back(OrderedJson::array({id, logprob}));
    record["completion_logprob"] = score.completion_logprob;
    record["completion_tokens"] = score.completion_tokens;
    record["is_greedy"] = score.is_greedy;
    BAKEOFF_CHECK(divergence_.add_to(record, score.ids));
    return std::vector<OrderedJson>{std::move(record)};
  }

  const LogprobsOptions& options_;
  Conversation student_;
  Divergence divergence_;
};

Result<int> logprobs(const LogprobsOptions& options) {
  if (options.choices && !options.against.empty())
    return usage_error("--choices and --kl-against can not be used together", "logprobs", "call it twice");
  BAKEOFF_TRY(const std::vector<AdapterUse> adapters, parse_adapters(options.model));
  BAKEOFF_TRY(Conversation student, student_prompt(options.model.model, adapters));
  BAKEOFF_TRY(Divergence divergence, Divergence::make(options));
  const RowReader reader(options, std::move(student), std::move(divergence));
  return serve_rows({options.streams, "logprobs", [&](const InputRow& row) { return reader.plan(row); },
                     [&] { return open_generator(options.model); }, window_rows(options.model),
                     !options.against.empty()});
}

}  // namespace

Action declare_logprobs(CLI::App& app) {
  auto options = std::make_shared<LogprobsOptions>();
  add_model_option(app, options->model);
  add_adapter_option(app, options->model);
  app.add_flag("--choices", options->choices, "Rows have \"choices\": one log-probability for each");
  app.add_option("--kl-against", options->against, "Adapter folder[:SCALE] or base: adds the KL in nats at each id");
  add_engine_options(app, options->model);
  add_stream_options(app, options->streams);
  return [options] { return logprobs(*options); };
}

}  // namespace bakeoff::tools
