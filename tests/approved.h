// Whole outputs held against approved files (set BAKEOFF_APPROVE=1 to write them anew, then read the difference).
#pragma once

#include <cstdlib>
#include <string>

#include "harness/core/files.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff::testing {

inline void check_approved(const std::string& name, const std::string& text) {
  const auto file = source_path("approved/" + name);
  if (std::getenv("BAKEOFF_APPROVE")) REQUIRE(write_file_atomically(file, text).ok());
  const auto approved = read_file(file);
  REQUIRE(approved.ok());
  CHECK((*approved == text));
}

}  // namespace bakeoff::testing
