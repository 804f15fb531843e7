// Reading what other harnesses wrote; see foreign.h.
#include "harness/compare/foreign.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

namespace bakeoff::compare {

namespace {

constexpr std::size_t kFirstBytes = 64 << 10;
constexpr std::size_t kMostEntries = 100'000;
constexpr std::size_t kMostShownBytes = 2000;

/// Python's words for numbers that JSON does not have, longest first.
constexpr std::string_view kNoNumbers[] = {"-Infinity", "Infinity", "NaN"};

std::string_view no_number_at(std::string_view text) {
  for (const std::string_view word : kNoNumbers)
    if (text.starts_with(word)) return word;
  return {};
}

/// Calls `outside(position)` for each byte that is in no string; it returns how many bytes to go on.
template <class Visit>
void walk_json(std::string_view text, const Visit& outside) {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size();) {
    if (!quoted) {
      quoted = text[at] == '"';
      at += outside(at);
    } else {
      quoted = text[at] != '"';
      at += text[at] == '\\' ? 2 : 1;
    }
  }
}

Status check_size(const Path& file) {
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(file, failed);
  if (!failed && bytes > kMostForeignBytes) return input_error("is larger than 1 GiB", file.string());
  return {};
}

}  // namespace

Result<Json> parse_python_json(std::string_view text, const std::string& where) {
  if (text.find("NaN") == text.npos && text.find("Infinity") == text.npos) return parse_json(text, where);
  std::string plain;
  plain.reserve(text.size());
  std::size_t kept = 0;
  walk_json(text, [&](std::size_t at) -> std::size_t {
    const std::string_view word = no_number_at(text.substr(at));
    if (word.empty()) return 1;
    plain.append(text.substr(kept, at - kept)).append("null");
    kept = at + word.size();
    return word.size();
  });
  plain.append(text.substr(kept));
  return parse_json(plain, where);
}

Result<Json> read_python_json(const Path& file) {
  BAKEOFF_CHECK(check_size(file));
  BAKEOFF_TRY(const std::string text, read_file(file));
  BAKEOFF_TRY(Json content, parse_python_json(text, file.string()));
  if (!content.is_object()) return input_error("expected a JSON object", file.string());
  return content;
}

Status for_each_python_row(const Path& file, const std::function<Status(const Json&, const std::string&)>& on_row) {
  return for_each_line(file, [&](std::size_t number, std::string_view line) -> Status {
    if (line.find_first_not_of(" \t\r") == line.npos) return {};
    const std::string where = file.string() + ":" + std::to_string(number);
    const auto row = parse_python_json(line, where);
    if (!row.ok()) return row.error();
    if (!row->is_object()) return input_error("expected a JSON object on the line", where);
    return on_row(*row, where);
  });
}

std::vector<std::string> first_keys(const Path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return {};
  std::string text(kFirstBytes, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));

  std::vector<std::string> keys;
  int depth = 0;
  bool before_value = false;  // inside the outermost object, after a comma or its opening brace
  walk_json(text, [&](std::size_t at) -> std::size_t {
    const char c = text[at];
    if (c == '"' && depth == 1 && before_value) {
      const std::size_t end = text.find('"', at + 1);
      if (end != text.npos) keys.push_back(text.substr(at + 1, end - at - 1));
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) before_value = c == ',' || c == '{';
    return 1;
  });
  return text.find_first_not_of(" \t\r\n") == text.find('{') ? keys : std::vector<std::string>();
}

std::vector<Path> entries_of(const Path& folder) {
  std::vector<Path> found;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (found.size() < kMostEntries) found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

const Json* member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json* member(const Json& object, const std::string& key) { return member(object, key.c_str()); }

Result<const Json*> object_at(const Json& object, const char* key, const std::string& where) {
  const Json* found = member(object, key);
  if (!found || !found->is_object()) return input_error("expected an object at \"" + std::string(key) + "\"", where);
  return found;
}

std::optional<double> number_of(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::string text_of(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : dump(value);
}

std::string text_at(const Json& object, const char* key) {
  const Json* found = member(object, key);
  return found ? text_of(*found) : "";
}

Json picked(const Json& object, const std::vector<const char*>& keys) {
  Json found = Json::object();
  for (const char* key : keys)
    if (const Json* value = member(object, key)) found[key] = *value;
  return found;
}

std::string shortened(std::string_view text) {
  if (text.size() <= kMostShownBytes) return to_valid_utf8(text);
  text.remove_prefix(text.size() - kMostShownBytes);
  while (!text.empty() && (static_cast<unsigned char>(text[0]) & 0xC0) == 0x80) text.remove_prefix(1);
  return "..." + to_valid_utf8(text);
}

Status check_items(const std::vector<ScoredItem>& items, const std::string& where) {
  if (items.size() > kMostForeignItems) return input_error("holds more than 10 million answers", where);
  std::set<std::pair<std::string_view, int>> seen;
  for (const ScoredItem& item : items)
    if (!seen.emplace(item.id, item.replicate).second)
      return input_error("item \"" + item.id + "\", repeat " + std::to_string(item.replicate) + ", appears twice",
                         where, "one file must hold one evaluation");
  return {};
}

void set_primary(Verdict& verdict, const SuiteResults& suite) {
  if (!verdict.unscored.empty()) return;
  const std::string primary = suite.metrics.empty() ? "score" : suite.metrics.front().name;
  const auto found = verdict.metrics.find(primary);
  if (found != verdict.metrics.end())
    verdict.score = found->second;
  else
    verdict.unscored = "no number for " + primary;
}

}  // namespace bakeoff::compare
