// Landlock as the kernel defines it (include/uapi/linux/landlock.h up to ABI 7), for build machines with older headers.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/syscall.h>

namespace bakeoff::judges::landlock {

inline constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
inline constexpr unsigned kAskVersion = 1;
inline constexpr int kPathBeneath = 1;

struct Ruleset {
  std::uint64_t files, network, scoped;
};
struct __attribute__((packed)) PathRule {
  std::uint64_t access;
  std::int32_t parent;
};

inline constexpr std::uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadFolder = 1 << 3,
                               kRemoveFolder = 1 << 4, kRemoveFile = 1 << 5, kMakeFolder = 1 << 7, kMakeFile = 1 << 8,
                               kMakeLink = 1 << 12, kRefer = 1 << 13, kTruncate = 1 << 14, kDeviceControl = 1 << 15;
/// What may be said about a path that is no folder.
inline constexpr std::uint64_t kFileRights = kExecute | kWriteFile | kReadFile | kTruncate | kDeviceControl;
inline constexpr std::uint64_t kReadAndExecute = kExecute | kReadFile | kReadFolder;

/// What each version of the interface knows: 1 has thirteen rights, 2 adds refer, 3 truncate, 5 device ioctl.
inline std::uint64_t handled_files(int abi) {
  std::uint64_t all = (1 << 13) - 1;
  if (abi >= 2) all |= kRefer;
  if (abi >= 3) all |= kTruncate;
  if (abi >= 5) all |= kDeviceControl;
  return all;
}
/// 4: binding and connecting TCP sockets.
inline std::uint64_t handled_network(int abi) { return abi >= 4 ? 3 : 0; }
/// 6: abstract UNIX sockets and signals of processes outside.
inline std::uint64_t scopes(int abi) { return abi >= 6 ? 3 : 0; }
inline std::size_t ruleset_size(int abi) { return abi >= 6 ? 24 : abi >= 4 ? 16 : 8; }

/// Everything that plain files and folders need, without executing them or making devices, sockets and pipes.
inline std::uint64_t scratch(int abi) {
  const std::uint64_t wanted = kWriteFile | kReadFile | kReadFolder | kRemoveFolder | kRemoveFile | kMakeFolder |
                               kMakeFile | kMakeLink | kRefer | kTruncate;
  return wanted & handled_files(abi);
}

}  // namespace bakeoff::judges::landlock
