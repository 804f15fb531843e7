// What models and servers say: replies of an OpenAI-compatible endpoint, and verdicts of judges.
#include "harness/run/remote_protocol.h"
#include "judges/pairwise.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {
namespace {

void check_reply(const Request& request, std::string_view body) {
  const auto reply = run::remote_reply(request, body);
  if (!reply.ok()) return require_reason(reply.error());
  if (const auto* answer = std::get_if<Completion>(&*reply))
    require(is_valid_utf8(answer->text) && (answer->finish_reason == "stop" || answer->finish_reason == "length"),
            "an answer is text that ended in one of two ways");
  if (const auto* score = std::get_if<Score>(&*reply))
    require(score->completion_tokens <= static_cast<std::int64_t>(score->token_logprobs.size()),
            "a completion is a part of its text");
}

}  // namespace

void fuzz_replies(std::string_view input) {
  check_reply(GenerateRequest{Conversation{{"user", "x"}}, {.stop = {"a"}}, 0}, input);
  check_reply(GenerateRequest{std::string("x"), {}, 0}, input);
  check_reply(ScoreRequest{std::string("The capital is"), " Paris", 0}, input);
  check_reply(ScoreRequest{std::string("The capital is"), std::nullopt, 0}, input);
  check_reply(ChoiceRequest{std::string("The capital is"), {" Paris", " Rome"}}, input);
  const std::string complaint = run::remote_complaint(input);
  require(is_valid_utf8(complaint) && complaint.find('\n') == complaint.npos, "a complaint is one line of text");
  for (const judges::ComparisonForm& form : judges::all_comparison_forms()) {
    const judges::Reading reading = form.read(input);
    require(reading.winner.has_value() == reading.reason.empty(), "a text has a winner or a reason");
  }
}

}  // namespace bakeoff::testing
