// See votes.h.
#include "harness/compare/votes.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <optional>
#include <set>

#include "harness/core/row_file.h"
#include "harness/core/voters.h"

namespace bakeoff::compare {
namespace {

/// The text of a field; empty where it is absent or null.
Result<std::string> text_at(const Json& row, const char* key, const std::string& where) {
  const auto found = row.find(key);
  if (found == row.end() || found->is_null()) return std::string();
  if (!found->is_string()) return input_error("expected a text, found " + dump(*found), where + "." + key);
  return found->get<std::string>();
}

Result<std::string> name_at(const Json& row, const char* key, const std::string& where) {
  BAKEOFF_TRY(std::string name, text_at(row, key, where));
  if (name.empty()) return input_error(std::string("has no ") + key, where, "a vote names model_a, model_b and winner");
  return name;
}

/// Texts as they are, null and absent as nothing, anything else as JSON: ids and judges come in several forms.
std::string label_at(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : dump(*found);
}

/// Seconds since 1970, as text that sorts by time; empty where there are none.
std::string time_of(const Json& row) {
  const auto found = row.find("tstamp");
  constexpr double kMost = 253402300799.0;  // the end of the year 9999
  if (found == row.end() || !found->is_number()) return "";
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds <= kMost)) return "";
  const auto whole = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char day[32], text[48];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text, sizeof text, "%s.%03dZ", day, static_cast<int>((seconds - std::floor(seconds)) * 1000));
  return text;
}

/// A row's vote; or why it holds none.
struct ParsedVote {
  store::VoteRow vote;
  std::string empty;
};

bool is_one(const Json& row, const char* key) {
  const std::string text = label_at(row, key);
  return text == "1" || text == "1.0" || text == "true";
}

/// "model_a", "model_b" or "tie" of the columns winner_model_a, winner_model_b, winner_tie; empty where none is 1.
std::string winner_by_columns(const Json& row) {
  if (is_one(row, "winner_model_a")) return "model_a";
  if (is_one(row, "winner_model_b")) return "model_b";
  return is_one(row, "winner_tie") ? "tie" : "";
}

Result<ParsedVote> battle_of(const Json& row, const std::string& where) {
  ParsedVote out;
  BAKEOFF_TRY(out.vote.model_a, name_at(row, "model_a", where));
  BAKEOFF_TRY(out.vote.model_b, name_at(row, "model_b", where));
  std::string winner;
  if (row.contains("winner_model_a")) {
    winner = winner_by_columns(row);
  } else if (row.contains("winner")) {
    BAKEOFF_TRY(winner, text_at(row, "winner", where));
  } else {
    return input_error("has no winner", where, "a vote names model_a, model_b and winner");
  }
  BAKEOFF_TRY(out.vote.category, text_at(row, "category", where));
  out.vote.item = label_at(row, row.contains("question_id") ? "question_id" : "id");
  out.vote.judge = label_at(row, "judge");
  if (winner.empty() || winner == "unparsed") out.empty = winner.empty() ? "no winner" : winner;
  out.vote.winner = winner;
  return out;
}

/// What stands at list[i][key], or list[i]; empty where there is no text.
std::string nth_text(const Json& row, const char* list, std::size_t i, const char* key = nullptr) {
  const auto found = row.find(list);
  if (found == row.end() || !found->is_array() || i >= found->size()) return "";
  const Json& one = (*found)[i];
  if (!key) return one.is_string() ? one.get<std::string>() : "";
  return one.is_object() ? label_at(one, key) : "";
}

/// FastChat writes the models' names where voters saw them ("<h3>Model A: vicuna</h3>\n", or in "models" alone) and
/// else in its states: fastchat/serve/monitor/clean_battle_data.py, whose rules these are. Its filters (words that give
/// a name away, banned addresses, renamed models) are not.
Result<ParsedVote> logged_vote(const Json& row, const std::string& where) {
  static const std::map<std::string, std::string> kWinners = {
      {"leftvote", "model_a"}, {"rightvote", "model_b"}, {"tievote", "tie"}, {"bothbad_vote", "tie (bothbad)"}};
  ParsedVote out;
  BAKEOFF_TRY(const std::string type, text_at(row, "type", where));
  const auto winner = kWinners.find(type);
  if (winner == kWinners.end()) {
    out.empty = "no vote but \"" + type + "\"";
    return out;
  }
  std::string names[2];
  bool is_anonymous[2] = {};
  for (std::size_t i = 0; i < 2; ++i) {
    names[i] = nth_text(row, "models", i);
    if (names[i].starts_with("<h3>")) {
      const auto colon = names[i].find(": ");
      names[i] = colon == std::string::npos ? "" : names[i].substr(colon + 2);
      names[i] = names[i].substr(0, names[i].find("</h3>"));
    }
    const std::string hidden = nth_text(row, "states", i, "model_name");
    is_anonymous[i] = names[i].empty() || names[i] == "Model A" || names[i] == "Model B";
    if (is_anonymous[i]) names[i] = hidden;
    if (!hidden.empty() && names[i] != hidden) out.empty = "names contradict each other";
    if (names[i].empty()) out.empty = "no model named";
  }
  if (is_anonymous[0] != is_anonymous[1]) out.empty = "names contradict each other";
  out.vote.model_a = names[0], out.vote.model_b = names[1];
  out.vote.winner = winner->second;
  out.vote.item = nth_text(row, "states", 0, "conv_id");
  return out;
}

Result<ParsedVote> vote_of(const Json& row, const std::string& where) {
  const bool is_logged = row.contains("type") && !row.contains("model_a");
  BAKEOFF_TRY(ParsedVote parsed, is_logged ? logged_vote(row, where) : battle_of(row, where));
  parsed.vote.created_at = time_of(row);
  if (!parsed.empty.empty()) return parsed;
  if (parsed.vote.model_a == parsed.vote.model_b) {
    parsed.empty = "a model against itself";
    return parsed;
  }
  const auto outcome = stats::parse_outcome(parsed.vote.winner);
  if (!outcome.ok()) return input_error(outcome.error().what, where + ".winner", outcome.error().hint);
  if (*outcome == stats::Outcome::tie) parsed.vote.winner = "tie";
  return parsed;
}

/// The content ids of an arm's adapter and of the adapters that it grew from.
Result<std::set<std::string>> ancestry(store::Store& store, const store::BakeRow& bake) {
  std::set<std::string> ids = {bake.adapter_id};
  std::string parent = bake.parent;
  while (true) {
    BAKEOFF_TRY(const auto older, store.bake_of_adapter(parent));
    if (!older || !ids.insert(older->adapter_id).second) return ids;
    parent = older->parent;
  }
}

/// Groups of arms that share an adapter somewhere in their ancestry; only the groups that no other one contains.
Result<std::vector<Forks>> forks_of(store::Store& store, store::RunId run) {
  BAKEOFF_TRY(const auto arms, store.arms(run));
  BAKEOFF_TRY(const auto bakes, store.bakes(run));
  std::map<std::string, std::set<std::string>> arms_by_adapter;
  for (const store::ArmRow& row : arms) {
    const auto bake =
        std::find_if(bakes.begin(), bakes.end(), [&](const auto& each) { return each.name == row.arm.bake; });
    if (row.arm.bake.empty() || bake == bakes.end()) continue;
    BAKEOFF_TRY(const auto ids, ancestry(store, *bake));
    for (const std::string& id : ids) arms_by_adapter[id].insert(row.arm.name);
  }
  std::vector<Forks> forks;
  std::set<std::set<std::string>> seen;
  const auto is_part_of_another = [&](const std::set<std::string>& group) {
    return std::any_of(arms_by_adapter.begin(), arms_by_adapter.end(), [&](const auto& other) {
      return other.second.size() > group.size() &&
             std::includes(other.second.begin(), other.second.end(), group.begin(), group.end());
    });
  };
  for (const auto& [adapter, group] : arms_by_adapter)
    if (group.size() > 1 && !is_part_of_another(group) && seen.insert(group).second)
      forks.push_back({adapter, {group.begin(), group.end()}});
  return forks;
}

}  // namespace

std::int32_t VoteSet::number(const std::string& name) {
  const auto [place, is_new] = numbers_.try_emplace(name, static_cast<std::int32_t>(names.size()));
  if (is_new) names.push_back(name);
  return place->second;
}

Status VoteSet::add(const store::VoteRow& vote, const std::string& prefix) {
  BAKEOFF_TRY(const auto outcome, stats::parse_outcome(vote.winner));
  const std::int32_t first = number(prefix + vote.model_a);
  votes.push_back({first, number(prefix + vote.model_b), outcome});
  origins.push_back(compare::origin_of(vote));
  std::int32_t place = -1;
  if (!vote.category.empty()) {
    const auto [known, is_new] =
        category_numbers_.try_emplace(vote.category, static_cast<std::int32_t>(categories.size()));
    if (is_new) categories.push_back(vote.category);
    place = known->second;
  }
  category_of.push_back(place);
  return {};
}

const char* name_of(VoteOrigin origin) {
  switch (origin) {
    case VoteOrigin::given:
      return "given";
    case VoteOrigin::judge:
      return "judge";
    case VoteOrigin::unproven_judge:
      return "judge unproven";
    case VoteOrigin::verdicts:
      break;
  }
  return "verdicts";
}

VoteOrigin origin_of(const store::VoteRow& vote) {
  if (vote.judge.ends_with(kUnprovenJudge)) return VoteOrigin::unproven_judge;
  if (vote.judge == kVerdictsAsJudge) return VoteOrigin::verdicts;
  return vote.sample_key ? VoteOrigin::judge : VoteOrigin::given;
}

Status for_each_vote(const Path& file, const VoteHandlers& handlers) {
  const std::string name = file == "-" ? "standard input" : file.string();
  const auto on_bad = [&](std::size_t, const Error& error) { return handlers.on_bad(error); };
  const auto on_row = [&](std::size_t line, Json row) -> Status {
    auto parsed = vote_of(row, name + ":" + std::to_string(line));
    if (!parsed.ok()) return handlers.on_bad(parsed.error());
    if (parsed->empty.empty()) return handlers.on_vote(line, std::move(parsed->vote));
    handlers.on_empty(parsed->empty);
    return {};
  };
  return for_each_row(file, on_row, on_bad);
}

Status read_votes(const Path& file, VoteSet& into) {
  return for_each_vote(file, {.on_vote = [&](std::size_t, const store::VoteRow& vote) { return into.add(vote); },
                              .on_empty = [&](const std::string& reason) { ++into.empty[reason]; },
                              .on_bad = [&](const Error& error) -> Status {
                                into.bad.push_back(error);
                                return {};
                              }});
}

Status add_votes(store::Store& store, store::RunId run, const std::string& prefix, VoteSet& into) {
  BAKEOFF_TRY(const auto votes, store.votes(run));
  for (const store::VoteRow& vote : votes) {
    if (vote.model_a == vote.model_b)
      ++into.empty["a model against itself"];
    else
      BAKEOFF_CHECK(into.add(vote, prefix));
  }
  BAKEOFF_TRY(auto forks, forks_of(store, run));
  for (Forks& each : forks) {
    std::erase_if(each.members, [&](std::string& name) {
      name = prefix + name;
      return std::find(into.names.begin(), into.names.end(), name) == into.names.end();
    });
    if (each.members.size() > 1) into.forks.push_back(std::move(each));
  }
  return {};
}

}  // namespace bakeoff::compare
