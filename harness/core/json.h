// Reading JSON and YAML with the path of every mistake. Unknown keys are errors: a misspelt field must not
// be silently ignored.
//
//   ObjectReader o(value, "bakes[0]");
//   recipe.rank = o.optional("rank", 16);
//   recipe.prompt = o.required<std::string>("prompt");
//   BAKEOFF_CHECK(o.finish());        // first mistake: "bakes[0].rank: expected an integer, found \"many\""
#pragma once

#include <set>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "harness/core/files.h"
#include "harness/core/result.h"

namespace bakeoff {

using Json = nlohmann::json;
/// Keeps the order of keys: for records that people read.
using OrderedJson = nlohmann::ordered_json;

/// Parses one JSON text; `where` names it in errors. Rejects nesting deeper than 512 and duplicate keys.
Result<Json> parse_json(std::string_view text, const std::string& where);
Result<Json> read_json_file(const Path& file);

/// A YAML (or JSON) document as JSON. Plain scalars follow YAML 1.2's core schema: true/false, null, integers,
/// floats, else text; quoted scalars are text. Anchors are allowed; more than 100,000 nodes, duplicate keys and
/// nesting deeper than 64 are errors with file:line.
Result<Json> read_yaml_file(const Path& file);
Result<Json> parse_yaml(const std::string& text, const std::string& where);

/// Calls `on_row(line number, object)` for each non-empty line. A line that is no JSON object goes to `on_bad`
/// with its error; if `on_bad` returns an error reading stops with it.
Status for_each_jsonl(const Path& file, const std::function<Status(std::size_t, Json)>& on_row,
                      const std::function<Status(std::size_t, const Error&)>& on_bad);

/// Compact text that never throws: ill-formed UTF-8 is replaced.
std::string dump(const Json& value);
std::string dump(const OrderedJson& value);

/// Reads the fields of one object. The first mistake is kept and returned by finish(); later reads then give
/// their defaults. Not thread-safe. The object must outlive the reader.
class ObjectReader {
 public:
  /// `where` is the path of the object: "experiment.yaml" or "experiment.yaml: suites[1]".
  ObjectReader(const Json& object, std::string where);

  /// T: bool, int, std::int64_t, std::uint64_t, double, std::string, std::vector<std::string>,
  /// std::vector<int>, Json.
  template <class T>
  T required(const char* key);
  template <class T>
  T optional(const char* key, T fallback);
  std::string optional(const char* key, const char* fallback) { return optional<std::string>(key, fallback); }
  /// A number in [low, high]; outside is a mistake.
  template <class T>
  T in_range(const char* key, T fallback, T low, T high);
  /// One of `allowed`.
  std::string one_of(const char* key, std::string fallback, std::initializer_list<const char*> allowed);

  bool has(const char* key) const;
  /// The member, or null if absent; counts as read.
  const Json& raw(const char* key);
  /// "WHERE.KEY" for errors of nested readers.
  std::string path(const char* key) const;
  /// Records a mistake at a key.
  void fail(const char* key, const std::string& what);

  /// The first mistake, or an error naming the first key that nobody read (with the nearest known key), or ok.
  Status finish();

 private:
  const Json* find(const char* key);
  const Json& object_;
  std::string where_;
  std::set<std::string> seen_;
  std::optional<Error> first_;
};

}  // namespace bakeoff
