// Reading safetensors files. The checks are those of the format's reference implementation
// (https://github.com/huggingface/safetensors, safetensors/src/tensor.rs), and unknown fields are errors too.
#include "baker/formats/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "baker/formats/dequantize.h"
#include "harness/core/json.h"

namespace bakeoff::baker {
namespace {

constexpr std::uint64_t kMostHeaderBytes = 100'000'000;

struct DtypeSize {
  const char* name;
  std::int64_t bytes;
};
constexpr DtypeSize kDtypes[] = {{"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"F8_E8M0", 1},
                                 {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},     {"U32", 4},
                                 {"F32", 4},  {"F64", 8}, {"I64", 8}, {"U64", 8},     {"C64", 8}};

/// One header entry with its place in the data section.
struct Entry {
  std::string name;
  TensorView view;
  std::uint64_t begin = 0, end = 0;
};

Error bad(const std::string& what, const std::string& where) {
  return input_error(what, where, "the file is damaged or no safetensors file: fetch it again");
}

/// The JSON text of the header.
Result<std::string_view> header_text(std::span<const std::byte> bytes, const std::string& where) {
  if (bytes.size() < 8) return bad("the file is shorter than its header length", where);
  std::uint64_t length;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMostHeaderBytes)
    return bad("the header claims " + std::to_string(length) + " bytes, more than 100 MB", where);
  if (length > bytes.size() - 8) return bad("the file ends within its header", where);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data() + 8), length);
  if (text.empty() || text.front() != '{') return bad("the header does not begin with \"{\"", where);
  return text;
}

Result<std::map<std::string, std::string>> read_metadata(const Json& value, const std::string& where) {
  if (!value.is_object()) return bad("__metadata__ is no object", where);
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) return bad("__metadata__." + key + " is no text", where);
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

bool all_unsigned(const Json& list) {
  return list.is_array() && std::all_of(list.begin(), list.end(), [](const Json& n) { return n.is_number_unsigned(); });
}

Result<std::vector<std::int64_t>> read_shape(const Json& list, const std::string& where) {
  std::vector<std::int64_t> shape;
  for (const Json& extent : list) {
    const auto value = extent.get<std::uint64_t>();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return bad("its size overflows", where);
    shape.push_back(static_cast<std::int64_t>(value));
  }
  return shape;
}

/// Bytes that dtype and shape ask for. No product on the way overflows, so neither does the number of elements.
Result<std::uint64_t> storage_bytes(const TensorView& view, const std::string& where) {
  const auto* dtype =
      std::find_if(std::begin(kDtypes), std::end(kDtypes), [&](auto& d) { return view.dtype == d.name; });
  if (dtype == std::end(kDtypes))
    return input_error("unknown dtype " + view.dtype, where, "F64, F32, F16 and BF16 can be read");
  std::int64_t bytes = dtype->bytes;
  for (const std::int64_t extent : view.shape)
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return bad("its size overflows", where);
  return static_cast<std::uint64_t>(bytes);
}

Result<Entry> read_entry(const std::string& name, const Json& value, const std::string& file) {
  const std::string where = file + ": tensor " + name;
  ObjectReader reader(value, where);
  Entry entry;
  entry.name = name;
  entry.view.dtype = reader.required<std::string>("dtype");
  const Json shape = reader.raw("shape"), offsets = reader.raw("data_offsets");
  BAKEOFF_CHECK(reader.finish());
  if (!all_unsigned(shape)) return bad("shape is no list of whole numbers", where);
  if (!all_unsigned(offsets) || offsets.size() != 2) return bad("data_offsets is no pair of whole numbers", where);
  BAKEOFF_TRY(entry.view.shape, read_shape(shape, where));
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  BAKEOFF_TRY(const std::uint64_t bytes, storage_bytes(entry.view, where));
  if (entry.end < entry.begin || entry.end - entry.begin != bytes)
    return bad("data_offsets do not span the " + std::to_string(bytes) + " bytes of its dtype and shape", where);
  return entry;
}

/// Sorted by place, the entries must tile the data section exactly.
Status place(std::vector<Entry>& entries, std::span<const std::byte> data, const std::string& file) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t used = 0;
  for (Entry& entry : entries) {
    const std::string where = file + ": tensor " + entry.name;
    if (entry.begin != used)
      return bad(entry.begin < used ? "it overlaps another tensor" : "there is a hole before it", where);
    if (entry.end > data.size()) return bad("it reaches past the end of the file", where);
    entry.view.bytes = data.subspan(entry.begin, entry.end - entry.begin);
    used = entry.end;
  }
  if (used != data.size())
    return bad(std::to_string(data.size() - used) + " bytes after the last tensor belong to none", file);
  return {};
}

std::int64_t product(const std::vector<std::int64_t>& shape) {
  std::int64_t elements = 1;
  for (const std::int64_t extent : shape) elements *= extent;
  return elements;
}

}  // namespace

Result<Safetensors> Safetensors::open(const Path& file) {
  Safetensors result;
  result.file_ = file;
  BAKEOFF_TRY(result.map_, MemoryMap::open(file));
  const auto bytes = result.map_.bytes();
  BAKEOFF_TRY(const std::string_view text, header_text(bytes, file.string()));
  BAKEOFF_TRY(const Json header, parse_json(text, file.string() + ": header"));
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      BAKEOFF_TRY(result.metadata_, read_metadata(value, file.string()));
      continue;
    }
    BAKEOFF_TRY(Entry entry, read_entry(name, value, file.string()));
    entries.push_back(std::move(entry));
  }
  BAKEOFF_CHECK(place(entries, bytes.subspan(8 + text.size()), file.string()));
  for (Entry& entry : entries) result.tensors_.emplace(entry.name, std::move(entry.view));
  return result;
}

std::vector<std::string> Safetensors::names() const {
  std::vector<std::string> names;
  for (const auto& [name, view] : tensors_) names.push_back(name);
  return names;
}

Result<TensorView> Safetensors::view(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) return input_error("there is no tensor " + name, file_.string());
  return found->second;
}

Result<TensorInfo> Safetensors::info(const std::string& name) const {
  BAKEOFF_TRY(const TensorView tensor, view(name));
  return TensorInfo{tensor.dtype, tensor.shape, product(tensor.shape)};
}

Result<std::vector<float>> Safetensors::read(const std::string& name) const {
  BAKEOFF_TRY(const TensorView tensor, view(name));
  const Encoding* encoding = encoding_by_name(tensor.dtype);
  if (!encoding || !encoding->read)
    return input_error("tensor " + name + " is " + tensor.dtype + ", which is not read as weights", file_.string(),
                       "F64, F32, F16 and BF16 are; 8-bit floats mean nothing without their scales: convert the model");
  std::vector<float> values(static_cast<std::size_t>(product(tensor.shape)));
  dequantize(*encoding, tensor.bytes, values);
  return values;
}

}  // namespace bakeoff::baker
