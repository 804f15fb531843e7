// Chat templates are programs in a subset of Jinja, written by strangers. This is our own reader of that subset: it
// reaches nothing but the data passed in, and it stops at fixed limits.
//
//   BAKEOFF_TRY(auto t, jinja::Template::parse("{% for m in messages %}{{ m.content }}{% endfor %}", "chat.jinja"));
//   BAKEOFF_TRY(std::string prompt, t.render(OrderedJson::parse(R"({"messages": [{"content": "Hi"}]})")));
//
// The reference is Jinja 3.1 as the Python library transformers sets it up for chat templates: sandboxed, without
// automatic escaping, trim_blocks and lstrip_blocks on, loop controls, a `generation` tag, and tojson that is Python's
// json.dumps(ensure_ascii=False). Not covered: include, import, extends, block, HTML and URL filters,
// integers beyond 64 bits. Each of these is an error that names it and its line; nothing is skipped in silence.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "harness/core/json.h"
#include "harness/core/result.h"

namespace bakeoff::jinja {

/// The moment that strftime_now formats. Pinned, so that a prompt never depends on the clock: the default is the date
/// that published templates fall back on when they are given none.
struct Moment {
  int year = 2024, month = 7, day = 26;
  int hour = 0, minute = 0, second = 0;

  /// "YYYY-MM-DD" or "YYYY-MM-DD HH:MM:SS".
  static Result<Moment> parse(const std::string& text);
  /// The local time, for callers who ask for it.
  static Moment from_clock();
};

/// Where a rendering stops with an error.
struct RenderLimits {
  std::size_t steps = 2'000'000;         ///< expressions evaluated and list items visited
  std::size_t output_bytes = 16u << 20;  ///< of the rendered text
  std::size_t work_bytes = 256u << 20;   ///< of all text and lists made or scanned on the way
  std::size_t depth = 1000;              ///< nested evaluations; a macro call takes about five
  Moment now;                            ///< what strftime_now prints
};

struct Program;

/// One parsed template. Immutable: may be rendered from many threads at once.
class Template {
 public:
  /// `where` names the source in errors. Fails on a mistake of syntax, an unknown tag, filter or test: "where:LINE:
  /// ...".
  static Result<Template> parse(std::string_view source, const std::string& where);

  /// `arguments` is an object: its members are the variables, and their order is the order that tojson writes.
  Result<std::string> render(const OrderedJson& arguments, const RenderLimits& limits = {}) const;

 private:
  explicit Template(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace bakeoff::jinja
