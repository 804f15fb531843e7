#include "tools/model_options.h"

#include <charconv>

#include <CLI/CLI.hpp>

namespace bakeoff::tools {

void add_model_option(CLI::App& app, ModelOptions& options) {
  app.add_option("--model", options.model, "Model folder, .gguf file or known name")->capture_default_str();
}

void add_adapter_option(CLI::App& app, ModelOptions& options) {
  app.add_option("--adapter", options.adapters, "Adapter folder, with :SCALE in [0, 2]; repeat to sum several")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_engine_options(CLI::App& app, ModelOptions& options) {
  app.add_option("--batch", options.engine.batch_rows, "Rows decoded together")
      ->capture_default_str()
      ->check(CLI::Range(1, 65536));
  app.add_option("--dtype", options.engine.dtype, "auto, fp32 or bf16")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}));
  app.add_option("--device", options.engine.device, "cpu or cuda")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--kv-gib", options.engine.kv_gib, "Most memory for keys and values, in GiB; rows wait for it")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 1e6));
  app.add_option("--threads", options.engine.threads, "Threads; 0: all cores")
      ->capture_default_str()
      ->check(CLI::Range(0, 4096));
}

namespace {

bool is_folder(const Path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Result<AdapterUse> existing(AdapterUse use) {
  if (!is_folder(use.folder)) return input_error("no such adapter folder", use.folder.string(), "check its name");
  return use;
}

}  // namespace

Result<AdapterUse> parse_summand(const std::string& text) {
  const auto colon = text.rfind(':');
  if (is_folder(text) || colon == text.npos) return existing({text, 1.0});
  AdapterUse use{text.substr(0, colon), 1.0};
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + colon + 1, end, use.scale);
  if (read.ec != std::errc{} || read.ptr != end) return existing({text, 1.0});
  return existing(std::move(use));
}

Result<AdapterUse> parse_adapter(const std::string& text) {
  BAKEOFF_TRY(AdapterUse use, parse_summand(text));
  if (!(use.scale >= 0 && use.scale <= 2))
    return usage_error("the scale of an adapter lies in [0, 2]", use.folder.string(), "check --adapter");
  return use;
}

Result<std::vector<AdapterUse>> parse_adapters(const ModelOptions& options) {
  std::vector<AdapterUse> uses;
  for (const std::string& text : options.adapters) {
    BAKEOFF_TRY(uses.emplace_back(), parse_adapter(text));
  }
  return uses;
}

Result<std::unique_ptr<Generator>> open_generator(const ModelOptions& options) {
  BAKEOFF_TRY(std::vector<AdapterUse> adapters, parse_adapters(options));
  BAKEOFF_TRY(Baker* const baker, load_baker());
  return baker->open({options.model, std::move(adapters), {}, options.engine});
}

std::size_t window_rows(const ModelOptions& options) { return 4 * static_cast<std::size_t>(options.engine.batch_rows); }

Result<Conversation> student_prompt(const std::string& model, const std::vector<AdapterUse>& adapters) {
  std::vector<Path> folders = {model};  // a merged folder has the record of what was merged into it
  for (const AdapterUse& adapter : adapters) folders.push_back(adapter.folder);
  std::optional<Conversation> student;
  for (const Path& folder : folders) {
    const Path file = folder / "bakeoff.json";
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) continue;
    BAKEOFF_TRY(const Json record, read_json_file(file));
    if (!record.is_object() || !record.contains("student"))
      return input_error("says no \"student\" prompt", file.string(), "bake again");
    BAKEOFF_TRY(Conversation own, conversation_from_json(record["student"], file.string() + ": student"));
    if (student && *student != own)
      return input_error("keeps another student prompt than the adapter before it", file.string(),
                         "adapters used together must agree on what stays in front");
    student = std::move(own);
  }
  return student.value_or(Conversation{});
}

namespace {

/// A mistake in a flag is one of usage.
Status of_a_flag(const Status& checked) {
  if (checked.ok()) return checked;
  Error error = checked.error();
  error.kind = ErrorKind::usage;
  return error;
}

}  // namespace

Result<OrderedJson> template_variables(const std::string& kwargs, const std::string& date) {
  OrderedJson variables = OrderedJson::object();
  if (!kwargs.empty()) {
    BAKEOFF_TRY(const Json checked, parse_json(kwargs, "--template-kwargs"));
    BAKEOFF_CHECK(of_a_flag(check_template_arguments(checked, "--template-kwargs")));
    variables = OrderedJson::parse(kwargs);
  }
  if (date.empty()) return variables;
  BAKEOFF_CHECK(of_a_flag(check_template_date(date, "--date")));
  variables["date"] = date;
  return variables;
}

Conversation behind(const Conversation& student, Conversation messages) {
  if (!messages.empty() && messages.front().role == "system") return messages;
  messages.insert(messages.begin(), student.begin(), student.end());
  return messages;
}

}  // namespace bakeoff::tools
