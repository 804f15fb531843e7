// Progress for people and for programs: one live bar on a terminal, plain lines every few seconds elsewhere,
// JSON lines on request. Written to standard error, so that records on standard output stay clean.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace bakeoff {

enum class ProgressMode { automatic, quiet, json };

/// Thread-safe. One at a time writes to the terminal.
class Progress {
 public:
  explicit Progress(ProgressMode mode = ProgressMode::automatic);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Starts a stage: "bake pirate: training", "style, baked". `total` 0: unknown.
  void begin(const std::string& stage, std::int64_t total);
  /// Sets how much is done, with a short note ("KL 0.148 nats").
  void update(std::int64_t done, const std::string& note = "");
  void end();
  /// A line that stays, above the bar.
  void say(const std::string& line);

 private:
  void draw(bool last);
  void clear_bar();
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  ProgressMode mode_;
  bool terminal_ = false, active_ = false, bar_drawn_ = false;
  std::string stage_, note_;
  std::int64_t done_ = 0, total_ = 0;
  Clock::time_point began_, drawn_;
};

/// "1 h 02 min", "3 min 20 s", "42 s", "0.8 s".
std::string format_seconds(double seconds);
/// Cells that the text takes on a terminal: wide East Asian characters and emoji count two, combining marks none.
int display_width(std::string_view text);

}  // namespace bakeoff
