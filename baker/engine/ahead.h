// Work done ahead of its use: on one thread of its own, in the order in which it was given, taken in that order.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace bakeoff::baker {

/// add(), take() and size() belong to one thread. Work must not throw. What nobody took is thrown away at the end.
template <class T>
class Ahead {
 public:
  Ahead() : worker_([this](const std::stop_token& stop) { work(stop); }) {}

  void add(std::function<T()> make) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      waiting_.push_back(std::move(make));
    }
    ++size_;
    changed_.notify_all();
  }
  /// What was added first, when it is there. Something must have been added.
  T take() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !made_.empty(); });
    T first = std::move(made_.front());
    made_.pop_front();
    --size_;
    return first;
  }
  /// Added and not taken.
  std::size_t size() const { return size_; }

 private:
  void work(const std::stop_token& stop) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
      const std::function<T()> make = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      T made = make();
      lock.lock();
      made_.push_back(std::move(made));
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::function<T()>> waiting_;
  std::deque<T> made_;
  std::size_t size_ = 0;
  std::jthread worker_;  ///< the last member: the others outlive it
};

}  // namespace bakeoff::baker
