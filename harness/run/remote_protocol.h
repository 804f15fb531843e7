// OpenAI's HTTP interface as JSON in and out, without the network: which call answers a request, and what a reply says.
//
//   conversation             POST chat/completions   answers only: such endpoints give no log-probabilities of given
//   text raw text                 POST completions        answers; log-probabilities where the server offers "echo"
//   token ids                -                       refused: a server's ids are its own
//
// Form of the log-probabilities: "echo": true with "logprobs": 1 returns the prompt's tokens too, each with its place
// in the text (lm-evaluation-harness, lm_eval/models/openai_completions.py, 0.4.13, uses the same call; it cuts by
// counting tokens of its own tokenizer, we by "text_offset", in code points).
#pragma once

#include <string_view>

#include "harness/core/generator.h"
#include "harness/core/remote_model.h"

namespace bakeoff::run {

struct RemoteCall {
  std::string path;  ///< below the model's url
  Json body;
};

/// Errors: input, for what such an endpoint can not answer.
Result<RemoteCall> remote_call(const RemoteModel& remote, const Conversation& context, const Request& request);

/// What the body of a reply with status 200 says. Errors: infrastructure, for what is no such reply (cut off, of
/// another form); input, for an answer that the server withheld.
Result<Reply> remote_reply(const Request& request, std::string_view body);

/// The server's own words in the body of a reply with another status, shortened; empty: none.
std::string remote_complaint(std::string_view body);

}  // namespace bakeoff::run
