// The judges: one line each.
#include <array>

#include "harness/core/nearest.h"
#include "judges/judge.h"

namespace bakeoff::judges {

extern const Judge kExactJudge, kContainsJudge, kRegexJudge, kNumericJudge, kFunctionCallJudge, kToneJudge;

std::span<const Judge> all_judges() {
  static const std::array kTable{
      kExactJudge, kContainsJudge, kRegexJudge, kNumericJudge, kFunctionCallJudge, kToneJudge,
  };
  return kTable;
}

Result<const Judge*> find_judge(std::string_view name) {
  std::vector<std::string> names;
  for (const Judge& judge : all_judges()) {
    if (name == judge.name) return &judge;
    names.emplace_back(judge.name);
  }
  return input_error("no judge is called \"" + std::string(name) + "\"", "", hint_of_known(name, names));
}

}  // namespace bakeoff::judges
