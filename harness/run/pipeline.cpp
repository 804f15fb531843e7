// The judges' arena, the writer's thread, and the queues between.
#include "harness/run/pipeline.h"

#include <exception>

namespace bakeoff::run {
namespace {

constexpr int kJudgedAtOnce = 512;  // samples between the model and the writer
constexpr int kQueuedWrites = 1024;
constexpr std::size_t kBatch = 256;  // writes in one transaction

}  // namespace

Verdict judge_sample(const suites::Suite& suite, const Item& item, store::SampleRow& row) {
  if (row.error) return Verdict::not_scored("the request failed: " + row.error->line());
  try {
    return suite.judge(item, row.sample);
  } catch (const std::exception& mistake) {
    row.error = internal_error(std::string("the judge broke down: ") + mistake.what(), item.id);
    return Verdict::not_scored(row.error->line());
  }
}

Pipeline::Pipeline(store::Store& store, store::RunId run, int judge_threads)
    : store_(store),
      run_(run),
      workers_(oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(judge_threads) + 1),
      judges_(judge_threads, 0),
      slots_(kJudgedAtOnce) {
  queue_.set_capacity(kQueuedWrites);
  writer_ = std::thread([this] { write_batches(); });
}

Pipeline::~Pipeline() { static_cast<void>(finish()); }

void Pipeline::judge(JudgeTask task) {
  slots_.acquire();
  {
    const std::lock_guard lock(mutex_);
    ++judging_;
  }
  // enqueue, not a task group: it promises a worker even on a machine with one core.
  judges_.enqueue([this, held = std::make_shared<JudgeTask>(std::move(task))] {
    judge_now(*held);
    slots_.release();
    const std::lock_guard lock(mutex_);
    if (--judging_ == 0) idle_.notify_all();
  });
}

void Pipeline::judge_now(JudgeTask& task) {
  Verdict verdict = judge_sample(*task.suite, *task.item, task.row);
  write([run = run_, row = std::move(task.row), verdict = std::move(verdict),
         shown = std::move(task.shown_as)](store::Store& store) -> Status {
    BAKEOFF_CHECK(store.put_sample(row, verdict));
    Sample link = row.sample;
    for (const auto& [arm, suite] : shown) {
      link.arm = arm;
      link.suite = suite;
      BAKEOFF_CHECK(store.link_sample(run, link));
    }
    return {};
  });
}

void Pipeline::write(Write write) {
  ++unwritten_;
  queue_.push(std::move(write));
}

Status Pipeline::commit(std::vector<Write>& batch) {
  return store_.transaction([&]() -> Status {
    for (Write& write : batch) BAKEOFF_CHECK(write(store_));
    return {};
  });
}

void Pipeline::write_batches() {
  for (bool ended = false; !ended;) {
    std::optional<Write> next;
    queue_.pop(next);
    std::vector<Write> batch;
    while (true) {
      if (next)
        batch.push_back(std::move(*next));
      else
        ended = true;
      if (ended || batch.size() >= kBatch || !queue_.try_pop(next)) break;
    }
    if (!failed_ && !batch.empty()) {  // after a failure the queue is only drained, so that nobody waits on it
      if (Status status = commit(batch); !status.ok()) {
        status_ = status;
        failed_ = true;
      }
    }
    unwritten_ -= static_cast<std::int64_t>(batch.size());
    unwritten_.notify_all();
  }
}

void Pipeline::wait_for_judges() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return judging_ == 0; });
}

Status Pipeline::settle() {
  wait_for_judges();
  for (auto left = unwritten_.load(); left > 0; left = unwritten_.load()) unwritten_.wait(left);
  return failed_ ? status_ : Status();
}

Status Pipeline::finish() {
  if (!writer_.joinable()) return status_;
  wait_for_judges();
  queue_.push(std::nullopt);
  writer_.join();
  return status_;
}

}  // namespace bakeoff::run
