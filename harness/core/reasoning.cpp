// The markers are those of published chat templates: Qwen3, QwQ, DeepSeek-R1 and Nemotron (think), Magistral (THINK),
// Seed-OSS (seed:think), Granite 3.3 (think, written by the prompt), and the plain words that prompts ask for.
#include "harness/core/reasoning.h"

#include <algorithm>
#include <string_view>

namespace bakeoff {

namespace {

struct Markers {
  std::string_view begin, end;
};

constexpr Markers kMarkers[] = {
    {"<think>", "</think>"},
    {"<thinking>", "</thinking>"},
    {"<thought>", "</thought>"},
    {"<reasoning>", "</reasoning>"},
    {"[THINK]", "[/THINK]"},
    {"<seed:think>", "</seed:think>"},
    {"<|begin_of_thought|>", "<|end_of_thought|>"},
};

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view without_leading_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

bool ends_with_marker(std::string_view prompt, std::string_view marker) {
  const std::size_t last = prompt.find_last_not_of(kBlanks);
  return last != prompt.npos && prompt.substr(0, last + 1).ends_with(marker);
}

/// What follows the end marker; nothing if it is missing.
std::string_view after(std::string_view text, std::string_view end) {
  const std::size_t at = text.find(end);
  return at == text.npos ? std::string_view() : without_leading_blanks(text.substr(at + end.size()));
}

/// The text behind the block that began before it, if one did.
std::string_view behind_open_block(const Completion& completion) {
  const std::string_view text = completion.text;
  for (const Markers& markers : kMarkers) {
    if (ends_with_marker(completion.rendered_prompt, markers.begin)) return after(text, markers.end);
    const bool ends_one = text.find(markers.end) < text.find(markers.begin);
    if (completion.rendered_prompt.empty() && ends_one) return after(text, markers.end);
  }
  return text;
}

}  // namespace

std::string answer_text(const Completion& completion) {
  std::string_view text = behind_open_block(completion);
  for (bool found = true; found;) {
    found = false;
    const std::string_view begun = without_leading_blanks(text);
    for (const Markers& markers : kMarkers) {
      if (!begun.starts_with(markers.begin)) continue;
      text = after(begun, markers.end);
      found = true;
      break;
    }
  }
  return std::string(text);
}

}  // namespace bakeoff
