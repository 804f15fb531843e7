// A baker without a model, for tests of the harness: deterministic, counts its calls, and each arm answers in its own
// way.
//
//  - base says "It is <question>.", with the prompt in front "Arrr, <question>!"; an adapter says what the prompt
//  would.
//  - choices cost one nat a byte, whatever the arm.
//  - drawn answers (temperature > 0) end with their seed.
//  - a question that holds "FAIL" is refused; one that holds "DISK" fails as infrastructure.
//  - `slow_milliseconds` delays every answer and every bake step, for tests that kill the process.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "harness/core/baker_api.h"
#include "harness/core/interrupt.h"
#include "harness/core/sha256.h"

namespace bakeoff::testing {

/// What the scripted models did.
struct Calls {
  std::set<std::string> renderings;  ///< template settings of every generator, bake and proof, as JSON
  int opened = 0, bakes = 0, proofs = 0, answers = 0, inspections = 0, compared = 0;
  std::vector<std::size_t> parents;  ///< how many each bake started from
  std::vector<std::size_t> replays;  ///< how many earlier targets each bake kept in view
  std::vector<std::string> order;    ///< "prompted: question", one an answer
  std::vector<std::uint64_t> seeds;  ///< one an answer
  std::vector<double> in_flight;     ///< requests held when each answer was given
};

struct Script {
  Path model_file;  ///< exists; its bytes are the model's identity
  int slow_milliseconds = 0;
  std::string dtype = "fp32", engine = "scripted 1";
  double effect_kl = 0.5;  ///< 0: the adapter does nothing, which is an error
  bool interrupt_in_bake = false;
  bool is_shaky = false;  ///< answers end with a question mark from now on, though nothing about the model changed
  std::function<void(int answers)> after_answer = [](int) {};  ///< called on the model's lane after each answer
};

class ScriptedGenerator : public Generator {
 public:
  ScriptedGenerator(GeneratorIdentity identity, const Script& script, int rows, Calls& calls)
      : identity_(std::move(identity)), script_(script), rows_(rows), calls_(calls) {}
  const GeneratorIdentity& identity() const override { return identity_; }

  Status serve(RequestFeed& feed) override {
    std::deque<RequestFeed::Ticket> held;
    while (true) {
      while (static_cast<int>(held.size()) < rows_) {
        auto ticket = feed.pull();
        if (!ticket) break;
        held.push_back(std::move(*ticket));
      }
      if (held.empty()) return {};
      calls_.in_flight.push_back(static_cast<double>(held.size()));
      const RequestFeed::Ticket ticket = std::move(held.front());
      held.pop_front();
      std::this_thread::sleep_for(std::chrono::milliseconds(script_.slow_milliseconds));
      feed.done(ticket.number, answer(ticket.request));
      script_.after_answer(++calls_.answers);
    }
  }

 private:
  /// "base", "prompted", "baked" or "reprompted", as the identity shows.
  std::string manner() const {
    const bool prompted = !identity_.context.empty() && !identity_.context.front().content.empty();
    if (identity_.adapters.empty()) return prompted ? "prompted" : "base";
    return prompted ? "reprompted" : "baked";
  }

  Result<Reply> answer(const Request& request) {
    if (const auto* compared = std::get_if<ChoiceRequest>(&request)) return score(*compared);
    const auto* asked = std::get_if<GenerateRequest>(&request);
    if (!asked) return input_error("the scripted model scores nothing");
    const std::string question = std::get<Conversation>(asked->prompt).back().content;
    calls_.order.push_back(manner() + ": " + question);
    calls_.seeds.push_back(asked->seed);
    if (question.find("FAIL") != question.npos) return input_error("the prompt is too long");
    if (question.find("DISK") != question.npos) return infrastructure_error("the device is lost");
    Completion reply;
    reply.text = manner() == "base" ? "It is " + question + "." : "Arrr, " + question + "!";
    if (manner() == "reprompted") reply.text += " Arrr!";
    if (asked->decoding.temperature > 0) reply.text += " " + std::to_string(asked->seed);
    if (script_.is_shaky) reply.text.back() = '?';
    reply.ids = {1, 2, static_cast<TokenId>(question.size())};
    reply.finish_reason = "stop";
    reply.rendered_prompt = dump(to_json(identity_.context)) + question + std::string(2000, '.');
    reply.prompt_tokens = static_cast<std::int64_t>(question.size());
    reply.completion_tokens = 3;
    reply.wall_seconds = 0.25;
    return Reply(reply);
  }

  /// Every byte of a choice costs one nat.
  static Reply score(const ChoiceRequest& request) {
    ChoiceScores scores;
    for (const std::string& choice : request.choices) {
      const auto bytes = static_cast<std::int64_t>(choice.size());
      scores.choices.push_back({-static_cast<double>(bytes), bytes, false});
    }
    return scores;
  }

  GeneratorIdentity identity_;
  const Script& script_;
  int rows_;
  Calls& calls_;
};

class ScriptedBaker : public Baker {
 public:
  explicit ScriptedBaker(Script given) : script(std::move(given)) {}
  Script script;
  Calls calls;
  int loads = 0;

  BakerFactory factory() {
    return [this]() -> Result<Baker*> {
      ++loads;
      return static_cast<Baker*>(this);
    };
  }

  Result<ModelCard> inspect(const std::string& model) override {
    ++calls.inspections;
    ModelCard card;
    card.name = model;
    card.path = script.model_file.string();
    BAKEOFF_TRY(card.digest, sha256_file(script.model_file));
    return card;
  }

  Result<std::unique_ptr<TextTools>> text_tools(const std::string&) override {
    return internal_error("the scripted baker has no tokenizer");
  }

  Result<std::unique_ptr<Generator>> open(const GeneratorSpec& spec) override {
    ++calls.opened;
    GeneratorIdentity identity;
    BAKEOFF_TRY(identity.model_digest, sha256_file(script.model_file));
    identity.template_digest = digest_with("template", spec.rendering);
    calls.renderings.insert(dump(to_json(spec.rendering)));
    identity.context = spec.context;
    identity.dtype = spec.engine.dtype;
    identity.device = spec.engine.device;
    identity.engine = script.engine;
    for (const AdapterUse& use : spec.adapters) {
      BAKEOFF_TRY(const std::string id, sha256_file(use.folder / "adapter_model.safetensors"));
      identity.adapters.push_back(id + ":" + dump(Json(use.scale)));
    }
    return std::unique_ptr<Generator>(
        std::make_unique<ScriptedGenerator>(std::move(identity), script, spec.engine.batch_rows, calls));
  }

  Result<BakeOutcome> bake(const BakeRequest& request,
                           const std::function<void(const BakeProgress&)>& progress) override {
    ++calls.bakes;
    calls.parents.push_back(request.parents.size());
    calls.replays.push_back(request.replays.size());
    calls.renderings.insert(dump(to_json(request.rendering)));
    if (script.interrupt_in_bake) return interrupted_error();
    for (int step = 0; step < 3; ++step) {
      progress({"training", step, 3, 1.0 / (step + 1)});
      std::this_thread::sleep_for(std::chrono::milliseconds(script.slow_milliseconds));
    }
    const std::string weights = "weights of " + dump(to_json(request.prompt.messages)) + std::to_string(request.seed) +
                                dump(to_json(request.recipe)) + std::to_string(request.parents.size());
    BAKEOFF_CHECK(write_file_atomically(request.out / "adapter_model.safetensors", weights));
    BakeOutcome outcome;
    outcome.adapter_id = sha256_hex(weights);
    outcome.folder = request.out;
    outcome.kl_first = 0.86;
    outcome.kl_last = 0.15;
    outcome.kl_held_out_before = 1.5;
    outcome.kl_held_out = 0.2;
    outcome.trajectories = 8;
    outcome.answer_tokens = 320;
    outcome.seconds = {{"sampling", 1.0}, {"training", 2.0}};
    outcome.peak_resident_bytes = 1 << 20;
    return outcome;
  }

  Result<std::vector<double>> kl(const GeneratorSpec&, const GeneratorSpec&, std::span<const TokenId> ids) override {
    return std::vector<double>(ids.size(), 0.1);
  }

  /// Arms that differ are a hundredth of a nat apart for each byte of the answer.
  Result<std::vector<Result<double>>> answer_kl(const GeneratorSpec& spec, const GeneratorSpec& against,
                                                std::span<const Conversation> conversations) override {
    BAKEOFF_TRY(const auto one, open(spec));
    BAKEOFF_TRY(const auto other, open(against));
    const bool same = dump(to_json(one->identity())) == dump(to_json(other->identity()));
    std::vector<Result<double>> found;
    for (const Conversation& conversation : conversations) {
      const std::size_t bytes = conversation.back().content.size();
      ++calls.compared;
      if (bytes == 0)
        found.emplace_back(input_error("the answer is empty"));
      else
        found.emplace_back(same ? 0.0 : 0.01 * static_cast<double>(bytes));
    }
    return found;
  }

  Result<double> prove_effect(const std::string&, const AdapterUse& adapter, const EngineSettings&,
                              const TemplateSettings& rendering) override {
    ++calls.proofs;
    calls.renderings.insert(dump(to_json(rendering)));
    if (script.effect_kl > 0) return script.effect_kl;
    return input_error("the adapter changes nothing", adapter.folder.string());
  }

  Result<std::unique_ptr<AdapterTools>> adapter_tools() override {
    return internal_error("the scripted baker has no adapter tools");
  }
  Result<std::string> resolve_dtype(const EngineSettings&) override { return script.dtype; }
};

}  // namespace bakeoff::testing
