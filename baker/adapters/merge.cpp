#include "baker/adapters/merge.h"

#include <algorithm>

#include "baker/adapters/gguf_checkpoint.h"
#include "baker/formats/safetensors.h"
#include "baker/models/adapted_model.h"
#include "harness/core/sha256.h"

namespace bakeoff::baker {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kRowsAtATime = 1024;
constexpr const char* kWeight = ".weight";
/// What a folder may hold beside weights and config.json, and a merged one needs too.
constexpr const char* kTextFiles[] = {"tokenizer.json",
                                      "tokenizer_config.json",
                                      "special_tokens_map.json",
                                      "added_tokens.json",
                                      "vocab.json",
                                      "merges.txt",
                                      "tokenizer.model",
                                      "chat_template.jinja",
                                      "generation_config.json",
                                      "chat_template.json",
                                      "vocab.txt"};

std::vector<float> transposed(const std::vector<float>& values, std::int64_t rows, std::int64_t columns) {
  std::vector<float> result(values.size());
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      result[static_cast<std::size_t>(c * rows + r)] = values[static_cast<std::size_t>(r * columns + c)];
  return result;
}

/// Makes each tensor of the merged checkpoint from the base's.
class Merger {
 public:
  Merger(const WeightSource& source, const ModelConfig& config, const AdapterList& adapters)
      : source_(source), adapters_(adapters), modules_(modules(config)) {
    embedding_ = modules_.front().name;
    // Where head and embedding are one, they no longer are once either is changed.
    untied_ = changed(embedding_) || changed("lm_head");
  }

  bool untied() const { return untied_; }

  Result<std::vector<TensorToMake>> tensors() {
    std::vector<TensorToMake> list;
    for (const std::string& name : source_.names()) {
      BAKEOFF_TRY(const TensorInfo info, source_.info(name));
      list.push_back({name, info.shape, [this, name] { return merged(name, name); }});
    }
    const std::string from = embedding_ + kWeight, head = std::string("lm_head") + kWeight;
    if (untied_ && !source_.has(head)) {
      BAKEOFF_TRY(const TensorInfo info, source_.info(from));
      list.push_back({head, info.shape, [this, from, head] { return merged(from, head); }});
    }
    return list;
  }

  /// An input error where an adapter changes a weight that the checkpoint does not hold by that name.
  Result<std::int64_t> count_changes(const std::vector<TensorToMake>& list) const {
    std::int64_t count = 0;
    for (const auto& [adapter, scale] : adapters_) {
      for (const LoraTerm& term : adapter->weights.terms) BAKEOFF_CHECK(is_there(term.module.name, list));
      for (const WholeWeight& whole : adapter->weights.whole) BAKEOFF_CHECK(is_there(whole.name, list));
    }
    for (const TensorToMake& tensor : list)
      if (tensor.name.ends_with(kWeight) && changed(without_end(tensor.name))) ++count;
    return count;
  }

 private:
  static std::string without_end(const std::string& tensor) {
    return tensor.substr(0, tensor.size() - std::string_view(kWeight).size());
  }
  bool changed(const std::string& name) const { return changes(adapters_, name, Merging::everything); }
  Status is_there(const std::string& name, const std::vector<TensorToMake>& list) const {
    for (const TensorToMake& tensor : list)
      if (tensor.name == name + kWeight) return {};
    return input_error("the checkpoint has no tensor " + name + kWeight, source_.path().string());
  }

  /// The tensor `to` of the merged checkpoint, from the base's tensor `from`.
  Result<std::vector<float>> merged(const std::string& from, const std::string& to) const {
    BAKEOFF_TRY(std::vector<float> values, source_.read(from));
    if (!to.ends_with(kWeight) || !changed(without_end(to))) return values;
    const std::string name = without_end(to);
    const auto module =
        std::find_if(modules_.begin(), modules_.end(), [&](const Module& each) { return each.name == name; });
    if (module == modules_.end()) {
      change_rows(adapters_, Merging::everything,
                  {name, 0, 1, static_cast<std::int64_t>(values.size()), values.data()});
      return values;
    }
    if (module->transposed) values = transposed(values, module->inputs, module->outputs);
    for (std::int64_t first = 0; first < module->outputs; first += kRowsAtATime)
      change_rows(adapters_, Merging::everything,
                  {name, first, std::min(kRowsAtATime, module->outputs - first), module->inputs,
                   values.data() + first * module->inputs});
    return module->transposed ? transposed(values, module->outputs, module->inputs) : values;
  }

  const WeightSource& source_;
  const AdapterList& adapters_;
  std::vector<Module> modules_;
  std::string embedding_;
  bool untied_ = false;
};

Status copy_text(const Path& base, const Path& folder) {
  std::error_code problem;
  for (const char* name : kTextFiles)
    if (fs::exists(base / name, problem)) {
      fs::copy_file(base / name, folder / name, problem);
      if (problem) return infrastructure_error("can not be copied: " + problem.message(), (base / name).string());
    }
  return {};
}

/// The base's configuration, said to be fp32 and, where the head now is one, untied.
Status write_config(OrderedJson config, bool untied, const Path& folder) {
  for (const char* key : {"dtype", "torch_dtype"})
    if (config.contains(key)) config[key] = "float32";
  if (!config.contains("dtype") && !config.contains("torch_dtype")) config["dtype"] = "float32";
  if (untied) config["tie_word_embeddings"] = false;
  return write_file_atomically(folder / "config.json", config.dump(2) + "\n");
}

Status write_weights(const WeightSource& source, const ModelConfig& config, const AdapterList& adapters,
                     const Path& folder, MergeOutcome& outcome, bool& untied) {
  Merger merger(source, config, adapters);
  BAKEOFF_TRY(std::vector<TensorToMake> tensors, merger.tensors());
  BAKEOFF_TRY(outcome.changed, merger.count_changes(tensors));
  BAKEOFF_CHECK(stream_safetensors(folder / "model.safetensors", std::move(tensors)));
  untied = merger.untied();
  return {};
}

}  // namespace

Result<MergeOutcome> write_merged(const Path& base, const ModelConfig& config, const AdapterList& adapters,
                                  const Path& folder) {
  BAKEOFF_CHECK(check_together(adapters));
  MergeOutcome outcome;
  bool untied = false;
  if (base.extension() == ".gguf") {
    BAKEOFF_TRY(const GgufCheckpoint source, GgufCheckpoint::open(base, config));
    BAKEOFF_CHECK(write_weights(source, config, adapters, folder, outcome, untied));
    BAKEOFF_CHECK(write_config(source.config_json(), untied, folder));
    BAKEOFF_TRY(outcome.missing, source.write_text(folder));
  } else {
    BAKEOFF_TRY(const auto source, open_weights(base));
    BAKEOFF_CHECK(write_weights(*source, config, adapters, folder, outcome, untied));
    BAKEOFF_TRY(const std::string text, read_file(base / "config.json"));
    BAKEOFF_TRY([[maybe_unused]] const Json checked, parse_json(text, (base / "config.json").string()));
    BAKEOFF_CHECK(write_config(OrderedJson::parse(text), untied, folder));
    BAKEOFF_CHECK(copy_text(base, folder));
  }
  BAKEOFF_TRY(outcome.digest, sha256_file(folder / "model.safetensors"));
  return outcome;
}

}  // namespace bakeoff::baker
