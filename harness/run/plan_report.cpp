// plan_experiment: what a run would do, as text for people and as JSON. Token counts are estimates: answers are taken
// to be as long as they may be, prompts to have a token per four bytes. What suites add is shown as far as they can
// know.
#include <algorithm>

#include <fmt/format.h>

#include "harness/core/progress.h"
#include "harness/core/sha256.h"
#include "harness/run/growth.h"
#include "harness/run/prepare.h"

namespace bakeoff::run {
namespace {

constexpr double kBytesPerToken = 4;
/// Tokens per second until a run in this folder has measured them: the default model on two cores.
constexpr double kAssumedDrawn = 300, kAssumedRead = 1000, kAssumedTrained = 200;

struct Estimate {
  double drawn_tokens = 0;    ///< sampled, in bakes and plays
  double read_tokens = 0;     ///< prompts
  double trained_tokens = 0;  ///< answer tokens times epochs
  Estimate& operator+=(const Estimate& other) {
    drawn_tokens += other.drawn_tokens;
    read_tokens += other.read_tokens;
    trained_tokens += other.trained_tokens;
    return *this;
  }
  double seconds() const {
    return drawn_tokens / kAssumedDrawn + read_tokens / kAssumedRead + trained_tokens / kAssumedTrained;
  }
};

double tokens_of(const Conversation& messages) {
  double bytes = 0;
  for (const Message& message : messages) bytes += static_cast<double>(message.content.size() + message.role.size());
  return bytes / kBytesPerToken;
}

Estimate estimate_of(const BakeJob& job) {
  const Recipe& recipe = job.spec->recipe;
  const double answers = static_cast<double>(job.spec->questions.size()) * recipe.samples_per_question;
  Estimate estimate;
  estimate.drawn_tokens = answers * recipe.max_new_tokens;
  estimate.trained_tokens = estimate.drawn_tokens * recipe.epochs * (1 - recipe.held_out);
  estimate.read_tokens = tokens_of(job.prompt->messages);
  for (const Conversation& question : job.spec->questions) estimate.read_tokens += tokens_of(question);
  return estimate;
}

/// One line of the list.
struct Line {
  std::string id, kind, name;
  std::size_t items = 0, cached = 0;
  std::vector<std::string> after;  ///< ids of jobs that come first
  Estimate estimate;
};

Line line_of(const BakeJob& job) {
  Line line{short_id(job.key), "bake", fmt::format("{}", fmt::join(job.names, ", ")), 1, job.done ? 1U : 0U, {}, {}};
  for (const std::string& parent : job.parents) line.after.push_back(short_id(parent));
  if (!job.done) line.estimate = estimate_of(job);
  return line;
}

Result<Line> line_of(const PlayJob& job, const Plan& plan, store::Store* reader) {
  const PlannedSuite& suite = plan.suites[job.suite];
  const PlannedArm& arm = plan.arms[job.arm];
  Line line{short_id(job.id), "play", "", 0, 0, {}, {}};
  std::string last;
  for (const auto& [name, label] : job.shown_as) {
    line.name += (line.name.empty() ? "" : ", ") + (label == last ? "" : label + ": ") + name;
    last = label;
  }
  for (const PlannedAdapter& adapter : arm.adapters) line.after.push_back(short_id(adapter.bake_key));
  for (const Unit& unit : plan.units(job)) {
    ++line.items;
    bool known = false;
    if (reader) {
      BAKEOFF_TRY(const auto found, plan.find(*reader, job, unit));
      known = found.has_value();
    }
    line.cached += known;
    if (known) continue;
    line.estimate.drawn_tokens += suite.decoding.max_new_tokens;
    line.estimate.read_tokens += tokens_of(arm.context) + tokens_of(unit.item->messages);
  }
  return line;
}

Result<std::vector<Line>> lines_of(const Prepared& prepared) {
  std::vector<Line> lines;
  for (const BakeJob& job : prepared.plan.bakes) lines.push_back(line_of(job));
  for (const PlayJob& job : prepared.plan.plays) {
    BAKEOFF_TRY(lines.emplace_back(), line_of(job, prepared.plan, prepared.reader.get()));
  }
  return lines;
}

/// What a plan holds, and whether suites may still add to it.
struct Listing {
  std::vector<Line> lines;
  bool is_complete = true;
};

bool all_cached(const std::vector<Line>& lines) {
  return std::all_of(lines.begin(), lines.end(), [](const Line& line) { return line.cached == line.items; });
}

/// As far as answers are there, suites are asked what they add.
Result<Listing> list(Prepared& prepared) {
  Listing listing;
  const auto& suites = prepared.plan.suites;
  const bool may_grow =
      std::any_of(suites.begin(), suites.end(), [](const PlannedSuite& p) { return p.suite->card().may_grow; });
  for (bool more = true; more;) {
    BAKEOFF_TRY(listing.lines, lines_of(prepared));
    more = may_grow && prepared.reader && all_cached(listing.lines);
    listing.is_complete = !may_grow || more;
    if (!more) break;
    BAKEOFF_TRY(more, grow(prepared, *prepared.reader));
  }
  return listing;
}

/// The chunks of one play as one line, with the first one's id.
std::vector<Line> without_chunks(const std::vector<Line>& lines) {
  std::vector<Line> whole;
  for (const Line& line : lines) {
    const auto known = std::ranges::find_if(
        whole, [&](const Line& one) { return line.kind == "play" && one.kind == line.kind && one.name == line.name; });
    if (known == whole.end()) {
      whole.push_back(line);
      continue;
    }
    known->items += line.items;
    known->cached += line.cached;
  }
  return whole;
}

std::string text_of(const Prepared& prepared, const Listing& listing, const Estimate& total) {
  std::string text =
      "experiment\n" + to_json(prepared.experiment).dump(2) + "\n\njobs, in " + prepared.folder.string() + "\n";
  for (const Line& line : without_chunks(listing.lines)) {
    const std::string state =
        line.cached == line.items ? "cached" : fmt::format("{} of {} cached", line.cached, line.items);
    text += fmt::format("  {}  {}  {:<40}  {}", line.id, line.kind, line.name, state);
    if (!line.after.empty()) text += fmt::format("  after {}", fmt::join(line.after, ", "));
    text += "\n";
  }
  if (!listing.is_complete) text += "  suites may add work once this is played\n";
  text += fmt::format("\nat most {:.0f} tokens drawn, {:.0f} trained, about {:.0f} read", total.drawn_tokens,
                      total.trained_tokens, total.read_tokens);
  text +=
      fmt::format("\nabout {} at {:.0f} drawn, {:.0f} trained, {:.0f} read tokens/s (the default model on 2 cores)\n",
                  format_seconds(total.seconds()), kAssumedDrawn, kAssumedTrained, kAssumedRead);
  return text;
}

Json json_of(const Prepared& prepared, const Listing& listing, const Estimate& total) {
  Json jobs = Json::array();
  for (const Line& line : listing.lines)
    jobs.push_back({{"id", line.id},
                    {"kind", line.kind},
                    {"name", line.name},
                    {"items", line.items},
                    {"cached", line.cached},
                    {"after", line.after}});
  return {{"experiment", Json(to_json(prepared.experiment))},
          {"folder", prepared.folder.string()},
          {"jobs", std::move(jobs)},
          {"complete", listing.is_complete},
          {"estimate",
           {{"drawn_tokens", total.drawn_tokens},
            {"trained_tokens", total.trained_tokens},
            {"read_tokens", total.read_tokens},
            {"seconds", total.seconds()}}}};
}

}  // namespace

Result<PlanReport> plan_experiment(const RunOptions& options, const BakerFactory& factory) {
  LazyBaker baker(factory);
  BAKEOFF_TRY(const auto prepared, prepare(options, baker));
  BAKEOFF_TRY(const Listing listing, list(*prepared));
  Estimate total;
  for (const Line& line : listing.lines) total += line.estimate;
  return PlanReport{text_of(*prepared, listing, total), json_of(*prepared, listing, total)};
}

}  // namespace bakeoff::run
