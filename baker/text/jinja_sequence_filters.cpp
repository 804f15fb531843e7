// Filters of lists and maps. Semantics and defaults are those of Jinja 3.1 (jinja2/filters.py). Where Jinja gives a
// generator that works item by item, ours makes all items when the first is read: only the time of an error differs.
#include <algorithm>

#include "baker/text/jinja_builtins.h"
#include "baker/text/jinja_operations.h"
#include "baker/text/jinja_text.h"

namespace bakeoff::jinja {

namespace {

/// The path of an `attribute` argument; none if it was not given.
Value path_of(const Value* attribute) { return attribute ? *attribute : Value::none(); }

/// A filter whose work waits until its result is read.
template <Values (*make)(Runtime&, const Value&, const Arguments&)>
Value lazily(Runtime& runtime, const Value& input, const Arguments& arguments) {
  return runtime.generator([&runtime, input, arguments] {
    const Runtime::Depth depth(runtime);
    return make(runtime, input, arguments);
  });
}

Value length(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("length", arguments, {});
  return Value::integer(static_cast<std::int64_t>(length_of(runtime, input)));
}

Value list(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("list", arguments, {});
  return Value::list(items_of(runtime, input));
}

Value first(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("first", arguments, {});
  if (Generator* generator = input.as<Generator>())
    return generator->next().value_or(Value::undefined("there is no first item"));
  const Values items = items_of(runtime, input);
  return items.empty() ? Value::undefined("there is no first item") : items.front();
}

Value last(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("last", arguments, {});
  if (input.as<Generator>()) throw Failure{"'generator' object can not be read from its end; use the filter `list`"};
  const Values items = items_of(runtime, input);
  return items.empty() ? Value::undefined("there is no last item") : items.back();
}

Value join(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("join", arguments, {"d", "attribute"});
  const std::string separator = bound.text(runtime, 0, "");
  const Value path = path_of(bound[1]);
  std::string out;
  bool begun = false;
  for (const Value& item : items_of(runtime, input)) {
    runtime.work(separator.size());
    if (begun) out += separator;
    begun = true;
    out += text_of(runtime, follow_path(runtime, item, path));
  }
  return runtime.text(std::move(out));
}

Value reverse(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("reverse", arguments, {});
  if (!input.is_text()) {
    Values items = items_of(runtime, input);
    std::reverse(items.begin(), items.end());
    if (input.as<Generator>()) return Value::list(std::move(items));
    return runtime.generator([items = std::move(items)] { return items; });
  }
  const auto all = characters(input.as_text());
  std::string out;
  for (auto c = all.rbegin(); c != all.rend(); ++c) out += *c;
  return runtime.text(std::move(out));
}

Values keys_of(Runtime& runtime, const Values& items, const Value& path, bool case_sensitive) {
  Values keys;
  for (const Value& item : items) keys.push_back(fold_case(runtime, follow_path(runtime, item, path), case_sensitive));
  return keys;
}

Value sort(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("sort", arguments, {"reverse", "case_sensitive", "attribute"});
  const Value path = path_of(bound[2]);
  const bool case_sensitive = bound.flag(1, false), reversed = bound.flag(0, false);
  Values items = items_of(runtime, input);
  Values paths = {path};
  if (path.is_text()) {
    paths.clear();
    for (const std::string& part : split_at(path.as_text(), ",", -1)) paths.push_back(Value::text(part));
  }
  Values keys;  // lists even for one path, as in Jinja: lists order by their first difference, so equal parts need no
                // order
  for (const Value& item : items) {
    Values parts;
    for (const Value& part : paths)
      parts.push_back(fold_case(runtime, follow_path(runtime, item, part), case_sensitive));
    keys.push_back(Value::list(std::move(parts)));
  }
  return Value::list(sorted(runtime, std::move(items), keys, reversed));
}

Value dictsort(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("dictsort", arguments, {"case_sensitive", "by", "reverse"});
  const std::string by = bound.text(runtime, 1, "key");
  if (by != "key" && by != "value") throw Failure{"dictsort: by must be key or value"};
  if (!input.is_map()) throw Failure{std::string("dictsort needs a dict, found '") + type_name(input) + "'"};
  Values items, keys;
  runtime.work_items(3 * input.as_map().entries.size());
  for (const auto& [key, value] : input.as_map().entries) {
    keys.push_back(fold_case(runtime, by == "key" ? key : value, bound.flag(0, false)));
    items.push_back(Value::list({key, value}, Sequence::tuple));
  }
  return Value::list(sorted(runtime, std::move(items), keys, bound.flag(2, false)));
}

/// Runs of equal keys after sorting. A group shows the key as its first item has it, though case may not count.
Value groupby(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("groupby", arguments, {"attribute", "default", "case_sensitive"});
  const Value path = bound.required(0);
  const Value* fallback = bound[1] && !bound[1]->is_none() ? bound[1] : nullptr;
  const auto key_of = [&](const Value& item) { return follow_path(runtime, item, path, fallback); };
  const auto folded = [&](const Value& item) { return fold_case(runtime, key_of(item), bound.flag(2, false)); };
  const Values items = items_of(runtime, input);
  Values keys, groups, members;
  for (const Value& item : items) keys.push_back(folded(item));
  const auto close = [&] {
    if (!members.empty()) groups.push_back(Value::group(key_of(members.front()), members));
    members.clear();
  };
  for (const Value& item : sorted(runtime, items, keys, false)) {
    if (!members.empty() && !equals(runtime, folded(members.front()), folded(item))) close();
    members.push_back(item);
  }
  close();
  return Value::list(std::move(groups));
}

Values unique(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("unique", arguments, {"case_sensitive", "attribute"});
  const Values items = items_of(runtime, input);
  const Values keys = keys_of(runtime, items, path_of(bound[1]), bound.flag(0, false));
  Values out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    require_hashable(keys[i]);
    const auto end = keys.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::none_of(keys.begin(), end, [&](const Value& seen) { return equals(runtime, seen, keys[i]); }))
      out.push_back(items[i]);
  }
  return out;
}

template <bool wants_greater>
Value extreme(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("min or max", arguments, {"case_sensitive", "attribute"});
  const Values items = items_of(runtime, input);
  if (items.empty()) return Value::undefined("the sequence is empty");
  const Values keys = keys_of(runtime, items, path_of(bound[1]), bound.flag(0, false));
  std::size_t best = 0;
  for (std::size_t i = 1; i < items.size(); ++i)
    if (wants_greater ? less(runtime, keys[best], keys[i]) : less(runtime, keys[i], keys[best])) best = i;
  return items[best];
}

Value sum(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("sum", arguments, {"attribute", "start"});
  const Value path = path_of(bound[0]);
  Value total = bound[1] ? *bound[1] : Value::integer(0);
  if (total.is_text()) throw Failure{"sum can not start with a str; use the filter `join`"};
  for (const Value& item : items_of(runtime, input))
    total = apply(runtime, Binary::add, total, follow_path(runtime, item, path));
  return total;
}

Values batch(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("batch", arguments, {"linecount", "fill_with"});
  const std::int64_t size = whole_of(bound.required(0), "batch");
  Values rows, row;
  const auto close = [&] { rows.push_back(Value::list(std::exchange(row, {}))); };
  for (const Value& item : items_of(runtime, input)) {
    if (static_cast<std::int64_t>(row.size()) == size) close();
    row.push_back(item);
  }
  const bool fills = bound[1] && !bound[1]->is_none() && !row.empty();
  while (fills && static_cast<std::int64_t>(row.size()) < size) {
    runtime.work_items(1);
    row.push_back(*bound[1]);
  }
  if (!row.empty()) close();
  return rows;
}

Values slice(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Bound bound("slice", arguments, {"slices", "fill_with"});
  const std::int64_t count = whole_of(bound.required(0), "slice");
  if (count < 1) throw Failure{"slice needs at least one part"};
  const Values items = items_of(runtime, input);
  const auto size = static_cast<std::int64_t>(items.size());
  Values parts;
  std::int64_t begin = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    runtime.work_items(1);
    const std::int64_t end = begin + size / count + (i < size % count ? 1 : 0);
    Values part(items.begin() + begin, items.begin() + end);
    if (bound[1] && !bound[1]->is_none() && i >= size % count) part.push_back(*bound[1]);
    parts.push_back(Value::list(std::move(part)));
    begin = end;
  }
  return parts;
}

Values items(Runtime& runtime, const Value& input, const Arguments& arguments) {
  Bound("items", arguments, {});
  if (input.is_undefined()) return {};
  if (!input.is_map()) throw Failure{std::string("items needs a dict, found '") + type_name(input) + "'"};
  const auto method = bound_method(runtime, input, "items");
  return items_of(runtime, method->as_object().call(runtime, {}));
}

Value default_of(Runtime&, const Value& input, const Arguments& arguments) {
  const Bound bound("default", arguments, {"default_value", "boolean"});
  const bool replaced = input.is_undefined() || (bound.flag(1, false) && !truthy(input));
  return !replaced ? input : bound[0] ? *bound[0] : Value::text("");
}

// Filters that take a filter or a test

std::string name_argument(const Value& value, const char* callee) {
  if (!value.is_text()) throw Failure{std::string(callee) + " needs a name, found '" + type_name(value) + "'"};
  return value.as_text();
}

Arguments after(const Arguments& arguments, std::size_t count) {
  Arguments rest;
  rest.positional.assign(arguments.positional.begin() + static_cast<std::ptrdiff_t>(count), arguments.positional.end());
  rest.named = arguments.named;
  return rest;
}

Values map_attribute(Runtime& runtime, const Values& inputs, const Arguments& arguments) {
  const Bound bound("map", arguments, {"attribute", "default"});
  const Value* fallback = bound[1] && !bound[1]->is_none() ? bound[1] : nullptr;
  Values out;
  for (const Value& item : inputs) out.push_back(follow_path(runtime, item, bound.required(0), fallback));
  return out;
}

Values map(Runtime& runtime, const Value& input, const Arguments& arguments) {
  const Values inputs = truthy(input) ? items_of(runtime, input) : Values{};
  if (arguments.positional.empty()) {
    const bool by_attribute = std::any_of(arguments.named.begin(), arguments.named.end(),
                                          [](const auto& given) { return given.first == "attribute"; });
    if (!by_attribute) throw Failure{"map needs a filter or an attribute"};
    return map_attribute(runtime, inputs, arguments);
  }
  const std::string name = name_argument(arguments.positional[0], "map");
  const Operation filter = find_filter(name);
  if (!filter) throw Failure{"unknown filter '" + name + "'"};
  const Arguments rest = after(arguments, 1);
  Values out;
  for (const Value& item : inputs) out.push_back(filter(runtime, item, rest));
  return out;
}

template <bool keeps, bool by_attribute>
Values select(Runtime& runtime, const Value& input, const Arguments& arguments) {
  constexpr std::size_t kTestAt = by_attribute ? 1 : 0;
  if (by_attribute && arguments.positional.empty()) throw Failure{"selectattr and rejectattr need an attribute"};
  const bool has_test = arguments.positional.size() > kTestAt;
  const std::string name = has_test ? name_argument(arguments.positional[kTestAt], "select") : "";
  const Test test = has_test ? find_test(name) : nullptr;
  if (has_test && !test) throw Failure{"unknown test '" + name + "'"};
  const Arguments rest = has_test ? after(arguments, kTestAt + 1) : Arguments{};
  Values out;
  for (const Value& item : truthy(input) ? items_of(runtime, input) : Values{}) {
    const Value tested = by_attribute ? follow_path(runtime, item, arguments.positional[0]) : item;
    if ((test ? test(runtime, tested, rest) : truthy(tested)) == keeps) out.push_back(item);
  }
  return out;
}

constexpr NamedFilter kFilters[] = {
    {"batch", lazily<batch>},
    {"count", length},
    {"d", default_of},
    {"default", default_of},
    {"dictsort", dictsort},
    {"first", first},
    {"groupby", groupby},
    {"items", lazily<items>},
    {"join", join},
    {"last", last},
    {"length", length},
    {"list", list},
    {"map", lazily<map>},
    {"max", extreme<true>},
    {"min", extreme<false>},
    {"reject", lazily<select<false, false>>},
    {"rejectattr", lazily<select<false, true>>},
    {"reverse", reverse},
    {"select", lazily<select<true, false>>},
    {"selectattr", lazily<select<true, true>>},
    {"slice", lazily<slice>},
    {"sort", sort},
    {"sum", sum},
    {"unique", lazily<unique>},
};

}  // namespace

std::span<const NamedFilter> sequence_filters() { return kFilters; }

}  // namespace bakeoff::jinja
