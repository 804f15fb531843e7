// `prompt_decay` over several personas: bakes each of them, lets the base, the prompted, the baked and the re-prompted
// model play it, and shows all personas together.
#include <algorithm>

#include "suites/item_file.h"
#include "suites/personas.h"
#include "suites/prompt_decay.h"

namespace bakeoff::suites {

namespace {

constexpr const char* kKinds[] = {"prompted", "baked", "reprompted"};

class PersonaPanel : public Suite {
 public:
  PersonaPanel(std::vector<Persona> personas, DecaySettings settings)
      : personas_(std::move(personas)), settings_(std::move(settings)) {
    card_ = {.name = "prompt_decay",
             .version = "1",
             .source = "persona drift, arXiv:2402.10962; users, topics and personas of Bakeoff",
             .licence = "Apache-2.0",
             .metrics = {{"stability", Direction::higher_is_better, "of the personas' own suites"}},
             .digest = "",
             .cost = "a bake for each persona, and 16 answers for each of its conversations and four arms",
             .may_grow = true};
    Json names = Json::array();
    for (const Persona& persona : personas_) names.push_back({persona.name, to_json(prompt_of(persona).messages)});
    card_.digest = suite_digest(card_, {{"personas", names}}, {});
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override { return {}; }
  Verdict judge(const Item&, const Sample&) const override {
    return Verdict::not_scored("the panel asks nothing itself");
  }

  Result<Growth> grow(const Results& results) const override {
    Growth growth;
    std::string base;
    for (const Arm& arm : results.arms())
      if (arm.kind == "base" && base.empty()) base = arm.name;
    if (base.empty()) growth.arms.push_back({base = "base", "base", "", "", 1.0, {}});
    for (const Persona& persona : personas_) {
      AddedSuite suite{results.own_label() + "/" + persona.name, suite_of(persona), {base}};
      const std::string name = name_of(persona);
      growth.bakes.push_back({name, prompt_of(persona), baking_questions(persona), {}, ""});
      growth.bakes.back().prompt.name = name;
      for (const char* kind : kKinds) {
        const bool is_baked = kind != std::string("prompted");
        growth.arms.push_back({arm_name(persona, kind), kind, name, is_baked ? name : "", 1.0, {}});
        suite.arms.push_back(growth.arms.back().name);
      }
      growth.suites.push_back(std::move(suite));
    }
    return growth;
  }

  /// One line for each kind of arm; a conversation's name holds its persona.
  Result<std::vector<Exhibit>> exhibits(const Results& results) const override {
    std::vector<DecayLine> lines;
    for (const char* kind : {"base", "prompted", "baked", "reprompted"}) {
      DecayLine all{kind, kind == std::string("base"), {}, {}};
      for (const Persona& persona : personas_)
        for (const Arm& arm : results.arms()) {
          if (!(all.is_base ? arm.kind == kind : arm.name == arm_name(persona, kind))) continue;
          BAKEOFF_TRY(const DecayLine one, decay_line(results, arm, results.own_label() + "/" + persona.name));
          for (const auto& [conversation, turns] : one.conversations)
            all.conversations[persona.name + "/" + conversation] = turns;
        }
      if (!all.conversations.empty()) lines.push_back(std::move(all));
    }
    if (lines.empty()) return std::vector<Exhibit>();
    return decay_exhibits(lines);
  }

 private:
  /// Of prompt and bake, so that they meet no prompt of the experiment.
  static std::string name_of(const Persona& persona) { return "persona-" + persona.name; }
  static std::string arm_name(const Persona& persona, const char* kind) { return name_of(persona) + "/" + kind; }
  std::shared_ptr<const Suite> suite_of(const Persona& persona) const {
    DecaySettings settings = settings_;
    settings.probe = persona.probe;
    settings.manner = persona.manner;
    if (!persona.examples.empty()) settings.example = persona.examples.front().second;
    return make_prompt_decay(std::move(settings));
  }

  std::vector<Persona> personas_;
  DecaySettings settings_;
  std::vector<Item> items_;  // none
  SuiteCard card_;
};

}  // namespace

Result<std::unique_ptr<Suite>> create_persona_panel(ObjectReader& fields, const Path& folder, DecaySettings settings) {
  std::vector<Persona> all(all_personas().begin(), all_personas().end()), chosen;
  if (fields.has("published")) {
    BAKEOFF_TRY(all, read_published_personas(folder / fields.required<std::string>("published")));
  }
  if (fields.raw("personas").is_array()) {
    for (const auto& name : fields.required<std::vector<std::string>>("personas")) {
      BAKEOFF_TRY(const Persona* persona, find_persona(all, name, fields.path("personas")));
      chosen.push_back(*persona);
    }
  } else {
    const int count = fields.in_range("personas", 1, 1, static_cast<int>(all.size()));
    chosen.assign(all.begin(), all.begin() + std::min<std::ptrdiff_t>(count, std::ssize(all)));
  }
  BAKEOFF_CHECK(fields.finish());
  if (chosen.empty()) return input_error("name at least one persona", fields.path("personas"));
  return std::unique_ptr<Suite>(std::make_unique<PersonaPanel>(std::move(chosen), std::move(settings)));
}

}  // namespace bakeoff::suites
