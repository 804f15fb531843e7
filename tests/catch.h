// Catch2, version 2 or 3: the tests use what both have. SKIP_TEST ends a test as skipped, with its reason: the test
// command lists every skip and fails on those that tests/allowed_skips.txt does not name.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#include <cstdio>

#define SKIP_TEST(reason)                                                                             \
  do {                                                                                                \
    std::printf("SKIPPED: %s: %s\n", Catch::getResultCapture().getCurrentTestName().c_str(), reason); \
    std::fflush(stdout);                                                                              \
    SUCCEED("skipped");                                                                               \
    return;                                                                                           \
  } while (false)
