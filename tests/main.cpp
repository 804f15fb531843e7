// Catch2 version 2 wants its main in one file; version 3 takes the same call.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <csignal>

int main(int count, char** words) {
  std::signal(SIGINT, SIG_DFL);  // shells start programs in the background with it ignored, and programs inherit that
  return Catch::Session().run(count, words);
}
