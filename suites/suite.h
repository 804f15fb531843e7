// A suite: items, how they are played, how they are judged. One file per suite and one line in suites/table.cpp.
//
// Legal call order: create() -> items() -> (episode() -> next()* -> judge())*. A Suite is immutable after
// create(); items(), episode() and judge() may be called from any thread.
#pragma once

#include <memory>
#include <string_view>

#include "harness/core/evaluation.h"
#include "harness/core/exhibit.h"

namespace bakeoff::suites {

enum class Direction { higher_is_better, lower_is_better };

struct Metric {
  std::string name;
  Direction direction = Direction::higher_is_better;
  std::string meaning;  ///< one line for reports
};

/// What identifies and describes a suite.
struct SuiteCard {
  std::string name;             ///< as users type it
  std::string version;          ///< changes whenever a verdict or an item could change
  std::string source, licence;  ///< of protocol and items
  std::vector<Metric> metrics;  ///< the first one is primary
  std::string digest;           ///< SHA-256 over version, configuration and items
  std::string cost{};           ///< about how many tokens an item reads and writes, and what judging needs
  bool may_grow = false;        ///< grow() may add work: a plan says that it is not all yet
};

/// One item being played by one arm: a conversation of one or more turns.
class Episode {
 public:
  virtual ~Episode() = default;
  /// The next request given the reply to the previous one (null at first), or nothing when the episode is over. A
  /// failed one does not reach the episode: its sample becomes unscored. An episode that begins in raw text stays in
  /// it.
  virtual std::optional<Request> next(const Reply* reply) = 0;
  /// The exchange so far, for the record. An episode that asks for scores alone ends it with an assistant's message
  /// that states them: this text is then the sample's answer, which judge() and `bakeoff judge` read.
  virtual Conversation messages() const = 0;
};

class Suite;

/// What was played so far, as a suite may read it once the work that the plan holds is done.
class Results {
 public:
  struct Played {
    const Item* item = nullptr;
    Sample sample;
    Verdict verdict;
    std::string key = {};  ///< of the sample in the store
  };
  virtual ~Results() = default;
  /// What the experiment calls the suite that asks.
  virtual const std::string& own_label() const = 0;
  virtual const std::vector<Arm>& arms() const = 0;
  /// Of all suites in the plan, in its order.
  virtual std::vector<std::string> labels() const = 0;
  /// Null where there is none.
  virtual const Suite* suite(const std::string& label) const = 0;
  /// One arm's answers to one suite, by item, then replicate. Nothing was played: empty.
  virtual Result<std::vector<Played>> played(const std::string& arm, const std::string& label) const = 0;
  /// Nats per token for each conversation of a contrast of this suite; nothing where it could not be computed. Empty
  /// before it was computed.
  virtual std::vector<std::optional<double>> contrast(const std::string& name) const = 0;
};

/// KL( arm || against ) of the next-token distributions, averaged over the tokens of each conversation's last message
/// (an assistant's). Each arm sees the conversation after its own context.
struct Contrast {
  std::string name;  ///< unique in its suite
  std::string arm, against;
  std::vector<Conversation> conversations;
};

/// A bake that a suite adds to the plan.
struct AddedBake {
  std::string name;
  PromptSpec prompt;
  std::vector<Conversation> questions;
  std::optional<Recipe> recipe;  ///< none: that of the experiment's first bake, or the default
  std::string parent;            ///< the bake that it starts from; empty: the base
  int replay_questions = 0;      ///< of each bake below, the first ones, trained together with the new; 0: no replay
};

/// A further suite, and who plays it: the pairs that a judge compares, say. Without a suite: one that is there already
/// under this label, which these arms play too.
struct AddedSuite {
  std::string label;
  std::shared_ptr<const Suite> suite;
  std::vector<std::string> arms;
};

/// Whose answer to one item was better, as a judge or two verdicts say.
struct Vote {
  std::string suite, item;  ///< that was compared
  int replicate = 0;
  std::string model_a, model_b;  ///< arms; a: whose answer was shown first
  std::string winner;            ///< "model_a", "model_b" or "tie"
  std::string judge;             ///< who says so
  std::string category;
  std::string sample_key = {};  ///< of the sample that holds the judge's words; empty: there is none
};

/// Work that a suite adds. What is there already under the same name is not added again.
struct Growth {
  std::vector<AddedBake> bakes;
  std::vector<Arm> arms;  ///< each plays the suite that adds it; those of a kind with an adapter name a bake
  std::vector<AddedSuite> suites;
  std::vector<PromptSpec> prompts = {};  ///< that arms see and no bake has
};

class Suite {
 public:
  virtual ~Suite() = default;
  virtual const SuiteCard& card() const = 0;
  virtual const std::vector<Item>& items() const = 0;
  /// How answers are drawn unless the experiment says otherwise.
  virtual Decoding decoding() const = 0;
  /// Default: one question, one answer.
  virtual std::unique_ptr<Episode> episode(const Item& item, const Decoding& decoding, std::uint64_t seed) const;
  virtual Verdict judge(const Item& item, const Sample& sample) const = 0;
  /// An answer to show how an item is judged; default: what its reference asks for, else one that knows nothing.
  virtual std::string example_answer(const Item& item) const;
  /// Arms that this suite adds to the plan (retention's sequence, say). Default: none.
  virtual std::vector<Arm> added_arms(const std::vector<Arm>& arms) const;
  /// Work that follows from what was played. Asked after each round until nothing new comes. Default: none.
  virtual Result<Growth> grow(const Results& results) const;
  /// What else is to be computed once all is played. Default: none.
  virtual Result<std::vector<Contrast>> contrasts(const Results& results) const;
  /// Curves and matrices for the report, once all is played and the contrasts are computed. Default: none.
  virtual Result<std::vector<Exhibit>> exhibits(const Results& results) const;
  /// Votes between arms, for ratings, once all is played; unique by suite, item, replicate and arms. Default: none.
  virtual Result<std::vector<Vote>> votes(const Results& results) const;
};

/// What the experiment file says about one suite; relative paths are against `folder`.
struct SuiteConfig {
  Json fields;  ///< the suite's own keys; create() rejects unknown ones
  Path folder;
  std::uint64_t seed = 0;
  std::string where;  ///< "pirate.yaml: suites[0]"
};

struct SuiteEntry {
  const char* name;
  const char* summary;
  Result<std::unique_ptr<Suite>> (*create)(const SuiteConfig&);
  bool reads_selection = false;  ///< reads `limit` and `ids` itself: its examples are none of the selected items
};

/// The table: one line per suite.
std::span<const SuiteEntry> all_suites();
Result<std::unique_ptr<Suite>> create_suite(std::string_view name, const SuiteConfig& config);

}  // namespace bakeoff::suites
