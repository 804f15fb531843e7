// Success by round, for each learner and for the base without feedback.
//
// A point of `replays` and `unseen` at round r is the mean over the kinds of rounds 1 to r, each with equal weight
// (harness/stats/strata.h); differences are paired by item and replicate.
#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "harness/stats/strata.h"
#include "suites/feedback.h"
#include "suites/shown_mean.h"

namespace bakeoff::suites::feedback {

namespace {

using stats::Stratum;
using Key = std::pair<std::string, int>;    // item, replicate
using Scores = std::map<Key, double>;       // of one arm on one kind's tasks
using Part = std::pair<std::string, bool>;  // kind (empty: ordinary questions), is it seen?

/// Each item is a group: its replicates are not independent.
Stratum stratum_of(const std::vector<std::pair<std::string, double>>& values) {
  Stratum stratum;
  std::vector<std::string> items;
  for (const auto& [item, value] : values) {
    items.push_back(item);
    stratum.values.push_back(value);
  }
  stratum.groups = stats::group_numbers(items);
  return stratum;
}

/// Who is shown: the arm at each round.
struct Line {
  std::string name;
  std::vector<std::string> states;
};

class Exhibitor {
 public:
  Exhibitor(const std::vector<Course>& courses, const Results& results) : courses_(courses), results_(results) {
    std::size_t rounds = 0;
    for (const Course& course : courses) {
      lines_.push_back({name_of(course.learner), course.states});
      rounds = std::max(rounds, course.states.size());
    }
    if (rounds > 0) lines_.push_back({"no feedback", std::vector(rounds, courses.front().states.front())});
  }

  Result<std::vector<Exhibit>> make() {
    if (lines_.empty()) return std::vector<Exhibit>();
    for (const Line& line : lines_)
      for (const std::string& state : line.states) BAKEOFF_CHECK(read(state));
    return std::vector<Exhibit>{tasks("replays", "Replays: the tasks that corrections came from", true),
                                tasks("unseen", "Unseen tasks of the kinds corrected so far", false), kept(),
                                by_kind()};
  }

 private:
  Status read(const std::string& arm) {
    if (scores_.contains(arm)) return {};
    auto& parts = scores_[arm];
    BAKEOFF_TRY(const auto played, results_.played(arm, results_.own_label()));
    for (const auto& one : played) {
      const Task task = task_of(*one.item);
      if (one.verdict.score)
        parts[{task.kind, task.is_seen}][{one.item->id, one.sample.replicate}] = *one.verdict.score;
    }
    return {};
  }

  /// An arm's scores, less those of another where one is named, on what both have.
  Stratum values(const Part& part, const std::string& arm, const std::string& less = "") const {
    std::vector<std::pair<std::string, double>> found;
    const Scores nothing;
    const auto of = [&](const std::string& name) -> const Scores& {
      const auto& parts = scores_.at(name);
      const auto at = parts.find(part);
      return at == parts.end() ? nothing : at->second;
    };
    for (const auto& [key, score] : of(arm)) {
      if (less.empty())
        found.emplace_back(key.first, score);
      else if (const auto other = of(less).find(key); other != of(less).end())
        found.emplace_back(key.first, score - other->second);
    }
    return stratum_of(found);
  }

  /// Over the kinds of the rounds 1 to `round`.
  std::optional<stats::Mean> over_kinds(std::size_t round, const std::function<Stratum(std::size_t)>& of) const {
    std::vector<Stratum> strata;
    for (std::size_t kind = 0; kind < round; ++kind)
      if (Stratum one = of(kind); !one.values.empty()) strata.push_back(std::move(one));
    return stats::mean_of_means(strata);
  }

  static Part part_of(std::size_t kind, bool is_seen) { return {kinds()[kind].name, is_seen}; }

  static Exhibit curves(const std::string& name, const std::string& title, const std::string& y_title) {
    return {.name = name,
            .title = title,
            .finding = "",
            .x_title = "round",
            .y_title = y_title,
            .unit = "share",
            .curves = {},
            .matrix = {}};
  }

  Exhibit tasks(const std::string& name, const std::string& title, bool is_seen) const {
    Exhibit exhibit = curves(name, title, "right answers");
    for (const Line& line : lines_) {
      Curve curve{line.name, {}};
      for (std::size_t round = 1; round < line.states.size(); ++round) {
        const auto mean =
            over_kinds(round, [&](std::size_t kind) { return values(part_of(kind, is_seen), line.states[round]); });
        if (mean) curve.points.push_back(point_of(static_cast<double>(round), *mean, kShare));
      }
      if (!curve.points.empty()) exhibit.curves.push_back(std::move(curve));
      add_sentence(exhibit.finding, task_text(line, is_seen));
    }
    if (lines_.size() == 3) add_sentence(exhibit.finding, difference_text(is_seen));
    return exhibit;
  }

  static void add_sentence(std::string& text, const std::string& sentence) {
    if (!sentence.empty()) text += (text.empty() ? "" : " ") + sentence;
  }

  /// After the last round, and what was lost since each kind's own round.
  std::string task_text(const Line& line, bool is_seen) const {
    const std::size_t last = line.states.size() - 1;
    if (last == 0) return "";
    const std::string& state = line.states[last];
    std::string text = line.name + ": " +
                       text_of(over_kinds(last, [&](std::size_t k) { return values(part_of(k, is_seen), state); })) +
                       " after round " + std::to_string(last);
    if (state == line.states.front() || last < 2) return text + ".";
    const auto change =
        over_kinds(last - 1, [&](std::size_t k) { return values(part_of(k, is_seen), state, line.states[k + 1]); });
    return text + ", change since each kind's own round " + text_of(change) + ".";
  }

  /// The two learners at the last round that both have.
  std::string difference_text(bool is_seen) const {
    const std::size_t last = std::min(lines_[0].states.size(), lines_[1].states.size()) - 1;
    if (last == 0) return "";
    return lines_[0].name + " less " + lines_[1].name + ": " +
           text_of(over_kinds(last,
                              [&](std::size_t k) {
                                return values(part_of(k, is_seen), lines_[0].states[last], lines_[1].states[last]);
                              })) +
           ".";
  }

  Exhibit kept() const {
    Exhibit exhibit = curves("kept", "Ordinary questions: right, and without a mark of any correction", "kept");
    for (const Line& line : lines_) {
      Curve curve{line.name, {}};
      for (std::size_t round = 0; round < line.states.size(); ++round)
        if (const auto mean = stats::mean_of_means(std::vector{values({"", false}, line.states[round])}))
          curve.points.push_back(point_of(static_cast<double>(round), *mean, kShare));
      if (!curve.points.empty()) exhibit.curves.push_back(std::move(curve));
      if (line.states.back() != line.states.front())
        add_sentence(exhibit.finding,
                     line.name + " less no feedback, after round " + std::to_string(line.states.size() - 1) + ": " +
                         text_of(stats::mean_of_means(
                             std::vector{values({"", false}, line.states.back(), line.states.front())})) +
                         ".");
    }
    return exhibit;
  }

  Exhibit by_kind() const {
    Exhibit exhibit = curves("kinds", "Unseen tasks of each kind, arm by arm", "arm");
    exhibit.x_title = "kind";
    exhibit.matrix = Matrix{};
    std::size_t rounds = 0;
    for (const Course& course : courses_) rounds = std::max(rounds, course.states.size() - 1);
    for (std::size_t kind = 0; kind < rounds; ++kind) exhibit.matrix->columns.push_back(kinds()[kind].name);
    for (const Line& line : lines_)
      for (const std::string& arm : line.states) {
        auto& rows = exhibit.matrix->rows;
        if (std::find(rows.begin(), rows.end(), arm) != rows.end()) continue;
        rows.push_back(arm);
        auto& cells = exhibit.matrix->cells.emplace_back();
        for (std::size_t kind = 0; kind < rounds; ++kind) {
          const auto mean = stats::mean_of_means(std::vector{values(part_of(kind, false), arm)});
          cells.push_back(mean ? std::optional(mean->mean) : std::nullopt);
        }
      }
    for (const Course& course : courses_)
      add_sentence(exhibit.finding, fmt::format("{}: {} corrections in {} rounds.", name_of(course.learner),
                                                course.corrections.size(), course.states.size() - 1));
    return exhibit;
  }

  const std::vector<Course>& courses_;
  const Results& results_;
  std::vector<Line> lines_;
  std::map<std::string, std::map<Part, Scores>> scores_;  // by arm
};

}  // namespace

Result<std::vector<Exhibit>> feedback_exhibits(const std::vector<Course>& courses, const Results& results) {
  return Exhibitor(courses, results).make();
}

}  // namespace bakeoff::suites::feedback
