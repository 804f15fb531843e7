// Sums, truncations, merges and exports of adapters: against the full matrices that they stand for, against PEFT's
// merged model, and against the golden log-probabilities.
#include <cmath>
#include <limits>
#include <map>

#include <ATen/ATen.h>

#include "baker/adapters/algebra.h"
#include "baker/adapters/gguf_lora.h"
#include "baker/adapters/tools.h"
#include "baker/engine/engine.h"
#include "baker/formats/gguf.h"
#include "baker/formats/safetensors.h"
#include "baker/models/adapted_model.h"
#include "baker/models/adapter_file.h"
#include "baker/models/llama_weights.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using bakeoff::testing::TemporaryFolder;

namespace {

Path variant(const std::string& name) { return testing::source_path("golden/peft_variants") / name; }

Json expected_case(const std::string& name) {
  static const Json json = read_json_file(variant("expected.json")).value();
  for (const Json& one : json["cases"])
    if (one["name"] == name) return one;
  FAIL(name);
  return {};
}

const std::vector<TokenId> kIds = {1, 7, 22, 3, 38, 14, 9, 30, 5, 17, 26, 11};

std::vector<double> logprobs(const Path& model_folder, const std::vector<AdapterUse>& uses) {
  const auto model = load_model(model_folder, Dtype::fp32).value();
  AdapterList list;
  for (const AdapterUse& use : uses)
    list.emplace_back(std::make_shared<const Adapter>(read_adapter(use.folder, model->config, "").value()), use.scale);
  Engine engine(adapted_model(model, list).value(), {list});
  return engine.score(kIds, 1, 0).value().logprobs;
}

void check_equal(const std::vector<double>& ours, const std::vector<double>& wanted) {
  REQUIRE(ours.size() == wanted.size());
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(ours[i] == Approx(wanted[i]).margin(1e-4));
}

at::Tensor full(const LoraPair& pair) { return at::mm(pair.b.to(at::kDouble), pair.a.to(at::kDouble)) * pair.scale; }

LoraWeights loose(const Path& folder) { return read_loose_adapter(folder).value().adapter.weights; }

/// A copy whose bakeoff.json says this.
Path with_record(const TemporaryFolder& folder, const std::string& name, const Json& record) {
  const Path to = folder / (name + "-" + std::to_string(std::hash<std::string>{}(record.dump())));
  std::filesystem::copy(variant(name), to);
  REQUIRE(write_file_atomically(to / "bakeoff.json", record.dump()).ok());
  return to;
}

/// The adapter as PEFT saves it with save_embedding_layers=False.
Path without_base(const TemporaryFolder& folder, const std::string& name) {
  const Path to = folder / (name + "-plain");
  std::filesystem::copy(variant(name), to);
  const Safetensors source = Safetensors::open(variant(name) / kAdapterWeightsName).value();
  std::map<std::string, std::vector<float>> values;
  std::vector<TensorToWrite> tensors;
  for (const std::string& tensor : source.names())
    if (tensor.find("base_layer") == std::string::npos) {
      values[tensor] = source.read(tensor).value();
      tensors.push_back({tensor, source.info(tensor).value().shape, values[tensor]});
    }
  REQUIRE(write_safetensors(to / kAdapterWeightsName, tensors).ok());
  return to;
}

Json record_of(const std::string& prompt, const std::string& student) {
  return {{"format", 1},
          {"prompt", {{"system", prompt}}},
          {"recipe", {{"rank", 2}}},
          {"base", "tiny"},
          {"student", Json::array({{{"role", "system"}, {"content", student}}})}};
}

}  // namespace

TEST_CASE("a sum of adapters acts as PEFT's weighted combination, and a scaled adapter as its scale in use") {
  const TemporaryFolder folder;
  const auto tools = make_adapter_tools();
  REQUIRE(tools->sum({{variant("patterns"), 0.7}, {variant("root_scale"), 1.5}}, folder / "sum").ok());
  check_equal(logprobs(variant("base"), {{folder / "sum", 1.0}}),
              expected_case("['patterns', 'root_scale'] [0.7, 1.5]")["logprobs"].get<std::vector<double>>());
  REQUIRE(tools->sum({{variant("patterns"), 2.0}}, folder / "twice").ok());
  check_equal(logprobs(variant("base"), {{folder / "twice", 1.0}}),
              expected_case("['patterns', 'root_scale'] [2.0, 0.0]")["logprobs"].get<std::vector<double>>());
}

TEST_CASE("terms on embedding and head are summed too; a base weight that PEFT saved beside them does not add") {
  const TemporaryFolder folder;
  const auto tools = make_adapter_tools();
  for (const std::string name : {"embedding", "head"}) {
    const auto refused = tools->sum({{variant(name), 0.5}}, folder / "no");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().line().find("base_layer.weight") != std::string::npos);
    const Path plain = without_base(folder, name);
    REQUIRE(tools->sum({{plain, 0.25}, {plain, 0.75}}, folder / (name + "-again")).ok());
    check_equal(logprobs(variant("base"), {{folder / (name + "-again"), 1.0}}),
                expected_case(name)["logprobs"].get<std::vector<double>>());
  }
}

TEST_CASE("an adapter minus itself is nothing") {
  const TemporaryFolder folder;
  REQUIRE(make_adapter_tools()->sum({{variant("patterns"), 1}, {variant("patterns"), -1}}, folder / "nothing").ok());
  for (const LoraTerm& term : loose(folder / "nothing").terms) CHECK(full(term.pair).abs().max().item<double>() < 1e-6);
}

TEST_CASE("a truncation is the best approximation of its rank, and says what share of the squared norm it keeps") {
  const LoraWeights weights = loose(variant("all_linear"));
  for (const std::int64_t rank : {1, 2}) {
    const Truncated truncated = truncate_terms(weights, rank);
    double all = 0, kept = 0;
    for (std::size_t i = 0; i < weights.terms.size(); ++i) {
      const at::Tensor delta = full(weights.terms[i].pair), ours = full(truncated.weights.terms[i].pair);
      const auto [u, s, vt] = at::linalg_svd(delta, false);  // of the full matrix: the second way
      const at::Tensor best = at::mm(u.narrow(1, 0, rank) * s.narrow(0, 0, rank), vt.narrow(0, 0, rank));
      CHECK(at::allclose(ours, best, 1e-4, 1e-6));
      CHECK(truncated.weights.terms[i].pair.a.size(0) == rank);
      const double part = s.narrow(0, 0, rank).pow(2).sum().item<double>(), total = s.pow(2).sum().item<double>();
      CHECK(truncated.kept_of_module.at(weights.terms[i].module.name) == Approx(part / total).epsilon(1e-6));
      all += total;
      kept += part;
    }
    CHECK(truncated.kept == Approx(kept / all).epsilon(1e-6));
  }
  const Truncated whole = truncate_terms(weights, 3);
  CHECK(whole.kept == Approx(1.0));
  for (std::size_t i = 0; i < weights.terms.size(); ++i)
    CHECK(at::equal(whole.weights.terms[i].pair.a, weights.terms[i].pair.a));
}

TEST_CASE("the norm of a term without its matrix is the norm of its matrix") {
  for (const LoraTerm& term : loose(variant("patterns")).terms)
    CHECK(frobenius_norm(term.pair) == Approx(full(term.pair).norm().item<double>()).epsilon(1e-6));
}

TEST_CASE("a merged folder gives the log-probabilities of the adapter in use, in every variant") {
  const TemporaryFolder folder;
  const auto tools = make_adapter_tools();
  for (const std::string name : {"all_linear", "patterns", "head_tied", "embedding", "embedding_tied", "saved",
                                 "saved_tied", "saved_embedding_tied", "saved_parts", "dora", "dora_head"}) {
    INFO(name);
    const Json wanted = expected_case(name);
    const auto merged = tools->merge(variant(wanted["base"]).string(), {{variant(name), 1.0}}, folder / name);
    if (!merged.ok()) FAIL(merged.error().line());
    CHECK(merged->changed > 0);
    check_equal(logprobs(folder / name, {}), wanted["logprobs"].get<std::vector<double>>());
    const Json config = read_json_file(folder / name / "config.json").value();
    CHECK(config["dtype"] == "float32");
  }
}

TEST_CASE("two adapters merged with their scales are PEFT's weighted combination") {
  const TemporaryFolder folder;
  REQUIRE(
      make_adapter_tools()
          ->merge(variant("base").string(), {{variant("patterns"), 0.7}, {variant("root_scale"), 1.5}}, folder / "m")
          .ok());
  check_equal(logprobs(folder / "m", {}),
              expected_case("['patterns', 'root_scale'] [0.7, 1.5]")["logprobs"].get<std::vector<double>>());
}

TEST_CASE("an exported GGUF adapter rebuilds each weight change in llama.cpp's row order") {
  const TemporaryFolder folder;
  for (const std::string name : {"patterns", "embedding", "head"}) {
    INFO(name);
    const Path file = folder / (name + ".gguf"), from = without_base(folder, name);
    const auto tensors = make_adapter_tools()->export_gguf(variant("base").string(), from, file);
    REQUIRE(tensors.ok());
    const Gguf gguf = Gguf::open(file).value();
    CHECK(gguf.get<std::string>("general.type").value() == "adapter");
    CHECK(gguf.get<std::string>("adapter.type").value() == "lora");
    const double alpha = gguf.get<double>("adapter.lora.alpha").value();
    const LoraWeights weights = loose(from);
    CHECK(*tensors == static_cast<std::int64_t>(2 * weights.terms.size()));
    for (const LoraTerm& term : weights.terms) {
      const std::string tensor = gguf_name(term.module.name) + ".weight.lora_";
      std::vector<float> a = gguf.read(tensor + "a").value(), b = gguf.read(tensor + "b").value();
      const std::int64_t rank = term.pair.a.size(0);
      const at::Tensor left = at::tensor(b).view({-1, rank}).to(at::kDouble), right = at::tensor(a).to(at::kDouble);
      const bool table = term.module.product == Product::embedding;  // llama.cpp gathers rows of A: [V, r]; B is [C, r]
      at::Tensor delta = (table ? at::mm(right.view({-1, rank}), left.t()) : at::mm(left, right.view({rank, -1}))) *
                         (alpha / static_cast<double>(rank));
      if (term.module.name.ends_with("q_proj") || term.module.name.ends_with("k_proj")) {
        const std::int64_t heads = term.module.outputs / 4;  // [heads, D/2, 2] of the file to [heads, 2, D/2]
        delta = delta.view({heads, 2, 2, -1}).transpose(1, 2).reshape({term.module.outputs, -1});
      }
      CHECK(at::allclose(delta, full(term.pair), 1e-5, 1e-6));
    }
  }
}

TEST_CASE("what is made of adapters carries their student prompt and lineage, and refuses parents that disagree") {
  const TemporaryFolder folder;
  const auto tools = make_adapter_tools();
  const Path pirate = with_record(folder, "patterns", record_of("pirate", "")),
             bakery = with_record(folder, "root_scale", record_of("bakery", "")),
             other = with_record(folder, "root_scale", record_of("bakery", "You are new."));
  const AdapterCard card = tools->sum({{pirate, 1}, {bakery, 0.5}}, folder / "sum").value();
  CHECK(card.record["student"] == record_of("", "")["student"]);
  const Json& parents = card.record["lineage"]["parents"];
  REQUIRE(parents.size() == 2);
  CHECK(parents[0]["prompt"]["system"] == "pirate");
  CHECK(parents[1]["scale"] == 0.5);
  CHECK(parents[1]["adapter"].get<std::string>().size() == 64);
  REQUIRE(tools->truncate(folder / "sum", 1, folder / "small").ok());
  const Json small = read_json_file(folder / "small" / "bakeoff.json").value();
  CHECK(small["lineage"]["parents"][0]["lineage"]["parents"].size() == 2);
  REQUIRE(tools->merge(variant("base").string(), {{pirate, 1}}, folder / "merged").ok());
  CHECK(read_json_file(folder / "merged" / "bakeoff.json").value()["student"] == card.record["student"]);
  const auto refused = tools->sum({{pirate, 1}, {other, 1}}, folder / "no");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().line().find("student") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "no"));
}

TEST_CASE("what can not be made is refused in one line, and nothing is left behind") {
  const TemporaryFolder folder;
  const auto tools = make_adapter_tools();
  const auto line = [](const auto& result) {
    REQUIRE_FALSE(result.ok());
    CHECK(exit_status(result.error().kind) == 3);
    return result.error().line();
  };
  const Path out = folder / "out";
  CHECK(line(tools->sum({{variant("dora"), 0.5}}, out)).find("DoRA") != std::string::npos);
  CHECK(line(tools->truncate(variant("saved"), 1, out)).find("whole weight") != std::string::npos);
  CHECK(line(tools->sum({{variant("patterns"), 0}}, out)).find("scale") != std::string::npos);
  CHECK(line(tools->sum({{variant("patterns"), std::numeric_limits<double>::infinity()}}, out)).find("scale") !=
        std::string::npos);
  CHECK(line(tools->truncate(variant("patterns"), 0, out)).find("rank") != std::string::npos);
  CHECK(line(tools->sum({{variant("all_linear"), 1}, {testing::source_path("golden/peft_plain"), 1}}, out))
            .find("another size") != std::string::npos);
  CHECK(line(tools->merge(variant("base").string(), {{testing::source_path("golden/peft_plain"), 1}}, out))
            .find("shape") != std::string::npos);
  CHECK(line(tools->merge(variant("base").string(), {{variant("saved"), 1}, {variant("saved"), 1}}, out))
            .find("two adapters") != std::string::npos);
  CHECK(line(tools->export_gguf(variant("base").string(), variant("dora"), out)).find("DoRA") != std::string::npos);
  CHECK(line(tools->export_gguf(variant("base_tied").string(), variant("head_tied"), out)).find("lm_head") !=
        std::string::npos);
  CHECK(line(tools->inspect(folder.path())).find("adapter_config.json") != std::string::npos);
  REQUIRE(make_folder(out).ok());
  CHECK(line(tools->sum({{variant("patterns"), 0.5}}, out)).find("exists") != std::string::npos);
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++entries;
  CHECK(entries == 1);
}

TEST_CASE("GGUF's row order and back is the identity, and pairs rotate together") {
  std::vector<float> rows(16);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i);
  const std::vector<float> pairs = halves_to_pairs(rows, 2, 8);
  CHECK(pairs == std::vector<float>{0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15});
  CHECK(pairs_to_halves(pairs, 2, 8) == rows);
}
