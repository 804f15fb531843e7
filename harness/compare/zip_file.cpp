// Reading of ZIP archives; see zip_file.h. Section numbers are those of APPNOTE 6.3.9.
#include "harness/compare/zip_file.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>

#include <zlib.h>
#include <zstd.h>

namespace bakeoff::compare {

namespace {

constexpr std::uint64_t kMostPlainBytes = 256 << 20;  ///< of one member
constexpr std::uint64_t kMostPlainBytesInAll = std::uint64_t{64} << 30;
constexpr std::uint64_t kMostDirectoryBytes = 256 << 20;  ///< about two million members
constexpr std::uint64_t kEndBytes = 22;                   ///< end of central directory record without its comment
constexpr std::uint64_t kMostComment = 0xFFFF;
constexpr std::uint16_t kStored = 0, kDeflated = 8, kZstd = 93;

const char* const kFetchAgain = "copy or fetch the file again";

/// Little-endian numbers at checked places.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number(std::size_t at, int width) const {
    std::uint64_t value = 0;
    for (int i = width - 1; i >= 0; --i)
      value = value << 8 | (at + static_cast<std::size_t>(i) < bytes_.size()
                                ? static_cast<unsigned char>(bytes_[at + static_cast<std::size_t>(i)])
                                : 0);
    return value;
  }
  std::uint16_t u16(std::size_t at) const { return static_cast<std::uint16_t>(number(at, 2)); }
  std::uint32_t u32(std::size_t at) const { return static_cast<std::uint32_t>(number(at, 4)); }
  bool starts(std::size_t at, std::string_view mark) const {
    return at <= bytes_.size() && bytes_.substr(at).starts_with(mark);
  }
  std::string_view part(std::size_t at, std::size_t length) const {
    return at <= bytes_.size() ? bytes_.substr(at, length) : std::string_view();
  }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

/// `length` bytes at `offset`, all of them or an error.
Result<std::string> read_at(const Path& file, std::uint64_t offset, std::uint64_t length) {
  std::string bytes(length, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(offset));
  stream.read(bytes.data(), static_cast<std::streamsize>(length));
  if (!stream || static_cast<std::uint64_t>(stream.gcount()) != length)
    return input_error("could not be read to the end", file.string(), kFetchAgain);
  return bytes;
}

struct Directory {
  std::uint64_t offset = 0, bytes = 0, members = 0;
};

/// The end of central directory record (4.3.16) stands last, before a comment; ZIP64 has a larger one before it
/// (4.3.14).
Result<Directory> find_directory(const Path& file, std::uint64_t file_bytes) {
  const Error no_zip = input_error("is no ZIP archive, or its end is missing", file.string(), kFetchAgain);
  if (file_bytes < kEndBytes) return no_zip;
  const std::uint64_t tail_bytes = std::min(file_bytes, kEndBytes + kMostComment);
  BAKEOFF_TRY(const std::string tail_text, read_at(file, file_bytes - tail_bytes, tail_bytes));
  const Bytes tail(tail_text);
  std::optional<std::size_t> end;
  for (std::size_t at = tail.size() - kEndBytes + 1; at-- > 0 && !end;)
    if (tail.starts(at, {"PK\5\6", 4}) && at + kEndBytes + tail.u16(at + 20) == tail.size()) end = at;
  if (!end) return no_zip;
  Directory found{tail.u32(*end + 16), tail.u32(*end + 12), tail.u16(*end + 10)};
  const bool is_large = found.offset == 0xFFFFFFFF || found.bytes == 0xFFFFFFFF || found.members == 0xFFFF;
  if (is_large && *end >= 20 && tail.starts(*end - 20, {"PK\6\7", 4})) {
    const std::uint64_t at = tail.number(*end - 20 + 8, 8);
    if (at > file_bytes || file_bytes - at < 56) return no_zip;
    BAKEOFF_TRY(const std::string record_text, read_at(file, at, 56));
    const Bytes record(record_text);
    if (!record.starts(0, {"PK\6\6", 4})) return no_zip;
    found = {record.number(48, 8), record.number(40, 8), record.number(32, 8)};
  }
  if (found.offset > file_bytes || found.bytes > file_bytes - found.offset || found.bytes > kMostDirectoryBytes)
    return input_error("its directory does not lie in the file", file.string(), kFetchAgain);
  return found;
}

/// Fields of 32 bits that did not suffice stand in the extra field 1, in this order (4.5.3).
void widen(ZipFile::Member& member, const Bytes& extra) {
  for (std::size_t at = 0; at + 4 <= extra.size(); at += 4 + std::size_t{extra.u16(at + 2)}) {
    if (extra.u16(at) != 1) continue;
    std::size_t value = at + 4;
    for (std::uint64_t* field : {&member.plain_bytes, &member.packed_bytes, &member.offset})
      if (*field == 0xFFFFFFFF) *field = extra.number(value, 8), value += 8;
    return;
  }
}

/// One entry of the directory (4.3.12) at `at`, which moves behind it; nothing where there is none.
std::optional<ZipFile::Member> next_member(const Bytes& directory, std::size_t& at, bool& is_encrypted) {
  constexpr std::size_t kEntryBytes = 46;
  if (!directory.starts(at, {"PK\1\2", 4}) || at + kEntryBytes > directory.size()) return std::nullopt;
  const std::size_t name = directory.u16(at + 28), extra = directory.u16(at + 30), comment = directory.u16(at + 32);
  if (at + kEntryBytes + name + extra > directory.size()) return std::nullopt;
  is_encrypted = directory.u16(at + 8) & 1;
  ZipFile::Member member;
  member.name = to_valid_utf8(directory.part(at + kEntryBytes, name));
  member.method = directory.u16(at + 10);
  member.crc = directory.u32(at + 16);
  member.packed_bytes = directory.u32(at + 20);
  member.plain_bytes = directory.u32(at + 24);
  member.offset = directory.u32(at + 42);
  widen(member, Bytes(directory.part(at + kEntryBytes + name, extra)));
  at += kEntryBytes + name + extra + comment;
  return member;
}

/// Null, or what is wrong.
const char* inflate_all(std::string_view packed, std::string& plain) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return "zlib has no memory left";
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib reads it only
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  const int code = inflate(&stream, Z_FINISH);
  const bool whole = code == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  return whole ? nullptr : "is damaged";
}

/// The same for one or more zstd frames.
const char* decompress_frames(std::string_view packed, std::string& plain) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) return "zstd has no memory left";
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  ZSTD_outBuffer out{plain.data(), plain.size(), 0};
  std::size_t left = 1;
  while (in.pos < in.size || left != 0) {
    const std::size_t read_before = in.pos, written_before = out.pos;
    left = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(left) || (in.pos == read_before && out.pos == written_before)) return "is damaged";
  }
  return out.pos == out.size ? nullptr : "is damaged";
}

const char* unpack(std::uint16_t method, std::string_view packed, std::string& plain) {
  if (method == kDeflated) return inflate_all(packed, plain);
  if (method == kZstd) return decompress_frames(packed, plain);
  if (method != kStored) return "is packed by a method that is none of: stored, deflate, zstd";
  if (packed.size() != plain.size()) return "is damaged";
  plain.assign(packed);
  return nullptr;
}

}  // namespace

Result<ZipFile> ZipFile::open(const Path& file) {
  std::error_code failed;
  const std::uint64_t file_bytes = std::filesystem::file_size(file, failed);
  if (failed) return input_error("is no file that can be read", file.string());
  BAKEOFF_TRY(const Directory place, find_directory(file, file_bytes));
  BAKEOFF_TRY(const std::string text, read_at(file, place.offset, place.bytes));
  const Bytes directory(text);
  ZipFile archive(file);
  std::uint64_t packed = 0, plain = 0;
  std::size_t at = 0;
  bool is_encrypted = false;
  while (const auto member = next_member(directory, at, is_encrypted)) {
    if (is_encrypted) return input_error("its member " + member->name + " is encrypted", file.string());
    if (member->offset > place.offset || member->packed_bytes > place.offset - member->offset)
      return input_error("its member " + member->name + " does not lie in the file", file.string(), kFetchAgain);
    packed += member->packed_bytes;
    if (packed > file_bytes) return input_error("its members share bytes", file.string(), kFetchAgain);
    plain += std::min(member->plain_bytes, kMostPlainBytes + 1);
    if (plain > kMostPlainBytesInAll) return input_error("unpacks to more than 64 GiB", file.string());
    archive.members_.push_back(*member);
  }
  if (at != directory.size() || archive.members_.size() != place.members)
    return input_error("its directory is damaged", file.string(), kFetchAgain);
  return archive;
}

const ZipFile::Member* ZipFile::find(const std::string& name) const {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.name == name; });
  return found == members_.end() ? nullptr : &*found;
}

Result<std::string> ZipFile::read(const Member& member) const {
  const std::string where = file_.string() + ":" + member.name;
  if (member.plain_bytes > kMostPlainBytes) return input_error("unpacks to more than 256 MiB", where);
  constexpr std::uint64_t kHeaderBytes = 30;  // local file header (4.3.7), before name and extra field
  BAKEOFF_TRY(const std::string header_text, read_at(file_, member.offset, kHeaderBytes));
  const Bytes header(header_text);
  if (!header.starts(0, {"PK\3\4", 4})) return input_error("its header is damaged", where, kFetchAgain);
  const std::uint64_t data = member.offset + kHeaderBytes + header.u16(26) + header.u16(28);
  if (member.packed_bytes > kMostPlainBytes) return input_error("holds more than 256 MiB", where);
  BAKEOFF_TRY(const std::string packed, read_at(file_, data, member.packed_bytes));
  std::string plain(member.plain_bytes, '\0');
  if (const char* problem = unpack(member.method, packed, plain)) return input_error(problem, where, kFetchAgain);
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(plain.data()), static_cast<uInt>(plain.size()));
  if (crc != member.crc) return input_error("is damaged: its checksum differs", where, kFetchAgain);
  return plain;
}

}  // namespace bakeoff::compare
