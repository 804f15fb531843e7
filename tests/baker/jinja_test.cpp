// Our Jinja against Python's, and its limits.
#include "baker/text/jinja.h"

#include <chrono>
#include <fstream>

#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff::jinja {
namespace {

Result<std::string> render(const std::string& source, const OrderedJson& arguments = OrderedJson::object(),
                           const RenderLimits& limits = {}) {
  BAKEOFF_TRY(Template parsed, Template::parse(source, "case"));
  return parsed.render(arguments, limits);
}

std::string shown(const Result<std::string>& rendered) {
  return rendered.ok() ? *rendered : "error: " + rendered.error().line();
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

/// The error of a template that has to fail.
std::string error_of(const std::string& source, const RenderLimits& limits = {}) {
  const auto rendered = render(source, OrderedJson::object(), limits);
  return rendered.ok() ? "no error; output of " + std::to_string(rendered->size()) + " bytes" : rendered.error().line();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("small templates give what Python's Jinja2 gives") {
  std::ifstream in(testing::source_path("golden/jinja_cases.jsonl"));
  std::string line;
  REQUIRE(std::getline(in, line));
  const OrderedJson data = OrderedJson::parse(line)["data"];
  int count = 0;
  for (; std::getline(in, line); ++count) {
    const OrderedJson row = OrderedJson::parse(line);
    INFO(row["template"].get<std::string>());
    const auto rendered = render(row["template"], data);
    if (row.contains("error")) {
      CHECK(!rendered.ok());
    } else {
      CHECK(shown(rendered) == row["output"].get<std::string>());
    }
  }
  CHECK(count >= 60);
}

TEST_CASE("what is unknown is an error that names it and its line") {
  CHECK(has(error_of("a\n{{ 1 | frobnicate }}"), "case:2: template unknown filter 'frobnicate'"));
  CHECK(has(error_of("\n\n{{ 1 is frobnicated }}"), "case:3: template unknown test 'frobnicated'"));
  CHECK(has(error_of("{% include 'x' %}"), "case:1: template unknown tag 'include'"));
  CHECK(has(error_of("{{ [1] | map('frobnicate') | list }}"), "unknown filter 'frobnicate'"));
  CHECK(has(error_of("{{ [1] | select('frobnicated') | list }}"), "unknown test 'frobnicated'"));
  CHECK(has(error_of("x\n{{ frobnicate() }}"), "case:2: template 'frobnicate' is undefined"));
  CHECK(has(error_of("{{ 'x'.translate({}) }}"), "'translate'"));
}

TEST_CASE("a mistake of syntax is an error with its line") {
  for (const char* source : {"\n{{ 1 + }}",
                             "\n{% if %}",
                             "\n{% for x in %}",
                             "\n{{ 'open }}",
                             "\n{{ (1 }}",
                             "\n{{ 1",
                             "\n{% if 1",
                             "\n{# no end",
                             "\n{% raw %} x",
                             "\n{{ ] }}",
                             "\n{% set true = 1 %}",
                             "\n{% break %}",
                             "\n{{ 1 2 }}",
                             "\n{% endif %}",
                             "\n{% macro f(a=1, b) %}{% endmacro %}",
                             "\n{{ f(a=1, 2) }}",
                             "\n{{ x is string is none }}",
                             "\n{{ \"\\ud800\" }}",
                             "\n{{ 99999999999999999999 }}",
                             "\n{{ ? }}",
                             "\n{% call 3 %}{% endcall %}",
                             "\n{{ x. }}",
                             "\n{{ {'a'} }}"}) {
    INFO(source);
    CHECK(has(error_of(source), "case:2:"));
  }
  CHECK(has(error_of("{% if 1 %}\n{% for x in y %}"), "template ends before 'endfor'"));
}

TEST_CASE("a rendering stops at its limits") {
  RenderLimits small;
  small.steps = 10'000;
  CHECK(has(error_of("{% for a in range(99999) %}{% endfor %}", small), "10000 steps"));
  CHECK(has(error_of(repeated("{% for a in range(1000) %}", 6) + "x" + repeated("{% endfor %}", 6)), "more than"));
  CHECK(has(error_of("{{ range(1000000000) }}"), "range"));
  CHECK(has(error_of("{{ range(-9223372036854775807, 9223372036854775807) }}"), "range"));
  CHECK(has(error_of("{{ 'a' * 10 ** 9 }}"), "bytes"));
  CHECK(has(error_of("{{ ('a' * 10 ** 9) | length }}"), "bytes"));
  CHECK(has(error_of("{{ [0] * 10 ** 9 }}"), "bytes"));
  CHECK(has(error_of("{{ 'a' | center(10 ** 12) }}"), "width is too large"));
  CHECK(has(error_of("{{ '%999999999d' % 1 }}"), "wide"));
  CHECK(has(error_of("{{ [1] | batch(10 ** 12, 'x') | list }}"), "more than"));
  CHECK(has(error_of("{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}"),
            "bytes"));
  CHECK(has(error_of("{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}"
                     "{{ ns.l }}"),
            "more than"));
  CHECK(has(error_of("{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}"
                     "{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}"),
            "more than"));
  RenderLimits brief;
  brief.output_bytes = 100;
  CHECK(has(error_of("{% for a in range(99) %}xx{% endfor %}", brief), "wrote more than 100 bytes"));
}

TEST_CASE("nesting stops at its limits") {
  CHECK(has(error_of("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), "nested deeper"));
  CHECK(
      has(error_of("{% macro f() %}{% call f() %}{% endcall %}{{ caller }}{% endmacro %}{{ f() }}"), "nested deeper"));
  CHECK(has(error_of("{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}"), "nested deeper"));
  CHECK(has(error_of("{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}"),
            "nested deeper"));
  CHECK(has(error_of("{{ " + repeated("(", 100'000) + "1" + repeated(")", 100'000) + " }}"), "nested deeper"));
  CHECK(has(error_of("{{ " + repeated("not ", 100'000) + "1 }}"), "nested deeper"));
  CHECK(has(error_of("{{ " + repeated("- ", 100'000) + "1 }}"), "nested deeper"));
  CHECK(has(error_of("{{ " + repeated("[", 100'000) + repeated("]", 100'000) + " }}"), "nested deeper"));
  CHECK(has(error_of("{{ 1" + repeated(" + 1", 100'000) + " }}"), "in a row"));
  CHECK(has(error_of("{{ x" + repeated(".x", 100'000) + " }}"), "in a row"));
  CHECK(has(error_of("{{ x" + repeated("|e", 100'000) + " }}"), "in a row"));
  CHECK(has(error_of("{{ x" + repeated(" if 1", 100'000) + " }}"), "in a row"));
  CHECK(has(error_of(repeated("{% if 1 %}", 100'000)), "nested deeper"));
  CHECK(has(error_of("{% set " + repeated("(", 100'000) + repeated(")", 100'000) + " = 1 %}"), "nested deeper"));
  CHECK(shown(render("{{ 1" + repeated(" + 1", 300) + " }}")) == "301");
}

TEST_CASE("deeply nested arguments are an error or text, never a crash") {
  const auto nested = [](int depth) {
    return OrderedJson::parse("{\"x\": " + repeated("[", depth) + repeated("]", depth) + "}");
  };
  CHECK(shown(render("{{ x | tojson }}", nested(500))) == repeated("[", 500) + repeated("]", 500));
  CHECK(!render("{{ x | tojson }}", nested(5000)).ok());
  CHECK(!render("{{ x }}", OrderedJson::parse("{\"x\": 18446744073709551615}")).ok());
  CHECK(!render("{{ x }}", OrderedJson::array()).ok());
}

TEST_CASE("integers beyond 64 bits are errors") {
  for (const char* source :
       {"{{ 2 ** 63 }}", "{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 2 }}",
        "{{ 4294967296 * 4294967296 }}", "{{ '99999999999999999999' | int }}", "{{ 1e300 | int }}"}) {
    INFO(source);
    CHECK(has(error_of(source), "64 bits"));
  }
}

TEST_CASE("the date is the pinned one") {
  RenderLimits limits;
  limits.now = {2024, 2, 9, 15, 4, 5};
  const auto at = [&](const std::string& format) {
    return shown(render("{{ strftime_now('" + format + "') }}", OrderedJson::object(), limits));
  };
  // Written by Python: datetime(2024, 2, 9, 15, 4, 5).strftime(...)
  CHECK(at("%Y-%m-%d %H:%M:%S") == "2024-02-09 15:04:05");
  CHECK(at("%d %B %Y, %A %b %a %j %y %I %p %-d %%") == "09 February 2024, Friday Feb Fri 040 24 03 PM 9 %");
  CHECK(at("%F %T %D %e %u %w") == "2024-02-09 15:04:05 02/09/24  9 5 5");
  CHECK(has(at("%Q"), "%Q"));
  CHECK(shown(render("{{ strftime_now('%d %b %Y') }}")) == "26 Jul 2024");
}

TEST_CASE("dates are read strictly") {
  CHECK(Moment::parse("2024-02-29").ok());
  CHECK(Moment::parse("2024-02-29 23:59:59")->second == 59);
  for (const char* text : {"2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01 24:00:00", "today", "", "2024-01-01x"}) {
    INFO(text);
    CHECK(!Moment::parse(text).ok());
  }
}

TEST_CASE("the line of an error is where it happened") {
  CHECK(has(error_of("{% macro f(x) %}\n\n{{ x.y.z }}\n{% endmacro %}\n{{ f({}) }}"), "case:3:"));
  CHECK(has(error_of("a\r\nb\r\n{{ 1 / 0 }}"), "case:3:"));
  CHECK(has(error_of("{# \n\n #}{{ 1 / 0 }}"), "case:3:"));
}

}  // namespace
}  // namespace bakeoff::jinja
