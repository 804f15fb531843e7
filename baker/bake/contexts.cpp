#include "baker/bake/contexts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/core/seed.h"

namespace bakeoff::baker {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::size_t common_end(std::string_view a, std::string_view b) {
  const auto difference = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<std::size_t>(difference.first - a.rbegin());
}

Conversation joined(const Conversation& front, const Conversation& question) {
  Conversation all = front;
  all.insert(all.end(), question.begin(), question.end());
  return all;
}

/// The texts must end alike, from the question's first word on.
Status check_texts(const std::string& teacher, const std::string& student, const Conversation& question,
                   const std::string& where) {
  if (teacher == student)
    return input_error("the prompt changes nothing: teacher and student see the same text", where,
                       "give a prompt, or a student context that lacks it");
  const std::string_view shared = std::string_view(teacher).substr(teacher.size() - common_end(teacher, student));
  for (const Message& message : question)
    if (shared.find(trimmed(message.content)) == std::string_view::npos)
      return input_error(
          "teacher and student texts differ in more than the prompt: the chat template renders the question "
          "differently",
          where, "compare the two with bakeoff inspect --render");
  return {};
}

struct Rendered {
  std::string teacher, student;
};

Result<Rendered> render_both(const BakeRequest& request, const ModelBundle& bundle, const Conversation& question) {
  Rendered texts;
  BAKEOFF_TRY(texts.teacher, bundle.render(joined(request.prompt.messages, question)));
  BAKEOFF_TRY(texts.student, bundle.render(joined(request.prompt.student, question)));
  return texts;
}

Status check_length(const BakeQuestion& question, const BakeRequest& request, const ModelConfig& config,
                    const std::string& where) {
  const auto longest = static_cast<std::int64_t>(std::max(question.teacher.size(), question.student.size())) +
                       request.recipe.max_new_tokens;
  if (longest <= config.context) return {};
  return input_error("context and answer may take " + std::to_string(longest) + " tokens, the model has " +
                         std::to_string(config.context),
                     where, "shorten the prompt or recipe.max_new_tokens");
}

}  // namespace

Result<Contexts> make_contexts(const BakeRequest& request, const ModelBundle& bundle) {
  if (request.questions.empty()) return input_error("a bake needs at least one question", "questions");
  Contexts contexts;
  for (std::size_t i = 0; i < request.questions.size(); ++i) {
    const std::string where = "questions[" + std::to_string(i) + "]";
    const Conversation& question = request.questions[i];
    if (question.empty()) return input_error("the question has no message", where);
    BAKEOFF_TRY(const Rendered texts, render_both(request, bundle, question));
    BAKEOFF_CHECK(check_texts(texts.teacher, texts.student, question, where));
    BakeQuestion ids;
    ids.number = i;
    BAKEOFF_TRY(ids.teacher, bundle.encode(texts.teacher));
    BAKEOFF_TRY(ids.student, bundle.encode(texts.student));
    BAKEOFF_CHECK(check_length(ids, request, bundle.model->config, where));
    if (i == 0) {
      contexts.teacher_text = texts.teacher;
      contexts.student_text = texts.student;
    }
    contexts.questions.push_back(std::move(ids));
  }
  return contexts;
}

Split split_questions(std::size_t count, double share, std::uint64_t seed) {
  constexpr std::size_t kEnoughForTwo = 20;
  auto kept = static_cast<std::size_t>(std::llround(share * static_cast<double>(count)));
  if (share > 0 && count >= kEnoughForTwo) kept = std::max<std::size_t>(kept, 2);
  kept = std::min(kept, count - 1);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(derive_seed(seed, {"held-out questions"}));
  shuffle(order, random);
  Split split;
  split.held_out.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept));
  split.training.assign(order.begin() + static_cast<std::ptrdiff_t>(kept), order.end());
  std::sort(split.held_out.begin(), split.held_out.end());
  std::sort(split.training.begin(), split.training.end());
  return split;
}

}  // namespace bakeoff::baker
