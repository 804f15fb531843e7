// YAML documents as JSON values, by the core schema of YAML 1.2 (yaml.org/spec/1.2.2, 10.3).
#include <cctype>
#include <charconv>
#include <limits>
#include <optional>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "harness/core/json.h"

namespace bakeoff {

namespace {

constexpr int kDeepestYaml = 64;
constexpr int kMostNodes = 100'000;
constexpr std::size_t kMostText = std::size_t{64} << 20;

bool is_any(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const auto word : words)
    if (text == word) return true;
  return false;
}

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == text.npos;
}

/// [-+]?[0-9]+, 0o[0-7]+, 0x[0-9a-fA-F]+ that fits 64 bits.
std::optional<Json> core_integer(std::string_view text) {
  int base = 10;
  bool negative = false;
  if (text.starts_with("0o") || text.starts_with("0x")) {
    base = text[1] == 'o' ? 8 : 16;
    text.remove_prefix(2);
  } else if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  constexpr std::string_view kDigits[] = {"01234567", "0123456789", "0123456789abcdefABCDEF"};
  if (!all_of(text, kDigits[base == 8 ? 0 : base == 10 ? 1 : 2])) return std::nullopt;
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value, base).ec != std::errc{}) return std::nullopt;
  if (!negative) return value <= std::uint64_t{INT64_MAX} ? Json(static_cast<std::int64_t>(value)) : Json(value);
  if (value > std::uint64_t{INT64_MAX}) return std::nullopt;
  return Json(-static_cast<std::int64_t>(value));
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? and the spellings of infinity and not-a-number.
std::optional<Json> core_float(std::string_view text) {
  if (is_any(text, {".nan", ".NaN", ".NAN"})) return Json(std::numeric_limits<double>::quiet_NaN());
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const double sign = negative ? -1.0 : 1.0;
  if (is_any(text, {".inf", ".Inf", ".INF"})) return Json(sign * std::numeric_limits<double>::infinity());
  // from_chars reads exactly this form once a digit or a point followed by a digit begins it.
  const bool begins =
      !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) ||
                        (text[0] == '.' && text.size() > 1 && std::isdigit(static_cast<unsigned char>(text[1]))));
  if (!begins) return std::nullopt;
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return std::nullopt;
  return Json(sign * value);
}

Json plain_scalar(const std::string& text) {
  if (is_any(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_any(text, {"true", "True", "TRUE"})) return true;
  if (is_any(text, {"false", "False", "FALSE"})) return false;
  if (auto integer = core_integer(text)) return *integer;
  if (auto number = core_float(text)) return *number;
  return text;
}

struct SecondDocument {
  int line;
};

/// Goes through a text without keeping anything, and stops where there is too much of it: yaml-cpp's own LoadAll makes
/// documents without end of a text such as ",b", at whose comma its parser stands still.
class Guard : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw SecondDocument{mark.line + 1};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { count(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { count(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
    count(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    count(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    count(mark);
  }
  void OnMapEnd() override {}

 private:
  void count(const YAML::Mark& mark) {
    if (++values_ > 2 * kMostNodes) throw YAML::ParserException(mark, "more than 100,000 values");  // keys count here
  }
  int documents_ = 0, values_ = 0;
};

void check_shape(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Guard guard;
  while (parser.HandleNextDocument(guard)) {
  }
}

/// Copies a document, counting what anchors expand to: values and bytes of text.
class Converter {
 public:
  explicit Converter(std::string name) : name_(std::move(name)) {}

  Result<Json> convert(const YAML::Node& node, int depth) {
    if (depth > kDeepestYaml) return refuse(node, "nested deeper than 64 levels");
    if (++nodes_ > kMostNodes) return refuse(node, "more than 100,000 values");
    if (node.IsMap()) return map(node, depth);
    if (node.IsSequence()) return sequence(node, depth);
    return node.IsScalar() ? scalar(node) : Result<Json>(Json());
  }

 private:
  Error refuse(const YAML::Node& node, const std::string& what) const {
    return input_error(what, name_ + ":" + std::to_string(node.Mark().line + 1));
  }

  /// Counts a text before it is copied.
  Status take(const YAML::Node& node) {
    text_ += node.Scalar().size();
    return text_ > kMostText ? Status(refuse(node, "more than 64 MiB of text")) : Status();
  }

  Result<Json> scalar(const YAML::Node& node) {
    BAKEOFF_CHECK(take(node));
    const std::string& tag = node.Tag();  // "?" plain, "!" quoted or a block
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return Json(node.Scalar());
    if (tag == "?" || tag.empty()) return plain_scalar(node.Scalar());
    return refuse(node, "unknown tag \"" + tag + "\"");
  }

  Result<Json> sequence(const YAML::Node& node, int depth) {
    Json list = Json::array();
    for (const auto& entry : node) {
      BAKEOFF_TRY(Json value, convert(entry, depth + 1));
      list.push_back(std::move(value));
    }
    return list;
  }

  Result<Json> map(const YAML::Node& node, int depth) {
    Json object = Json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return refuse(entry.first, "a key must be a plain text");
      BAKEOFF_CHECK(take(entry.first));
      const std::string& key = entry.first.Scalar();
      if (object.contains(key)) return refuse(entry.first, "the key \"" + key + "\" appears twice");
      BAKEOFF_TRY(object[key], convert(entry.second, depth + 1));
    }
    return object;
  }

  std::string name_;
  int nodes_ = 0;
  std::size_t text_ = 0;
};

}  // namespace

Result<Json> parse_yaml(const std::string& text, const std::string& where) {
  if (!is_valid_utf8(text)) return input_error("is not UTF-8 text", where, "save it as UTF-8");
  try {
    check_shape(text);
    return Converter(where).convert(YAML::Load(text), 0);
  } catch (const SecondDocument& second) {
    return input_error("holds more than one document", where + ":" + std::to_string(second.line),
                       "keep one, and nothing after it");
  } catch (const YAML::ParserException& mistake) {
    return input_error("not valid YAML: " + mistake.msg, where + ":" + std::to_string(mistake.mark.line + 1));
  } catch (const YAML::Exception& mistake) {
    return input_error("not valid YAML: " + std::string(mistake.what()), where);
  }
}

Result<Json> read_yaml_file(const Path& file) {
  if (file.extension() == ".json") return read_json_file(file);
  BAKEOFF_TRY(const std::string text, read_file(file));
  return parse_yaml(text, file == "-" ? "standard input" : file.string());
}

}  // namespace bakeoff
