// Methods of texts, maps and lists. What would change a value does not exist here: values are immutable, as they are
// in the sandbox that chat templates are written for.
#include <algorithm>
#include <span>

#include "baker/text/jinja_builtins.h"
#include "baker/text/jinja_loop.h"
#include "baker/text/jinja_operations.h"
#include "baker/text/jinja_text.h"

namespace bakeoff::jinja {

namespace {

Value texts(Runtime& runtime, std::vector<std::string> parts) {
  runtime.work_items(parts.size());
  Values items;
  items.reserve(parts.size());
  for (std::string& part : parts) items.push_back(Value::text(std::move(part)));
  return Value::list(std::move(items));
}

const std::string& text_argument(const Value& value, const char* callee) {
  if (value.is_text()) return value.as_text();
  throw Failure{std::string(callee) + " needs a str, found '" + type_name(value) + "'"};
}

void no_arguments(const Arguments& arguments, const char* callee) { Bound(callee, arguments, {}); }

// Texts

template <bool left, bool right>
Value strip(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Bound bound("strip", arguments, {"chars"});
  const bool has_set = bound[0] && !bound[0]->is_none();
  const std::string* set = has_set ? &text_argument(*bound[0], "strip") : nullptr;
  runtime.work(self.as_text().size());
  std::string_view text = self.as_text();
  if (left) text = strip_left(text, set);
  if (right) text = strip_right(text, set);
  return Value::text(std::string(text));
}

template <bool from_right>
Value split(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Bound bound("split", arguments, {"sep", "maxsplit"});
  const std::string& text = self.as_text();
  const std::int64_t limit = bound.whole(1, -1);
  runtime.work(2 * text.size());
  if (!bound[0] || bound[0]->is_none())
    return texts(runtime, from_right ? split_words_from_right(text, limit) : split_words(text, limit));
  const std::string& separator = text_argument(*bound[0], "split");
  if (separator.empty()) throw Failure{"split has an empty separator"};
  return texts(runtime, from_right ? split_at_from_right(text, separator, limit) : split_at(text, separator, limit));
}

Value splitlines(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Bound bound("splitlines", arguments, {"keepends"});
  runtime.work(2 * self.as_text().size());
  return texts(runtime, split_lines(self.as_text(), bound.flag(0, false)));
}

template <bool from_right>
Value partition(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const std::string& separator = text_argument(Bound("partition", arguments, {"sep"}).required(0), "partition");
  const std::string& text = self.as_text();
  if (separator.empty()) throw Failure{"partition has an empty separator"};
  runtime.work(2 * text.size());
  const std::size_t at = from_right ? text.rfind(separator) : text.find(separator);
  Values parts;
  if (at == std::string::npos) {
    parts.assign(3, Value::text(""));
    parts[from_right ? 2 : 0] = self;
  } else {
    parts = {Value::text(text.substr(0, at)), Value::text(separator), Value::text(text.substr(at + separator.size()))};
  }
  return Value::list(std::move(parts), Sequence::tuple);
}

/// Characters [start, end) of a text by Python's rules for slices, for methods that search within them.
std::string_view window(Runtime& runtime, const std::string& text, const Bound& bound, std::size_t* first = nullptr) {
  runtime.work(text.size());
  const auto size = static_cast<std::int64_t>(text_length(text));
  const auto place = [size](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size); };
  const bool has_end = bound[2] && !bound[2]->is_none();
  const std::int64_t begin = place(bound[1] && !bound[1]->is_none() ? bound.whole(1, 0) : 0);
  const std::int64_t end = place(has_end ? bound.whole(2, size) : size);
  if (first) *first = static_cast<std::size_t>(begin);
  if (begin > end) return {};
  const std::size_t from = byte_of(text, static_cast<std::size_t>(begin));
  return std::string_view(text).substr(from, byte_of(text, static_cast<std::size_t>(end)) - from);
}

template <bool at_end>
Value affix(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const char* callee = at_end ? "endswith" : "startswith";
  const Bound bound(callee, arguments, {"prefix", "start", "end"});
  const std::string_view text = window(runtime, self.as_text(), bound);
  const Value& wanted = bound.required(0);
  const bool is_tuple = wanted.is_list() && wanted.as_list().sequence == Sequence::tuple;
  const Values choices = is_tuple ? wanted.as_list().items : Values{wanted};
  return Value::boolean(std::any_of(choices.begin(), choices.end(), [&](const Value& choice) {
    const std::string& part = text_argument(choice, callee);
    return at_end ? text.ends_with(part) : text.starts_with(part);
  }));
}

template <bool from_right, bool must_exist>
Value find(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Bound bound("find", arguments, {"sub", "start", "end"});
  std::size_t first = 0;
  const std::string_view text = window(runtime, self.as_text(), bound, &first);
  const std::string& part = text_argument(bound.required(0), "find");
  const std::size_t at = from_right ? text.rfind(part) : text.find(part);
  if (at == std::string_view::npos && must_exist) throw Failure{"index: the text was not found"};
  if (at == std::string_view::npos) return Value::integer(-1);
  return Value::integer(static_cast<std::int64_t>(first + text_length(text.substr(0, at))));
}

Value count_text(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Bound bound("count", arguments, {"sub", "start", "end"});
  const std::string_view text = window(runtime, self.as_text(), bound);
  const std::string& part = text_argument(bound.required(0), "count");
  if (part.empty()) return Value::integer(static_cast<std::int64_t>(text_length(text)) + 1);
  std::int64_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return Value::integer(count);
}

Value replace_method(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Bound bound("replace", arguments, {"old", "new", "count"});
  text_argument(bound.required(0), "replace");
  text_argument(bound.required(1), "replace");
  return find_filter("replace")(runtime, self, arguments);
}

Value join_method(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Values items = items_of(runtime, Bound("join", arguments, {"iterable"}).required(0));
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    runtime.work(self.as_text().size());
    if (i > 0) out += self.as_text();
    out += text_argument(items[i], "join");
  }
  return runtime.text(std::move(out));
}

template <std::string (*change)(const std::string&)>
Value changed_text(Runtime& runtime, const Value& self, const Arguments& arguments) {
  no_arguments(arguments, "this method");
  runtime.work(4 * self.as_text().size());
  return Value::text(change(self.as_text()));
}

std::string swapcase(const std::string& text) {
  std::string out;
  for (std::string_view c : characters(text)) {
    const std::string one(c);
    out += upper(one) == one ? lower(one) : upper(one);
  }
  return out;
}

template <bool at_end>
Value remove_affix(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const std::string& part = text_argument(Bound("remove", arguments, {"affix"}).required(0), "remove");
  const std::string& text = self.as_text();
  runtime.work(text.size());
  if (at_end && !part.empty() && text.ends_with(part)) return Value::text(text.substr(0, text.size() - part.size()));
  if (!at_end && text.starts_with(part)) return Value::text(text.substr(part.size()));
  return self;
}

Value expandtabs(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const std::int64_t width = Bound("expandtabs", arguments, {"tabsize"}).whole(0, 8);
  if (width > 4096) throw Failure{"expandtabs: the tab is wider than 4096"};
  std::string out;
  std::int64_t column = 0;
  for (std::string_view c : characters(self.as_text())) {
    const std::int64_t blanks = c != "\t" ? -1 : width > 0 ? width - column % width : 0;
    runtime.work(c.size() + static_cast<std::size_t>(std::max<std::int64_t>(blanks, 0)));
    if (blanks < 0)
      out += c;
    else
      out.append(static_cast<std::size_t>(blanks), ' ');
    column = c == "\n" || c == "\r" ? 0 : column + (blanks < 0 ? 1 : blanks);
  }
  return Value::text(std::move(out));
}

Value format_method(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return runtime.text(format_braces(runtime, self.as_text(), arguments));
}

/// -1: text on the left, 1: on the right, 0: in the middle.
template <int side>
Value justify(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Bound bound("justify", arguments, {"width", "fillchar"});
  const std::int64_t width = whole_of(bound.required(0), "justify");
  const std::string fill = bound.text(runtime, 1, " ");
  if (text_length(fill) != 1) throw Failure{"the fill must be one character"};
  const auto length = static_cast<std::int64_t>(text_length(self.as_text()));
  const std::int64_t missing = std::max<std::int64_t>(width - length, 0);
  // Python puts the odd blank of a centred text on the left if the width is odd, else on the right.
  const std::int64_t before = side < 0 ? 0 : side > 0 ? missing : missing / 2 + (missing & width & 1);
  if (missing > static_cast<std::int64_t>(runtime.limits().work_bytes)) throw Failure{"the width is too large"};
  runtime.work(static_cast<std::size_t>(missing) * fill.size() + self.as_text().size());
  std::string out;
  for (std::int64_t i = 0; i < before; ++i) out += fill;
  out += self.as_text();
  for (std::int64_t i = before; i < missing; ++i) out += fill;
  return Value::text(std::move(out));
}

Value zfill(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Bound bound("zfill", arguments, {"width"});
  const std::string& text = self.as_text();
  const bool is_signed = !text.empty() && (text[0] == '-' || text[0] == '+');
  Arguments padded;
  padded.positional = {Value::integer(whole_of(bound.required(0), "zfill") - (is_signed ? 1 : 0)), Value::text("0")};
  const Value digits = justify<1>(runtime, Value::text(text.substr(is_signed ? 1 : 0)), padded);
  return Value::text((is_signed ? text.substr(0, 1) : "") + digits.as_text());
}

enum class Trait { letters, digits, letters_or_digits, spaces, lower, upper, ascii };

template <Trait trait>
Value has_trait(Runtime& runtime, const Value& self, const Arguments& arguments) {
  no_arguments(arguments, "this method");
  const std::string& text = self.as_text();
  runtime.work(4 * text.size());
  switch (trait) {
    case Trait::letters:
      return Value::boolean(matches(text, "\\p{L}+"));
    case Trait::digits:
      return Value::boolean(matches(text, "\\p{Nd}+"));
    case Trait::letters_or_digits:
      return Value::boolean(matches(text, "[\\p{L}\\p{N}]+"));
    case Trait::spaces:
      return Value::boolean(!text.empty() && strip_left(text).empty());
    case Trait::lower:
      return Value::boolean(lower(text) == text && upper(text) != text);
    case Trait::upper:
      return Value::boolean(upper(text) == text && lower(text) != text);
    case Trait::ascii:
      break;
  }
  return Value::boolean(text_length(text) == text.size() && matches(text, "[\\x{0}-\\x{7f}]*"));
}

// Maps

Value map_items(Runtime& runtime, const Value& self, const Arguments& arguments) {
  no_arguments(arguments, "items");
  runtime.work_items(3 * self.as_map().entries.size());
  Values items;
  for (const auto& [key, value] : self.as_map().entries) items.push_back(Value::list({key, value}, Sequence::tuple));
  return Value::list(std::move(items), Sequence::items);
}

Value map_keys(Runtime& runtime, const Value& self, const Arguments& arguments) {
  no_arguments(arguments, "keys");
  return Value::list(items_of(runtime, self), Sequence::keys);
}

Value map_values(Runtime& runtime, const Value& self, const Arguments& arguments) {
  no_arguments(arguments, "values");
  runtime.work_items(self.as_map().entries.size());
  Values items;
  for (const auto& entry : self.as_map().entries) items.push_back(entry.second);
  return Value::list(std::move(items), Sequence::values);
}

Value map_get(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Bound bound("get", arguments, {"key", "default"});
  require_hashable(bound.required(0));
  runtime.work(self.as_map().entries.size());
  const Value* found = self.as_map().find(bound.required(0));
  return found ? *found : bound[1] ? *bound[1] : Value::none();
}

Value copy(Runtime&, const Value& self, const Arguments& arguments) {
  no_arguments(arguments, "copy");
  return self;
}

// Lists

Value list_index(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Value& wanted = Bound("index", arguments, {"value"}).required(0);
  const Values& items = self.as_list().items;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (equals(runtime, items[i], wanted)) return Value::integer(static_cast<std::int64_t>(i));
  throw Failure{"index: the value is not in the list"};
}

Value list_count(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const Value& wanted = Bound("count", arguments, {"value"}).required(0);
  std::int64_t count = 0;
  for (const Value& item : self.as_list().items) count += equals(runtime, item, wanted) ? 1 : 0;
  return Value::integer(count);
}

using Method = std::pair<std::string_view, Operation>;

constexpr Method kTextMethods[] = {
    {"capitalize", changed_text<capitalize>},
    {"casefold", changed_text<lower>},
    {"center", justify<0>},
    {"count", count_text},
    {"encode", nullptr},
    {"endswith", affix<true>},
    {"expandtabs", expandtabs},
    {"find", find<false, false>},
    {"format", format_method},
    {"format_map", nullptr},
    {"index", find<false, true>},
    {"isalnum", has_trait<Trait::letters_or_digits>},
    {"isalpha", has_trait<Trait::letters>},
    {"isascii", has_trait<Trait::ascii>},
    {"isdecimal", has_trait<Trait::digits>},
    {"isdigit", has_trait<Trait::digits>},
    {"isidentifier", nullptr},
    {"islower", has_trait<Trait::lower>},
    {"isnumeric", nullptr},
    {"isprintable", nullptr},
    {"isspace", has_trait<Trait::spaces>},
    {"istitle", nullptr},
    {"isupper", has_trait<Trait::upper>},
    {"join", join_method},
    {"ljust", justify<-1>},
    {"lower", changed_text<lower>},
    {"lstrip", strip<true, false>},
    {"maketrans", nullptr},
    {"partition", partition<false>},
    {"removeprefix", remove_affix<false>},
    {"removesuffix", remove_affix<true>},
    {"replace", replace_method},
    {"rfind", find<true, false>},
    {"rindex", find<true, true>},
    {"rjust", justify<1>},
    {"rpartition", partition<true>},
    {"rsplit", split<true>},
    {"rstrip", strip<false, true>},
    {"split", split<false>},
    {"splitlines", splitlines},
    {"startswith", affix<false>},
    {"strip", strip<true, true>},
    {"swapcase", changed_text<swapcase>},
    {"title", changed_text<title_by_letters>},
    {"translate", nullptr},
    {"upper", changed_text<upper>},
    {"zfill", zfill},
};

constexpr Method kMapMethods[] = {
    {"clear", nullptr},      {"copy", copy},      {"fromkeys", nullptr},  {"get", map_get},
    {"items", map_items},    {"keys", map_keys},  {"pop", nullptr},       {"popitem", nullptr},
    {"setdefault", nullptr}, {"update", nullptr}, {"values", map_values},
};

constexpr Method kListMethods[] = {
    {"append", nullptr}, {"clear", nullptr},    {"copy", copy},      {"count", list_count},
    {"extend", nullptr}, {"index", list_index}, {"insert", nullptr}, {"pop", nullptr},
    {"remove", nullptr}, {"reverse", nullptr},  {"sort", nullptr},
};

constexpr Method kTupleMethods[] = {{"count", list_count}, {"index", list_index}};

std::span<const Method> methods_of(const Value& value) {
  if (value.is_text()) return kTextMethods;
  if (value.is_map()) return kMapMethods;
  if (!value.is_list()) return {};
  const Sequence sequence = value.as_list().sequence;
  if (sequence == Sequence::list) return kListMethods;
  const bool has_methods = sequence == Sequence::tuple || sequence == Sequence::range;
  return has_methods ? std::span<const Method>(kTupleMethods) : std::span<const Method>();
}

}  // namespace

std::optional<Value> bound_method(Runtime& runtime, const Value& value, const std::string& name) {
  for (const auto& [known, operation] : methods_of(value)) {
    if (known != name) continue;
    return Value::object(runtime.keep<Native>([value, name, run = operation](Runtime& own, const Arguments& given) {
      if (!run) throw Failure{std::string("method '") + name + "' of '" + type_name(value) + "' is not available"};
      return run(own, value, given);
    }));
  }
  return std::nullopt;
}

}  // namespace bakeoff::jinja
