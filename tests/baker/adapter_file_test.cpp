// Adapters on disk: what PEFT writes is read with PEFT's meaning, what we write is read back, and what can not be
// honoured is refused by name.
#include "baker/models/adapter_file.h"

#include <fstream>

#include <ATen/ATen.h>

#include "baker/formats/safetensors.h"
#include "tests/baker/tiny_model.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using bakeoff::testing::source_path;
using bakeoff::testing::TemporaryFolder;
using bakeoff::testing::tiny_model;

namespace {

ModelConfig tiny_config() { return tiny_model(1)->config; }

/// A PEFT-written folder that a test may spoil.
Path copied(const TemporaryFolder& folder, const std::string& golden) {
  const Path to = folder / golden;
  std::filesystem::copy(source_path("golden/" + golden), to);
  return to;
}

void change_config(const Path& folder, const std::string& key, Json value) {
  Json config = read_json_file(folder / "adapter_config.json").value();
  config[key] = std::move(value);
  REQUIRE(write_file_atomically(folder / "adapter_config.json", config.dump()).ok());
}

/// Rewrites the tensors after `change` had its way with them.
template <class Change>
void change_tensors(const Path& folder, const Change& change) {
  const Path file = folder / "adapter_model.safetensors";
  std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<float>>> tensors;
  {
    const Safetensors source = Safetensors::open(file).value();
    for (const std::string& name : source.names())
      tensors[name] = {source.info(name).value().shape, source.read(name).value()};
  }
  change(tensors);
  std::vector<TensorToWrite> list;
  for (const auto& [name, tensor] : tensors) list.push_back({name, tensor.first, tensor.second});
  REQUIRE(write_safetensors(file, list).ok());
}

std::string refusal(const Path& folder, const std::string& base = "") {
  const Result<Adapter> adapter = read_adapter(folder, tiny_config(), base);
  REQUIRE_FALSE(adapter.ok());
  return adapter.error().line();
}

bool names(const std::string& line, const std::string& part) {
  INFO(line);
  return line.find(part) != std::string::npos;
}

const std::string kFirstA = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";

}  // namespace

TEST_CASE("adapters written by PEFT add to each weight what PEFT says they add") {
  for (const std::string name : {"peft_plain", "peft_patterns"}) {
    const Adapter adapter = read_adapter(source_path("golden/" + name), tiny_config(), "").value();
    const Json expected = read_json_file(source_path("golden/" + name) / "expected.json").value();
    std::size_t seen = 0;
    for (const auto& [module, pair, magnitude] : adapter.weights.terms) {
      REQUIRE(expected.contains(module.name));
      ++seen;
      const at::Tensor delta = at::mm(pair.b, pair.a) * pair.scale;
      const Json& want = expected[module.name];
      CHECK(pair.scale == Approx(want["scale"].get<double>()));
      CHECK(delta[0][0].item<double>() == Approx(want["first"].get<double>()).epsilon(1e-4).margin(1e-7));
      CHECK(delta[-1][-1].item<double>() == Approx(want["last"].get<double>()).epsilon(1e-4).margin(1e-7));
      CHECK(delta.to(at::kDouble).pow(2).sum().item<double>() ==
            Approx(want["sum_of_squares"].get<double>()).epsilon(1e-5));
    }
    CHECK(seen == expected.size());
  }
}

TEST_CASE("alpha 1 with rank 4 scales by a quarter") {
  const Adapter adapter = read_adapter(source_path("golden/peft_plain"), tiny_config(), "").value();
  CHECK(adapter.weights.find("model.layers.1.mlp.up_proj")->scale == 0.25);
}

TEST_CASE("what is written is read back the same, with its base and its student context") {
  const TemporaryFolder folder;
  const Adapter from = read_adapter(source_path("golden/peft_plain"), tiny_config(), "").value();
  AdapterMeta meta;
  meta.base_name = "tiny";
  meta.bakeoff = {{"base_digest", "abc"}, {"student", Json::array({{{"role", "system"}, {"content", ""}}})}};
  const std::string id = write_adapter(folder / "out", from.weights, meta).value();
  const Adapter to = read_adapter(folder / "out", tiny_config(), "abc").value();
  CHECK(to.digest == id);
  CHECK(to.base_digest == "abc");
  REQUIRE(to.student.has_value());
  CHECK(to.student->size() == 1);
  REQUIRE(to.weights.terms.size() == 14);
  for (const auto& [module, a, magnitude] : from.weights.terms) {
    const LoraPair& b = *to.weights.find(module.name);
    CHECK(at::equal(a.a, b.a));
    CHECK(at::equal(a.b, b.b));
    CHECK(a.scale == b.scale);
  }
  CHECK(names(refusal(folder / "out", "another"), "another base"));
}

TEST_CASE("settings that can not be honoured are refused by name") {
  {
    const TemporaryFolder folder;
    const Path spoiled = copied(folder, "peft_dora");
    change_config(spoiled, "use_dora", false);
    CHECK(names(refusal(spoiled), "use_dora"));
  }
  const std::pair<const char*, Json> cases[] = {{"peft_type", "IA3"},
                                                {"bias", "some"},
                                                {"lora_bias", true},
                                                {"modules_to_save", 3},
                                                {"target_modules", "(q_proj"},
                                                {"exclude_modules", "[k_proj"},
                                                {"layers_to_transform", {"one"}},
                                                {"target_parameters", {"experts.gate_up_proj"}},
                                                {"layer_replication", {{0, 1}, {0, 1}}},
                                                {"init_lora_weights", "pissa"},
                                                {"trainable_token_indices", {1, 2}},
                                                {"setting_of_a_later_version", 3},
                                                {"r", 0},
                                                {"lora_alpha", "many"},
                                                {"rank_pattern", {{"q_proj", "x"}}},
                                                {"alpha_pattern", 7}};
  for (const auto& [key, value] : cases) {
    const TemporaryFolder folder;
    const Path spoiled = copied(folder, "peft_plain");
    change_config(spoiled, key, value);
    CHECK(names(refusal(spoiled), key));
  }
}

TEST_CASE("a tensor that is missing, left over, of a wrong shape or not finite is an error that names it") {
  const TemporaryFolder folder;
  const Path spoiled = copied(folder, "peft_plain");
  SECTION("missing") {
    change_tensors(spoiled, [](auto& tensors) { tensors.erase(kFirstA); });
    CHECK(names(refusal(spoiled), kFirstA));
  }
  SECTION("a whole module missing") {
    change_tensors(spoiled, [](auto& tensors) {
      tensors.erase(kFirstA);
      tensors.erase("base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight");
    });
    CHECK(names(refusal(spoiled), kFirstA));
  }
  SECTION("left over") {
    change_tensors(spoiled, [](auto& tensors) { tensors["base_model.model.lm_head.lora_A.weight"] = {{1}, {1.0f}}; });
    CHECK(names(refusal(spoiled), "lm_head"));
  }
  SECTION("wrong shape") {
    change_tensors(spoiled, [](auto& tensors) { std::swap(tensors[kFirstA].first[0], tensors[kFirstA].first[1]); });
    CHECK(names(refusal(spoiled), kFirstA));
  }
  SECTION("NaN") {
    change_tensors(spoiled, [](auto& tensors) { tensors[kFirstA].second[5] = std::nanf(""); });
    CHECK(names(refusal(spoiled), "NaN"));
  }
  SECTION("all B zero") {
    change_tensors(spoiled, [](auto& tensors) {
      for (auto& [name, tensor] : tensors)
        if (name.find("lora_B") != std::string::npos) std::fill(tensor.second.begin(), tensor.second.end(), 0.0f);
    });
    CHECK(names(refusal(spoiled), "does nothing"));
  }
  SECTION("rank other than the configuration's") {
    change_config(spoiled, "r", 8);
    CHECK(names(refusal(spoiled), "shape"));
  }
}

TEST_CASE("a folder that lacks its files is an error that names the file") {
  const TemporaryFolder folder;
  CHECK(names(refusal(folder.path()), "adapter_config.json"));
}

TEST_CASE("an adapter of GPT-2 is refused for a Llama model") {
  const auto gpt2 = testing::data_path("peft/gpt2-tigrinya-lora");
  if (!gpt2) SKIP_TEST("needs the public test data peft/gpt2-tigrinya-lora");
  const std::string line = refusal(*gpt2);
  CHECK((names(line, "fan_in_fan_out") || names(line, "belongs to no layer")));
}
