// Verbs that treat each row alone, on several threads. Rows are read and written by the caller's thread; the others
// parse, convert and print them.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "harness/core/interrupt.h"
#include "tools/records.h"

namespace bakeoff::tools {

namespace {

using Convert = std::function<Result<OrderedJson>(const InputRow&)>;

/// How many rows a thread takes at once, and how many are read before any is written. Dear rows (a program in a
/// sandbox) are taken one by one, so that no thread waits long for another; cheap ones (a number in a text) in takes of
/// about a millisecond, since a hand-over costs as much as they do.
class Pace {
 public:
  explicit Pace(std::size_t threads) : threads_(threads) {}
  std::size_t take() const { return take_; }
  std::size_t batch() const {
    if (threads_ == 1) return 1;
    const std::size_t dear = threads_ * kTakesPerThread;
    return std::max(dear, std::min(dear * take_, kMostRows));
  }
  /// Seconds a row of each take. Their median decides: on a busy machine a few takes are interrupted for long.
  void learn(std::vector<double> row_seconds) {
    const auto middle = row_seconds.begin() + std::ssize(row_seconds) / 2;
    std::ranges::nth_element(row_seconds, middle);
    take_ = static_cast<std::size_t>(std::clamp(kTakeSeconds / std::max(*middle, 1e-9), 1.0, kMostTaken));
  }

 private:
  static constexpr std::size_t kTakesPerThread = 64, kMostRows = 1 << 14;
  static constexpr double kTakeSeconds = 1e-3, kMostTaken = 256;
  std::size_t threads_, take_ = 1;
};

/// Waits for one row and takes what is there already, `most` at most; empty at the end.
Result<std::vector<InputRow>> read_batch(RowSource& rows, std::size_t most) {
  std::vector<InputRow> batch;
  while (batch.size() < most && (batch.empty() || rows.ready())) {
    BAKEOFF_TRY(auto row, rows.next_unread());
    if (!row) break;
    batch.push_back(std::move(*row));
  }
  return batch;
}

/// The output line of a row.
struct Line {
  std::string text;
  bool is_failure = false;
};

Line line_of(InputRow& row, const Convert& convert) {
  read_fields(row);
  const Result<OrderedJson> record = row.error ? Result<OrderedJson>(*row.error) : convert(row);
  return {dump(record.ok() ? *record : error_row(row, record.error())) + "\n", !record.ok()};
}

struct Converted {
  std::vector<Line> lines;          ///< one for each row, whichever thread made it; missing once Ctrl-C was pressed
  std::vector<double> row_seconds;  ///< of each take
};

Converted convert_batch(std::vector<InputRow>& batch, const Convert& convert, std::size_t threads, std::size_t take) {
  const std::size_t takes = (batch.size() + take - 1) / take;
  Converted made{std::vector<Line>(batch.size()), std::vector<double>(takes)};
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t number; (number = next++) < takes && !interrupted();) {
      const auto start = std::chrono::steady_clock::now();
      const std::size_t begin = number * take, end = std::min(begin + take, batch.size());
      for (std::size_t i = begin; i < end && !interrupted(); ++i) made.lines[i] = line_of(batch[i], convert);
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
      made.row_seconds[number] = spent.count() / static_cast<double>(end - begin);
    }
  };
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < std::min(threads, takes); ++i) helpers.emplace_back(work);
  work();
  helpers.clear();
  return made;
}

}  // namespace

Result<int> map_rows(const StreamOptions& options, const Convert& convert, int threads) {
  BAKEOFF_TRY(RowSource rows, RowSource::open(options.input));
  BAKEOFF_TRY(const auto output, RecordOutput::open(options.output));
  const std::size_t workers = threads > 0 ? static_cast<std::size_t>(threads) : std::thread::hardware_concurrency();
  Pace pace(workers);
  RowCount count;
  while (true) {
    BAKEOFF_TRY(auto batch, read_batch(rows, pace.batch()));
    if (batch.empty()) return count.status(options.input);
    Converted made = convert_batch(batch, convert, workers, pace.take());
    pace.learn(std::move(made.row_seconds));
    if (interrupted()) return interrupted_error();
    std::string text;
    for (const Line& line : made.lines) {
      text += line.text;
      count.add(line.is_failure);
    }
    BAKEOFF_CHECK(output->write_lines(text));
  }
}

}  // namespace bakeoff::tools
