// Catch2 version 2 wants its main in one file; version 3 takes the same call.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

int main(int count, char** words) { return Catch::Session().run(count, words); }
