// Items, episodes and verdicts of the multiple-choice suites; see choice_suite.h.
#include "suites/choice_suite.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace bakeoff::suites {

namespace {

constexpr const char* kAnswerKey = "logprobs";

std::string stated(const std::vector<double>& logprobs) { return dump(Json{{kAnswerKey, logprobs}}); }

/// The log-probabilities that an answer states; nothing where they are not `count` finite numbers.
std::optional<std::vector<double>> logprobs_of(const std::string& answer, std::size_t count) {
  const auto json = parse_json(answer, "answer");
  if (!json.ok() || !json->is_object() || !json->contains(kAnswerKey)) return std::nullopt;
  const Json& list = json->at(kAnswerKey);
  if (!list.is_array() || list.size() != count) return std::nullopt;
  std::vector<double> logprobs;
  for (const Json& value : list) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) return std::nullopt;
    logprobs.push_back(value.get<double>());
  }
  return logprobs;
}

/// One request: every choice after the context.
class ChoiceEpisode : public Episode {
 public:
  ChoiceEpisode(const Item& item, Prompting prompting) : messages_(item.messages) {
    const bool chat = prompting == Prompting::chat;
    if (chat)
      request_.prompt = messages_;
    else
      request_.prompt = messages_.back().content;
    for (const Json& choice : item.reference.at("choices"))
      request_.choices.push_back((chat ? "" : " ") + choice.get<std::string>());
  }

  std::optional<Request> next(const Reply* reply) override {
    if (!reply) return request_;
    std::vector<double> logprobs;
    if (const auto* scores = std::get_if<ChoiceScores>(reply))
      for (const ChoiceScore& choice : scores->choices) logprobs.push_back(choice.logprob);
    messages_.push_back({"assistant", stated(logprobs)});
    return std::nullopt;
  }
  Conversation messages() const override { return messages_; }

 private:
  Conversation messages_;
  ChoiceRequest request_;
};

class ChoiceSuite : public Suite {
 public:
  ChoiceSuite(ChoiceRules rules, std::vector<Item> items) : rules_(std::move(rules)), items_(std::move(items)) {
    rules_.configuration["prompting"] = name_of(rules_.prompting);
    rules_.card.digest = suite_digest(rules_.card, rules_.configuration, items_);
  }

  const SuiteCard& card() const override { return rules_.card; }
  const std::vector<Item>& items() const override { return items_; }
  /// Nothing is drawn.
  Decoding decoding() const override { return {}; }
  std::unique_ptr<Episode> episode(const Item& item, const Decoding&, std::uint64_t) const override {
    return std::make_unique<ChoiceEpisode>(item, rules_.prompting);
  }
  Verdict judge(const Item& item, const Sample& sample) const override {
    const std::size_t count = item.reference.at("choices").size();
    const auto logprobs = logprobs_of(sample.completion.text, count);
    if (logprobs) return rules_.judge(item.reference, *logprobs);
    return Verdict::not_scored("expected {\"logprobs\": [...]} with " + std::to_string(count) + " finite numbers");
  }
  /// The right choice is the most likely one.
  std::string example_answer(const Item& item) const override {
    std::vector<double> logprobs(item.reference.at("choices").size(), -100);
    logprobs.at(item.reference.at("right").get<std::size_t>()) = -1;
    return stated(logprobs);
  }

 private:
  ChoiceRules rules_;
  std::vector<Item> items_;
};

Item item_of(const ChoiceTask& task, const std::vector<ChoiceTask>& examples, Prompting prompting) {
  Item item{task.id, task.id, {}, task.more};
  item.reference["choices"] = task.choices;
  item.reference["right"] = task.right;
  std::string text;
  for (const ChoiceTask& example : examples) {
    const std::string& answer = example.choices.at(example.right);
    text += example.context + " " + answer + "\n\n";
    item.messages.push_back({"user", example.context});
    item.messages.push_back({"assistant", answer});
  }
  if (prompting == Prompting::completion)
    item.messages = {{"user", text + task.context}};
  else
    item.messages.push_back({"user", task.context});
  return item;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

}  // namespace

std::size_t first_largest(std::span<const double> values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

Verdict judge_by_length(const Json& reference, std::span<const double> logprobs) {
  std::vector<double> per_character, per_byte;
  for (std::size_t i = 0; i < logprobs.size(); ++i) {
    const auto choice = reference.at("choices").at(i).get<std::string>();
    per_character.push_back(logprobs[i] / static_cast<double>(characters(choice)));
    per_byte.push_back(logprobs[i] / static_cast<double>(choice.size()));
  }
  std::map<std::string, double> metrics;
  Json chosen = Json::object();
  const auto add = [&](const char* name, std::span<const double> values) {
    const std::size_t best = first_largest(values);
    chosen[name] = best;
    metrics[name] = best == reference.at("right").get<std::size_t>() ? 1 : 0;
  };
  add("acc", logprobs);
  add("acc_norm", per_character);
  add("acc_bytes", per_byte);
  Json evidence{{"right", reference.at("right")},
                {"choices", reference.at("choices")},
                {"logprobs", std::vector<double>(logprobs.begin(), logprobs.end())},
                {"chosen", std::move(chosen)}};
  const double primary = metrics.at("acc_norm");
  return Verdict::scored(primary, std::move(metrics), std::move(evidence));
}

Result<std::vector<ChoiceTask>> selected(std::vector<ChoiceTask> tasks, const Selection& selection,
                                         const std::string& where) {
  std::vector<Item> names;
  std::map<std::string, ChoiceTask> by_id;
  for (ChoiceTask& task : tasks) {
    const std::string id = task.id;
    if (std::ranges::any_of(task.choices, &std::string::empty))
      return input_error("item \"" + id + "\" has an empty choice", where);
    if (!by_id.emplace(id, std::move(task)).second) return input_error("a second item \"" + id + "\"", where);
    names.push_back({id, id, {}, {}});
  }
  BAKEOFF_TRY(names, selection.of(std::move(names)));
  std::vector<ChoiceTask> chosen;
  chosen.reserve(names.size());
  for (const Item& name : names) chosen.push_back(std::move(by_id.at(name.id)));
  return chosen;
}

std::unique_ptr<Suite> make_choice_suite(ChoiceRules rules, const std::vector<ChoiceTask>& tasks,
                                         const std::vector<ChoiceTask>& examples) {
  std::vector<Item> items;
  items.reserve(tasks.size());
  for (const ChoiceTask& task : tasks) items.push_back(item_of(task, examples, rules.prompting));
  return std::make_unique<ChoiceSuite>(std::move(rules), std::move(items));
}

}  // namespace bakeoff::suites
