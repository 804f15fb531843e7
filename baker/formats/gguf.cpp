// Header, metadata, tensor table of a GGUF file.
#include "baker/formats/gguf.h"

#include <algorithm>
#include <limits>

#include "baker/formats/gguf_values.h"

namespace bakeoff::baker {
namespace {

constexpr std::uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr std::uint32_t kMostDimensions = 4;
constexpr std::uint64_t kDefaultAlignment = 32;

/// One row of the tensor table, before its place in the file is known.
struct TableRow {
  std::string name;
  TensorInfo info;
  const Encoding* encoding = nullptr;
  std::uint64_t offset = 0, bytes = 0;
};

}  // namespace

/// Reads one file in its order; tensors go to `gguf`.
class GgufParser {
 public:
  GgufParser(Gguf& gguf, std::span<const std::byte> bytes, const std::string& file)
      : gguf_(gguf), bytes_(bytes), cursor_(bytes, file) {}

  GgufMetadata metadata;

  Status parse() {
    BAKEOFF_CHECK(read_version());
    BAKEOFF_TRY(const std::size_t tensors, cursor_.count("tensor count", kLeastTensorBytes));
    BAKEOFF_TRY(const std::size_t keys, cursor_.count("metadata count", kLeastKeyBytes));
    for (std::size_t i = 0; i < keys; ++i) BAKEOFF_CHECK(read_key());
    BAKEOFF_TRY(const std::uint64_t alignment, read_alignment());
    std::vector<TableRow> rows;
    for (std::size_t i = 0; i < tensors; ++i) {
      BAKEOFF_TRY(TableRow row, read_row());
      rows.push_back(std::move(row));
    }
    return place(std::move(rows), alignment);
  }

 private:
  // The shortest possible entries: an empty name, no dimensions; an empty key, a one-byte value.
  static constexpr std::size_t kLeastTensorBytes = 8 + 4 + 4 + 8, kLeastKeyBytes = 8 + 4 + 1;

  Status read_version() {
    BAKEOFF_TRY(const std::uint32_t magic, cursor_.number<std::uint32_t>("the magic number"));
    if (magic != kMagic) return cursor_.bad("this is no GGUF file: it does not begin with \"GGUF\"");
    BAKEOFF_TRY(const std::uint32_t version, cursor_.number<std::uint32_t>("the version"));
    if (version == 2 || version == 3) return {};
    if ((version & 0xffffu) == 0) return cursor_.bad("big-endian GGUF files are not supported");
    return cursor_.bad("GGUF version " + std::to_string(version) + " is not supported (2 and 3 are)");
  }

  Status read_key() {
    BAKEOFF_TRY(std::string key, cursor_.text("a metadata key"));
    if (key.empty() || !is_valid_utf8(key)) return cursor_.bad("a metadata key is empty or no UTF-8");
    BAKEOFF_TRY(GgufValue value, read_gguf_value(cursor_, key));
    if (!metadata.emplace(key, std::move(value)).second) return cursor_.bad("metadata key " + key + " comes twice");
    return {};
  }

  Result<std::uint64_t> read_alignment() {
    const auto found = metadata.find("general.alignment");
    if (found == metadata.end()) return kDefaultAlignment;
    const auto* given = std::get_if<std::int64_t>(&found->second);
    const std::int64_t value = given ? *given : 0;
    if (value < 1 || (value & (value - 1)) != 0 || value > (std::int64_t{1} << 30))
      return cursor_.bad("general.alignment is no power of two up to 2^30");
    return static_cast<std::uint64_t>(value);
  }

  Result<TableRow> read_row() {
    TableRow row;
    BAKEOFF_TRY(row.name, cursor_.text("a tensor name"));
    if (row.name.empty() || !is_valid_utf8(row.name)) return cursor_.bad("a tensor name is empty or no UTF-8");
    BAKEOFF_CHECK(read_shape(row));
    BAKEOFF_TRY(const std::uint32_t type, cursor_.number<std::uint32_t>("tensor " + row.name));
    BAKEOFF_TRY(row.offset, cursor_.number<std::uint64_t>("tensor " + row.name));
    row.encoding = encoding_by_ggml_number(type);
    if (!row.encoding) return bad(row, "unknown encoding number " + std::to_string(type));
    row.info.dtype = row.encoding->name;
    BAKEOFF_CHECK(measure(row));
    return row;
  }

  /// GGUF lists the fastest dimension first; TensorInfo has it last.
  Status read_shape(TableRow& row) {
    BAKEOFF_TRY(const std::uint32_t dimensions, cursor_.number<std::uint32_t>("tensor " + row.name));
    if (dimensions > kMostDimensions) return bad(row, std::to_string(dimensions) + " dimensions, more than 4");
    row.info.elements = 1;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      BAKEOFF_TRY(const std::int64_t extent, cursor_.number<std::int64_t>("tensor " + row.name));
      if (extent < 1) return bad(row, "dimension " + std::to_string(extent));
      if (extent > std::numeric_limits<std::int64_t>::max() / row.info.elements) return bad(row, "its size overflows");
      row.info.elements *= extent;
      row.info.shape.insert(row.info.shape.begin(), extent);
    }
    return {};
  }

  Status measure(TableRow& row) {
    const Encoding& stored = *row.encoding;
    const std::int64_t innermost = row.info.shape.empty() ? 1 : row.info.shape.back();
    if (innermost % stored.block_values != 0)
      return bad(row, "rows of " + std::to_string(innermost) + " values do not divide into blocks of " +
                          std::to_string(stored.block_values));
    const std::int64_t blocks = row.info.elements / stored.block_values;
    if (blocks > std::numeric_limits<std::int64_t>::max() / stored.block_bytes) return bad(row, "its size overflows");
    row.bytes = static_cast<std::uint64_t>(blocks * stored.block_bytes);
    return {};
  }

  /// Gives each row its bytes: aligned, inside the file, no two overlapping.
  Status place(std::vector<TableRow> rows, std::uint64_t alignment) {
    const std::uint64_t start = (cursor_.position() + alignment - 1) / alignment * alignment;
    const std::uint64_t room = start < bytes_.size() ? bytes_.size() - start : 0;
    std::sort(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.offset < b.offset; });
    std::uint64_t used = 0;
    for (TableRow& row : rows) {
      if (row.offset % alignment != 0) return bad(row, "offset " + std::to_string(row.offset) + " is not aligned");
      if (row.offset < used) return bad(row, "it overlaps another tensor");
      if (row.offset > room || row.bytes > room - row.offset) return bad(row, "it reaches past the end of the file");
      used = row.offset + row.bytes;
      const Gguf::Entry entry{row.info, bytes_.subspan(start + row.offset, row.bytes), row.encoding};
      if (!gguf_.tensors_.emplace(row.name, entry).second) return bad(row, "its name comes twice");
    }
    return {};
  }

  Error bad(const TableRow& row, const std::string& what) const {
    return cursor_.bad("tensor " + row.name + ": " + what);
  }

  Gguf& gguf_;
  std::span<const std::byte> bytes_;
  GgufCursor cursor_;
};

Result<GgufMetadata> Gguf::add_file(const Path& file) {
  BAKEOFF_TRY(MemoryMap map, MemoryMap::open(file));
  GgufParser parser(*this, map.bytes(), file.string());
  BAKEOFF_CHECK(parser.parse());
  maps_.push_back(std::move(map));
  return std::move(parser.metadata);
}

Result<Gguf> Gguf::open(const Path& file) {
  Gguf gguf;
  gguf.file_ = file;
  BAKEOFF_TRY(gguf.metadata_, gguf.add_file(file));
  BAKEOFF_CHECK(gguf.add_other_parts());
  return gguf;
}

std::vector<std::string> Gguf::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : tensors_) names.push_back(name);
  return names;
}

Result<TensorInfo> Gguf::info(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) return input_error("there is no tensor " + name, file_.string());
  return found->second.info;
}

Result<std::vector<float>> Gguf::read(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) return input_error("there is no tensor " + name, file_.string());
  const Entry& entry = found->second;
  if (!entry.encoding->read)
    return input_error("tensor " + name + " has the encoding " + entry.info.dtype + ", which can not be read",
                       file_.string(), "use a file with " + readable_encodings());
  std::vector<float> values(static_cast<std::size_t>(entry.info.elements));
  dequantize(*entry.encoding, entry.bytes, values);
  return values;
}

template <class T>
Result<T> Gguf::get(const std::string& key) const {
  if (!has_key(key)) return input_error("metadata key " + key + " is missing", file_.string());
  if (const T* value = find<T>(key)) return *value;
  if constexpr (std::is_same_v<T, double>)
    if (const auto* integer = find<std::int64_t>(key)) return static_cast<double>(*integer);
  return input_error("metadata key " + key + " has another type than expected", file_.string());
}

template Result<bool> Gguf::get(const std::string&) const;
template Result<std::int64_t> Gguf::get(const std::string&) const;
template Result<double> Gguf::get(const std::string&) const;
template Result<std::string> Gguf::get(const std::string&) const;
template Result<std::vector<bool>> Gguf::get(const std::string&) const;
template Result<std::vector<std::int64_t>> Gguf::get(const std::string&) const;
template Result<std::vector<double>> Gguf::get(const std::string&) const;
template Result<std::vector<std::string>> Gguf::get(const std::string&) const;

}  // namespace bakeoff::baker
