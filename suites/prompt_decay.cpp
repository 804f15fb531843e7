// Suite `prompt_decay`: does what a prompt asks for fade while a conversation goes on, and does it after a bake?
//
// Protocol: persona drift (Li et al. 2024, arXiv:2402.10962): eight rounds with a user; after each turn of the arm a
// probe asks for the manner, is scored in [0, 1], and is never left in the history. Our users are scripted
// (self_chat.h), and answers are drawn at temperature 1 and top_p 0.9 as in the paper, but of at most 48 tokens.
//
// Configuration, in the experiment file:
//   {name: prompt_decay, probe: "What do you do in London as a tourist?", pattern: "(?i)\\barr"}
//   {name: prompt_decay, persona: pirate}           probe and scorer of one of our personas (personas.h)
//   {name: prompt_decay, personas: 3}               bakes the first three of them and plays each (persona_panel.cpp)
//   {name: prompt_decay, personas: 3, published: hundred_system_prompts.jsonl}   the same with the published ones
// Further keys: `manner` ({judge: ...} instead of pattern), `users` (conversations, default 8), `rounds` (default 8),
// `divergence_turns` (at which KL(arm || base) is measured; default every turn of the arm).
//
// Not covered: the paper's fluency gate, which counts words of an English vocabulary; a babbled answer that has the
// manner scores.
//
// Worked example: probes answered "Arrr, the Tower!", "The Tower.", ... at turns 2, 4, ...: stability 1, 0, ...; the
// verdict's score is the mean over turns.
#include "suites/prompt_decay.h"

#include <algorithm>

#include "suites/item_file.h"
#include "suites/judge_spec.h"
#include "suites/personas.h"
#include "suites/self_chat.h"

namespace bakeoff::suites {

namespace {

constexpr const char* kVersion = "1";

std::string conversation_name(const Results::Played& played) {
  return played.item->id + "/" + std::to_string(played.sample.replicate);
}

class PromptDecay : public Suite {
 public:
  explicit PromptDecay(DecaySettings settings) : settings_(std::move(settings)) {
    card_ = {
        .name = "prompt_decay",
        .version = kVersion,
        .source = "persona drift, arXiv:2402.10962; users, topics and personas of Bakeoff",
        .licence = "Apache-2.0",
        .metrics = {{"stability", Direction::higher_is_better, "mean over turns of how well the probe is answered"},
                    {"first", Direction::higher_is_better, "the same at the first turn"},
                    {"last", Direction::higher_is_better, "the same at the last turn"}},
        .digest = "",
        .cost = "16 answers of up to 48 tokens behind a growing history; judged by a program"};
    for (int i = 0; i < settings_.users; ++i) {
      const auto script = user_script(i, settings_.rounds, settings_.seed);
      const std::string id = "user-" + std::to_string(i + 1);
      items_.push_back({id, id, {{"user", script.front()}}, {{"script", script}}});
    }
    card_.digest = suite_digest(card_, {{"probe", settings_.probe}, {"manner", settings_.manner}}, items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding drawn;
    drawn.temperature = 1.0;
    drawn.top_p = 0.9;
    drawn.max_new_tokens = 48;
    return drawn;
  }
  std::unique_ptr<Episode> episode(const Item& item, const Decoding& decoding, std::uint64_t seed) const override {
    return probed_chat(item.reference.at("script").get<std::vector<std::string>>(), settings_.probe, decoding, seed);
  }

  Verdict judge(const Item& item, const Sample& sample) const override {
    const auto turns = probed_turns(sample.messages);
    if (turns.empty()) return one_answer(sample.completion.text);
    if (turns.size() != item.reference.at("script").size())
      return Verdict::not_scored("the conversation was not played to its end");
    Json evidence{{"turns", Json::array()}};
    double sum = 0, first = 0, last = 0;
    for (const ProbedTurn& turn : turns) {
      const Verdict one = apply_judge(settings_.manner, turn.answer);
      if (!one.score) return Verdict::not_scored("turn " + std::to_string(turn.turn) + ": " + one.unscored);
      evidence["turns"].push_back({{"turn", turn.turn}, {"score", *one.score}});
      sum += *one.score;
      if (&turn == &turns.front()) first = *one.score;
      last = *one.score;
    }
    const double mean = sum / static_cast<double>(turns.size());
    return Verdict::scored(mean, {{"stability", mean}, {"first", first}, {"last", last}}, evidence);
  }
  /// Without a conversation an answer is that to one probe.
  Verdict one_answer(const std::string& answer) const {
    const Verdict one = apply_judge(settings_.manner, answer);
    if (!one.score) return one;
    const Json turns = {{{"turn", 2}, {"score", *one.score}}};
    return Verdict::scored(*one.score, {{"stability", *one.score}, {"first", *one.score}, {"last", *one.score}},
                           {{"turns", turns}});
  }

  std::string example_answer(const Item&) const override { return settings_.example; }

  Result<std::vector<Contrast>> contrasts(const Results& results) const override {
    std::vector<Contrast> contrasts;
    const Arm* base = base_of(results);
    if (!base) return contrasts;
    for (const Arm& arm : results.arms()) {
      if (arm.name == base->name) continue;
      BAKEOFF_TRY(const auto played, results.played(arm.name, results.own_label()));
      for (const int turn : settings_.divergence_turns) {
        Contrast contrast{divergence_name(arm.name, turn), arm.name, base->name, {}};
        for (const auto& one : played)
          for (ProbedTurn& at : probed_turns(one.sample.messages))
            if (at.turn == turn) contrast.conversations.push_back(std::move(at.history));
        if (!contrast.conversations.empty()) contrasts.push_back(std::move(contrast));
      }
    }
    return contrasts;
  }

  Result<std::vector<Exhibit>> exhibits(const Results& results) const override {
    std::vector<DecayLine> lines;
    for (const Arm& arm : results.arms()) {
      BAKEOFF_TRY(DecayLine line, decay_line(results, arm, results.own_label()));
      BAKEOFF_TRY(line.divergence, divergence_of(results, arm));
      if (!line.conversations.empty()) lines.push_back(std::move(line));
    }
    if (lines.empty()) return std::vector<Exhibit>();
    return decay_exhibits(lines);
  }

 private:
  /// A contrast's values stand in the order in which contrasts() listed the conversations.
  Result<std::map<std::string, TurnScores>> divergence_of(const Results& results, const Arm& arm) const {
    std::map<std::string, TurnScores> found;
    BAKEOFF_TRY(const auto played, results.played(arm.name, results.own_label()));
    for (const int turn : settings_.divergence_turns) {
      const auto values = results.contrast(divergence_name(arm.name, turn));
      std::size_t next = 0;
      for (const auto& one : played)
        for (const ProbedTurn& at : probed_turns(one.sample.messages))
          if (at.turn == turn && next < values.size())
            if (const auto& value = values[next++]) found[conversation_name(one)][turn] = *value;
    }
    return found;
  }
  static std::string divergence_name(const std::string& arm, int turn) {
    return "divergence/" + arm + "/turn " + std::to_string(turn);
  }
  static const Arm* base_of(const Results& results) {
    for (const Arm& arm : results.arms())
      if (arm.kind == "base") return &arm;
    return nullptr;
  }

  DecaySettings settings_;
  std::vector<Item> items_;
  SuiteCard card_;
};

/// The user speaks on odd turns, the arm on even ones.
std::vector<int> turns_of_the_arm(int rounds) {
  std::vector<int> turns;
  for (int round = 1; round <= rounds; ++round) turns.push_back(2 * round);
  return turns;
}

Status read_manner(ObjectReader& fields, DecaySettings& settings) {
  if (fields.has("persona")) {
    BAKEOFF_TRY(const Persona* persona,
                find_persona(all_personas(), fields.required<std::string>("persona"), fields.path("persona")));
    settings.probe = persona->probe;
    settings.manner = persona->manner;
    settings.example = persona->examples.front().second;
    return {};
  }
  if (!fields.has("probe"))
    return input_error("nothing says what to probe", fields.path("probe"),
                       "give probe: QUESTION and pattern: REGEX, or persona: pirate, or personas: 3");
  settings.probe = fields.required<std::string>("probe");
  settings.manner = fields.has("manner")
                        ? fields.raw("manner")
                        : Json{{"judge", "regex"}, {"pattern", fields.required<std::string>("pattern")}};
  if (const std::string shown = passing_answer(settings.manner); !shown.empty()) settings.example = shown;
  return {};
}

}  // namespace

Result<DecayLine> decay_line(const Results& results, const Arm& arm, const std::string& label) {
  DecayLine line{arm.name, arm.kind == "base", {}, {}};
  BAKEOFF_TRY(const auto played, results.played(arm.name, label));
  for (const auto& one : played) {
    if (!one.verdict.score) continue;
    TurnScores& turns = line.conversations[conversation_name(one)];
    for (const Json& turn : one.verdict.evidence.at("turns"))
      turns[turn.at("turn").get<int>()] = turn.at("score").get<double>();
  }
  return line;
}

std::unique_ptr<Suite> make_prompt_decay(DecaySettings settings) {
  return std::make_unique<PromptDecay>(std::move(settings));
}

Result<std::unique_ptr<Suite>> create_prompt_decay(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  DecaySettings settings;
  settings.seed = config.seed;
  settings.users = fields.in_range("users", 8, 1, 10'000);
  settings.rounds = fields.in_range("rounds", 8, 1, 100);
  settings.divergence_turns = fields.optional("divergence_turns", turns_of_the_arm(settings.rounds));
  if (fields.has("personas")) return create_persona_panel(fields, config.folder, std::move(settings));
  BAKEOFF_CHECK(read_manner(fields, settings));
  BAKEOFF_CHECK(fields.finish());
  BAKEOFF_CHECK(check_judge_spec(settings.manner, config.where + (config.fields.contains("manner") ? ".manner" : "")));
  return make_prompt_decay(std::move(settings));
}

}  // namespace bakeoff::suites
