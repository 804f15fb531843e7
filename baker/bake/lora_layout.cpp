#include "baker/bake/lora_layout.h"

#include <algorithm>
#include <cmath>

#include <ATen/Functions.h>

#include "harness/core/seed.h"

namespace bakeoff::baker {
namespace {

Result<Target> target_named(const std::string& name) {
  for (int i = 0; i < kTargets; ++i)
    if (name == kTargetNames[static_cast<std::size_t>(i)]) return static_cast<Target>(i);
  std::string known;
  for (const char* each : kTargetNames) known += (known.empty() ? "" : ", ") + std::string(each);
  return input_error("unknown target \"" + name + "\"", "recipe.targets", "the targets are " + known);
}

at::Tensor copy(std::span<const float> values, std::int64_t rows, std::int64_t columns) {
  const at::Tensor tensor = at::empty({rows, columns});
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor;
}

}  // namespace

Result<LoraLayout> LoraLayout::make(const ModelConfig& config, const std::vector<std::string>& targets, int rank,
                                    double alpha) {
  if (targets.empty()) return input_error("no target to adapt", "recipe.targets");
  if (rank < 1) return input_error("rank must be at least 1", "recipe.rank");
  LoraLayout layout;
  layout.rank_ = rank;
  layout.scale_ = alpha / rank;
  std::array<bool, kTargets> wanted = {};
  for (const std::string& name : targets) {
    BAKEOFF_TRY(const Target target, target_named(name));
    if (wanted[static_cast<std::size_t>(target)])
      return input_error("target \"" + name + "\" is named twice", "recipe.targets");
    wanted[static_cast<std::size_t>(target)] = true;
  }
  const std::vector<Module> all = modules(config);
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    auto& row = layout.index_.emplace_back();
    row.fill(-1);
    for (std::size_t t = 0; t < kTargets; ++t) {
      if (!wanted[t]) continue;
      const auto target = static_cast<Target>(t);
      const auto module =
          std::find_if(all.begin(), all.end(), [&](const Module& m) { return m.name == module_name(layer, target); });
      if (module == all.end())
        return input_error("a " + config.family + " model has no " + kTargetNames[t], "recipe.targets");
      row[t] = static_cast<int>(layout.slots_.size());
      layout.slots_.push_back({target, *module, layout.size_, layout.size_ + rank * module->inputs});
      layout.size_ += rank * (module->inputs + module->outputs);
    }
  }
  return layout;
}

const LoraSlot* LoraLayout::slot(std::int64_t layer, Target target) const {
  const int index = index_[static_cast<std::size_t>(layer)][static_cast<std::size_t>(target)];
  return index < 0 ? nullptr : &slots_[static_cast<std::size_t>(index)];
}

std::vector<float> LoraLayout::initial(std::uint64_t seed) const {
  std::vector<float> parameters(static_cast<std::size_t>(size_), 0.0f);
  for (const LoraSlot& slot : slots_) {
    Random random(derive_seed(seed, {"lora", slot.module.name}));
    const double bound = 1.0 / std::sqrt(static_cast<double>(slot.module.inputs));
    for (std::int64_t i = 0; i < rank_ * slot.module.inputs; ++i)
      parameters[static_cast<std::size_t>(slot.a + i)] = static_cast<float>((2.0 * random.uniform() - 1.0) * bound);
  }
  return parameters;
}

LoraWeights LoraLayout::to_weights(std::span<const float> parameters) const {
  LoraWeights weights;
  for (const LoraSlot& slot : slots_) {
    const auto part = [&](std::int64_t offset, std::int64_t width) {
      return copy(parameters.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(rank_ * width)), rank_,
                  width);
    };
    LoraPair pair;
    pair.a = part(slot.a, slot.module.inputs);
    pair.b = part(slot.b_transposed, slot.module.outputs).t().contiguous();
    pair.scale = scale_;
    weights.terms.push_back({slot.module, std::move(pair), {}});
  }
  return weights;
}

}  // namespace bakeoff::baker
