// Reading PEFT's LoRA folders (https://github.com/huggingface/peft, src/peft/tuners/lora/layer.py and
// src/peft/utils/save_and_load.py at 0.21).
#include "baker/models/adapter_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <ATen/Functions.h>

#include "baker/formats/safetensors.h"
#include "harness/core/sha256.h"

namespace bakeoff::baker {
namespace {

constexpr const char* kPrefix = "base_model.model.";
/// Where PEFT leaves the weight of an embedding that it also adapts (save_embedding_layers).
constexpr const char *kFactorA = ".lora_A.weight", *kTableA = ".lora_embedding_A";
constexpr const char *kWeight = ".weight", *kBaseWeight = ".base_layer.weight";

/// What an adapter can adapt: the modules of a model, or those that the file itself speaks of.
struct Shape {
  std::vector<Module> modules;
  std::vector<std::string> norms;
  std::int64_t width = 0;
  bool tied_head = false;
};

/// Takes tensors out of the file by name, so that what nobody took can be named.
class AdapterReader {
 public:
  AdapterReader(const Safetensors& source, const Shape& model, const AdapterSettings& settings)
      : source_(source), model_(model), settings_(settings) {
    for (const std::string& name : source.names()) left_.insert(name);
  }

  Result<LoraWeights> read() {
    LoraWeights weights;
    for (const Module& module : model_.modules) BAKEOFF_CHECK(read_term(module, weights));
    for (const Module& module : model_.modules) BAKEOFF_CHECK(read_whole(module, weights));
    for (const std::string& norm : model_.norms) BAKEOFF_CHECK(read_norm(norm, weights));
    BAKEOFF_CHECK(nothing_left());
    return weights;
  }
  Status acts(const LoraWeights& weights) const;

  /// This tensor is somebody else's matter.
  void leave_out(const std::string& name) { left_.erase(name); }

 private:
  Result<at::Tensor> take(const std::string& name, const std::vector<std::int64_t>& shape);
  Result<at::Tensor> take_magnitude(const Module& module);
  Status read_term(const Module& module, LoraWeights& weights);
  Status read_whole(const Module& module, LoraWeights& weights);
  Status read_norm(const std::string& norm, LoraWeights& weights);
  Status nothing_left() const;
  bool has(const std::string& name) const { return left_.count(name) > 0; }
  std::string place(const std::string& name) const { return source_.path().string() + ": " + name; }

  const Safetensors& source_;
  const Shape& model_;
  const AdapterSettings& settings_;
  std::set<std::string> left_;
};

/// One tensor, checked for its shape and for numbers that are none.
Result<at::Tensor> AdapterReader::take(const std::string& name, const std::vector<std::int64_t>& shape) {
  if (!has(name)) return input_error("tensor is missing", place(name), "the adapter is incomplete: save it again");
  BAKEOFF_TRY(const TensorInfo info, source_.info(name));
  if (info.shape != shape)
    return input_error("shape is " + dump(Json(info.shape)) + ", expected " + dump(Json(shape)), place(name),
                       "the adapter belongs to another model, or its rank is not what adapter_config.json says");
  BAKEOFF_TRY(const std::vector<float> values, source_.read(name));
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
    return input_error("tensor holds NaN or infinite values", place(name), "the training that made it diverged");
  const at::Tensor tensor = at::empty(shape);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  left_.erase(name);
  return tensor;
}

/// Older files call it lora_magnitude_vector.weight.
Result<at::Tensor> AdapterReader::take_magnitude(const Module& module) {
  const std::string name = kPrefix + module.name + ".lora_magnitude_vector";
  return take(has(name + kWeight) ? name + kWeight : name, {module.outputs});
}

Status AdapterReader::read_term(const Module& module, LoraWeights& weights) {
  BAKEOFF_TRY(const bool wanted, settings_.targets(module));
  const FactorNames names = factor_names(module);
  if (!wanted && !has(names.a) && !has(names.b)) return {};
  if (!wanted)
    return input_error("target_modules does not name " + module.name + ", but the file has tensors for it",
                       settings_.where(), "PEFT would leave them out: correct the file");
  LoraTerm term;
  term.module = module;
  BAKEOFF_TRY(const std::int64_t rank, settings_.rank(module));
  BAKEOFF_TRY(term.pair.scale, settings_.scale(module));
  const bool table = module.product == Product::embedding;
  BAKEOFF_TRY(at::Tensor a, take(names.a, {rank, table ? module.outputs : module.inputs}));
  BAKEOFF_TRY(at::Tensor b, take(names.b, {table ? module.inputs : module.outputs, rank}));
  term.pair.a = table ? b.t().contiguous() : a;
  term.pair.b = table ? a.t().contiguous() : b;
  if (settings_.has_magnitudes() && table)
    return input_error("use_dora on the embedding is not supported", settings_.where(), "docs/adapters.md");
  if (settings_.has_magnitudes()) {
    BAKEOFF_TRY(term.magnitude, take_magnitude(module));
  }
  weights.terms.push_back(std::move(term));
  return {};
}

/// A weight of modules_to_save, or one that PEFT saved beside its adapter because the embedding is adapted or resized.
/// The latter is the base's own parameter: where head and embedding are one, it is both.
Status AdapterReader::read_whole(const Module& module, LoraWeights& weights) {
  const bool saved = settings_.saves(module.name);
  const std::string plain = kPrefix + module.name + kWeight, base = kPrefix + module.name + kBaseWeight;
  if (!saved && !has(plain) && !has(base)) return {};
  if (!saved && module.layer >= 0)
    return input_error("tensor is a whole weight that modules_to_save does not name", place(has(plain) ? plain : base),
                       "PEFT would leave it out: correct adapter_config.json");
  std::vector<std::int64_t> shape = {module.outputs, module.inputs};
  if (module.transposed) std::swap(shape[0], shape[1]);
  BAKEOFF_TRY(at::Tensor values, take(has(base) ? base : plain, shape));
  if (module.transposed) values = values.t().contiguous();
  weights.whole.push_back({module.name, values});
  const bool also_head = !saved && model_.tied_head && module.product == Product::embedding &&
                         !has(std::string(kPrefix) + "lm_head" + kWeight) &&
                         !has(std::string(kPrefix) + "lm_head" + kBaseWeight);
  if (also_head) weights.whole.push_back({"lm_head", values});
  return {};
}

Status AdapterReader::read_norm(const std::string& norm, LoraWeights& weights) {
  if (!settings_.saves(norm)) return {};
  BAKEOFF_TRY(at::Tensor values, take(kPrefix + norm + kWeight, {model_.width}));
  weights.whole.push_back({norm, std::move(values)});
  return {};
}

Status AdapterReader::nothing_left() const {
  if (left_.empty()) return {};
  const std::string& name = *left_.begin();
  if (name.ends_with(".bias"))
    return input_error("trained biases (bias all, lora_only or lora_bias) are not supported", place(name),
                       "docs/adapters.md");
  if (name.find("lora_magnitude_vector") != name.npos)
    return input_error("the file has magnitudes of DoRA, but use_dora is off", place(name));
  return input_error("tensor \"" + name + "\" belongs to no layer of this model", source_.path().string(),
                     "the adapter was made for another model");
}

Status AdapterReader::acts(const LoraWeights& weights) const {
  const auto nonzero = [](const LoraTerm& term) {
    return term.magnitude.defined() || (term.pair.b.count_nonzero().item<std::int64_t>() > 0 &&
                                        term.pair.a.count_nonzero().item<std::int64_t>() > 0);
  };
  if (!weights.whole.empty() || std::any_of(weights.terms.begin(), weights.terms.end(), nonzero)) return {};
  return input_error("every lora_B is zero: the adapter does nothing", source_.path().string(),
                     "it was saved before training");
}

Status read_record(const Path& file, const std::string& base_digest, Adapter& adapter) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {};
  BAKEOFF_TRY(const Json record, read_json_file(file));
  if (!record.is_object()) return input_error("expected an object", file.string());
  if (record.contains("base_digest") && record["base_digest"].is_string())
    adapter.base_digest = record["base_digest"].get<std::string>();
  if (!adapter.base_digest.empty() && !base_digest.empty() && adapter.base_digest != base_digest)
    return input_error("the adapter was baked on another base (" + short_id(adapter.base_digest) + ", this model is " +
                           short_id(base_digest) + ")",
                       file.string(), "load it on the model that it was baked on");
  if (record.contains("student")) {
    BAKEOFF_TRY(adapter.student, conversation_from_json(record["student"], file.string() + ": student"));
  }
  return {};
}

/// Where an adapter saved as a pickle lies in the folder, the reader says so instead of a bare "missing".
Status has_weights(const Path& folder) {
  std::error_code ignored;
  if (!std::filesystem::exists(folder / kAdapterWeightsName, ignored) &&
      std::filesystem::exists(folder / "adapter_model.bin", ignored))
    return input_error("pickled weights are not read", (folder / "adapter_model.bin").string(),
                       "save the adapter with safe_serialization=True");
  return {};
}

Shape shape_of(const ModelConfig& config) {
  Shape shape{modules(config), {}, config.width, config.tied_head};
  for (const NormModule& norm : norms(config)) shape.norms.push_back(norm.name);
  return shape;
}

/// The first number in a module's name; none for embedding and head.
std::int64_t layer_in(const std::string& name) {
  for (std::size_t at = name.find('.'); at != name.npos; at = name.find('.', at + 1)) {
    std::int64_t number = -1;
    const auto read = std::from_chars(name.data() + at + 1, name.data() + name.size(), number);
    if (read.ec == std::errc() && *read.ptr == '.') return number;
  }
  return -1;
}

/// The module that a tensor of the file belongs to, as far as its name and the sizes beside it tell; nothing where the
/// tensor does not open a module.
Result<std::optional<Module>> module_in(const Safetensors& source, const std::string& tensor) {
  const auto extent = [&](const std::string& name, std::size_t axis) -> Result<std::int64_t> {
    BAKEOFF_TRY(const TensorInfo info, source.info(name));
    if (info.shape.size() != 2)
      return input_error("expected two dimensions", source.path().string() + ": " + name, "save the adapter again");
    return info.shape[axis];
  };
  const auto between = [&](const char* end) {
    const std::size_t begin = tensor.starts_with(kPrefix) ? std::string_view(kPrefix).size() : 0;
    return tensor.substr(begin, tensor.size() - begin - std::string_view(end).size());
  };
  Module module;
  if (tensor.ends_with(kTableA)) {
    module.name = between(kTableA);
    BAKEOFF_TRY(module.outputs, extent(tensor, 1));
    BAKEOFF_TRY(module.inputs, extent(factor_names(module).b, 0));
    return std::optional(module);
  }
  if (!tensor.ends_with(kFactorA)) return std::optional<Module>();
  module.name = between(kFactorA);
  module.layer = layer_in(module.name);
  module.product = module.layer < 0 ? Product::head : Product::o;  // which one of a layer the name alone does not tell
  BAKEOFF_TRY(module.inputs, extent(tensor, 1));
  BAKEOFF_TRY(module.outputs, extent(factor_names(module).b, 0));
  return std::optional(module);
}

}  // namespace

FactorNames factor_names(const Module& module) {
  const std::string base = kPrefix + module.name;
  if (module.product == Product::embedding) return {base + kTableA, base + ".lora_embedding_B"};
  return {base + kFactorA, base + ".lora_B.weight"};
}

namespace {

/// The low-rank modules of the file, and its whole weights: by name, as there is no model to hold them against.
Result<Shape> shape_in(const Safetensors& source) {
  Shape shape;
  for (const std::string& name : source.names()) {
    BAKEOFF_TRY(auto module, module_in(source, name));
    if (module) shape.modules.push_back(std::move(*module));
  }
  return shape;
}

bool is_whole(const std::string& tensor) { return tensor.ends_with(kWeight) && tensor.find(".lora_") == tensor.npos; }

}  // namespace

Result<Adapter> read_adapter(const Path& folder, const ModelConfig& config, const std::string& base_digest) {
  Adapter adapter;
  BAKEOFF_TRY(const AdapterSettings settings, AdapterSettings::read(folder / kAdapterConfigName));
  BAKEOFF_CHECK(read_record(folder / kAdapterRecordName, base_digest, adapter));
  BAKEOFF_CHECK(has_weights(folder));
  BAKEOFF_TRY(const Safetensors source, Safetensors::open(folder / kAdapterWeightsName));
  const Shape shape = shape_of(config);
  AdapterReader reader(source, shape, settings);
  BAKEOFF_TRY(adapter.weights, reader.read());
  BAKEOFF_CHECK(reader.acts(adapter.weights));
  BAKEOFF_TRY(adapter.digest, sha256_file(folder / kAdapterWeightsName));
  return adapter;
}

Result<LooseAdapter> read_loose_adapter(const Path& folder) {
  LooseAdapter loose;
  BAKEOFF_TRY(const AdapterSettings settings, AdapterSettings::read(folder / kAdapterConfigName));
  BAKEOFF_CHECK(read_record(folder / kAdapterRecordName, "", loose.adapter));
  BAKEOFF_CHECK(has_weights(folder));
  BAKEOFF_TRY(const Safetensors source, Safetensors::open(folder / kAdapterWeightsName));
  BAKEOFF_TRY(const Shape shape, shape_in(source));
  AdapterReader reader(source, shape, settings);
  for (const std::string& name : source.names()) {
    BAKEOFF_TRY(const TensorInfo info, source.info(name));
    loose.parameters += info.elements;
    ++loose.tensors;
    if (!is_whole(name)) continue;
    loose.whole.push_back(name.starts_with(kPrefix) ? name.substr(std::string_view(kPrefix).size()) : name);
    reader.leave_out(name);
  }
  BAKEOFF_TRY(loose.adapter.weights, reader.read());
  BAKEOFF_TRY(loose.adapter.digest, sha256_file(folder / kAdapterWeightsName));
  loose.base_name = settings.base_name();
  std::error_code ignored;
  if (std::filesystem::exists(folder / kAdapterRecordName, ignored)) {
    BAKEOFF_TRY(loose.record, read_json_file(folder / kAdapterRecordName));
  }
  return loose;
}

}  // namespace bakeoff::baker
