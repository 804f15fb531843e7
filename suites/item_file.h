// Items from a file of rows (.jsonl, .json, .csv, also with .gz: harness/core/row_file.h), and what the suites that
// read one share. Our own sets are written like this, one object a line:
//
//   {"id": "rome", "question": "What is the capital of Italy?", ...the suite's own keys...}
//
// `id` is optional: without it the question's words are the id ("what-is-the-capital-of-italy"), so that ids do not
// depend on the order of lines. Instead of `question` a row may hold `messages`; "group" defaults to the id.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "suites/suite.h"

namespace bakeoff::suites {

/// Fills `item.reference` (and may change the group) from the row's own keys. The reader has read the shared keys
/// and is finished by the caller, so that a key nobody reads is an error.
using RowReader = std::function<Status(ObjectReader& row, const std::string& where, Item& item)>;

/// All rows of `file`. Every mistake is an error with FILE:LINE; so are a second row of one id, and no rows.
Result<std::vector<Item>> read_items(const Path& file, const RowReader& read_row);

/// The text of a set written by us, datasets/NAME.jsonl or .txt, which travels inside the program; empty: no such set.
std::string_view shipped_set(std::string_view name);
/// As read_items, from such a set.
Result<std::vector<Item>> read_shipped_items(std::string_view name, const RowReader& read_row);

/// The file that the configuration names (`given`, against its folder), or where `bakeoff datasets pull` puts the set's
/// `pulled` ("ifeval/input_data.jsonl"); an error that names that command where neither is there.
Result<Path> item_path(const SuiteConfig& config, const std::string& given, const std::string& pulled);

/// The file that the configuration must name, for sets that are neither pulled nor part of the program. An error that
/// asks for `wanted` ("rows {...}, one a line") where `given` is empty.
Result<Path> named_item_path(const SuiteConfig& config, const std::string& given, const std::string& wanted);

/// A whole item from a row of somebody else's format.
using RowConverter = std::function<Result<Item>(const Json& row, const std::string& where)>;
/// As read_items, for published sets, which name their keys as they like.
Result<std::vector<Item>> read_converted(const Path& file, const RowConverter& convert);

/// SHA-256 over the suite's version, what configures it apart from file names, the items with their references, and
/// the versions of the judges that either names.
std::string suite_digest(const SuiteCard& card, const Json& configuration, const std::vector<Item>& items);

}  // namespace bakeoff::suites
