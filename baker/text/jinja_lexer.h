// Template source as tokens. White space around tags is settled here: trim_blocks (the line end after a block tag
// goes), lstrip_blocks (blanks before a block tag on its line go), and the marks `-` and `+` in tags.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bakeoff::jinja {

struct Token {
  enum class Kind { data, block_begin, block_end, output_begin, output_end, name, text, integer, real, symbol, end };
  Kind kind = Kind::end;
  std::string text;  ///< data, name, symbol, or the value of a text literal
  std::int64_t integer = 0;
  double real = 0;
  int line = 1;
};

/// All tokens, the last of kind `end`. Throws Failure with its line.
std::vector<Token> tokenize(std::string_view source);

}  // namespace bakeoff::jinja
