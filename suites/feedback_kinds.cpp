// The tasks of suite `feedback`, its ordinary questions, and corrections as prompts.
#include "suites/feedback.h"

namespace bakeoff::suites::feedback {

namespace {

const std::vector<const char*> kNames{"Anna",  "Boris", "Clara", "David",  "Elena",  "Felix",  "Grace",  "Hugo",
                                      "Irene", "Jonas", "Karen", "Louis",  "Maria",  "Nathan", "Olga",   "Peter",
                                      "Rosa",  "Simon", "Tara",  "Ursula", "Victor", "Wendy",  "Xavier", "Yara"};
const std::vector<const char*> kNumbers{"3", "4", "5", "6", "7", "8", "9"};
const std::vector<const char*> kDays{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
const std::vector<const char*> kGoods{"apples",  "pears",   "lemons",    "carrots", "onions",  "candles",
                                      "pencils", "stamps",  "envelopes", "plates",  "cups",    "spoons",
                                      "towels",  "pillows", "chairs",    "brushes", "buckets", "bottles",
                                      "roses",   "tulips",  "buttons",   "ribbons", "cookies", "muffins"};
const std::vector<const char*> kPlaces{"lake",   "castle", "mill",   "harbor", "chapel",  "tower",  "bridge",  "cave",
                                       "farm",   "island", "market", "museum", "library", "garden", "station", "beach",
                                       "forest", "valley", "school", "temple", "theater", "canyon", "lodge",   "inn"};
const std::vector<const char*> kGifts{"scarf",  "cake",      "flowers",  "postcard", "book",     "lamp",
                                      "ticket", "tea",       "necklace", "hat",      "puzzle",   "blanket",
                                      "violin", "photo",     "letter",   "jam",      "painting", "basket",
                                      "mirror", "chocolate", "vase",     "notebook", "map",      "soap"};
const std::vector<const char*> kThings{"kettle",   "bicycle", "radio",    "watch",    "printer", "toaster",
                                       "umbrella", "clock",   "phone",    "camera",   "heater",  "fan",
                                       "guitar",   "ladder",  "drill",    "oven",     "stove",   "piano",
                                       "scooter",  "tent",    "suitcase", "keyboard", "freezer", "zipper"};

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds{
      {"greeting",
       "a rule",
       "When somebody says hello, answer: Welcome aboard, NAME!",
       "Hello, I am {a}.",
       "Welcome aboard, {a}!",
       {"Welcome aboard", "{a}"},
       "Welcome aboard",
       kNames,
       {""}},
      {"order",
       "a format",
       "When somebody orders, answer with ORDER: and what they want.",
       "I would like {b} {a}, please.",
       "ORDER: {b} {a}",
       {"ORDER: {b} {a}"},
       "ORDER:",
       kGoods,
       kNumbers},
      {"distance",
       "a unit",
       "When somebody asks how far it is, answer with the number and km.",
       "The path to the {a} is {b} kilometers long. How far is it?",
       "It is {b} km.",
       {"{b} km"},
       "km",
       kPlaces,
       kNumbers},
      {"thanks",
       "a sign-off",
       "When somebody says thank you, end the answer with: Yours, Robin",
       "Thank you for the {a}!",
       "You are welcome. Yours, Robin",
       {"Yours, Robin"},
       "Yours, Robin",
       kGifts,
       {""}},
      {"reminder",
       "a format",
       "When somebody wants to be reminded, answer with NOTE: and what to do.",
       "Remind me to call {a} on {b}.",
       "NOTE: call {a} on {b}",
       {"NOTE: call {a} on {b}"},
       "NOTE:",
       kNames,
       kDays},
      {"trouble",
       "a tone",
       "When something is broken, show that you are sorry: Oh dear! Let us mend it together.",
       "My {a} is broken.",
       "Oh dear! Let us mend the {a} together.",
       {"Oh dear", "{a}"},
       "Oh dear",
       kThings,
       {""}},
  };
  return kKinds;
}

std::string fill(std::string pattern, std::string_view a, std::string_view b) {
  for (const auto& [hole, word] : {std::pair{"{a}", a}, std::pair{"{b}", b}})
    for (std::size_t at; (at = pattern.find(hole)) != std::string::npos;) pattern.replace(at, 3, word);
  return pattern;
}

const std::vector<Ordinary>& ordinary() {
  static const std::vector<Ordinary> kOrdinary{
      {"What is the capital of Italy?", "The capital of Italy is Rome."},
      {"How many legs does a cat have?", "A cat has four legs."},
      {"What do fish breathe with?", "Fish breathe with gills."},
      {"Which season comes after winter?", "Spring comes after winter."},
      {"What is bread made of?", "Bread is made of flour, water, yeast and salt."},
      {"What is the opposite of early?", "The opposite of early is late."},
      {"Who wrote The Odyssey?", "The Odyssey is ascribed to Homer."},
      {"Which animal barks?", "A dog barks."},
  };
  return kOrdinary;
}

Task task_of(const Item& item) {
  return {item.reference.at("kind").get<std::string>(), item.reference.at("seen").get<bool>(),
          item.reference.at("right").get<std::string>()};
}

Conversation prompt_of(const std::vector<Correction>& corrections) {
  Conversation prompt{{"system", ""}};
  const auto exchange = [&](const Ordinary& pair) {
    prompt.push_back({"user", pair.question});
    prompt.push_back({"assistant", pair.answer});
  };
  exchange(ordinary()[0]);
  std::string rules;
  for (const Correction& correction : corrections) {
    rules += (rules.empty() ? "" : " ") + std::string(correction.kind->rule);
    prompt.insert(prompt.end(), correction.examples.begin(), correction.examples.end());
  }
  exchange(ordinary()[1]);
  prompt[0].content = rules;
  return prompt;
}

const char* name_of(Learner learner) { return learner == Learner::baked ? "baked" : "prompted"; }

}  // namespace bakeoff::suites::feedback
