// Verdicts: how a score or the reason for having none is made, and their record.
#include "harness/core/evaluation.h"

#include <cmath>

namespace bakeoff {

Verdict Verdict::scored(double value, std::map<std::string, double> metrics, Json evidence) {
  if (!(value >= 0 && value <= 1))  // also catches what is not a number
    return not_scored("the judge gave " + dump(Json(value)) + ", which is no score in [0, 1]", std::move(evidence));
  Verdict verdict;
  verdict.score = value;
  verdict.metrics = std::move(metrics);
  verdict.evidence = std::move(evidence);
  return verdict;
}

Verdict Verdict::not_scored(std::string reason, Json evidence) {
  Verdict verdict;
  verdict.unscored = reason.empty() ? "no reason given" : std::move(reason);
  verdict.evidence = std::move(evidence);
  return verdict;
}

Json to_json(const Verdict& verdict) {
  return {{"score", verdict.score ? Json(*verdict.score) : Json()},
          {"metrics", verdict.metrics},
          {"unscored", verdict.unscored.empty() ? Json() : Json(verdict.unscored)},
          {"evidence", verdict.evidence}};
}

}  // namespace bakeoff
