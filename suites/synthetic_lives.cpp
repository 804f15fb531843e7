#include "suites/synthetic_lives.h"

#include <fmt/format.h>

#include "harness/core/seed.h"

namespace bakeoff::suites {

namespace {

using Words = std::vector<std::string>;

const Words kFirst = {"Mira",  "Anton",  "Selma", "Jonas", "Petra",  "Viktor", "Ilse",  "Oskar",
                      "Nadia", "Emil",   "Greta", "Hugo",  "Lena",   "Boris",  "Clara", "Dario",
                      "Frida", "Gustav", "Helga", "Igor",  "Judith", "Kaspar", "Lydia", "Marek",
                      "Nora",  "Otto",   "Paula", "Ruben", "Sonja",  "Tomas",  "Ulla"};
const Words kLast = {"Talbot",  "Winther",   "Karsk",  "Melnik",  "Oberlin", "Pasternak", "Quist",   "Rosendal",
                     "Sandvik", "Tauber",    "Ulrich", "Varga",   "Wessel",  "Zeller",    "Aldring", "Bergson",
                     "Corvin",  "Dahlin",    "Ekman",  "Falkner", "Grauer",  "Hollis",    "Ingram",  "Jessen",
                     "Kessler", "Lindqvist", "Maurer", "Norden",  "Osgood",  "Pellworm",  "Ravn"};
const Words kTowns = {"Graz",  "Bergen",  "Porto", "Lublin", "Ghent",  "Turku",  "Cork", "Basel",
                      "Malmo", "Trieste", "Split", "Bremen", "Nantes", "Aarhus", "Siena"};
const Words kTrades = {"glass blower", "baker",     "watchmaker",  "sailor",       "gardener", "teacher",
                       "bookbinder",   "carpenter", "piano tuner", "photographer", "tailor",   "beekeeper"};
const Words kAnimals = {"goat", "parrot", "donkey", "dog", "horse", "cat", "goose"};
const Words kPetNames = {"Pepper", "Biscuit", "Thunder", "Marble", "Clover", "Pickle", "Button", "Domino", "Ginger"};
const Words kFoods = {"plums", "mushrooms", "lemon cake", "pancakes", "pea soup", "cherries", "walnuts", "cheese"};

const std::string& pick(const Words& words, Random& random) { return words[random.below(words.size())]; }

Life make_life(const std::string& name, Random& random) {
  const std::string town = pick(kTowns, random), trade = pick(kTrades, random), animal = pick(kAnimals, random),
                    pet = pick(kPetNames, random), food = pick(kFoods, random);
  const std::uint64_t year = 1880 + random.below(90);
  Life life;
  life.name = name;
  life.text = fmt::format(
      "{0} was born in {1} in {2}. {0} worked as a {3} for many years and was known in the whole town. {0} had a {4} "
      "called {5}. On Sundays {0} always ate {6}.",
      name, town, year, trade, animal, pet, food);
  life.questions = {
      {fmt::format("In which town was {} born?", name), fmt::format("Where did the life of {} begin?", name), town},
      {fmt::format("What was the name of {}'s {}?", name, animal), fmt::format("How did {} call the {}?", name, animal),
       pet},
      {fmt::format("What was the job of {}?", name), fmt::format("What did {} work as?", name), trade},
      {fmt::format("What did {} eat on Sundays?", name), fmt::format("Which food did {} have every Sunday?", name),
       food}};
  return life;
}

}  // namespace

int most_lives() { return static_cast<int>(kFirst.size()); }

std::vector<Life> synthetic_lives(int count, std::uint64_t seed) {
  Random random(derive_seed(seed, {"synthetic lives"}));
  Words first = kFirst, last = kLast;
  shuffle(first, random);
  shuffle(last, random);
  std::vector<Life> lives;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    lives.push_back(make_life(first[at] + " " + last[at], random));
  }
  return lives;
}

}  // namespace bakeoff::suites
