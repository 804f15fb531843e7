// `bakeoff tokenize` and `bakeoff template`: a model's tokenizer and chat template alone, without its weights.
#include <CLI/CLI.hpp>

#include "tools/commands.h"
#include "tools/model_options.h"
#include "tools/records.h"

namespace bakeoff::tools {

namespace {

struct TokenizeOptions {
  ModelOptions model;
  StreamOptions streams;
  bool decode = false;
  bool no_special = false;
};

Result<std::unique_ptr<TextTools>> open_text_tools(const std::string& model) {
  BAKEOFF_TRY(Baker* const baker, load_baker());
  return baker->text_tools(model);
}

Result<OrderedJson> encode_row(const TextTools& text, const InputRow& row, bool no_special) {
  ObjectReader fields(row.fields, row.where);
  fields.raw("id");
  const auto plain = fields.required<std::string>("text");
  BAKEOFF_CHECK(finish_row(fields, row));
  OrderedJson record = start_row(row);
  BAKEOFF_TRY(record["ids"], text.encode(plain, !no_special));
  return record;
}

Result<OrderedJson> decode_row(const TextTools& text, const InputRow& row, bool no_special) {
  ObjectReader fields(row.fields, row.where);
  fields.raw("id");
  BAKEOFF_TRY(const std::vector<TokenId> ids, token_ids_from_json(fields.raw("ids"), fields.path("ids")));
  BAKEOFF_CHECK(finish_row(fields, row));
  OrderedJson record = start_row(row);
  BAKEOFF_TRY(record["text"], text.decode(ids, no_special));
  return record;
}

Result<int> tokenize(const TokenizeOptions& options) {
  BAKEOFF_TRY(const std::unique_ptr<TextTools> text, open_text_tools(options.model.model));
  return map_rows(options.streams, [&](const InputRow& row) {
    return options.decode ? decode_row(*text, row, options.no_special) : encode_row(*text, row, options.no_special);
  });
}

struct TemplateOptions {
  ModelOptions model;
  StreamOptions streams;
  std::string file;  ///< a bare Jinja file instead of the model's template
  std::string bos, eos;
  std::string kwargs;  ///< JSON object
  std::string date;
};

/// What every row's template sees beside its own fields. Keys keep their order: templates print objects.
Result<OrderedJson> shared_arguments(const TemplateOptions& options) {
  BAKEOFF_TRY(OrderedJson arguments, template_variables(options.kwargs, options.date));
  if (!options.file.empty() || !options.bos.empty()) arguments["bos_token"] = options.bos;
  if (!options.file.empty() || !options.eos.empty()) arguments["eos_token"] = options.eos;
  return arguments;
}

/// All fields of the row are the template's, but "id", which is the caller's.
Result<OrderedJson> render_row(const TextTools& text, const InputRow& row, OrderedJson arguments) {
  arguments.update(OrderedJson::parse(row.text));  // read before as row.fields: it can not fail
  arguments.erase("id");
  if (!arguments.contains("messages")) return input_error("\"messages\" is missing", row.where);
  OrderedJson record = start_row(row);
  BAKEOFF_TRY(record["text"], text.render(arguments));
  return record;
}

Result<int> render_template(const TemplateOptions& options) {
  BAKEOFF_TRY(const OrderedJson arguments, shared_arguments(options));
  const std::string source = options.file.empty() ? options.model.model : "template:" + options.file;
  BAKEOFF_TRY(const std::unique_ptr<TextTools> text, open_text_tools(source));
  return map_rows(options.streams, [&](const InputRow& row) { return render_row(*text, row, arguments); });
}

}  // namespace

Action declare_tokenize(CLI::App& app) {
  auto options = std::make_shared<TokenizeOptions>();
  add_model_option(app, options->model);
  app.add_flag("--decode", options->decode, "Rows have \"ids\"; give \"text\"");
  app.add_flag("--no-special", options->no_special, "Add no special tokens; when decoding, leave them out");
  add_stream_options(app, options->streams);
  return [options] { return tokenize(*options); };
}

Action declare_template(CLI::App& app) {
  auto options = std::make_shared<TemplateOptions>();
  add_model_option(app, options->model);
  app.add_option("--template", options->file, "A bare Jinja file instead of the model's template");
  app.add_option("--bos", options->bos, "Text of bos_token");
  app.add_option("--eos", options->eos, "Text of eos_token");
  app.add_option("--template-kwargs", options->kwargs, "JSON object of further template variables");
  app.add_option("--date", options->date, "YYYY-MM-DD, for templates that print the date");
  add_stream_options(app, options->streams);
  return [options] { return render_template(*options); };
}

}  // namespace bakeoff::tools
