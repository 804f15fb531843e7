// From a path to a Model: find the family, read its configuration, fill the weights.
#include <algorithm>
#include <cmath>

#include "baker/models/family.h"
#include "harness/core/sha256.h"

namespace bakeoff::baker {

extern const Family kLlama, kMistral, kQwen2, kQwen3, kPhi3, kGemma2, kGemma3, kSmolLM3, kGpt2;

std::span<const Family> all_families() {
  static const Family table[] = {
      kLlama,    //
      kMistral,  //
      kQwen2,    //
      kQwen3,    //
      kPhi3,     //
      kGemma2,   //
      kGemma3,   //
      kSmolLM3,  //
      kGpt2,
  };
  return table;
}

Result<std::vector<float>> TensorReader::checked(const std::string& name, const std::vector<std::int64_t>& shape) {
  BAKEOFF_TRY(const TensorInfo info, source_.info(name));
  if (info.shape != shape) {
    std::string found, wanted;
    for (const auto size : info.shape) found += (found.empty() ? "" : " x ") + std::to_string(size);
    for (const auto size : shape) wanted += (wanted.empty() ? "" : " x ") + std::to_string(size);
    return input_error("tensor " + name + " is " + found + ", expected " + wanted, source_.path().string(),
                       "the weights do not fit the configuration");
  }
  BAKEOFF_TRY(auto values, source_.read(name));
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
    return input_error("tensor " + name + " holds NaN or infinity", source_.path().string(), "fetch the model again");
  read_.push_back(name);
  return values;
}

Result<std::vector<float>> TensorReader::vector(const std::string& name, std::int64_t size) {
  return checked(name, {size});
}
Result<std::vector<float>> TensorReader::matrix(const std::string& name, std::int64_t outputs, std::int64_t inputs) {
  return checked(name, {outputs, inputs});
}

Result<PackedMatrix> TensorReader::packed(std::vector<std::vector<float>> parts, std::int64_t inputs) const {
  std::vector<float> all = std::move(parts[0]);
  for (std::size_t i = 1; i < parts.size(); ++i) all.insert(all.end(), parts[i].begin(), parts[i].end());
  const auto outputs = static_cast<std::int64_t>(all.size()) / inputs;
  try {
    return PackedMatrix::pack(all, outputs, inputs, dtype_);
  } catch (const std::bad_alloc&) {
    return infrastructure_error("not enough memory for the model's weights", source_.path().string(),
                                "use a smaller model or dtype bf16");
  }
}

Status TensorReader::head(const std::string& name, Model& model) {
  const ModelConfig& c = model.config;
  model.head = model.embedding;
  if (c.tied_head && !has(name)) return {};
  model.config.tied_head = false;
  BAKEOFF_TRY(auto rows, matrix(name, c.vocabulary, c.width));
  BAKEOFF_TRY(model.head, packed({std::move(rows)}, c.width));
  return {};
}

Status TensorReader::finish(bool (*ignorable)(const std::string&)) const {
  for (const std::string& name : source_.names())
    if (std::find(read_.begin(), read_.end(), name) == read_.end() && !ignorable(name))
      return input_error("tensor " + name + " has no place in this model", source_.path().string(),
                         "this variant of the architecture is not supported");
  return {};
}

namespace {

bool is_gguf(const Path& path) { return path.extension() == ".gguf"; }

/// `names`: what one of the formats calls the families.
Error unknown_architecture(const std::string& found, const char* Family::*names, const Path& path) {
  std::string known;
  for (const Family& family : all_families())
    if (*(family.*names)) known += (known.empty() ? "" : ", ") + std::string(family.*names);
  return input_error("architecture \"" + found + "\" is not supported", path.string(), "supported: " + known);
}

/// What the engine relies on beyond the sizes.
Status check_rotary(const ModelConfig& c, const Path& path) {
  for (const RotaryFrequencies& rotary : c.rotary)
    if (2 * rotary.pairs() > c.head_size)
      return input_error("rotary positions need an even head size", path.string(), "this model is not supported");
  return {};
}

/// Chat models name in generation_config.json the tokens that end a turn beside the one that ends a text.
Status add_end_ids(const Path& file, std::vector<TokenId>& ids) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {};
  BAKEOFF_TRY(const Json json, read_json_file(file));
  const Json found = json.is_object() ? json.value("eos_token_id", Json()) : Json();
  for (const Json& id : found.is_array() ? found : Json::array({found}))
    if (id.is_number_integer() && std::find(ids.begin(), ids.end(), id.get<TokenId>()) == ids.end())
      ids.push_back(id.get<TokenId>());
  return {};
}

struct Described {
  const Family* family;
  ModelConfig config;
};

Result<Described> describe_gguf(const Gguf& file) {
  BAKEOFF_TRY(const std::string name, file.get<std::string>("general.architecture"));
  for (const Family& family : all_families())
    if (family.config_from_gguf && name == family.gguf_architecture) {
      BAKEOFF_TRY(auto config, family.config_from_gguf(file));
      BAKEOFF_CHECK(check_rotary(config, file.path()));
      return Described{&family, std::move(config)};
    }
  return unknown_architecture(name, &Family::gguf_architecture, file.path());
}

Result<Described> describe_folder(const Path& folder) {
  const Path file = folder / "config.json";
  BAKEOFF_TRY(const Json json, read_json_file(file));
  if (!json.is_object()) return input_error("expected an object", file.string(), "fetch the model again");
  const Json names = json.value("architectures", Json::array());
  const std::string name =
      names.is_array() && !names.empty() && names[0].is_string() ? names[0].get<std::string>() : "";
  for (const Family& family : all_families())
    if (name == family.architecture) {
      try {
        BAKEOFF_TRY(auto config, family.config_from_json(json, file.string()));
        BAKEOFF_CHECK(check_rotary(config, file));
        BAKEOFF_CHECK(add_end_ids(folder / "generation_config.json", config.end_ids));
        return Described{&family, std::move(config)};
      } catch (const nlohmann::json::exception& problem) {
        return input_error("a field has the wrong type: " + std::string(problem.what()), file.string(),
                           "fetch the model again");
      }
    }
  return unknown_architecture(name, &Family::architecture, file);
}

}  // namespace

Result<ModelConfig> read_model_config(const Path& path) {
  if (is_gguf(path)) {
    BAKEOFF_TRY(const Gguf file, Gguf::open(path));
    BAKEOFF_TRY(auto described, describe_gguf(file));
    return described.config;
  }
  BAKEOFF_TRY(auto described, describe_folder(path));
  return described.config;
}

Result<std::shared_ptr<const Model>> load_model(const Path& path, Dtype dtype) {
  auto model = std::make_shared<Model>();
  model->dtype = dtype;
  BAKEOFF_TRY(model->digest, model_digest(path));
  if (is_gguf(path)) {
    BAKEOFF_TRY(const Gguf file, Gguf::open(path));
    BAKEOFF_TRY(auto described, describe_gguf(file));
    model->config = std::move(described.config);
    BAKEOFF_CHECK(described.family->load(file, true, *model));
  } else {
    BAKEOFF_TRY(auto described, describe_folder(path));
    BAKEOFF_TRY(const auto source, open_weights(path));
    model->config = std::move(described.config);
    BAKEOFF_CHECK(described.family->load(*source, false, *model));
  }
  return std::shared_ptr<const Model>(std::move(model));
}

}  // namespace bakeoff::baker
