// A check as an item or an experiment writes it: a judge's name together with that judge's reference.
//
//   {"judge": "numeric", "answer": 4}        {"judge": "contains", "any": ["Rome"]}
#pragma once

#include <string_view>

#include "judges/judge.h"

namespace bakeoff::suites {

/// Names a judge and satisfies its check; the error is at `where`.
Status check_judge_spec(const Json& spec, const std::string& where);

/// What the named judge says. Requires a spec that check_judge_spec passed.
Verdict apply_judge(const Json& spec, std::string_view answer);

/// A short answer that passes the first spec inside `value` that shows one (what `contains`, `exact` and `numeric` ask
/// for, and a `regex` of letters alone); empty where none does.
std::string passing_answer(const Json& value);

/// Adds {name: version} for every judge that a spec anywhere inside `value` names.
void add_judge_versions(const Json& value, Json& versions);

}  // namespace bakeoff::suites
