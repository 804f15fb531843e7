// See markup.h.
#include "reports/markup.h"

#include "harness/core/files.h"

namespace bakeoff::reports {

std::string escape(std::string_view text) {
  const std::string valid = to_valid_utf8(text);
  std::string out;
  out.reserve(valid.size() + valid.size() / 8);
  for (const char c : valid) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\t':
      case '\n':
        out += c;
        break;
      case '\r':
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
          out += "\uFFFD";
        else
          out += c;
    }
  }
  return out;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escape(value) + "\"";
}

std::string element(std::string_view name, std::string_view css_class, std::string_view inner) {
  std::string out = "<" + std::string(name);
  if (!css_class.empty()) out += attribute("class", css_class);
  return out.append(">").append(inner).append("</").append(name).append(">");
}

std::string table_row(std::initializer_list<std::string> cells) {
  std::string out = "<tr>";
  bool is_first = true;
  for (const auto& cell : cells) {
    out += is_first ? "<th scope=\"row\">" + cell + "</th>" : "<td>" + cell + "</td>";
    is_first = false;
  }
  return out + "</tr>\n";
}

std::string table_head(std::initializer_list<std::string> cells) {
  std::string out = "<thead><tr>";
  for (const auto& cell : cells) out += cell.empty() ? "<td></td>" : "<th scope=\"col\">" + cell + "</th>";
  return out + "</tr></thead>\n";
}

std::string scrolling_box(std::string_view label, std::string_view inner) {
  return "<div class=\"scroll\" role=\"region\" tabindex=\"0\"" + attribute("aria-label", label) + ">" +
         std::string(inner) + "</div>\n";
}

std::string scrolling_table(std::string_view label, std::string_view css_class, std::string_view rows) {
  return scrolling_box(label, element("table", css_class, rows));
}

}  // namespace bakeoff::reports
