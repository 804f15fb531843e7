// Keys and values of computed tokens. A row's past is a path: the first tokens of segments that other rows computed,
// then a segment of its own. Sharing a prompt, or a question, is pointing at the same segment.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "baker/kernels/variants.h"
#include "baker/models/model.h"

namespace bakeoff::baker {

/// Room for `capacity` tokens in every layer. Keys of one layer and head lie in blocks of 16 tokens, [D][16], so that
/// one query meets 16 keys at a time; values lie as [tokens][D]. Memory is taken from the system as tokens are stored;
/// what may be stored counts in `reserved` (bytes) as long as the segment lives. Segments of a device derive from it
/// and hold nothing on the host (device_pages.h).
class Segment {
 public:
  Segment(const ModelConfig& config, std::int64_t capacity, std::shared_ptr<std::int64_t> reserved = nullptr);
  virtual ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  static std::int64_t bytes_for(const ModelConfig& config, std::int64_t capacity);

  const float* keys(std::int64_t layer, std::int64_t head) const { return memory_.get() + offset(layer, head); }
  const float* values(std::int64_t layer, std::int64_t head) const { return keys(layer, head) + padded_ * head_size_; }
  /// Stores one token of one head: `key` and `value` are [D].
  void store(std::int64_t layer, std::int64_t head, std::int64_t token, const float* key, const float* value);

 protected:
  /// Counts its bytes and holds nothing.
  Segment(std::int64_t bytes, std::shared_ptr<std::int64_t> reserved);

 private:
  std::int64_t offset(std::int64_t layer, std::int64_t head) const {
    return (layer * kv_heads_ + head) * padded_ * head_size_ * 2;
  }
  struct Free {
    void operator()(float* memory) const { std::free(memory); }
  };
  std::int64_t kv_heads_ = 0, head_size_ = 0, padded_ = 0, bytes_;
  std::shared_ptr<std::int64_t> reserved_;
  std::unique_ptr<float[], Free> memory_;
};

/// Makes a segment with room for so many tokens, counted in `reserved`.
using MakeSegment =
    std::function<std::shared_ptr<Segment>(std::int64_t capacity, std::shared_ptr<std::int64_t> reserved)>;

/// The first `tokens` tokens of a segment.
struct SharedPart {
  std::shared_ptr<Segment> segment;
  std::int64_t tokens;
};

struct KvPath {
  std::vector<SharedPart> shared;  ///< in order of position
  std::int64_t shared_tokens = 0;  ///< sum over `shared`
  std::shared_ptr<Segment> own;    ///< tokens from position shared_tokens on
  bool is_long = false;            ///< ModelConfig::is_long of the whole sequence: paths that differ can not share

  /// The first `tokens` tokens of this path, as parts for another row.
  std::vector<SharedPart> prefix(std::int64_t tokens) const;
};

}  // namespace bakeoff::baker
