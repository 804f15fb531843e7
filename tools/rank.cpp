// `bakeoff rank`: ratings from votes, of files or of runs.
#include <cstdio>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "harness/compare/ranking.h"
#include "harness/core/words.h"
#include "harness/store/place.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/table.h"
#include "tools/commands.h"
#include "tools/records.h"

namespace bakeoff::tools {

namespace {

using compare::Ranking;
using reports::Ink;
using reports::TableCell;
using reports::TextTable;

struct RankFlags {
  compare::RankOptions rank;
  std::vector<std::string> files, runs;
  std::string ties = "half", anchor, output = "-";
  int elo_orders = -1;  ///< < 0: as many as is quick
  bool json = false, table = false;
};

std::string points(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

std::string percent(double share) {
  if (share != share) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * share);
  return text;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + reports::printable(word);
  return text;
}

std::string name_of(const std::string& name) {
  constexpr int kCells = 32;
  return reports::fitted(reports::printable(name), kCells);
}

std::string ratings_table(const Ranking& ranking, bool colour) {
  TextTable table;
  std::vector<TableCell> head;
  for (const char* title : {"model", "rank", "rating", "low", "high", "games", "won", "lost", "tied", "Elo"})
    head.push_back({title, Ink::soft});
  table.add(head);
  const bool is_bounded = ranking.separate_groups.empty();  // else nothing says how far apart the groups are
  for (const compare::RatedModel& model : ranking.models) {
    const stats::Rating& rating = model.rating;
    table.add({{name_of(model.name)},
               {std::to_string(rating.rank)},
               {points(rating.rating), Ink::strong},
               {is_bounded ? points(rating.interval.low) : "–"},
               {is_bounded ? points(rating.interval.high) : "–"},
               {points(rating.votes)},
               {points(model.wins)},
               {points(model.losses)},
               {points(model.ties)},
               {points(model.elo_mean.value_or(model.elo))}});
  }
  return table.render(colour);
}

/// Columns by rank, so that the width does not depend on the names.
std::string matrix_table(const Ranking& ranking, bool colour) {
  constexpr std::size_t kMost = 12;
  if (ranking.models.size() > kMost) return "";
  TextTable table;
  std::vector<TableCell> head = {{"points taken from", Ink::soft}};
  for (std::size_t i = 0; i < ranking.models.size(); ++i) head.push_back({"#" + std::to_string(i + 1), Ink::soft});
  table.add(head);
  for (std::size_t i = 0; i < ranking.models.size(); ++i) {
    std::vector<TableCell> row = {{"#" + std::to_string(i + 1) + " " + name_of(ranking.models[i].name)}};
    for (const double share : ranking.win_shares[i]) row.push_back({percent(share)});
    table.add(std::move(row));
  }
  return "\n" + table.render(colour);
}

std::string categories_table(const Ranking& ranking, bool colour) {
  if (ranking.categories.empty()) return "";
  TextTable table;
  table.add({{"category", Ink::soft}, {"votes", Ink::soft}, {"best", Ink::soft}, {"rating", Ink::soft}});
  for (const compare::PartRanking& each : ranking.categories) {
    std::vector<TableCell> row = {{name_of(each.name)}, {std::to_string(each.votes)}};
    if (each.error)
      row.push_back({"not rated: " + reports::fitted(each.error->what, 60), Ink::soft});
    else
      row.insert(row.end(), {{name_of(each.models.front().name)}, {points(each.models.front().rating.rating)}});
    table.add(std::move(row));
  }
  return "\n" + table.render(colour);
}

/// What people call an origin.
std::string title_of(const std::string& origin) {
  if (origin == name_of(compare::VoteOrigin::given)) return "votes as given";
  if (origin == name_of(compare::VoteOrigin::judge)) return "a judge that is proven";
  return origin == name_of(compare::VoteOrigin::verdicts) ? "derived from verdicts" : "JUDGE UNPROVEN";
}

/// Ratings by who voted, where that differs: a row each, a column for each origin.
std::string origins_table(const Ranking& ranking, bool colour) {
  if (ranking.origins.size() < 2) return "";
  TextTable table;
  std::vector<TableCell> head = {{"rating by", Ink::soft}};
  for (const compare::PartRanking& each : ranking.origins)
    head.push_back({title_of(each.name) + " (" + std::to_string(each.votes) + ")", Ink::soft});
  table.add(head);
  for (const compare::RatedModel& model : ranking.models) {
    std::vector<TableCell> row = {{name_of(model.name)}};
    for (const compare::PartRanking& each : ranking.origins) {
      const auto found = std::find_if(each.models.begin(), each.models.end(),
                                      [&](const auto& other) { return other.name == model.name; });
      row.push_back({found == each.models.end() ? "-" : points(found->rating.rating)});
    }
    table.add(std::move(row));
  }
  return "\n" + table.render(colour);
}

std::string method_note(const Ranking& ranking) {
  const compare::RankOptions& options = ranking.options;
  return "Bradley-Terry, " + counted(ranking.votes, "vote") + ", " + counted(ranking.ties, "tie") + " " +
         (options.ties == stats::Ties::half ? "by half" : "as Davidson") + "; " + percent(options.confidence) +
         " intervals by " + (options.bootstrap_draws > 0 ? "bootstrap" : "sandwich") +
         ", against the mean of the field. Elo: " +
         (ranking.elo_orders > 0 ? "mean over " + counted(ranking.elo_orders, "random order") + "."
                                 : "in the order of the votes.");
}

/// What a reader of the ratings must know.
std::string notes(const Ranking& ranking) {
  std::vector<std::string> list = {method_note(ranking)};
  if (ranking.origins.size() > 1)
    list.push_back("The ratings above mix votes of different origins; by origin they are shown apart.");
  for (const compare::PartRanking& each : ranking.origins) {
    if (each.name == name_of(compare::VoteOrigin::unproven_judge))
      list.push_back("JUDGE UNPROVEN: " + count_text(each.votes) + " of " + counted(ranking.votes, "vote") +
                     " come from a judge that did not find the better answer where it is known; they mean little.");
    if (each.error) list.push_back("Not rated by " + title_of(each.name) + ": " + reports::printable(each.error->what));
  }
  for (const auto& [reason, count] : ranking.empty)
    list.push_back(counted(count, "row") + " without a vote left out: " + reports::printable(reason) + ".");
  if (ranking.ridge > 0) {
    std::string groups;
    for (const auto& group : ranking.separate_groups) groups += " {" + joined(group, ", ") + "}";
    list.push_back(
        "Some took no point from others, so no rating says how far apart they are; a ridge pulls them "
        "together. Groups:" +
        groups);
  }
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, ranking.cycles.size()); ++i)
    list.push_back("Contradiction: " + joined(ranking.cycles[i], " beats ") + " beats " +
                   reports::printable(ranking.cycles[i].front()) + ".");
  if (ranking.cycles.size() > kShown)
    list.push_back(std::to_string(ranking.cycles.size() - kShown) + " more contradictions: --json lists them.");
  for (const compare::Forks& forks : ranking.forks)
    list.push_back("Forks of one bake (" + forks.adapter.substr(0, 16) + "): " + joined(forks.members, ", ") +
                   ". Their votes are not those of strangers.");
  std::string text = "\n";
  for (const std::string& note : list) text += reports::wrapped(note, 96, "  ");
  return text;
}

std::string ranking_text(const Ranking& ranking) {
  const bool colour = reports::wants_colour();
  return ratings_table(ranking, colour) + origins_table(ranking, colour) + matrix_table(ranking, colour) +
         categories_table(ranking, colour) + notes(ranking);
}

Result<compare::VoteSet> all_votes(const RankFlags& flags) {
  compare::VoteSet votes;
  for (const std::string& file : flags.files) BAKEOFF_CHECK(compare::read_votes(file, votes));
  const bool several = flags.runs.size() + flags.files.size() > 1;
  for (const std::string& name : flags.runs) {
    const store::Place place = store::place_of(name);
    BAKEOFF_TRY(const auto store, store::Store::open(place.folder, store::Access::read));
    BAKEOFF_TRY(const store::RunId run, store::find_execution(*store, place.execution));
    BAKEOFF_CHECK(compare::add_votes(*store, run, several ? name + ":" : "", votes));
  }
  return votes;
}

/// The bad rows, one line each, and how the program ends.
Result<int> status_of(const std::vector<Error>& bad) {
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(kShown, bad.size()); ++i)
    std::fprintf(stderr, "bakeoff: %s\n", bad[i].line().c_str());
  if (bad.empty()) return 0;
  return input_error(counted(std::ssize(bad), "row") + " could not be read; the ranking is of the others");
}

Result<int> rank(const RankFlags& flags) {
  if (flags.files.empty() && flags.runs.empty())
    return usage_error("nothing to rank", "rank", "give --votes FILE or a run");
  compare::RankOptions options = flags.rank;
  options.ties = flags.ties == "half" ? stats::Ties::half : stats::Ties::davidson;
  if (flags.elo_orders >= 0) options.elo_orders = flags.elo_orders;
  if (!flags.anchor.empty()) {
    const auto equals = flags.anchor.rfind('=');
    options.anchor = flags.anchor.substr(0, equals);
    if (equals != std::string::npos &&
        !CLI::detail::lexical_cast(flags.anchor.substr(equals + 1), options.anchor_rating))
      return usage_error("expected NAME or NAME=RATING, found \"" + flags.anchor + "\"", "--anchor");
  }
  BAKEOFF_TRY(const compare::VoteSet votes, all_votes(flags));
  auto ranking = compare::rank_votes(votes, options);
  if (!ranking.ok()) {
    static_cast<void>(status_of(votes.bad));
    Error error = ranking.error();
    std::vector<std::string> sources = flags.files;
    sources.insert(sources.end(), flags.runs.begin(), flags.runs.end());
    if (error.where.empty()) error.where = joined(sources, ", ");
    return error;
  }
  if (flags.table || (!flags.json && flags.output == "-" && isatty(STDOUT_FILENO) != 0)) {
    std::fputs(ranking_text(*ranking).c_str(), stdout);
    return status_of(votes.bad);
  }
  BAKEOFF_TRY(const auto output, RecordOutput::open(flags.output));
  BAKEOFF_CHECK(output->write(compare::to_json(*ranking)));
  return status_of(votes.bad);
}

}  // namespace

Action declare_rank(CLI::App& app) {
  auto flags = std::make_shared<RankFlags>();
  app.add_option("runs", flags->runs, "Runs whose votes are counted: folder, or its name below runs/, @ID or @TAG");
  app.add_option(
         "--votes,--input", flags->files,
         "Votes as .csv, .jsonl or .json (also .gz), or - for JSONL on standard input: model_a, model_b, winner, "
         "perhaps category; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--output", flags->output, "Where the JSON goes; - is standard output")->capture_default_str();
  app.add_option("--ties", flags->ties, "half: a tie is half a win for both; davidson: a third outcome")
      ->check(CLI::IsMember({"half", "davidson"}))
      ->capture_default_str();
  app.add_option("--bootstrap", flags->rank.bootstrap_draws, "Intervals by so many draws; 0: by the sandwich")
      ->check(CLI::IsMember({0}) | CLI::Range(2, 100'000))
      ->capture_default_str();
  app.add_option("--confidence", flags->rank.confidence, "Of the intervals")
      ->check(CLI::Range(0.5, 0.9999))
      ->capture_default_str();
  app.add_option("--anchor", flags->anchor, "NAME=RATING: who is put where; default: the mean rating is 1000");
  app.add_option("--elo-orders", flags->elo_orders, "Random orders that Elo is averaged over; default: what is quick")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--seed", flags->rank.seed, "Of bootstrap and orders")->capture_default_str();
  app.add_flag("--table", flags->table, "Print tables for people: the default on a terminal");
  app.add_flag("--json", flags->json, "Print the JSON object: the default elsewhere");
  return [flags] { return rank(*flags); };
}

}  // namespace bakeoff::tools
