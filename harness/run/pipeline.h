// From a played sample to a committed verdict: judges on all cores, one writer, bounded queues between, so that a fast
// model waits for slow judges instead of filling memory.
//
//   Pipeline pipeline(store, run, {.judge_threads = 4});
//   pipeline.judge({suite, item, row, shown_as});        // from the model's thread
//   BAKEOFF_CHECK(pipeline.finish());                    // everything is on the disk, or why not
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "harness/store/store.h"
#include "suites/suite.h"

namespace bakeoff::run {

struct JudgeTask {
  const suites::Suite* suite = nullptr;
  const Item* item = nullptr;
  store::SampleRow row;                                       ///< with an error: stored as unscored, not judged
  std::vector<std::pair<std::string, std::string>> shown_as;  ///< (arm, suite label)
};

/// judge() and write() are called from one thread, which they may block; the store belongs to the writer until
/// finish().
class Pipeline {
 public:
  using Write = std::function<Status(store::Store&)>;
  Pipeline(store::Store& store, store::RunId run, int judge_threads);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void judge(JudgeTask task);
  void write(Write write);
  /// True once a write has failed: nothing more will be kept, so stop making it.
  bool failed() const { return failed_; }
  /// Waits until everything so far is judged and on the disk, and takes more after that. The first error.
  Status settle();
  /// Waits until all is judged and written. The first error; later calls give the same.
  Status finish();

 private:
  void judge_now(JudgeTask& task);
  void wait_for_judges();
  void write_batches();
  Status commit(std::vector<Write>& batch);

  store::Store& store_;
  store::RunId run_;
  oneapi::tbb::global_control
      workers_;  // the model's thread is no worker: oneTBB must start all that the arena asks for
  oneapi::tbb::task_arena judges_;
  std::counting_semaphore<> slots_;
  int judging_ = 0;
  std::mutex mutex_;
  std::condition_variable idle_;
  oneapi::tbb::concurrent_bounded_queue<std::optional<Write>> queue_;  // nothing: the end
  std::atomic<std::int64_t> unwritten_ = 0;                            // writes that were queued and are not committed
  std::atomic<bool> failed_ = false;
  Status status_;
  std::thread writer_;
};

/// The verdict: the suite's, or unscored where the request failed or the judge broke down.
Verdict judge_sample(const suites::Suite& suite, const Item& item, store::SampleRow& row);

}  // namespace bakeoff::run
