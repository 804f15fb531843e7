// JSON texts and rows. Parsing watches for what the library lets pass: duplicate keys and deep nesting.
#include "harness/core/json.h"

#include <algorithm>
#include <vector>

namespace bakeoff {

namespace {

constexpr std::size_t kDeepestJson = 512;

/// Thrown inside the parser's callback, caught in parse_json: the library's only way to stop early.
struct Refused {
  std::string what;
};

/// Follows the parser's events; throws Refused at the first duplicate key or level too many.
class Watcher {
 public:
  bool operator()(int, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (keys_.size() == kDeepestJson) throw Refused{"nested deeper than 512 levels"};
      keys_.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys_.pop_back();
    } else if (event == Event::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) throw Refused{"the key \"" + key + "\" appears twice in one object"};
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;
};

/// The library's message without its own prefix: "syntax error while parsing value - invalid literal; ...".
std::string reason_of(const std::string& message) {
  const auto colon = message.find(": ");
  return colon == message.npos ? message : message.substr(colon + 2);
}

/// "name:line" in a text of several lines; of a single line the caller's name says enough.
std::string place_of(std::string_view text, std::size_t byte, const std::string& where) {
  if (text.find('\n') == text.npos) return where;
  const auto before = text.substr(0, byte);
  return where + ":" + std::to_string(1 + std::count(before.begin(), before.end(), '\n'));
}

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& where) {
  try {
    return Json::parse(text, Watcher{});
  } catch (const Refused& refused) {
    return input_error(refused.what, where);
  } catch (const Json::parse_error& mistake) {
    return input_error("not valid JSON: " + reason_of(mistake.what()), place_of(text, mistake.byte, where));
  } catch (const Json::exception& mistake) {
    return input_error("not valid JSON: " + reason_of(mistake.what()), where);
  }
}

Result<Json> read_json_file(const Path& file) {
  BAKEOFF_TRY(const std::string text, read_file(file));
  return parse_json(text, file == "-" ? "standard input" : file.string());
}

Status for_each_jsonl(const Path& file, const std::function<Status(std::size_t, Json)>& on_row,
                      const std::function<Status(std::size_t, const Error&)>& on_bad) {
  const std::string name = file == "-" ? "standard input" : file.string();
  return for_each_line(file, [&](std::size_t number, std::string_view line) -> Status {
    if (line.find_first_not_of(" \t") == line.npos) return {};
    const std::string where = name + ":" + std::to_string(number);
    auto row = parse_json(line, where);
    if (!row.ok()) return on_bad(number, row.error());
    if (!row->is_object()) return on_bad(number, input_error("expected one JSON object on the line", where));
    return on_row(number, std::move(row).value());
  });
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }
std::string dump(const OrderedJson& value) { return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace); }

}  // namespace bakeoff
