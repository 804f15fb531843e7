// Finds out which format a path holds.
#include "baker/formats/weights.h"

#include "baker/formats/gguf.h"
#include "baker/formats/safetensors.h"

namespace bakeoff::baker {
namespace {

template <class Source>
Result<std::unique_ptr<WeightSource>> boxed(Result<Source> opened) {
  if (!opened.ok()) return opened.error();
  return std::unique_ptr<WeightSource>(std::make_unique<Source>(std::move(opened).value()));
}

Result<std::unique_ptr<WeightSource>> open_folder(const Path& folder) {
  std::error_code ignored;
  const Path index = folder / "model.safetensors.index.json", single = folder / "model.safetensors";
  if (std::filesystem::exists(single, ignored)) return boxed(Safetensors::open(single));
  if (std::filesystem::exists(index, ignored)) return boxed(ShardedSafetensors::open(index));
  return input_error("no weights in this folder", folder.string(),
                     "expected model.safetensors or model.safetensors.index.json");
}

}  // namespace

Result<std::unique_ptr<WeightSource>> open_weights(const Path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return open_folder(path);
  if (path.extension() == ".gguf") return boxed(Gguf::open(path));
  if (path.extension() == ".safetensors") return boxed(Safetensors::open(path));
  return input_error("unknown kind of weights", path.string(), "give a .gguf file, a .safetensors file or a folder");
}

}  // namespace bakeoff::baker
