// A small store for the tests of the store.
#pragma once

#include "harness/store/store.h"
#include "tests/workshop.h"

namespace bakeoff::testing {

using store::Access;
using store::Store;

inline store::SampleRow sample_row(const std::string& key, const std::string& text) {
  store::SampleRow row;
  row.sample.key = key;
  row.sample.arm = "base";
  row.sample.suite = "style";
  row.sample.item = "one";
  row.sample.seed = 0xffffffffffffffffULL;
  row.sample.decoding.temperature = 0.5;
  row.sample.messages = {{"user", "Hi"}, {"assistant", text}};
  row.sample.completion = {{7, 8, 9}, text, "stop", "<user>Hi", 2, 3, 0.5};
  row.generator = "g1";
  row.identity = {{"model_digest", "m"}};
  row.suite_digest = "s1";
  row.total_prompt_tokens = 2;
  row.total_completion_tokens = 3;
  return row;
}

inline store::SuiteRow suite_row() {
  return {"style", "style", "1", "us", "CC0", "s1", {{"manner", true, "as asked"}}};
}

/// A store with one run, one arm, one suite with two items; in a folder of its own, or in the one given.
struct Fixture {
  explicit Fixture(const std::optional<Path>& given = {}) {
    auto opened = Store::open(given.value_or(folder.path()), Access::write);
    REQUIRE(opened.ok());
    store = std::move(*opened);
    REQUIRE(store
                ->transaction([&]() -> Status {
                  BAKEOFF_CHECK(store->claim_experiment("pirate"));
                  BAKEOFF_TRY(run, store->begin_run({"pirate", {{"name", "pirate"}}, {{"limit", nullptr}}}));
                  BAKEOFF_CHECK(store->put_arm(run, 0, {{"base", "base", "", "", 1.0}, "g1", {{"model_digest", "m"}}}));
                  return store->put_suite(run, 0, suite_row(),
                                          {{"two", "g", {{"user", "Ho"}}, 2}, {"one", "g", {{"user", "Hi"}}, 1}});
                })
                .ok());
  }
  Status put(const store::SampleRow& row, const Verdict& verdict) {
    return store->transaction([&]() -> Status {
      BAKEOFF_CHECK(store->put_sample(row, verdict));
      return store->link_sample(run, row.sample);
    });
  }
  TemporaryFolder folder;
  std::unique_ptr<Store> store;
  store::RunId run = 0;
};

}  // namespace bakeoff::testing
