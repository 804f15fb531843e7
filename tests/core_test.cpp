// The vocabulary layer: hashes, seeds, files, JSON and YAML, conversations, verdicts, progress texts.
#include <filesystem>
#include <fstream>

#include "harness/core/evaluation.h"
#include "harness/core/exhibit.h"
#include "harness/core/interrupt.h"
#include "harness/core/nearest.h"
#include "harness/core/progress.h"
#include "harness/core/seed.h"
#include "harness/core/sha256.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;

TEST_CASE("SHA-256 gives the digests of FIPS 180-4") {
  // NIST's example values for SHA-256: one block, two blocks, and a million times "a".
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  const testing::TemporaryFolder folder;
  REQUIRE(write_file_atomically(folder / "a", std::string(1'000'000, 'a')).ok());
  CHECK(sha256_file(folder / "a").value() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SplitMix64 gives the published stream of seed 1234567") {
  // rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64
  Random random(1234567);
  for (const std::uint64_t expected :
       {6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u, 16408922859458223821u})
    CHECK(random() == expected);
}

TEST_CASE("a derived seed is the first eight bytes of SHA-256 over lengths and parts") {
  // Computed with Python's hashlib: sha256(pack("<Q", parent) + for each part pack("<Q", len) + part).
  CHECK(derive_seed(0, {}) == 12634128529936681850u);
  CHECK(derive_seed(7, {"ab", "c"}) == 8024566868960736616u);
  CHECK(derive_seed(7, {"a", "bc"}) == 6538732347441012296u);
}

TEST_CASE("draws below a bound are uniform and a normal draw has mean 0 and variance 1") {
  Random random(5);
  constexpr int kDraws = 70'000;
  int counts[7] = {};
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    ++counts[random.below(7)];
    const double z = random.normal();
    sum += z;
    squares += z * z;
  }
  for (const int count : counts) CHECK(count == Approx(10'000).margin(500));  // over five standard errors
  CHECK(sum / kDraws == Approx(0).margin(0.02));
  CHECK(squares / kDraws == Approx(1).margin(0.03));
}

TEST_CASE("an ill-formed byte sequence becomes one replacement for each maximal subpart") {
  const std::string replacement = "\xef\xbf\xbd";
  const auto times = [&](int n) {
    std::string text;
    while (n-- > 0) text += replacement;
    return text + "A";
  };
  // The Unicode Standard 15.0, tables 3-8 to 3-11.
  CHECK(to_valid_utf8("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82"
                      "A") == times(8));
  CHECK(to_valid_utf8("\xed\xa0\x80\xed\xbf\xbf\xed\xaf"
                      "A") == times(8));
  CHECK(to_valid_utf8("\xf4\x91\x92\x93\xff"
                      "A") == times(5));
  CHECK(to_valid_utf8("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf"
                      "A") == times(4));
  CHECK(is_valid_utf8("na\xc3\xafve \xf0\x9f\x8d\x9e"));
  CHECK_FALSE(is_valid_utf8("\xed\xa0\x80"));
}

TEST_CASE("a file is written whole or not at all, and names its failure") {
  const testing::TemporaryFolder folder;
  const Path file = folder / "deep/down/file.txt";
  REQUIRE(write_file_atomically(file, "one").ok());
  REQUIRE(write_file_atomically(file, "two").ok());
  CHECK(read_file(file).value() == "two");
  CHECK(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}) == 1);

  const auto missing = read_file(folder / "none");
  CHECK(missing.error().kind == ErrorKind::input);
  CHECK(read_file(folder.path()).error().kind == ErrorKind::input);
  const auto refused = write_file_atomically(file / "below-a-file", "x");
  CHECK(refused.error().kind == ErrorKind::infrastructure);
  CHECK(refused.error().line().find("file.txt") != std::string::npos);
  const auto full = write_file_atomically("/proc/bakeoff", "x");
  CHECK(full.error().kind == ErrorKind::infrastructure);
}

TEST_CASE("lines come with their numbers, whatever their ends and lengths") {
  const testing::TemporaryFolder folder;
  const std::string longest(200'000, 'x');
  REQUIRE(write_file_atomically(folder / "f", "a\r\n\n" + longest + "\nlast").ok());
  std::vector<std::string> lines;
  REQUIRE(for_each_line(folder / "f", [&](std::size_t number, std::string_view line) -> Status {
            CHECK(number == lines.size() + 1);
            lines.emplace_back(line);
            return {};
          }).ok());
  CHECK(lines == std::vector<std::string>{"a", "", longest, "last"});
}

TEST_CASE("JSON with a duplicate key, deep nesting or a syntax mistake is refused with its place") {
  CHECK(parse_json(R"({"a":{"b":1,"b":2}})", "f").error().line() == "f: the key \"b\" appears twice in one object");
  CHECK(parse_json(std::string(513, '[') + std::string(513, ']'), "f").error().what == "nested deeper than 512 levels");
  CHECK(parse_json(std::string(512, '[') + std::string(512, ']'), "f").ok());
  CHECK(parse_json("{\n\"a\": 1,\n}", "f").error().where == "f:3");
  CHECK_FALSE(parse_json("1e999", "f").ok());
  CHECK_FALSE(parse_json("\"\xff\"", "f").ok());
  CHECK(parse_json(R"([{"a":1},{"a":2}])", "f").ok());
}

TEST_CASE("YAML scalars follow the core schema of YAML 1.2") {
  // yaml.org/spec/1.2.2, example 10.9; "yes" and 010 are what version 1.1 would read otherwise.
  const auto value = parse_yaml(R"(
A null: null
Also a null:
Booleans: [true, True, false, FALSE]
Integers: [0, 0o7, 0x3A, -19]
Floats: [0., -0.0, .5, +12e03, -2E+05]
Texts: [yes, "true", '12', 1.2.3, 12e, 0o8, "~"]
Decimal: 010
)",
                                "f")
                         .value();
  CHECK(value["A null"].is_null());
  CHECK(value["Also a null"].is_null());
  CHECK(value["Booleans"] == Json{true, true, false, false});
  CHECK(value["Integers"] == Json{0, 7, 58, -19});
  CHECK(value["Floats"] == Json{0.0, -0.0, 0.5, 12000.0, -200000.0});
  CHECK(value["Floats"][0].is_number_float());
  CHECK(value["Texts"] == Json{"yes", "true", "12", "1.2.3", "12e", "0o8", "~"});
  CHECK(value["Decimal"] == 10);
}

TEST_CASE("hostile or sloppy YAML is an error with its line") {
  CHECK(parse_yaml("a: 1\nb: 2\na: 3\n", "f").error().line() == "f:3: the key \"a\" appears twice");
  CHECK(parse_yaml("a: [1, 2\nb: 3", "f").error().where.starts_with("f:"));
  CHECK(parse_yaml("a: 1\n---\nb: 2\n", "f").error().what == "holds more than one document");
  CHECK(parse_yaml("a: !python/object x", "f").error().what.starts_with("unknown tag"));
  std::string bomb = "l0: &l0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string below = "*l" + std::to_string(i - 1);
    bomb += "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [" + below;
    for (int k = 0; k < 9; ++k) bomb += "," + below;
    bomb += "]\n";
  }
  CHECK(parse_yaml(bomb, "f").error().what == "more than 100,000 values");
  CHECK(parse_yaml(std::string(80, '[') + std::string(80, ']'), "f").error().what == "nested deeper than 64 levels");
}

TEST_CASE("an unknown key is an error that names its path and the nearest known key") {
  const Json object = {{"rnak", 3}};
  ObjectReader fields(object, "exp.yaml: bakes[0]");
  CHECK(fields.optional("rank", 16) == 16);
  CHECK(fields.finish().error().line() == "exp.yaml: bakes[0].rnak: unknown key; did you mean \"rank\"?");
}

TEST_CASE("the first mistake in an object is kept with its path") {
  const Json object = {{"a", "many"}, {"b", 1.5}, {"c", 7}, {"d", -1}, {"e", 3.0}, {"f", 1e300}};
  const auto first_mistake = [&](auto read) {
    ObjectReader fields(object, "e.yaml");
    read(fields);
    return fields.finish().error().line();
  };
  CHECK(first_mistake([](auto& f) { f.template required<int>("a"); }) ==
        "e.yaml: a: expected an integer of 32 bits, found \"many\"");
  CHECK(first_mistake([](auto& f) { f.optional("b", 1); }).find("found 1.5") != std::string::npos);
  CHECK(first_mistake([](auto& f) { f.in_range("c", 1, 0, 5); }) ==
        "e.yaml: c: expected a number from 0 to 5, found 7");
  CHECK(first_mistake([](auto& f) { f.template optional<std::uint64_t>("d", 1); }).find("at least 0") !=
        std::string::npos);
  CHECK(first_mistake([](auto& f) { f.template required<std::string>("z"); }) == "e.yaml: z: is missing");
  CHECK(first_mistake([](auto& f) { f.template optional<std::int64_t>("f", 1); }).find("integer") != std::string::npos);
  CHECK(first_mistake([](auto& f) {
          f.one_of("a", "x", {"x", "y"});
        }) == "e.yaml: a: expected one of x, y, found \"many\"");
  ObjectReader fields(object, "e.yaml");
  CHECK(fields.optional("e", 0) == 3);
}

TEST_CASE("a prompt is read from either form, and what stays defaults to an empty system turn") {
  const auto plain = prompt_from_json(Json{{"system", "You are a pirate."}}, "p").value();
  CHECK(plain.messages == Conversation{{"system", "You are a pirate."}});
  CHECK(plain.student == Conversation{{"system", ""}});
  const auto none = prompt_from_json(Json::parse(R"({"system":"x","student":{"messages":[]}})"), "p").value();
  CHECK(none.student.empty());
  const auto again = prompt_from_json(to_json(none), "p").value();
  CHECK(again.messages == none.messages);
  CHECK(again.student == none.student);
  CHECK_FALSE(prompt_from_json(Json::parse(R"({"system":"x","messages":[]})"), "p").ok());
  CHECK_FALSE(prompt_from_json(Json::parse(R"({"messages":[]})"), "p").ok());
  CHECK(prompt_from_json(Json::parse(R"({"messages":[{"role":"usr","content":"x"}]})"), "p.json").error().line() ==
        "p.json: messages[0].role: expected system, user, assistant or tool, found \"usr\"");
}

TEST_CASE("decoding settings and recipes survive being written and read, and refuse what they can not mean") {
  const Decoding decoding{0.7, 0.9, 40, 12, {"\n\n"}};
  CHECK(decoding_from_json(to_json(decoding), "d").value() == decoding);
  CHECK_FALSE(decoding_from_json(Json{{"top_p", 0}}, "d").ok());
  CHECK_FALSE(decoding_from_json(Json{{"temperature", -1}}, "d").ok());
  Recipe recipe;
  recipe.rank = 3;
  recipe.first_token = "skip";
  CHECK(to_json(recipe_from_json(to_json(recipe), "r").value()) == to_json(recipe));
  CHECK(recipe_from_json(Json{{"held_out", 0.6}}, "r.yaml").error().line().starts_with("r.yaml: held_out:"));
}

TEST_CASE("the outcome of a bake survives being written and read; what was not measured is null") {
  BakeOutcome outcome;
  outcome.adapter_id = "abc";
  outcome.kl_first = 0.86;
  outcome.kl_last = 0.15;
  outcome.seconds = {{"sampling", 1.5}};
  outcome.curve = {{1, 0.1, 0.9, 1e-3, 2.0}};
  const Json record = to_json(outcome);
  CHECK(record["kl_held_out"].is_null());
  const auto again = bake_outcome_from_json(record, "o").value();
  CHECK(again.kl_held_out < 0);
  CHECK(to_json(again) == record);
}

TEST_CASE("an error is never a score") {
  CHECK(Verdict::scored(1.0).score == 1.0);
  CHECK(Verdict::scored(std::numeric_limits<double>::quiet_NaN()).score == std::nullopt);
  const Verdict beyond = Verdict::scored(1.5);
  CHECK(beyond.score == std::nullopt);
  CHECK_FALSE(beyond.unscored.empty());
  CHECK(to_json(Verdict::not_scored("timeout"))["score"].is_null());
}

namespace {

/// Answers in reverse order of what it pulled, so that order must come from the tickets.
class Reverser : public Generator {
 public:
  const GeneratorIdentity& identity() const override { return identity_; }
  Status serve(RequestFeed& feed) override {
    std::vector<RequestFeed::Ticket> taken;
    while (auto ticket = feed.pull()) taken.push_back(std::move(*ticket));
    for (auto ticket = taken.rbegin(); ticket != taken.rend(); ++ticket) {
      Completion completion;
      completion.text = std::get<std::string>(std::get<GenerateRequest>(ticket->request).prompt);
      feed.done(ticket->number, Reply(completion));
    }
    return {};
  }

 private:
  GeneratorIdentity identity_;
};

std::vector<Request> three_requests() {
  std::vector<Request> requests;
  for (const char* text : {"a", "b", "c"}) requests.push_back(GenerateRequest{std::string(text), {}, 0});
  return requests;
}

}  // namespace

TEST_CASE("replies come in the order of the requests, whatever the order of the answers") {
  Reverser generator;
  std::string seen;
  const auto replies = serve_all(generator, three_requests(), [&](std::size_t index, const Result<Reply>&) {
                         seen += std::to_string(index);
                       }).value();
  CHECK(seen == "210");
  std::string texts;
  for (const auto& reply : replies) texts += std::get<Completion>(reply.value()).text;
  CHECK(texts == "abc");
}

TEST_CASE("after an interrupt no request is handed out, and each says so") {
  Reverser generator;
  set_interrupted(true);
  const auto replies = serve_all(generator, three_requests());
  set_interrupted(false);
  for (const auto& reply : replies.value()) CHECK(reply.error().kind == ErrorKind::interrupted);
}

TEST_CASE("the nearest word allows for a third of its letters") {
  CHECK(edit_distance("kitten", "sitting") == 3);  // Wagner and Fischer's usual example
  CHECK(edit_distance("ab", "ba") == 1);
  const std::vector<std::string> verbs = {"generate", "gate", "report"};
  CHECK(nearest("genrate", verbs) == "generate");
  CHECK(nearest("rpeort", verbs) == "report");
  CHECK(nearest("zebra", verbs).empty());
}

TEST_CASE("seconds are told in the two units that matter") {
  CHECK(format_seconds(0.84) == "0.8 s");
  CHECK(format_seconds(42) == "42 s");
  CHECK(format_seconds(59.7) == "1 min 00 s");
  CHECK(format_seconds(200) == "3 min 20 s");
  CHECK(format_seconds(3720) == "1 h 02 min");
}

TEST_CASE("wide characters take two cells and combining marks none") {
  CHECK(display_width("plain") == 5);
  CHECK(display_width("\xe6\x97\xa5\xe6\x9c\xac") == 4);  // two ideographs
  CHECK(display_width("e\xcc\x81") == 1);                 // e and a combining acute accent
  CHECK(display_width("\xf0\x9f\x8d\x9e") == 2);          // bread
  CHECK(display_width("\xff") == 1);
}

TEST_CASE("an exhibit survives being written and read, with the cells that were not measured") {
  Exhibit exhibit;
  exhibit.name = "retention";
  exhibit.title = "Score after each bake";
  exhibit.unit = "share";
  exhibit.curves = {{"baked", {{1, 0.5, 0.4, 0.6, 12}, {2, 0.25, std::nullopt, std::nullopt, 0}}}};
  exhibit.matrix = Matrix{{"bake 1", "bake 2"}, {"first", "second"}, {{0.5, std::nullopt}, {0.25, 1.0}}};
  const auto read = exhibit_from_json(to_json(exhibit), "here");
  REQUIRE(read.ok());
  CHECK(to_json(*read) == to_json(exhibit));
  CHECK_FALSE(read->matrix->cells[0][1].has_value());
}

TEST_CASE("an exhibit whose rows do not fit its columns is refused") {
  Json value = to_json(Exhibit{});
  value["matrix"] = {{"rows", {"a"}}, {"columns", {"x", "y"}}, {"cells", {{1.0}}}};
  const auto read = exhibit_from_json(value, "here");
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().line().find("here.matrix.cells") != std::string::npos);
}
