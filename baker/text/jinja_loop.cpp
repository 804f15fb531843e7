// Attributes of `loop`, as Jinja documents them.
#include "baker/text/jinja_loop.h"

#include "baker/text/jinja_operations.h"

namespace bakeoff::jinja {

Value Loop::call(Runtime&, const Arguments& arguments) {
  if (arguments.positional.size() != 1 || !arguments.named.empty()) throw Failure{"loop takes the items to run over"};
  return recursion_(arguments.positional[0]);
}

Value Loop::cycle(const Arguments& arguments) const {
  if (arguments.positional.empty()) throw Failure{"loop.cycle has no items to cycle through"};
  return arguments.positional[static_cast<std::size_t>(at_) % arguments.positional.size()];
}

Value Loop::changed(Runtime& runtime, const Arguments& arguments) {
  bool same = last_ && last_->size() == arguments.positional.size();
  for (std::size_t i = 0; same && i < last_->size(); ++i) same = equals(runtime, (*last_)[i], arguments.positional[i]);
  if (!same) last_ = arguments.positional;
  return Value::boolean(!same);
}

std::optional<Value> Loop::attribute(Runtime& runtime, const std::string& key) {
  const auto size = static_cast<std::int64_t>(items_.size());
  if (key == "index") return Value::integer(at_ + 1);
  if (key == "index0") return Value::integer(at_);
  if (key == "revindex") return Value::integer(size - at_);
  if (key == "revindex0") return Value::integer(size - at_ - 1);
  if (key == "first") return Value::boolean(at_ == 0);
  if (key == "last") return Value::boolean(at_ == size - 1);
  if (key == "length") return Value::integer(size);
  if (key == "depth") return Value::integer(depth_);
  if (key == "depth0") return Value::integer(depth_ - 1);
  const auto item = [this](std::int64_t index, const char* why) {
    const bool held = index >= 0 && index < static_cast<std::int64_t>(items_.size());
    return held ? items_[static_cast<std::size_t>(index)] : Value::undefined(why);
  };
  if (key == "previtem") return item(at_ - 1, "there is no previous item");
  if (key == "nextitem") return item(at_ + 1, "there is no next item");
  const auto method = [&](Native::Body body) { return Value::object(runtime.keep<Native>(std::move(body))); };
  if (key == "cycle") return method([this](Runtime&, const Arguments& given) { return cycle(given); });
  if (key == "changed") return method([this](Runtime& own, const Arguments& given) { return changed(own, given); });
  return std::nullopt;
}

}  // namespace bakeoff::jinja
