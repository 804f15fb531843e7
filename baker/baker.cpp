#include "baker/baker.h"

#include <thread>

#include <ATen/Parallel.h>

#include "baker/adapters/tools.h"
#include "baker/bake/bake.h"
#include "baker/engine/device.h"
#include "baker/engine/divergence.h"
#include "baker/engine/dtype.h"
#include "baker/engine/generator.h"
#include "baker/kernels/variants.h"
#include "baker/models/adapted_model.h"
#include "baker/models/adapter_file.h"
#include "harness/core/interrupt.h"

namespace bakeoff::baker {
namespace {

constexpr double kLeastEffect = 1e-6;  ///< nats per token; rounding alone stays far below it
constexpr const char* kTemplatePrefix = "template:";

/// Texts on which an adapter must show that it acts.
const char* const kProbes[] = {"What is the capital of Italy?", "Tell me about dogs.", "How do I boil an egg?",
                               "Write one sentence about the sea."};

/// "date" among the arguments is what templates that print today's date are told; it is no variable of theirs.
Result<std::string> render_dated(const ChatTemplate& chat, OrderedJson arguments) {
  jinja::Moment date;
  if (arguments.contains("date") && arguments["date"].is_string()) {
    BAKEOFF_TRY(date, jinja::Moment::parse(arguments["date"].get<std::string>()));
    arguments.erase("date");
  }
  return chat.render(arguments, date);
}

class LocalTextTools : public TextTools {
 public:
  explicit LocalTextTools(ModelText text) : text_(std::move(text)) {}
  Result<std::vector<TokenId>> encode(std::string_view text, bool add_special) const override {
    return text_.tokenizer.encode(text, {.add_special = add_special, .parse_special = true});
  }
  Result<std::string> decode(std::span<const TokenId> ids, bool skip_special) const override {
    return text_.tokenizer.decode(ids, skip_special);
  }
  Result<std::string> render(const OrderedJson& arguments) const override {
    if (!text_.chat) return input_error("the model has no chat template", "", "give --template FILE");
    return render_dated(*text_.chat, arguments);
  }

 private:
  ModelText text_;
};

/// A bare Jinja file: no tokenizer behind it.
class TemplateOnly : public TextTools {
 public:
  explicit TemplateOnly(ChatTemplate&& chat) : chat_(std::move(chat)) {}
  Result<std::vector<TokenId>> encode(std::string_view, bool) const override { return no_tokenizer(); }
  Result<std::string> decode(std::span<const TokenId>, bool) const override { return no_tokenizer(); }
  Result<std::string> render(const OrderedJson& arguments) const override { return render_dated(chat_, arguments); }

 private:
  static Error no_tokenizer() { return usage_error("a template has no tokenizer", "", "give --model"); }
  ChatTemplate chat_;
};

class LocalBaker : public Baker {
 public:
  Result<ModelCard> inspect(const std::string& model) override;
  Result<std::unique_ptr<TextTools>> text_tools(const std::string& model) override;
  Result<std::unique_ptr<Generator>> open(const GeneratorSpec& spec) override;
  Result<BakeOutcome> bake(const BakeRequest& request,
                           const std::function<void(const BakeProgress&)>& progress) override;
  Result<std::vector<double>> kl(const GeneratorSpec& spec, const GeneratorSpec& against,
                                 std::span<const TokenId> ids) override;
  Result<std::vector<Result<double>>> answer_kl(const GeneratorSpec& spec, const GeneratorSpec& against,
                                                std::span<const Conversation> conversations) override;
  Result<std::unique_ptr<AdapterTools>> adapter_tools() override { return make_adapter_tools(); }
  Result<double> prove_effect(const std::string& model, const AdapterUse& adapter, const EngineSettings& engine,
                              const TemplateSettings& rendering) override;
  Result<std::string> resolve_dtype(const EngineSettings& engine) override;

 private:
  struct Loaded {
    std::string key;
    std::shared_ptr<const Model> model;
    std::shared_ptr<const ModelText> text;
  };
  Result<Loaded> load(const std::string& model, const EngineSettings& engine);
  Result<std::unique_ptr<LocalGenerator>> open_local(const GeneratorSpec& spec);
  Loaded last_;  ///< most work asks for one model again and again
};

Status check_device(const EngineSettings& engine) {
  if (engine.device == "cpu") return {};
  if (engine.device == "cuda") return check_cuda();
  return usage_error("unknown device \"" + engine.device + "\"", "device", "use cpu or cuda");
}

Result<Dtype> dtype_of(const EngineSettings& engine) {
  return engine.device == "cpu" ? resolve_dtype_name(engine.dtype) : resolve_device_dtype_name(engine.dtype);
}

/// Version of the numerics, and what computes them.
std::string engine_name(const EngineSettings& engine) {
  return std::string(kEngineVersion) + "/" + (engine.device == "cpu" ? kernels().name : device_library());
}

void use_threads(const EngineSettings& engine) {
  at::set_num_threads(engine.threads > 0 ? engine.threads
                                         : static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}

Result<LocalBaker::Loaded> LocalBaker::load(const std::string& model, const EngineSettings& engine) {
  BAKEOFF_CHECK(check_device(engine));
  use_threads(engine);
  BAKEOFF_TRY(const Dtype dtype, dtype_of(engine));
  BAKEOFF_TRY(const Path path, locate_model(model));
  BAKEOFF_TRY(const std::string digest, model_digest(path));
  const std::string key = digest + "|" + path.string() + "|" + dtype_name(dtype);
  if (last_.key == key) return last_;
  last_ = {};
  BAKEOFF_TRY(auto text, load_model_text(path));
  BAKEOFF_TRY(auto weights, load_model(path, dtype));
  last_ = {key, std::move(weights), std::make_shared<const ModelText>(std::move(text))};
  return last_;
}

Result<std::string> LocalBaker::resolve_dtype(const EngineSettings& engine) {
  BAKEOFF_CHECK(check_device(engine));
  use_threads(engine);
  BAKEOFF_TRY(const Dtype dtype, dtype_of(engine));
  return std::string(dtype_name(dtype));
}

Result<ModelCard> LocalBaker::inspect(const std::string& model) {
  BAKEOFF_TRY(const Path path, locate_model(model));
  BAKEOFF_TRY(const ModelConfig config, read_model_config(path));
  ModelCard card;
  card.name = model;
  card.family = config.family;
  card.path = path.string();
  BAKEOFF_TRY(card.digest, model_digest(path));
  card.context_length = config.context;
  card.vocabulary = config.vocabulary;
  card.layers = config.layers;
  card.width = config.width;
  BAKEOFF_TRY(const auto source, open_weights(path));
  std::map<std::string, std::int64_t> encodings;
  for (const std::string& name : source->names()) {
    BAKEOFF_TRY(const TensorInfo info, source->info(name));
    encodings[info.dtype] += info.elements;
  }
  std::int64_t most = 0;
  for (const auto& [encoding, elements] : encodings) {
    card.parameters += elements;
    if (elements > most) card.dtype_on_disk = encoding;
    most = std::max(most, elements);
  }
  if (const auto text = load_model_text(path); text.ok()) card.has_template = text->chat.has_value();
  return card;
}

Result<std::unique_ptr<TextTools>> LocalBaker::text_tools(const std::string& model) {
  if (model.rfind(kTemplatePrefix, 0) == 0) {
    const Path file = model.substr(std::string(kTemplatePrefix).size());
    BAKEOFF_TRY(const std::string source, read_file(file));
    BAKEOFF_TRY(auto chat, ChatTemplate::from_source(source, {}, file.string()));
    return std::unique_ptr<TextTools>(std::make_unique<TemplateOnly>(std::move(chat)));
  }
  BAKEOFF_TRY(const Path path, locate_model(model));
  BAKEOFF_TRY(auto text, load_model_text(path));
  return std::unique_ptr<TextTools>(std::make_unique<LocalTextTools>(std::move(text)));
}

Result<std::unique_ptr<LocalGenerator>> LocalBaker::open_local(const GeneratorSpec& spec) {
  BAKEOFF_TRY(const Loaded loaded, load(spec.model, spec.engine));
  GeneratorIdentity identity;
  AdapterList adapters;
  for (const AdapterUse& use : spec.adapters) {
    if (!(use.scale >= 0 && use.scale <= 2))
      return usage_error("adapter scale " + std::to_string(use.scale) + " is outside 0 to 2", use.folder.string());
    BAKEOFF_TRY(auto adapter, read_adapter(use.folder, loaded.model->config, loaded.model->digest));
    identity.adapters.push_back(adapter.digest + ":" + Json(use.scale).dump());
    adapters.emplace_back(std::make_shared<const Adapter>(std::move(adapter)), use.scale);
  }
  identity.model_digest = loaded.model->digest;
  identity.template_digest = loaded.text->chat ? digest_with(loaded.text->chat->digest(), spec.rendering) : "";
  identity.context = spec.context;
  identity.dtype = dtype_name(loaded.model->dtype);
  identity.device = spec.engine.device;
  identity.engine = engine_name(spec.engine);
  BAKEOFF_TRY(auto model, adapted_model(loaded.model, adapters));
  auto engine = std::make_unique<Engine>(std::move(model), std::vector<AdapterList>{std::move(adapters)},
                                         engine_options(spec.engine));
  return std::make_unique<LocalGenerator>(loaded.text, std::move(engine), std::move(identity), spec.rendering);
}

Result<std::unique_ptr<Generator>> LocalBaker::open(const GeneratorSpec& spec) {
  BAKEOFF_TRY(auto generator, open_local(spec));
  return std::unique_ptr<Generator>(std::move(generator));
}

Result<BakeOutcome> LocalBaker::bake(const BakeRequest& request,
                                     const std::function<void(const BakeProgress&)>& progress) {
  if (request.engine.device != "cpu")
    return infrastructure_error("bakes run on the CPU", "device " + request.engine.device,
                                "bake with --device cpu; the adapter can be used on any device");
  BAKEOFF_TRY(const Loaded loaded, load(request.model, request.engine));
  ModelBundle bundle;
  bundle.model = loaded.model;
  bundle.render = [text = loaded.text, &request](const Conversation& messages) {
    return text->render(messages, request.rendering);
  };
  bundle.encode = [text = loaded.text](std::string_view rendered) {
    return text->tokenizer.encode(rendered, {.add_special = false, .parse_special = true});
  };
  return run_bake(request, bundle, progress);
}

Result<std::vector<double>> LocalBaker::kl(const GeneratorSpec& spec, const GeneratorSpec& against,
                                           std::span<const TokenId> ids) {
  BAKEOFF_TRY(const auto one, open_local(spec));
  BAKEOFF_TRY(const auto other, open_local(against));
  return divergences({one->engine(), ids, 0}, {other->engine(), ids, 0});
}

Result<std::vector<Result<double>>> LocalBaker::answer_kl(const GeneratorSpec& spec, const GeneratorSpec& against,
                                                          std::span<const Conversation> conversations) {
  BAKEOFF_TRY(const auto one, open_local(spec));
  BAKEOFF_TRY(const auto other, open_local(against));
  std::vector<Result<double>> found;
  for (const Conversation& conversation : conversations) {
    if (interrupted()) return interrupted_error();
    found.push_back(answer_divergence(*one, *other, conversation));
  }
  return found;
}

Result<double> LocalBaker::prove_effect(const std::string& model, const AdapterUse& adapter,
                                        const EngineSettings& engine, const TemplateSettings& rendering) {
  BAKEOFF_TRY(const Loaded loaded, load(model, engine));
  GeneratorSpec base{model, {}, {}, engine}, adapted{model, {adapter}, {}, engine};
  double sum = 0;
  std::size_t count = 0;
  for (const char* probe : kProbes) {
    BAKEOFF_TRY(const std::string rendered, loaded.text->render({{"system", ""}, {"user", probe}}, rendering));
    BAKEOFF_TRY(const auto ids, loaded.text->tokenizer.encode(rendered, {.add_special = false, .parse_special = true}));
    BAKEOFF_TRY(const auto nats, kl(adapted, base, ids));
    for (const double value : nats) sum += value;
    count += nats.size();
  }
  const double effect = sum / static_cast<double>(count);
  if (!(effect > kLeastEffect))
    return input_error("the adapter changes nothing: " + std::to_string(effect) + " nats per token on probe texts",
                       adapter.folder.string(), "check its scale and the modules it adapts");
  return effect;
}

}  // namespace

std::unique_ptr<Baker> make_local_baker() { return std::make_unique<LocalBaker>(); }

}  // namespace bakeoff::baker
