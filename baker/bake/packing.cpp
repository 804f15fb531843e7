#include "baker/bake/packing.h"

namespace bakeoff::baker {
namespace {

Packing::Span append(Packing& packing, std::span<const TokenId> ids, std::int64_t first_position) {
  const Packing::Span span = {packing.rows(), static_cast<std::int64_t>(ids.size())};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    packing.ids.push_back(ids[i]);
    packing.positions.push_back(static_cast<std::int32_t>(first_position + static_cast<std::int64_t>(i)));
  }
  return span;
}

Packing::Span append_answer(Packing& packing, const Packing::Span& context, const std::vector<TokenId>& answer,
                            FirstToken first) {
  const Packing::Span span = append(packing, std::span(answer).first(answer.size() - 1), context.count);
  if (first == FirstToken::include) packing.outputs.push_back(context.begin + context.count - 1);
  for (std::int64_t i = 0; i < span.count; ++i) packing.outputs.push_back(span.begin + i);
  return span;
}

}  // namespace

Result<Packing> pack_groups(std::span<const AnswerGroup* const> groups, FirstToken first) {
  Packing packing;
  for (const AnswerGroup* group : groups) {
    if (group->context.empty()) return internal_error("a question has an empty context");
    Packing::Group packed;
    packed.context = append(packing, group->context, 0);
    for (const std::vector<TokenId>& answer : group->answers) {
      if (answer.empty()) return internal_error("a trajectory has no tokens");
      packed.answers.push_back(append_answer(packing, packed.context, answer, first));
    }
    packing.groups.push_back(std::move(packed));
  }
  if (packing.outputs.empty())
    return input_error("the batch has no answer token to learn from", "",
                       "sample longer answers, or include the first token");
  return packing;
}

}  // namespace bakeoff::baker
