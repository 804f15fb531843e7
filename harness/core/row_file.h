// Rows of data files in the formats that published sets come in; the ending of the file's name says which:
//
//   .jsonl            one JSON object a line
//   .json             one list of objects
//   .csv              RFC 4180; the first record names the keys, every value is text, a byte-order mark is ignored
//   any of them .gz   the same behind gzip (RFC 1952, also several members in a row)
//
// Every row is named by the line on which it begins. A file is read whole: at most 1 GiB once unpacked.
#pragma once

#include <functional>

#include "harness/core/json.h"

namespace bakeoff {

/// The whole file, unpacked where its name ends in .gz. Damaged, cut off or too large: input error.
Result<std::string> read_text_file(const Path& file);

using RowHandler = std::function<Status(std::size_t line, Json row)>;
using BadRowHandler = std::function<Status(std::size_t line, const Error& error)>;

/// Calls `on_row` for each row. A row that is no object, or a CSV record with too few or too many fields, goes to
/// `on_bad`; reading stops at the first error that either returns.
Status for_each_row(const Path& file, const RowHandler& on_row, const BadRowHandler& on_bad);
/// The same, where a bad row ends the reading with its error.
Status for_each_row(const Path& file, const RowHandler& on_row);

}  // namespace bakeoff
