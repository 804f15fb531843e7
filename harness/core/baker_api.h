// The seam between the harness and the baker. The program loads the baker (with LibTorch behind it) only when a
// local model is first needed; everything else is built and tested against these types alone.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/core/adapter_tools.h"
#include "harness/core/generator.h"
#include "harness/core/recipe.h"
#include "harness/core/template_settings.h"

namespace bakeoff {

/// Where a model's numbers live while it runs.
struct EngineSettings {
  std::string dtype = "auto";  ///< "auto" (measured once per machine), "fp32" or "bf16"
  std::string device = "cpu";  ///< "cpu" or "cuda"
  int batch_rows = 32;         ///< rows decoded together
  int threads = 0;             ///< 0: all cores
  double kv_gib = 2.0;         ///< most memory for keys and values, in GiB; rows wait for it. Changes no result
};

struct GeneratorSpec {
  std::string model;                 ///< a folder, a .gguf file or a known name
  std::vector<AdapterUse> adapters;  ///< applied together, summed
  Conversation context;              ///< put before every conversation: the prompt, or what stays of it
  EngineSettings engine;
  TemplateSettings rendering = {};  ///< of every conversation
};

/// An earlier target that a bake keeps in view: answers that its prompt gives, drawn from the model as it was then.
struct Replay {
  PromptSpec prompt;
  std::vector<Conversation> questions;
  std::vector<AdapterUse> parents = {};  ///< what that earlier bake started from
  double weight = 1.0;                   ///< of its tokens in the loss, beside 1 for the new ones
};

struct BakeRequest {
  std::string model;
  PromptSpec prompt;
  std::vector<Conversation> questions;  ///< unconditioned user messages, at least one
  Recipe recipe;
  std::uint64_t seed = 0;
  Path out;            ///< folder of the adapter; training state is kept in `out`/checkpoint until done
  bool resume = true;  ///< continue from a checkpoint of the same request, if one is there
  EngineSettings engine;
  TemplateSettings rendering = {};  ///< of what teacher and student see
  std::vector<AdapterUse> parents =
      {};                            ///< earlier bakes that this one starts from, first bake first; they stay frozen
  std::vector<Replay> replays = {};  ///< trained together with the new target
};

struct BakeProgress {
  std::string phase;                 ///< "sampling", "training", "measuring"
  std::int64_t done = 0, total = 0;  ///< trajectories or optimiser steps
  double kl_nats = -1;               ///< of the last step; negative: none yet
};

struct LossPoint {
  int step;
  double epoch;
  double kl_nats;  ///< mean over the answer tokens of the step
  double learning_rate;
  double gradient_norm;
};

/// What a bake made and what it cost.
struct BakeOutcome {
  std::string adapter_id;  ///< SHA-256 of adapter_model.safetensors
  Path folder;
  double kl_first = 0;  ///< nats per answer token over the first epoch
  double kl_last = 0;   ///< over the last epoch
  double kl_held_out_before = -1,
         kl_held_out = -1;  ///< on held-out questions, before and after; negative: not measured
  double effect_kl = 0;     ///< nats per token, adapter against base on probe answers: the proof that it is applied
  std::int64_t trajectories = 0;
  std::int64_t answer_tokens = 0;
  std::map<std::string, double> seconds;  ///< per phase
  std::int64_t peak_resident_bytes = 0;
  std::vector<LossPoint> curve;
};
Json to_json(const BakeOutcome& outcome);
Result<BakeOutcome> bake_outcome_from_json(const Json& value, const std::string& where);

/// What is known about a model without running it.
struct ModelCard {
  std::string name, family, path, digest, dtype_on_disk;
  std::int64_t parameters = 0, context_length = 0, vocabulary = 0, layers = 0, width = 0;
  bool has_template = false;
};

/// Tokenizer and template of a model: needs no weights, so a folder with only these files is enough.
class TextTools {
 public:
  virtual ~TextTools() = default;
  virtual Result<std::vector<TokenId>> encode(std::string_view text, bool add_special) const = 0;
  virtual Result<std::string> decode(std::span<const TokenId> ids, bool skip_special) const = 0;
  /// `arguments`: {"messages", "tools"?, "add_generation_prompt"?, ...} as the template sees them.
  virtual Result<std::string> render(const OrderedJson& arguments) const = 0;
};

/// Everything the baker offers. One per process; the methods may be called from one thread at a time.
class Baker {
 public:
  virtual ~Baker() = default;
  virtual Result<ModelCard> inspect(const std::string& model) = 0;
  virtual Result<std::unique_ptr<TextTools>> text_tools(const std::string& model) = 0;
  /// Generators of one model share its weights.
  virtual Result<std::unique_ptr<Generator>> open(const GeneratorSpec& spec) = 0;
  /// Stops with an interrupted error soon after interrupted() becomes true, having saved its state.
  virtual Result<BakeOutcome> bake(const BakeRequest& request,
                                   const std::function<void(const BakeProgress&)>& progress) = 0;
  /// KL(spec || against), nats, of the next-token distribution at each of `ids`.
  virtual Result<std::vector<double>> kl(const GeneratorSpec& spec, const GeneratorSpec& against,
                                         std::span<const TokenId> ids) = 0;
  /// KL(spec || against) of the next-token distributions, nats per token, averaged over the tokens of each
  /// conversation's last message (an assistant's). Each side sees the messages before it after its own context, through
  /// the chat template; the answer's tokens are those of its text alone, the same on both sides. An error among the
  /// results is that conversation's own (an empty answer, a text too long).
  virtual Result<std::vector<Result<double>>> answer_kl(const GeneratorSpec& spec, const GeneratorSpec& against,
                                                        std::span<const Conversation> conversations) = 0;
  /// Loads the adapter and proves that it acts: every tensor used, shapes right, measured KL against the base > 0.
  /// Returns that KL.
  virtual Result<double> prove_effect(const std::string& model, const AdapterUse& adapter, const EngineSettings& engine,
                                      const TemplateSettings& rendering) = 0;
  virtual Result<std::unique_ptr<AdapterTools>> adapter_tools() = 0;
  /// "fp32" or "bf16": what "auto" means on this machine, measured on first use and kept in cache_folder().
  virtual Result<std::string> resolve_dtype(const EngineSettings& engine) = 0;
};

using BakerFactory = std::function<Result<Baker*>()>;

/// Loads the module on first use and keeps it. Where it is missing: an infrastructure error that says how to build it.
Result<Baker*> load_baker();

/// The module's one exported symbol. Bump the version when this header changes.
inline constexpr int kBakerApiVersion = 5;
extern "C" using BakerEntry = Baker * (*)(int api_version);
inline constexpr const char* kBakerEntryName = "bakeoff_baker";

}  // namespace bakeoff
