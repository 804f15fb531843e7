// Building HTML and SVG from text that may be hostile: everything a model, a prompt or a file said goes through
// escape().
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace bakeoff::reports {

/// Safe inside elements and quoted attributes: & < > " ' as entities, ill-formed UTF-8 and control characters other
/// than tab and line end as U+FFFD.
std::string escape(std::string_view text);

/// " name=\"value\"", the value escaped.
std::string attribute(std::string_view name, std::string_view value);

/// <name class="...">inner</name>; `inner` is markup, not text. An empty class is left out.
std::string element(std::string_view name, std::string_view css_class, std::string_view inner);

/// A table row of cells that are markup already; the first one is the row's header.
std::string table_row(std::initializer_list<std::string> cells);
/// A head row; an empty cell becomes a plain td.
std::string table_head(std::initializer_list<std::string> cells);

/// A box that scrolls sideways on narrow screens and can be reached by keyboard; and one with a table in it.
std::string scrolling_box(std::string_view label, std::string_view inner);
std::string scrolling_table(std::string_view label, std::string_view css_class, std::string_view rows);

}  // namespace bakeoff::reports
