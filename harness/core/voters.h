// The words by which a vote says who cast it, where that is no person and no judge that is known to be good.
#pragma once

namespace bakeoff {

/// Stands behind the name of a judge that did not find the better answer often enough in pairs where it is known.
inline constexpr const char* kUnprovenJudge = " (judge unproven)";
/// The judge of votes that were derived from what two arms scored on the same item.
inline constexpr const char* kVerdictsAsJudge = "verdicts";

}  // namespace bakeoff
