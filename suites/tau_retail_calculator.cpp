// What tool `calculate` of suite `tau_retail` works out; see tau_retail.h.
#include <cmath>
#include <cstdlib>

#include "suites/tau_retail.h"

namespace bakeoff::suites::tau_retail {

namespace {

/// + - * / and brackets over decimal numbers.
class Calculator {
 public:
  explicit Calculator(const std::string& text) : text_(text) {}
  std::optional<double> value() {
    const auto result = sum();
    return result && at_end() && std::isfinite(*result) ? result : std::nullopt;
  }

 private:
  bool at_end() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ == text_.size();
  }
  bool take(char expected) {
    if (at_end() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  std::optional<double> sum() {
    auto left = product();
    while (left) {
      const bool plus = take('+');
      if (!plus && !take('-')) break;
      const auto right = product();
      left = right ? std::optional(plus ? *left + *right : *left - *right) : std::nullopt;
    }
    return left;
  }
  std::optional<double> product() {
    auto left = factor();
    while (left) {
      const bool times = take('*');
      if (!times && !take('/')) break;
      const auto right = factor();
      left = right ? std::optional(times ? *left * *right : *left / *right) : std::nullopt;
    }
    return left;
  }
  std::optional<double> factor() {
    if (++depth_ > 100) return std::nullopt;
    std::optional<double> result;
    if (take('-')) {
      result = factor();
      if (result) result = -*result;
    } else if (take('+')) {
      result = factor();
    } else if (take('(')) {
      result = sum();
      if (!take(')')) result.reset();
    } else {
      result = number();
    }
    --depth_;
    return result;
  }
  std::optional<double> number() {
    if (at_end()) return std::nullopt;
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::string_view("0123456789.").find(text_[at_]) != std::string_view::npos)) ++at_;
    const std::string digits = text_.substr(begin, at_ - begin);
    char* end = nullptr;
    const double result = std::strtod(digits.c_str(), &end);
    return digits.empty() || *end ? std::nullopt : std::optional(result);
  }

  const std::string& text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<double> calculated(const std::string& expression) { return Calculator(expression).value(); }

}  // namespace bakeoff::suites::tau_retail
