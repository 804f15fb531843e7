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

/// How ggml stores a tensor type (enum ggml_type and type_traits in ggml.c): enough to check bounds even where we do
/// not decode it.
struct StoredType {
  std::uint32_t number;
  const char* name;
  std::int64_t block_values, block_bytes;
};
constexpr StoredType kTypes[] = {{0, "F32", 1, 4},       {1, "F16", 1, 2},       {2, "Q4_0", 32, 18},
                                 {3, "Q4_1", 32, 20},    {6, "Q5_0", 32, 22},    {7, "Q5_1", 32, 24},
                                 {8, "Q8_0", 32, 34},    {10, "Q2_K", 256, 84},  {11, "Q3_K", 256, 110},
                                 {12, "Q4_K", 256, 144}, {13, "Q5_K", 256, 176}, {14, "Q6_K", 256, 210},
                                 {24, "I8", 1, 1},       {25, "I16", 1, 2},      {26, "I32", 1, 4},
                                 {27, "I64", 1, 8},      {28, "F64", 1, 8},      {30, "BF16", 1, 2}};

const StoredType* find_type(std::uint32_t number) {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes), [&](auto& t) { return t.number == number; });
  return found == std::end(kTypes) ? nullptr : found;
}

/// One row of the tensor table, before its place in the file is known.
struct TableRow {
  std::string name;
  TensorInfo info;
  std::uint64_t offset = 0, bytes = 0;
};

}  // namespace

/// Reads the parts in file order; see Gguf::open.
class GgufParser {
 public:
  GgufParser(Gguf& gguf) : gguf_(gguf), cursor_(gguf.map_.bytes(), gguf.file_.string()) {}

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
    if (!gguf_.metadata_.emplace(key, std::move(value)).second)
      return cursor_.bad("metadata key " + key + " comes twice");
    return {};
  }

  Result<std::uint64_t> read_alignment() {
    if (!gguf_.has_key("general.alignment")) return kDefaultAlignment;
    BAKEOFF_TRY(const std::int64_t value, gguf_.get<std::int64_t>("general.alignment"));
    if (value < 1 || (value & (value - 1)) != 0 || value > (std::int64_t{1} << 30))
      return cursor_.bad("general.alignment is " + std::to_string(value) + ", not a power of two up to 2^30");
    return static_cast<std::uint64_t>(value);
  }

  Result<TableRow> read_row() {
    TableRow row;
    BAKEOFF_TRY(row.name, cursor_.text("a tensor name"));
    if (row.name.empty() || !is_valid_utf8(row.name)) return cursor_.bad("a tensor name is empty or no UTF-8");
    BAKEOFF_CHECK(read_shape(row));
    BAKEOFF_TRY(const std::uint32_t type, cursor_.number<std::uint32_t>("tensor " + row.name));
    BAKEOFF_TRY(row.offset, cursor_.number<std::uint64_t>("tensor " + row.name));
    const StoredType* stored = find_type(type);
    if (!stored) return bad(row, "unknown encoding number " + std::to_string(type));
    row.info.dtype = stored->name;
    BAKEOFF_CHECK(measure(row, *stored));
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

  Status measure(TableRow& row, const StoredType& stored) {
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
    const auto all = gguf_.map_.bytes();
    const std::uint64_t start = (cursor_.position() + alignment - 1) / alignment * alignment;
    const std::uint64_t room = start < all.size() ? all.size() - start : 0;
    std::sort(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.offset < b.offset; });
    std::uint64_t used = 0;
    for (TableRow& row : rows) {
      if (row.offset % alignment != 0) return bad(row, "offset " + std::to_string(row.offset) + " is not aligned");
      if (row.offset < used) return bad(row, "it overlaps another tensor");
      if (row.offset > room || row.bytes > room - row.offset) return bad(row, "it reaches past the end of the file");
      used = row.offset + row.bytes;
      BAKEOFF_CHECK(add(std::move(row), all.subspan(start)));
    }
    return {};
  }

  Status add(TableRow row, std::span<const std::byte> data) {
    Gguf::Entry entry{row.info, data.subspan(row.offset, row.bytes)};
    if (const auto encoding = encoding_by_name(row.info.dtype)) {
      entry.encoding = *encoding;
      entry.readable = true;
    }
    if (!gguf_.tensors_.emplace(row.name, std::move(entry)).second) return bad(row, "its name comes twice");
    return {};
  }

  Error bad(const TableRow& row, const std::string& what) const {
    return cursor_.bad("tensor " + row.name + ": " + what);
  }

  Gguf& gguf_;
  GgufCursor cursor_;
};

Result<Gguf> Gguf::open(const Path& file) {
  Gguf gguf;
  gguf.file_ = file;
  BAKEOFF_TRY(gguf.map_, MemoryMap::open(file));
  BAKEOFF_CHECK(GgufParser(gguf).parse());
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
  if (!entry.readable)
    return input_error("tensor " + name + " has the encoding " + entry.info.dtype + ", which can not be read",
                       file_.string(), "use a file with F32, F16, BF16, Q8_0, Q4_0 or Q4_1");
  std::vector<float> values(static_cast<std::size_t>(entry.info.elements));
  dequantize(entry.encoding, entry.bytes, values);
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
