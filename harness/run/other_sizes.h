// Answers of earlier runs to a suite that had another size then: another number of generated `items`, another `limit`.
// A suite's digest covers all its items, so that each size has keys of its own; this finds the sizes that a store
// knows, and whose answers to common items count as they are.
//
// A stored suite is another size of this one if the experiment, asking for as many items as that one has, makes a suite
// of its digest: version, configuration and items are then the same but for their number, and an item that is the same
// in both is asked and judged alike.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/run/experiment.h"
#include "harness/store/store.h"
#include "suites/suite.h"

namespace bakeoff::run {

/// By the id of an item: digests of the other sizes that have it too.
using OtherSizes = std::map<std::string, std::vector<std::string>>;

/// Of the newest runs. A size of which --limit played a part is not known.
Result<OtherSizes> other_sizes(store::Store& store, const Experiment& experiment, const SuiteSpec& spec,
                               const suites::Suite& suite);

/// Puts the sample that has the key `from` under another size's key and digest as well, its verdict included.
Status copy_sample(store::Store& store, const std::string& from, const std::string& to, const std::string& digest);

/// What a suite of the experiment is created from.
suites::SuiteConfig suite_config(const Experiment& experiment, const SuiteSpec& spec);

}  // namespace bakeoff::run
