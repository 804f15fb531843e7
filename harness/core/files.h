// Files: whole reads, atomic writes, lines with their numbers.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace bakeoff {

using Path = std::filesystem::path;

/// The whole file. Missing or a folder: input error. "-" reads standard input.
Result<std::string> read_file(const Path& file);

/// Writes to a temporary beside `file`, flushes it to the disk, then renames: readers see the old or the
/// new content, never half. Creates the parent folder. A full disk or read-only folder: infrastructure error.
Status write_file_atomically(const Path& file, std::string_view content);

/// Makes a folder and its parents.
Status make_folder(const Path& folder);

/// Calls `on_line(number from 1, line without its end)` for each line of `file` ("-": standard input), streamed.
/// Stops at the first error that `on_line` returns.
Status for_each_line(const Path& file, const std::function<Status(std::size_t, std::string_view)>& on_line);

/// True where the bytes are well-formed UTF-8 (no surrogates, nothing overlong, at most U+10FFFF).
bool is_valid_utf8(std::string_view text);
/// The same text with every ill-formed byte sequence replaced by U+FFFD, one per maximal subpart (Unicode 15, 3.9).
std::string to_valid_utf8(std::string_view text);

/// What the program may keep between runs: $BAKEOFF_HOME, else $XDG_CACHE_HOME/bakeoff, else ~/.cache/bakeoff.
Path cache_folder();

}  // namespace bakeoff
