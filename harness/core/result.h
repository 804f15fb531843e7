// Errors as values. Every function that can fail on what the outside gives it (a file, a flag, a disk)
// returns Result<T>; library exceptions are turned into an Error at the call that raised them.
//
//   Result<Model> load(const Path& file) {
//     BAKEOFF_TRY(auto bytes, read_file(file));          // returns the error upwards
//     if (bytes.empty()) return input_error("model file is empty", file.string(), "fetch it again");
//     ...
//   }
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace bakeoff {

/// What failed decides the exit status of the program: see exit_status().
enum class ErrorKind {
  usage,           ///< a flag or verb that does not exist: exit 3
  input,           ///< a file or record that can not be used: exit 3
  infrastructure,  ///< disk, device, network, memory: exit 4
  interrupted,     ///< the user stopped the program: exit 130
  internal,        ///< a promise of our own was broken: exit 4
};

/// One failure: what happened, where (file:line or key path), what to do about it.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string what;
  std::string where;  ///< may be empty
  std::string hint;   ///< may be empty

  /// "WHERE: WHAT; HINT", one line, without a line end.
  std::string line() const {
    std::string text = where.empty() ? what : where + ": " + what;
    if (!hint.empty()) text += "; " + hint;
    for (char& c : text)
      if (c == '\n' || c == '\r') c = ' ';
    return text;
  }
};

inline int exit_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
    case ErrorKind::input:
      return 3;
    case ErrorKind::interrupted:
      return 130;
    case ErrorKind::infrastructure:
    case ErrorKind::internal:
      break;
  }
  return 4;
}

inline Error usage_error(std::string what, std::string where = "", std::string hint = "") {
  return {ErrorKind::usage, std::move(what), std::move(where), std::move(hint)};
}
inline Error input_error(std::string what, std::string where = "", std::string hint = "") {
  return {ErrorKind::input, std::move(what), std::move(where), std::move(hint)};
}
inline Error infrastructure_error(std::string what, std::string where = "", std::string hint = "") {
  return {ErrorKind::infrastructure, std::move(what), std::move(where), std::move(hint)};
}
inline Error internal_error(std::string what, std::string where = "", std::string hint = "") {
  return {ErrorKind::internal, std::move(what), std::move(where), std::move(hint)};
}
inline Error interrupted_error(std::string what = "interrupted") {
  return {ErrorKind::interrupted, std::move(what), "", ""};
}

/// A value or the reason why there is none. Asking for the one that is absent ends the program: test first.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    require(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    require(ok());
    return *std::get_if<0>(&state_);
  }
  /// By value, so that a reference to a part of a temporary Result's value can not outlive it.
  T value() && {
    require(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    if (ok()) require(false);
    return *std::get_if<1>(&state_);
  }

 private:
  void require(bool held) const {
    if (held) return;
    if (state_.index() == 1) std::fprintf(stderr, "unchecked error: %s\n", std::get_if<1>(&state_)->line().c_str());
    std::abort();
  }
  std::variant<T, Error> state_;
};

/// Success or the reason why not.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design
  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    if (!error_) std::abort();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};
using Status = Result<void>;

}  // namespace bakeoff

#define BAKEOFF_CONCAT_INNER(a, b) a##b
#define BAKEOFF_CONCAT(a, b) BAKEOFF_CONCAT_INNER(a, b)
/// Declares or assigns `target` from a Result, or returns its error from the enclosing function.
#define BAKEOFF_TRY(target, ...) BAKEOFF_TRY_INNER(BAKEOFF_CONCAT(bakeoff_try_, __LINE__), target, __VA_ARGS__)
#define BAKEOFF_TRY_INNER(name, target, ...) \
  auto name = (__VA_ARGS__);                 \
  if (!name.ok()) return name.error();       \
  target = std::move(name).value()
/// Returns the error of a Status from the enclosing function.
#define BAKEOFF_CHECK(...)                                                                        \
  do {                                                                                            \
    if (auto bakeoff_status = (__VA_ARGS__); !bakeoff_status.ok()) return bakeoff_status.error(); \
  } while (false)
