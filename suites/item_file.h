// Items from a JSONL file, one object a line, and what the suites that read one share.
//
//   {"id": "rome", "question": "What is the capital of Italy?", ...the suite's own keys...}
//
// `id` is optional: without it the question's words are the id ("what-is-the-capital-of-italy"), so that ids do not
// depend on the order of lines. Instead of `question` a row may hold `messages`; "group" defaults to the id.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "suites/suite.h"

namespace bakeoff::suites {

/// Fills `item.reference` (and may change the group) from the row's own keys. The reader has read the shared keys
/// and is finished by the caller, so that a key nobody reads is an error.
using RowReader = std::function<Status(ObjectReader& row, const std::string& where, Item& item)>;

/// All rows of `folder`/`file`. Every mistake is an error with FILE:LINE; so are a second row of one id, and no rows.
Result<std::vector<Item>> read_items(const Path& file, const RowReader& read_row);

/// SHA-256 over the suite's version, what configures it apart from file names, the items with their references, and
/// the versions of the judges that either names.
std::string suite_digest(const SuiteCard& card, const Json& configuration, const std::vector<Item>& items);

}  // namespace bakeoff::suites
