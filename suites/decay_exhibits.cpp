#include "suites/decay_exhibits.h"

#include <algorithm>

#include <fmt/format.h>

#include "harness/stats/decay.h"
#include "harness/stats/mean.h"
#include "suites/shown_mean.h"

namespace bakeoff::suites {

namespace {

using Conversations = std::map<std::string, TurnScores>;

std::vector<stats::TurnScore> turn_scores(const Conversations& conversations) {
  std::vector<stats::TurnScore> scores;
  int number = 0;
  for (const auto& [name, turns] : conversations) {
    for (const auto& [turn, score] : turns) scores.push_back({number, static_cast<double>(turn), score});
    ++number;
  }
  return scores;
}

/// One line less another, where both have the conversation and the turn.
DecayLine difference(const DecayLine& line, const DecayLine& from, std::string name) {
  DecayLine less{std::move(name), false, {}, {}};
  for (const auto& [conversation, turns] : line.conversations) {
    const auto other = from.conversations.find(conversation);
    if (other == from.conversations.end()) continue;
    for (const auto& [turn, score] : turns)
      if (const auto same = other->second.find(turn); same != other->second.end())
        less.conversations[conversation][turn] = score - same->second;
  }
  return less;
}

std::map<int, std::vector<double>> by_turn(const Conversations& conversations) {
  std::map<int, std::vector<double>> values;
  for (const auto& [name, turns] : conversations)
    for (const auto& [turn, score] : turns) values[turn].push_back(score);
  return values;
}

/// Means over conversations, with Student's interval within the scale.
Curve curve_of(const std::string& name, const Conversations& conversations,
               const std::optional<stats::Interval>& scale = {}) {
  Curve curve{name, {}};
  for (const auto& [turn, scores] : by_turn(conversations))
    if (const auto mean = stats::clustered_mean(scores)) curve.points.push_back(point_of(turn, *mean, scale));
  return curve;
}

std::string between(const stats::Interval& interval) {
  return fmt::format("[{:.4f}, {:.4f}]", interval.low, interval.high);
}

std::string slope_text(const Conversations& conversations) {
  const auto slope = stats::decay_slope(turn_scores(conversations));
  if (!slope.ok()) return "no slope (" + slope.error().what + ")";
  if (slope->standard_error == 0) return fmt::format("{:+.4f} per turn in every conversation", slope->per_turn);
  return fmt::format("{:+.4f} per turn {}", slope->per_turn, between(slope->interval));
}

std::string ratio_text(const Conversations& conversations) {
  const auto values = by_turn(conversations);
  if (values.size() < 2) return "no ratio of turns";
  const int first = values.begin()->first, last = values.rbegin()->first;
  const auto ratio =
      stats::turn_ratio(turn_scores(conversations), {static_cast<double>(first), static_cast<double>(last)});
  if (!ratio.ok()) return fmt::format("no ratio of turn {} to turn {} ({})", last, first, ratio.error().what);
  const bool has_spread = ratio->interval && ratio->interval->low < ratio->interval->high;
  return fmt::format("turn {} / turn {} = {:.2f}{}", last, first, ratio->ratio,
                     has_spread ? " " + between(*ratio->interval) : "");
}

std::string half_life_text(const Conversations& conversations) {
  const auto life = stats::half_life(turn_scores(conversations));
  if (!life.ok()) return "no half-life (" + life.error().what + ")";
  if (life->detected)
    return fmt::format("half-life {:.1f} turns{}", *life->turns,
                       life->turns_interval ? " " + between(*life->turns_interval) : "");
  return life->shortest_possible
             ? fmt::format("no decay detected (a half-life under {:.1f} turns is excluded)", *life->shortest_possible)
             : "no decay detected";
}

std::string findings(const std::vector<DecayLine>& lines) {
  std::string text;
  for (const DecayLine& line : lines) {
    if (line.conversations.empty()) continue;
    text += (text.empty() ? "" : " ") + line.arm + ": " + slope_text(line.conversations) + ", " +
            ratio_text(line.conversations) + ", " + half_life_text(line.conversations) + ".";
  }
  return text;
}

struct DecayTitle {
  std::string name, title;
  stats::Interval scale;
};

Exhibit exhibit_of(const DecayTitle& of, const std::vector<DecayLine>& lines) {
  Exhibit exhibit{.name = of.name,
                  .title = of.title,
                  .finding = findings(lines),
                  .x_title = "turn",
                  .y_title = "stability",
                  .unit = "share",
                  .curves = {},
                  .matrix = {}};
  for (const DecayLine& line : lines)
    if (!line.conversations.empty()) exhibit.curves.push_back(curve_of(line.arm, line.conversations, of.scale));
  return exhibit;
}

/// Each arm less the base, then every two of them: what is paired shows smaller differences.
std::vector<DecayLine> against_base(const std::vector<DecayLine>& lines) {
  const auto base = std::find_if(lines.begin(), lines.end(), [](const DecayLine& line) { return line.is_base; });
  std::vector<DecayLine> less;
  if (base == lines.end()) return less;
  for (const DecayLine& line : lines)
    if (!line.is_base) less.push_back(difference(line, *base, line.arm));
  return less;
}

std::string paired_findings(const std::vector<DecayLine>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (std::size_t j = i + 1; j < lines.size(); ++j)
      text += " " + lines[j].arm + " less " + lines[i].arm + ": " +
              slope_text(difference(lines[j], lines[i], "").conversations) + ".";
  return text;
}

Exhibit divergence_exhibit(const std::vector<DecayLine>& lines) {
  Exhibit exhibit{.name = "divergence",
                  .title = "How far each arm is from the base behind the same history, turn by turn",
                  .finding = "",
                  .x_title = "turn",
                  .y_title = "KL(arm || base) on what the arm said",
                  .unit = "nats/token",
                  .curves = {},
                  .matrix = {}};
  for (const DecayLine& line : lines) {
    if (line.divergence.empty()) continue;
    const Curve curve = curve_of(line.arm, line.divergence);
    exhibit.finding +=
        fmt::format("{}{}: {:.3f} nats per token at turn {:.0f}, {:.3f} at turn {:.0f}, {}.",
                    exhibit.finding.empty() ? "" : " ", curve.arm, curve.points.front().value, curve.points.front().x,
                    curve.points.back().value, curve.points.back().x, slope_text(line.divergence));
    exhibit.curves.push_back(curve);
  }
  return exhibit;
}

}  // namespace

std::vector<Exhibit> decay_exhibits(const std::vector<DecayLine>& lines) {
  std::vector<Exhibit> exhibits{exhibit_of({"stability", "Stability of the manner, turn by turn", kShare}, lines)};
  if (const auto less = against_base(lines); !less.empty()) {
    exhibits.push_back(exhibit_of({"above_base", "Stability above the base at the same turn", kShareDifference}, less));
    exhibits.back().finding += paired_findings(less);
  }
  if (Exhibit divergence = divergence_exhibit(lines); !divergence.curves.empty())
    exhibits.push_back(std::move(divergence));
  return exhibits;
}

std::vector<Exhibit> dilution_exhibits(const std::vector<DecayLine>& lines) {
  const auto dress = [](Exhibit exhibit, const std::vector<DecayLine>& shown) {
    exhibit.x_title = "words of junk before the question";
    exhibit.y_title = "right answers";
    exhibit.finding.clear();
    for (const DecayLine& line : shown) {
      const auto slope = stats::decay_slope(turn_scores(line.conversations));
      if (slope.ok())
        exhibit.finding +=
            fmt::format("{}{}: {:+.3f} [{:+.3f}, {:+.3f}] per 1,000 words.", exhibit.finding.empty() ? "" : " ",
                        line.arm, slope->per_turn * 1000, slope->interval.low * 1000, slope->interval.high * 1000);
    }
    return exhibit;
  };
  std::vector<Exhibit> exhibits{
      dress(exhibit_of({"accuracy", "Right answers against junk length", kShare}, lines), lines)};
  if (const auto less = against_base(lines); !less.empty())
    exhibits.push_back(
        dress(exhibit_of({"above_base", "Right answers above the base's, against junk length", kShareDifference}, less),
              less));
  return exhibits;
}

}  // namespace bakeoff::suites
