// Promises, counted: a count of many rounds is held to its bound with the binomial error of the number of rounds.
// BAKEOFF_SIMULATION_ROUNDS multiplies the rounds (default 1) and prints what was seen.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <boost/math/distributions/binomial.hpp>

#include "tests/catch.h"

namespace bakeoff::testing {

inline int rounds_of(int base) {
  const char* factor = std::getenv("BAKEOFF_SIMULATION_ROUNDS");
  return base * (factor ? std::max(1, std::atoi(factor)) : 1);
}

/// How often something happened, and the one line of the long run's table.
class Share {
 public:
  Share(std::string what, int rounds) : what_(std::move(what)), rounds_(rounds) {}
  void add(bool happened) { hits_ += happened; }

  /// A true chance of at most (at least) the bound is off by more than this in one of 10,000 simulations.
  void check_at_most(double bound) const { check("at most", bound, hits_ <= quantile(bound, 0.9999)); }
  void check_at_least(double bound) const { check("at least", bound, hits_ >= quantile(bound, 0.0001)); }
  void check_about(double value, double slack) const {
    check("about", value, hits_ >= quantile(value - slack, 0.0001) && hits_ <= quantile(value + slack, 0.9999));
  }

 private:
  double quantile(double chance, double probability) const {
    return boost::math::quantile(boost::math::binomial(rounds_, chance), probability);
  }
  void check(const char* relation, double bound, bool holds) const {
    const double seen = static_cast<double>(hits_) / rounds_;
    if (std::getenv("BAKEOFF_SIMULATION_ROUNDS"))
      std::printf("| %s | %s %.4f | %.4f | %d |\n", what_.c_str(), relation, bound, seen, rounds_);
    INFO(what_ << ": seen " << seen << ", promised " << relation << " " << bound);
    CHECK(holds);
  }

  std::string what_;
  int rounds_ = 0, hits_ = 0;
};

}  // namespace bakeoff::testing
