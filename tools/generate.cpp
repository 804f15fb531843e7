// `bakeoff generate`: one answer (or N) for each row of conversations, raw texts or token ids.
#include <CLI/CLI.hpp>

#include "harness/core/seed.h"
#include "tools/commands.h"
#include "tools/model_options.h"
#include "tools/records.h"

namespace bakeoff::tools {

namespace {

struct GenerateOptions {
  ModelOptions model;
  StreamOptions streams;
  Decoding decoding;
  std::uint64_t seed = 0;
  int answers = 1;              ///< per row
  std::string template_kwargs;  ///< JSON object; empty: none
  std::string date;             ///< YYYY-MM-DD; empty: the template engine's fixed date
};

void add_decoding_options(CLI::App& app, GenerateOptions& options) {
  Decoding& decoding = options.decoding;
  app.add_option("--max-new-tokens", decoding.max_new_tokens, "Longest answer")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--temperature", decoding.temperature, "0 is greedy")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--top-p", decoding.top_p, "Keep the most likely tokens of this mass, in (0, 1]")
      ->capture_default_str()
      ->check(CLI::Range(1e-9, 1.0));
  app.add_option("--top-k", decoding.top_k, "Keep this many tokens; 0: all")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000'000));
  app.add_option("--stop", decoding.stop, "End the answer before this text; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--seed", options.seed, "Seed of rows that have none")->capture_default_str();
  app.add_option("--n", options.answers,
                 "Answers per row: one line each with \"replicate\", each with a seed from the row's")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  app.add_option("--template-kwargs", options.template_kwargs, "JSON object of further template variables");
  app.add_option("--date", options.date, "YYYY-MM-DD, for templates that print the date");
}

/// Turns rows into requests. With template variables the conversation is rendered here, since a generator's own
/// rendering knows messages only; the ids are the same for the same text.
class RowReader {
 public:
  static Result<RowReader> make(const GenerateOptions& options) {
    RowReader reader(options);
    BAKEOFF_TRY(const std::vector<AdapterUse> adapters, parse_adapters(options.model));
    BAKEOFF_TRY(reader.student_, student_prompt(options.model.model, adapters));
    if (options.template_kwargs.empty() && options.date.empty()) return reader;
    BAKEOFF_CHECK(reader.prepare_template());
    return reader;
  }

  Result<RowPlan> plan(const InputRow& row) const {
    ObjectReader fields(row.fields, row.where);
    fields.raw("id");
    BAKEOFF_TRY(const Prompt prompt, read_prompt(fields, row));
    const std::uint64_t seed = fields.optional("seed", derive_seed(options_.seed, {"row", row_name(row)}));
    BAKEOFF_CHECK(finish_row(fields, row));
    RowPlan plan;
    for (int k = 0; k < options_.answers; ++k)
      plan.requests.push_back(GenerateRequest{prompt, options_.decoding, seed_of(seed, k)});
    plan.records = [many = options_.answers > 1](const InputRow& input, std::vector<Reply> replies) {
      return records(input, replies, many);
    };
    return plan;
  }

 private:
  explicit RowReader(const GenerateOptions& options) : options_(options) {}

  Status prepare_template() {
    BAKEOFF_TRY(kwargs_, template_variables(options_.template_kwargs, options_.date));
    kwargs_["add_generation_prompt"] = true;
    BAKEOFF_TRY(Baker* const baker, load_baker());
    BAKEOFF_TRY(std::unique_ptr<TextTools> text, baker->text_tools(options_.model.model));
    text_ = std::move(text);
    return {};
  }

  /// A row's name in its seed: its id if it has one, so that the order of rows does not matter.
  static std::string row_name(const InputRow& row) {
    const Json id = row.id();
    return id.is_null() ? "line " + std::to_string(row.line) : "id " + dump(id);
  }

  static std::uint64_t seed_of(std::uint64_t row_seed, int replicate) {
    return replicate == 0 ? row_seed : derive_seed(row_seed, {"replicate", std::to_string(replicate)});
  }

  Result<Prompt> read_prompt(ObjectReader& fields, const InputRow& row) const {
    const int forms = fields.has("messages") + fields.has("prompt") + fields.has("ids");
    if (forms != 1) return input_error("expected exactly one of \"messages\", \"prompt\" and \"ids\"", row.where);
    if (fields.has("prompt")) return Prompt(fields.required<std::string>("prompt"));
    if (fields.has("ids")) return read_ids(fields);
    BAKEOFF_TRY(Conversation messages, conversation_from_json(fields.raw("messages"), fields.path("messages")));
    if (messages.empty()) return input_error("a conversation needs at least one message", row.where);
    messages = behind(student_, std::move(messages));
    return text_ ? render(messages) : Result<Prompt>(Prompt(std::move(messages)));
  }

  static Result<Prompt> read_ids(ObjectReader& fields) {
    BAKEOFF_TRY(std::vector<TokenId> ids, token_ids_from_json(fields.raw("ids"), fields.path("ids")));
    if (ids.empty()) return input_error("expected at least one token", fields.path("ids"));
    return Prompt(std::move(ids));
  }

  Result<Prompt> render(const Conversation& messages) const {
    OrderedJson arguments = kwargs_;
    OrderedJson& list = arguments["messages"] = OrderedJson::array();
    for (const Message& message : messages) list.push_back({{"role", message.role}, {"content", message.content}});
    BAKEOFF_TRY(const std::string text, text_->render(arguments));
    BAKEOFF_TRY(std::vector<TokenId> ids, text_->encode(text, false));
    return Prompt(std::move(ids));
  }

  static Result<std::vector<OrderedJson>> records(const InputRow& row, const std::vector<Reply>& replies, bool many) {
    std::vector<OrderedJson> rows;
    for (std::size_t k = 0; k < replies.size(); ++k) {
      const Completion& completion = std::get<Completion>(replies[k]);
      OrderedJson record = start_row(row);
      if (many) record["replicate"] = k;
      record["ids"] = completion.ids;
      record["text"] = completion.text;
      record["finish_reason"] = completion.finish_reason;
      record["prompt_tokens"] = completion.prompt_tokens;
      record["completion_tokens"] = completion.completion_tokens;
      rows.push_back(std::move(record));
    }
    return rows;
  }

  const GenerateOptions& options_;
  Conversation student_;
  OrderedJson kwargs_;
  std::shared_ptr<TextTools> text_;  ///< only with template variables
};

Result<int> generate(const GenerateOptions& options) {
  BAKEOFF_TRY(const RowReader reader, RowReader::make(options));
  return serve_rows({options.streams, "generate", [&](const InputRow& row) { return reader.plan(row); },
                     [&] { return open_generator(options.model); }, window_rows(options.model)});
}

}  // namespace

Action declare_generate(CLI::App& app) {
  auto options = std::make_shared<GenerateOptions>();
  add_model_option(app, options->model);
  add_adapter_option(app, options->model);
  add_decoding_options(app, *options);
  add_engine_options(app, options->model);
  add_stream_options(app, options->streams);
  return [options] { return generate(*options); };
}

}  // namespace bakeoff::tools
