// UTF-8: the check and the repair declared in files.h. Well-formed sequences are those of table 3-7 of the Unicode
// Standard, chapter 3.9.
#include <cstdint>

#include "harness/core/files.h"

namespace bakeoff {

namespace {

/// How a sequence continues after its first byte: how many bytes follow, and the range of the first of them.
struct Lead {
  int following;
  unsigned char low, high;
};

/// A row of table 3-7; following < 0: no sequence begins with this byte.
Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {0, 0, 0};
  if (byte < 0xc2) return {-1, 0, 0};
  if (byte < 0xe0) return {1, 0x80, 0xbf};
  if (byte == 0xe0) return {2, 0xa0, 0xbf};
  if (byte == 0xed) return {2, 0x80, 0x9f};
  if (byte < 0xf0) return {2, 0x80, 0xbf};
  if (byte == 0xf0) return {3, 0x90, 0xbf};
  if (byte < 0xf4) return {3, 0x80, 0xbf};
  if (byte == 0xf4) return {3, 0x80, 0x8f};
  return {-1, 0, 0};
}

struct Step {
  std::size_t bytes;  ///< of the sequence, or of its maximal subpart when it is ill-formed
  bool valid;
};

Step step_at(std::string_view text, std::size_t at) {
  Lead lead = lead_of(static_cast<unsigned char>(text[at]));
  if (lead.following < 0) return {1, false};
  std::size_t bytes = 1;
  for (int left = lead.following; left > 0; --left, ++bytes) {
    if (at + bytes >= text.size()) return {bytes, false};
    const auto next = static_cast<unsigned char>(text[at + bytes]);
    if (next < lead.low || next > lead.high) return {bytes, false};
    lead.low = 0x80;
    lead.high = 0xbf;
  }
  return {bytes, true};
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Step step = step_at(text, at);
    if (!step.valid) return false;
    at += step.bytes;
  }
  return true;
}

std::string to_valid_utf8(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Step step = step_at(text, at);
    if (step.valid)
      repaired += text.substr(at, step.bytes);
    else
      repaired += "\xef\xbf\xbd";
    at += step.bytes;
  }
  return repaired;
}

}  // namespace bakeoff
