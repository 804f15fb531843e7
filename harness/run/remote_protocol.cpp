// Requests and replies of OpenAI's HTTP interface.
#include "harness/run/remote_protocol.h"

#include <algorithm>

namespace bakeoff::run {
namespace {

void add_decoding(const GenerateRequest& asked, Json& body) {
  const Decoding& decoding = asked.decoding;
  constexpr std::uint64_t kMostSeed = 0x7fffffff;  // servers read 32 bits, some of them with a sign
  body["temperature"] = decoding.temperature;
  body["max_tokens"] = decoding.max_new_tokens;
  if (decoding.top_p < 1) body["top_p"] = decoding.top_p;
  if (decoding.top_k > 0) body["top_k"] = decoding.top_k;
  if (!decoding.stop.empty()) body["stop"] = decoding.stop;
  if (decoding.temperature > 0) body["seed"] = asked.seed & kMostSeed;
}

Error no_scores() {
  return input_error("a remote chat gives no log-probabilities of given texts", "",
                     "use raw text (prompting: completion) or a local model");
}
Error no_ids() { return input_error("a remote model takes no token ids", "", "send text"); }

Json scoring_body(Json prompt) {
  return {{"prompt", std::move(prompt)}, {"max_tokens", 1}, {"temperature", 0}, {"logprobs", 1}, {"echo", true}};
}

/// Context and completion as one text, and where the second begins, in bytes.
struct ScoredText {
  std::string whole;
  std::size_t cut = 0;
};
ScoredText scored_text(const std::string& context, const std::string& completion) {
  const auto end = context.find_last_not_of(" \t\r\n");
  return {context + completion, end == context.npos ? 0 : end + 1};
}

struct CallOf {
  const Conversation& context;

  Result<RemoteCall> operator()(const GenerateRequest& asked) const {
    RemoteCall call{"completions", Json::object()};
    if (const auto* text = std::get_if<std::string>(&asked.prompt)) {
      call.body["prompt"] = *text;
    } else if (const auto* talk = std::get_if<Conversation>(&asked.prompt)) {
      Conversation whole = context;
      whole.insert(whole.end(), talk->begin(), talk->end());
      call = {"chat/completions", {{"messages", to_json(whole)}}};
    } else {
      return no_ids();
    }
    add_decoding(asked, call.body);
    return call;
  }

  Result<RemoteCall> operator()(const ScoreRequest& asked) const {
    const auto* text = std::get_if<std::string>(&asked.prompt);
    if (!text) return std::holds_alternative<Conversation>(asked.prompt) ? no_scores() : no_ids();
    return RemoteCall{"completions", scoring_body(*text + asked.completion.value_or(""))};
  }

  Result<RemoteCall> operator()(const ChoiceRequest& asked) const {
    const auto* text = std::get_if<std::string>(&asked.prompt);
    if (!text) return std::holds_alternative<Conversation>(asked.prompt) ? no_scores() : no_ids();
    Json prompts = Json::array();
    for (const std::string& choice : asked.choices) prompts.push_back(*text + choice);
    return RemoteCall{"completions", scoring_body(std::move(prompts))};
  }
};

Error not_promised(const std::string& what) {
  return infrastructure_error("the server's reply is not of OpenAI's form: " + what);
}

/// The member, or null.
const Json& member(const Json& object, const char* key) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

std::int64_t count(const Json& value) {
  return value.is_number_integer() ? std::max<std::int64_t>(0, value.get<std::int64_t>()) : 0;
}

Result<std::string> finish_of(const Json& choice) {
  const Json& reason = member(choice, "finish_reason");
  if (reason == "stop" || reason == "eos_token" || reason == "stop_sequence") return std::string("stop");
  if (reason == "length") return std::string("length");
  if (reason == "content_filter") return input_error("the server's filter withheld the answer");
  return not_promised("finish_reason is " + dump(reason));
}

void cut_at_stop(Completion& answer, const std::vector<std::string>& stops) {
  std::size_t end = answer.text.size();
  for (const std::string& stop : stops) end = std::min(end, answer.text.find(stop));
  if (end == answer.text.size()) return;
  answer.text.resize(end);
  answer.finish_reason = "stop";
}

Result<Reply> completion_of(const GenerateRequest& asked, const Json& reply) {
  const Json& choices = member(reply, "choices");
  if (!choices.is_array() || choices.empty()) return not_promised("it has no choices");
  const bool chat = std::holds_alternative<Conversation>(asked.prompt);
  Completion answer;
  BAKEOFF_TRY(answer.finish_reason, finish_of(choices[0]));
  const Json& text = chat ? member(member(choices[0], "message"), "content") : member(choices[0], "text");
  if (!text.is_string()) return not_promised("its first choice has no text");
  answer.text = text.get<std::string>();
  cut_at_stop(answer, asked.decoding.stop);
  const Json& usage = member(reply, "usage");
  answer.prompt_tokens = count(member(usage, "prompt_tokens"));
  answer.completion_tokens = count(member(usage, "completion_tokens"));
  return Reply(std::move(answer));
}

std::int64_t code_points(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

/// The columns of one choice's "logprobs".
struct Tokens {
  const Json& logprobs;
  const Json& offsets = member(logprobs, "text_offset");
  const Json& values = member(logprobs, "token_logprobs");
  const Json& best = member(logprobs, "top_logprobs");

  Status check() const {
    if (!offsets.is_array() || !values.is_array() || offsets.size() != values.size() || offsets.empty())
      return not_promised("it has no log-probabilities of the prompt; does the server offer \"echo\"?");
    if (best.is_array() && best.size() != values.size()) return not_promised("top_logprobs has another length");
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!offsets[i].is_number_integer() || !(values[i].is_number() || (i == 0 && values[i].is_null())))
        return not_promised("token " + std::to_string(i) + " has no place or no log-probability");
    return {};
  }

  bool is_best(std::size_t i) const {
    constexpr double kEqual = 1e-9;
    if (!best.is_array() || !best[i].is_object() || best[i].empty()) return false;
    for (const auto& entry : best[i].items())
      if (entry.value().is_number() && entry.value().get<double>() > values[i].get<double>() + kEqual) return false;
    return true;
  }
};

/// Tokens of the text, and of these the completion's, which begins at a token.
Result<Score> score_of(const Json& choice, const ScoredText& text) {
  const Tokens tokens{member(choice, "logprobs")};
  BAKEOFF_CHECK(tokens.check());
  const std::int64_t end = code_points(text.whole);
  const std::int64_t cut = code_points(std::string_view(text.whole).substr(0, text.cut));
  Score score;
  score.is_greedy = true;
  bool begins_at_token = false;
  for (std::size_t i = 0; i < tokens.values.size(); ++i) {
    const auto at = tokens.offsets[i].get<std::int64_t>();
    if (at >= end) break;  // what the server had to draw
    if (i > 0) score.token_logprobs.push_back(tokens.values[i].get<double>());
    if (at < cut) continue;
    if (i == 0) return input_error("the first token of a text has no log-probability", "", "begin with some context");
    begins_at_token = begins_at_token || at == cut;
    ++score.completion_tokens;
    score.completion_logprob += tokens.values[i].get<double>();
    score.is_greedy = score.is_greedy && tokens.is_best(i);
  }
  if (cut < end && !begins_at_token)
    return input_error("no token of the server's begins where the completion does", "",
                       "begin the completion with a space or a new line");
  if (score.completion_tokens == 0) score.is_greedy = false;
  return score;
}

const std::string& context_of(const Prompt& prompt) { return std::get<std::string>(prompt); }

struct ReplyOf {
  const Json& reply;

  Result<Reply> operator()(const GenerateRequest& asked) const { return completion_of(asked, reply); }

  Result<Reply> operator()(const ScoreRequest& asked) const {
    const Json& choices = member(reply, "choices");
    if (!choices.is_array() || choices.empty()) return not_promised("it has no choices");
    ScoredText text = scored_text(context_of(asked.prompt), asked.completion.value_or(""));
    if (!asked.completion) text.cut = text.whole.size();
    BAKEOFF_TRY(Score score, score_of(choices[0], text));
    return Reply(std::move(score));
  }

  Result<Reply> operator()(const ChoiceRequest& asked) const {
    const Json& choices = member(reply, "choices");
    if (!choices.is_array() || choices.size() != asked.choices.size())
      return not_promised("it has not one choice for each text");
    std::vector<const Json*> ordered(choices.size(), nullptr);
    for (const Json& choice : choices) {
      const Json& index = member(choice, "index");
      if (!index.is_number_unsigned() || index.get<std::size_t>() >= ordered.size())
        return not_promised("the index of a choice is " + dump(index));
      ordered[index.get<std::size_t>()] = &choice;
    }
    ChoiceScores scores;
    scores.rendered_prompt = context_of(asked.prompt);
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      if (!ordered[i]) return not_promised("choice " + std::to_string(i) + " is missing");
      BAKEOFF_TRY(const Score score, score_of(*ordered[i], scored_text(context_of(asked.prompt), asked.choices[i])));
      scores.choices.push_back({score.completion_logprob, score.completion_tokens, score.is_greedy});
      scores.prompt_tokens = static_cast<std::int64_t>(score.token_logprobs.size()) + 1 - score.completion_tokens;
    }
    return Reply(std::move(scores));
  }
};

}  // namespace

Result<RemoteCall> remote_call(const RemoteModel& remote, const Conversation& context, const Request& request) {
  BAKEOFF_TRY(RemoteCall call, std::visit(CallOf{context}, request));
  call.body["model"] = remote.model;
  for (const auto& field : remote.body.items()) {
    if (field.value().is_null())
      call.body.erase(field.key());
    else
      call.body[field.key()] = field.value();
  }
  return call;
}

Result<Reply> remote_reply(const Request& request, std::string_view body) {
  const auto reply = parse_json(body, "reply");
  if (!reply.ok()) return not_promised(reply.error().what);
  return std::visit(ReplyOf{*reply}, request);
}

std::string remote_complaint(std::string_view body) {
  constexpr std::size_t kMostBytes = 300;
  const auto reply = parse_json(body, "reply");
  std::string text;
  if (reply.ok()) {
    const Json& error = member(*reply, "error");  // OpenAI {"error": {"message"}}, FastChat {"message"}
    for (const Json* place : {&member(error, "message"), &error, &member(*reply, "message"), &member(*reply, "detail")})
      if (text.empty() && place->is_string()) text = place->get<std::string>();
  }
  if (text.empty()) text = body.substr(0, kMostBytes);
  text = to_valid_utf8(text.substr(0, kMostBytes));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

}  // namespace bakeoff::run
