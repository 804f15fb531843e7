// See votes.h.
#include "harness/compare/votes.h"

#include <algorithm>
#include <optional>
#include <set>

#include "harness/core/row_file.h"

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

Status add_row(const Json& row, const std::string& where, VoteSet& into) {
  BAKEOFF_TRY(const std::string model_a, name_at(row, "model_a", where));
  BAKEOFF_TRY(const std::string model_b, name_at(row, "model_b", where));
  if (!row.contains("winner")) return input_error("has no winner", where, "a vote names model_a, model_b and winner");
  BAKEOFF_TRY(const std::string winner, text_at(row, "winner", where));
  BAKEOFF_TRY(const std::string category, text_at(row, "category", where));
  if (winner.empty() || winner == "unparsed") {
    ++into.empty[winner.empty() ? "no winner" : winner];
    return {};
  }
  if (model_a == model_b) {
    ++into.empty["a model against itself"];
    return {};
  }
  const auto outcome = stats::parse_outcome(winner);
  if (!outcome.ok()) return input_error(outcome.error().what, where + ".winner", outcome.error().hint);
  into.add(model_a, model_b, *outcome, category);
  return {};
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

void VoteSet::add(const std::string& model_a, const std::string& model_b, stats::Outcome outcome,
                  const std::string& category) {
  const std::int32_t first = number(model_a);
  votes.push_back({first, number(model_b), outcome});
  std::int32_t place = -1;
  if (!category.empty()) {
    const auto [known, is_new] = category_numbers_.try_emplace(category, static_cast<std::int32_t>(categories.size()));
    if (is_new) categories.push_back(category);
    place = known->second;
  }
  category_of.push_back(place);
}

Status read_votes(const Path& file, VoteSet& into) {
  const std::string name = file == "-" ? "standard input" : file.string();
  const auto on_bad = [&](std::size_t, const Error& error) -> Status {
    into.bad.push_back(error);
    return {};
  };
  const auto on_row = [&](std::size_t line, Json row) -> Status {
    const Status status = add_row(row, name + ":" + std::to_string(line), into);
    return status.ok() ? Status() : on_bad(line, status.error());
  };
  return for_each_row(file, on_row, on_bad);
}

Status add_votes(store::Store& store, store::RunId run, const std::string& prefix, VoteSet& into) {
  BAKEOFF_TRY(const auto votes, store.votes(run));
  for (const store::VoteRow& vote : votes) {
    BAKEOFF_TRY(const auto outcome, stats::parse_outcome(vote.winner));
    if (vote.model_a == vote.model_b)
      ++into.empty["a model against itself"];
    else
      into.add(prefix + vote.model_a, prefix + vote.model_b, outcome, vote.category);
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
