#include "baker/engine/forward.h"

#include <algorithm>

#include "baker/engine/device_forward.h"

namespace bakeoff::baker {
namespace {

constexpr std::size_t kProjectedRows = 32;  ///< positions projected to the vocabulary at a time

class HostForward : public Forward {
 public:
  HostForward(const Model& model, const std::vector<std::vector<LayerLowRank>>& variants)
      : model_(model), decoder_(model, variants) {}

  std::shared_ptr<Segment> make_segment(std::int64_t capacity, std::shared_ptr<std::int64_t> reserved) override {
    return std::make_shared<Segment>(model_.config, capacity, std::move(reserved));
  }
  void forward(std::span<const PassToken> tokens, std::span<const std::size_t> wanted,
               std::vector<float>& hidden) override {
    decoder_.forward(tokens, wanted, hidden);
  }
  void project(std::span<const float> hidden, std::vector<float>& logits) override;
  void read_states(std::span<const float> hidden, std::span<Reading*> readings) override;

 private:
  const Model& model_;
  Decoder decoder_;
  std::vector<float> logits_;
};

void HostForward::project(std::span<const float> hidden, std::vector<float>& logits) {
  const std::int64_t count = static_cast<std::int64_t>(hidden.size()) / model_.config.width;
  const std::int64_t vocabulary = model_.config.vocabulary;
  logits.resize(static_cast<std::size_t>(count * vocabulary));
  multiply(model_.head, hidden.data(), count, logits.data());
  if (model_.config.logit_soft_cap <= 0) return;
#pragma omp parallel for schedule(static)
  for (std::int64_t r = 0; r < count; ++r)
    kernels().soft_cap(logits.data() + r * vocabulary, vocabulary, model_.config.logit_soft_cap);
}

/// A block of positions at a time.
void HostForward::read_states(std::span<const float> hidden, std::span<Reading*> readings) {
  const auto width = static_cast<std::size_t>(model_.config.width);
  const auto vocabulary = static_cast<std::size_t>(model_.config.vocabulary);
  for (std::size_t at = 0; at < readings.size(); at += kProjectedRows) {
    const std::size_t count = std::min(kProjectedRows, readings.size() - at);
    project(hidden.subspan(at * width, count * width), logits_);
#pragma omp parallel for schedule(dynamic, 1)
    for (std::size_t i = 0; i < count; ++i) read({logits_.data() + i * vocabulary, vocabulary}, *readings[at + i]);
  }
}

}  // namespace

std::unique_ptr<Forward> make_forward(const Model& model, const std::vector<std::vector<LayerLowRank>>& variants,
                                      const ForwardOptions& options) {
  if (options.device) return std::make_unique<DeviceForward>(model, variants, *options.device, options.kv_bytes);
  return std::make_unique<HostForward>(model, variants);
}

}  // namespace bakeoff::baker
