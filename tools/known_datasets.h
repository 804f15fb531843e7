// The public sets that Bakeoff knows: where they come from, under which licence, and their content ids.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"

namespace bakeoff::tools {

struct DatasetFile {
  std::string file;  ///< its path in the set's folder
  std::string url;
  std::string sha256;
};

/// A manifest of datasets/.
struct Dataset {
  std::string name;
  std::string licence, terms;  ///< terms: what a user must know before using it
  std::vector<DatasetFile> files;
  Json manifest;  ///< as written
};

/// The manifests' texts, compiled into the program.
const std::vector<const char*>& manifest_texts();
Result<std::vector<Dataset>> known_datasets();
Path dataset_folder(const Dataset& dataset);
/// Are all files there, with the right content? Its error says which is not.
Status verify_dataset(const Dataset& dataset);

/// Where files are taken from instead of their own addresses; at most one of the two.
struct DatasetSource {
  Path folder;         ///< holds the files, or a folder of the set's name with them
  std::string mirror;  ///< address under which NAME/FILE lies
};
/// Fetches what is missing, with the command `curl` where no folder is given. A file of other content is refused and
/// not kept.
Status pull_dataset(const Dataset& dataset, const DatasetSource& source);

}  // namespace bakeoff::tools
