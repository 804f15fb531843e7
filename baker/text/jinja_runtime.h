// One rendering: its limits, what it has used of them, the line it is at, and the objects it owns.
#pragma once

#include <deque>
#include <memory>
#include <utility>

#include "baker/text/jinja.h"
#include "baker/text/jinja_value.h"

namespace bakeoff::jinja {

/// Not thread-safe; lives as long as one call of Template::render, and every Value of that call with it.
class Runtime {
 public:
  explicit Runtime(const RenderLimits& limits) : limits_(limits) {}

  /// Counts evaluations; throws Failure beyond the limit.
  void step(std::size_t count = 1) {
    steps_ += count;
    if (steps_ > limits_.steps) throw Failure{"took more than " + std::to_string(limits_.steps) + " steps"};
  }
  /// Counts bytes about to be made or scanned; call it before the work.
  void work(std::size_t bytes) {
    if (bytes > limits_.work_bytes - worked_)
      throw Failure{"handled more than " + std::to_string(limits_.work_bytes) + " bytes of text and lists"};
    worked_ += bytes;
  }
  /// Counts the bytes of `count` list items about to be made, and a step for each.
  void work_items(std::size_t count) {
    step(count);
    work(count * sizeof(Value));
  }

  const RenderLimits& limits() const { return limits_; }

  /// Makes an object that lives until the rendering ends.
  template <class T, class... A>
  T& keep(A&&... arguments) {
    work(sizeof(T));
    auto owned = std::make_unique<T>(std::forward<A>(arguments)...);
    T& made = *owned;
    objects_.push_back(std::move(owned));
    return made;
  }
  Value generator(std::function<Values()> make) { return Value::object(keep<Generator>(std::move(make))); }
  Value text(std::string made, bool safe = false) {
    work(made.size());
    return Value::text(std::move(made), safe);
  }

  /// Held while one evaluation is inside another.
  class Depth {
   public:
    explicit Depth(Runtime& runtime) : runtime_(runtime) {
      if (++runtime_.depth_ > runtime_.limits_.depth) {
        --runtime_.depth_;
        throw Failure{"is nested deeper than " + std::to_string(runtime_.limits_.depth) + " evaluations"};
      }
    }
    ~Depth() { --runtime_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    Runtime& runtime_;
  };

  int line = 0;  ///< of the node being evaluated, for errors

 private:
  const RenderLimits& limits_;
  std::size_t steps_ = 0, worked_ = 0, depth_ = 0;
  std::deque<std::unique_ptr<Object>> objects_;
};

/// Collects the entries of a map: a repeated key keeps its place and takes the later value, as Python's dict does.
class MapBuilder {
 public:
  explicit MapBuilder(Runtime& runtime) : runtime_(runtime) {}
  void set(Value key, Value value);
  Value finish() { return Value::map(std::move(entries_)); }

 private:
  Runtime& runtime_;
  Entries entries_;
};

}  // namespace bakeoff::jinja
