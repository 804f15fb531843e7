// `bakeoff suites`: which suites there are; one of them with its card, an item and how an answer to it is judged; all
// its items.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "tools/commands.h"
#include "tools/suite_options.h"

namespace bakeoff::tools {

namespace {

struct SuitesOptions {
  std::string action, answer;
  SuiteOptions suite;
};

void print(const OrderedJson& record) { std::puts(dump(record).c_str()); }

OrderedJson record_of(const suites::SuiteCard& card, std::size_t items) {
  OrderedJson metrics = OrderedJson::array();
  for (const suites::Metric& metric : card.metrics)
    metrics.push_back({{"name", metric.name},
                       {"better", metric.direction == suites::Direction::higher_is_better ? "higher" : "lower"},
                       {"meaning", metric.meaning}});
  return {{"name", card.name}, {"version", card.version},    {"source", card.source}, {"licence", card.licence},
          {"items", items},    {"cost_per_item", card.cost}, {"metrics", metrics},    {"digest", card.digest}};
}

Result<int> list() {
  for (const suites::SuiteEntry& entry : suites::all_suites())
    print({{"name", entry.name}, {"summary", entry.summary}});
  return 0;
}

/// Null where nothing is drawn: choices are scored, a text is read.
OrderedJson decoding_of(const suites::Suite& suite) {
  const Decoding decoding = suite.decoding();
  if (!suite.items().empty()) {
    const auto request = suite.episode(suite.items().front(), decoding, 0)->next(nullptr);
    if (request && !std::holds_alternative<GenerateRequest>(*request)) return nullptr;
  }
  return OrderedJson(to_json(decoding));
}

OrderedJson example_of(const suites::Suite& suite, const std::string& answer) {
  const Item& item = suite.items().front();
  Sample sample;
  sample.suite = suite.card().name;
  sample.item = item.id;
  sample.completion.text = to_valid_utf8(answer.empty() ? suite.example_answer(item) : answer);
  return {{"id", item.id},
          {"messages", OrderedJson(to_json(item.messages))},
          {"reference", OrderedJson(item.reference)},
          {"answer", sample.completion.text},
          {"verdict", OrderedJson(to_json(suite.judge(item, sample)))}};
}

/// A suite that only adds others has no item to show.
Result<int> inspect(const SuitesOptions& options) {
  BAKEOFF_TRY(const auto suite, open_suite(options.suite));
  OrderedJson record = {{"card", record_of(suite->card(), suite->items().size())}, {"decoding", decoding_of(*suite)}};
  if (!suite->items().empty()) record["example"] = example_of(*suite, options.answer);
  print(record);
  return 0;
}

/// The items as rows that `generate`, a bake's questions and other programs read.
Result<int> items(const SuitesOptions& options) {
  BAKEOFF_TRY(const auto suite, open_suite(options.suite));
  for (const Item& item : suite->items()) print({{"id", item.id}, {"messages", OrderedJson(to_json(item.messages))}});
  return 0;
}

Result<int> run_suites(const SuitesOptions& options) {
  if (options.action == "list") return list();
  if (options.suite.name.empty())
    return usage_error("names no suite", "suites " + options.action, "bakeoff suites list names them");
  return options.action == "items" ? items(options) : inspect(options);
}

}  // namespace

Action declare_suites(CLI::App& app) {
  auto options = std::make_shared<SuitesOptions>();
  app.add_option("action", options->action, "list, inspect or items (one line each)")
      ->required()
      ->check(CLI::IsMember({"list", "inspect", "items"}));
  app.add_option("suite", options->suite.name, "Name of the suite, for inspect and items");
  add_suite_options(app, options->suite);
  app.add_option("--answer", options->answer, "inspect: judge this answer to the first item");
  return [options] { return run_suites(*options); };
}

}  // namespace bakeoff::tools
