// Votes with the names of those they are about: from files as arenas publish them, and from stores.
//
//   compare::VoteSet votes;
//   BAKEOFF_CHECK(compare::read_votes("battles.jsonl", votes));       // or add_votes(*store, run, votes)
//   BAKEOFF_TRY(const auto ranking, compare::rank_votes(votes));      // ranking.h
//
// A row of a file has `model_a`, `model_b`, `winner` ("model_a", "model_b", "tie", "tie (bothbad)", "both_bad") and
// perhaps `category`; other columns are left alone. A row whose winner is "unparsed", empty or null holds no vote: it
// is counted, and is no tie.
//
// Thread rule: plain data.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/result.h"
#include "harness/stats/votes.h"
#include "harness/store/store.h"

namespace bakeoff::compare {

/// Competitors that come from one adapter: near copies, whose votes say less than as many votes between strangers.
struct Forks {
  std::string adapter;               ///< content id of the ancestor that they share
  std::vector<std::string> members;  ///< names, sorted
};

struct VoteSet {
  std::vector<std::string> names;             ///< of competitors, by their number in the votes
  std::vector<stats::Vote> votes;             ///< in the order given
  std::vector<std::string> categories;        ///< that occur, in the order of their first vote
  std::vector<std::int32_t> category_of;      ///< of each vote, into `categories`; -1: none
  std::map<std::string, std::int64_t> empty;  ///< rows without a vote, by reason
  std::vector<Error> bad;                     ///< rows that can not be read
  std::vector<Forks> forks;                   ///< known from stores only

  /// The number of a name, new or old.
  std::int32_t number(const std::string& name);
  void add(const std::string& model_a, const std::string& model_b, stats::Outcome outcome, const std::string& category);

 private:
  std::map<std::string, std::int32_t> numbers_, category_numbers_;
};

/// Appends the votes of a .csv, .jsonl or .json file, packed or not; "-" is JSONL on standard input. A row that can not
/// be read goes to `into.bad`. Errors: no such file, another ending.
Status read_votes(const Path& file, VoteSet& into);

/// Appends the votes of one run of a store, and which of its arms come from one adapter. `prefix` is put before the
/// names: "" where only one run is rated.
Status add_votes(store::Store& store, store::RunId run, const std::string& prefix, VoteSet& into);

}  // namespace bakeoff::compare
