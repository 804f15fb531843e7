// Safetensors beyond one file read: models in several files, and writing.
#include <algorithm>
#include <fstream>

#include "baker/formats/safetensors.h"
#include "harness/core/json.h"

namespace bakeoff::baker {
namespace {

/// The file names of an index come from outside: they may not lead out of its folder.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

Result<std::map<std::string, std::string>> read_weight_map(const Path& index_file) {
  BAKEOFF_TRY(const Json index, read_json_file(index_file));
  ObjectReader reader(index, index_file.string());
  const Json weight_map = reader.raw("weight_map");
  reader.raw("metadata");
  BAKEOFF_CHECK(reader.finish());
  if (!weight_map.is_object()) return input_error("no object of tensor and file names", reader.path("weight_map"));
  std::map<std::string, std::string> result;
  for (const auto& [tensor, file] : weight_map.items()) {
    if (!file.is_string() || !is_plain_name(file.get<std::string>()))
      return input_error("not the name of a file in the same folder", reader.path("weight_map") + "." + tensor);
    result[tensor] = file.get<std::string>();
  }
  return result;
}

std::size_t elements_of(const std::vector<std::int64_t>& shape) {
  std::size_t elements = 1;
  for (const std::int64_t extent : shape) elements *= static_cast<std::size_t>(extent);
  return elements;
}

/// Length and JSON of the header for tensors in this order. Tensor: TensorToWrite or TensorToMake.
template <class Tensor>
Result<std::string> header_of(const std::vector<Tensor>& tensors, const Path& file) {
  OrderedJson header = {{"__metadata__", {{"format", "pt"}}}};
  std::uint64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    if (header.contains(tensor.name)) return internal_error("tensor " + tensor.name + " comes twice", file.string());
    const std::uint64_t end = offset + elements_of(tensor.shape) * sizeof(float);
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = dump(header);
  text.append((8 - text.size() % 8) % 8, ' ');  // the data section begins aligned, as the format asks
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

template <class Tensor>
void sort_by_name(std::vector<Tensor>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

Error wrong_size(const std::string& tensor, const Path& file) {
  return internal_error("the shape of tensor " + tensor + " does not match its values", file.string());
}

void append_bytes(std::string& to, const void* from, std::size_t bytes) {
  if (bytes > 0) to.append(static_cast<const char*>(from), bytes);
}

}  // namespace

Result<ShardedSafetensors> ShardedSafetensors::open(const Path& index_file) {
  ShardedSafetensors result;
  result.index_ = index_file;
  BAKEOFF_TRY(result.weight_map_, read_weight_map(index_file));
  for (const auto& [tensor, file] : result.weight_map_) {
    if (result.shards_.count(file) > 0) continue;
    BAKEOFF_TRY(Safetensors shard, Safetensors::open(index_file.parent_path() / file));
    result.shards_.emplace(file, std::move(shard));
  }
  for (const auto& [tensor, file] : result.weight_map_)
    if (!result.shards_.at(file).has(tensor))
      return input_error("tensor " + tensor + " is not in " + file, index_file.string(), "fetch index and files again");
  for (const auto& [file, shard] : result.shards_)
    for (const std::string& tensor : shard.names()) {
      const auto found = result.weight_map_.find(tensor);
      if (found != result.weight_map_.end() && found->second == file) continue;
      const bool is_listed = found != result.weight_map_.end();
      return input_error("tensor " + tensor + " of " + file +
                             (is_listed ? " is in " + found->second + ", too" : " is not in the index"),
                         index_file.string(), "fetch index and files again");
    }
  return result;
}

std::vector<std::string> ShardedSafetensors::names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : weight_map_) names.push_back(name);
  return names;
}

Result<const Safetensors*> ShardedSafetensors::shard_of(const std::string& name) const {
  const auto found = weight_map_.find(name);
  if (found == weight_map_.end()) return input_error("there is no tensor " + name, index_.string());
  return &shards_.at(found->second);
}

Result<TensorInfo> ShardedSafetensors::info(const std::string& name) const {
  BAKEOFF_TRY(const Safetensors* shard, shard_of(name));
  return shard->info(name);
}

Result<std::vector<float>> ShardedSafetensors::read(const std::string& name) const {
  BAKEOFF_TRY(const Safetensors* shard, shard_of(name));
  return shard->read(name);
}

std::vector<Path> ShardedSafetensors::files() const {
  std::vector<Path> files;
  for (const auto& [name, shard] : shards_) files.push_back(shard.path());
  return files;
}

Status write_safetensors(const Path& file, std::vector<TensorToWrite> tensors) {
  sort_by_name(tensors);
  BAKEOFF_TRY(std::string content, header_of(tensors, file));
  for (const TensorToWrite& tensor : tensors) {
    if (tensor.values.size() != elements_of(tensor.shape)) return wrong_size(tensor.name, file);
    append_bytes(content, tensor.values.data(), tensor.values.size_bytes());
  }
  return write_file_atomically(file, content);
}

Status stream_safetensors(const Path& file, std::vector<TensorToMake> tensors) {
  sort_by_name(tensors);
  BAKEOFF_TRY(const std::string header, header_of(tensors, file));
  std::ofstream out(file, std::ios::binary);
  out.write(header.data(), static_cast<std::streamsize>(header.size()));
  for (const TensorToMake& tensor : tensors) {
    BAKEOFF_TRY(const std::vector<float> values, tensor.values());
    if (values.size() != elements_of(tensor.shape)) return wrong_size(tensor.name, file);
    out.write(reinterpret_cast<const char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof(float)));
  }
  out.close();
  return out ? Status() : infrastructure_error("can not be written", file.string(), "is the disk full?");
}

}  // namespace bakeoff::baker
