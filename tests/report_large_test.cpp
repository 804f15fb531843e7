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
  std::vector<int> items;  ///< of each suite
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
  std::snprintf(key, sizeof key, "%016d%016d%032d", suite.digest.back() - '0', number, place);
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

Status fill_suite(store::Store& store, store::RunId run, int place, const std::vector<store::ArmRow>& arms,
                  const Large& large) {
  const auto count = large.items[static_cast<std::size_t>(place)];
  std::vector<Item> items;
  for (int i = 0; i < count; ++i)
    items.push_back({"item-" + std::to_string(i), "", {{"user", "Question " + std::to_string(i) + "?"}}, {}});
  const std::string name = place == 0 ? "facts" : "facts" + std::to_string(place);
  const store::SuiteRow suite{
      name, "facts", "1", "here", "MIT", std::string(63, '5') + std::to_string(place), {{"recall", true, ""}}};
  BAKEOFF_CHECK(store.put_suite(run, place, suite, items));
  for (const auto& arm : arms)
    for (int i = 0; i < count; ++i)
      BAKEOFF_CHECK(put_answer(store, run, suite, arm, items[static_cast<std::size_t>(i)], i, large));
  return {};
}

/// Four arms on the suites.
Status fill(store::Store& store, const Large& large) {
  BAKEOFF_CHECK(store.claim_experiment("large"));
  BAKEOFF_TRY(const auto run, store.begin_run({"large", {{"model", "scripted"}, {"seed", 5u}}, {{"program", "test"}}}));
  std::vector<store::ArmRow> arms;
  for (int number = 0; number < 4; ++number) {
    const std::string name = (number == 0 ? "base" : number == 1 ? "prompted" : "baked") + std::to_string(number);
    const std::string kind = name.substr(0, name.size() - 1);
    GeneratorIdentity identity;
    identity.model_digest = std::string(64, '8');
    arms.push_back({{name, kind, number ? "shop" : "", number > 1 ? "shop" : "", 1.0},
                    std::string(63, 'a') + std::to_string(number),
                    to_json(identity)});
    BAKEOFF_CHECK(store.put_arm(run, number, arms.back()));
  }
  for (int place = 0; place < static_cast<int>(large.items.size()); ++place)
    BAKEOFF_CHECK(fill_suite(store, run, place, arms, large));
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

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

/// Items that the page has in full, and in brief.
std::pair<std::size_t, std::size_t> on_page(const ReportModel& model) {
  const std::string page = to_html(model);
  return {occurrences(page, "<details class=\"item"), occurrences(page, "<li class=\"item")};
}

}  // namespace

TEST_CASE("report: a run that does not fit keeps its flips, then failures, within the bytes allowed, and says so") {
  const testing::TemporaryFolder folder;
  const auto store = filled(folder / "run", {{200}, 3000});
  const auto all = collect(*store, {.run = {}, .most_bytes = 100u << 20, .drawn = 10, .model = {}});
  REQUIRE(all.ok());
  // 20 flips, 40 failures, 140 others of which 10 are drawn
  CHECK(all->suites[0].items.size() == 20 + 40 + 10);
  CHECK(on_page(*all) == std::pair<std::size_t, std::size_t>(70, 0));
  const auto some = collect(*store, {.run = {}, .most_bytes = 500'000, .drawn = 10, .model = {}});
  REQUIRE(some.ok());
  const auto& kinds = some->suites[0].kinds;
  CHECK(kinds.at(ItemKind::flip).shown == 20);
  CHECK(kinds.at(ItemKind::failure).shown == 40);
  CHECK(kinds.at(ItemKind::drawn).shown > 0);
  CHECK(kinds.at(ItemKind::drawn).shown < 10);
  const std::string page = to_html(*some);
  CHECK(page.size() <= 500'000);
  CHECK(page.size() > 400'000);
  const auto [blocks, lines] = on_page(*some);
  CHECK(blocks + lines == static_cast<std::size_t>(60 + kinds.at(ItemKind::drawn).shown));
  CHECK(blocks > 10);  // at 14 kB each
  CHECK(lines > 30);
  // flips come first: no failure is there in full while a flip is not; what is in brief quotes its answers
  bool has_brief_flip = false, has_full_failure = false;
  for (const auto& row : some->suites[0].items) {
    const int place = std::stoi(row.id.substr(5));
    has_brief_flip = has_brief_flip || (row.is_brief && place % 10 == 0);
    has_full_failure = has_full_failure || (!row.is_brief && place % 10 > 0 && place % 10 <= 2);
    if (!row.is_brief) continue;
    CHECK(row.answers[3].text.rfind("Answer " + row.id.substr(5) + " of baked3. Words", 0) == 0);
    CHECK(row.answers[3].text.size() <= 400);
  }
  CHECK_FALSE((has_brief_flip && has_full_failure));
  CHECK(contains(page, "more items in brief"));
  CHECK(contains(page, "All 20 items on which arms differ, all 40 failures"));
  CHECK_FALSE(contains(page, "do not fit on this page"));
  CHECK(contains(page, "bakeoff show --db"));
  for (std::size_t i = 1; i < some->suites[0].items.size(); ++i)  // in the suite's order
    CHECK(std::stoi(some->suites[0].items[i - 1].id.substr(5)) < std::stoi(some->suites[0].items[i].id.substr(5)));
}

TEST_CASE("report: failures that do not fit even in brief are counted, with the command that lists them") {
  const testing::TemporaryFolder folder;
  const auto store = filled(folder / "run", {{200}, 3000});
  const auto empty = collect(*store, {.run = {}, .most_bytes = 0, .drawn = 10, .model = {}});
  REQUIRE(empty.ok());
  CHECK(empty->suites[0].items.empty());
  CHECK(empty->suites[0].total_items == 200);
  const std::size_t most = to_html(*empty).size() + 20'000;  // a line takes about 400 bytes
  const auto model = collect(*store, {.run = {}, .most_bytes = most, .drawn = 10, .model = {}});
  REQUIRE(model.ok());
  const auto& kinds = model->suites[0].kinds;
  CHECK(kinds.at(ItemKind::flip).shown == 20);
  const auto failures = kinds.at(ItemKind::failure).shown;
  CHECK(failures > 5);
  CHECK(failures < 40);
  const std::string page = to_html(*model);
  CHECK(page.size() <= most);
  CHECK(
      contains(page, std::to_string(40 - failures) + " items on which something went wrong do not fit on this page."));
  CHECK(contains(page, "--suite facts --arm baked3 --below 1</code>"));
}

TEST_CASE("report: a small suite leaves its part of the page to a large one, wherever it stands") {
  const testing::TemporaryFolder folder;
  for (const bool large_first : {true, false}) {
    const auto store =
        filled(folder / (large_first ? "a" : "b"), {large_first ? std::vector{100, 5} : std::vector{5, 100}, 3000});
    const auto model = collect(*store, {.run = {}, .most_bytes = 700'000, .drawn = 0, .model = {}});
    REQUIRE(model.ok());
    REQUIRE(model->suites.size() == 2);
    const SuiteReport& large = model->suites[large_first ? 0 : 1];
    REQUIRE(large.total_items == 100);
    // 30 items at 14 kB are 420 kB: more than half of the page, and all are there in full
    CHECK(large.items.size() == 30);
    CHECK(std::none_of(large.items.begin(), large.items.end(), [](const auto& row) { return row.is_brief; }));
  }
}

TEST_CASE("report: 100,000 samples make a page under 10 MB", "[.][large]") {
  const testing::TemporaryFolder folder;
  const auto store = filled(folder / "run", {{25000}, 200});
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
  CHECK(bytes > 9'000'000);
  CHECK(model->suites[0].kinds.at(ItemKind::failure).shown == 5000);
  const auto [blocks, lines] = on_page(*model);
  CHECK(blocks + lines == model->suites[0].items.size());
  std::printf("%zu in full, %zu in brief\n", blocks, lines);
  const char* keep = std::getenv("BAKEOFF_KEEP");
  if (keep) std::filesystem::copy(folder / "run", keep, std::filesystem::copy_options::recursive);
}

}  // namespace bakeoff::reports
