// A judge turns an answer and a reference into a verdict. Judges are pure functions of text: no model, no clock.
#pragma once

#include <string_view>
#include <vector>

#include "harness/core/evaluation.h"

namespace bakeoff::judges {

/// `answer` is what the model said; `reference` is the item's, already checked by Judge::check.
struct Judge {
  const char* name;
  const char* version;  ///< part of every verdict's key: change it when a verdict could change
  const char* summary;  ///< one line for people
  /// Is this reference usable? Called once per item on loading, so that a bad item is an error and no score.
  Status (*check)(const Json& reference, const std::string& where);
  Verdict (*judge)(std::string_view answer, const Json& reference);
};

/// The table: one line per judge, in judges/table.cpp.
std::span<const Judge> all_judges();
/// The judge, or an error that lists the names.
Result<const Judge*> find_judge(std::string_view name);

}  // namespace bakeoff::judges
