// A bundle of NeMo Evaluator, then "%%", then its rows.
#include "harness/compare/from_nemo.h"
#include "tests/fuzz/foreign_check.h"

namespace bakeoff::testing {

void fuzz_nemo(std::string_view input) {
  static const InputFile bundle("eval-1.json");
  const auto [first, second] = two_files(input);
  bundle.write(first);
  require(write_file_atomically(bundle.folder() / "results.jsonl", second).ok(), "writable");
  require_sound(compare::read_nemo(bundle.folder()));
}

}  // namespace bakeoff::testing
