// The whole baker on a small public model (stories260K), against values that others computed: a float64 forward pass,
// the model's published greedy text, and peft with transformers.
#include <cmath>

#include "baker/baker.h"
#include "harness/core/json.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;

namespace {

const EngineSettings kExact{"fp32", "cpu", 8, 1};

Json read(const std::filesystem::path& file) {
  auto json = read_json_file(file);
  REQUIRE(json.ok());
  return *json;
}

template <class T>
T ask(Generator& generator, Request request) {
  std::vector<Request> requests{std::move(request)};
  auto replies = serve_all(generator, std::move(requests));
  REQUIRE(replies.ok());
  REQUIRE((*replies)[0].ok());
  return std::get<T>(*(*replies)[0]);
}

std::vector<TokenId> ids_of(const Json& value) { return value.get<std::vector<TokenId>>(); }

}  // namespace

TEST_CASE("greedy ids, log-probabilities and texts of stories260K equal the published goldens") {
  const auto folder = testing::data_path("models/stories260K-hf"),
             file = testing::data_path("models/stories260K/golden.json");
  if (!folder || !file) SKIP_TEST("the public test data is not there");
  const Json golden = read(*file);
  const auto baker = baker::make_local_baker();
  auto generator = baker->open({folder->string(), {}, {}, kExact});
  REQUIRE(generator.ok());
  const auto tools = baker->text_tools(folder->string());
  REQUIRE(tools.ok());
  for (const Json& one : golden["greedy"]) {
    const auto all = ids_of(one["ids"]);
    const auto prompt = (*tools)->encode(one["prompt"].get<std::string>(), true);
    REQUIRE(prompt.ok());
    REQUIRE(prompt->size() <= all.size());
    const std::vector<TokenId> expected(all.begin() + static_cast<std::ptrdiff_t>(prompt->size()), all.end());
    GenerateRequest request{one["prompt"].get<std::string>(), {}, 0};
    request.decoding.max_new_tokens = static_cast<int>(expected.size());
    CHECK(ask<Completion>(**generator, request).ids == expected);
  }
  for (const Json& one : golden["nll"]) {
    const auto score = ask<Score>(**generator, ScoreRequest{ids_of(one["ids"]), std::nullopt, 0});
    double sum = 0;
    for (const double value : score.token_logprobs) sum -= value;
    CHECK(sum == Approx(one["sum_nll"].get<double>()).margin(1e-3));
  }
}

TEST_CASE("the KL of a prompted against an unprompted context equals the float64 one") {
  const auto folder = testing::data_path("models/stories260K-hf"),
             file = testing::data_path("models/stories260K/golden.json");
  if (!folder || !file) SKIP_TEST("the public test data is not there");
  const Json golden = read(*file);
  const auto baker = baker::make_local_baker();
  auto generator = baker->open({folder->string(), {}, {}, kExact});
  REQUIRE(generator.ok());
  const Json& pair = golden["distribution_pairs"][0];
  const auto prompted = ids_of(pair["prompted_ids"]), plain = ids_of(pair["unprompted_ids"]);
  const auto first = pair["first_prompted_position"].get<std::size_t>();
  const std::size_t shift = prompted.size() - plain.size();
  const auto distribution = [&](const std::vector<TokenId>& ids, std::size_t position) {
    const std::vector<TokenId> past(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(position) + 1);
    auto score = ask<Score>(**generator, ScoreRequest{past, std::nullopt, 512});
    std::vector<double> logp(512);
    for (const auto& [id, value] : score.next_top) logp[static_cast<std::size_t>(id)] = value;
    return logp;
  };
  for (std::size_t i = 0; i < pair["forward_kl_per_position"].size(); ++i) {
    const auto p = distribution(prompted, first + i), q = distribution(plain, first + i - shift);
    double kl = 0;
    for (std::size_t v = 0; v < p.size(); ++v) kl += std::exp(p[v]) * (p[v] - q[v]);
    CHECK(kl == Approx(pair["forward_kl_per_position"][i].get<double>()).margin(2e-4));
  }
}

TEST_CASE(
    "an adapter written by peft gives transformers' log-probabilities, and our KL is that of its logits in double") {
  const auto folder = testing::data_path("models/stories260K-hf");
  if (!folder) SKIP_TEST("the public test data is not there");
  const auto adapter = testing::source_path("golden/peft_stories");
  const Json expected = read(adapter / "expected.json");
  const auto ids = ids_of(expected["ids"]);
  const auto baker = baker::make_local_baker();
  const GeneratorSpec base{folder->string(), {}, {}, kExact}, adapted{folder->string(), {{adapter, 1.0}}, {}, kExact};
  auto generator = baker->open(adapted);
  REQUIRE(generator.ok());
  const auto score = ask<Score>(**generator, ScoreRequest{ids, std::nullopt, 0});
  for (std::size_t i = 0; i < score.token_logprobs.size(); ++i)
    CHECK(score.token_logprobs[i] == Approx(expected["logprobs"][i].get<double>()).margin(1e-4));
  const auto kl = baker->kl(adapted, base, ids);
  REQUIRE(kl.ok());
  REQUIRE(kl->size() == ids.size());
  for (std::size_t i = 0; i < kl->size(); ++i) CHECK((*kl)[i] == Approx(expected["kl"][i].get<double>()).margin(1e-5));
}

TEST_CASE("an adapter at scale 0 is the base, bit for bit") {
  const auto folder = testing::data_path("models/stories260K-hf");
  if (!folder) SKIP_TEST("the public test data is not there");
  const auto baker = baker::make_local_baker();
  const std::vector<TokenId> ids = {1, 403, 407, 261, 378, 432};
  const auto logprobs = [&](std::vector<AdapterUse> adapters) {
    auto generator = baker->open({folder->string(), std::move(adapters), {}, kExact});
    REQUIRE(generator.ok());
    return ask<Score>(**generator, ScoreRequest{ids, std::nullopt, 0}).token_logprobs;
  };
  const auto adapter = testing::source_path("golden/peft_stories");
  CHECK(logprobs({{adapter, 0.0}}) == logprobs({}));
  CHECK(logprobs({{adapter, 1.0}}) != logprobs({}));
}
