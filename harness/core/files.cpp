// Files over the system's own calls, so that every failure is named with its cause.
#include "harness/core/files.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/interrupt.h"

namespace bakeoff {

namespace {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ > STDERR_FILENO) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  bool open() const { return number_ >= 0; }
  /// Closes now: a network file system may report a failed write only here.
  int close() { return ::close(std::exchange(number_, -1)); }

 private:
  int number_;
};

std::string display_name(const Path& file) { return file == "-" ? "standard input" : file.string(); }

Error read_failure(const Path& file, int code) {
  if (code == EINTR) return interrupted_error();
  if (code == ENOENT || code == ENOTDIR) return input_error("no such file", display_name(file), "check the path");
  if (code == EISDIR) return input_error("is a folder, not a file", display_name(file));
  if (code == EACCES) return input_error("no permission to read", display_name(file), "check its permissions");
  return infrastructure_error(std::string("can not be read: ") + std::strerror(code), display_name(file),
                              "check the disk");
}

Error write_failure(const Path& file, int code) {
  std::string hint = "check the disk";
  if (code == ENOSPC || code == EDQUOT) hint = "free some space and run again";
  if (code == EROFS || code == EACCES || code == EPERM) hint = "choose a folder that can be written";
  return infrastructure_error(std::string("can not be written: ") + std::strerror(code), file.string(), hint);
}

/// Bytes read (0 at the end), or -1 with errno; EINTR only when the user asked to stop. poll() is what lets Ctrl-C
/// end a wait for standard input: unlike read() it is never restarted after a signal.
ssize_t read_some(int descriptor, char* data, std::size_t size) {
  for (;;) {
    pollfd waiting{descriptor, POLLIN, 0};
    ssize_t count = ::poll(&waiting, 1, -1);
    if (count > 0) count = ::read(descriptor, data, size);
    if (count >= 0) return count;
    if (errno != EINTR || interrupted()) return -1;
  }
}

/// Devices and pipes may have no end: what is held of one in memory has.
constexpr std::size_t kMostHeld = std::size_t{128} << 20;

bool is_regular(const Path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

/// Hands the file to `on_chunk` piece by piece.
Status for_each_chunk(const Path& file, const std::function<Status(std::string_view)>& on_chunk) {
  Descriptor input(file == "-" ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!input.open()) return read_failure(file, errno);
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t count = read_some(input.get(), buffer.data(), buffer.size());
    if (count < 0) return read_failure(file, errno);
    if (count == 0) return {};
    BAKEOFF_CHECK(on_chunk({buffer.data(), static_cast<std::size_t>(count)}));
  }
}

/// 0, or the errno of what failed.
int write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = ::write(descriptor, content.data(), content.size());
    if (count < 0 && errno != EINTR) return errno;
    if (count > 0) content.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

/// The rename itself must reach the disk; file systems that can not flush a folder say EINVAL.
int flush_folder(const Path& folder) {
  const Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.open()) return errno;
  return ::fsync(handle.get()) == 0 || errno == EINVAL ? 0 : errno;
}

int write_temporary(Descriptor& output, std::string_view content) {
  if (const int code = write_all(output.get(), content)) return code;
  if (::fchmod(output.get(), 0644) != 0 || ::fsync(output.get()) != 0) return errno;
  return output.close() == 0 ? 0 : errno;
}

}  // namespace

Result<std::string> read_file(const Path& file) {
  std::string content;
  const std::size_t most = is_regular(file) ? content.max_size() : kMostHeld;
  BAKEOFF_CHECK(for_each_chunk(file, [&](std::string_view chunk) -> Status {
    if (chunk.size() > most - content.size()) return input_error("does not end within 128 MiB", display_name(file));
    content += chunk;
    return {};
  }));
  return content;
}

Status write_file_atomically(const Path& file, std::string_view content) {
  const Path folder = file.has_parent_path() ? file.parent_path() : Path(".");
  BAKEOFF_CHECK(make_folder(folder));
  std::string temporary = (folder / ("." + file.filename().string() + ".XXXXXX")).string();
  Descriptor output(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!output.open()) return write_failure(file, errno);
  int code = write_temporary(output, content);
  if (code == 0 && ::rename(temporary.c_str(), file.c_str()) != 0) code = errno;
  if (code != 0) {
    ::unlink(temporary.c_str());
    return write_failure(file, code);
  }
  code = flush_folder(folder);
  return code == 0 ? Status{} : Status{write_failure(file, code)};
}

Status make_folder(const Path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (!code && !std::filesystem::is_directory(folder, code) && !code) code = {ENOTDIR, std::generic_category()};
  return code ? Status{write_failure(folder, code.value())} : Status{};
}

Status for_each_line(const Path& file, const std::function<Status(std::size_t, std::string_view)>& on_line) {
  std::string pending;
  std::size_t number = 0;
  const auto emit = [&](std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return on_line(++number, line);
  };
  const auto split = [&](std::string_view chunk) -> Status {
    for (std::size_t end; (end = chunk.find('\n')) != chunk.npos; chunk.remove_prefix(end + 1)) {
      pending += chunk.substr(0, end);
      const std::string line = std::exchange(pending, {});
      BAKEOFF_CHECK(emit(line));
    }
    pending += chunk;
    if (pending.size() > kMostHeld)
      return input_error("a line of more than 128 MiB", display_name(file) + ":" + std::to_string(number + 1));
    return {};
  };
  BAKEOFF_CHECK(for_each_chunk(file, split));
  return pending.empty() ? Status{} : emit(pending);
}

Path cache_folder() {
  const auto variable = [](const char* name) -> Path {
    const char* value = std::getenv(name);
    return value ? value : "";
  };
  if (Path own = variable("BAKEOFF_HOME"); !own.empty()) return own;
  if (Path shared = variable("XDG_CACHE_HOME"); !shared.empty()) return shared / "bakeoff";
  Path home = variable("HOME");
  return (home.empty() ? std::filesystem::temp_directory_path() : home) / ".cache" / "bakeoff";
}

}  // namespace bakeoff
