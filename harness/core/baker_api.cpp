// The outcome of a bake as JSON, and the loading of the baker module.
#include "harness/core/baker_api.h"

#include <cstdlib>
#include <mutex>

#include <dlfcn.h>

#include "harness/core/companion.h"

namespace bakeoff {

namespace {

/// A KL that was not measured is negative in the struct and null in records.
Json measured(double kl_nats) { return kl_nats < 0 ? Json() : Json(kl_nats); }

double measured_from(ObjectReader& fields, const char* key) {
  return fields.raw(key).is_null() ? -1.0 : fields.optional(key, -1.0);
}

Json curve_to_json(const std::vector<LossPoint>& curve) {
  Json rows = Json::array();
  for (const LossPoint& point : curve)
    rows.push_back({{"step", point.step},
                    {"epoch", point.epoch},
                    {"kl_nats", point.kl_nats},
                    {"learning_rate", point.learning_rate},
                    {"gradient_norm", point.gradient_norm}});
  return rows;
}

Result<LossPoint> point_from_json(const Json& value, const std::string& where) {
  ObjectReader fields(value, where);
  LossPoint point{fields.required<int>("step"), fields.required<double>("epoch"), fields.required<double>("kl_nats"),
                  fields.required<double>("learning_rate"), fields.required<double>("gradient_norm")};
  BAKEOFF_CHECK(fields.finish());
  return point;
}

Result<std::vector<LossPoint>> curve_from_json(const Json& rows, const std::string& where) {
  std::vector<LossPoint> curve;
  if (rows.is_null()) return curve;
  if (!rows.is_array()) return input_error("expected a list of steps", where);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    BAKEOFF_TRY(curve.emplace_back(), point_from_json(rows[i], where + "[" + std::to_string(i) + "]"));
  }
  return curve;
}

Result<std::map<std::string, double>> seconds_from_json(const Json& object, const std::string& where) {
  std::map<std::string, double> seconds;
  if (object.is_null()) return seconds;
  ObjectReader fields(object, where);
  if (object.is_object())
    for (const auto& entry : object.items()) seconds[entry.key()] = fields.required<double>(entry.key().c_str());
  BAKEOFF_CHECK(fields.finish());
  return seconds;
}

}  // namespace

Json to_json(const BakeOutcome& outcome) {
  return {{"adapter", outcome.adapter_id},
          {"folder", outcome.folder.string()},
          {"kl_first", outcome.kl_first},
          {"kl_last", outcome.kl_last},
          {"kl_held_out_before", measured(outcome.kl_held_out_before)},
          {"kl_held_out", measured(outcome.kl_held_out)},
          {"effect_kl", outcome.effect_kl},
          {"trajectories", outcome.trajectories},
          {"answer_tokens", outcome.answer_tokens},
          {"seconds", outcome.seconds},
          {"peak_resident_bytes", outcome.peak_resident_bytes},
          {"curve", curve_to_json(outcome.curve)}};
}

Result<BakeOutcome> bake_outcome_from_json(const Json& value, const std::string& where) {
  ObjectReader fields(value, where);
  BakeOutcome outcome;
  outcome.adapter_id = fields.required<std::string>("adapter");
  outcome.folder = fields.optional("folder", "");
  outcome.kl_first = fields.required<double>("kl_first");
  outcome.kl_last = fields.required<double>("kl_last");
  outcome.kl_held_out_before = measured_from(fields, "kl_held_out_before");
  outcome.kl_held_out = measured_from(fields, "kl_held_out");
  outcome.effect_kl = fields.optional("effect_kl", 0.0);
  outcome.trajectories = fields.required<std::int64_t>("trajectories");
  outcome.answer_tokens = fields.required<std::int64_t>("answer_tokens");
  outcome.peak_resident_bytes = fields.optional("peak_resident_bytes", std::int64_t{0});
  BAKEOFF_TRY(outcome.seconds, seconds_from_json(fields.raw("seconds"), fields.path("seconds")));
  BAKEOFF_TRY(outcome.curve, curve_from_json(fields.raw("curve"), fields.path("curve")));
  BAKEOFF_CHECK(fields.finish());
  return outcome;
}

namespace {

constexpr const char* kModuleName = "libbakeoff_baker.so";

/// OpenMP threads that wait for work would spin for milliseconds before they sleep, which on a busy machine takes the
/// processor from the very thread they wait for. The runtime reads this when the module brings it in.
void let_waiting_threads_sleep() { setenv("GOMP_SPINCOUNT", "20000", 0); }

/// The module stays loaded until the process ends: its threads and static objects would not survive dlclose.
Result<Baker*> open_module(const Path& file) {
  let_waiting_threads_sleep();
  void* module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!module) return infrastructure_error(std::string("can not be loaded: ") + dlerror(), file.string(), "rebuild it");
  const auto entry = reinterpret_cast<BakerEntry>(dlsym(module, kBakerEntryName));
  if (!entry) return infrastructure_error("is no baker module", file.string(), "rebuild it");
  Baker* baker = entry(kBakerApiVersion);
  if (!baker)
    return infrastructure_error("was built for another version of the program", file.string(), "rebuild both");
  return baker;
}

Result<Baker*> find_module() {
  const auto module = find_companion(kModuleName, "BAKEOFF_MODULE");
  if (module.ok()) return open_module(*module);
  return infrastructure_error("local models need the baker module, which is not there", module.error().where,
                              "build with -DBAKEOFF_BAKER=ON, or set BAKEOFF_MODULE to its path");
}

}  // namespace

Result<Baker*> load_baker() {
  static std::mutex mutex;
  static Baker* loaded = nullptr;
  const std::lock_guard lock(mutex);
  if (!loaded) {
    BAKEOFF_TRY(loaded, find_module());
  }
  return loaded;
}

}  // namespace bakeoff
