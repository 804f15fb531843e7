// model.safetensors.index.json over two good files, one.safetensors with the tensor "a" and two.safetensors with "b".
#include "baker/formats/safetensors.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {
namespace {

void write_shards(const std::filesystem::path& folder) {
  const std::vector<float> values = {1, 2, 3};
  require(baker::write_safetensors(folder / "one.safetensors", {{"a", {3}, values}}).ok(), "shards are written");
  require(baker::write_safetensors(folder / "two.safetensors", {{"b", {1, 3}, values}}).ok(), "shards are written");
}

}  // namespace

void fuzz_safetensors_index(std::string_view input) {
  static const InputFile file("model.safetensors.index.json");
  static const bool written = (write_shards(file.folder()), true);
  require(written, "the shards are there");
  const auto opened = baker::ShardedSafetensors::open(file.write(input));
  if (!opened.ok()) return require_reason(opened.error());
  for (const std::string& name : opened->names()) {
    require(name == "a" || name == "b", "only tensors of the files are listed");
    require(opened->read(name).ok(), "a tensor that is listed can be read");
  }
}

}  // namespace bakeoff::testing
