// JSON texts, and reading the fields of what they hold.
#include "harness/core/json.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {
namespace {

template <class T>
void read_field(const Json& object, const char* key) {
  ObjectReader reader(object, "fuzz.json");
  reader.required<T>(key);
  const Status status = reader.finish();
  if (!status.ok()) require_reason(status.error());
}

}  // namespace

void fuzz_json(std::string_view input) {
  const auto value = parse_json(input, "fuzz.json");
  if (!value.ok()) return require_reason(value.error());
  const auto again = parse_json(dump(*value), "again");
  require(again.ok() && *again == *value, "JSON that was read and written reads the same");
  const std::string key = value->is_object() && !value->empty() ? value->begin().key() : "key";
  read_field<bool>(*value, key.c_str());
  read_field<int>(*value, key.c_str());
  read_field<std::int64_t>(*value, key.c_str());
  read_field<std::uint64_t>(*value, key.c_str());
  read_field<double>(*value, key.c_str());
  read_field<std::string>(*value, key.c_str());
  read_field<std::vector<std::string>>(*value, key.c_str());
}

}  // namespace bakeoff::testing
