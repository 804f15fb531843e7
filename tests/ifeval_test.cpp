// IFEval: the flags of the published GPT-4 run, one case for each verifier, and the loose forms.
#include <algorithm>
#include <map>

#include "harness/core/row_file.h"
#include "judges/english.h"
#include "judges/instructions.h"
#include "judges/language.h"
#include "suites/suite.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

Verdict judged(const suites::Suite& suite, const Item& item, const std::string& text) {
  Sample sample;
  sample.completion.text = text;
  return suite.judge(item, sample);
}

bool follows(const std::string& text, const std::string& id, const Json& arguments = Json::object()) {
  REQUIRE(judges::check_instruction(id, arguments, "test").ok());
  const auto result = judges::follows_instruction(text, id, arguments);
  REQUIRE(result.ok());
  return *result;
}

std::size_t sentences(const std::string& text) { return judges::count_sentences(text).value(); }
std::size_t capital_words(const std::string& text) { return judges::count_capital_words(text).value(); }

}  // namespace

TEST_CASE("ifeval gives the published flags of GPT-4: all strict, and all loose but the one that was drawn at random") {
  const auto folder = testing::data_path("ifeval");
  if (!folder) SKIP_TEST("ifeval is not there");
  const auto suite = suites::create_suite("ifeval", {{{"items", "input_data.jsonl"}}, *folder, 0, "test"});
  REQUIRE(suite.ok());
  CHECK((**suite).items().size() == 541);
  std::map<std::string, const Item*> by_prompt;
  for (const Item& item : (**suite).items()) by_prompt[item.messages.back().content] = &item;
  std::map<std::string, int> prompts, instructions;
  std::vector<std::string> differing;
  for (const std::string mode : {"strict", "loose"}) {
    const auto on_row = [&](std::size_t, const Json& row) -> Status {
      const Item& item = *by_prompt.at(row.at("prompt").get<std::string>());
      const Verdict verdict = judged(**suite, item, row.at("response").get<std::string>());
      const Json& ours = verdict.evidence.at(mode);
      if (ours != row.at("follow_instruction_list")) differing.push_back(mode + " " + item.id);
      prompts[mode] += verdict.metrics.at("prompt_" + mode) == 1;
      instructions[mode] += static_cast<int>(std::count(ours.begin(), ours.end(), Json(true)));
      return {};
    };
    REQUIRE(for_each_row(*folder / "gpt4" / ("eval_results_" + mode + ".jsonl"), on_row).ok());
  }
  CHECK(prompts["strict"] == 417);
  CHECK(instructions["strict"] == 697);
  CHECK(differing == std::vector<std::string>{"loose 1122"});
  CHECK(prompts["loose"] == 430 + 1);
  CHECK(instructions["loose"] == 712 + 1);
}

TEST_CASE("each verifier tells an answer that follows from one that does not") {
  const Json two{{"num_paragraphs", 2}, {"nth_paragraph", 2}, {"first_word", "Then"}};
  CHECK(follows("A Dogged man", "keywords:existence", {{"keywords", {"dog", "man"}}}));
  CHECK(!follows("a cat", "keywords:existence", {{"keywords", {"cat", "dog"}}}));
  CHECK(follows("dog Dog", "keywords:frequency", {{"keyword", "dog"}, {"frequency", 2}, {"relation", "at least"}}));
  CHECK(!follows("dog Dog", "keywords:frequency", {{"keyword", "dog"}, {"frequency", 2}, {"relation", "less than"}}));
  CHECK(follows("dogged", "keywords:forbidden_words", {{"forbidden_words", {"dog"}}}));
  CHECK(!follows("a DOG.", "keywords:forbidden_words", {{"forbidden_words", {"dog"}}}));
  CHECK(follows("Aa", "keywords:letter_frequency",
                {{"letter", "a"}, {"let_frequency", 2}, {"let_relation", "at least"}}));
  CHECK(follows("Wie heißt der Hund des Nachbarn?", "language:response_language", {{"language", "de"}}));
  CHECK(!follows("What is the name of the neighbour's dog?", "language:response_language", {{"language", "de"}}));
  CHECK(follows("One. Two.", "length_constraints:number_sentences", {{"num_sentences", 3}, {"relation", "less than"}}));
  CHECK(follows("a\n***\nb", "length_constraints:number_paragraphs", {{"num_paragraphs", 2}}));
  CHECK(!follows("a\n***\n***\nb", "length_constraints:number_paragraphs", {{"num_paragraphs", 2}}));
  CHECK(follows("one two, three", "length_constraints:number_words", {{"num_words", 3}, {"relation", "at least"}}));
  CHECK(follows("First.\n\nThen, more.", "length_constraints:nth_paragraph_first_word", two));
  CHECK(!follows("First.\n\nMore.", "length_constraints:nth_paragraph_first_word", two));
  CHECK(follows("[name] [street]", "detectable_content:number_placeholders", {{"num_placeholders", 2}}));
  CHECK(follows("Bye.\np. s. more", "detectable_content:postscript", {{"postscript_marker", "P.S."}}));
  CHECK(!follows("Bye.", "detectable_content:postscript", {{"postscript_marker", "P.P.S"}}));
  CHECK(follows("* a\n- b\n**c**", "detectable_format:number_bullet_lists", {{"num_bullets", 2}}));
  CHECK(follows("Well: My answer is no.", "detectable_format:constrained_response"));
  CHECK(follows("*a* and *b*", "detectable_format:number_highlighted_sections", {{"num_highlights", 2}}));
  CHECK(!follows("* * **", "detectable_format:number_highlighted_sections", {{"num_highlights", 1}}));
  CHECK(follows("PART 1 x PART 2 y", "detectable_format:multiple_sections",
                {{"section_spliter", "PART"}, {"num_sections", 2}}));
  CHECK(follows("```json\n{\"a\": [1]}\n```", "detectable_format:json_format"));
  CHECK(!follows("{a: 1}", "detectable_format:json_format"));
  CHECK(follows("<<joy>> x", "detectable_format:title"));
  CHECK(!follows("<< >>", "detectable_format:title"));
  CHECK(follows("one ****** two", "combination:two_responses"));
  CHECK(!follows("one ****** one", "combination:two_responses"));
  CHECK(follows(" Say it. It.", "combination:repeat_prompt", {{"prompt_to_repeat", "say it."}}));
  CHECK(follows("\"Bye. The END\"", "startend:end_checker", {{"end_phrase", "The end"}}));
  CHECK(follows("\"x\"", "startend:quotation"));
  CHECK(!follows("\"", "startend:quotation"));
  CHECK(follows("NASA and USA", "change_case:capital_word_frequency",
                {{"capital_frequency", 3}, {"capital_relation", "less than"}}));
  CHECK(follows("THERE WERE MANY PEOPLE IN THE STREETS OF THE TOWN THAT DAY", "change_case:english_capital"));
  CHECK(!follows("THERE WERE many", "change_case:english_capital"));
  CHECK(follows("there were many people in the streets of the town", "change_case:english_lowercase"));
  CHECK(!follows("a, b", "punctuation:no_comma"));
}

TEST_CASE("sentences end at signs, not after abbreviations, initials and numbers in a sentence") {
  CHECK(sentences("") == 0);
  CHECK(sentences("One") == 1);
  CHECK(sentences("One. Two! Three? four") == 4);
  CHECK(sentences("Dr. Smith met Mrs. Jones at 5 p.m. on Main St. in Boston.") == 1);
  CHECK(sentences("He left at 5 p.m. The others stayed.") == 2);
  CHECK(sentences("J. R. Tolkien wrote it.") == 1);
  CHECK(sentences("Wait... what? \"Stop!\" he said.") == 3);
  CHECK(sentences("(It ended.) Then it began.") == 2);
  CHECK(sentences("Version 2.5 costs $3.40 now.") == 1);
}

TEST_CASE("capital words are parted as NLTK parts them") {
  CHECK(capital_words("NASA, USA and I. AT&T") == 5);
  CHECK(capital_words("DON'T") == 2);
  CHECK(capital_words("Don't Shout") == 0);
  CHECK(capital_words("A-B C3 123 X.Y.") == 3);
}

TEST_CASE("language_of knows thirty languages by a sentence, and text without letters in none") {
  const std::vector<std::pair<const char*, const char*>> sentences{
      {"en", "All human beings are born free and equal in dignity and rights."},
      {"es", "Todos los seres humanos nacen libres e iguales en dignidad y derechos."},
      {"pt", "Todos os seres humanos nascem livres e iguais em dignidade e em direitos."},
      {"fr", "Tous les êtres humains naissent libres et égaux en dignité et en droits."},
      {"de", "Alle Menschen sind frei und gleich an Würde und Rechten geboren."},
      {"it", "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti."},
      {"fi", "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan."},
      {"pl", "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw."},
      {"sw", "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa."},
      {"vi", "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền."},
      {"ru", "Все люди рождаются свободными и равными в своем достоинстве и правах."},
      {"uk", "Всі люди народжуються вільними і рівними у своїй гідності та правах."},
      {"bg", "Никой не трябва да бъде подложен на изтезания, нито на жестоко отнасяне."},
      {"ar", "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق."},
      {"fa",
       "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم "
       "برابرند."},
      {"hi", "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।"},
      {"th", "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"},
      {"ko", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다."},
      {"ja", "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"},
      {"zh", "人人生而自由,在尊严和权利上一律平等。"},
      {"he", "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם."},
      {"ta", "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்."},
  };
  for (const auto& [code, sentence] : sentences) {
    INFO(sentence);
    CHECK(judges::language_of(sentence).value().code == code);
    CHECK(judges::language_probability(sentence, code) > 0.9);
  }
  CHECK(!judges::language_of("12 + 3 = ?").has_value());
  CHECK(judges::language_probability("", "en") == 0);
}

TEST_CASE("ifeval names a bad row by its line") {
  testing::TemporaryFolder folder;
  const auto error_of = [&](const std::string& row) {
    REQUIRE(write_file_atomically(folder / "i.jsonl", row + "\n").ok());
    const auto suite = suites::create_suite("ifeval", {{{"items", "i.jsonl"}}, folder.path(), 0, "test"});
    return suite.ok() ? std::string() : suite.error().line();
  };
  const auto with = [](const std::string& id, const std::string& kwargs) {
    return R"({"key":1,"prompt":"p","instruction_id_list":[")" + id + R"("],"kwargs":)" + kwargs + "}";
  };
  CHECK(error_of(with("punctuation:no_comma", "[{\"num_words\":null}]")).empty());
  CHECK(error_of(with("punctuation:comma", "[{}]")).find("i.jsonl:1") != std::string::npos);
  CHECK(error_of(with("punctuation:no_comma", "[]")).find("kwargs") != std::string::npos);
  CHECK(error_of(with("keywords:existence", "[{}]")).find("keywords") != std::string::npos);
  CHECK(error_of(with("keywords:frequency", R"([{"keyword":"a","frequency":1,"relation":"about"}])")).size() > 0);
  CHECK(error_of(with("keywords:letter_frequency", R"([{"letter":"","let_frequency":1,"let_relation":"at least"}])"))
            .size() > 0);
}

}  // namespace bakeoff
