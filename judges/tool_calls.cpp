// One function for each form; read_tool_calls tries them in the order of the header.
#include "judges/tool_calls.h"

#include <algorithm>
#include <array>
#include <optional>

namespace bakeoff::judges {

namespace {

constexpr std::string_view kSpace = " \t\r\n";
using Calls = Result<std::vector<ToolCall>>;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool is_known(std::string_view name, std::span<const std::string> tools) {
  return std::find(tools.begin(), tools.end(), name) != tools.end();
}

const Json* first_of(const Json& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (const auto found = object.find(key); found != object.end()) return &*found;
  return nullptr;
}

/// Whether a JSON value is written like a call. A marked one need not name a known tool.
enum class Marked { no, yes };

Result<ToolCall> call_of(const Json& value) {
  if (!value.is_object()) return input_error("expected an object with \"name\" and \"arguments\"");
  const Json* name = first_of(value, {"name", "function", "tool"});
  if (name && name->is_object()) return call_of(*name);
  if (!name || !name->is_string()) return input_error("the call has no \"name\"");
  ToolCall call{.name = name->get<std::string>()};
  const Json* arguments = first_of(value, {"arguments", "parameters", "args", "input"});
  if (!arguments || arguments->is_null()) return call;
  if (arguments->is_string()) {
    const auto& text = arguments->get_ref<const std::string&>();
    CallReader reader(text);
    BAKEOFF_TRY(call.arguments, reader.value());
  } else {
    call.arguments = *arguments;
  }
  if (!call.arguments.is_object()) return input_error("the arguments of \"" + call.name + "\" are no object");
  return call;
}

/// {...}, [{...}, ...], several with ";" or white space between. `end` is set behind the last.
Calls json_calls(std::string_view body, std::size_t at, std::size_t& end) {
  std::vector<ToolCall> calls;
  CallReader reader(body, at);
  do {
    BAKEOFF_TRY(const Json value, reader.value());
    const Json list = value.is_array() ? value : Json::array({value});
    for (const Json& one : list) {
      BAKEOFF_TRY(ToolCall call, call_of(one));
      calls.push_back(std::move(call));
    }
    end = reader.at();
    reader.take(';');
    reader.skip_space();
  } while (!reader.at_end() && (body[reader.at()] == '{' || body[reader.at()] == '['));
  return calls;
}

/// name(...), [name(...), ...], several with "," or ";" or white space between.
Calls python_calls(std::string_view body, std::size_t& end) {
  std::vector<ToolCall> calls;
  CallReader reader(body);
  const bool has_brackets = reader.take('[');
  do {
    BAKEOFF_TRY(ToolCall call, reader.call());
    calls.push_back(std::move(call));
    end = reader.at();
  } while ((reader.take(',') || reader.take(';') || !reader.at_end()) && !reader.at_end() && body[reader.at()] != ']');
  if (has_brackets) {
    if (!reader.take(']')) return input_error("a list of calls without its \"]\"");
    end = reader.at();
  }
  return calls;
}

/// What a marker or a fence encloses.
Calls body_calls(std::string_view body) {
  body = trimmed(body);
  if (body.empty()) return input_error("the call is empty");
  std::size_t end = 0;
  const bool is_json = body.front() == '{' || (body.front() == '[' && trimmed(body.substr(1)).substr(0, 1) == "{");
  Calls calls = is_json ? json_calls(body, 0, end) : python_calls(body, end);
  if (calls.ok() && !trimmed(body.substr(end)).empty())
    return input_error("\"" + std::string(body.substr(end, 20)) + "\" stands behind the call");
  return calls;
}

void add(ToolTurn& turn, Calls calls) {
  if (!calls.ok()) {
    turn.problems.push_back(to_valid_utf8(calls.error().what));  // it may quote half a character
    return;
  }
  for (ToolCall& call : *calls) turn.calls.push_back(std::move(call));
}

void say(ToolTurn& turn, std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return;
  if (!turn.text.empty()) turn.text += '\n';
  turn.text += text;
}

/// NAME[ARGS]{...} (Mistral) or a body as of body_calls.
Calls mistral_calls(std::string_view body) {
  const auto mark = body.find("[ARGS]");
  if (mark == std::string_view::npos) return body_calls(body);
  CallReader reader(body, mark + 6);
  ToolCall call{.name = std::string(trimmed(body.substr(0, mark)))};
  BAKEOFF_TRY(call.arguments, reader.value());
  if (!call.arguments.is_object()) return input_error("the arguments of \"" + call.name + "\" are no object");
  return std::vector<ToolCall>{call};
}

/// A text as the value that it spells, where that spells the same text.
Json plain_value(std::string_view text) {
  CallReader reader(text);
  const auto value = reader.value();
  if (value.ok() && reader.at_end() &&
      (value->is_structured() || text.front() == '"' || text.front() == '\'' || dump(*value) == text))
    return *value;
  return std::string(text);
}

/// NAME>{...} or NAME><parameter=KEY>VALUE</parameter>...
Calls function_calls(std::string_view body) {
  const auto mark = body.find('>');
  if (mark == std::string_view::npos) return input_error("expected \">\" after the function's name");
  ToolCall call{.name = std::string(trimmed(body.substr(0, mark)))};
  body = trimmed(body.substr(mark + 1));
  if (!body.starts_with("<parameter=")) {
    if (body.empty()) return std::vector<ToolCall>{call};
    CallReader reader(body);
    BAKEOFF_TRY(call.arguments, reader.value());
    if (!call.arguments.is_object()) return input_error("the arguments of \"" + call.name + "\" are no object");
    return std::vector<ToolCall>{call};
  }
  while (body.starts_with("<parameter=")) {
    const auto key_end = body.find('>'), end = body.find("</parameter>");
    if (key_end == body.npos || end == body.npos || end < key_end) return input_error("a parameter without its end");
    call.arguments[std::string(body.substr(11, key_end - 11))] =
        plain_value(trimmed(body.substr(key_end + 1, end - key_end - 1)));
    body = trimmed(body.substr(end + 12));
  }
  return std::vector<ToolCall>{call};
}

struct Mark {
  std::string_view open, close;  ///< without `close` the body goes to the next `open` or to the end
  Calls (*read)(std::string_view body);
};
constexpr std::array kMarks{
    Mark{"<tool_call>", "</tool_call>", body_calls},     Mark{"<function=", "</function>", function_calls},
    Mark{"<|python_tag|>", "<|eom_id|>", body_calls},    Mark{"[TOOL_CALLS]", "</s>", mistral_calls},
    Mark{"<|tool_call|>", "<|/tool_call|>", body_calls},
};

/// Calls between marks. A mark that is not closed reaches to the end. <tool_call><function=...> is Qwen3-Coder's.
bool read_marked(std::string_view answer, ToolTurn& turn) {
  const auto first = [&](std::size_t from) {
    const Mark* found = nullptr;
    std::size_t at = answer.npos;
    for (const Mark& mark : kMarks)
      if (const auto place = answer.find(mark.open, from); place < at) at = place, found = &mark;
    return std::pair(found, at);
  };
  std::size_t at = 0;
  bool any = false;
  for (;;) {
    const auto [mark, begin] = first(at);
    say(turn, answer.substr(at, mark ? begin - at : answer.npos));
    if (!mark) return any;
    any = true;
    const std::size_t inside = begin + mark->open.size();
    std::size_t end = std::min(answer.find(mark->close, inside), answer.find(mark->open, inside));
    end = std::min(end, answer.size());
    std::string_view body = trimmed(answer.substr(inside, end - inside));
    if (mark->read == body_calls && body.starts_with("<function=")) {
      body.remove_prefix(10);
      add(turn, function_calls(body.substr(0, body.find("</function>"))));
    } else {
      add(turn, mark->read(body));
    }
    at = answer.substr(end).starts_with(mark->close) ? end + mark->close.size() : end;
  }
}

/// Where the next KEY= begins in the rest of a line, and where its value does.
struct KeyPlace {
  std::size_t begin, value;
};
std::optional<KeyPlace> next_key(std::string_view line, std::size_t from) {
  for (std::size_t equals = line.find('=', from); equals != line.npos; equals = line.find('=', equals + 1)) {
    std::size_t begin = equals;
    while (begin > from && (std::isalnum(static_cast<unsigned char>(line[begin - 1])) || line[begin - 1] == '_'))
      --begin;
    if (begin < equals && (begin == 0 || line[begin - 1] == ' ')) return KeyPlace{begin, equals + 1};
  }
  return std::nullopt;
}

/// NAME KEY=VALUE KEY=VALUE
Calls line_call(std::string_view line) {
  CallReader reader(line);
  ToolCall call{.name = reader.name()};
  if (call.name.empty()) return input_error("expected the name of a tool after CALL");
  std::string_view rest = line.substr(reader.at());
  if (rest.starts_with("(")) return body_calls(line);
  auto key = next_key(rest, 0);
  if (!trimmed(rest.substr(0, key ? key->begin : rest.npos)).empty())
    return input_error("expected KEY=VALUE after \"" + call.name + "\", found \"" +
                       std::string(trimmed(rest.substr(0, key ? key->begin : rest.npos))) + "\"");
  while (key) {
    const std::string name(rest.substr(key->begin, key->value - 1 - key->begin));
    std::size_t from = key->value;
    if (CallReader quoted(rest, from); from < rest.size() && (rest[from] == '"' || rest[from] == '\''))
      if (quoted.value().ok()) from = quoted.at();
    const auto next = next_key(rest, from);
    std::string_view value = trimmed(rest.substr(key->value, (next ? next->begin : rest.size()) - key->value));
    if (value.ends_with(",") || value.ends_with(";")) value.remove_suffix(1);
    if (!call.arguments.emplace(name, plain_value(value)).second) return input_error("\"" + name + "\" is given twice");
    key = next;
  }
  return std::vector<ToolCall>{call};
}

bool read_lines(std::string_view answer, ToolTurn& turn) {
  bool any = false;
  std::size_t said_from = 0;
  for (std::size_t begin = 0; begin < answer.size();) {
    const std::size_t end = std::min(answer.find('\n', begin), answer.size());
    const std::string_view line = trimmed(answer.substr(begin, end - begin));
    if (line == "CALL" || line.starts_with("CALL ")) {
      say(turn, answer.substr(said_from, begin - said_from));
      add(turn, line_call(trimmed(line.substr(4))));
      said_from = end;
      any = true;
    }
    begin = end + 1;
  }
  if (any) say(turn, answer.substr(said_from));
  return any;
}

bool all_known(const Calls& calls, std::span<const std::string> tools) {
  return calls.ok() && !calls->empty() &&
         std::all_of(calls->begin(), calls->end(), [&](const ToolCall& call) { return is_known(call.name, tools); });
}

/// Fenced blocks that hold calls of known tools; any other block is text.
bool read_fences(std::string_view answer, std::span<const std::string> tools, ToolTurn& turn) {
  ToolTurn read;
  std::size_t said_from = 0;
  for (std::size_t open = answer.find("```"); open != answer.npos;) {
    const std::size_t inside = std::min(answer.find('\n', open), answer.size());
    const std::size_t close = std::min(answer.find("```", inside), answer.size());
    if (Calls calls = body_calls(answer.substr(inside, close - inside)); all_known(calls, tools)) {
      say(read, answer.substr(said_from, open - said_from));
      add(read, std::move(calls));
      said_from = std::min(close + 3, answer.size());
    }
    open = close < answer.size() ? answer.find("```", close + 3) : answer.npos;
  }
  if (read.calls.empty()) return false;
  say(read, answer.substr(said_from));
  turn = std::move(read);
  return true;
}

/// An answer that is a call, or that holds an object or a list of objects that are calls of known tools.
bool read_plain(std::string_view answer, std::span<const std::string> tools, ToolTurn& turn) {
  if (Calls whole = body_calls(answer); all_known(whole, tools)) {
    add(turn, std::move(whole));
    return true;
  }
  static constexpr int kTries = 32;  // objects that are looked at, so that a long answer costs little
  std::size_t begin = answer.find_first_of("{[");
  for (int tried = 0; begin != answer.npos && tried < kTries; ++tried, begin = answer.find_first_of("{[", begin + 1)) {
    std::size_t end = 0;
    Calls calls = json_calls(answer, begin, end);
    if (!all_known(calls, tools)) continue;
    say(turn, answer.substr(0, begin));
    add(turn, std::move(calls));
    say(turn, answer.substr(end));
    return true;
  }
  return false;
}

/// An answer that begins like an object with a known tool's name and can not be read is a call gone wrong.
bool is_broken(std::string_view answer, std::span<const std::string> tools) {
  const auto names_one = [&](std::string_view head) {
    return std::any_of(tools.begin(), tools.end(),
                       [&](const std::string& name) { return head.starts_with(name + "("); });
  };
  if (names_one(answer) || (answer.starts_with("[") && names_one(trimmed(answer.substr(1))))) return true;
  if (!answer.starts_with("{") && !answer.starts_with("[{")) return false;
  return std::any_of(tools.begin(), tools.end(),
                     [&](const std::string& name) { return answer.find("\"" + name + "\"") != answer.npos; });
}

}  // namespace

ToolTurn read_tool_calls(std::string_view answer, std::span<const std::string> tools) {
  ToolTurn turn;
  answer = trimmed(answer);
  if (read_marked(answer, turn)) return turn;
  turn = {};
  if (read_lines(answer, turn) || read_fences(answer, tools, turn) || read_plain(answer, tools, turn)) return turn;
  if (is_broken(answer, tools))
    add(turn, body_calls(answer));
  else
    turn.text = answer;
  return turn;
}

Json to_json(const ToolCall& call) { return {{"name", call.name}, {"arguments", call.arguments}}; }

}  // namespace bakeoff::judges
