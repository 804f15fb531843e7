// RAII over mmap(2).
#include "baker/formats/memory_map.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bakeoff::baker {
namespace {

Error system_error(const char* what, const Path& file) {
  return input_error(std::string(what) + ": " + std::strerror(errno), file.string(),
                     "check the path and its permissions");
}

/// Closes a descriptor at the end of a scope; a mapping outlives its descriptor.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

MemoryMap::MemoryMap(MemoryMap&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MemoryMap& MemoryMap::operator=(MemoryMap&& other) noexcept {
  if (this == &other) return *this;
  release();
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

MemoryMap::~MemoryMap() { release(); }

void MemoryMap::release() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
  data_ = nullptr;
  size_ = 0;
}

Result<MemoryMap> MemoryMap::open(const Path& file) {
  const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.number < 0) return system_error("can not open", file);
  struct stat status {};
  if (::fstat(descriptor.number, &status) != 0) return system_error("can not inspect", file);
  if (!S_ISREG(status.st_mode)) return input_error("not a regular file", file.string(), "name the file itself");
  MemoryMap map;
  if (status.st_size == 0) return map;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.number, 0);
  if (address == MAP_FAILED) return system_error("can not map into memory", file);
  map.data_ = static_cast<const std::byte*>(address);
  map.size_ = size;
  return map;
}

}  // namespace bakeoff::baker
