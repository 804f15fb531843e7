// See table.h.
#include "reports/table.h"

#include <algorithm>

#include "harness/core/progress.h"

namespace bakeoff::reports {
namespace {

const char* code(Ink ink) {
  switch (ink) {
    case Ink::strong:
      return "\x1b[1m";
    case Ink::soft:
      return "\x1b[2m";
    case Ink::good:
      return "\x1b[32m";
    case Ink::bad:
      return "\x1b[31m";
    case Ink::plain:
      break;
  }
  return "";
}

/// Bytes of the UTF-8 character that starts at `at`.
std::size_t character_bytes(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end - at;
}

/// "12", "+3", "−24 to +24", "< 0.001": with a digit at the beginning, or after signs and blanks.
bool is_number(std::string_view text) {
  const std::size_t letter = text.find_first_not_of("+-<>~ \xE2\x88\x92");
  return letter != std::string_view::npos && text[letter] >= '0' && text[letter] <= '9';
}

/// Of each column, whether it holds numbers. A first row above others is their head.
std::vector<bool> number_columns(const std::vector<std::vector<TableCell>>& rows) {
  std::vector<bool> out;
  for (std::size_t row = rows.size() > 1 ? 1 : 0; row < rows.size(); ++row)
    for (std::size_t i = 0; i < rows[row].size(); ++i) {
      if (out.size() <= i) out.resize(i + 1);
      out[i] = out[i] || is_number(rows[row][i].text);
    }
  if (!out.empty()) out[0] = false;
  return out;
}

std::string spaces(int count) { return std::string(static_cast<std::size_t>(std::max(0, count)), ' '); }

}  // namespace

std::string inked(const std::string& text, Ink ink, bool colour) {
  if (!colour || ink == Ink::plain || text.empty()) return text;
  return code(ink) + text + "\x1b[0m";
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t bytes = character_bytes(text, i);
    const auto first = static_cast<unsigned char>(text[i]);
    const bool is_c1 = first == 0xC2 && bytes == 2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (first < 0x20 || first == 0x7f || is_c1)
      out += '?';
    else
      out += text.substr(i, bytes);
    i += bytes;
  }
  return out;
}

std::string fitted(std::string_view text, int cells) {
  if (display_width(text) <= cells) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto character = text.substr(i, character_bytes(text, i));
    if (display_width(out) + display_width(character) > cells - 1) break;
    out += character;
    i += character.size();
  }
  return out + "\u2026";
}

std::string wrapped(std::string_view text, int cells, std::string_view indent) {
  std::string out, line;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find(' ', i), text.size());
    const auto word = text.substr(i, end - i);
    if (!line.empty() && display_width(line) + 1 + display_width(word) > cells) {
      out += line + "\n";
      line = std::string(indent).append(word);
    } else {
      line.append(line.empty() ? "" : " ").append(word);
    }
    i = end + 1;
  }
  return out + line + "\n";
}

std::string TextTable::render(bool colour) const {
  std::vector<int> widths;
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], display_width(printable(row[i].text)));
    }
  auto is_right = number_columns(rows_);
  is_right.resize(widths.size());
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string text = printable(row[i].text);
      const std::string padding = spaces(widths[i] - display_width(text));
      const std::string cell = inked(text, row[i].ink, colour);
      line += (i ? "  " : "") + (is_right[i] ? padding + cell : cell + padding);
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + "\n";
  }
  return out;
}

}  // namespace bakeoff::reports
