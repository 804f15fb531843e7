#include "baker/models/adapted_model.h"

#include <algorithm>
#include <map>
#include <set>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kRowsAtATime = 1024;

const LoraTerm* term_of(const Adapter& adapter, const std::string& name, Merging merging) {
  for (const LoraTerm& term : adapter.weights.terms)
    if (term.module.name == name) return merging == Merging::beside && term.is_low_rank() ? nullptr : &term;
  return nullptr;
}

const WholeWeight* whole_of(const Adapter& adapter, const std::string& name) {
  for (const WholeWeight& whole : adapter.weights.whole)
    if (whole.name == name) return &whole;
  return nullptr;
}

/// W' = W_0 + s B A, its rows scaled to the magnitudes with DoRA: m / ||W_0 + s B A|| (peft/tuners/lora/dora.py).
at::Tensor adapted_rows(const Adapter& adapter, Merging merging, const WeightRows& weight, at::Tensor rows) {
  const auto narrow = [&](const at::Tensor& all) {
    return (all.dim() == 1 ? all.unsqueeze(0) : all.narrow(0, weight.first, weight.rows)).to(at::kDouble);
  };
  if (const WholeWeight* whole = whole_of(adapter, weight.name)) rows = narrow(whole->values);
  const LoraTerm* term = term_of(adapter, weight.name, merging);
  if (!term) return rows;
  rows =
      rows + at::mm(term->pair.b.narrow(0, weight.first, weight.rows).to(at::kDouble), term->pair.a.to(at::kDouble)) *
                 term->pair.scale;
  if (!term->magnitude.defined()) return rows;
  const at::Tensor norms = rows.norm(2, 1, true);
  return rows * (term->magnitude.narrow(0, weight.first, weight.rows).to(at::kDouble).unsqueeze(1) / norms);
}

/// A product with the adapted rows of its modules, packed anew; the same where none of them changes.
PackedMatrix adapted_product(const AdapterList& adapters, const std::vector<Module>& modules,
                             const PackedMatrix& base) {
  const auto changed = [&](const Module& m) { return changes(adapters, m.name, Merging::beside); };
  if (std::none_of(modules.begin(), modules.end(), changed)) return base;
  std::vector<float> weight(static_cast<std::size_t>(base.outputs() * base.inputs()));
  for (std::int64_t n = 0; n < base.outputs(); ++n) base.read_row(n, weight.data() + n * base.inputs());
  for (const Module& module : modules)
    for (std::int64_t first = 0; first < module.outputs; first += kRowsAtATime)
      change_rows(adapters, Merging::beside,
                  {module.name, first, std::min(kRowsAtATime, module.outputs - first), module.inputs,
                   weight.data() + (module.first_output + first) * module.inputs});
  return PackedMatrix::pack(weight, base.outputs(), base.inputs(), Dtype::fp32);
}

PackedMatrix& product_of(Model& model, std::int64_t layer, Product product) {
  if (product == Product::embedding) return model.embedding;
  if (product == Product::head) return model.head;
  DecoderLayer& weights = model.layers[static_cast<std::size_t>(layer)];
  if (product == Product::qkv) return weights.qkv;
  if (product == Product::o) return weights.o;
  return product == Product::gate_up ? weights.gate_up : weights.down;
}

std::vector<float>& norm_of(Model& model, const NormModule& norm) {
  if (norm.norm == Norm::last) return model.final_norm;
  DecoderLayer& weights = model.layers[static_cast<std::size_t>(norm.layer)];
  return norm.norm == Norm::attention ? weights.attention_norm : weights.mlp_norm;
}

}  // namespace

bool changes(const AdapterList& adapters, const std::string& name, Merging merging) {
  return std::any_of(adapters.begin(), adapters.end(), [&](const auto& use) {
    return use.second != 0 && (whole_of(*use.first, name) || term_of(*use.first, name, merging));
  });
}

void change_rows(const AdapterList& adapters, Merging merging, const WeightRows& weight) {
  if (!changes(adapters, weight.name, merging)) return;
  const at::Tensor given = at::from_blob(weight.values, {weight.rows, weight.columns}, at::kFloat);
  const at::Tensor base = given.to(at::kDouble);
  at::Tensor sum = base;
  for (const auto& [adapter, scale] : adapters)
    if (scale != 0) sum = sum + (adapted_rows(*adapter, merging, weight, base) - base) * scale;
  given.copy_(sum);
}

Status check_together(const AdapterList& adapters) {
  std::set<std::string> seen;
  for (const auto& [adapter, scale] : adapters)
    for (const WholeWeight& whole : adapter->weights.whole)
      if (scale != 0 && !seen.insert(whole.name).second)
        return input_error("two adapters bring a whole weight for " + whole.name, "",
                           "use one of them, or set a scale to 0");
  return {};
}

Result<std::shared_ptr<const Model>> adapted_model(std::shared_ptr<const Model> base, const AdapterList& adapters) {
  BAKEOFF_CHECK(check_together(adapters));
  std::map<std::pair<std::int64_t, Product>, std::vector<Module>> products;
  bool any = false;
  for (Module& module : modules(base->config)) {
    any = any || changes(adapters, module.name, Merging::beside);
    products[{module.layer, module.product}].push_back(std::move(module));
  }
  const std::vector<NormModule> all_norms = norms(base->config);
  for (const NormModule& norm : all_norms) any = any || changes(adapters, norm.name, Merging::beside);
  if (!any) return base;
  auto model = std::make_shared<Model>(*base);
  for (const auto& [place, parts] : products) {
    PackedMatrix& product = product_of(*model, place.first, place.second);
    product = adapted_product(adapters, parts, product);
  }
  for (const NormModule& norm : all_norms) {
    std::vector<float>& values = norm_of(*model, norm);
    change_rows(adapters, Merging::beside, {norm.name, 0, 1, base->config.width, values.data()});
  }
  model->config.tied_head = model->embedding.data() == model->head.data();
  return std::shared_ptr<const Model>(std::move(model));
}

}  // namespace bakeoff::baker
