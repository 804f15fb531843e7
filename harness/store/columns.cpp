// Conversions of columns.h: times, seeds, JSON, zstd.
#include "harness/store/columns.h"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>

#include <zstd.h>

namespace bakeoff::store {

std::string timestamp() {
  using namespace std::chrono;
  const auto now = system_clock::now();
  const std::time_t seconds_now = system_clock::to_time_t(now);
  const auto milliseconds_now = duration_cast<milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm parts{};
  gmtime_r(&seconds_now, &parts);
  char day[32], text[48];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text, sizeof text, "%s.%03dZ", day, static_cast<int>(milliseconds_now));
  return text;
}

Result<Json> json_column(const Rows& rows, int column, const std::string& where) {
  return parse_json(rows.text(column), where);
}

Result<std::uint64_t> seed_column(const Rows& rows, int column, const std::string& where) {
  const std::string text = rows.text(column);
  std::uint64_t seed = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (code != std::errc() || end != text.data() + text.size())
    return input_error("the store holds \"" + text + "\" where a seed belongs", where, "the file is damaged");
  return seed;
}

std::string compress(const std::string& plain) {
  constexpr int kLevel = 3;
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  const std::size_t bytes = ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), kLevel);
  packed.resize(bytes);  // can not fail: the buffer has the bound's size
  return packed;
}

Result<std::string> decompress(const std::string& packed, std::int64_t plain_bytes, const std::string& where) {
  const auto declared = ZSTD_getFrameContentSize(packed.data(), packed.size());
  const Error damaged = input_error("a compressed text of the store is damaged", where);
  if (plain_bytes < 0 || declared != static_cast<unsigned long long>(plain_bytes)) return damaged;
  std::string plain(static_cast<std::size_t>(plain_bytes), '\0');
  const std::size_t bytes = ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size());
  if (ZSTD_isError(bytes) || bytes != plain.size()) return damaged;
  return plain;
}

}  // namespace bakeoff::store
