// See split_patterns.h. The names are those of llama.cpp (src/llama-vocab.cpp); a pattern is the one in the
// tokenizer.json of the models that the name stands for, from which llama.cpp's differ in nothing but spelling, form C
// apart: Qwen's own tokenizer composes and llama.cpp does not. "default" and "falcon" are llama.cpp's.
#include "baker/text/split_patterns.h"

#include <algorithm>

#include "baker/text/tokenizer_split.h"

namespace bakeoff::baker {
namespace {

constexpr const char* kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kTekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kGpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kDeepSeekV3Words =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kDeepSeekV3Scripts = R"([\x{4e00}-\x{9fa5}\x{3040}-\x{309f}\x{30a0}-\x{30ff}]+)";
/// GPT-2's without its last alternative.
constexpr const char* kGpt2Open = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))";

constexpr NamedSplits kNamed[] = {
    {"gpt-2", {kGpt2Pattern}, false, false},
    {"mpt", {kGpt2Pattern}, false, false},
    {"olmo", {kGpt2Pattern}, false, false},
    {"smollm", {R"(\p{N})", kGpt2Pattern}, false, false},
    {"starcoder", {R"(\p{N})", kGpt2Pattern}, false, false},
    {"refact", {R"(\p{N})", kGpt2Pattern}, false, false},
    {"command-r", {R"(\p{N})", kGpt2Pattern}, false, false},
    {"llama-bpe", {kLlama3}, true, false},
    {"llama3", {kLlama3}, true, false},
    {"llama-v3", {kLlama3}, true, false},
    {"qwen2", {kQwen2}, false, true},
    {"deepseek-r1-qwen", {kQwen2}, false, true},
    {"tekken", {kTekken}, true, false},
    {"gpt-4o", {kGpt4o}, false, false},
    {"deepseek-v3", {R"(\p{N}{1,3})", kDeepSeekV3Scripts, kDeepSeekV3Words}, false, false},
    {"falcon", {R"([\p{P}\$\+<=>\^~\|`]+)", kGpt2Open, R"([0-9][0-9][0-9])"}, false, false},
    {"default", {R"([\p{P}\$\+<=>\^~\|]+)", kGpt2Open, R"(\p{N}+)", R"([0-9][0-9][0-9])"}, false, false},
};

}  // namespace

const NamedSplits* splits_named(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kNamed), std::end(kNamed), [&](auto& named) { return name == named.name; });
  return found == std::end(kNamed) ? nullptr : found;
}

}  // namespace bakeoff::baker
