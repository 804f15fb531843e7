// Chat templates against renderings by Python's Jinja2 in the environment of transformers.
#include "baker/text/chat_template.h"

#include <fstream>
#include <sstream>

#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {
namespace {

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

OrderedJson read_ordered(const std::filesystem::path& file) { return OrderedJson::parse(read_text(file)); }

/// The template of a row of the golden file: a .jinja file, or the field of a tokenizer_config.json.
std::string template_source(const std::filesystem::path& data, const std::string& name) {
  if (name.ends_with(".jinja")) return read_text(data / "chat_templates" / name);
  return read_ordered(data / name)["chat_template"];
}

std::vector<OrderedJson> read_lines(const std::filesystem::path& file) {
  std::vector<OrderedJson> rows;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) rows.push_back(OrderedJson::parse(line));
  return rows;
}

/// The output, or "error: ..." where there is none.
std::string shown(const Result<std::string>& rendered) {
  return rendered.ok() ? *rendered : "error: " + rendered.error().line();
}

Result<std::string> render(const std::string& source, const SpecialTexts& special, const OrderedJson& arguments) {
  BAKEOFF_TRY(ChatTemplate chat, ChatTemplate::from_source(source, special, "template"));
  BAKEOFF_TRY(jinja::Moment date, jinja::Moment::parse("2024-07-26 12:00:00"));
  return chat.render(arguments, date);
}

TEST_CASE("32 published templates give what Jinja2 gives for 8 conversations each") {
  const auto folder = testing::data_path("chat_templates");
  if (!folder) SKIP_TEST("the data chat_templates is not there");
  const OrderedJson setting = read_ordered(*folder / "jinja2_scenarios.json");
  const SpecialTexts special{setting["bos_token"], setting["eos_token"]};
  const auto rows = read_lines(*folder / "jinja2_golden.jsonl");
  REQUIRE(rows.size() == 256);
  for (const OrderedJson& row : rows) {
    const std::string name = row["template"], scenario = row["scenario"];
    INFO(name << " " << scenario);
    OrderedJson arguments = setting["scenarios"][scenario];
    arguments["date_string"] = setting["date_string"];
    const auto rendered = render(template_source(folder->parent_path(), name), special, arguments);
    if (row.contains("error")) {
      CHECK(!rendered.ok());
    } else {
      CHECK(shown(rendered) == row["output"].get<std::string>());
    }
  }
}

TEST_CASE("the templates of the llama.cpp test give what Jinja2 gives") {
  const auto file = testing::data_path("chat_templates/llama_cpp_template_cases.json");
  if (!file) SKIP_TEST("the data chat_templates is not there");
  const OrderedJson data = read_ordered(*file);
  OrderedJson arguments = {{"messages", data["messages"]}, {"add_generation_prompt", data["add_generation_prompt"]}};
  REQUIRE(data["cases"].size() == 33);
  for (const OrderedJson& row : data["cases"]) {
    INFO(row["name"]);
    const SpecialTexts special{row["bos_token"], row["eos_token"]};
    const auto rendered = render(row["template"], special, arguments);
    if (row.contains("jinja2_error")) {
      CHECK(!rendered.ok());
    } else {
      CHECK(shown(rendered) == row["jinja2_output"].get<std::string>());
    }
  }
}

TEST_CASE("the default model's template gives what transformers gives") {
  const OrderedJson data = read_ordered(testing::source_path("golden/chat_template.json"));
  const SpecialTexts special{data["bos_token"], data["eos_token"]};
  REQUIRE(data["cases"].size() >= 8);
  for (const OrderedJson& row : data["cases"]) {
    INFO(row["name"]);
    CHECK(shown(render(data["template"], special, row["arguments"])) == row["output"].get<std::string>());
  }
}

TEST_CASE("a conversation renders as its JSON form does") {
  const OrderedJson data = read_ordered(testing::source_path("golden/chat_template.json"));
  const SpecialTexts special{data["bos_token"], data["eos_token"]};
  const auto chat = ChatTemplate::from_source(data["template"], special, "template");
  REQUIRE(chat.ok());
  for (const OrderedJson& row : data["cases"]) {
    if (row["arguments"].size() != 2) continue;
    Conversation messages;
    for (const OrderedJson& message : row["arguments"]["messages"])
      messages.push_back({message["role"], message["content"]});
    RenderOptions options;
    options.add_generation_prompt = row["arguments"]["add_generation_prompt"];
    INFO(row["name"]);
    CHECK(shown(chat->render(messages, options)) == row["output"].get<std::string>());
  }
}

TEST_CASE("options reach the template as variables") {
  const auto chat = ChatTemplate::from_source(
      "{{ bos_token }}{{ tools | tojson }}{{ add_generation_prompt }}{{ mood }}{{ strftime_now('%d %b %Y') }}{{ "
      "eos_token }}",
      {"<s>", "</s>"}, "template");
  REQUIRE(chat.ok());
  RenderOptions options;
  options.add_generation_prompt = false;
  options.tools = OrderedJson::parse(R"([{"type": "function", "name": "b", "a": 1}])");
  options.extra["mood"] = "calm";
  options.date = {2025, 1, 2, 0, 0, 0};
  CHECK(shown(chat->render(Conversation{}, options)) ==
        R"(<s>[{"type": "function", "name": "b", "a": 1}]Falsecalm02 Jan 2025</s>)");
}

TEST_CASE("the digest tells templates and special texts apart") {
  const auto digest = [](const std::string& source, const SpecialTexts& special) {
    return ChatTemplate::from_source(source, special, "template")->digest();
  };
  const std::string one = digest("a", {"b", "c"});
  CHECK(one.size() == 64);
  CHECK(one == digest("a", {"b", "c"}));
  CHECK(one != digest("a", {"bc", ""}));
  CHECK(one != digest("ab", {"", "c"}));
}

TEST_CASE("what raise_exception says is the error, with its line") {
  const auto chat =
      ChatTemplate::from_source("{{ bos_token }}\n{{ raise_exception('no system role') }}", {}, "chat.jinja");
  REQUIRE(chat.ok());
  const auto rendered = chat->render(Conversation{{"system", "x"}});
  REQUIRE(!rendered.ok());
  CHECK(rendered.error().where == "chat.jinja:2");
  CHECK(rendered.error().what.find("no system role") != std::string::npos);
}

TEST_CASE("arguments without messages are an error") {
  const auto chat = ChatTemplate::from_source("x", {}, "template");
  REQUIRE(chat.ok());
  CHECK(!chat->render(OrderedJson::object()).ok());
  CHECK(!chat->render(OrderedJson{{"messages", 3}}).ok());
}

}  // namespace
}  // namespace bakeoff
