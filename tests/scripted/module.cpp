// A baker module whose model is a script: what the program's verbs are tested against where there is no LibTorch and no
// model. Answers name everything they were made from, and come back in the reverse order of the requests.
//
//   conversation   "system:...|user:...#SEED" and so on for each message
//   model "patient" has its own process interrupted, as Ctrl-C in a long job would, and gives up after ten seconds
#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include <unistd.h>

#include "harness/core/baker_api.h"
#include "harness/core/interrupt.h"
#include "harness/core/sha256.h"

namespace bakeoff::scripted {

namespace {

constexpr const char* kPatient = "patient";

Status wait_for_interrupt() {
  kill(getpid(), SIGINT);
  for (int tenths = 0; tenths < 100; ++tenths) {
    if (interrupted()) return interrupted_error();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return internal_error("nobody interrupted");
}

std::vector<TokenId> bytes_of(std::string_view text) {
  std::vector<TokenId> ids;
  for (const char byte : text) ids.push_back(static_cast<unsigned char>(byte));
  return ids;
}

std::string text_of(const Prompt& prompt) {
  if (const auto* text = std::get_if<std::string>(&prompt)) return *text;
  std::string joined;
  if (const auto* ids = std::get_if<std::vector<TokenId>>(&prompt)) {
    for (const TokenId id : *ids) joined += static_cast<char>(id);
    return joined;
  }
  for (const Message& message : std::get<Conversation>(prompt))
    joined += (joined.empty() ? "" : "|") + message.role + ":" + message.content;
  return joined;
}

Reply answer(const GenerateRequest& request) {
  Completion completion;
  completion.text = text_of(request.prompt) + "#" + std::to_string(request.seed);
  completion.ids = bytes_of(completion.text);
  completion.finish_reason = "stop";
  completion.prompt_tokens = static_cast<std::int64_t>(text_of(request.prompt).size());
  completion.completion_tokens = static_cast<std::int64_t>(completion.ids.size());
  return completion;
}

/// Every token has log-probability -1.
Reply answer(const ScoreRequest& request) {
  Score score;
  const std::string completion = request.completion.value_or("");
  score.ids = bytes_of(text_of(request.prompt) + completion);
  score.token_logprobs.assign(score.ids.size() - 1, -1.0);
  score.completion_tokens = static_cast<std::int64_t>(completion.size());
  score.completion_logprob = -static_cast<double>(completion.size());
  score.is_greedy = completion.starts_with(" ");
  for (int i = 0; i < request.top; ++i) score.next_top.emplace_back(i, -1.0 - i);
  return score;
}

Reply answer(const ChoiceRequest& request) {
  ChoiceScores scores;
  scores.rendered_prompt = text_of(request.prompt);
  scores.prompt_tokens = static_cast<std::int64_t>(scores.rendered_prompt.size());
  for (const std::string& choice : request.choices)
    scores.choices.push_back(
        {-static_cast<double>(choice.size()), static_cast<std::int64_t>(choice.size()), choice.starts_with(" ")});
  return scores;
}

class ScriptedGenerator : public Generator {
 public:
  explicit ScriptedGenerator(const GeneratorSpec& spec) : patient_(spec.model == kPatient) {
    identity_.model_digest = sha256_hex(spec.model);
    identity_.context = spec.context;
    identity_.dtype = "fp32";
    identity_.device = "cpu";
    for (const AdapterUse& use : spec.adapters)
      identity_.adapters.push_back(use.folder.filename().string() + ":" + std::to_string(use.scale));
  }
  const GeneratorIdentity& identity() const override { return identity_; }

  Status serve(RequestFeed& feed) override {
    if (patient_) return wait_for_interrupt();
    std::vector<RequestFeed::Ticket> taken;
    do {
      taken.clear();
      while (auto ticket = feed.pull()) taken.push_back(std::move(*ticket));
      std::reverse(taken.begin(), taken.end());
      for (const auto& ticket : taken)
        feed.done(ticket.number, refuses(ticket.request)
                                     ? Result<Reply>(input_error("the prompt is too long"))
                                     : std::visit([](const auto& r) { return answer(r); }, ticket.request));
    } while (!taken.empty());
    return {};
  }

 private:
  static bool refuses(const Request& request) {
    const auto* wanted = std::get_if<GenerateRequest>(&request);
    return wanted && text_of(wanted->prompt) == "too long";
  }
  bool patient_;
  GeneratorIdentity identity_;
};

class ScriptedText : public TextTools {
 public:
  explicit ScriptedText(std::string model) : model_(std::move(model)) {}
  Result<std::vector<TokenId>> encode(std::string_view text, bool add_special) const override {
    std::vector<TokenId> ids = bytes_of(text);
    if (add_special) ids.insert(ids.begin(), 1);
    return ids;
  }
  Result<std::string> decode(std::span<const TokenId> ids, bool) const override {
    return text_of(std::vector<TokenId>(ids.begin(), ids.end()));
  }
  Result<std::string> render(const OrderedJson& arguments) const override { return model_ + " " + dump(arguments); }

 private:
  std::string model_;
};

class ScriptedBaker : public Baker {
 public:
  Result<ModelCard> inspect(const std::string& model) override {
    ModelCard card;
    card.name = model;
    card.digest = std::string(64, '0');
    return card;
  }
  Result<std::unique_ptr<TextTools>> text_tools(const std::string& model) override {
    return std::unique_ptr<TextTools>(std::make_unique<ScriptedText>(model));
  }
  Result<std::unique_ptr<Generator>> open(const GeneratorSpec& spec) override {
    return std::unique_ptr<Generator>(std::make_unique<ScriptedGenerator>(spec));
  }
  Result<BakeOutcome> bake(const BakeRequest& request,
                           const std::function<void(const BakeProgress&)>& progress) override {
    progress({"training", 0, 1, 0.5});
    if (request.model == kPatient) BAKEOFF_CHECK(wait_for_interrupt());
    const std::string weights = "weights of " + dump(to_json(request.prompt));
    BAKEOFF_CHECK(write_file_atomically(request.out / "adapter_model.safetensors", weights));
    const Json beside = {{"student", to_json(request.prompt.student)}};
    BAKEOFF_CHECK(write_file_atomically(request.out / "bakeoff.json", dump(beside)));
    BakeOutcome outcome;
    outcome.adapter_id = sha256_hex(weights);
    outcome.folder = request.out;
    outcome.kl_first = 0.5;
    outcome.kl_last = 0.25;
    outcome.trajectories = static_cast<std::int64_t>(request.questions.size()) * request.recipe.samples_per_question;
    outcome.seconds = {{"training", 1.0}};
    return outcome;
  }
  Result<std::vector<double>> kl(const GeneratorSpec&, const GeneratorSpec&, std::span<const TokenId> ids) override {
    return std::vector<double>(ids.size(), 0.125);
  }
  Result<std::vector<Result<double>>> answer_kl(const GeneratorSpec&, const GeneratorSpec&,
                                                std::span<const Conversation> conversations) override {
    return std::vector<Result<double>>(conversations.size(), Result<double>(0.125));
  }
  Result<double> prove_effect(const std::string&, const AdapterUse&, const EngineSettings&,
                              const TemplateSettings&) override {
    return 1.0;
  }
  Result<std::unique_ptr<AdapterTools>> adapter_tools() override {
    return internal_error("the scripted module has no adapter tools");
  }
  Result<std::string> resolve_dtype(const EngineSettings&) override { return std::string("fp32"); }
};

}  // namespace

}  // namespace bakeoff::scripted

extern "C" bakeoff::Baker* bakeoff_baker(int api_version) {
  static bakeoff::scripted::ScriptedBaker baker;
  return api_version == bakeoff::kBakerApiVersion ? &baker : nullptr;
}
