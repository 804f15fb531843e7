// Suite `in_context`: can the model still learn a new mapping from examples in its context? Few-shot learning is the
// first thing that a bake may cost unseen, since no single answer looks wrong.
//
// Protocol: ours, after the copying and mapping tasks with which in-context learning is studied (Olsson et al. 2022,
// arXiv:2209.11895; Wei et al. 2023, arXiv:2303.03846, whose labels mean nothing either). Each item draws a mapping of
// one of eight kinds over invented words, shows its first examples as turns of the conversation, and asks for one more
// word. Without examples the answer can not be known: shots_0 is near 0, and what is above it was learned in the
// context. The examples of few shots are the last of those of many, so that only their number changes.
//
// Configuration: {name: in_context, items: 24, shots: [0, 1, 2, 4, 8]}; `items` counts mappings, each of which is asked
// once for each number of shots; `split` as in generated.h.
//
// Worked example (kind suffix, two shots): user "rofab", assistant "rofabzul", user "nelip", assistant "nelipzul",
// user "davog" -> "davogzul": right, and so is "Davogzul."; "davog" is not. Only the first line counts.
//
// Metrics: `accuracy` (primary) over all items with examples, and `shots_N` for each number of shots. The report shows
// the curves and what each arm gains from none to the most examples.
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <ranges>
#include <set>

#include "harness/stats/mean.h"
#include "harness/stats/rate.h"
#include "suites/generated.h"
#include "suites/item_file.h"
#include "suites/judge_spec.h"

namespace bakeoff::suites {

namespace {

constexpr const char* kVersion = "1";
constexpr std::string_view kOnsets = "bdfgklmnprtvz", kVowels = "aeiou", kEndings = "bfgkpvz";

struct Pair {
  std::string asked, answer;
};

/// Invented words, none twice: consonant and vowel, twice, and an ending few English words have ("rofab").
class Words {
 public:
  explicit Words(Random& random) : random_(random) {}
  std::string next() {
    static const std::set<std::string> kReal{"kebab", "tulip", "kodak", "bebop", "galop", "pilaf", "kulak", "topaz"};
    for (;;) {
      const std::string word = syllable() + syllable() + pick(random_, kEndings);
      if (!kReal.contains(word) && used_.insert(word).second) return word;
    }
  }
  std::string syllable() { return {pick(random_, kOnsets), pick(random_, kVowels)}; }
  std::string ending() { return syllable() + pick(random_, kEndings); }
  std::size_t below(std::size_t bound) { return random_.below(bound); }

 private:
  Random& random_;
  std::set<std::string> used_;
};

/// One pair after the other of one mapping.
using Mapping = std::function<Pair()>;

Mapping suffix(Words& words) {
  return [&words, end = words.ending()] {
    const std::string word = words.next();
    return Pair{word, word + end};
  };
}

Mapping prefix(Words& words) {
  return [&words, start = words.ending()] {
    const std::string word = words.next();
    return Pair{word, start + word};
  };
}

Mapping companion(Words& words) {
  return [&words, other = words.next()] {
    const std::string word = words.next();
    return Pair{word, word + " " + other};
  };
}

Mapping twice(Words& words) {
  return [&words] {
    const std::string word = words.next();
    return Pair{word, word + " " + word};
  };
}

Mapping swapped(Words& words) {
  return [&words] {
    const std::string left = words.next(), right = words.next();
    return Pair{left + " " + right, right + " " + left};
  };
}

Mapping second_of_two(Words& words) {
  return [&words] {
    const std::string left = words.next(), right = words.next();
    return Pair{left + " " + right, right};
  };
}

/// Which of two comes next: in random order, but both in every two, so that two examples show both names.
class Turns {
 public:
  explicit Turns(Words& words) : words_(words) {}
  std::size_t next() {
    last_ = open_ ? 1 - last_ : words_.below(2);
    open_ = !open_;
    return last_;
  }

 private:
  Words& words_;
  std::size_t last_ = 0;
  bool open_ = false;
};

/// Two groups of known things, each with an invented name.
Mapping named_group(Words& words) {
  static constexpr std::array<std::array<const char*, 10>, 2> kThings{
      {{"apple", "banana", "cherry", "grape", "lemon", "mango", "orange", "peach", "pear", "plum"},
       {"cat", "cow", "dog", "goat", "horse", "lion", "monkey", "mouse", "pig", "rabbit"}}};
  return [&words, turns = Turns(words), names = std::array{words.next(), words.next()},
          used = std::set<std::string>()]() mutable {
    const std::size_t group = turns.next();
    for (;;) {
      const std::string thing = kThings[group][words.below(kThings[group].size())];
      if (used.insert(thing).second) return Pair{thing, names[group]};
    }
  };
}

/// Words with one of two endings, and a name for each ending.
Mapping named_ending(Words& words) {
  std::array endings{words.ending(), words.ending()};
  while (endings[0] == endings[1]) endings[1] = words.ending();
  return [&words, turns = Turns(words), endings, names = std::array{words.next(), words.next()}]() mutable {
    const std::size_t group = turns.next();
    return Pair{words.syllable() + words.syllable() + endings[group], names[group]};
  };
}

struct Kind {
  const char* name;
  Mapping (*begin)(Words& words);
};
constexpr std::array kKinds{Kind{"suffix", suffix},           Kind{"prefix", prefix},
                            Kind{"companion", companion},     Kind{"twice", twice},
                            Kind{"swapped", swapped},         Kind{"second", second_of_two},
                            Kind{"named_group", named_group}, Kind{"named_ending", named_ending}};

struct Settings {
  int mappings = 24;
  std::vector<int> shots{0, 1, 2, 4, 8};
  Split split = Split::test;
  std::uint64_t seed = 0;
};

std::string metric_of(int shots) { return "shots_" + std::to_string(shots); }

std::string first_line(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == text.npos ? "" : text.substr(begin, text.find('\n', begin) - begin);
}

Item item_of(const Kind& kind, int number, const std::vector<Pair>& pairs, int shots) {
  const std::string mapping = std::string(kind.name) + "-" + four_digits(number);
  Item item{.id = mapping + "-shots-" + std::to_string(shots),
            .group = mapping,
            .messages = {},
            .reference = {{"judge", "exact"}, {"answer", pairs.back().answer}, {"shots", shots}}};
  for (std::size_t i = pairs.size() - 1 - static_cast<std::size_t>(shots); i + 1 < pairs.size(); ++i) {
    item.messages.push_back({"user", pairs[i].asked});
    item.messages.push_back({"assistant", pairs[i].answer});
  }
  item.messages.push_back({"user", pairs.back().asked});
  return item;
}

/// The kinds in turn, each mapping with most examples first; the last pair is the one that is asked.
std::vector<Item> items_of(const Settings& settings) {
  std::vector<Item> items;
  const int most = *std::ranges::max_element(settings.shots);
  for (int number = 1; number <= settings.mappings; ++number) {
    const Kind& kind = kKinds[static_cast<std::size_t>(number - 1) % kKinds.size()];
    Random random(derive_seed(settings.seed, {"in_context", kVersion, kind.name, std::to_string(number)}));
    std::vector<Pair> pairs;
    do {
      Words words(random);
      const Mapping next = kind.begin(words);
      pairs.clear();
      for (int i = 0; i <= most; ++i) pairs.push_back(next());
    } while (split_of("in_context", pairs.back().asked + " " + pairs.back().answer) != settings.split);
    for (const int shots : std::views::reverse(settings.shots)) items.push_back(item_of(kind, number, pairs, shots));
  }
  return items;
}

/// One arm's verdicts by number of shots.
struct ArmCurve {
  std::map<int, std::vector<double>> values;
  std::map<int, std::vector<std::string>> groups;

  Curve curve(const std::string& arm) const {
    Curve curve{arm, {}};
    for (const auto& [shots, scores] : values) {
      const auto rate = stats::clustered_rate(scores, stats::group_numbers(groups.at(shots)));
      if (!rate) continue;
      curve.points.push_back({static_cast<double>(shots), rate->rate, rate->interval.low, rate->interval.high,
                              static_cast<std::int64_t>(scores.size())});
    }
    return curve;
  }
};

std::string points(double share) {
  const auto whole = std::lround(100 * share);
  return (whole > 0 ? "+" : "") + std::to_string(whole);
}

std::string finding_of(const std::vector<Curve>& curves, const std::vector<int>& shots) {
  std::string text;
  for (const Curve& curve : curves) {
    if (curve.points.size() < 2) continue;
    const double gain = curve.points.back().value - curve.points.front().value;
    text += (text.empty() ? "" : ", ") + curve.arm + " " + points(gain) + " points";
  }
  if (text.empty()) return "";
  return "Gain from " + std::to_string(shots.front()) + " to " + std::to_string(shots.back()) + " examples: " + text +
         ".";
}

class InContext : public Suite {
 public:
  explicit InContext(const Settings& settings) : shots_(settings.shots), items_(items_of(settings)) {
    card_ = {.name = "in_context",
             .version = kVersion,
             .source = "Bakeoff (generated); after arXiv:2209.11895 and arXiv:2303.03846",
             .licence = "Apache-2.0",
             .metrics = {{"accuracy", Direction::higher_is_better, "right where there are examples"}},
             .digest = "",
             .cost = "20 prompt tokens and 30 for each example, 24 answer tokens at most; judged by a program"};
    for (const int shots : settings.shots)
      card_.metrics.push_back({metric_of(shots), Direction::higher_is_better,
                               "right after " + std::to_string(shots) + (shots == 1 ? " example" : " examples")});
    card_.digest = suite_digest(card_, {{"shots", settings.shots}}, items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = 24;
    greedy.stop = {"\n"};
    return greedy;
  }
  Verdict judge(const Item& item, const Sample& sample) const override {
    const Verdict exact = apply_judge(item.reference, first_line(sample.completion.text));
    if (!exact.score) return exact;
    const int shots = item.reference.at("shots").get<int>();
    std::map<std::string, double> metrics{{metric_of(shots), *exact.score}};
    if (shots > 0) metrics["accuracy"] = *exact.score;
    return Verdict::scored(*exact.score, std::move(metrics), exact.evidence);
  }
  std::string example_answer(const Item& item) const override { return item.reference.at("answer").get<std::string>(); }

  Result<std::vector<Exhibit>> exhibits(const Results& results) const override {
    Exhibit exhibit{.name = "learning",
                    .title = "Learning a new mapping from examples",
                    .finding = "",
                    .x_title = "examples in the context",
                    .y_title = "right answers",
                    .unit = "share",
                    .curves = {},
                    .matrix = std::nullopt};
    for (const Arm& arm : results.arms()) {
      BAKEOFF_TRY(const auto played, results.played(arm.name, results.own_label()));
      ArmCurve scores;
      for (const Results::Played& one : played) {
        if (!one.verdict.score) continue;
        const int shots = one.item->reference.at("shots").get<int>();
        scores.values[shots].push_back(*one.verdict.score);
        scores.groups[shots].push_back(one.item->group);
      }
      if (!scores.values.empty()) exhibit.curves.push_back(scores.curve(arm.name));
    }
    if (exhibit.curves.empty()) return std::vector<Exhibit>();
    exhibit.finding = finding_of(exhibit.curves, shots_);
    return std::vector{std::move(exhibit)};
  }

 private:
  std::vector<int> shots_;  ///< rising
  std::vector<Item> items_;
  SuiteCard card_;
};

Result<std::vector<int>> read_shots(ObjectReader& fields, const std::string& where, std::vector<int> fallback) {
  constexpr int kMostShots = 10;
  const Json given = fields.optional("shots", Json(fallback));
  const auto wrong = [&] {
    return input_error("expected different numbers from 0 to 10, found " + dump(given), where + ".shots",
                       "for example [0, 1, 2, 4, 8]");
  };
  if (!given.is_array() || given.empty()) return wrong();
  std::set<int> shots;
  for (const Json& value : given) {
    if (!value.is_number_integer() || value < 0 || value > kMostShots) return wrong();
    shots.insert(value.get<int>());
  }
  if (shots.size() != given.size()) return wrong();
  return std::vector<int>(shots.begin(), shots.end());
}

}  // namespace

Result<std::unique_ptr<Suite>> create_in_context(const SuiteConfig& config) {
  Settings settings;
  settings.seed = config.seed;
  ObjectReader fields(config.fields, config.where);
  settings.mappings = fields.in_range("items", settings.mappings, 1, 2000);
  settings.split = read_split(fields);
  const auto shots = read_shots(fields, config.where, settings.shots);
  BAKEOFF_CHECK(fields.finish());
  BAKEOFF_TRY(settings.shots, shots);
  return std::unique_ptr<Suite>(std::make_unique<InContext>(settings));
}

}  // namespace bakeoff::suites
