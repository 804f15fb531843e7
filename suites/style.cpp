// Suite `style`: does the answer have the manner that a prompt asks for, and is its content still right?
//
// Protocol: ours. Manner and content are scored apart, since a persona may be perfect and the answer wrong: a baked
// pirate that says "Arrr, Italy be the capital of the world!" has manner 1 and content 0. The check of manner by a
// pattern is how the authors of prompt baking score instruction prompts (arXiv:2409.13697).
//
// Configuration, in the experiment file:
//   {name: style, items: questions/pirate_test.jsonl, pattern: "(?i)arrr"}
//   {name: style, items: questions/pirate_test.jsonl, manner: {judge: contains, any: [arrr, matey]}}
// A row of the items:
//   {"question": "What is the capital of Italy?", "contains": ["Rome"]}
//   {"question": "What is 2 plus 2?", "content": {"judge": "numeric", "answer": 4}}
// A row without "contains" or "content" is scored for manner alone: its verdict has no `content` and no `both`.
//
// Worked example, first row: "Arrr! The capital be Rome." -> manner 1, content 1, both 1; "Rome." -> 0, 1, 0.
#include "suites/item_file.h"
#include "suites/judge_spec.h"

namespace bakeoff::suites {

namespace {

class Style : public Suite {
 public:
  Style(Json manner, std::vector<Item> items) : manner_(std::move(manner)), items_(std::move(items)) {
    card_ = {.name = "style",
             .version = "1",
             .source = "Bakeoff; manner by pattern as in arXiv:2409.13697",
             .licence = "that of the items",
             .metrics = {{"manner", Direction::higher_is_better, "the answer has the manner that the prompt asks for"},
                         {"content", Direction::higher_is_better, "the answer says what is right"},
                         {"both", Direction::higher_is_better, "manner and content together"}},
             .digest = "",
             .cost = "30 prompt tokens and 48 answer tokens; judged by a program"};
    card_.digest = suite_digest(card_, {{"manner", manner_}}, items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = 48;
    return greedy;
  }

  Verdict judge(const Item& item, const Sample& sample) const override {
    const Verdict manner = apply_judge(manner_, sample.completion.text);
    Json evidence{{"manner", manner.evidence}};
    if (!manner.score) return Verdict::not_scored("manner: " + manner.unscored, evidence);
    std::map<std::string, double> metrics{{"manner", *manner.score}};
    if (const auto check = item.reference.find("content"); check != item.reference.end()) {
      const Verdict content = apply_judge(*check, sample.completion.text);
      evidence["content"] = content.evidence;
      if (!content.score) return Verdict::not_scored("content: " + content.unscored, evidence);
      metrics["content"] = *content.score;
      metrics["both"] = std::min(*manner.score, *content.score);
    }
    return Verdict::scored(*manner.score, metrics, evidence);
  }
  /// "Rome, arrr": what is right and, where that can be read off its check, the manner.
  std::string example_answer(const Item& item) const override {
    const std::string content = passing_answer(item.reference), manner = passing_answer(manner_);
    return content + (content.empty() || manner.empty() ? "" : ", ") + manner;
  }

 private:
  Json manner_;
  std::vector<Item> items_;
  SuiteCard card_;
};

Status read_content(ObjectReader& row, const std::string& where, Item& item) {
  item.reference = Json::object();
  if (row.has("contains") && row.has("content"))
    return input_error("both \"contains\" and \"content\"", where, "keep one of them");
  if (row.has("contains"))
    item.reference["content"] = {{"judge", "contains"}, {"any", row.raw("contains")}};
  else if (row.has("content"))
    item.reference["content"] = row.raw("content");
  else
    return {};
  return check_judge_spec(item.reference["content"], where + (row.has("content") ? ".content" : ": contains"));
}

}  // namespace

Result<std::unique_ptr<Suite>> create_style(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const auto given = fields.optional("items", "");
  const Json manner = fields.has("manner") ? fields.raw("manner")
                                           : Json{{"judge", "regex"}, {"pattern", fields.optional("pattern", "")}};
  BAKEOFF_CHECK(fields.finish());
  BAKEOFF_TRY(const Path file, named_item_path(config, given, "rows {\"question\": ..., \"contains\": [...]}"));
  if (!config.fields.contains("manner") && !config.fields.contains("pattern"))
    return input_error("nothing says what the manner is", config.where, "give pattern: REGEX, or manner: {judge: ...}");
  const std::string manner_where = config.where + (config.fields.contains("manner") ? ".manner" : "");
  BAKEOFF_CHECK(check_judge_spec(manner, manner_where));
  BAKEOFF_TRY(auto items, read_items(file, read_content));
  return std::unique_ptr<Suite>(std::make_unique<Style>(manner, std::move(items)));
}

}  // namespace bakeoff::suites
