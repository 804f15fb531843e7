#include "baker/engine/pass_token.h"

namespace bakeoff::baker {

std::vector<VariantRun> variant_runs(std::span<const PassToken> tokens) {
  std::vector<VariantRun> runs;
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    if (runs.empty() || runs.back().variant != tokens[n].variant)
      runs.push_back({tokens[n].variant, static_cast<std::int64_t>(n), 0});
    ++runs.back().count;
  }
  return runs;
}

std::vector<std::span<const PassToken>> stretches_of(std::span<const PassToken> tokens, std::size_t most,
                                                     std::int64_t alone_from) {
  std::vector<std::span<const PassToken>> all;
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    const bool goes_on = n > 0 && tokens[n].path == tokens[n - 1].path &&
                         tokens[n].position == tokens[n - 1].position + 1 && tokens[n].position < alone_from &&
                         all.back().size() < most;
    if (goes_on)
      all.back() = tokens.subspan(n - all.back().size(), all.back().size() + 1);
    else
      all.push_back(tokens.subspan(n, 1));
  }
  return all;
}

}  // namespace bakeoff::baker
