// Questions and their sampled answers as one list of rows without padding. The context of a question is computed once
// and each of its answers continues from it: every answer sees the context and itself.
//
//   context [7 8], answers [4 5 2] and [4 2]:
//   rows       7 8 | 4 5 | 4      (an answer's last token predicts nothing that is needed)
//   positions  0 1 | 2 3 | 2
//   outputs    1 2 3   1 4        (row 1 predicts the first token of both answers)
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/core/generator.h"
#include "harness/core/result.h"

namespace bakeoff::baker {

/// One question: its context tokens, and the answers drawn for it (end-of-turn token included).
struct AnswerGroup {
  std::vector<TokenId> context;
  std::vector<std::vector<TokenId>> answers;
};

enum class FirstToken { include, skip };

struct Packing {
  struct Span {
    std::int64_t begin = 0, count = 0;  ///< rows; an answer has one row less than tokens
  };
  struct Group {
    Span context;
    std::vector<Span> answers;
  };

  std::vector<TokenId> ids;             ///< [R]
  std::vector<std::int32_t> positions;  ///< [R]
  std::vector<Group> groups;
  std::vector<std::int64_t> outputs;  ///< [N] row that predicts each counted answer token, answers in order

  std::int64_t rows() const { return static_cast<std::int64_t>(ids.size()); }
  std::int64_t answer_tokens() const { return static_cast<std::int64_t>(outputs.size()); }
};

/// Errors: no group, an empty context, an empty answer, or no counted token at all.
Result<Packing> pack_groups(std::span<const AnswerGroup* const> groups, FirstToken first);

}  // namespace bakeoff::baker
