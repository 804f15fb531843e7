// Reports of runs that are larger than a page. The case of 100,000 samples is hidden for its time:
// `bakeoff_tests "[large]"` runs it and prints seconds, bytes and memory.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include <sys/resource.h>

#include "reports/report.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff::reports {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Large {
  int items = 0;
  std::size_t answer_bytes = 200;
};

/// Of ten items the arms differ on one, all fail on two, the others are right.
double score_of(int arm, int item) {
  if (item % 10 == 0) return arm == 0 ? 0 : 1;
  return item % 10 <= 2 ? 0 : 1;
}

Status put_answer(store::Store& store, store::RunId run, const store::SuiteRow& suite, const store::ArmRow& arm,
                  const Item& item, int place, const Large& large) {
  store::SampleRow row;
  const int number = arm.arm.name.back() - '0';
  char key[65];
  std::snprintf(key, sizeof key, "%032d%032d", number, place);
  row.sample.key = key;
  row.sample.arm = arm.arm.name;
  row.sample.suite = suite.label;
  row.sample.item = item.id;
  std::string text = "Answer " + std::to_string(place) + " of " + arm.arm.name + ". ";
  while (text.size() < large.answer_bytes) text += "Words " + std::to_string(text.size() * 7919 % 1000) + " & more. ";
  row.sample.messages = {item.messages[0], {"assistant", text}};
  row.sample.completion.text = text;
  row.sample.completion.finish_reason = "stop";
  row.generator = arm.generator;
  row.suite_digest = suite.digest;
  row.total_prompt_tokens = 30;
  row.total_completion_tokens = 40;
  BAKEOFF_CHECK(store.put_sample(row, Verdict::scored(score_of(number, place), {}, {{"found", "a <b>word</b>"}})));
  return store.link_sample(run, row.sample);
}

/// Four arms on one suite.
Status fill(store::Store& store, const Large& large) {
  BAKEOFF_CHECK(store.claim_experiment("large"));
  BAKEOFF_TRY(const auto run, store.begin_run({"large", {{"model", "scripted"}, {"seed", 5u}}, {{"program", "test"}}}));
  std::vector<Item> items;
  for (int i = 0; i < large.items; ++i)
    items.push_back({"item-" + std::to_string(i), "", {{"user", "Question " + std::to_string(i) + "?"}}, {}});
  const store::SuiteRow suite{"facts", "facts", "1", "here", "MIT", std::string(64, '5'), {{"recall", true, ""}}};
  BAKEOFF_CHECK(store.put_suite(run, 0, suite, items));
  for (int number = 0; number < 4; ++number) {
    const std::string name = (number == 0 ? "base" : number == 1 ? "prompted" : "baked") + std::to_string(number);
    const std::string kind = name.substr(0, name.size() - 1);
    GeneratorIdentity identity;
    identity.model_digest = std::string(64, '8');
    const store::ArmRow arm{{name, kind, number ? "shop" : "", number > 1 ? "shop" : "", 1.0},
                            std::string(63, 'a') + std::to_string(number),
                            to_json(identity)};
    BAKEOFF_CHECK(store.put_arm(run, number, arm));
    for (int i = 0; i < large.items; ++i)
      BAKEOFF_CHECK(put_answer(store, run, suite, arm, items[static_cast<std::size_t>(i)], i, large));
  }
  return store.end_run(run, "complete");
}

std::unique_ptr<store::Store> filled(const std::filesystem::path& folder, const Large& large) {
  auto store = store::Store::open(folder, store::Access::write);
  REQUIRE(store.ok());
  const Status done = (*store)->transaction([&] { return fill(**store, large); });
  INFO((done.ok() ? "" : done.error().line()));
  REQUIRE(done.ok());
  return std::move(*store);
}

}  // namespace

TEST_CASE("report: a run that does not fit keeps its flips, then failures, within the bytes allowed, and says so") {
  const testing::TemporaryFolder folder;
  const auto store = filled(folder / "run", {200, 3000});
  const auto all = collect(*store, {.run = {}, .most_bytes = 100u << 20, .drawn = 10, .model = {}});
  REQUIRE(all.ok());
  // 20 flips, 40 failures, 140 others of which 10 are drawn
  CHECK(all->suites[0].items.size() == 20 + 40 + 10);
  const auto some = collect(*store, {.run = {}, .most_bytes = 500'000, .drawn = 10, .model = {}});
  REQUIRE(some.ok());
  const auto& kinds = some->suites[0].kinds;
  CHECK(kinds.at(ItemKind::flip).shown == 20);
  CHECK(kinds.at(ItemKind::failure).shown == 40);
  CHECK(kinds.at(ItemKind::drawn).shown > 0);
  CHECK(kinds.at(ItemKind::drawn).shown < 10);
  // of what went wrong, as many in full as five eighths of the bytes hold at 13 kB each; the others in brief
  const auto& rows = some->suites[0].items;
  const auto brief = std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.is_brief; });
  CHECK(brief > 60 - 312'500 / 12'000 - 1);
  CHECK(brief < 60 - 312'500 / 18'000);
  CHECK(std::none_of(rows.begin(), rows.end(), [](const auto& row) {  // flips come first
    return row.is_brief && std::stoi(row.id.substr(5)) % 10 == 0;
  }));
  const std::string page = to_html(*some);
  CHECK(page.size() < 550'000);
  CHECK(page.size() > 300'000);
  CHECK(contains(page, "more items in brief"));
  CHECK(contains(page, "All 20 items on which arms differ, "));
  CHECK(contains(page, "bakeoff show --db"));
  for (std::size_t i = 1; i < some->suites[0].items.size(); ++i)  // in the suite's order
    CHECK(std::stoi(some->suites[0].items[i - 1].id.substr(5)) < std::stoi(some->suites[0].items[i].id.substr(5)));
}

TEST_CASE("report: 100,000 samples make a page under 10 MB", "[.][large]") {
  const testing::TemporaryFolder folder;
  const auto store = filled(folder / "run", {25000, 200});
  const auto begin = std::chrono::steady_clock::now();
  const auto model = collect(*store);
  REQUIRE(model.ok());
  REQUIRE(write_html(*model, folder / "report.html").ok());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const auto bytes = std::filesystem::file_size(folder / "report.html");
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("100,000 samples: %.2f s, page %.2f MB, %zu items embedded, peak %ld MiB with the filling\n",
              seconds.count(), static_cast<double>(bytes) / 1e6, model->suites[0].items.size(), usage.ru_maxrss / 1024);
  CHECK(bytes < 10'000'000);
  CHECK(model->suites[0].kinds.at(ItemKind::flip).shown == 2500);
  CHECK(model->suites[0].kinds.at(ItemKind::failure).shown > 2000);
  const char* keep = std::getenv("BAKEOFF_KEEP");
  if (keep) std::filesystem::copy(folder / "run", keep, std::filesystem::copy_options::recursive);
}

}  // namespace bakeoff::reports
