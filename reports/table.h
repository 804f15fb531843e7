// Text in columns for a terminal, aligned by the cells that characters take. No box drawing: it reads well in logs too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bakeoff::reports {

enum class Ink { plain, strong, soft, good, bad };

struct TableCell {
  std::string text;
  Ink ink = Ink::plain;
};

/// Rows of cells; each column is as wide as its widest cell, two spaces apart. The first column and columns of words
/// are aligned left, columns of numbers right: those in which a cell below the first row begins with a digit, or with a
/// sign and a digit. Control characters are replaced, so that no name can move the cursor.
class TextTable {
 public:
  void add(std::vector<TableCell> row) { rows_.push_back(std::move(row)); }
  std::string render(bool colour) const;

 private:
  std::vector<std::vector<TableCell>> rows_;
};

/// The text with ANSI codes where `colour` is true.
std::string inked(const std::string& text, Ink ink, bool colour);
/// Control characters become '?'.
std::string printable(std::string_view text);
/// At most `cells` wide, with an ellipsis where something is cut.
std::string fitted(std::string_view text, int cells);
/// Words wrapped at `cells`; each further line begins with `indent`.
std::string wrapped(std::string_view text, int cells, std::string_view indent);

}  // namespace bakeoff::reports
