// A log of Inspect: a ZIP archive, or else a JSON text.
#include "harness/compare/from_inspect.h"
#include "tests/fuzz/foreign_check.h"

namespace bakeoff::testing {

void fuzz_inspect(std::string_view input) {
  static const InputFile archive("log.eval"), text("log.json");
  require_sound(compare::read_inspect((input.starts_with("PK") ? archive : text).write(input)));
}

}  // namespace bakeoff::testing
