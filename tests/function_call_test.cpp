// Tool calls in the forms that published models write, and the verdicts of the Berkeley leaderboard's own checker on
// changed versions of its accepted answers (tools/goldens/function_calls.py), in each of these forms.
#include <map>

#include "harness/core/row_file.h"
#include "judges/judge.h"
#include "judges/tool_calls.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

using judges::ToolCall;
using judges::ToolTurn;
using Calls = std::vector<ToolCall>;

const std::vector<std::string> kTools{"refund", "lookup"};

ToolTurn read(const std::string& answer) { return judges::read_tool_calls(answer, kTools); }

const ToolCall kRefund{"refund", {{"order", 17}, {"reason", "it's late"}}};
const ToolCall kLookup{"lookup", {{"order", 18}}};

std::vector<Json> lines_of(const Path& file) {
  std::vector<Json> rows;
  const Status status = for_each_jsonl(
      file, [&](std::size_t, Json row) { return rows.push_back(std::move(row)), Status(); },
      [](std::size_t, const Error& error) { return Status(error); });
  REQUIRE(status.ok());
  return rows;
}

/// An accepted value as a model would write it: the values of maps are lists of accepted ones.
Json realised(const Json& value) {
  Json out = value;
  if (value.is_object()) {
    out = Json::object();
    for (const auto& [key, options] : value.items())
      if (options[0] != "") out[key] = options[0];
  } else if (value.is_array()) {
    for (Json& one : out)
      if (one.is_object()) one = realised(one);
  }
  return out;
}

Calls accepted(const Json& truth, bool last) {
  Calls calls;
  for (const Json& call : truth) {
    ToolCall made{.name = call.begin().key()};
    for (const auto& [key, options] : call.begin()->items()) {
      const Json& value = last ? options.back() : options.front();
      if (value != "") made.arguments[key] = realised(value);
    }
    calls.push_back(std::move(made));
  }
  return calls;
}

Calls each_value(Calls calls, const std::function<void(Json&)>& change) {
  for (ToolCall& call : calls)
    for (Json& value : call.arguments) {
      if (!value.is_array()) change(value);
      if (value.is_array())
        for (Json& one : value) change(one);
    }
  return calls;
}

Calls with_suffix(Calls calls, const std::string& suffix) {
  return each_value(std::move(calls), [&](Json& v) {
    if (v.is_string()) v = v.get<std::string>() + suffix;
  });
}

Calls in_capitals(Calls calls) {
  return each_value(std::move(calls), [](Json& v) {
    if (!v.is_string()) return;
    auto text = v.get<std::string>();
    const bool is_ascii = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 128; });
    for (char& c : text) c = is_ascii ? static_cast<char>(std::toupper(c)) : c;
    v = text;
  });
}

using Change = std::function<Calls(Calls)>;
const std::map<std::string, Change>& changes() {
  static const std::map<std::string, Change> kChanges{
      {"none", [](Calls calls) { return calls; }},
      {"upper", in_capitals},
      {"spaced", [](Calls calls) { return with_suffix(std::move(calls), " ."); }},
      {"longer", [](Calls calls) { return with_suffix(std::move(calls), "x"); }},
      {"one_more",
       [](Calls calls) {
         return each_value(std::move(calls), [](Json& v) {
           if (v.is_number_integer())
             v = v.get<std::int64_t>() + 1;
           else if (v.is_number())
             v = v.get<double>() + 1;
         });
       }},
      {"as_text",
       [](Calls calls) {
         return each_value(std::move(calls), [](Json& v) {
           if (v.is_number_integer()) v = dump(v);
         });
       }},
      {"as_float",
       [](Calls calls) {
         return each_value(std::move(calls), [](Json& v) {
           if (v.is_number_integer()) v = v.get<double>();
         });
       }},
      {"not",
       [](Calls calls) {
         return each_value(std::move(calls), [](Json& v) {
           if (v.is_boolean()) v = !v.get<bool>();
         });
       }},
      {"extra",
       [](Calls calls) {
         for (ToolCall& call : calls) call.arguments["zzz"] = 1;
         return calls;
       }},
      {"without_first",
       [](Calls calls) {
         for (ToolCall& call : calls) call.arguments.erase(call.arguments.begin());
         return calls;
       }},
      {"renamed",
       [](Calls calls) {
         for (ToolCall& call : calls) call.name += "x";
         return calls;
       }},
      {"twice", [](Calls calls) { return calls.push_back(Calls(calls).front()), calls; }},
      {"reversed", [](Calls calls) { return Calls(calls.rbegin(), calls.rend()); }},
      {"fewer", [](Calls calls) { return calls.pop_back(), calls; }},
  };
  return kChanges;
}

std::string as_hermes(const Calls& calls) {
  std::string text = "I will look.\n";
  for (const ToolCall& call : calls) text += "<tool_call>\n" + dump(judges::to_json(call)) + "\n</tool_call>\n";
  return text;
}

std::string as_list(const Calls& calls) {
  Json list = Json::array();
  for (const ToolCall& call : calls) list.push_back({{"name", call.name}, {"parameters", call.arguments}});
  return dump(list);
}

std::string as_python(const Calls& calls) {
  std::string text;
  for (const ToolCall& call : calls) {
    std::string arguments;
    for (const auto& [key, value] : call.arguments.items())
      arguments += (arguments.empty() ? "" : ", ") + key + "=" + dump(value);
    text += (text.empty() ? "" : ", ") + call.name + "(" + arguments + ")";
  }
  return "[" + text + "]";
}

}  // namespace

TEST_CASE("tool calls are read in the forms that published models write") {
  const Calls one{kRefund}, two{kRefund, kLookup};
  const char* const object = R"({"name": "refund", "arguments": {"order": 17, "reason": "it's late"}})";
  const char* const parameters = R"({"name": "refund", "parameters": {"order": 17, "reason": "it's late"}})";
  const std::string second = R"({"name": "lookup", "arguments": {"order": 18}})";
  const auto with = [](const std::string& form, const std::string& inside) {
    return form.substr(0, form.find('@')) + inside + form.substr(form.find('@') + 1);
  };
  for (const char* form :
       {"<tool_call>\n@\n</tool_call>", "<tool_call>@", "<tool_call>[@]</tool_call>", "<|python_tag|>@",
        "[TOOL_CALLS][@]", "[TOOL_CALLS] [@]</s>", "<|tool_call|>[@]<|/tool_call|>", "```json\n@\n```", "```\n[@]\n```",
        "@", "[@]", "  @\n", "Let me see. @ Done."}) {
    INFO(form);
    CHECK(read(with(form, object)).calls == one);
    CHECK(read(with(form, parameters)).calls == one);
    CHECK(read(with(form, object)).problems.empty());
  }
  CHECK(
      read(with("@", R"({"function": {"name": "refund", "arguments": "{\"order\": 17, \"reason\": \"it's late\"}"}})"))
          .calls == one);
  CHECK(
      read(R"(<tool_call>{'name': 'refund', 'arguments': {'order': 17, 'reason': 'it\'s late',}}</tool_call>)").calls ==
      one);
  CHECK(read(R"([TOOL_CALLS]refund[ARGS]{"order": 17, "reason": "it's late"})").calls == one);
  CHECK(read(R"(<function=refund>{"order": 17, "reason": "it's late"}</function>)").calls == one);
  CHECK(read("<tool_call>\n<function=refund>\n<parameter=order>\n17\n</parameter>\n<parameter=reason>\nit's late\n"
             "</parameter>\n</function>\n</tool_call>")
            .calls == one);
  CHECK(read("CALL refund order=17 reason=it's late").calls == one);
  CHECK(read("CALL refund order=17, reason=\"it's late\"").calls == one);
  CHECK(read("refund(order=17, reason=\"it's late\")").calls == one);
  CHECK(read("[refund(order=17, reason='it\\'s late')]").calls == one);
  CHECK(read("```tool_code\nrefund(order=17, reason=\"it's late\")\n```").calls == one);
  CHECK(read("<|python_tag|>refund(order=17, reason=\"it's late\")").calls == one);

  CHECK(read(std::string("<tool_call>") + object + "</tool_call>\n<tool_call>" + second + "</tool_call>").calls == two);
  CHECK(read(std::string("<tool_call>") + object + "<tool_call>" + second).calls == two);
  CHECK(read(std::string("<|python_tag|>") + object + "; " + second).calls == two);
  CHECK(read(std::string("[") + object + ", " + second + "]").calls == two);
  CHECK(read("[refund(order=17, reason=\"it's late\"), lookup(order=18)]").calls == two);
  CHECK(read("Wait.\nCALL refund order=17 reason=it's late\nCALL lookup order=18\nThanks.").calls == two);
  CHECK(read("Wait.\nCALL refund order=17 reason=it's late\nCALL lookup order=18\nThanks.").text == "Wait.\nThanks.");
}

TEST_CASE("what is no call stays text, and a call that can not be read says why") {
  for (const char* text : {"", "Your order is on its way.", "Please call refund if it is late.", "{\"city\": \"Rome\"}",
                           "{\"name\": \"Rome\", \"arguments\": {}}", "```python\nprint(1)\n```", "[1, 2]", "refund",
                           "I could use refund(order=17), say.", "RECALL refund order=17"}) {
    INFO(text);
    CHECK_FALSE(read(text).has_calls());
    CHECK(read(text).text == text);
  }
  const std::map<std::string, std::string> broken{
      {"<tool_call>{\"name\": \"refund\", \"arguments\": {\"order\" 17}}</tool_call>",
       "expected \":\" after \"order\""},
      {"<tool_call>{\"arguments\": {}}</tool_call>", "no \"name\""},
      {"<tool_call></tool_call>", "empty"},
      {"{\"name\": \"refund\", \"arguments\": {\"order\": 17", "expected \",\" or \"}\", found the end"},
      {"CALL", "name of a tool"},
      {"CALL refund 17", "expected KEY=VALUE after \"refund\", found \"17\""},
      {"CALL refund order=17 order=18", "given twice"},
      {"refund(17)", "name of an argument"},
      {"refund(order=17", "\",\" or \")\""},
      {"<tool_call>[[[[</tool_call>", "expected"},
      {"<function=refund><parameter=order>17</function>", "without its end"},
      {"[TOOL_CALLS]refund[ARGS]17", "no object"},
  };
  for (const auto& [answer, reason] : broken) {
    INFO(answer);
    const ToolTurn turn = read(answer);
    CHECK(turn.calls.empty());
    REQUIRE(turn.problems.size() == 1);
    CHECK(turn.problems[0].find(reason) != std::string::npos);
  }
  CHECK(read("<tool_call>" + std::string(100000, '[') + "</tool_call>").problems.size() == 1);
}

TEST_CASE("a line's values go on to the next key, and keep what they say") {
  const auto arguments = [](const std::string& line) {
    const ToolTurn turn = read(line);
    return turn.calls.size() == 1 ? turn.calls[0].arguments : Json("no call");
  };
  CHECK(arguments("CALL lookup order=0017") == Json{{"order", "0017"}});
  CHECK(arguments("CALL lookup to=5 Elm Street, Leeds order=9") == Json{{"to", "5 Elm Street, Leeds"}, {"order", 9}});
  CHECK(arguments("CALL lookup text=\"a b=c\" n=-2.5") == Json{{"text", "a b=c"}, {"n", -2.5}});
  CHECK(arguments("CALL lookup where=Łódź, ul. Ogrodowa 3") == Json{{"where", "Łódź, ul. Ogrodowa 3"}});
  CHECK(arguments("CALL lookup ids=[1, 2] ok=true") == Json{{"ids", {1, 2}}, {"ok", true}});
  CHECK(arguments("CALL lookup note=") == Json{{"note", ""}});
  CHECK(arguments("CALL lookup") == Json::object());
}

TEST_CASE("calls get the verdicts of the Berkeley leaderboard's own checker, in every form") {
  const auto folder = testing::data_path("bfcl");
  if (!folder) SKIP_TEST("the public function-calling set is not there");
  const Json golden = read_json_file(testing::source_path("golden/function_calls.json")).value();
  const auto judge = judges::find_judge("function_call");
  REQUIRE(judge.ok());
  int compared = 0;
  for (const char* set : {"simple_python", "parallel"}) {
    const std::string file = std::string("BFCL_v4_") + set + ".json";
    const auto rows = lines_of(*folder / file), answers = lines_of(*folder / "possible_answer" / file);
    REQUIRE(rows.size() == answers.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Json reference{{"functions", rows[i]["function"]}, {"calls", answers[i]["ground_truth"]}};
      REQUIRE((*judge)->check(reference, file).ok());
      for (const auto& [name, change] : changes())
        for (const bool last : {false, true}) {
          const Calls calls = change(accepted(answers[i]["ground_truth"], last));
          const char letter = golden[set][(last ? "last " : "first ") + name].get_ref<const std::string&>()[i];
          for (const std::string& answer : {as_hermes(calls), as_list(calls), as_python(calls)}) {
            const Verdict verdict = (*judge)->judge(answer, reference);
            ++compared;
            if (verdict.score == (letter == '1' ? 1.0 : 0.0)) continue;
            FAIL_CHECK(rows[i]["id"] << " " << name << (last ? " last" : " first") << ", expected " << letter << ": "
                                     << answer << " " << dump(verdict.evidence));
          }
        }
    }
  }
  CHECK(compared == 600 * 28 * 3);
}

TEST_CASE("a bad reference of function_call is refused with its place") {
  const auto judge = judges::find_judge("function_call");
  const Json function{{"name", "f"}, {"parameters", {{"properties", {{"a", {{"type", "integer"}}}}}}}};
  const auto refused = [&](const Json& functions, const Json& calls) {
    const Status status = (*judge)->check({{"functions", functions}, {"calls", calls}}, "x");
    return status.ok() ? "" : status.error().line();
  };
  CHECK(refused(Json::array({function}), Json::parse(R"([{"f": {"a": [1]}}])")) == "");
  CHECK(refused(Json::array({function}), Json::parse(R"([{"g": {"a": [1]}}])")) ==
        "x.calls[0]: no function is called \"g\"");
  CHECK(refused(Json::array({function}), Json::parse(R"([{"f": {"a": 1}}])")) ==
        "x.calls[0].a: expected a list of accepted values");
  CHECK(refused(Json::array({function}), Json::array()) == "x.calls: expected a list");
  CHECK(refused(Json::parse(R"([{"name": "f"}])"), Json::parse(R"([{"f": {}}])")).starts_with("x.functions[0]"));
}

}  // namespace bakeoff
