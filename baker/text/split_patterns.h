// Split patterns that files do not hold but name: tokenizer.ggml.pre in GGUF, and the class of a tokenizer of which
// only vocabulary and merges are there.
#pragma once

#include <array>
#include <string_view>

namespace bakeoff::baker {

/// Patterns applied one after another, each to every piece of the one before: matches and what lies between are words.
struct NamedSplits {
  const char* name;
  std::array<const char*, 4> patterns;  ///< ends at the first null
  bool ignore_merges;                   ///< a word that is in the vocabulary is that token
  bool composes;                        ///< texts are put into normalization form C first
};

/// By the name in tokenizer.ggml.pre; null where it is not known.
const NamedSplits* splits_named(std::string_view name);

}  // namespace bakeoff::baker
