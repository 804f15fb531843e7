// Files that lie, and what is said about them: tests/cases/malformed.jsonl, one row a case. `file` is a list of pieces:
//   "text", {"u32": n}, {"u64": n}: as they are, little-endian       {"hex": "ff00"}
//   {"text": t}: GGUF's, with its length                             {"repeat": piece or pieces, "times": n}
//   {"header": t}, {"header_of": pieces}: safetensors', with its length
// Each must be an input error of one line that holds `error`.
#include "baker/formats/gguf.h"
#include "baker/formats/safetensors.h"
#include "baker/text/jinja.h"
#include "baker/text/model_text.h"
#include "harness/run/experiment.h"
#include "tests/catch.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {
namespace {

std::string with_length(const std::string& text) {
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

template <class T>
std::string stored(const Json& value) {
  const T number = value.get<T>();
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

std::string content_of(const Json& piece) {
  std::string content;
  if (piece.is_string()) return piece.get<std::string>();
  if (piece.is_array()) {
    for (const Json& part : piece) content += content_of(part);
    return content;
  }
  const std::string kind = piece.contains("times") ? "repeat" : piece.begin().key();
  const Json& value = piece.at(kind);
  if (kind == "u32") return stored<std::uint32_t>(value);
  if (kind == "u64") return stored<std::uint64_t>(value);
  if (kind == "hex") return bytes_of_hex(value);
  if (kind == "text" || kind == "header") return with_length(value);
  if (kind == "header_of") return with_length(content_of(value));
  REQUIRE(kind == "repeat");
  const std::string once = content_of(value);
  for (int i = 0; i < piece.at("times").get<int>(); ++i) content += once;
  return content;
}

/// The error of a result, or one that says that there was none.
template <class T>
Error error_of(const Result<T>& result) {
  return result.ok() ? internal_error("was read") : result.error();
}

Error render(std::string_view source) {
  const auto parsed = jinja::Template::parse(source, "chat.jinja");
  return parsed.ok() ? error_of(parsed->render(OrderedJson{{"messages", "m"}})) : parsed.error();
}

struct Reader {
  const char* file;
  Error (*read)(const Path& file);
};

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> table = {
      {"gguf", {"model.gguf", [](const Path& file) { return error_of(baker::Gguf::open(file)); }}},
      {"safetensors", {"w.safetensors", [](const Path& file) { return error_of(baker::Safetensors::open(file)); }}},
      {"safetensors_index",
       {"index.json", [](const Path& file) { return error_of(baker::ShardedSafetensors::open(file)); }}},
      {"tokenizer_json",
       {"tokenizer.json", [](const Path& file) { return error_of(baker::Tokenizer::from_json(file)); }}},
      {"tokenizer_gguf", {"model.gguf", [](const Path& file) { return error_of(baker::load_model_text(file)); }}},
      {"jinja", {"chat.jinja", [](const Path& file) { return render(read_file(file).value()); }}},
      {"json", {"fuzz.json", [](const Path& file) { return error_of(read_json_file(file)); }}},
      {"yaml", {"fuzz.yaml", [](const Path& file) { return error_of(read_yaml_file(file)); }}},
      {"experiment", {"experiment.yaml", [](const Path& file) { return error_of(run::read_experiment(file)); }}},
      {"rows", {"rows.jsonl", [](const Path& file) { return error_of(run::read_questions(file)); }}}};
  return table;
}

}  // namespace

TEST_CASE("every malformed file is refused with one line that says what is wrong with it") {
  std::size_t cases = 0;
  const auto check = [&](std::size_t, const Json& row) -> Status {
    const Reader& reader = readers().at(row.at("reader"));
    INFO(row.at("reader") << ": " << row.at("case"));
    const InputFile file(reader.file);
    const Error error = reader.read(file.write(content_of(row.at("file"))));
    CHECK(error.kind == ErrorKind::input);
    const std::string line = error.line();
    INFO(line.substr(0, 1000));
    CHECK(line.find(row.at("error").get<std::string>()) != std::string::npos);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.size() < 1000);
    ++cases;
    return {};
  };
  REQUIRE(for_each_jsonl(source_path("cases/malformed.jsonl"), check, [](std::size_t, const Error& e) -> Status {
            return e;
          }).ok());
  CHECK(cases > 50);
}

}  // namespace bakeoff::testing
