// The flags that name a model, its adapters and how it runs; what an adapter says about its student prompt.
#pragma once

#include <string>
#include <vector>

#include "harness/core/baker_api.h"

namespace CLI {
class App;
}

namespace bakeoff::tools {

inline constexpr const char* kDefaultModel = "smollm2-135m-instruct";

struct ModelOptions {
  std::string model = kDefaultModel;
  std::vector<std::string> adapters;  ///< "DIR" or "DIR:SCALE"
  EngineSettings engine;
};
void add_model_option(CLI::App& app, ModelOptions& options);
void add_adapter_option(CLI::App& app, ModelOptions& options);
void add_engine_options(CLI::App& app, ModelOptions& options);

/// "adapters/pirate" or "adapters/pirate:0.5". A folder whose name ends like a scale is a folder.
Result<AdapterUse> parse_adapter(const std::string& text);
/// The same with any scale: for sums, where adapters are also subtracted.
Result<AdapterUse> parse_summand(const std::string& text);
Result<std::vector<AdapterUse>> parse_adapters(const ModelOptions& options);

/// The model with its adapters, ready to answer, with nothing put before the rows: they carry the student prompt
/// already.
Result<std::unique_ptr<Generator>> open_generator(const ModelOptions& options);

/// Rows that a verb holds in memory: enough to keep the batch full.
std::size_t window_rows(const ModelOptions& options);

/// What stays in front of every conversation when these adapters, or a folder that they were merged into, are used:
/// "student" of their bakeoff.json. None where nothing was baked here. Adapters that disagree are an input error.
Result<Conversation> student_prompt(const std::string& model, const std::vector<AdapterUse>& adapters);

/// --template-kwargs (a JSON object, or empty) and --date (YYYY-MM-DD, or empty) as variables of a chat template.
/// What an experiment's `template` and `date` could not be is a usage error.
Result<OrderedJson> template_variables(const std::string& kwargs, const std::string& date);

/// The row's conversation as the adapter was trained to see it: behind the student prompt, unless the row has a system
/// message of its own.
Conversation behind(const Conversation& student, Conversation messages);

}  // namespace bakeoff::tools
