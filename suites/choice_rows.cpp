// Rows of published questions become tasks; see choice_rows.h.
#include "suites/choice_rows.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "harness/core/row_file.h"
#include "harness/core/seed.h"

namespace bakeoff::suites {

namespace {

constexpr int kMostShots = 64;
constexpr std::size_t kMostChoices = 26;

/// A row of either schema.
struct Question {
  std::string id, stem, answer;
  std::vector<std::string> labels, choices;
};

/// Reads the authors' nested question.
Status read_nested(const Json& json, const std::string& where, Question& question) {
  ObjectReader fields(json, where);
  question.stem = fields.required<std::string>("stem");
  fields.optional("question_concept", "");
  const Json& choices = fields.raw("choices");
  BAKEOFF_CHECK(fields.finish());
  if (!choices.is_array()) return input_error("expected a list", where + ".choices");
  for (const Json& entry : choices) {
    ObjectReader choice(entry, where + ".choices");
    question.labels.push_back(choice.required<std::string>("label"));
    question.choices.push_back(choice.required<std::string>("text"));
    BAKEOFF_CHECK(choice.finish());
  }
  return {};
}

/// Reads an instruction that holds the question and its choices.
Result<Question> read_instruction(const Json& json, std::size_t number, const std::string& where) {
  static constexpr std::string_view kAsk = "Please choose the correct answer to the question: ",
                                    kChoices = "\n\nAnswer1: ", kEnd = "\n\nAnswer format: ";
  ObjectReader row(json, where);
  const auto text = row.required<std::string>("instruction");
  Question question;
  question.id = std::to_string(number);
  question.answer = row.required<std::string>("answer");
  for (const char* unused : {"input", "output"}) row.raw(unused);
  BAKEOFF_CHECK(row.finish());
  const auto choices = text.find(kChoices), end = text.rfind(kEnd);
  if (!text.starts_with(kAsk) || choices == text.npos || end == text.npos || choices + kChoices.size() > end)
    return input_error("expected a question, its answers by number and their format", where + ".instruction");
  question.stem = text.substr(kAsk.size(), choices - kAsk.size());
  std::string_view rest(text.data() + choices + kChoices.size(), text.data() + end);
  for (int next = 2;; ++next) {
    const std::string mark = " Answer" + std::to_string(next) + ": ";
    const auto at = rest.find(mark);
    question.labels.push_back("answer" + std::to_string(next - 1));
    question.choices.emplace_back(rest.substr(0, at));
    if (at == rest.npos) return question;
    rest.remove_prefix(at + mark.size());
  }
}

/// `number` counts rows from 0.
Result<Question> read_question(const Json& json, std::size_t number, const std::string& where) {
  if (json.contains("instruction")) return read_instruction(json, number, where);
  Question question;
  ObjectReader row(json, where);
  question.id = row.required<std::string>("id");
  question.answer = row.required<std::string>("answerKey");
  for (const char* unused : {"question_concept", "domain", "level"}) row.raw(unused);
  if (row.raw("question").is_object()) {
    BAKEOFF_CHECK(row.finish());
    BAKEOFF_CHECK(read_nested(json.at("question"), where + ".question", question));
    return question;
  }
  question.stem = row.required<std::string>("question");
  const Json& choices = row.raw("choices");
  BAKEOFF_CHECK(row.finish());
  ObjectReader lists(choices, where + ".choices");
  question.labels = lists.required<std::vector<std::string>>("label");
  question.choices = lists.required<std::vector<std::string>>("text");
  BAKEOFF_CHECK(lists.finish());
  return question;
}

Result<ChoiceTask> task_of(const Question& question, bool letters, const std::string& where) {
  const std::size_t count = question.choices.size();
  if (count != question.labels.size() || count < 2 || count > kMostChoices)
    return input_error("expected 2 to 26 choices with a label each", where + ".choices");
  if (std::ranges::count(question.labels, question.answer) != 1)
    return input_error("\"" + question.answer + "\" is not the label of one choice", where + ".answerKey");
  const auto right = std::ranges::find(question.labels, question.answer) - question.labels.begin();
  ChoiceTask task{.id = question.id,
                  .context = "Question: " + question.stem,
                  .choices = question.choices,
                  .right = static_cast<std::size_t>(right)};
  for (std::size_t i = 0; letters && i < count; ++i) {
    const std::string letter(1, static_cast<char>('A' + i));
    task.context += "\n" + letter + ". " + question.choices[i];
    task.choices[i] = letter;
  }
  task.context += "\nAnswer:";
  return task;
}

Result<std::vector<ChoiceTask>> read_tasks(const Path& file, bool letters) {
  std::vector<ChoiceTask> tasks;
  BAKEOFF_CHECK(for_each_row(file, [&](std::size_t line, const Json& row) -> Status {
    const std::string where = file.string() + ":" + std::to_string(line);
    BAKEOFF_TRY(const Question question, read_question(row, tasks.size(), where));
    BAKEOFF_TRY(tasks.emplace_back(), task_of(question, letters, where));
    return {};
  }));
  if (tasks.empty()) return input_error("no items", file.string(), "write one JSON object a line");
  return tasks;
}

/// The rows of a set that is part of the program.
Result<std::vector<ChoiceTask>> shipped_tasks(const ChoiceSet& set, bool letters) {
  std::vector<ChoiceTask> tasks;
  std::istringstream lines{std::string(shipped_set(set.name))};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string where = std::string(set.name) + ".jsonl:" + std::to_string(++number);
    BAKEOFF_TRY(const Json row, parse_json(line, where));
    BAKEOFF_TRY(const Question question, read_question(row, tasks.size(), where));
    BAKEOFF_TRY(tasks.emplace_back(), task_of(question, letters, where));
  }
  return tasks;
}

struct Settings {
  std::string items, shot_items, shot_order;
  int shots = 0;
  bool letters = false;
};

/// All that may be asked.
Result<std::vector<ChoiceTask>> read_items_of(const ChoiceSet& set, const SuiteConfig& config,
                                              const Settings& settings) {
  if (set.shipped && settings.items.empty()) {
    BAKEOFF_TRY(auto tasks, shipped_tasks(set, settings.letters));
    return selected(std::move(tasks), {}, std::string(set.name) + ".jsonl");
  }
  BAKEOFF_TRY(const Path file, item_path(config, settings.items, set.pulled));
  BAKEOFF_TRY(auto tasks, read_tasks(file, settings.letters));
  return selected(std::move(tasks), {}, file.string());
}

Result<std::vector<ChoiceTask>> read_examples(const ChoiceSet& set, const SuiteConfig& config,
                                              const Settings& settings) {
  if (!settings.shot_items.empty()) return read_tasks(config.folder / settings.shot_items, settings.letters);
  if (set.shipped) return shipped_tasks(set, settings.letters);
  return input_error("examples need a file", config.where + ".shot_items", "name one in the format of the items");
}

/// Examples that are none of the items, the same for all of them.
Result<std::vector<ChoiceTask>> draw_examples(const ChoiceSet& set, const SuiteConfig& config, const Settings& settings,
                                              const std::vector<ChoiceTask>& items) {
  if (settings.shots == 0) return std::vector<ChoiceTask>();
  BAKEOFF_TRY(std::vector<ChoiceTask> pool, read_examples(set, config, settings));
  if (settings.shot_order == "seed") {
    Random random(derive_seed(config.seed, {"shots", set.name}));
    shuffle(pool, random);
  }
  std::set<std::string> asked;
  for (const ChoiceTask& item : items) asked.insert(item.context);
  std::erase_if(pool, [&](const ChoiceTask& example) { return asked.contains(example.context); });
  const auto wanted = static_cast<std::size_t>(settings.shots);
  if (pool.size() < wanted)
    return input_error(std::to_string(pool.size()) + " examples are there", config.where + ".shots", "ask for fewer");
  pool.resize(wanted);
  return pool;
}

SuiteCard card_of(const ChoiceSet& set) {
  return {.name = set.name,
          .version = "1",
          .source = set.source,
          .licence = set.licence,
          .metrics = {{"acc_norm", Direction::higher_is_better, "the likeliest choice per character is right"},
                      {"acc", Direction::higher_is_better, "the likeliest choice is right"},
                      {"acc_bytes", Direction::higher_is_better, "the likeliest choice per UTF-8 byte is right"}},
          .digest = "",
          .cost = set.cost};
}

}  // namespace

Result<std::unique_ptr<Suite>> create_choice_rows(const ChoiceSet& set, const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  Settings settings;
  settings.items = fields.optional("items", "");
  settings.shot_items = fields.optional("shot_items", "");
  settings.shot_order = fields.one_of("shot_order", "seed", {"file", "seed"});
  settings.shots = fields.in_range("shots", settings.shot_items.empty() ? 0 : 5, 0, kMostShots);
  settings.letters = fields.one_of("form", set.form, {"text", "letters"}) == "letters";
  const Prompting prompting = read_prompting(fields, "completion");
  const Selection selection = read_selection(fields, config.where);
  BAKEOFF_CHECK(fields.finish());
  BAKEOFF_TRY(const auto tasks, read_items_of(set, config, settings));
  BAKEOFF_TRY(const auto asked, selected(tasks, selection, config.where));
  BAKEOFF_TRY(const auto examples, draw_examples(set, config, settings, asked));
  return make_choice_suite({.card = card_of(set), .prompting = prompting}, tasks, examples);
}

}  // namespace bakeoff::suites
