// Runs one fuzz entry over its corpus and over mutations of it.
#pragma once

#include <cstddef>
#include <string_view>

namespace bakeoff::testing {

using FuzzEntry = void (*)(std::string_view input);

/// The corpus is tests/fuzz/corpus/NAME. A crash ends the program; an exception is a failure that says after which seed
/// and which mutation.
void survive(const char* name, FuzzEntry entry, std::size_t mutations);

}  // namespace bakeoff::testing
