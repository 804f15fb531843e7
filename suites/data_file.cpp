#include "suites/data_file.h"

#include <array>
#include <memory>

#include <zlib.h>

namespace bakeoff::suites {

namespace {

using OnRow = std::function<Status(const std::string& where, const Json&)>;

Result<std::string> unpacked(const Path& file) {
  constexpr std::size_t kMost = 1u << 30;
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> packed(gzopen(file.c_str(), "rb"), &gzclose);
  if (!packed) return input_error("can not be read", file.string(), "does it exist?");
  std::string text;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const int size = gzread(packed.get(), buffer.data(), buffer.size());
    if (size < 0) return input_error("is no whole gzip file", file.string(), "fetch it again");
    if (size == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > kMost) return input_error("holds more than 1 GiB", file.string());
  }
  int code = Z_OK;
  gzerror(packed.get(), &code);
  if (code != Z_OK) return input_error("is no whole gzip file", file.string(), "fetch it again");
  return text;
}

Status for_each_packed_line(const Path& file, const OnRow& on_row) {
  BAKEOFF_TRY(const std::string text, unpacked(file));
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string where = file.string() + ":" + std::to_string(++line);
    if (text.find_first_not_of(" \t\r", begin) < end) {
      BAKEOFF_TRY(const Json row, parse_json(std::string_view(text).substr(begin, end - begin), where));
      BAKEOFF_CHECK(on_row(where, row));
    }
    begin = end + 1;
  }
  return {};
}

Status for_each_entry(const Path& file, const OnRow& on_row) {
  BAKEOFF_TRY(const Json list, read_json_file(file));
  if (!list.is_array()) return input_error("expected a list of objects", file.string());
  for (std::size_t i = 0; i < list.size(); ++i)
    BAKEOFF_CHECK(on_row(file.string() + "[" + std::to_string(i) + "]", list[i]));
  return {};
}

}  // namespace

Status for_each_data_row(const Path& file, const OnRow& on_row) {
  if (file.extension() == ".gz") return for_each_packed_line(file, on_row);
  if (file.extension() == ".json") return for_each_entry(file, on_row);
  const auto on_line = [&](std::size_t line, const Json& row) {
    return on_row(file.string() + ":" + std::to_string(line), row);
  };
  return for_each_jsonl(file, on_line, [](std::size_t, const Error& error) -> Status { return error; });
}

}  // namespace bakeoff::suites
