// How the stories of word_problems are told; see story.h.
#include "suites/story.h"

#include <array>

#include "suites/generated.h"

namespace bakeoff::suites {

namespace {

struct Person {
  const char *name, *subject, *object;
};
constexpr std::array kPeople{Person{"Mia", "she", "her"},  Person{"Tom", "he", "him"},    Person{"Anna", "she", "her"},
                             Person{"Ben", "he", "him"},   Person{"Lena", "she", "her"},  Person{"Sam", "he", "him"},
                             Person{"Ruth", "she", "her"}, Person{"Omar", "he", "him"},   Person{"Nora", "she", "her"},
                             Person{"Paul", "he", "him"},  Person{"Aisha", "she", "her"}, Person{"Leo", "he", "him"}};
constexpr std::array kThings{"marbles", "shells", "stickers", "pencils", "buttons", "stamps",
                             "beads",   "cards",  "apples",   "nuts",    "plums",   "cookies"};
constexpr std::array kGoods{"notebook", "ball", "mug", "kite", "lamp", "puzzle", "scarf", "brush"};
constexpr std::array kBags{"bags", "boxes", "baskets", "jars"};
constexpr std::array kRibbons{"ribbon", "rope", "wire", "string"};
constexpr std::array kFoods{"flour", "sugar", "rice"};

/// Two people, two kinds of things, and a way to say it all.
class Teller {
 public:
  explicit Teller(Random& random) : random_(random), who_(pick(random, kPeople)), other_(who_) {
    while (other_.name == who_.name) other_ = pick(random_, kPeople);
    things_ = pick(random_, kThings);
    while (more_things_.empty() || more_things_ == things_) more_things_ = pick(random_, kThings);
  }

  int number(int low, int high) { return draw(random_, low, high); }
  bool coin() { return random_.below(2) == 0; }
  template <class Container>
  std::string any(const Container& words) {
    return pick(random_, words);
  }
  const std::string& things() const { return things_; }

  /// One of several wordings, in which WHO, SHE, HER, OTHER, THINGS and ELSE stand for the story's, and #1 to #3 for
  /// the numbers.
  std::string say(std::initializer_list<const char*> wordings, std::initializer_list<int> numbers = {}) {
    std::string text = *(wordings.begin() + random_.below(wordings.size()));
    const auto put = [&](const std::string& mark, const std::string& value) {
      for (std::size_t at; (at = text.find(mark)) != text.npos;) text.replace(at, mark.size(), value);
    };
    int place = 0;
    for (const int number : numbers) put("#" + std::to_string(++place), std::to_string(number));
    put("OTHER", other_.name);
    put("WHO", who_.name);
    put("SHE", who_.subject);
    put("HER", who_.object);
    put("THINGS", things_);
    put("ELSE", more_things_);
    return text;
  }

  std::string start(int a) {
    return say({"WHO has #1 THINGS.", "WHO owns #1 THINGS.", "There are #1 THINGS in WHO's bag.",
                "WHO begins the day with #1 THINGS."},
               {a});
  }
  std::string gain(int b) {
    return say({" SHE finds #1 more.", " OTHER gives HER #1 more.", " WHO buys #1 more THINGS.",
                " SHE gets #1 more from OTHER."},
               {b});
  }
  std::string loss(int b) {
    return say({" WHO loses #1 of them.", " WHO gives #1 of them to OTHER.", " WHO gives away #1 THINGS.",
                " OTHER borrows #1 of them."},
               {b});
  }
  std::string how_many_now() {
    return say({" How many THINGS does WHO have now?", " How many THINGS does WHO have in the end?",
                " How many THINGS has WHO got after that?"});
  }

 private:
  Random& random_;
  Person who_, other_;
  std::string things_, more_things_;
};

/// Sentences begin with a capital, also where a pronoun opens them.
std::string with_capitals(std::string text) {
  bool opens = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (opens && text[i] >= 'a' && text[i] <= 'z') text[i] = static_cast<char>(text[i] & ~0x20);
    if (text[i] != ' ') opens = text[i] == '.' || text[i] == '?';
  }
  return text;
}

/// A start and one change, up to `high`.
Story one_change(Random& random, int low, int high) {
  Teller tell(random);
  int a = tell.number(low, high - low);
  if (tell.coin()) {
    const int b = tell.number(low, high - a);
    return {tell.start(a) + tell.gain(b) + tell.how_many_now(), {{a, '+', b}}, tell.things()};
  }
  a = tell.number(2 * low, high);
  const int b = tell.number(low, a - 1);
  return {tell.start(a) + tell.loss(b) + tell.how_many_now(), {{a, '-', b}}, tell.things()};
}

Story small_sum(Random& random) {
  Teller tell(random);
  const int a = tell.number(2, 8), b = tell.number(2, 10 - a);
  return {tell.start(a) + tell.gain(b) + tell.how_many_now(), {{a, '+', b}}, tell.things()};
}

Story small_change(Random& random) { return one_change(random, 2, 12); }
Story large_change(Random& random) { return one_change(random, 11, 89); }

Story groups(Random& random) {
  Teller tell(random);
  const int groups = tell.number(2, 9), each = tell.number(2, 10);
  switch (tell.number(0, 2)) {
    case 0:
      return {tell.say({"WHO has #1 "}, {groups}) + tell.any(kBags) +
                  tell.say({" with #1 THINGS in each. How many THINGS does WHO have in all?",
                            " of THINGS. There are #1 in each of them. How many THINGS does WHO have in all?"},
                           {each}),
              {{groups, '*', each}},
              tell.things()};
    case 1:
      return {tell.say({"WHO collects #1 THINGS every day. How many THINGS does SHE collect in #2 days?",
                        "Every day WHO sorts #1 THINGS. How many THINGS does SHE sort in #2 days?"},
                       {each, groups}),
              {{each, '*', groups}},
              tell.things()};
    default:
      return {"One " + tell.any(kGoods) +
                  tell.say({" costs $#1. How many dollars does WHO pay for #2 of them?",
                            " costs #1 dollars. How much do #2 of them cost?"},
                           {each, groups}),
              {{each, '*', groups}},
              "dollars"};
  }
}

Story shares(Random& random) {
  Teller tell(random);
  const int groups = tell.number(2, 9), each = tell.number(2, 10), all = groups * each;
  if (tell.coin())
    return {tell.say({"WHO shares #1 THINGS equally among #2 friends. How many THINGS does each friend get?",
                      "#2 friends share #1 THINGS equally. How many THINGS does each of them get?"},
                     {all, groups}),
            {{all, '/', groups}},
            tell.things()};
  const std::string bags = tell.any(kBags);
  return {tell.say({"WHO puts #1 THINGS into #2 "}, {all, groups}) + bags +
              tell.say({", the same number into each. How many THINGS are in each of them?",
                        " so that all hold equally many. How many THINGS does each hold?"}),
          {{all, '/', groups}},
          tell.things()};
}

Story group_or_share(Random& random) { return random.below(2) == 0 ? groups(random) : shares(random); }

Story two_changes(Random& random) {
  Teller tell(random);
  const int a = tell.number(5, 15), b = tell.number(2, 8), c = tell.number(2, a + b - 2);
  switch (tell.number(0, 2)) {
    case 0:
      return {tell.start(a) + tell.gain(b) + tell.loss(c) + tell.how_many_now(),
              {{a, '+', b}, {a + b, '-', c}},
              tell.things()};
    case 1: {
      const int first = tell.number(2, a - 2);
      return {tell.start(a) + tell.loss(first) + tell.gain(b) + tell.how_many_now(),
              {{a, '-', first}, {a - first, '+', b}},
              tell.things()};
    }
    default: {
      const int more = tell.number(2, 7);
      return {tell.start(a) + tell.gain(b) + tell.say({" Then WHO finds another #1."}, {more}) + tell.how_many_now(),
              {{a, '+', b}, {a + b, '+', more}},
              tell.things()};
    }
  }
}

Story groups_and_change(Random& random) {
  Teller tell(random);
  const int groups = tell.number(2, 6), each = tell.number(3, 9), all = groups * each;
  const std::string start =
      tell.say({"WHO has #1 "}, {groups}) + tell.any(kBags) + tell.say({" with #1 THINGS in each."}, {each});
  const int change = tell.number(2, all - 2);
  if (tell.coin())
    return {start + tell.loss(change) + tell.how_many_now(), {{groups, '*', each}, {all, '-', change}}, tell.things()};
  return {start + tell.gain(change) + tell.how_many_now(), {{groups, '*', each}, {all, '+', change}}, tell.things()};
}

Story purse(Random& random) {
  Teller tell(random);
  const int price = tell.number(2, 9), count = tell.number(2, 6), paid = price * count, left = tell.number(1, 20);
  return {
      tell.say({"WHO has $#1. SHE buys #2 boxes of THINGS for $#3 each. How many dollars does WHO have left?",
                "WHO pays for #2 boxes of THINGS with $#1. Each box costs $#3. How many dollars does SHE get back?"},
               {paid + left, count, price}),
      {{count, '*', price}, {paid + left, '-', paid}},
      "dollars"};
}

Story comparison(Random& random) {
  Teller tell(random);
  const int a = tell.number(6, 30), b = tell.number(2, 5);
  if (tell.coin())
    return {tell.start(a) + tell.say({" OTHER has #1 more than WHO. How many THINGS do they have together?",
                                      " OTHER has #1 more. How many do the two of them have in all?"},
                                     {b}),
            {{a, '+', b}, {a, '+', a + b}},
            tell.things()};
  return {tell.start(a) + tell.say({" OTHER has #1 fewer than WHO. How many THINGS do they have together?",
                                    " OTHER has #1 fewer. How many do the two of them have in all?"},
                                   {b}),
          {{a, '-', b}, {a, '+', a - b}},
          tell.things()};
}

Story two_steps(Random& random) {
  static constexpr std::array kKinds{groups_and_change, purse, comparison};
  return pick(random, kKinds)(random);
}

Story lengths(Random& random) {
  Teller tell(random);
  const int metres = tell.number(2, 9), cut = 5 * tell.number(2, 30);
  const std::string ribbon = tell.any(kRibbons);
  return {tell.say({"A "}) + ribbon +
              tell.say({" is #1 metres long. WHO cuts off #2 centimetres. How many centimetres "
                        "are left?"},
                       {metres, cut}),
          {{metres, '*', 100}, {metres * 100, '-', cut}},
          "centimetres"};
}

Story weights(Random& random) {
  Teller tell(random);
  const int kilograms = tell.number(2, 9), used = 50 * tell.number(2, 30);
  return {tell.say({"WHO buys #1 kilograms of "}, {kilograms}) + tell.any(kFoods) +
              tell.say({" and uses #1 grams of it. How many grams are left?"}, {used}),
          {{kilograms, '*', 1000}, {kilograms * 1000, '-', used}},
          "grams"};
}

Story times(Random& random) {
  Teller tell(random);
  const int hours = tell.number(2, 6), minutes = 5 * tell.number(1, 11);
  return {tell.say({"A film lasts #1 hours and #2 minutes. How many minutes is that?",
                    "WHO works for #1 hours and then for another #2 minutes. How many minutes does SHE work?"},
                   {hours, minutes}),
          {{hours, '*', 60}, {hours * 60, '+', minutes}},
          "minutes"};
}

Story sale(Random& random) {
  static constexpr std::array kPercents{10, 20, 25, 50};
  Teller tell(random);
  const int percent = pick(random, kPercents), price = 20 * tell.number(2, 15);
  return {"The price of a " + tell.any(kGoods) +
              tell.say({" is $#1. In a sale it falls by #2 percent. What is the new price in dollars?",
                        " is $#1. WHO gets #2 percent off. How many dollars does SHE pay?"},
                       {price, percent}),
          {{price, '*', percent}, {price * percent, '/', 100}, {price, '-', price * percent / 100}},
          "dollars"};
}

Story half(Random& random) {
  Teller tell(random);
  const int half = tell.number(3, 20), b = tell.number(2, 12);
  return {tell.start(2 * half) + tell.say({" WHO gives half of them to OTHER."}) + tell.gain(b) + tell.how_many_now(),
          {{2 * half, '/', 2}, {half, '+', b}},
          tell.things()};
}

Story no_use(Random& random) {
  Teller tell(random);
  const int a = tell.number(6, 30), of_no_use = tell.number(2, 30), b = tell.number(2, 12), c = tell.number(2, 5);
  return {tell.say({"WHO has #1 THINGS and #2 ELSE."}, {a, of_no_use}) +
              tell.say({" SHE buys #1 more THINGS and gives #2 THINGS to OTHER.",
                        " OTHER gives HER #1 more THINGS, and SHE loses #2 THINGS."},
                       {b, c}) +
              tell.how_many_now(),
          {{a, '+', b}, {a + b, '-', c}},
          tell.things()};
}

Story hard(Random& random) {
  static constexpr std::array kKinds{lengths, weights, times, sale, half, no_use};
  return pick(random, kKinds)(random);
}

}  // namespace

int Step::value() const {
  return sign == '+' ? left + right : sign == '-' ? left - right : sign == '*' ? left * right : left / right;
}

Story tell(int level, Random& random) {
  static constexpr std::array kLevels{small_sum,   small_change, large_change, group_or_share,
                                      two_changes, two_steps,    hard};
  Story story = kLevels.at(static_cast<std::size_t>(level - 1))(random);
  story.text = with_capitals(std::move(story.text));
  return story;
}

}  // namespace bakeoff::suites
