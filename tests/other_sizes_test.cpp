// More items of a suite: what was played of the smaller one is not played again, and nothing else is taken for it.
#include "harness/run/other_sizes.h"

#include <set>

#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

std::unique_ptr<suites::Suite> suite_of(const std::string& name, const Json& fields) {
  auto suite = suites::create_suite(name, {fields, "", 7, "test"});
  INFO((suite.ok() ? "" : suite.error().line()));
  REQUIRE(suite.ok());
  return std::move(suite).value();
}

}  // namespace

TEST_CASE("a larger number of generated items begins with the smaller one's") {
  for (const char* name : {"arithmetic", "word_problems", "in_context", "code_basics", "support_desk"}) {
    INFO(name);
    const auto sized = [name](int items) {
      Json fields = {{"items", items}};
      if (name == std::string("code_basics")) fields["unsafe_no_sandbox"] = true;  // nothing runs
      return suite_of(name, fields);
    };
    const auto small = sized(20), large = sized(40);
    REQUIRE(small->items().size() < large->items().size());
    std::set<std::string> texts;
    for (const Item& item : large->items()) texts.insert(item.id + dump(to_json(item.messages)) + dump(item.reference));
    for (const Item& item : small->items())
      CHECK(texts.contains(item.id + dump(to_json(item.messages)) + dump(item.reference)));
  }
}

TEST_CASE("a second run with more items plays only the new ones, and one with fewer plays none") {
  Workshop made;
  const auto sized = [](int items) {
    return std::vector<std::string>{"suites=[{name: arithmetic, items: " + std::to_string(items) + "}]"};
  };
  const auto first = made.run(sized(10));
  INFO((first.ok() ? "" : first.error().line()));
  REQUIRE(first.ok());
  CHECK(first->samples_made == 4 * 10);
  const auto planned = run::plan_experiment(
      [&] {
        run::RunOptions options = made.options();
        options.overrides = sized(25);
        return options;
      }(),
      made.baker.factory());
  REQUIRE(planned.ok());
  std::int64_t cached = 0;
  for (const Json& job : planned->json["jobs"])
    if (job["kind"] == "play") cached += job["cached"].get<std::int64_t>();
  CHECK(cached == 4 * 10);
  const auto more = made.run(sized(25));
  REQUIRE(more.ok());
  CHECK(more->samples_made == 4 * 15);
  CHECK(more->samples_reused == 4 * 10);
  // A run that was never cut has the same rows.
  Workshop whole;
  REQUIRE(whole.run(sized(25)).ok());
  const std::string rows =
      "SELECT rs.arm, rs.item, s.key, s.text, s.seed, v.score, v.metrics, v.evidence FROM "
      "run_samples rs JOIN samples s ON s.key = rs.sample JOIN run_suites u ON u.run = rs.run "
      "JOIN verdicts v ON v.sample = s.key AND v.suite = u.suite WHERE rs.run = ";
  CHECK(rows_of(made.folder / "out", rows + std::to_string(more->run), 8) ==
        rows_of(whole.folder / "out", rows + "1", 8));
  CHECK(made.run(sized(25))->samples_made == 0);
  CHECK(made.run(sized(5))->samples_made == 0);
}

TEST_CASE("answers are not reused for another configuration") {
  Workshop made;
  REQUIRE(made.run({"suites=[{name: arithmetic, items: 10}]"}).ok());
  CHECK(made.run({"suites=[{name: arithmetic, items: 12, shots: 1}]"})->samples_made == 4 * 12);
  CHECK(made.run({"suites=[{name: arithmetic, items: 12, level: 1}]"})->samples_made == 4 * 12);
  CHECK(made.run({"seed=5", "suites=[{name: arithmetic, items: 12}]"})->samples_made == 4 * 12);
}
