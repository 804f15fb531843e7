// Text as Python sees it: a row of code points. All functions take UTF-8; a byte that is no valid UTF-8 counts as one
// character. Upper and lower case follow Unicode's simple mappings (and sharp s, whose upper case is "SS").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bakeoff::jinja {

/// Code points.
std::size_t text_length(std::string_view text);
/// The characters, each a view into `text`.
std::vector<std::string_view> characters(std::string_view text);
/// The byte where character `index` begins; the size of the text beyond its end.
std::size_t byte_of(std::string_view text, std::size_t index);
/// The value of one character of characters().
char32_t code_point(std::string_view character);
void append_utf8(std::string& out, char32_t code);

/// Python's str.isspace for one character.
bool is_space(char32_t code);
/// Ends without characters of `set`; without white space if `set` is null.
std::string_view strip_left(std::string_view text, const std::string* set = nullptr);
std::string_view strip_right(std::string_view text, const std::string* set = nullptr);

std::string upper(const std::string& text);
std::string lower(const std::string& text);
/// First character in upper case, the others in lower case.
std::string capitalize(const std::string& text);
/// Every word in that form. Python's str.title and Jinja's filter differ in what begins a word.
std::string title_by_letters(const std::string& text);
std::string title_by_separators(const std::string& text);

/// Whether the whole text matches a Perl-compatible pattern (Unicode properties are on).
bool matches(const std::string& text, const char* pattern);
/// How often it matches within the text.
std::size_t count_matches(const std::string& text, const char* pattern);

/// Python's str.splitlines, without the line ends.
std::vector<std::string> split_lines(std::string_view text, bool keep_ends = false);
/// Splits at white space, at most `limit` times (negative: everywhere).
std::vector<std::string> split_words(std::string_view text, std::int64_t limit);
std::vector<std::string> split_words_from_right(std::string_view text, std::int64_t limit);
/// Splits at a non-empty separator.
std::vector<std::string> split_at(std::string_view text, std::string_view separator, std::int64_t limit);
std::vector<std::string> split_at_from_right(std::string_view text, std::string_view separator, std::int64_t limit);

/// Escapes & < > ' " as HTML entities, as the Python library markupsafe does.
std::string escape_html(const std::string& text);
/// Python's repr of a text: in quotes, with escapes.
std::string quoted(const std::string& text);
/// Python's repr of a float: the shortest digits that read back the same.
std::string real_text(double value);

}  // namespace bakeoff::jinja
