// Lines of a file or of standard input, one at a time, in bounded memory. Bytes are passed on as they are, but for a
// byte order mark at the very start and a carriage return at the end of a line.
#pragma once

#include <optional>
#include <string>

#include "harness/core/result.h"

namespace bakeoff::tools {

/// Not thread-safe.
class LineReader {
 public:
  struct Line {
    std::size_t number = 0;  ///< from 1
    std::string text;
    bool too_long = false;  ///< beyond kMaxLineBytes: `text` is empty
  };
  static constexpr std::size_t kMaxLineBytes = 64u << 20;

  /// "-": standard input. A missing file or a folder is an input error.
  static Result<LineReader> open(const std::string& file);
  ~LineReader();
  LineReader(LineReader&& other) noexcept;
  LineReader& operator=(LineReader&&) = delete;

  /// Waits for a line; nothing at the end. An interrupted error soon after Ctrl-C.
  Result<std::optional<Line>> next();
  /// Whether next() would not wait.
  bool ready();

 private:
  LineReader(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  bool readable(int wait_milliseconds) const;
  Status read_some();
  std::optional<Line> take();

  int descriptor_;
  std::string name_;
  std::string buffer_;                  ///< what was read and not yet given out
  std::size_t searched_ = 0;            ///< of the buffer: no line ends before this place
  std::size_t number_ = 0;              ///< of the last line given out
  bool ended_ = false, skips_ = false;  ///< skips_: within a line that is too long
};

}  // namespace bakeoff::tools
