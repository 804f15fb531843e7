#include "suites/code_suite.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

#include "harness/core/row_file.h"
#include "suites/attempts_curve.h"
#include "suites/item_file.h"

namespace bakeoff::suites {

namespace {

constexpr const char* kUnsafe =
    "WARNING: unsafe_no_sandbox: model-written code runs with your rights on this machine, without a sandbox\n";

bool defines(std::string_view code, const std::string& name) {
  return code.find("def " + name) != code.npos || code.find("class " + name) != code.npos;
}

/// The fenced blocks of a Markdown text; the last may lack its end.
std::vector<std::string> fenced_blocks(std::string_view text) {
  std::vector<std::string> blocks;
  bool inside = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const auto first = line.find_first_not_of(" \t");
    if (first != line.npos && line.substr(first).starts_with("```")) {
      inside = !inside;
      if (inside) blocks.emplace_back();
    } else if (inside) {
      blocks.back().append(line).append("\n");
    }
    begin = end + 1;
  }
  return blocks;
}

/// From the first line that can begin a program: a definition, an import, an assignment to a name.
std::string_view from_first_definition(std::string_view text) {
  for (std::size_t begin = 0; begin < text.size(); begin = std::min(text.find('\n', begin), text.size() - 1) + 1) {
    const std::string_view rest = text.substr(begin);
    for (const char* start : {"def ", "import ", "from ", "class ", "@"})
      if (rest.starts_with(start)) return rest;
    const auto after = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    const auto sign = after == rest.npos ? after : rest.find_first_not_of(' ', after);
    if (after != 0 && sign != rest.npos && rest[sign] == '=' && !rest.substr(sign).starts_with("==")) return rest;
  }
  return text;
}

class CodeSuite : public Suite {
 public:
  CodeSuite(SuiteCard card, std::vector<CodeTask> tasks, const CodeOptions& options,
            std::shared_ptr<const judges::PythonTests> python)
      : card_(std::move(card)), options_(options), python_(std::move(python)) {
    for (CodeTask& task : tasks) {
      items_.push_back(item_of(task));
      tasks_.emplace(items_.back().id, std::move(task));
    }
  }

  void set_digest(Json configuration) {
    configuration["prompting"] = name_of(options_.prompting);
    configuration["tests"] = python_->identity();
    card_.digest = suite_digest(card_, configuration, items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = options_.max_new_tokens;
    if (options_.prompting == Prompting::completion) greedy.stop = options_.stop;
    return greedy;
  }
  std::unique_ptr<Episode> episode(const Item& item, const Decoding& decoding, std::uint64_t seed) const override;

  Verdict judge(const Item& item, const Sample& sample) const override {
    const auto task = tasks_.find(item.id);
    if (task == tasks_.end()) return Verdict::not_scored("the suite has no item \"" + item.id + "\"");
    judges::PythonTask tests = task->second.tests;
    tests.code = program_of(sample.completion.text, task->second, options_.prompting);
    Verdict verdict = python_->judge(tests);
    verdict.evidence["code"] = to_valid_utf8(tests.code);
    return verdict;
  }
  std::string example_answer(const Item& item) const override {
    const auto solution = item.reference.at("solution").get<std::string>();
    if (options_.prompting != Prompting::chat) return solution;
    return "```python\n" + item.reference.at("start").get<std::string>() + solution + "\n```";
  }
  /// With replicates: pass@k for each k up to the fewest attempts that an item has.
  Result<std::vector<Exhibit>> exhibits(const Results& results) const override;

 private:
  Item item_of(const CodeTask& task) const {
    Item item{task.id, task.group.empty() ? task.id : task.group, task.examples, {}};
    item.messages.push_back({"user", options_.prompting == Prompting::chat ? task.question : task.start});
    item.reference = {{"start", task.start},       {"names", task.tests.names}, {"setup", task.tests.setup},
                      {"check", task.tests.check}, {"tests", task.tests.tests}, {"solution", task.solution}};
    return item;
  }

  SuiteCard card_;
  CodeOptions options_;
  std::vector<Item> items_;
  std::map<std::string, CodeTask> tasks_;  // by item
  std::shared_ptr<const judges::PythonTests> python_;
};

/// A program text that goes on, as raw text.
class Continuation : public Episode {
 public:
  Continuation(std::string start, Decoding decoding, std::uint64_t seed)
      : request_{std::move(start), std::move(decoding), seed} {}

  std::optional<Request> next(const Reply* reply) override {
    if (!reply) return request_;
    if (const auto* completion = std::get_if<Completion>(reply)) answer_ = completion->text;
    return std::nullopt;
  }
  Conversation messages() const override {
    return {{"user", std::get<std::string>(request_.prompt)}, {"assistant", answer_}};
  }

 private:
  GenerateRequest request_;
  std::string answer_;
};

std::unique_ptr<Episode> CodeSuite::episode(const Item& item, const Decoding& decoding, std::uint64_t seed) const {
  if (options_.prompting == Prompting::chat) return Suite::episode(item, decoding, seed);
  return std::make_unique<Continuation>(item.messages.back().content, decoding, seed);
}

Result<std::vector<Exhibit>> CodeSuite::exhibits(const Results& results) const {
  Exhibit exhibit{.name = "pass_at_k",
                  .title = "An item solved in k attempts (pass@k, unbiased)",
                  .finding = "",
                  .x_title = "attempts",
                  .y_title = "items solved",
                  .unit = "share",
                  .curves = {},
                  .matrix = std::nullopt};
  for (const Arm& arm : results.arms()) {
    BAKEOFF_TRY(const auto played, results.played(arm.name, results.own_label()));
    BAKEOFF_TRY(Curve curve, attempts_curve(arm.name, played, stats::mean_pass_at_k));
    if (curve.points.size() > 1) exhibit.curves.push_back(std::move(curve));
  }
  if (exhibit.curves.empty()) return std::vector<Exhibit>();
  return std::vector{std::move(exhibit)};
}

}  // namespace

CodeOptions read_code_options(ObjectReader& fields) {
  CodeOptions options;
  options.prompting = read_prompting(fields, "chat");
  if (fields.optional("unsafe_no_sandbox", false)) options.protection = judges::Protection::none;
  return options;
}

Result<std::vector<CodeTask>> read_code_tasks(
    const Path& file, const std::function<Result<CodeTask>(const Json& row, const std::string& where)>& convert) {
  std::vector<CodeTask> tasks;
  std::set<std::string> seen;
  BAKEOFF_CHECK(for_each_row(file, [&](std::size_t line, const Json& row) -> Status {
    const std::string where = file.string() + ":" + std::to_string(line);
    BAKEOFF_TRY(tasks.emplace_back(), convert(row, where));
    if (!seen.insert(tasks.back().id).second) return input_error("a second item \"" + tasks.back().id + "\"", where);
    return {};
  }));
  if (tasks.empty()) return input_error("no items", file.string());
  return tasks;
}

std::string program_of(std::string_view answer, const CodeTask& task, Prompting prompting) {
  const std::vector<std::string> blocks = fenced_blocks(answer);
  const std::string name = task.tests.names.empty() ? "" : task.tests.names.back();
  for (const std::string& block : blocks)
    if (defines(block, name)) return task.start + "\n" + block;
  if (!blocks.empty()) return task.start + blocks.front();
  if (prompting == Prompting::completion || !defines(answer, name)) return task.start + std::string(answer);
  return task.start + "\n" + std::string(from_first_definition(answer));
}

Result<std::unique_ptr<Suite>> make_code_suite(SuiteCard card, std::vector<CodeTask> tasks, const CodeOptions& options,
                                               const Json& configuration) {
  if (options.protection == judges::Protection::none) std::fputs(kUnsafe, stderr);
  BAKEOFF_TRY(auto python, judges::PythonTests::open(options.protection));
  card.metrics = {{"passed", Direction::higher_is_better, "all tests of the item pass (pass@1)"},
                  {"tests", Direction::higher_is_better, "share of the item's tests that pass"}};
  auto suite = std::make_unique<CodeSuite>(std::move(card), std::move(tasks), options, std::move(python));
  suite->set_digest(configuration);
  return std::unique_ptr<Suite>(std::move(suite));
}

}  // namespace bakeoff::suites
