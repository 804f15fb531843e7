// A tiny random model of the llama family, made by filling the struct: no file, the same numbers everywhere.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "baker/models/model.h"
#include "harness/core/seed.h"

namespace bakeoff::testing {

struct TinyShape {
  std::int64_t layers = 2, width = 24, heads = 6, kv_heads = 2, head_size = 4, mlp_width = 40, vocabulary = 50;
};

class TinyModelMaker {
 public:
  explicit TinyModelMaker(std::uint64_t seed) : random_(seed) {}

  std::vector<float> values(std::int64_t count, double spread, double centre = 0) {
    std::vector<float> result(static_cast<std::size_t>(count));
    for (float& value : result) value = static_cast<float>(centre + spread * random_.normal());
    return result;
  }
  baker::PackedMatrix matrix(std::int64_t outputs, std::int64_t inputs, baker::Dtype dtype) {
    const double spread = 1.0 / std::sqrt(static_cast<double>(inputs));
    return baker::PackedMatrix::pack(values(outputs * inputs, spread), outputs, inputs, dtype);
  }

 private:
  Random random_;
};

inline std::shared_ptr<const baker::Model> tiny_model(std::uint64_t seed, TinyShape shape = {},
                                                      baker::Dtype dtype = baker::Dtype::fp32) {
  TinyModelMaker make(seed);
  auto model = std::make_shared<baker::Model>();
  const std::int64_t q = shape.heads * shape.head_size, kv = shape.kv_heads * shape.head_size;
  baker::ModelConfig& config = model->config;
  config.family = "llama";
  config.layers = shape.layers;
  config.width = shape.width;
  config.heads = shape.heads;
  config.kv_heads = shape.kv_heads;
  config.head_size = shape.head_size;
  config.mlp_width = shape.mlp_width;
  config.vocabulary = shape.vocabulary;
  config.context = 256;
  config.rotary = {baker::plain_rotary(10000, shape.head_size)};
  config.attention.resize(static_cast<std::size_t>(shape.layers));
  config.end_ids = {2};
  model->dtype = dtype;
  model->digest = "tiny";
  model->embedding =
      baker::PackedMatrix::pack(make.values(shape.vocabulary * shape.width, 0.5), shape.vocabulary, shape.width, dtype);
  model->head = model->embedding;
  for (std::int64_t i = 0; i < shape.layers; ++i) {
    baker::DecoderLayer layer;
    layer.attention_norm = make.values(shape.width, 0.2, 1);
    layer.mlp_norm = make.values(shape.width, 0.2, 1);
    layer.qkv = make.matrix(q + 2 * kv, shape.width, dtype);
    layer.o = make.matrix(shape.width, q, dtype);
    layer.gate_up = make.matrix(2 * shape.mlp_width, shape.width, dtype);
    layer.down = make.matrix(shape.width, shape.mlp_width, dtype);
    model->layers.push_back(std::move(layer));
  }
  model->final_norm = make.values(shape.width, 0.2, 1.5);
  return model;
}

}  // namespace bakeoff::testing
