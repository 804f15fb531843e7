// See other_sizes.h.
#include "harness/run/other_sizes.h"

#include <set>

#include "harness/core/seed.h"

namespace bakeoff::run {

namespace {

constexpr std::int64_t kRuns = 50;  ///< the newest ones, whose suites are looked at

bool is_same(const Item& a, const Item& b) {
  return a.id == b.id && a.group == b.group && a.messages == b.messages && a.reference == b.reference;
}

/// The digests of suites of this name and version, other than its own.
Result<std::set<std::string>> stored_digests(store::Store& store, const suites::SuiteCard& card) {
  std::set<std::string> digests;
  BAKEOFF_TRY(const auto runs, store.newest_runs(kRuns));
  for (const store::RunRow& run : runs) {
    BAKEOFF_TRY(const auto suites, store.suites(run.id));
    for (const store::SuiteRow& row : suites)
      if (row.name == card.name && row.version == card.version && row.digest != card.digest) digests.insert(row.digest);
  }
  return digests;
}

/// The suite with so many items; null where it has no such key or can not be made so.
std::unique_ptr<suites::Suite> resized(const Experiment& experiment, const SuiteSpec& spec, const char* key,
                                       std::size_t items) {
  const Json given = spec.fields.value(key, Json(0));
  if (!given.is_number_integer()) return nullptr;  // a file of items
  suites::SuiteConfig config = suite_config(experiment, spec);
  config.fields[key] = items;
  auto suite = suites::create_suite(spec.name, config);
  return suite.ok() ? std::move(suite).value() : nullptr;
}

}  // namespace

suites::SuiteConfig suite_config(const Experiment& experiment, const SuiteSpec& spec) {
  return {spec.fields, experiment.file.parent_path(), derive_seed(experiment.seed, {"suite", spec.name}), spec.where};
}

Result<OtherSizes> other_sizes(store::Store& store, const Experiment& experiment, const SuiteSpec& spec,
                               const suites::Suite& suite) {
  std::map<std::string, const Item*> own;
  for (const Item& item : suite.items()) own[item.id] = &item;
  OtherSizes sizes;
  BAKEOFF_TRY(const auto digests, stored_digests(store, suite.card()));
  for (const std::string& digest : digests) {
    BAKEOFF_TRY(const auto items, store.items(digest));
    for (const char* key : {"items", "limit"}) {
      const auto other = resized(experiment, spec, key, items.size());
      if (!other || other->card().digest != digest) continue;
      for (const Item& item : other->items())
        if (const auto known = own.find(item.id); known != own.end() && is_same(*known->second, item))
          sizes[item.id].push_back(digest);
      break;
    }
  }
  return sizes;
}

Status copy_sample(store::Store& store, const std::string& from, const std::string& to, const std::string& digest) {
  BAKEOFF_TRY(store::SampleRow row, store.sample(from));
  if (!row.verdict) return internal_error("a sample without a verdict was taken for a played one", from);
  row.sample.key = to;
  row.suite_digest = digest;
  return store.put_sample(row, *row.verdict);
}

}  // namespace bakeoff::run
