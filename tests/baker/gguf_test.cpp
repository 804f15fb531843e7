// GGUF files and dequantisation against the gguf package's values (tests/golden/dequantize.json, made by
// tools/goldens/dequantize.py), and files that lie about their sizes.
#include "baker/formats/gguf.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>

#include "harness/core/json.h"
#include "harness/core/sha256.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using bakeoff::testing::bytes_of_hex;

namespace {

std::string bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

const Encoding& encoding_of(const Json& row) {
  const Encoding* encoding = encoding_by_name(row["encoding"].get<std::string>());
  REQUIRE(encoding);
  REQUIRE(encoding->read);
  return *encoding;
}

/// The bytes of the fp32 values of stored blocks.
std::string values_of(const Encoding& encoding, const std::string& stored) {
  const std::size_t blocks = stored.size() / static_cast<std::size_t>(encoding.block_bytes);
  std::vector<float> values(blocks * static_cast<std::size_t>(encoding.block_values));
  dequantize(encoding, std::as_bytes(std::span(stored)), values);
  return bytes_of(values);
}

/// The half-precision number nearest to a float of tools/goldens/dequantize.py's CHOICES.
std::uint16_t half_of(float value) {
  std::uint16_t best = 0;
  for (std::uint32_t bits = 0; bits < 65536; ++bits)
    if (std::abs(half_to_float(static_cast<std::uint16_t>(bits)) - value) < std::abs(half_to_float(best) - value))
      best = static_cast<std::uint16_t>(bits);
  return best;
}

/// As tools/goldens/dequantize.py makes it.
std::string random_block(const Encoding& encoding, std::size_t index, const Json& places,
                         const std::vector<float>& scales) {
  static const std::vector<std::uint16_t> halves = [&] {
    std::vector<std::uint16_t> made;
    made.reserve(scales.size());
    for (const float scale : scales) made.push_back(half_of(scale));
    return made;
  }();
  const auto size = static_cast<std::size_t>(encoding.block_bytes);
  std::string block;
  for (std::size_t i = 0; block.size() < size; ++i)
    block +=
        bytes_of_hex(sha256_hex(std::string(encoding.name) + " " + std::to_string(index) + " " + std::to_string(i)));
  block.resize(size);
  for (std::size_t i = 0; i < places.size(); ++i)
    std::memcpy(block.data() + places[i].get<std::size_t>(), &halves[(index + i) % halves.size()], 2);
  return block;
}

Json golden() { return read_json_file(testing::source_path("golden/dequantize.json")).value(); }

/// Writes the pieces of a GGUF file by hand.
struct Writer {
  std::string bytes;
  template <class T>
  Writer& number(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Writer& text(const std::string& value) {
    number<std::uint64_t>(value.size());
    bytes += value;
    return *this;
  }
  Writer& header(std::uint32_t version, std::uint64_t tensors, std::uint64_t keys) {
    bytes = "GGUF";
    return number(version).number(tensors).number(keys);
  }
  Writer& tensor(const std::string& name, const std::vector<std::int64_t>& extents, std::uint32_t type,
                 std::uint64_t offset) {
    text(name).number<std::uint32_t>(static_cast<std::uint32_t>(extents.size()));
    for (const std::int64_t extent : extents) number(extent);
    return number(type).number(offset);
  }
  Writer& data(std::size_t size) {
    bytes.resize((bytes.size() + 31) / 32 * 32 + size, '\0');
    return *this;
  }
};

Result<Gguf> opened(const std::string& bytes) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "model.gguf", std::ios::binary) << bytes;
  return Gguf::open(folder / "model.gguf");
}

/// The error of a file that must be refused.
std::string refusal(const std::string& bytes) {
  const auto gguf = opened(bytes);
  if (gguf.ok()) return "accepted";
  CHECK(gguf.error().kind == ErrorKind::input);
  CHECK(gguf.error().where.find("model.gguf") != std::string::npos);
  return gguf.error().line();
}

bool contains(const std::string& text, const char* part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

/// One key of each kind and two tensors.
Writer small_file() {
  Writer w;
  w.header(3, 2, 6);
  w.text("a.bool").number<std::uint32_t>(7).number<std::uint8_t>(1);
  w.text("a.int").number<std::uint32_t>(5).number<std::int32_t>(-3);
  w.text("a.float").number<std::uint32_t>(6).number<float>(0.5F);
  w.text("a.text").number<std::uint32_t>(8).text("hello");
  w.text("a.texts").number<std::uint32_t>(9).number<std::uint32_t>(8).number<std::uint64_t>(2).text("x").text("yz");
  w.text("a.ints").number<std::uint32_t>(9).number<std::uint32_t>(4).number<std::uint64_t>(2);
  w.number<std::uint32_t>(4).number<std::uint32_t>(5);
  w.tensor("first", {2, 3}, 0, 0).tensor("second", {32}, 8, 32);
  return w.data(32 + 34);
}

}  // namespace

TEST_CASE("every encoding's blocks have the values of the gguf package, bit for bit") {
  const Json expected_values = golden();
  std::set<std::string> seen;
  for (const char* part : {"blocks", "rows"})
    for (const Json& row : expected_values[part]) {
      const Encoding& encoding = encoding_of(row);
      INFO(part << " of " << encoding.name);
      seen.insert(encoding.name);
      const std::string expected = bytes_of_hex(row["values"]);
      CHECK(values_of(encoding, bytes_of_hex(row["bytes"])) == expected);
    }
  CHECK(seen.size() == 15);
  CHECK(static_cast<std::size_t>(std::ranges::count(readable_encodings(), ',')) + 1 == seen.size());
}

TEST_CASE("512 random blocks of each quantised encoding have the values of the gguf package") {
  const Json expected_values = golden();
  const auto scales = expected_values["scales"].get<std::vector<float>>();
  for (const Json& row : expected_values["many"]) {
    const Encoding& encoding = encoding_of(row);
    INFO(encoding.name);
    std::string stored;
    for (std::size_t i = 0; i < 512; ++i) stored += random_block(encoding, i, row["scales"], scales);
    CHECK(sha256_hex(values_of(encoding, stored)) == row["sha256"].get<std::string>());
  }
}

TEST_CASE("all 65,536 halves convert as in numpy") {
  std::vector<float> values;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) values.push_back(half_to_float(static_cast<std::uint16_t>(bits)));
  CHECK(sha256_hex(bytes_of(values)) == golden()["halves_sha256"].get<std::string>());
}

TEST_CASE("every tensor of the default model has the gguf package's shape and values") {
  const auto model = testing::default_model();
  if (!model) SKIP_TEST("the default model is not installed");
  const auto gguf = Gguf::open(*model);
  REQUIRE(gguf.ok());
  const Json expected = golden()["default_model"];
  CHECK(gguf->names().size() == expected.size());
  for (const auto& [name, row] : expected.items()) {
    INFO(name);
    const auto info = gguf->info(name).value();
    CHECK(info.dtype == row["dtype"].get<std::string>());
    CHECK(info.shape == row["shape"].get<std::vector<std::int64_t>>());
    CHECK(sha256_hex(bytes_of(gguf->read(name).value())) == row["sha256"].get<std::string>());
  }
  CHECK(gguf->get<std::int64_t>("llama.block_count").value() == 30);
  CHECK(gguf->get<double>("llama.rope.freq_base").value() == 100000.0);
  CHECK(gguf->get<double>("llama.block_count").value() == 30.0);
  CHECK(gguf->get<std::string>("tokenizer.ggml.pre").value() == "smollm");
  CHECK(gguf->find<std::vector<std::string>>("tokenizer.ggml.tokens")->size() == 49152);
  CHECK_FALSE(gguf->get<std::int64_t>("no.such.key").ok());
  CHECK_FALSE(gguf->get<std::int64_t>("general.name").ok());
}

TEST_CASE("a file written by hand is read as the format says") {
  const auto gguf = opened(small_file().bytes);
  REQUIRE(gguf.ok());
  CHECK(gguf->get<bool>("a.bool").value());
  CHECK(gguf->get<std::int64_t>("a.int").value() == -3);
  CHECK(gguf->get<double>("a.float").value() == 0.5);
  CHECK(gguf->get<std::vector<std::string>>("a.texts").value() == std::vector<std::string>{"x", "yz"});
  CHECK(gguf->get<std::vector<std::int64_t>>("a.ints").value() == std::vector<std::int64_t>{4, 5});
  CHECK(gguf->info("first").value().shape == std::vector<std::int64_t>{3, 2});
  CHECK(gguf->read("second").value() == std::vector<float>(32, 0.0F));
  CHECK_FALSE(gguf->read("third").ok());
}

TEST_CASE("a GGUF file cut at any byte is refused") {
  const std::string whole = small_file().bytes;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO("cut to " << length << " of " << whole.size() << " bytes");
    CHECK_FALSE(opened(whole.substr(0, length)).ok());
  }
}

TEST_CASE("a GGUF file with any one byte changed is read or refused, never more") {
  const std::string whole = small_file().bytes;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const int flip : {0x01, 0xff}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      const auto gguf = opened(changed);
      if (!gguf.ok()) continue;
      for (const std::string& name : gguf->names()) CHECK(gguf->info(name).ok());
    }
}

TEST_CASE("counts and lengths beyond the file are refused before memory is taken") {
  constexpr auto kHuge = std::numeric_limits<std::uint64_t>::max();
  CHECK(contains(refusal(Writer().header(3, kHuge, 0).bytes), "tensor count"));
  CHECK(contains(refusal(Writer().header(3, 0, kHuge).bytes), "metadata count"));
  CHECK(contains(refusal(Writer().header(3, 0, 1).number(kHuge).data(64).bytes), "metadata key"));
  Writer texts = Writer().header(3, 0, 1).text("k").number<std::uint32_t>(9).number<std::uint32_t>(8);
  CHECK(contains(refusal(texts.number<std::uint64_t>(kHuge / 8).data(64).bytes), "array k"));
  Writer nested = Writer().header(3, 0, 1).text("k").number<std::uint32_t>(9).number<std::uint32_t>(9);
  CHECK(contains(refusal(nested.number<std::uint64_t>(1).data(64).bytes), "arrays of arrays"));
}

TEST_CASE("impossible tensors are refused by name") {
  const auto one = [](const std::vector<std::int64_t>& extents, std::uint32_t type, std::uint64_t offset) {
    return refusal(Writer().header(3, 1, 0).tensor("w", extents, type, offset).data(256).bytes);
  };
  CHECK(one({64}, 0, 0) == "accepted");
  CHECK(contains(one({-1}, 0, 0), "tensor w: dimension -1"));
  CHECK(contains(one({0}, 0, 0), "tensor w: dimension 0"));
  CHECK(contains(one({std::int64_t{1} << 40, std::int64_t{1} << 40}, 0, 0), "overflows"));
  CHECK(contains(one({std::int64_t{1} << 62}, 0, 0), "overflows"));
  CHECK(contains(one({65}, 0, 0), "past the end"));
  CHECK(contains(one({64}, 0, 32), "past the end"));
  CHECK(contains(one({8}, 0, 3), "not aligned"));
  CHECK(contains(one({8}, 0, ~std::uint64_t{31}), "past the end"));
  CHECK(contains(one({33}, 8, 0), "blocks of 32"));
  CHECK(contains(one({8}, 999, 0), "encoding number 999"));
  CHECK(contains(one({1, 1, 1, 1, 1}, 0, 0), "5 dimensions"));
  Writer both = Writer().header(3, 2, 0).tensor("a", {16}, 0, 0).tensor("b", {8}, 0, 32);
  CHECK(contains(refusal(both.data(256).bytes), "overlaps"));
  Writer twice = Writer().header(3, 2, 0).tensor("a", {8}, 0, 0).tensor("a", {8}, 0, 32);
  CHECK(contains(refusal(twice.data(256).bytes), "twice"));
}

TEST_CASE("other versions, byte orders and files are refused with their reason") {
  CHECK(contains(refusal("GGML0000000000000000"), "no GGUF"));
  CHECK(contains(refusal(Writer().header(1, 0, 0).bytes), "version 1"));
  CHECK(contains(refusal(Writer().header(0x03000000, 0, 0).bytes), "big-endian"));
  Writer alignment =
      Writer().header(3, 0, 1).text("general.alignment").number<std::uint32_t>(4).number<std::uint32_t>(24);
  CHECK(contains(refusal(alignment.bytes), "general.alignment"));
  CHECK_FALSE(Gguf::open("/no/such/file.gguf").ok());
  CHECK_FALSE(Gguf::open("/").ok());
}

TEST_CASE("an encoding that is known but not decoded is an error on reading, naming the tensor") {
  const auto gguf =
      opened(Writer().header(2, 2, 0).tensor("i", {8}, 26, 160).tensor("w", {256}, 23, 0).data(192).bytes);
  REQUIRE(gguf.ok());
  CHECK(contains(gguf->read("w").error().line(), "tensor w has the encoding IQ4_XS"));
  CHECK(contains(gguf->read("i").error().line(), "tensor i has the encoding I32"));
}

TEST_CASE("a model in several files is read as one") {
  const Path folder = testing::source_path("golden/gguf_parts");
  const Path first = folder / "tiny-00001-of-00004.gguf";
  const auto gguf = Gguf::open(first);
  REQUIRE(gguf.ok());
  CHECK(gguf->names() == std::vector<std::string>{"w0", "w1", "w2"});
  CHECK(gguf->get<std::int64_t>("llama.block_count").value() == 7);
  CHECK(gguf->info("w0").value().shape == std::vector<std::int64_t>{2, 3});
  CHECK(gguf->read("w0").value() == std::vector<float>(6, 1.0F));
  CHECK(gguf->read("w1").value() == std::vector<float>(4, 2.0F));
  CHECK(gguf->read("w2").value() == std::vector<float>(5, 3.0F));
  CHECK(gguf_files(first).size() == 4);
  CHECK(gguf_files(folder / "other.gguf") == std::vector<Path>{folder / "other.gguf"});
  CHECK(contains(Gguf::open(folder / "tiny-00003-of-00004.gguf").error().line(), "tiny-00001-of-00004.gguf"));
}

TEST_CASE("parts that are missing, renamed, mixed or doubled are refused") {
  const testing::TemporaryFolder folder;
  const auto part = [&](int number) { return folder / ("tiny-0000" + std::to_string(number) + "-of-00004.gguf"); };
  const auto reset = [&] {
    std::filesystem::copy(testing::source_path("golden/gguf_parts"), folder.path(),
                          std::filesystem::copy_options::overwrite_existing | std::filesystem::copy_options::recursive);
  };
  const auto reason = [&](const Path& first) { return Gguf::open(first).error().line(); };
  reset();
  REQUIRE(Gguf::open(part(1)).ok());
  std::filesystem::remove(part(3));
  CHECK(contains(reason(part(1)), "tiny-00003-of-00004.gguf: can not open"));
  std::filesystem::copy_file(part(2), part(3));
  CHECK(contains(reason(part(1)), "its name comes twice"));
  reset();
  std::filesystem::rename(part(2), folder / "swap");
  std::filesystem::rename(part(3), part(2));
  std::filesystem::rename(folder / "swap", part(3));
  CHECK(contains(reason(part(1)), "its name says part 2 of 4"));
  reset();
  std::filesystem::rename(part(1), folder / "model.gguf");
  CHECK(contains(reason(folder / "model.gguf"), "one part of several"));
  std::filesystem::rename(folder / "model.gguf", folder / "tiny-00001-of-00002.gguf");
  CHECK(contains(reason(folder / "tiny-00001-of-00002.gguf"), "its name says part 1 of 2"));
}
