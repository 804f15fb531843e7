// Keys, seeds, and the order of jobs.
#include "harness/run/plan.h"

#include <set>

#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

run::Plan plan_of(const run::Experiment& experiment, std::size_t chunk = 64) {
  auto suites = run::create_suites(experiment, std::nullopt);
  REQUIRE(suites.ok());
  run::PlanInput input;
  input.experiment = &experiment;
  input.suites = std::move(*suites);
  input.base.model_digest = "model";
  input.base.dtype = "fp32";
  input.chunk_units = chunk;
  input.find_bake = [](const std::string&) -> Result<std::optional<store::BakeRow>> {
    return std::optional<store::BakeRow>();
  };
  auto plan = run::make_plan(std::move(input));
  REQUIRE(plan.ok());
  return std::move(*plan);
}

run::Experiment experiment_of(const Workshop& shop, const std::vector<std::string>& overrides = {}) {
  auto read = run::read_experiment(shop.folder / "pirate.yaml", overrides);
  REQUIRE(read.ok());
  return std::move(*read);
}

}  // namespace

TEST_CASE("a sample's key changes when anything that can change the answer or its verdict does") {
  const Item item{"one", "one", {{"user", "rum"}}, {}}, other{"one", "one", {{"user", "sea"}}, {}};
  const run::SampleKeyParts parts{"generator", "suite", &item, 0, {}, 7};
  std::set<std::string> keys = {run::sample_key(parts)};
  const auto add = [&](auto change) {
    run::SampleKeyParts changed = parts;
    change(changed);
    keys.insert(run::sample_key(changed));
  };
  add([](auto& p) { p.generator = "other"; });
  add([](auto& p) { p.suite_digest = "other"; });
  add([&](auto& p) { p.item = &other; });
  add([](auto& p) { p.replicate = 1; });
  add([](auto& p) { p.decoding.temperature = 1; });
  add([](auto& p) { p.decoding.max_new_tokens = 65; });
  add([](auto& p) { p.decoding.stop = {"\n"}; });
  add([](auto& p) { p.seed = 8; });
  CHECK(keys.size() == 9);
  CHECK(keys.contains(run::sample_key(parts)));
}

TEST_CASE("the digest of a generator changes with model, adapter, scale, context, template, dtype and engine") {
  const GeneratorIdentity base{"model", {}, "template", {}, "fp32", "cpu", "1"};
  std::set<std::string> digests = {run::digest_of(base)};
  const auto add = [&](auto change) {
    GeneratorIdentity changed = base;
    change(changed);
    digests.insert(run::digest_of(changed));
  };
  add([](auto& i) { i.model_digest = "other"; });
  add([](auto& i) { i.template_digest = "other"; });
  add([](auto& i) { i.dtype = "bf16"; });
  add([](auto& i) { i.device = "cuda"; });
  add([](auto& i) { i.engine = "2"; });
  add([](auto& i) { i.context = {{"system", ""}}; });
  digests.insert(run::digest_of(run::arm_identity(base, {}, {{"adapter", 1.0}})));
  digests.insert(run::digest_of(run::arm_identity(base, {}, {{"adapter", 0.5}})));
  digests.insert(run::digest_of(run::arm_identity(base, {}, {{"other", 1.0}})));
  CHECK(digests.size() == 10);
}

TEST_CASE("template settings change a template's digest, and the default ones leave it as it was") {
  const TemplateSettings quiet{{{"enable_thinking", false}}, kTemplateDate}, later{Json::object(), "2025-01-31"};
  CHECK(digest_with("template", {}) == "template");
  CHECK(digest_with("template", {Json::object(), "2024-07-26"}) == "template");
  const std::set<std::string> digests = {"template",
                                         digest_with("template", quiet),
                                         digest_with("template", later),
                                         digest_with("other", quiet),
                                         digest_with("template", {quiet.arguments, later.date}),
                                         digest_with("template", {{{"enable_thinking", true}}, kTemplateDate})};
  CHECK(digests.size() == 6);
  CHECK(digest_with("", quiet).empty());
}

TEST_CASE("a bake's key follows its content and not its name") {
  const GeneratorIdentity base{"model", {}, "template", {}, "fp32", "cpu", "1"};
  const PromptSpec prompt{"p", {{"system", "Arrr"}}, {{"system", ""}}};
  const run::BakeSpec bake{"b", "p", {{{"user", "Who?"}}}, {}, 0};
  const std::string key = run::bake_key(bake, prompt, base);
  run::BakeSpec renamed = bake;
  renamed.name = "other";
  renamed.recipe.checkpoint_seconds = 5;
  CHECK(run::bake_key(renamed, {"q", prompt.messages, prompt.student}, base) == key);
  std::set<std::string> keys = {key};
  const auto add = [&](auto change) {
    run::BakeSpec changed = bake;
    PromptSpec asked = prompt;
    GeneratorIdentity model = base;
    change(changed, asked, model);
    keys.insert(run::bake_key(changed, asked, model));
  };
  add([](auto& b, auto&, auto&) { b.seed = 1; });
  add([](auto& b, auto&, auto&) { b.recipe.rank = 8; });
  add([](auto& b, auto&, auto&) { b.questions[0][0].content = "What?"; });
  add([](auto&, auto& p, auto&) { p.messages[0].content = "Yo"; });
  add([](auto&, auto& p, auto&) { p.student.clear(); });
  add([](auto&, auto&, auto& m) { m.model_digest = "other"; });
  add([](auto&, auto&, auto& m) { m.dtype = "bf16"; });
  add([](auto&, auto&, auto& m) {
    m.template_digest = digest_with("template", {{{"thinking", false}}, kTemplateDate});
  });
  add([](auto&, auto&, auto& m) { m.engine = "2"; });
  CHECK(keys.size() == 10);
}

TEST_CASE("arms are interleaved in time: each chunk is played by all arms before the next one") {
  Workshop shop;
  const auto experiment = experiment_of(shop);
  const run::Plan plan = plan_of(experiment, 1);
  std::vector<std::string> order;
  for (const run::PlayJob& job : plan.plays)
    order.push_back(std::to_string(job.first) + " " + plan.arms[job.arm].arm.name);
  CHECK(order == std::vector<std::string>{"0 base", "0 prompted", "0 baked", "0 reprompted", "1 base", "1 prompted",
                                          "1 baked", "1 reprompted"});
}

TEST_CASE("arms are paired: every arm has the same seed for the same item and replicate, and replicates differ") {
  Workshop shop("replicates: 3\n");
  const auto experiment = experiment_of(shop);
  const run::Plan plan = plan_of(experiment);
  REQUIRE(plan.plays.size() == 4);
  const auto first = plan.units(plan.plays[0]);
  REQUIRE(first.size() == 6);
  std::set<std::uint64_t> seeds;
  for (const run::PlayJob& job : plan.plays) {
    const auto units = plan.units(job);
    for (std::size_t i = 0; i < units.size(); ++i) {
      CHECK(units[i].seed == first[i].seed);
      CHECK(units[i].item->id == first[i].item->id);
      seeds.insert(units[i].seed);
    }
  }
  CHECK(seeds.size() == 6);
}

TEST_CASE("equal bakes and equal arms are one job each, shown under all their names") {
  Workshop shop;
  const auto experiment = experiment_of(shop, {"bakes=[{prompt: pirate}, {prompt: pirate, name: twin}]"});
  const run::Plan plan = plan_of(experiment);
  REQUIRE(plan.bakes.size() == 1);
  CHECK(plan.bakes[0].names == std::vector<std::string>{"pirate", "twin"});
  REQUIRE(plan.plays.size() == 4);  // base, prompted, baked, reprompted
  CHECK(plan.plays[2].shown_as ==
        std::vector<std::pair<std::string, std::string>>{{"pirate/baked", "style"}, {"twin/baked", "style"}});
}

TEST_CASE("raw text is played once by arms that differ in their prompt alone") {
  Workshop shop;
  using Shown = std::vector<std::pair<std::string, std::string>>;
  const auto raw = experiment_of(shop, {"suites=[{name: common_knowledge, limit: 10}]"});
  const run::Plan plan = plan_of(raw);
  REQUIRE(plan.plays.size() == 2);
  CHECK(plan.plays[0].shown_as == Shown{{"base", "common_knowledge"}, {"prompted", "common_knowledge"}});
  CHECK(plan.plays[1].shown_as == Shown{{"baked", "common_knowledge"}, {"reprompted", "common_knowledge"}});
  CHECK(plan.arms[plan.plays[0].arm].arm.name == "base");
  const auto chat = experiment_of(shop, {"suites=[{name: common_knowledge, limit: 10, prompting: chat}]"});
  CHECK(plan_of(chat).plays.size() == 4);
}

TEST_CASE("a plan's text has one line for a play, whatever its chunks") {
  Workshop shop;
  run::RunOptions options = shop.options();
  options.overrides = {"arms=[base, prompted]", "suites=[{name: arithmetic, items: 100}, {name: perplexity}]"};
  const auto plan = run::plan_experiment(options, shop.baker.factory());
  REQUIRE(plan.ok());
  const auto count = [&](const std::string& words) {
    std::size_t found = 0;
    for (auto at = plan->text.find(words); at != std::string::npos; at = plan->text.find(words, at + 1)) ++found;
    return found;
  };
  CHECK(count("  arithmetic: base ") == 1);
  CHECK(count("0 of 100 cached") == 2);
  CHECK(count("  perplexity: base, prompted ") == 1);
}

TEST_CASE("the keys of a baked arm wait for its bake, and then name its adapter") {
  Workshop shop;
  const auto experiment = experiment_of(shop);
  run::Plan plan = plan_of(experiment);
  const run::PlayJob& baked = plan.plays[2];
  const auto unit = plan.units(baked)[0];
  CHECK(plan.key(baked, unit).empty());
  CHECK_FALSE(plan.key(plan.plays[0], unit).empty());
  store::BakeRow row;
  row.adapter_id = "adapter";
  plan.bake_done(plan.bakes[0].key, row, {});
  CHECK(plan.key(baked, unit).size() == 64);
  CHECK(plan.arms[2].identity.adapters == std::vector<std::string>{"adapter:1.0"});
}
