// What the readers of other harnesses' files share. Such a file is data from outside: sizes are bounded, a missing or
// misplaced value is an error that names file and key, and keys that we do not know are somebody else's business.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/compare/results.h"
#include "harness/core/json.h"

namespace bakeoff::compare {

inline constexpr std::uintmax_t kMostForeignBytes = std::uintmax_t{1} << 30;  ///< of one file that is read whole
inline constexpr std::size_t kMostForeignItems = 10'000'000;                  ///< of one suite

/// JSON as Python writes it: NaN, Infinity and -Infinity, for which JSON has no word, become null.
Result<Json> parse_python_json(std::string_view text, const std::string& where);
/// The same of a file, which must hold an object.
Result<Json> read_python_json(const Path& file);
/// Calls `on_row(row, "FILE:LINE")` for each non-empty line of a JSONL file; a line that is no object ends the reading.
Status for_each_python_row(const Path& file, const std::function<Status(const Json&, const std::string&)>& on_row);

/// The keys of the outermost object, in their order, as far as they begin in the first 64 KiB; none for other files.
std::vector<std::string> first_keys(const Path& file);

/// Paths in a folder, by name; at most 100,000. Not a folder: none.
std::vector<Path> entries_of(const Path& folder);

/// Null where the key is absent, its value is null, or `object` is no object.
const Json* member(const Json& object, const char* key);
const Json* member(const Json& object, const std::string& key);
/// The object at a key; absent or something else: input error at "WHERE: KEY".
Result<const Json*> object_at(const Json& object, const char* key, const std::string& where);
/// A finite number, or a truth value as 0 or 1.
std::optional<double> number_of(const Json& value);
/// Texts as they are, null as nothing, everything else as JSON.
std::string text_of(const Json& value);
/// The text at a key; nothing where it is absent.
std::string text_at(const Json& object, const char* key);
/// The members that are there and not null, for identities and protocols.
Json picked(const Json& object, const std::vector<const char*>& keys);

/// Valid UTF-8 of at most about 2,000 bytes: longer texts keep their end, where the question usually stands.
std::string shortened(std::string_view text);

/// What is wrong with items that should be distinct and few; ok where nothing is. `where` names their file.
Status check_items(const std::vector<ScoredItem>& items, const std::string& where);

/// Fills score or reason from `metrics` (found by the first of `suite.metrics`) for an item that has no reason yet.
void set_primary(Verdict& verdict, const SuiteResults& suite);

}  // namespace bakeoff::compare
