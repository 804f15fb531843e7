// posix_spawn, not fork: with a model in memory a fork copies the page tables of gigabytes. (Boost.Process v2 forks.)
#include "judges/sandbox/child.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judges/sandbox/guard_protocol.h"

namespace bakeoff::judges {

namespace {

using Clock = std::chrono::steady_clock;
constexpr double kGraceSeconds = 10;  // beyond the guard's own limit; only a machine in distress needs it

/// An open file, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { reset(); }
  void reset() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }
  int number() const { return number_; }

 private:
  int number_;
};

Error system_failure(const char* what) {
  return infrastructure_error(std::string(what) + ": " + std::generic_category().message(errno), "sandbox",
                              "too many processes or open files at once? Use fewer --jobs");
}

/// The same file under a number that no descriptor of the child has, so that they can be put in place one by one.
Result<Descriptor> out_of_the_way(Descriptor file) {
  constexpr int kFirst = 100;
  Descriptor high(file.number() < 0 ? -1 : fcntl(file.number(), F_DUPFD_CLOEXEC, kFirst));
  if (high.number() < 0) return system_failure("no descriptor");
  return high;
}

Result<Descriptor> memory_file(const std::string& content) {
  BAKEOFF_TRY(Descriptor file, out_of_the_way(Descriptor(memfd_create("sandbox", MFD_CLOEXEC))));
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t written = ::write(file.number(), content.data() + done, content.size() - done);
    if (written < 0) return system_failure("no memory for a file");
    done += static_cast<std::size_t>(written);
  }
  if (lseek(file.number(), 0, SEEK_SET) != 0) return system_failure("a file in memory can not be rewound");
  return file;
}

struct Pipe {
  Descriptor from, to;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return system_failure("no pipe");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  BAKEOFF_TRY(pipe.from, out_of_the_way(std::move(pipe.from)));
  BAKEOFF_TRY(pipe.to, out_of_the_way(std::move(pipe.to)));
  return pipe;
}

/// The arguments of posix_spawn.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void put(const Descriptor& file, int number) {
    posix_spawn_file_actions_adddup2(&actions_, file.number(), number);
    last_ = std::max(last_, number);
  }

  Result<pid_t> start(const ChildJob& job) {
    posix_spawn_file_actions_addclosefrom_np(&actions_, last_ + 1);
    pid_t child = -1;
    std::vector<char*> words = pointers(job.words), environment = pointers(job.environment);
    errno = posix_spawn(&child, words[0], &actions_, &attributes_, words.data(), environment.data());
    if (errno != 0) return system_failure("the guard could not be started");
    return child;
  }

 private:
  static std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> list;
    for (const std::string& word : words) list.push_back(const_cast<char*>(word.c_str()));
    list.push_back(nullptr);
    return list;
  }
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  int last_ = 2;
};

/// The child while it runs, and what it has written.
class Running {
 public:
  Running(const ChildJob& job, ChildOutcome& outcome) : job_(job), outcome_(outcome) {}

  Status start() {
    SpawnPlan plan;
    BAKEOFF_TRY(const Descriptor input, memory_file(job_.input));
    plan.put(input, kInputDescriptor);
    std::array<Descriptor, 4> ends;
    constexpr int kTargets[] = {kOutputDescriptor, kErrorsDescriptor, kResultDescriptor, kReportDescriptor};
    for (std::size_t i = 0; i < ends.size(); ++i) {
      BAKEOFF_TRY(Pipe pipe, make_pipe());
      streams_[i].from = std::move(pipe.from);
      fcntl(streams_[i].from.number(), F_SETFL, O_NONBLOCK);
      ends[i] = std::move(pipe.to);
      plan.put(ends[i], kTargets[i]);
    }
    BAKEOFF_TRY(Pipe control, make_pipe());
    plan.put(control.from, kControlDescriptor);
    control_ = std::move(control.to);
    BAKEOFF_TRY(const std::vector<Descriptor> files, files_of_the_job());
    for (std::size_t i = 0; i < files.size(); ++i) plan.put(files[i], kFilterDescriptor + static_cast<int>(i));
    began_ = Clock::now();
    BAKEOFF_TRY(child_, plan.start(job_));
    ended_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, child_, 0)));
    if (ended_.number() >= 0) return {};
    const Error failure = system_failure("the guard can not be watched");
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    return failure;
  }

  Status finish() {
    while (poll_once()) {
    }
    if (waitpid(child_, &outcome_.wait_status, 0) != child_) return system_failure("the guard was lost");
    outcome_.wall_seconds = seconds();
    for (Stream& stream : streams_) drain(stream);
    if (overdue_)
      return infrastructure_error("the guard did not end in time and was killed", "sandbox",
                                  "the machine is overloaded: use fewer --jobs");
    return {};
  }

 private:
  struct Stream {
    Descriptor from;
    std::string* into;
    std::size_t limit;
  };

  Result<std::vector<Descriptor>> files_of_the_job() const {
    std::vector<Descriptor> files;
    BAKEOFF_TRY(files.emplace_back(), memory_file(job_.filter));
    BAKEOFF_TRY(files.emplace_back(), out_of_the_way(Descriptor(open(job_.guard.c_str(), O_RDONLY | O_CLOEXEC))));
    for (const std::string& content : job_.files) {
      BAKEOFF_TRY(files.emplace_back(), memory_file(content));
    }
    return files;
  }

  double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

  /// False when the child has ended.
  bool poll_once() {
    const double left = job_.wall_seconds + kGraceSeconds - seconds();
    if (left <= 0 && !overdue_) {
      overdue_ = true;
      kill(child_, SIGKILL);
    }
    std::array<pollfd, 5> events{};
    for (std::size_t i = 0; i < streams_.size(); ++i) events[i] = {streams_[i].from.number(), POLLIN, 0};
    events[4] = {ended_.number(), POLLIN, 0};
    poll(events.data(), events.size(), overdue_ ? -1 : static_cast<int>(left * 1000) + 1);
    if (events[4].revents != 0) return false;
    for (std::size_t i = 0; i < streams_.size(); ++i)
      if (events[i].revents != 0) drain(streams_[i]);
    return true;
  }

  /// Takes what is there; closes the stream at its end or beyond its limit.
  void drain(Stream& stream) {
    std::array<char, 1 << 16> buffer;
    while (stream.from.number() >= 0) {
      const ssize_t size = ::read(stream.from.number(), buffer.data(), buffer.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return;
      if (size <= 0) return stream.from.reset();
      const std::size_t room = stream.limit - std::min(stream.limit, stream.into->size());
      stream.into->append(buffer.data(), std::min(room, static_cast<std::size_t>(size)));
      if (static_cast<std::size_t>(size) <= room) continue;
      outcome_.output_exceeded = true;
      control_.reset();  // the guard ends everything
      return stream.from.reset();
    }
  }

  const ChildJob& job_;
  ChildOutcome& outcome_;
  std::array<Stream, 4> streams_{Stream{Descriptor(), &outcome_.output, job_.output_bytes},
                                 Stream{Descriptor(), &outcome_.errors, job_.output_bytes},
                                 Stream{Descriptor(), &outcome_.result, job_.output_bytes},
                                 Stream{Descriptor(), &outcome_.report, sizeof(GuardReport)}};
  Descriptor control_, ended_;
  pid_t child_ = -1;
  bool overdue_ = false;
  Clock::time_point began_;
};

}  // namespace

Result<ChildOutcome> run_child(const ChildJob& job) {
  ChildOutcome outcome;
  Running running(job, outcome);
  BAKEOFF_CHECK(running.start());
  BAKEOFF_CHECK(running.finish());
  return outcome;
}

}  // namespace bakeoff::judges
