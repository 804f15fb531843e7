// ZIP archives (PKWARE APPNOTE 6.3.9), as far as Inspect's logs need them: stored, deflated and zstd members (the
// latter also as several frames), ZIP64. Debian's libzip 1.7 can not read zstd members.
//
// The archive comes from outside: offsets and sizes are checked before they are used, members may not share bytes, a
// member unpacks to at most 256 MiB, and what unpacks must have the size and CRC that the directory states.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/files.h"

namespace bakeoff::compare {

/// Reads members on demand; reopens the file each time, so that it holds no handle. Thread-safe.
class ZipFile {
 public:
  struct Member {
    std::string name;
    std::uint64_t offset = 0;  ///< of the local header
    std::uint64_t packed_bytes = 0, plain_bytes = 0;
    std::uint16_t method = 0;
    std::uint32_t crc = 0;
  };

  /// Reads the directory. Not a ZIP archive, cut off, encrypted or contradictory: input error.
  static Result<ZipFile> open(const Path& file);

  const std::vector<Member>& members() const { return members_; }  ///< in the directory's order
  /// Null where there is none of that name.
  const Member* find(const std::string& name) const;
  Result<std::string> read(const Member& member) const;

 private:
  explicit ZipFile(Path file) : file_(std::move(file)) {}
  Path file_;
  std::vector<Member> members_;
};

}  // namespace bakeoff::compare
