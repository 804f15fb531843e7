// Votes with the names of those they are about: from files as arenas publish them, and from stores.
//
//   compare::VoteSet votes;
//   BAKEOFF_CHECK(compare::read_votes("battles.jsonl", votes));       // or add_votes(*store, run, votes)
//   BAKEOFF_TRY(const auto ranking, compare::rank_votes(votes));      // ranking.h
//
// Three forms of rows are read, as FastChat and its arenas publish them; other columns are left alone:
//
//   model_a, model_b, winner                       "model_a", "model_b", "tie", "tie (bothbad)" or "both_bad"; perhaps
//                                                  category, question_id (or id), judge, tstamp: seconds since 1970
//   model_a, model_b, winner_model_a, winner_model_b, winner_tie         one of the three is 1
//   type, models, states, tstamp                   the arena's own log: "leftvote", "rightvote", "tievote",
//                                                  "bothbad_vote"; any other type is no vote
//
// A row whose winner is "unparsed", empty or null holds no vote: it is counted, and is no tie.
//
// Thread rule: plain data.
#pragma once

#include <cstdint>
#include <functional>
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

/// Who says so: ratings of different origins answer different questions, so that they are shown apart.
enum class VoteOrigin : std::uint8_t {
  given,           ///< by people, or a file that does not say
  judge,           ///< by a model that finds the better answer where it is known
  unproven_judge,  ///< by a model of which that is not shown
  verdicts,        ///< derived from what both arms scored on the same item
};
inline constexpr VoteOrigin kVoteOrigins[] = {VoteOrigin::given, VoteOrigin::judge, VoteOrigin::unproven_judge,
                                              VoteOrigin::verdicts};
/// "given", "judge", "judge unproven", "verdicts".
const char* name_of(VoteOrigin origin);
VoteOrigin origin_of(const store::VoteRow& vote);

struct VoteSet {
  std::vector<std::string> names;             ///< of competitors, by their number in the votes
  std::vector<stats::Vote> votes;             ///< in the order given
  std::vector<std::string> categories;        ///< that occur, in the order of their first vote
  std::vector<std::int32_t> category_of;      ///< of each vote, into `categories`; -1: none
  std::vector<VoteOrigin> origins;            ///< of each vote
  std::map<std::string, std::int64_t> empty;  ///< rows without a vote, by reason
  std::vector<Error> bad;                     ///< rows that can not be read
  std::vector<Forks> forks;                   ///< known from stores only

  /// The number of a name, new or old.
  std::int32_t number(const std::string& name);
  /// Between two different models. `prefix` is put before their names. An outcome without a name: input error.
  Status add(const store::VoteRow& vote, const std::string& prefix = "");

 private:
  std::map<std::string, std::int32_t> numbers_, category_numbers_;
};

struct VoteHandlers {
  /// A vote between two different models, without `id` and `source`; `line` is where its row begins.
  std::function<Status(std::size_t line, store::VoteRow vote)> on_vote;
  std::function<void(const std::string& reason)> on_empty;  ///< a row without a vote
  std::function<Status(const Error& error)> on_bad;         ///< a row that can not be read
};

/// Calls one of the three for each row of a .csv, .jsonl or .json file, packed or not; "-" is JSONL on standard input.
/// Stops at the first error that one returns. Errors: no such file, another ending.
Status for_each_vote(const Path& file, const VoteHandlers& handlers);

/// Appends the votes of a .csv, .jsonl or .json file, packed or not; "-" is JSONL on standard input. A row that can not
/// be read goes to `into.bad`. Errors: no such file, another ending.
Status read_votes(const Path& file, VoteSet& into);

/// Appends the votes of one run of a store, and which of its arms come from one adapter. `prefix` is put before the
/// names: "" where only one run is rated.
Status add_votes(store::Store& store, store::RunId run, const std::string& prefix, VoteSet& into);

}  // namespace bakeoff::compare
