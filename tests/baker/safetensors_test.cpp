// Safetensors files against the safetensors package (tests/golden/*.safetensors, made by
// tools/goldens/safetensors_files.py), and files that break the format's rules.
#include "baker/formats/safetensors.h"

#include <fstream>

#include "harness/core/json.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;

namespace {

std::string file_of(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + std::string(data_bytes, '\0');
}

Result<Safetensors> opened(const std::string& bytes) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "w.safetensors", std::ios::binary) << bytes;
  return Safetensors::open(folder / "w.safetensors");
}

std::string refusal(const std::string& header, std::size_t data_bytes) {
  const auto file = opened(file_of(header, data_bytes));
  if (file.ok()) return "accepted";
  CHECK(file.error().kind == ErrorKind::input);
  CHECK(file.error().where.find("w.safetensors") != std::string::npos);
  return file.error().line();
}

bool contains(const std::string& text, const char* part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

/// An index over two files, each with one tensor, in `folder`.
void write_shards(const testing::TemporaryFolder& folder, const Json& weight_map) {
  const std::vector<float> values = {1, 2, 3};
  REQUIRE(write_safetensors(folder / "one.safetensors", {{"a", {3}, values}}).ok());
  REQUIRE(write_safetensors(folder / "two.safetensors", {{"b", {1, 2}, std::span(values).first(2)}}).ok());
  const Json index = {{"metadata", {{"total_size", 20}}}, {"weight_map", weight_map}};
  REQUIRE(write_file_atomically(folder / "model.safetensors.index.json", dump(index)).ok());
}

}  // namespace

TEST_CASE("a file of the safetensors package is read with its types, shapes, values and metadata") {
  const auto file = Safetensors::open(testing::source_path("golden/mixed.safetensors"));
  REQUIRE(file.ok());
  CHECK(file->names() == std::vector<std::string>{"bf16", "empty", "f16", "f32", "f64", "i64", "scalar"});
  CHECK(file->metadata() == std::map<std::string, std::string>{{"format", "pt"}, {"note", "mixed"}});
  const std::vector<float> exact = {1.0F, -2.5F, 3e-5F, 0.1F, 65504.0F, -0.0F};
  CHECK(file->read("f32").value() == exact);
  CHECK(file->read("f64").value() == exact);
  // The rounded values are PyTorch's, as hexadecimal floats.
  CHECK(file->read("f16").value() == std::vector<float>{1.0F, -2.5F, 0x1.f7p-16F, 0x1.998p-4F, 65504.0F, -0.0F});
  CHECK(file->read("bf16").value() == std::vector<float>{1.0F, -2.5F, 0x1.f8p-16F, 0x1.9ap-4F, 65536.0F, -0.0F});
  CHECK(file->info("f16").value().shape == std::vector<std::int64_t>{2, 3});
  CHECK(file->read("scalar").value() == std::vector<float>{7.0F});
  CHECK(file->info("scalar").value().shape.empty());
  CHECK(file->read("empty").value().empty());
  CHECK(file->view("i64").value().bytes.size() == 24);
  CHECK(contains(file->read("i64").error().line(), "I64"));
  CHECK_FALSE(file->read("none").ok());
}

TEST_CASE("stories260K's 47 tensors are read") {
  const auto folder = testing::data_path("models/stories260K-hf");
  if (!folder) SKIP_TEST("the public test data is not there");
  const auto source = open_weights(*folder);
  REQUIRE(source.ok());
  CHECK((*source)->names().size() == 47);
  CHECK((*source)->info("model.embed_tokens.weight").value().shape == std::vector<std::int64_t>{512, 64});
}

TEST_CASE("what is written is byte for byte what the safetensors package writes") {
  const testing::TemporaryFolder folder;
  const std::vector<float> a = {1, 2, 3, 4}, b = {0.5F, -0.5F, 0.25F};
  REQUIRE(
      write_safetensors(folder / "w.safetensors", {{"b.lora_A.weight", {2, 2}, a}, {"a.lora_B.weight", {3}, b}}).ok());
  CHECK(read_file(folder / "w.safetensors").value() ==
        read_file(testing::source_path("golden/two_f32.safetensors")).value());
}

TEST_CASE("writing two tensors of one name or a wrong shape is an error and leaves no file") {
  const testing::TemporaryFolder folder;
  const std::vector<float> values = {1, 2};
  CHECK_FALSE(write_safetensors(folder / "w.safetensors", {{"a", {2}, values}, {"a", {2}, values}}).ok());
  CHECK_FALSE(write_safetensors(folder / "w.safetensors", {{"a", {3}, values}}).ok());
  CHECK_FALSE(std::filesystem::exists(folder / "w.safetensors"));
}

TEST_CASE("each rule of the format is checked and named") {
  const auto f32 = [](const char* shape, const char* offsets) {
    return std::string(R"({"w":{"dtype":"F32","shape":)") + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  CHECK(refusal(f32("[2]", "[0,8]"), 8) == "accepted");
  CHECK(refusal("{}", 0) == "accepted");
  CHECK(contains(refusal(f32("[2]", "[0,8]"), 4), "past the end"));
  CHECK(contains(refusal(f32("[2]", "[0,8]"), 12), "belong to none"));
  CHECK(contains(refusal(f32("[2]", "[4,12]"), 12), "hole"));
  CHECK(contains(refusal(f32("[3]", "[0,8]"), 8), "do not span"));
  CHECK(contains(refusal(f32("[2]", "[8,0]"), 8), "do not span"));
  CHECK(contains(refusal(f32("[-2]", "[0,8]"), 8), "shape"));
  CHECK(contains(refusal(f32("[2.5]", "[0,8]"), 8), "shape"));
  CHECK(contains(refusal(f32("[2]", "[0]"), 8), "data_offsets"));
  CHECK(contains(refusal(f32("[4611686018427387904,4]", "[0,0]"), 0), "overflows"));
  CHECK(contains(refusal(f32("[18446744073709551615]", "[0,0]"), 0), "overflows"));
  CHECK(contains(refusal(R"({"w":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})", 4), "F99"));
  CHECK(contains(refusal(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":1}})", 4), "extra"));
  CHECK(contains(
      refusal(
          R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
          1),
      "w"));
  CHECK(contains(
      refusal(
          R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
          3),
      "overlaps"));
  CHECK(contains(refusal(R"({"__metadata__":{"a":1}})", 0), "__metadata__.a"));
  CHECK(contains(refusal(" {}", 0), "begin with"));
  CHECK(contains(refusal("{", 0), "header"));
  CHECK(contains(refusal("", 0), "begin with"));
}

TEST_CASE("a header length beyond the file or beyond 100 MB is refused") {
  std::string bytes = file_of("{}", 0);
  bytes[0] = 100;
  CHECK(contains(opened(bytes).error().line(), "ends within its header"));
  bytes[7] = 127;
  CHECK(contains(opened(bytes).error().line(), "100 MB"));
  CHECK_FALSE(opened("").ok());
  CHECK_FALSE(Safetensors::open("/no/such/file").ok());
}

TEST_CASE("a safetensors file cut at any byte is refused, and changed in any byte it is read or refused") {
  const std::string whole = read_file(testing::source_path("golden/two_f32.safetensors")).value();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO("cut to " << length);
    CHECK_FALSE(opened(whole.substr(0, length)).ok());
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x15);
    const auto file = opened(changed);
    if (!file.ok()) continue;
    for (const std::string& name : file->names()) CHECK(file->info(name).ok());
  }
}

TEST_CASE("a model in several files is read through its index") {
  const testing::TemporaryFolder folder;
  write_shards(folder, {{"a", "one.safetensors"}, {"b", "two.safetensors"}});
  const auto source = open_weights(folder.path());
  REQUIRE(source.ok());
  CHECK((*source)->names() == std::vector<std::string>{"a", "b"});
  CHECK((*source)->read("b").value() == std::vector<float>{1, 2});
  CHECK((*source)->info("b").value().shape == std::vector<std::int64_t>{1, 2});
  CHECK_FALSE((*source)->read("c").ok());
}

TEST_CASE("an index that disagrees with its files, or leads out of its folder, is refused") {
  const testing::TemporaryFolder folder;
  for (const Json& weight_map : {Json{{"a", "one.safetensors"}, {"c", "two.safetensors"}},
                                 Json{{"a", "one.safetensors"}, {"b", "one.safetensors"}},
                                 Json{{"a", "one.safetensors"}, {"b", "missing.safetensors"}},
                                 Json{{"a", "../one.safetensors"}}, Json{{"a", 1}}}) {
    INFO(dump(weight_map));
    write_shards(folder, weight_map);
    CHECK_FALSE(open_weights(folder.path()).ok());
  }
}

TEST_CASE("a path without weights is an error that says what was expected") {
  const testing::TemporaryFolder folder;
  CHECK(contains(open_weights(folder.path()).error().line(), "model.safetensors"));
  CHECK_FALSE(open_weights(folder / "model.bin").ok());
}
