// Chat templates: parsing, and rendering within small limits.
#include "baker/text/jinja.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {

void fuzz_jinja(std::string_view input) {
  static const OrderedJson arguments = OrderedJson::parse(R"({
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi é <b>"},
                 {"role": "assistant", "content": "", "tool_calls": [{"name": "f", "arguments": {"x": [1, 2.5]}}]}],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}], "documents": null,
    "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": true, "n": -3, "x": 1.5, "d": {"b": 1, "a": [0]}
  })");
  const auto parsed = jinja::Template::parse(input, "fuzz");
  if (!parsed.ok()) return require_reason(parsed.error());
  jinja::RenderLimits limits;
  limits.steps = 20'000;
  limits.output_bytes = 1u << 16;
  limits.work_bytes = 1u << 22;
  const auto text = parsed->render(arguments, limits);
  if (!text.ok()) return require_reason(text.error());
  require(text->size() <= limits.output_bytes, "the text is no longer than its limit");
  require(*text == parsed->render(arguments, limits).value(), "rendering twice gives the same");
}

}  // namespace bakeoff::testing
