#include "suites/shared_keys.h"

#include <limits>
#include <map>

#include "harness/core/nearest.h"
#include "harness/core/reasoning.h"
#include "harness/core/sha256.h"
#include "suites/selection.h"

namespace bakeoff::suites {

namespace {

/// A suite that leaves everything to another one.
class Wrapped : public Suite {
 public:
  explicit Wrapped(std::unique_ptr<Suite> suite) : suite_(std::move(suite)) {}
  const SuiteCard& card() const override { return suite_->card(); }
  const std::vector<Item>& items() const override { return suite_->items(); }
  Decoding decoding() const override { return suite_->decoding(); }
  std::unique_ptr<Episode> episode(const Item& item, const Decoding& decoding, std::uint64_t seed) const override {
    return suite_->episode(item, decoding, seed);
  }
  Verdict judge(const Item& item, const Sample& sample) const override { return suite_->judge(item, sample); }
  std::string example_answer(const Item& item) const override { return suite_->example_answer(item); }
  std::vector<Arm> added_arms(const std::vector<Arm>& arms) const override { return suite_->added_arms(arms); }
  Result<Growth> grow(const Results& results) const override { return suite_->grow(results); }
  Result<std::vector<Contrast>> contrasts(const Results& results) const override { return suite_->contrasts(results); }
  Result<std::vector<Exhibit>> exhibits(const Results& results) const override { return suite_->exhibits(results); }
  Result<std::vector<Vote>> votes(const Results& results) const override { return suite_->votes(results); }

 private:
  std::unique_ptr<Suite> suite_;
};

/// Judges answer_text() of each answer; samples keep the whole text. Its digest differs, since its verdicts may.
class WithoutReasoning : public Wrapped {
 public:
  explicit WithoutReasoning(std::unique_ptr<Suite> suite) : Wrapped(std::move(suite)), card_(Wrapped::card()) {
    card_.digest = sha256_hex("without reasoning\n" + card_.digest);
  }
  const SuiteCard& card() const override { return card_; }
  Verdict judge(const Item& item, const Sample& sample) const override {
    Sample shown = sample;
    shown.completion.text = answer_text(sample.completion);
    return Wrapped::judge(item, shown);
  }

 private:
  SuiteCard card_;
};

class Selected : public Wrapped {
 public:
  Selected(std::unique_ptr<Suite> suite, std::vector<Item> items)
      : Wrapped(std::move(suite)), items_(std::move(items)) {}
  const std::vector<Item>& items() const override { return items_; }

 private:
  std::vector<Item> items_;
};

const std::vector<std::string> kSharedKeys{"limit", "ids", "strip_reasoning"};

/// A key that the suite does not know may be a misspelt one of these.
Error naming_shared_keys(Error error, const SuiteConfig& config) {
  const std::string key = error.where.substr(error.where.rfind('.') + 1);
  if (error.what != "unknown key" || !config.fields.contains(key) || error.hint.starts_with("did you mean"))
    return error;
  const std::string meant = nearest(key, kSharedKeys);
  error.hint =
      meant.empty() ? error.hint + "; every suite has limit, ids, strip_reasoning" : "did you mean \"" + meant + "\"?";
  return error;
}

struct SharedKeys {
  Selection selection;
  bool strips_reasoning = true;
};

/// Reads the shared keys and takes them out of the fields.
Result<SharedKeys> take_shared_keys(SuiteConfig& config, bool keep_selection) {
  SharedKeys keys;
  if (!config.fields.is_object()) return keys;
  Json shared = Json::object();
  for (const std::string& key : kSharedKeys) {
    if (!config.fields.contains(key)) continue;
    shared[key] = config.fields[key];
    if (!keep_selection || key == "strip_reasoning") config.fields.erase(key);
  }
  ObjectReader fields(shared, config.where);
  keys.selection = read_selection(fields, config.where);
  keys.strips_reasoning = fields.optional("strip_reasoning", true);
  BAKEOFF_CHECK(fields.finish());
  return keys;
}

}  // namespace

Selection read_selection(ObjectReader& fields, const std::string& where) {
  Selection selection{.limit = std::nullopt, .ids = {}, .where = where};
  if (fields.has("limit")) selection.limit = fields.in_range("limit", 1, 1, std::numeric_limits<int>::max());
  selection.ids = fields.optional("ids", std::vector<std::string>());
  return selection;
}

Result<std::vector<Item>> Selection::of(std::vector<Item> items) const {
  if (!ids.empty()) {
    std::map<std::string, Item*> by_id;
    for (Item& item : items) by_id.emplace(item.id, &item);
    std::vector<Item> named;
    for (const std::string& id : ids) {
      const auto found = by_id.find(id);
      if (found == by_id.end())
        return input_error("no item has the id \"" + id + "\", or it is named twice", where + ".ids",
                           "bakeoff suites items NAME lists them");
      named.push_back(std::move(*found->second));
      by_id.erase(found);
    }
    items = std::move(named);
  }
  if (limit && items.size() > static_cast<std::size_t>(*limit)) items.resize(static_cast<std::size_t>(*limit));
  return items;
}

Result<std::unique_ptr<Suite>> create_with_shared_keys(const SuiteEntry& entry, const SuiteConfig& config) {
  SuiteConfig own = config;
  BAKEOFF_TRY(const SharedKeys keys, take_shared_keys(own, entry.reads_selection));
  auto created = entry.create(own);
  if (!created.ok()) return naming_shared_keys(created.error(), own);
  auto suite = std::move(*created);
  if (keys.selection.limit || !keys.selection.ids.empty()) {
    BAKEOFF_TRY(auto items, keys.selection.of(suite->items()));
    suite = std::make_unique<Selected>(std::move(suite), std::move(items));
  }
  if (keys.strips_reasoning) suite = std::make_unique<WithoutReasoning>(std::move(suite));
  return suite;
}

}  // namespace bakeoff::suites
