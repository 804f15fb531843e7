#include "baker/bake/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "baker/bake/state_file.h"
#include "harness/core/interrupt.h"
#include "harness/core/seed.h"

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kRowsAtOnce =
    1024;  ///< packed rows whose activations exist together; larger batches are summed in parts

std::int64_t row_count(const AnswerGroup& group) {
  std::int64_t rows = static_cast<std::int64_t>(group.context.size());
  for (const auto& answer : group.answers) rows += static_cast<std::int64_t>(answer.size()) - 1;
  return rows;
}

/// Splits groups into parts of at most kRowsAtOnce rows, at least one group each.
std::vector<std::span<const std::size_t>> parts_of(std::span<const std::size_t> groups, const TrainingSet& set) {
  std::vector<std::span<const std::size_t>> parts;
  std::size_t begin = 0;
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::int64_t more = row_count(set.groups[groups[i]]);
    if (i > begin && rows + more > kRowsAtOnce) {
      parts.push_back(groups.subspan(begin, i - begin));
      begin = i;
      rows = 0;
    }
    rows += more;
  }
  if (begin < groups.size()) parts.push_back(groups.subspan(begin));
  return parts;
}

Result<Packing> pack(std::span<const std::size_t> groups, const TrainingSet& set, FirstToken first) {
  std::vector<const AnswerGroup*> list;
  for (const std::size_t index : groups) list.push_back(&set.groups[index]);
  return pack_groups(list, first);
}

HeadMoments moments_of(std::span<const std::size_t> groups, const TrainingSet& set) {
  HeadMoments all;
  for (const std::size_t index : groups) {
    const HeadMoments& part = set.teacher[index];
    all.mean.insert(all.mean.end(), part.mean.begin(), part.mean.end());
    all.constant.insert(all.constant.end(), part.constant.begin(), part.constant.end());
  }
  return all;
}

/// Scales the gradient [N, C] of each group's tokens by its weight.
void weigh(std::span<const std::size_t> groups, const TrainingSet& set, std::span<float> gradient) {
  if (set.weights.empty()) return;
  for (const std::size_t index : groups) {
    const std::size_t count = set.teacher[index].mean.size();
    for (float& value : gradient.first(count)) value *= set.weights[index];
    gradient = gradient.subspan(count);
  }
}

Json to_json(const TrainingRecord& record) {
  Json points = Json::array();
  for (const LossPoint& p : record.curve)
    points.push_back({p.step, p.epoch, p.kl_nats, p.learning_rate, p.gradient_norm});
  return {{"curve", std::move(points)}, {"epoch_nats", record.epoch_nats}, {"epoch_tokens", record.epoch_tokens}};
}

TrainingRecord record_from_json(const Json& value) {
  TrainingRecord record;
  for (const Json& p : value.at("curve"))
    record.curve.push_back({p.at(0).get<int>(), p.at(1).get<double>(), p.at(2).get<double>(), p.at(3).get<double>(),
                            p.at(4).get<double>()});
  value.at("epoch_nats").get_to(record.epoch_nats);
  value.at("epoch_tokens").get_to(record.epoch_tokens);
  return record;
}

}  // namespace

Result<FirstToken> first_token(const Recipe& recipe) {
  if (recipe.first_token == "include") return FirstToken::include;
  if (recipe.first_token == "skip") return FirstToken::skip;
  return input_error("unknown value \"" + recipe.first_token + "\"", "recipe.first_token", "use include or skip");
}

Trainer::Trainer(Student& student, const HeadLoss& head, const TrainingSet& set, TrainerOptions options)
    : student_(student),
      head_(head),
      set_(set),
      options_(std::move(options)),
      parameters_(student.layout().initial(options_.seed)),
      gradient_(parameters_.size()),
      optimiser_(parameters_.size()) {
  const auto epochs = static_cast<std::size_t>(std::max(0, options_.recipe.epochs));
  record_.epoch_nats.resize(epochs, 0.0);
  record_.epoch_tokens.resize(epochs, 0);
}

/// Samples of one question stay together: its context is then computed once for all of them.
std::int64_t Trainer::steps_per_epoch() const {
  const std::int64_t each =
      std::max(1, options_.recipe.batch_trajectories / std::max(1, options_.recipe.samples_per_question));
  return (static_cast<std::int64_t>(set_.groups.size()) + each - 1) / each;
}

std::int64_t Trainer::steps() const { return steps_per_epoch() * options_.recipe.epochs; }

std::vector<std::size_t> Trainer::epoch_order(std::int64_t epoch) const {
  std::vector<std::size_t> order(set_.groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(derive_seed(options_.seed, {"epoch order", std::to_string(epoch)}));
  shuffle(order, random);
  return order;
}

/// Adds the gradient of these groups; returns their summed loss.
Result<double> Trainer::accumulate(std::span<const std::size_t> groups, std::int64_t batch_tokens) {
  BAKEOFF_TRY(const FirstToken first, first_token(options_.recipe));
  BAKEOFF_TRY(const Packing packing, pack(groups, set_, first));
  const std::span<const float> states = student_.forward(packing, parameters_);
  BAKEOFF_TRY(KlResult loss, method_->loss(head_, moments_of(groups, set_), states, batch_tokens));
  weigh(groups, set_, loss.gradient);
  student_.backward(loss.gradient, gradient_);
  return loss.sum_nats;
}

Status Trainer::take_step(std::int64_t step) {
  const std::int64_t per_epoch = steps_per_epoch(), epoch = step / per_epoch, place = step % per_epoch;
  const std::vector<std::size_t> order = epoch_order(epoch);
  const std::size_t count = order.size(), batches = static_cast<std::size_t>(per_epoch),
                    at = static_cast<std::size_t>(place);
  const std::size_t begin = count * at / batches, end = count * (at + 1) / batches;
  const std::span<const std::size_t> batch = std::span(order).subspan(begin, end - begin);
  std::int64_t tokens = 0;
  for (const std::size_t index : batch) tokens += static_cast<std::int64_t>(set_.teacher[index].constant.size());
  std::fill(gradient_.begin(), gradient_.end(), 0.0f);
  double sum = 0;
  for (const std::span<const std::size_t> part : parts_of(batch, set_)) {
    BAKEOFF_TRY(const double nats, accumulate(part, tokens));
    sum += nats;
  }
  const double norm = clip_gradient(gradient_, options_.recipe.clip_norm);
  if (!std::isfinite(norm))
    return infrastructure_error("the gradient is not finite at step " + std::to_string(step + 1), "training",
                                "lower recipe.learning_rate or use dtype fp32");
  const double rate = learning_rate_at(options_.recipe, step, steps());
  optimiser_.step(parameters_, gradient_, rate, options_.recipe);
  const double mean = sum / static_cast<double>(tokens);
  record_.curve.push_back(
      {static_cast<int>(step + 1), static_cast<double>(step + 1) / static_cast<double>(per_epoch), mean, rate, norm});
  record_.epoch_nats[static_cast<std::size_t>(epoch)] += sum;
  record_.epoch_tokens[static_cast<std::size_t>(epoch)] += tokens;
  report(step + 1, mean);
  return {};
}

void Trainer::report(std::int64_t step, double kl_nats) const {
  if (options_.progress) options_.progress({"training", step, steps(), kl_nats});
}

Status Trainer::run() {
  BAKEOFF_TRY(method_, find_method(options_.recipe.method));
  if (options_.resume) restore();
  auto saved = std::chrono::steady_clock::now();
  report(optimiser_.steps, -1);
  for (std::int64_t step = optimiser_.steps; step < steps(); ++step) {
    if (interrupted()) {
      BAKEOFF_CHECK(save());
      return interrupted_error("interrupted at training step " + std::to_string(step) + " of " +
                               std::to_string(steps()) + "; the same command continues from there");
    }
    BAKEOFF_CHECK(take_step(step));
    const auto now = std::chrono::steady_clock::now();
    if (now - saved < std::chrono::seconds(options_.recipe.checkpoint_seconds)) continue;
    BAKEOFF_CHECK(save());
    saved = now;
  }
  return save();
}

Status Trainer::save() const {
  if (options_.checkpoint.empty()) return {};
  std::vector<float> values;
  values.reserve(parameters_.size() * 3);
  for (const std::vector<float>* part : {&parameters_, &optimiser_.first, &optimiser_.second})
    values.insert(values.end(), part->begin(), part->end());
  const Json header = {
      {"kind", "training"}, {"request", options_.request}, {"step", optimiser_.steps}, {"record", to_json(record_)}};
  return write_state(options_.checkpoint, header, values);
}

/// A state of another request, or a damaged one, is as good as none: training starts at the beginning.
void Trainer::restore() {
  std::error_code ignored;
  if (options_.checkpoint.empty() || !std::filesystem::exists(options_.checkpoint, ignored)) return;
  const Result<StateFile> state = read_state(options_.checkpoint);
  if (!state.ok() || state->header.value("request", Json()) != options_.request ||
      state->values.size() != parameters_.size() * 3)
    return;
  try {
    TrainingRecord record = record_from_json(state->header.at("record"));
    optimiser_.steps = state->header.at("step").get<std::int64_t>();
    record_ = std::move(record);
  } catch (const Json::exception&) {
    return;
  }
  const auto size = static_cast<std::ptrdiff_t>(parameters_.size());
  const auto from = state->values.begin();
  parameters_.assign(from, from + size);
  optimiser_.first.assign(from + size, from + 2 * size);
  optimiser_.second.assign(from + 2 * size, from + 3 * size);
}

Result<std::vector<double>> measure_kl(Student& student, const HeadLoss& head, const TrainingSet& set,
                                       std::span<const float> parameters, FirstToken first) {
  std::vector<std::size_t> all(set.groups.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<double> values;
  for (const std::span<const std::size_t> part : parts_of(all, set)) {
    BAKEOFF_TRY(const Packing packing, pack(part, set, first));
    BAKEOFF_TRY(const std::vector<double> more,
                head.kl_values(moments_of(part, set), student.forward(packing, parameters)));
    values.insert(values.end(), more.begin(), more.end());
  }
  return values;
}

}  // namespace bakeoff::baker
