// Suite `prompt_instructions`: how well answers follow a prompt, by a scorer in [0, 1] for each of 14 prompts.
//
// Protocol: that of the prompt-baking authors (arXiv:2409.13697, amanb2000/prompt_weight_equivalence): users ask
// questions that have nothing to do with the prompt, and a program scores how far each answer does what the prompt
// says. They take the questions of SQuAD's validation set, greedy answers of at most 300 tokens. Here questions are
// those of common_knowledge (part of the program) or those of `items: FILE`, one {"question": "..."} a line, and
// answers have 64 tokens unless `decoding` says more. The scorers, what each rests on and where it differs:
// judges/prompt_scorers.h. Configuration, with the prompt in the experiment:
//   {name: prompt_instructions, scorer: every_sentence_blue, limit: 60}
//   {name: prompt_instructions, scorer: use_rare_lexicon, common_words: words.txt}
// `common_words` has a word a line.
//
// Worked example, scorer every_sentence_blue: "The sky is blue. It is wide. Blue whales swim." names it once in two of
// three sentences: followed 0.667.
#include <sstream>

#include "harness/core/row_file.h"
#include "judges/prompt_scorers.h"
#include "suites/item_file.h"

namespace bakeoff::suites {

namespace {

constexpr int kAnswerTokens = 64;

class PromptInstructions : public Suite {
 public:
  PromptInstructions(const judges::PromptScorer& scorer, judges::WordSet common_words, std::vector<Item> items)
      : scorer_(scorer), common_words_(std::move(common_words)), items_(std::move(items)) {
    card_ = {.name = "prompt_instructions",
             .version = "1",
             .source = std::string("scorer: ") + scorer.source,
             .licence = "Apache-2.0; items of a file: that of the file",
             .metrics = {{"followed", Direction::higher_is_better, scorer.prompt}},
             .digest = "",
             .cost = "15 prompt tokens and at most 64 answer tokens; judged by a program"};
    card_.digest = suite_digest(card_, {{"scorer", scorer.name}, {"common_words", common_words_}}, items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = kAnswerTokens;
    return greedy;
  }
  Verdict judge(const Item& item, const Sample& sample) const override {
    const auto score = scorer_.score(
        {.answer = sample.completion.text, .question = item.messages.back().content, .common_words = &common_words_});
    if (!score.ok()) return Verdict::not_scored(score.error().line());
    return Verdict::scored(*score, {{"followed", *score}}, {{"scorer", scorer_.name}});
  }
  std::string example_answer(const Item&) const override { return scorer_.example; }

 private:
  const judges::PromptScorer& scorer_;
  judges::WordSet common_words_;
  std::vector<Item> items_;
  SuiteCard card_;
};

std::vector<Item> own_questions() {
  std::vector<Item> items;
  std::istringstream lines{std::string(shipped_set("common_knowledge"))};
  for (std::string line; std::getline(lines, line);) {
    const Json row = Json::parse(line);
    const auto id = row.at("id").get<std::string>();
    items.push_back({id, id, {{"user", row.at("question").get<std::string>()}}, Json::object()});
  }
  return items;
}

Result<judges::WordSet> read_words(const judges::PromptScorer& scorer, ObjectReader& fields,
                                   const SuiteConfig& config) {
  judges::WordSet words;
  if (scorer.needs != judges::Needs::common_words) return words;
  if (!fields.has("common_words"))
    return input_error(
        std::string("scorer \"") + scorer.name + "\" needs a list of common words, which is not part of Bakeoff",
        config.where, "name a file with a word a line in common_words");
  const Path file = config.folder / fields.required<std::string>("common_words");
  BAKEOFF_TRY(const std::string text, read_text_file(file));
  std::istringstream lines(text);
  for (std::string word; lines >> word;) words.insert(word);
  if (words.empty()) return input_error("no words", file.string(), "write one a line");
  return words;
}

Status no_reference(ObjectReader&, const std::string&, Item& item) {
  item.reference = Json::object();
  return {};
}

}  // namespace

Result<std::unique_ptr<Suite>> create_prompt_instructions(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const std::string name = fields.optional("scorer", "every_sentence_blue");
  BAKEOFF_TRY(const judges::PromptScorer* const scorer, judges::find_prompt_scorer(name, config.where + ".scorer"));
  BAKEOFF_TRY(judges::WordSet words, read_words(*scorer, fields, config));
  const std::string file = fields.optional("items", "");
  BAKEOFF_CHECK(fields.finish());
  std::vector<Item> items = own_questions();
  if (!file.empty()) {
    BAKEOFF_TRY(items, read_items(config.folder / file, no_reference));
  }
  return std::unique_ptr<Suite>(std::make_unique<PromptInstructions>(*scorer, std::move(words), std::move(items)));
}

}  // namespace bakeoff::suites
