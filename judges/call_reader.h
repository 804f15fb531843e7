// Values and calls as models write them: JSON, Python's literals, or a mixture. Used by tool_calls.cpp.
//
//   CallReader("refund(order=17, why='late')").call()   -> refund {"order": 17, "why": "late"}
//   CallReader("{'a': [1, 2.5, None]}").value()         -> {"a": [1, 2.5, null]}
//
// More than JSON is taken: single quotes, True/False/None, tuples (as lists), trailing commas, line ends in strings,
// bare words as text. Duplicate keys, nesting deeper than 64 and numbers beyond a double are errors.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/json.h"

namespace bakeoff::judges {

/// One call of a tool.
struct ToolCall {
  std::string name;
  Json arguments = Json::object();  ///< name to value
  friend bool operator==(const ToolCall&, const ToolCall&) = default;
};

/// Reads from a place in a text, which must outlive it; after an error the place is where it was noticed.
class CallReader {
 public:
  explicit CallReader(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  Result<Json> value();
  /// NAME(KEY=VALUE, ...)
  Result<ToolCall> call();
  /// Letters, digits, '_', '.', '-' from a letter or '_' on; empty where there is none.
  std::string name();

  void skip_space();
  /// Skips white space, then the character if it is next.
  bool take(char expected);
  bool at_end();
  std::size_t at() const { return at_; }

 private:
  Result<Json> nested(char open);
  Result<Json> list(char close);
  Result<Json> object();
  Result<Json> text_literal();
  Result<Json> number();
  Result<Json> word();
  Status escape(std::string& out);
  Result<unsigned> hex(int digits);
  Error expected(const std::string& what);

  std::string_view text_;
  std::size_t at_;
  int depth_ = 0;
};

}  // namespace bakeoff::judges
