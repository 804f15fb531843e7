#include "tools/line_reader.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/interrupt.h"

namespace bakeoff::tools {

Result<LineReader> LineReader::open(const std::string& file) {
  if (file == "-") return LineReader(STDIN_FILENO, "standard input");
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return input_error(std::string("can not be read: ") + std::strerror(errno), file);
  LineReader reader(descriptor, file);
  struct stat what {};
  if (fstat(descriptor, &what) == 0 && S_ISDIR(what.st_mode)) return input_error("is a folder, not a file", file);
  return reader;
}

LineReader::LineReader(LineReader&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      name_(std::move(other.name_)),
      buffer_(std::move(other.buffer_)),
      searched_(other.searched_),
      number_(other.number_),
      ended_(other.ended_),
      skips_(other.skips_) {}

LineReader::~LineReader() {
  if (descriptor_ > STDERR_FILENO) close(descriptor_);
}

bool LineReader::readable(int wait_milliseconds) const {
  pollfd asked{descriptor_, POLLIN, 0};
  return poll(&asked, 1, wait_milliseconds) > 0;
}

Status LineReader::read_some() {
  constexpr std::size_t kChunk = 64u << 10;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kChunk);
  const ssize_t count = read(descriptor_, buffer_.data() + before, kChunk);
  buffer_.resize(before + static_cast<std::size_t>(count > 0 ? count : 0));
  if (count < 0 && errno != EINTR)
    return infrastructure_error(std::string("can not be read: ") + std::strerror(errno), name_);
  if (count == 0) ended_ = true;
  if (buffer_.size() > kMaxLineBytes && buffer_.find('\n', searched_) == std::string::npos) {
    skips_ = true;
    buffer_.clear();
    searched_ = 0;
  }
  return {};
}

std::optional<LineReader::Line> LineReader::take() {
  const std::size_t end = buffer_.find('\n', searched_);
  if (end == std::string::npos) searched_ = buffer_.size();
  const bool is_rest = end == std::string::npos && ended_ && (!buffer_.empty() || skips_);
  if (end == std::string::npos && !is_rest) return std::nullopt;
  Line line{++number_, {}, std::exchange(skips_, false)};
  if (!line.too_long) line.text = buffer_.substr(0, end);
  buffer_.erase(0, is_rest ? std::string::npos : end + 1);
  searched_ = 0;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (line.number == 1 && line.text.starts_with(kByteOrderMark)) line.text.erase(0, kByteOrderMark.size());
  if (line.text.ends_with('\r')) line.text.pop_back();
  return line;
}

Result<std::optional<LineReader::Line>> LineReader::next() {
  constexpr int kPatience = 200;  // milliseconds between two looks for Ctrl-C
  while (true) {
    if (auto line = take()) return line;
    if (ended_) return std::optional<Line>();
    if (interrupted()) return interrupted_error();
    if (readable(kPatience)) BAKEOFF_CHECK(read_some());
  }
}

bool LineReader::ready() {
  while (!ended_ && buffer_.find('\n', searched_) == std::string::npos) {
    searched_ = buffer_.size();
    if (!readable(0)) return false;
    if (!read_some().ok()) return true;  // next() meets the same error
  }
  return true;
}

}  // namespace bakeoff::tools
