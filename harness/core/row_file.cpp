// Reading of row files; see row_file.h.
#include "harness/core/row_file.h"

#include <algorithm>
#include <array>

#include <zlib.h>

namespace bakeoff {

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

/// zlib's inflate over one buffer, released when the object ends.
class Inflater {
 public:
  explicit Inflater(std::string_view packed) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib reads it only
    stream_.avail_in = static_cast<uInt>(packed.size());
  }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// What is wrong with the packed bytes, or null.
  const char* unpack(std::string& into) {
    if (!ready_) return "zlib has no memory left";
    std::array<char, 1 << 16> buffer;
    for (bool at_member_end = false;;) {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = buffer.size();
      const int code = inflate(&stream_, Z_NO_FLUSH);
      into.append(buffer.data(), buffer.size() - stream_.avail_out);
      if (into.size() > kMostBytes) return "unpacks to more than 1 GiB";
      at_member_end = code == Z_STREAM_END;
      if (at_member_end && stream_.avail_in == 0) return nullptr;
      if (at_member_end)
        inflateReset(&stream_);
      else if (code == Z_BUF_ERROR || (code == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0))
        return "ends in the middle of its gzip data";
      else if (code != Z_OK)
        return "is no sound gzip file";
    }
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

/// Rows, with the place of each.
struct Reading {
  std::string name;  ///< of the file
  const RowHandler& on_row;
  const BadRowHandler& on_bad;

  std::string at(std::size_t line) const { return name + ":" + std::to_string(line); }
  Status bad(std::size_t line, const std::string& what) const { return on_bad(line, input_error(what, at(line))); }
  Status object(std::size_t line, std::string_view text) const {
    auto row = parse_json(text, at(line));
    if (!row.ok()) return on_bad(line, input_error(row.error().what, at(line)));
    if (!row->is_object()) return bad(line, "expected a JSON object");
    return on_row(line, std::move(row).value());
  }
};

Status read_jsonl(std::string_view text, const Reading& reading) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view row = text.substr(0, end);
    if (row.find_first_not_of(" \t\r") != row.npos) BAKEOFF_CHECK(reading.object(line, row));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

/// Walks over JSON text; knows only strings and brackets, the elements themselves are parsed apart.
class ListScanner {
 public:
  explicit ListScanner(std::string_view text) : text_(text) {}

  bool enter() { return skip_space() && text_[at_++] == '['; }
  /// The next element's text and the line where it begins; nothing at the end of the list.
  std::optional<std::string_view> next(std::size_t& line) {
    if (!skip_space() || (text_[at_] == ']' && !after_comma_)) return std::nullopt;
    line = line_;
    const std::size_t begin = at_;
    int depth = 0;
    for (bool quoted = false; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (quoted && c == '\\') {
        ++at_;
        continue;
      }
      if (c == '"') quoted = !quoted;
      if (quoted) continue;
      if (depth == 0 && (c == ',' || c == ']')) break;
      depth += c == '{' || c == '[';
      depth -= c == '}' || c == ']';
    }
    const auto element = text_.substr(begin, std::min(at_, text_.size()) - begin);
    after_comma_ = at_ < text_.size() && text_[at_] == ',';
    at_ += after_comma_;
    return element;
  }
  /// True where the list is closed and nothing follows.
  bool leave() { return skip_space() && text_[at_++] == ']' && !skip_space(); }
  std::size_t line() const { return line_; }

 private:
  /// False at the end of the text.
  bool skip_space() {
    for (; at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos; ++at_)
      line_ += text_[at_] == '\n';
    return at_ < text_.size();
  }

  std::string_view text_;
  std::size_t at_ = 0, line_ = 1;
  bool after_comma_ = false;
};

Status read_json_list(std::string_view text, const Reading& reading) {
  ListScanner scanner(text);
  if (!scanner.enter()) return input_error("expected a list of objects, [{...}, ...]", reading.name);
  std::size_t line = 0;
  while (const auto element = scanner.next(line)) BAKEOFF_CHECK(reading.object(line, *element));
  if (scanner.leave()) return {};
  return input_error("the list does not end, or something follows it", reading.at(scanner.line()));
}

/// Records of RFC 4180: fields may be quoted, a quote inside is doubled, quoted line ends belong to the field.
class CsvScanner {
 public:
  explicit CsvScanner(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }

  struct Record {
    std::size_t line = 0;
    std::vector<std::string> fields;
    bool sound = true;  ///< false: a quote where none may be
  };
  std::optional<Record> next() {
    if (at_ >= text_.size()) return std::nullopt;
    Record record;
    record.line = line_;
    do record.fields.push_back(field(record.sound));
    while (take(','));
    take('\r');
    if (!take('\n') && at_ < text_.size()) record.sound = skip_line();
    ++line_;
    return record;
  }

 private:
  bool take(char wanted) {
    const bool here = at_ < text_.size() && text_[at_] == wanted;
    at_ += here;
    return here;
  }
  bool skip_line() {
    at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
    return false;
  }
  std::string field(bool& sound) {
    if (take('"')) return quoted_field(sound);
    const std::size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
    std::string_view plain = text_.substr(at_, end - at_);
    at_ = end;
    if (plain.ends_with('\r')) plain.remove_suffix(1);
    sound = sound && plain.find('"') == plain.npos;
    return std::string(plain);
  }
  std::string quoted_field(bool& sound) {
    std::string value;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        if (at_ >= text_.size() || text_[at_] != '"') return value;
      }
      line_ += text_[at_] == '\n';
      value += text_[at_];
    }
    sound = false;  // the quote was never closed
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0, line_ = 1;
};

Status read_csv(std::string_view text, const Reading& reading) {
  CsvScanner scanner(text);
  const auto header = scanner.next();
  if (!header) return input_error("is empty: expected a first line with the names of the columns", reading.name);
  auto names = header->fields;
  std::sort(names.begin(), names.end());
  if (!header->sound || std::adjacent_find(names.begin(), names.end()) != names.end())
    return input_error("the column names are ill quoted or not distinct", reading.at(header->line));
  while (const auto record = scanner.next()) {
    if (record->fields.size() == 1 && record->fields[0].empty()) continue;
    Json row = Json::object();
    for (std::size_t i = 0; i < std::min(record->fields.size(), header->fields.size()); ++i)
      row[header->fields[i]] = to_valid_utf8(record->fields[i]);
    if (!record->sound)
      BAKEOFF_CHECK(reading.bad(record->line, "a quote stands where none may be (RFC 4180)"));
    else if (record->fields.size() != header->fields.size())
      BAKEOFF_CHECK(reading.bad(record->line, std::to_string(record->fields.size()) + " fields, the first line has " +
                                                  std::to_string(header->fields.size())));
    else
      BAKEOFF_CHECK(reading.on_row(record->line, std::move(row)));
  }
  return {};
}

}  // namespace

Result<std::string> read_text_file(const Path& file) {
  BAKEOFF_TRY(std::string content, read_file(file));
  if (file.extension() != ".gz") return content;
  if (content.size() > kMostBytes) return input_error("is larger than 1 GiB", file.string());
  std::string plain;
  if (const char* problem = Inflater(content).unpack(plain))
    return input_error(problem, file.string(), "fetch the file again");
  return plain;
}

Status for_each_row(const Path& file, const RowHandler& on_row, const BadRowHandler& on_bad) {
  const Path name = file.extension() == ".gz" ? file.stem() : file.filename();
  const std::string ending = name.extension().string();
  const Reading reading{file == "-" ? "standard input" : file.string(), on_row, on_bad};
  if (ending != ".jsonl" && ending != ".json" && ending != ".csv" && file != "-")
    return input_error("expected a .jsonl, .json or .csv file, also with .gz", file.string());
  BAKEOFF_TRY(const std::string text, read_text_file(file));
  if (ending == ".json") return read_json_list(text, reading);
  if (ending == ".csv") return read_csv(text, reading);
  return read_jsonl(text, reading);
}

Status for_each_row(const Path& file, const RowHandler& on_row) {
  return for_each_row(file, on_row, [](std::size_t, const Error& error) -> Status { return error; });
}

}  // namespace bakeoff
