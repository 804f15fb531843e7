#include "baker/bake/trajectories.h"

#include <algorithm>
#include <cmath>

#include "baker/bake/state_file.h"
#include "harness/core/interrupt.h"
#include "harness/core/seed.h"
#include "harness/core/sha256.h"

namespace bakeoff::baker {
namespace {

std::uint64_t sample_seed(std::uint64_t seed, std::size_t question, std::size_t sample) {
  return derive_seed(seed, {"trajectory", std::to_string(question), std::to_string(sample)});
}

RowRequest row_request(const BakeQuestion& question, std::size_t sample, const SamplingOptions& options) {
  RowRequest row;
  row.ids = question.teacher;
  row.decoding.temperature = options.recipe->temperature;
  row.decoding.max_new_tokens = options.recipe->max_new_tokens;
  row.seed = sample_seed(options.seed, question.number, sample);
  row.keep_hidden = true;
  return row;
}

Status check_row(const RowResult& row, std::int64_t width) {
  if (row.ids.empty()) return internal_error("a trajectory came back without tokens");
  if (static_cast<std::int64_t>(row.hidden.size()) != static_cast<std::int64_t>(row.ids.size()) * width)
    return internal_error("a trajectory came back without the states that predicted it");
  return {};
}

/// What a question's sampled answers become while they arrive in any order.
std::vector<SampledGroup> empty_groups(std::span<const BakeQuestion> questions, std::size_t samples) {
  std::vector<SampledGroup> groups(questions.size());
  for (std::size_t q = 0; q < questions.size(); ++q) {
    groups[q].group.context = questions[q].student;
    groups[q].group.answers.resize(samples);
    groups[q].hidden.resize(samples);
  }
  return groups;
}

}  // namespace

Result<std::vector<SampledGroup>> sample_trajectories(Engine& engine, std::span<const BakeQuestion> questions,
                                                      const SamplingOptions& options) {
  const auto samples = static_cast<std::size_t>(options.recipe->samples_per_question);
  const std::size_t total = questions.size() * samples;
  std::vector<SampledGroup> groups = empty_groups(questions, samples);
  std::optional<Error> first_error;
  std::size_t next = 0, done = 0;
  const auto source = [&]() -> std::optional<std::pair<std::uint64_t, RowRequest>> {
    if (next == total || interrupted() || first_error) return std::nullopt;
    const std::size_t ticket = next++;
    return std::pair{std::uint64_t{ticket}, row_request(questions[ticket / samples], ticket % samples, options)};
  };
  const auto sink = [&](std::uint64_t ticket, Result<RowResult> result) {
    Status status = result.ok() ? check_row(*result, engine.model().config.width) : Status(result.error());
    if (!status.ok()) {
      if (!first_error) first_error = status.error();
      return;
    }
    SampledGroup& group = groups[static_cast<std::size_t>(ticket) / samples];
    group.group.answers[static_cast<std::size_t>(ticket) % samples] = std::move(result->ids);
    group.hidden[static_cast<std::size_t>(ticket) % samples] = std::move(result->hidden);
    if (options.progress) options.progress(static_cast<std::int64_t>(++done), static_cast<std::int64_t>(total));
  };
  BAKEOFF_CHECK(engine.run(source, sink));
  if (first_error) return *first_error;
  if (interrupted()) return interrupted_error("interrupted while sampling trajectories");
  return groups;
}

Result<double> check_parity(Engine& engine, std::span<const BakeQuestion> questions,
                            std::span<const SampledGroup> groups) {
  constexpr std::size_t kChecked = 3;
  const std::int64_t width = engine.model().config.width;
  const double tolerance = engine.model().dtype == Dtype::fp32 ? 2e-3 : 5e-2;
  double worst = 0;
  const std::size_t stride = std::max<std::size_t>(1, groups.size() / kChecked);
  for (std::size_t q = 0; q < groups.size(); q += stride) {
    const std::vector<TokenId>& answer = groups[q].group.answers.front();
    std::vector<TokenId> ids = questions[q].teacher;
    ids.insert(ids.end(), answer.begin(), answer.end() - 1);
    BAKEOFF_TRY(const std::vector<float> fresh, engine.hidden_states(ids));
    const float* from = fresh.data() + (static_cast<std::int64_t>(questions[q].teacher.size()) - 1) * width;
    const std::vector<float>& cached = groups[q].hidden.front();
    double squares = 0, largest = 0;
    for (std::size_t i = 0; i < cached.size(); ++i) {
      squares += static_cast<double>(from[i]) * static_cast<double>(from[i]);
      largest = std::max(largest, std::abs(static_cast<double>(from[i]) - static_cast<double>(cached[i])));
    }
    worst = std::max(worst, largest / std::sqrt(squares / static_cast<double>(cached.size())));
  }
  if (!(worst <= tolerance))
    return internal_error("cached teacher states differ from a fresh forward pass by " + std::to_string(worst) +
                              " of their root mean square, more than " + std::to_string(tolerance),
                          "sampling",
                          "decoding and prefill disagree on this machine: report it with the output of bakeoff doctor");
  return worst;
}

Status save_trajectories(const Path& file, const std::string& request, const Trajectories& trajectories) {
  Json list = Json::array();
  std::vector<float> values;
  for (const SampledGroup& sampled : trajectories.groups) {
    list.push_back({{"context", sampled.group.context}, {"answers", sampled.group.answers}});
    for (const std::vector<float>& hidden : sampled.hidden) values.insert(values.end(), hidden.begin(), hidden.end());
  }
  const Json header = {
      {"kind", "trajectories"}, {"request", request}, {"parity", trajectories.parity}, {"groups", std::move(list)}};
  return write_state(file, header, values);
}

Result<Trajectories> load_trajectories(const Path& file, const std::string& request, std::int64_t width) {
  BAKEOFF_TRY(const StateFile state, read_state(file));
  if (state.header.value("request", Json()) != request || state.header.value("kind", Json()) != "trajectories")
    return input_error("the trajectories were sampled for another request", file.string());
  Trajectories trajectories;
  std::size_t at = 0;
  try {
    state.header.at("parity").get_to(trajectories.parity);
    for (const Json& entry : state.header.at("groups")) {
      SampledGroup& sampled = trajectories.groups.emplace_back();
      entry.at("context").get_to(sampled.group.context);
      entry.at("answers").get_to(sampled.group.answers);
      for (const auto& answer : sampled.group.answers) {
        const std::size_t count = answer.size() * static_cast<std::size_t>(width);
        if (at + count > state.values.size()) return input_error("the trajectories have too few states", file.string());
        sampled.hidden.emplace_back(state.values.begin() + static_cast<std::ptrdiff_t>(at),
                                    state.values.begin() + static_cast<std::ptrdiff_t>(at + count));
        at += count;
      }
    }
  } catch (const Json::exception& problem) {
    return input_error(std::string("the trajectories can not be read: ") + problem.what(), file.string());
  }
  if (at != state.values.size()) return input_error("the trajectories have states left over", file.string());
  return trajectories;
}

std::string trajectories_digest(std::span<const SampledGroup> groups) {
  Json list = Json::array();
  for (const SampledGroup& sampled : groups)
    list.push_back({{"context", sampled.group.context}, {"answers", sampled.group.answers}});
  return sha256_hex(dump(list));
}

TrainingSet make_training_set(const HeadLoss& head, std::span<const SampledGroup> groups, FirstToken first) {
  TrainingSet set;
  for (const SampledGroup& sampled : groups) {
    std::vector<float> states;
    for (std::size_t i = 0; i < sampled.hidden.size(); ++i) {
      const std::size_t width = sampled.hidden[i].size() / sampled.group.answers[i].size();
      const std::size_t skipped = first == FirstToken::skip ? width : 0;
      states.insert(states.end(), sampled.hidden[i].begin() + static_cast<std::ptrdiff_t>(skipped),
                    sampled.hidden[i].end());
    }
    set.groups.push_back(sampled.group);
    set.teacher.push_back(head.moments(states));
    set.answer_tokens += static_cast<std::int64_t>(set.teacher.back().constant.size());
  }
  return set;
}

}  // namespace bakeoff::baker
