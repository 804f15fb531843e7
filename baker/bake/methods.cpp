#include "baker/bake/methods.h"

namespace bakeoff::baker {
namespace {

Result<KlResult> forward_kl(const HeadLoss& head, const HeadMoments& teacher, std::span<const float> student_hidden,
                            std::int64_t batch_tokens) {
  return head.kl(teacher, student_hidden, batch_tokens);
}

constexpr BakeMethod kMethods[] = {
    {"kl", "forward KL from the prompted model, over the whole vocabulary, on its own sampled answers", forward_kl},
};

}  // namespace

Result<const BakeMethod*> find_method(const std::string& name) {
  std::string known;
  for (const BakeMethod& method : kMethods) {
    if (name == method.name) return &method;
    known += (known.empty() ? "" : ", ") + std::string(method.name);
  }
  return input_error("unknown bake method \"" + name + "\"", "recipe.method", "the methods are: " + known);
}

}  // namespace bakeoff::baker
