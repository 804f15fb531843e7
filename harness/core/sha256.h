// Content ids. Identity in Bakeoff is SHA-256 of content; names are labels.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace bakeoff {

/// Incremental SHA-256 (FIPS 180-4), computed by OpenSSL. Not thread-safe; update* then hex() once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  Sha256& update(const void* data, std::size_t bytes);
  Sha256& update(std::string_view text) { return update(text.data(), text.size()); }
  /// 64 lower-case hexadecimal digits. Ends the computation.
  std::string hex();

 private:
  void* context_;
};

/// 64 hexadecimal digits of the text.
std::string sha256_hex(std::string_view text);
/// 64 hexadecimal digits of the file's bytes.
Result<std::string> sha256_file(const std::filesystem::path& file);
/// The first 16 digits: what people see and folders are named by.
std::string short_id(std::string_view hex);

}  // namespace bakeoff
