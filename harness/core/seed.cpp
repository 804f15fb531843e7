// Seeds from places, and the draws that need more than one line.
#include "harness/core/seed.h"

#include <cmath>
#include <numbers>
#include <string>

#include "harness/core/sha256.h"

namespace bakeoff {

namespace {
/// Eight bytes, lowest first, on every machine.
std::string little_endian(std::uint64_t value) {
  std::string bytes(8, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  return bytes;
}
}  // namespace

std::uint64_t derive_seed(std::uint64_t parent, std::initializer_list<std::string_view> parts) {
  Sha256 hash;
  hash.update(little_endian(parent));
  for (const std::string_view part : parts) hash.update(little_endian(part.size())).update(part);
  return std::stoull(hash.hex().substr(0, 16), nullptr, 16);
}

std::uint64_t Random::below(std::uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>((*this)()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) product = static_cast<Wide>((*this)()) * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));  // 1 - u lies in (0, 1]: no log of 0
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace bakeoff
