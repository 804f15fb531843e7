// SHA-256 over OpenSSL's EVP interface.
#include "harness/core/sha256.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <openssl/evp.h>

namespace bakeoff {

namespace {
EVP_MD_CTX* as_context(void* context) { return static_cast<EVP_MD_CTX*>(context); }
}  // namespace

// Only a failed allocation or a crypto library without SHA-256 can fail here: neither leaves an identity to go on with.
Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(as_context(context_), EVP_sha256(), nullptr) != 1) std::abort();
}

Sha256::~Sha256() { EVP_MD_CTX_free(as_context(context_)); }

Sha256& Sha256::update(const void* data, std::size_t bytes) {
  if (EVP_DigestUpdate(as_context(context_), data, bytes) != 1) std::abort();
  return *this;
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(as_context(context_), digest.data(), &size) != 1) std::abort();
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size);
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

std::string sha256_hex(std::string_view text) { return Sha256().update(text).hex(); }

Result<std::string> sha256_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return input_error("can not be read", file.string(), "check the path and its permissions");
  Sha256 hash;
  std::vector<char> buffer(std::size_t{1} << 18);
  while (stream) {
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.update(buffer.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad() || !stream.eof())
    return infrastructure_error("reading failed half-way", file.string(), "check the disk");
  return hash.hex();
}

std::string short_id(std::string_view hex) { return std::string(hex.substr(0, 16)); }

}  // namespace bakeoff
