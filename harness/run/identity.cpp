// Asking the model who it is, or trusting what the store remembers of it.
#include "harness/run/identity.h"

#include <filesystem>
#include <fstream>
#include <set>

#include "harness/core/sha256.h"
#include "harness/run/keys.h"
#include "harness/run/remote.h"

namespace bakeoff::run {
namespace fs = std::filesystem;
namespace {

/// Size and time of a file as one text; empty if it is not there.
std::string stamp_of(const fs::path& file) {
  std::error_code code;
  const auto bytes = fs::file_size(file, code);
  if (code) return "";
  const auto time = fs::last_write_time(file, code);
  if (code) return "";
  return std::to_string(bytes) + "@" + std::to_string(time.time_since_epoch().count());
}

std::set<std::string> files_of_model(const Path& path) {
  std::set<std::string> files;
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return {path.string()};
  for (const auto& entry : fs::directory_iterator(path, ignored))
    if (entry.is_regular_file(ignored)) files.insert(entry.path().string());
  return files;
}

/// This program and every library in it: what they compute may change when they do.
std::set<std::string> files_of_program() {
  std::set<std::string> files;
  std::error_code ignored;
  files.insert(fs::read_symlink("/proc/self/exe", ignored).string());
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const auto path = line.find('/');
    if (path != line.npos && line.find(".so", path) != line.npos) files.insert(line.substr(path));
  }
  return files;
}

Json stamps_of(const std::set<std::string>& files) {
  Json stamps = Json::object();
  for (const std::string& file : files) stamps[file] = stamp_of(file);
  return stamps;
}

bool still_true(const Json& stamps) {
  if (!stamps.is_object() || stamps.empty()) return false;
  for (const auto& entry : stamps.items())
    if (!entry.value().is_string() || entry.value().get<std::string>() != stamp_of(entry.key())) return false;
  return true;
}

std::string identity_stamp(const Experiment& experiment, const EngineSettings& engine) {
  Json asked = {experiment.model, engine.dtype, engine.device};
  if (experiment.rendering != TemplateSettings{}) asked.push_back(to_json(experiment.rendering));
  return "identity/" + sha256_hex(dump(asked));
}

/// "auto" means what it meant when this store was begun: two halves of one run never differ in it.
Result<std::string> resolve_dtype(const EngineSettings& engine, store::Store* reader, LazyBaker& baker) {
  if (engine.dtype != "auto") return engine.dtype;
  if (reader) {
    BAKEOFF_TRY(const auto known, reader->stamp("dtype/" + engine.device));
    if (known && known->is_string()) return known->get<std::string>();
  }
  BAKEOFF_TRY(Baker * loaded, baker.get());
  return loaded->resolve_dtype(engine);
}

Result<std::optional<GeneratorIdentity>> remembered(store::Store* reader, const std::string& stamp) {
  if (!reader) return std::optional<GeneratorIdentity>();
  BAKEOFF_TRY(const auto known, reader->stamp(stamp));
  if (!known || !known->is_object() || !still_true(known->value("files", Json())))
    return std::optional<GeneratorIdentity>();
  BAKEOFF_TRY(GeneratorIdentity identity, identity_from_json(known->value("identity", Json()), "the store: " + stamp));
  return std::optional(std::move(identity));
}

Status identify_remotes(const Experiment& experiment, store::Store* reader, ModelIdentity& found) {
  for (const auto* list : {&experiment.arms, &experiment.judges})
    for (const Arm& arm : *list) {
      if (!arm.remote) continue;
      BAKEOFF_CHECK(check_secrets(*arm.remote));
      const std::string stamp = "remote/" + sha256_hex(dump(Json{arm.remote->url, arm.remote->model}));
      Json version = remote_version(*arm.remote);
      if (!version.is_null()) {
        found.stamps[stamp] = version;
      } else if (reader) {
        BAKEOFF_TRY(const auto known, reader->stamp(stamp));
        if (known) version = *known;
      }
      found.remotes[arm.name] = remote_identity(*arm.remote, version);
    }
  return {};
}

}  // namespace

Result<Baker*> LazyBaker::get() {
  if (baker_) return baker_;
  BAKEOFF_TRY(baker_, factory_());
  return baker_;
}

Result<ModelIdentity> identify_model(const Experiment& experiment, store::Store* reader, LazyBaker& baker) {
  ModelIdentity found;
  found.engine = experiment.engine;
  BAKEOFF_CHECK(identify_remotes(experiment, reader, found));
  if (experiment.model.empty()) return found;
  BAKEOFF_TRY(found.engine.dtype, resolve_dtype(experiment.engine, reader, baker));
  if (experiment.engine.dtype == "auto") found.stamps["dtype/" + found.engine.device] = found.engine.dtype;
  const std::string stamp = identity_stamp(experiment, found.engine);
  BAKEOFF_TRY(const auto known, remembered(reader, stamp));
  if (known) {
    found.base = *known;
    return found;
  }
  BAKEOFF_TRY(Baker * loaded, baker.get());
  BAKEOFF_TRY(const ModelCard card, loaded->inspect(experiment.model));
  BAKEOFF_TRY(const auto generator, loaded->open({experiment.model, {}, {}, found.engine, experiment.rendering}));
  found.base = generator->identity();
  auto files = files_of_program();
  files.merge(files_of_model(card.path));
  found.stamps[stamp] = {{"identity", to_json(found.base)}, {"files", stamps_of(files)}};
  return found;
}

}  // namespace bakeoff::run
