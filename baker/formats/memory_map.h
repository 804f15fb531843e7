// A file mapped read-only into memory, so that a large model is read once by the page cache and never copied.
#pragma once

#include <cstddef>
#include <span>

#include "harness/core/files.h"

namespace bakeoff::baker {

/// Owns the mapping; bytes() is valid while the object lives. Moving keeps the addresses. Reads from many threads are
/// safe. Not covered: a file that another process shortens while it is mapped raises SIGBUS, as with every mapping.
class MemoryMap {
 public:
  MemoryMap() = default;
  MemoryMap(MemoryMap&& other) noexcept;
  MemoryMap& operator=(MemoryMap&& other) noexcept;
  MemoryMap(const MemoryMap&) = delete;
  MemoryMap& operator=(const MemoryMap&) = delete;
  ~MemoryMap();

  /// Missing, a folder or unreadable: input error. An empty file gives empty bytes.
  static Result<MemoryMap> open(const Path& file);

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  void release();
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace bakeoff::baker
