// Keys that every suite of the table has, so that none has to know them:
//
//   limit: 100               the first so many items
//   ids: [rome, oslo]        these, in this order; the first `limit` of them where both are there
//   strip_reasoning: false   the judge sees an answer with the reasoning blocks that it begins with
//
// A selection does not change what an item is: its answers are reused when the selection changes. Only suites that draw
// worked examples from what is left over (choice_rows.h) read it themselves and change with it.
#pragma once

#include <memory>

#include "suites/suite.h"

namespace bakeoff::suites {

/// The entry's suite, of which only the selected items are played. The suite itself sees none of these keys, but for
/// `limit` and `ids` where it draws examples from what they leave over.
Result<std::unique_ptr<Suite>> create_with_shared_keys(const SuiteEntry& entry, const SuiteConfig& config);

}  // namespace bakeoff::suites
