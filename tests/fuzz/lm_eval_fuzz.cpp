// A results file of lm-evaluation-harness, then "%%", then its samples of the task "t".
#include "harness/compare/from_lm_eval.h"
#include "tests/fuzz/foreign_check.h"

namespace bakeoff::testing {

void fuzz_lm_eval(std::string_view input) {
  static const InputFile results("results_2026-01-02T03-04-05.json");
  const auto [first, second] = two_files(input);
  results.write(first);
  require(write_file_atomically(results.folder() / "samples_t_2026-01-02T03-04-05.jsonl", second).ok(), "writable");
  require_sound(compare::read_lm_eval(results.folder()));
}

}  // namespace bakeoff::testing
