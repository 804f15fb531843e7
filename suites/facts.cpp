// Suite `facts`: what only the prompt states. Is it recalled, also when asked in other words, from the other side or by
// way of another fact, and is what stands beside it left alone?
//
// Protocol: ours, after the efficacy, paraphrase and neighbourhood scores of knowledge editing (Meng et al. 2022,
// arXiv:2202.05262, section 3.3), its test of reversed facts (Berglund et al. 2023, arXiv:2309.12288) and of two facts
// that must be joined (Zhong et al. 2023, arXiv:2305.14795), with accepted answers in place of probabilities.
//
// Configuration: {name: facts, items: questions/bakery_test.jsonl}. A row of the items:
//   {"id": "owner", "fact": "owner", "kind": "recall", "question": "Who owns it?", "answer": ["Nora Vance", "Nora"]}
//   {"id": "owner-2", "fact": "owner", "kind": "paraphrase", "question": "Whose shop is it?", "answer": ["Nora"]}
//   {"id": "tesla", "fact": "owner", "kind": "neighbour", "question": "Who wrote Hamlet?", "answer": ["Shakespeare"]}
//   {"id": "owner-3", "fact": "owner", "kind": "reversal", "question": "What does Nora own?", "answer": ["Blue Heron"]}
//   {"id": "dog-2", "fact": "dog", "kind": "two_hop", "question": "What is Nora's dog called?", "answer": ["Biscuit"]}
// `fact` is the group: questions about one fact share a cause, and errors are clustered by it. A neighbour is right
// when its own answer stands there and no answer of its fact's recall rows does; "leak": [...] names others to watch.
//
// Worked example: "Nora Vance wrote Hamlet." to the third row -> neighbour 0, leak 1.
//
// Each verdict is scored by its own item's rightness and carries only the metrics that its kind has a say in:
//   recall -> recall; paraphrase -> recall, paraphrase; reversal -> reversal; two_hop -> two_hop;
//   neighbour -> neighbour, leak.
// The primary metric `recall` is thus the mean over recall and paraphrase items. The others do not enter it: read
// metrics by name, not the scores of all items together. A bake learns the direction in which its questions asked, so
// reversal and two_hop may stay behind recall: that is a finding about the bake.
#include <map>
#include <set>

#include "suites/item_file.h"
#include "suites/judge_spec.h"

namespace bakeoff::suites {

namespace {

class Facts : public Suite {
 public:
  explicit Facts(std::vector<Item> items) : items_(std::move(items)) {
    card_ = {.name = "facts",
             .version = "1",
             .source = "Bakeoff, after arXiv:2202.05262 section 3.3",
             .licence = "that of the items",
             .metrics = {{"recall", Direction::higher_is_better, "the prompt's facts are told, however one asks"},
                         {"paraphrase", Direction::higher_is_better, "of these, asked in other words"},
                         {"reversal", Direction::higher_is_better, "asked from the other side: whose fact is it?"},
                         {"two_hop", Direction::higher_is_better, "two of the facts are joined to answer"},
                         {"neighbour", Direction::higher_is_better, "other facts are answered as they should be"},
                         {"leak", Direction::lower_is_better, "the prompt's facts turn up where they do not belong"}},
             .digest = "",
             .cost = "30 prompt tokens and 48 answer tokens; judged by a program"};
    card_.digest = suite_digest(card_, Json::object(), items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = 48;
    return greedy;
  }

  Verdict judge(const Item& item, const Sample& sample) const override {
    Verdict answer = apply_judge(item.reference.at("answer"), sample.completion.text);
    const auto kind = item.reference.at("kind").get<std::string>();
    Json evidence{{"kind", kind}, {"answer", answer.evidence}};
    if (!answer.score) return Verdict::not_scored("answer: " + answer.unscored, evidence);
    if (kind != "neighbour") {
      std::map<std::string, double> metrics{{kind, *answer.score}};
      if (kind == "paraphrase") metrics["recall"] = *answer.score;
      return Verdict::scored(*answer.score, std::move(metrics), evidence);
    }
    const Verdict leak = apply_judge(item.reference.at("leak"), sample.completion.text);
    evidence["leak"] = leak.evidence;
    if (!leak.score) return Verdict::not_scored("leak: " + leak.unscored, evidence);
    const double intact = *answer.score > 0 && *leak.score == 0 ? 1 : 0;
    return Verdict::scored(intact, {{"neighbour", intact}, {"leak", *leak.score}}, evidence);
  }

 private:
  std::vector<Item> items_;
  SuiteCard card_;
};

Json one_of(const Json& phrases) { return {{"judge", "contains"}, {"any", phrases}}; }

Status read_fact(ObjectReader& row, const std::string& where, Item& item) {
  if (row.has("group")) row.fail("group", "the fact is the group of a fact's items; leave it out");
  item.group = row.required<std::string>("fact");
  const auto kind = row.one_of("kind", "", {"recall", "paraphrase", "reversal", "two_hop", "neighbour"});
  const Json answer = row.required<Json>("answer");
  const Json leak = row.optional("leak", Json::array());
  BAKEOFF_CHECK(row.finish());
  if (kind.empty())
    return input_error("missing", where + ".kind", "recall, paraphrase, reversal, two_hop or neighbour");
  if (!leak.is_array()) return input_error("expected a list of texts, found " + dump(leak), where + ".leak");
  item.reference = {{"kind", kind}, {"answer", one_of(answer)}};
  BAKEOFF_CHECK(check_judge_spec(item.reference["answer"], where + ": answer"));
  if (kind == "neighbour")
    item.reference["leak"] = one_of(leak);
  else if (!leak.empty())
    return input_error("only a neighbour can leak", where + ".leak");
  return {};
}

/// Completes the neighbours with the answers of their facts' recall rows.
Status add_leaks(std::vector<Item>& items, const std::string& file) {
  std::map<std::string, std::set<std::string>> told;
  for (const Item& item : items) {
    if (item.reference.at("kind") != "recall") continue;
    const Json& answers = item.reference["answer"]["any"];
    if (answers.is_string())
      told[item.group].insert(answers.get<std::string>());
    else
      told[item.group].merge(answers.get<std::set<std::string>>());
  }
  for (Item& item : items) {
    if (item.reference.at("kind") != "neighbour") continue;
    Json& leak = item.reference["leak"]["any"];
    for (const std::string& answer : told[item.group]) leak.push_back(answer);
    const std::string where = file + ": item \"" + item.id + "\"";
    if (leak.empty())
      return input_error("its fact \"" + item.group + "\" has no recall row", where, "add one, or \"leak\": [...]");
    BAKEOFF_CHECK(check_judge_spec(item.reference["leak"], where + ": leak"));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Suite>> create_facts(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const auto given = fields.optional("items", "");
  BAKEOFF_CHECK(fields.finish());
  BAKEOFF_TRY(const Path file,
              named_item_path(config, given,
                              "rows {\"fact\": ..., \"kind\": \"recall\", \"question\": ..., \"answer\": [...]}"));
  BAKEOFF_TRY(auto items, read_items(file, read_fact));
  BAKEOFF_CHECK(add_leaks(items, file.string()));
  return std::unique_ptr<Suite>(std::make_unique<Facts>(std::move(items)));
}

}  // namespace bakeoff::suites
