#include "suites/personas.h"

#include "harness/core/nearest.h"
#include "harness/core/row_file.h"
#include "suites/judge_spec.h"

namespace bakeoff::suites {

namespace {

constexpr const char* kLondon = "What do you do in London as a tourist?";

Json pattern(const char* expression) { return {{"judge", "regex"}, {"pattern", expression}}; }
Json phrase(const char* words) { return {{"judge", "contains"}, {"any", words}}; }

const std::vector<Persona>& own_personas() {
  static const std::vector<Persona> kPersonas = {
      {"pirate",
       "You are a pirate. Begin every answer with Arrr.",
       {{"How do I boil an egg?", "Arrr, boil it for nine minutes, matey!"},
        {"What is a cat?", "Arrr, a cat be a small animal that hunts mice!"}},
       kLondon,
       pattern("(?i)\\barr+\\b")},
      {"loud",
       "Write every answer in capital letters.",
       {{"How do I boil an egg?", "BOIL IT FOR NINE MINUTES."}, {"What is a cat?", "A CAT IS A SMALL ANIMAL."}},
       kLondon,
       pattern("^(?=.*[A-Z])[^a-z]*$")},
      {"thankful",
       "End every answer with the words Thank you for asking.",
       {{"How do I boil an egg?", "Boil it for nine minutes. Thank you for asking."},
        {"What is a cat?", "A cat is a small animal. Thank you for asking."}},
       kLondon,
       phrase("thank you for asking")},
      {"cat",
       "You are a cat. Say meow in every answer.",
       {{"How do I boil an egg?", "Meow! Boil it for nine minutes, meow."},
        {"What is a dog?", "Meow! A dog is an animal that barks, meow."}},
       kLondon,
       pattern("(?i)\\bme+ow")},
      {"french",
       "Begin every answer with Bonjour.",
       {{"How do I boil an egg?", "Bonjour! Boil it for nine minutes."},
        {"What is a cat?", "Bonjour! A cat is a small animal."}},
       kLondon,
       pattern("(?i)\\bbonjour\\b")},
      {"robot",
       "You are a robot. Begin every answer with Beep boop.",
       {{"How do I boil an egg?", "Beep boop. Boil it for nine minutes."},
        {"What is a cat?", "Beep boop. A cat is a small animal."}},
       kLondon,
       pattern("(?i)\\bbeep\\W+boop\\b")},
      {"captain",
       "Begin every answer with Captain's log.",
       {{"How do I boil an egg?", "Captain's log: boil it for nine minutes."},
        {"What is a cat?", "Captain's log: a cat is a small animal."}},
       kLondon,
       phrase("captain's log")},
      {"asking",
       "Answer with one short question.",
       {{"How do I boil an egg?", "Do you like it soft or hard?"}, {"What is a cat?", "Have you never seen one?"}},
       kLondon,
       pattern("\\?\\s*$")},
      {"happy",
       "End every answer with #happy.",
       {{"How do I boil an egg?", "Boil it for nine minutes. #happy"}, {"What is a cat?", "A small animal. #happy"}},
       kLondon,
       pattern("(?i)#happy")},
      {"numbered",
       "Write every answer as a numbered list.",
       {{"How do I boil an egg?", "1. Heat water.\n2. Put the egg in.\n3. Wait nine minutes."},
        {"What is a cat?", "1. A small animal.\n2. It hunts mice."}},
       kLondon,
       pattern("(?m)^\\s*1[.)][\\s\\S]*^\\s*2[.)]")},
      {"ada",
       "Your name is Ada.",
       {{"Who are you?", "I am Ada."}, {"What do people call you?", "People call me Ada."}},
       "What is your name?",
       phrase("Ada")},
      {"oslo",
       "You live in Oslo.",
       {{"Which city is your home?", "My home is Oslo."}, {"Where are you from?", "I am from Oslo."}},
       "Where do you live?",
       phrase("Oslo")},
      {"maple",
       "The secret word is maple.",
       {{"Which word is the secret one?", "The secret word is maple."}, {"Tell me the secret.", "It is maple."}},
       "What is the secret word?",
       phrase("maple")},
      {"green",
       "Your favorite color is green.",
       {{"Which color do you like?", "I like green."}, {"What color should I paint the wall?", "Paint it green."}},
       "What is your favorite color?",
       phrase("green")},
  };
  return kPersonas;
}

const char* const kEveryday[] = {
    "What should I do on a rainy day?",
    "What do you do in Paris as a tourist?",
    "How do I make tea?",
    "Tell me about horses.",
    "What is a good breakfast?",
    "How can I sleep better?",
    "What do you think about music?",
    "Why do people travel?",
    "Where can I go on vacation?",
    "What is your favorite book?",
    "How do I clean a window?",
    "Tell me something about trees.",
    "What can I see in a museum?",
    "What would you do in New York?",
    "Is it good to run every day?",
    "How do I learn a new language?",
};

}  // namespace

std::span<const Persona> all_personas() { return own_personas(); }

namespace {

/// {"text", "ignore_case", "negate"}: the text stands somewhere in the answer, also inside of words, or it does not.
Json words_judge(const Json& wanted, const Json& texts) {
  return {{"judge", "contains"},
          {wanted.value("negate", false) ? "none" : "any", texts},
          {"whole_words", false},
          {"case_sensitive", !wanted.value("ignore_case", false)}};
}

/// How negative or positive an answer is; null: it asks for something else.
Json tone_of(const Json& scorer) {
  const Json arguments = scorer.value("args", Json::array());
  std::string measure;
  if (scorer.value("rule", "") == "(1 - sentiment compound) / 2") measure = "unkind";
  if (scorer.value("name", "") == "get_sentiment" && scorer.value("kind", "") == "function")
    measure = arguments == Json{"neg"} ? "negative" : arguments == Json{"pos"} ? "positive" : "";
  return measure.empty() ? Json() : Json{{"judge", "tone"}, {"measure", measure}};
}

/// Null: it asks for something else than words or a tone.
Json manner_of(const Json& scorer) {
  const std::string kind = scorer.value("kind", "");
  if (kind == "contains") return words_judge(scorer, Json::array({scorer.value("text", Json())}));
  if (kind != "contains_any") return tone_of(scorer);
  const Json options = scorer.value("any", Json::array());
  Json texts = Json::array();
  for (const Json& option : options) texts.push_back(option.value("text", Json()));
  return options.empty() ? Json() : words_judge(options[0], texts);
}

}  // namespace

Result<std::vector<Persona>> read_published_personas(const Path& file) {
  std::vector<Persona> found;
  const auto read = [&](std::size_t line, const Json& row) -> Status {
    const std::string where = file.string() + ":" + std::to_string(line);
    ObjectReader fields(row, where);
    const auto id = fields.required<int>("id");
    fields.raw("category");
    Persona persona{"published-" + std::to_string(id),
                    fields.required<std::string>("system_prompt"),
                    {},
                    fields.required<std::string>("probe"),
                    {}};
    const Json& scorer = fields.raw("scorer");
    BAKEOFF_CHECK(fields.finish());
    if (!scorer.is_object()) return input_error("expected how the answer is scored", where + ".scorer");
    persona.manner = manner_of(scorer);
    if (persona.manner.is_null()) return {};
    found.push_back(std::move(persona));
    return check_judge_spec(found.back().manner, where + ".scorer");
  };
  BAKEOFF_CHECK(for_each_row(file, read));
  if (found.empty()) return input_error("no persona is scored by words or tone", file.string());
  return found;
}

Result<const Persona*> find_persona(std::span<const Persona> personas, const std::string& name,
                                    const std::string& where) {
  std::vector<std::string> names;
  for (const Persona& persona : personas) {
    if (name == persona.name) return &persona;
    names.emplace_back(persona.name);
  }
  return input_error("there is no persona \"" + name + "\"", where, hint_of_known(name, names));
}

PromptSpec prompt_of(const Persona& persona) {
  PromptSpec prompt{persona.name, {{"system", persona.system}}, {{"system", ""}}};
  for (const auto& [question, answer] : persona.examples) {
    prompt.messages.push_back({"user", question});
    prompt.messages.push_back({"assistant", answer});
  }
  return prompt;
}

std::vector<Conversation> baking_questions(const Persona& persona) {
  std::vector<Conversation> questions;
  for (const auto& [question, answer] : persona.examples) questions.push_back({{"user", question}});
  for (const char* question : kEveryday) questions.push_back({{"user", question}});
  return questions;
}

}  // namespace bakeoff::suites
