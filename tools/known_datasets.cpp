#include "tools/known_datasets.h"

#include "tools/fetch.h"

namespace bakeoff::tools {
namespace fs = std::filesystem;

namespace {

bool is_there(const Path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

Result<Dataset> dataset_from(const char* text) {
  BAKEOFF_TRY(const Json manifest, parse_json(text, "manifest"));
  ObjectReader fields(manifest, "manifest");
  Dataset dataset;
  dataset.name = fields.required<std::string>("name");
  dataset.licence = fields.required<std::string>("licence");
  dataset.terms = fields.required<std::string>("terms");
  for (const char* key : {"suite", "title", "revision"}) fields.required<std::string>(key);
  for (const char* key : {"fields", "files"}) fields.raw(key);
  BAKEOFF_CHECK(fields.finish());
  for (const Json& entry : manifest.at("files")) {
    ObjectReader file(entry, "manifest " + dataset.name + ": files");
    file.required<std::int64_t>("bytes");
    dataset.files.push_back(
        {file.required<std::string>("file"), file.required<std::string>("url"), file.required<std::string>("sha256")});
    BAKEOFF_CHECK(file.finish());
  }
  dataset.manifest = manifest;
  return dataset;
}

Status fetch(const Dataset& dataset, const DatasetFile& file, const DatasetSource& source, const Path& target) {
  if (!source.folder.empty()) {
    const Path own = source.folder / dataset.name / file.file;
    return tools::copy_file(is_there(own) ? own : source.folder / file.file, target);
  }
  const std::string url = source.mirror.empty() ? file.url : source.mirror + "/" + dataset.name + "/" + file.file;
  return run_step({"curl", "--fail", "--silent", "--show-error", "--location", "--proto", "=https,http,file",
                   "--max-time", "600", "--output", target.string(), url},
                  "check the network, or give a folder with the file: --from DIR");
}

Status pull_file(const Dataset& dataset, const DatasetFile& file, const DatasetSource& source) {
  const Path place = dataset_folder(dataset) / file.file;
  if (is_there(place) && require_digest(place, file.sha256).ok()) return {};
  BAKEOFF_TRY(const WorkFolder work, WorkFolder::make(place.parent_path()));
  const Path arrived = work.path() / place.filename();
  BAKEOFF_CHECK(fetch(dataset, file, source, arrived));
  BAKEOFF_CHECK(require_digest(arrived, file.sha256));
  return put_in_place(arrived, place);
}

}  // namespace

Result<std::vector<Dataset>> known_datasets() {
  std::vector<Dataset> datasets;
  for (const char* text : manifest_texts()) {
    BAKEOFF_TRY(Dataset dataset, dataset_from(text));
    datasets.push_back(std::move(dataset));
  }
  return datasets;
}

Path dataset_folder(const Dataset& dataset) { return cache_folder() / "datasets" / dataset.name; }

Status verify_dataset(const Dataset& dataset) {
  for (const DatasetFile& file : dataset.files) {
    const Path place = dataset_folder(dataset) / file.file;
    if (!is_there(place))
      return input_error("set \"" + dataset.name + "\" is not here", place.string(),
                         "run: bakeoff datasets pull " + dataset.name);
    BAKEOFF_CHECK(require_digest(place, file.sha256));
  }
  return {};
}

Status pull_dataset(const Dataset& dataset, const DatasetSource& source) {
  for (const DatasetFile& file : dataset.files) BAKEOFF_CHECK(pull_file(dataset, file, source));
  return {};
}

}  // namespace bakeoff::tools
