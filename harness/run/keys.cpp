// Content ids: which parts go into each, as canonical JSON under SHA-256.
#include "harness/run/keys.h"

#include "harness/core/seed.h"
#include "harness/core/sha256.h"

namespace bakeoff::run {

GeneratorIdentity arm_identity(const GeneratorIdentity& base, const Conversation& context,
                               const std::vector<AdapterPart>& adapters) {
  GeneratorIdentity identity = base;
  identity.context = context;
  for (const auto& [adapter_id, scale] : adapters) identity.adapters.push_back(adapter_id + ":" + dump(Json(scale)));
  return identity;
}

Result<GeneratorIdentity> identity_from_json(const Json& value, const std::string& where) {
  ObjectReader fields(value, where);
  GeneratorIdentity identity;
  identity.model_digest = fields.required<std::string>("model_digest");
  identity.adapters = fields.required<std::vector<std::string>>("adapters");
  identity.template_digest = fields.required<std::string>("template_digest");
  const Json& context = fields.raw("context");
  identity.dtype = fields.required<std::string>("dtype");
  identity.device = fields.required<std::string>("device");
  identity.engine = fields.required<std::string>("engine");
  BAKEOFF_CHECK(fields.finish());
  BAKEOFF_TRY(identity.context, conversation_from_json(context, fields.path("context")));
  return identity;
}

std::string digest_of(const GeneratorIdentity& identity) { return sha256_hex(dump(to_json(identity))); }

std::string sample_key(const SampleKeyParts& parts) {
  const Json content = {{"generator", parts.generator},
                        {"suite", parts.suite_digest},
                        {"item", parts.item->id},
                        {"messages", to_json(parts.item->messages)},
                        {"replicate", parts.replicate},
                        {"decoding", to_json(parts.decoding)},
                        {"seed", parts.seed}};
  return sha256_hex("sample\n" + dump(content));
}

std::uint64_t sample_seed(std::uint64_t experiment_seed, const std::string& suite, const std::string& item,
                          int replicate) {
  return derive_seed(experiment_seed, {"sample", suite, item, std::to_string(replicate)});
}

std::string bake_key(const BakeSpec& bake, const PromptSpec& prompt, const GeneratorIdentity& base,
                     const std::string& parent) {
  Json questions = Json::array();
  for (const Conversation& question : bake.questions) questions.push_back(to_json(question));
  Json recipe = to_json(bake.recipe);
  recipe.erase("checkpoint_seconds");  // how often state is saved changes no bit
  Json content = {{"model", base.model_digest},
                  {"template", base.template_digest},
                  {"dtype", base.dtype},
                  {"device", base.device},
                  {"engine", base.engine},
                  {"messages", to_json(prompt.messages)},
                  {"student", to_json(prompt.student)},
                  {"questions", std::move(questions)},
                  {"recipe", std::move(recipe)},
                  {"seed", bake.seed}};
  if (!parent.empty()) content["parent"] = parent;
  if (bake.replay.questions > 0) content["replay"] = {bake.replay.questions, bake.replay.weight};
  return sha256_hex("bake\n" + dump(content));
}

}  // namespace bakeoff::run
