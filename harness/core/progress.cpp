// The live bar, the plain lines and the JSON lines of progress.
#include "harness/core/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/core/json.h"

namespace bakeoff {

namespace {

constexpr double kBarSeconds = 0.1;     ///< between two drawings of the bar
constexpr double kLineSeconds = 5.0;    ///< between two plain or JSON lines
constexpr double kFirstEstimate = 1.0;  ///< no time left is claimed before

int terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

/// One write, so that lines of several threads do not mix.
void put(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

struct State {
  std::int64_t done, total;
  double seconds;
  double rate() const { return seconds > 0 ? static_cast<double>(done) / seconds : 0; }
  /// Negative: nothing to go by yet.
  double left() const {
    if (total <= 0 || done <= 0 || seconds < kFirstEstimate) return -1;
    return static_cast<double>(total - done) / rate();
  }
};

std::string rate_text(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, rate >= 10 ? "%.0f/s" : "%.2g/s", rate);
  return text;
}

std::string facts(const State& state, const std::string& note) {
  std::string text = std::to_string(state.done);
  if (state.total > 0) text += "/" + std::to_string(state.total);
  if (state.done > 0 && state.seconds > 0) text += "  " + rate_text(state.rate());
  if (state.left() >= 0 && state.done < state.total) text += "  " + format_seconds(state.left()) + " left";
  if (!note.empty()) text += "  " + note;
  return text;
}

std::string bar(const State& state, int cells) {
  const double share = static_cast<double>(std::min(state.done, state.total)) / static_cast<double>(state.total);
  const int full = static_cast<int>(share * cells);
  std::string text = "[";
  for (int i = 0; i < cells; ++i) text += i < full ? "#" : ".";
  return text + "]";
}

std::string json_line(const std::string& stage, const std::string& note, const State& state) {
  OrderedJson row = {{"stage", stage}, {"done", state.done}, {"total", state.total}, {"rate", state.rate()}};
  row["seconds"] = state.seconds;
  row["seconds_left"] = state.left() >= 0 ? OrderedJson(state.left()) : OrderedJson();
  row["note"] = note;
  return dump(row) + "\n";
}

/// Cuts to the cells that are there; a line that wraps could not be redrawn.
std::string fitted(std::string text, int cells) {
  while (display_width(text) > cells) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
    if (!text.empty()) text.pop_back();
  }
  return text;
}

}  // namespace

Progress::Progress(ProgressMode mode) : mode_(mode) {
  const char* kind = std::getenv("TERM");
  terminal_ = mode == ProgressMode::automatic && isatty(STDERR_FILENO) && !(kind && std::string_view(kind) == "dumb");
}

Progress::~Progress() { end(); }

void Progress::begin(const std::string& stage, std::int64_t total) {
  const std::lock_guard lock(mutex_);
  if (active_) draw(true);
  stage_ = stage;
  note_.clear();
  done_ = 0;
  total_ = total;
  began_ = Clock::now();
  active_ = true;
  draw(false);
}

void Progress::update(std::int64_t done, const std::string& note) {
  const std::lock_guard lock(mutex_);
  if (!active_) return;
  done_ = done;
  note_ = note;
  const std::chrono::duration<double> since = Clock::now() - drawn_;
  if (since.count() >= (terminal_ ? kBarSeconds : kLineSeconds)) draw(false);
}

void Progress::end() {
  const std::lock_guard lock(mutex_);
  if (active_) draw(true);
  active_ = false;
}

void Progress::say(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (mode_ == ProgressMode::quiet) return;
  clear_bar();
  put(mode_ == ProgressMode::json ? dump(Json{{"say", line}}) + "\n" : line + "\n");
  if (active_ && terminal_) draw(false);
}

void Progress::draw(bool last) {
  drawn_ = Clock::now();
  if (mode_ == ProgressMode::quiet) return;
  const State state{done_, total_, std::chrono::duration<double>(drawn_ - began_).count()};
  if (mode_ == ProgressMode::json) return put(json_line(stage_, note_, state));
  std::string line = stage_ + ": " + facts(state, note_);
  if (last) line += "  in " + format_seconds(state.seconds);
  if (!terminal_) return put(line + "\n");
  constexpr int kBarCells = 20;
  if (!last && total_ > 0) line = bar(state, kBarCells) + " " + line;
  clear_bar();
  put(fitted(line, terminal_width() - 1) + (last ? "\n" : ""));
  bar_drawn_ = !last;
}

void Progress::clear_bar() {
  if (bar_drawn_) put("\r\x1b[K");
  bar_drawn_ = false;
}

std::string format_seconds(double seconds) {
  if (!(seconds > 0)) return "0 s";
  char text[48];
  if (seconds < 9.95) {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
    return text;
  }
  const long long whole = std::llround(seconds);
  if (whole < 60)
    std::snprintf(text, sizeof text, "%lld s", whole);
  else if (whole < 3600)
    std::snprintf(text, sizeof text, "%lld min %02lld s", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%lld h %02lld min", whole / 3600, whole % 3600 / 60);
  return text;
}

}  // namespace bakeoff
