// The names and rows of the adaptable maps, against what transformers' implementations of the families have.
#include "baker/models/modules.h"

#include "baker/formats/safetensors.h"
#include "tests/baker/tiny_model.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;

namespace {

const Module& named(const std::vector<Module>& all, const std::string& name) {
  for (const Module& module : all)
    if (module.name == name) return module;
  FAIL(name);
  return all[0];
}

}  // namespace

TEST_CASE("the maps of a Llama layer lie one behind the other in the products that hold them") {
  const std::vector<Module> all = modules(testing::tiny_model(1)->config);
  CHECK(all.size() == 1 + 2 * 7 + 1);
  CHECK(all.front().name == "model.embed_tokens");
  CHECK(all.back().name == "lm_head");
  const Module& v = named(all, "model.layers.1.self_attn.v_proj");
  CHECK((v.layer == 1 && v.product == Product::qkv && v.first_output == 32 && v.outputs == 8 && v.inputs == 24));
  const Module& up = named(all, "model.layers.0.mlp.up_proj");
  CHECK((up.product == Product::gate_up && up.first_output == 40 && up.outputs == 40 && up.inputs == 24));
  CHECK(product_outputs(all, 1, Product::qkv) == 40);
  CHECK(product_outputs(all, 1, Product::gate_up) == 80);
}

TEST_CASE("an adapter that PEFT made for GPT-2 small names modules and shapes of this table") {
  const auto folder = testing::data_path("peft/gpt2-tigrinya-lora");
  if (!folder) SKIP_TEST("needs the public test data peft/gpt2-tigrinya-lora");
  ModelConfig config;
  config.family = "gpt2";
  config.layers = 12;
  config.width = 768;
  config.heads = config.kv_heads = 12;
  config.head_size = 64;
  config.mlp_width = 3072;
  config.vocabulary = 50257;
  const std::vector<Module> all = modules(config);
  const Safetensors file = Safetensors::open(*folder / "adapter_model.safetensors").value();
  for (const std::string& name : file.names()) {
    const bool is_a = name.ends_with(".lora_A.weight");
    const std::string prefix = "base_model.model.",
                      module = name.substr(prefix.size(), name.find(".lora_") - prefix.size());
    const Module& found = named(all, module);
    CHECK(file.info(name).value().shape ==
          (is_a ? std::vector<std::int64_t>{8, found.inputs} : std::vector<std::int64_t>{found.outputs, 8}));
    CHECK(found.transposed);
  }
}
