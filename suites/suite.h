// A suite: items, how they are played, how they are judged. One file per suite and one line in suites/table.cpp.
//
// Legal call order: create() -> items() -> (episode() -> next()* -> judge())*. A Suite is immutable after
// create(); items(), episode() and judge() may be called from any thread.
#pragma once

#include <memory>
#include <string_view>

#include "harness/core/evaluation.h"

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
};

/// One item being played by one arm: a conversation of one or more turns.
class Episode {
 public:
  virtual ~Episode() = default;
  /// The next request given the reply to the previous one (null at first), or nothing when the episode is over.
  /// A failed request does not reach the episode: its sample becomes unscored.
  virtual std::optional<Request> next(const Reply* reply) = 0;
  /// The exchange so far, for the record. An episode that asks for scores alone ends it with an assistant's message
  /// that states them: this text is then the sample's answer, which judge() and `bakeoff judge` read.
  virtual Conversation messages() const = 0;
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
  /// An answer to show how an item is judged; default: one that knows nothing.
  virtual std::string example_answer(const Item& item) const;
  /// Arms that this suite adds to the plan (retention's sequence, say). Default: none.
  virtual std::vector<Arm> added_arms(const std::vector<Arm>& arms) const;
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
};

/// The table: one line per suite.
std::span<const SuiteEntry> all_suites();
Result<std::unique_ptr<Suite>> create_suite(std::string_view name, const SuiteConfig& config);

}  // namespace bakeoff::suites
