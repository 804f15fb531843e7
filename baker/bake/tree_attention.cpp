#include "baker/bake/tree_attention.h"

#include <algorithm>
#include <cmath>

#include "baker/bake/thin_products.h"
#include "baker/kernels/variants.h"

namespace bakeoff::baker {
namespace {

/// One query head of one group: pointers to its parts. Rows of a group are consecutive, the context first.
struct HeadView {
  const Packing::Group* group;
  std::int64_t first = 0, rows = 0, context = 0, head_size = 0, stride = 0, out_stride = 0;
  std::int64_t q = 0, k = 0, v = 0, out = 0;  ///< columns
};

std::int64_t group_rows(const Packing::Group& group) {
  std::int64_t rows = group.context.count;
  for (const Packing::Span& answer : group.answers) rows += answer.count;
  return rows;
}

HeadView view(const AttentionPlan& plan, const Packing::Group& group, std::int64_t head) {
  const AttentionShape& shape = plan.shape();
  const std::int64_t shared = head / (shape.heads / shape.kv_heads), D = shape.head_size;
  HeadView h;
  h.group = &group;
  h.first = group.context.begin;
  h.rows = group_rows(group);
  h.context = group.context.count;
  h.head_size = D;
  h.stride = shape.row_width();
  h.out_stride = shape.out_width();
  h.q = head * D;
  h.k = (shape.heads + shared) * D;
  h.v = (shape.heads + shape.kv_heads + shared) * D;
  h.out = head * D;
  return h;
}

ConstMatrix columns(const float* base, std::int64_t stride, std::int64_t row, std::int64_t column) {
  return {base + row * stride + column, stride};
}
MutableMatrix columns(float* base, std::int64_t stride, std::int64_t row, std::int64_t column) {
  return {base + row * stride + column, stride};
}

/// Rows of probabilities are padded with zeros to whole vectors.
std::int64_t padded(std::int64_t count) { return (count + 15) / 16 * 16; }

/// [count, D] -> [D, padded count], for products against rows.
const float* turn(ConstMatrix m, std::int64_t count, std::int64_t width, std::vector<float>& into) {
  const std::int64_t stride = padded(count);
  into.assign(static_cast<std::size_t>(stride * width), 0.0f);
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t d = 0; d < width; ++d) into[static_cast<std::size_t>(d * stride + i)] = m.data[i * m.stride + d];
  return into.data();
}

/// A block of queries against a block of keys: `size` keys from row `keys`, queries [begin, begin + count).
struct Block {
  std::int64_t queries, count;
  std::int64_t keys, size;
  std::int64_t at;  ///< offset in the head's probabilities, [count, stride]
  std::int64_t stride() const { return padded(size); }
};

std::int64_t values(const std::vector<Block>& list) {
  return list.back().at + list.back().count * list.back().stride();
}

/// The context block first, then one for each answer.
std::vector<Block> blocks(const HeadView& h) {
  std::vector<Block> list = {{h.first, h.rows, h.first, h.context, 0}};
  std::int64_t at = values(list);
  for (const Packing::Span& answer : h.group->answers) {
    list.push_back({answer.begin, answer.count, answer.begin, answer.count, at});
    at = values(list);
  }
  return list;
}

/// result [count, size] += queries' rows (at `column` of m) times keys' rows (at `key_column` of n) transposed.
struct Scores {
  ConstMatrix left, right;
  float* result;
};
void add_scores(const Block& block, std::int64_t head_size, const Scores& s, std::vector<float>& scratch) {
  const float* turned = turn(s.right, block.size, head_size, scratch);
  thin_kernels().add_product({s.result, block.stride()}, s.left, {turned, block.stride()},
                             {block.count, block.stride(), head_size});
}

/// Softmax of one row over its two parts: visible entries of the context block and of its own answer's block.
void normalise(float* context, std::int64_t seen, float* own, std::int64_t own_seen, float scale) {
  const ThinKernels& thin = thin_kernels();
  float top = -INFINITY;
  for (std::int64_t i = 0; i < seen; ++i) top = std::max(top, context[i]);
  for (std::int64_t i = 0; i < own_seen; ++i) top = std::max(top, own[i]);
  thin.scale(context, scale, seen);
  thin.scale(own, scale, own_seen);
  thin.exponentials(context, top * scale, seen, context);
  thin.exponentials(own, top * scale, own_seen, own);
  float sum = 0;
  for (std::int64_t i = 0; i < seen; ++i) sum += context[i];
  for (std::int64_t i = 0; i < own_seen; ++i) sum += own[i];
  thin.scale(context, 1.0f / sum, seen);
  thin.scale(own, 1.0f / sum, own_seen);
}

void softmax_head(const HeadView& h, const std::vector<Block>& list, float* probabilities, float scale) {
  const std::int64_t stride = list[0].stride();
  for (std::int64_t i = 0; i < h.context; ++i) {
    float* row = probabilities + i * stride;
    normalise(row, i + 1, nullptr, 0, scale);
    std::fill(row + i + 1, row + stride, 0.0f);
  }
  for (std::size_t b = 1; b < list.size(); ++b) {
    const Block& block = list[b];
    for (std::int64_t i = 0; i < block.count; ++i) {
      float* own = probabilities + block.at + i * block.stride();
      normalise(probabilities + (block.queries - h.first + i) * stride, h.context, own, i + 1, scale);
      std::fill(own + i + 1, own + block.stride(), 0.0f);
    }
  }
}

void forward_head(const HeadView& h, const float* qkv, float* probabilities, float* out) {
  thread_local std::vector<float> scratch;
  const std::vector<Block> list = blocks(h);
  std::fill_n(probabilities, values(list), 0.0f);
  for (const Block& block : list)
    add_scores(
        block, h.head_size,
        {columns(qkv, h.stride, block.queries, h.q), columns(qkv, h.stride, block.keys, h.k), probabilities + block.at},
        scratch);
  softmax_head(h, list, probabilities, 1.0f / std::sqrt(static_cast<float>(h.head_size)));
  for (std::int64_t row = h.first; row < h.first + h.rows; ++row)
    std::fill_n(out + row * h.out_stride + h.out, h.head_size, 0.0f);
  for (const Block& block : list)
    thin_kernels().add_product(columns(out, h.out_stride, block.queries, h.out),
                               {probabilities + block.at, block.stride()}, columns(qkv, h.stride, block.keys, h.v),
                               {block.count, h.head_size, block.size});
}

/// In place: gradients of probabilities become gradients of scores, ds = p (dp - sum p dp) scale.
void softmax_backward(const HeadView& h, const std::vector<Block>& list, const float* p, float* d, float scale) {
  const ThinKernels& thin = thin_kernels();
  const auto row_backward = [&](std::int64_t at, std::int64_t size, float mean) {
    for (std::int64_t i = 0; i < size; ++i) d[at + i] = p[at + i] * (d[at + i] - mean) * scale;
  };
  for (std::int64_t i = 0; i < h.context; ++i) {
    const std::int64_t at = i * list[0].stride();
    row_backward(at, h.context, thin.dot(p + at, d + at, h.context));
  }
  for (std::size_t b = 1; b < list.size(); ++b) {
    for (std::int64_t i = 0; i < list[b].count; ++i) {
      const std::int64_t at = (list[b].queries - h.first + i) * list[0].stride(),
                         own = list[b].at + i * list[b].stride();
      const float mean = thin.dot(p + at, d + at, h.context) + thin.dot(p + own, d + own, list[b].size);
      row_backward(at, h.context, mean);
      row_backward(own, list[b].size, mean);
    }
  }
}

void backward_head(const HeadView& h, const AttentionGradient& g, const float* p) {
  thread_local std::vector<float> scratch, d;
  const ThinKernels& thin = thin_kernels();
  const std::vector<Block> list = blocks(h);
  d.assign(static_cast<std::size_t>(values(list)), 0.0f);
  for (const Block& block : list)
    add_scores(block, h.head_size,
               {columns(g.dout, h.out_stride, block.queries, h.out), columns(g.qkv, h.stride, block.keys, h.v),
                d.data() + block.at},
               scratch);
  softmax_backward(h, list, p, d.data(), 1.0f / std::sqrt(static_cast<float>(h.head_size)));
  for (const Block& block : list) {
    const ProductShape by_key = {block.size, h.head_size, block.count};
    thin.add_outer(columns(g.dqkv, h.stride, block.keys, h.v), {p + block.at, block.stride()},
                   columns(g.dout, h.out_stride, block.queries, h.out), by_key);
    thin.add_outer(columns(g.dqkv, h.stride, block.keys, h.k), {d.data() + block.at, block.stride()},
                   columns(g.qkv, h.stride, block.queries, h.q), by_key);
    thin.add_product(columns(g.dqkv, h.stride, block.queries, h.q), {d.data() + block.at, block.stride()},
                     columns(g.qkv, h.stride, block.keys, h.k), {block.count, h.head_size, block.size});
  }
}

}  // namespace

AttentionPlan::AttentionPlan(const Packing& packing, const AttentionShape& shape) : packing_(packing), shape_(shape) {
  for (const Packing::Group& group : packing.groups) {
    std::int64_t count = group_rows(group) * padded(group.context.count);
    for (const Packing::Span& answer : group.answers) count += answer.count * padded(answer.count);
    begin_.push_back(size_);
    per_head_.push_back(count);
    size_ += count * shape.heads;
  }
}

std::int64_t AttentionPlan::offset(std::size_t group, std::int64_t head) const {
  return begin_[group] + head * per_head_[group];
}

void attention_forward(const AttentionPlan& plan, const float* qkv, float* probabilities, float* out) {
  const std::int64_t heads = plan.shape().heads;
  const auto tasks = static_cast<std::int64_t>(plan.packing().groups.size()) * heads;
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t task = 0; task < tasks; ++task) {
    const auto group = static_cast<std::size_t>(task / heads);
    const std::int64_t head = task % heads;
    forward_head(view(plan, plan.packing().groups[group], head), qkv, probabilities + plan.offset(group, head), out);
  }
}

void attention_backward(const AttentionPlan& plan, const AttentionGradient& arrays) {
  const AttentionShape& shape = plan.shape();
  const std::int64_t sharing = shape.heads / shape.kv_heads;
  std::fill_n(arrays.dqkv, plan.packing().rows() * shape.row_width(), 0.0f);
  const auto tasks = static_cast<std::int64_t>(plan.packing().groups.size()) * shape.kv_heads;
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t task = 0; task < tasks;
       ++task) {  // heads that share keys stay in one task: their sums keep one order
    const auto group = static_cast<std::size_t>(task / shape.kv_heads);
    for (std::int64_t i = 0; i < sharing; ++i) {
      const std::int64_t head = task % shape.kv_heads * sharing + i;
      backward_head(view(plan, plan.packing().groups[group], head), arrays,
                    arrays.probabilities + plan.offset(group, head));
    }
  }
}

}  // namespace bakeoff::baker
