// Between SQLite's columns and the program's values.
#pragma once

#include <string>

#include "harness/core/json.h"
#include "harness/store/database.h"

namespace bakeoff::store {

/// Now, in UTC: "2026-01-31T12:00:00.123Z".
std::string timestamp();

/// The column as JSON; damaged text is an input error that names the store and the column.
Result<Json> json_column(const Rows& rows, int column, const std::string& where);

/// 64 bits without sign do not fit SQLite's integers: seeds are decimal text.
Result<std::uint64_t> seed_column(const Rows& rows, int column, const std::string& where);

/// zstd, level 3. `plain_bytes` is what blobs.plain_bytes says.
std::string compress(const std::string& plain);
Result<std::string> decompress(const std::string& packed, std::int64_t plain_bytes, const std::string& where);

}  // namespace bakeoff::store
