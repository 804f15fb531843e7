// Bakeoff's judges and statistics in a program of one's own: no model, no LibTorch, no experiment file.
// Judges the same eight questions answered with and without a prompt and says whether the difference is real.
#include <cstdio>
#include <string>
#include <vector>

#include "harness/stats/compare.h"
#include "judges/judge.h"

int main() {
  const std::vector<std::string> unprompted = {"Rome.",   "In boiling water.", "H2O.",       "Shakespeare.",
                                               "Salt...", "With light.",       "A machine.", "Arrr?"};
  const std::vector<std::string> prompted = {"Arrr, Rome.", "Arrr, boil it.", "Arrr, H2O.",       "Arrr, Shakespeare.",
                                             "Arrr, salt.", "Arrr, light.",   "Arrr, a machine.", "Arrr, sleep."};
  const auto contains = bakeoff::judges::find_judge("contains");
  if (!contains) return std::fprintf(stderr, "%s\n", contains.error().line().c_str()), 1;

  const bakeoff::Json reference = {{"any", "arrr"}};
  std::vector<bakeoff::stats::Pair> pairs;
  for (std::size_t i = 0; i < prompted.size(); ++i) {
    const auto base = (*contains)->judge(unprompted[i], reference);
    const auto candidate = (*contains)->judge(prompted[i], reference);
    if (base.score && candidate.score)  // an error is never a zero: what could not be judged stays out
      pairs.push_back({*base.score, *candidate.score, static_cast<int>(i)});
  }
  const auto comparison = bakeoff::stats::compare_paired(pairs);
  if (!comparison) return std::fprintf(stderr, "nothing could be judged\n"), 1;
  const auto finding = bakeoff::stats::find(*comparison, comparison->p);
  std::printf("%lld items: candidate - base = %+.3f, p = %.4f (%s): %s\n", static_cast<long long>(comparison->items),
              comparison->difference, comparison->p, comparison->test.c_str(),
              bakeoff::stats::in_words(finding, 0.05).c_str());
  return finding == bakeoff::stats::Finding::better ? 0 : 1;
}
