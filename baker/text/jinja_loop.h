// The variable `loop` inside a for tag.
#pragma once

#include <functional>

#include "baker/text/jinja_runtime.h"

namespace bakeoff::jinja {

/// Knows all items and where the loop is. Calling it runs the same loop over other items.
class Loop : public Object {
 public:
  using Recursion = std::function<Value(const Value& items)>;
  Loop(Values items, int depth, Recursion recursion)
      : items_(std::move(items)), depth_(depth), recursion_(std::move(recursion)) {}

  const char* name() const override { return "loop"; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, const Arguments& arguments) override;
  std::optional<Value> attribute(Runtime& runtime, const std::string& key) override;

  /// To the next item; false after the last.
  bool advance() { return ++at_ < static_cast<std::int64_t>(items_.size()); }
  const Value& current() const { return items_[static_cast<std::size_t>(at_)]; }

  Value cycle(const Arguments& arguments) const;
  Value changed(Runtime& runtime, const Arguments& arguments);

 private:
  Values items_;
  int depth_;
  Recursion recursion_;
  std::int64_t at_ = -1;
  std::optional<Values> last_;  ///< what changed() saw last
};

/// A function of this program as a value.
class Native : public Object {
 public:
  using Body = std::function<Value(Runtime&, const Arguments&)>;
  explicit Native(Body body) : body_(std::move(body)) {}
  const char* name() const override { return "function"; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, const Arguments& arguments) override { return body_(runtime, arguments); }

 private:
  Body body_;
};

}  // namespace bakeoff::jinja
