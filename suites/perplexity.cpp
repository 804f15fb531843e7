// Suite `perplexity`: how likely a text is to the model, token by token. The plainest sign that a bake moved the model
// away from ordinary language.
//
// Protocol: each passage is scored whole, as raw text after the special tokens that the model's tokenizer adds; the
// first token has nothing before it and is not scored, as in transformers (labels = input_ids, shifted by one). Bits
// per byte as in lm-evaluation-harness (lm_eval/api/metrics.py): nats / (bytes * ln 2), over all UTF-8 bytes of the
// passage. Items: 16 passages of about 150 words that were written for Bakeoff (datasets/held_out.txt; part of the
// program), or {name: perplexity, items: FILE}: a .txt whose passages are parted by blank lines, or rows
//   {"text": "..."}                       scored as raw text
//   {"question": "...", "text": "..."}    (or "messages") scored as the answer in a chat after the arm's prompt
// No prompt reaches raw text: there `prompted` equals `base`, and a difference of `baked` is what the bake did to the
// weights. With questions a prompt does reach it.
//
// Worked example: a passage of 500 bytes in 120 scored tokens with a log-probability of -360 nats: 3.0 nats per token,
// perplexity e^3 = 20.1, 360 / (500 * 0.693) = 1.04 bits per byte, and the score 2^-1.04 = 0.487. The answer of a
// sample is the text {"logprob": -360, "tokens": 120}; `bakeoff judge` takes the same text from a file.
//
// A score lies in [0, 1], so the primary metric is the geometric mean probability of a byte. (That of a token, 1 /
// perplexity, is so small that no margin in points could see it fall.) Means are over passages, each counting once.
#include <cmath>
#include <sstream>

#include "harness/core/row_file.h"
#include "suites/item_file.h"

namespace bakeoff::suites {

namespace {

std::string stated(double logprob, std::int64_t tokens) { return dump(Json{{"logprob", logprob}, {"tokens", tokens}}); }

class PerplexityEpisode : public Episode {
 public:
  explicit PerplexityEpisode(const Item& item) : messages_(item.messages) {
    const auto text = item.reference.at("text").get<std::string>();
    if (item.reference.at("raw").get<bool>()) {
      request_.prompt = text;
    } else {
      request_.prompt = messages_;
      request_.completion = text;
    }
  }

  std::optional<Request> next(const Reply* reply) override {
    if (!reply) return request_;
    if (const auto* score = std::get_if<Score>(reply)) messages_.push_back({"assistant", stated_of(*score)});
    return std::nullopt;
  }
  Conversation messages() const override { return messages_; }

 private:
  std::string stated_of(const Score& score) const {
    if (request_.completion) return stated(score.completion_logprob, score.completion_tokens);
    double sum = 0;
    for (const double logprob : score.token_logprobs) sum += logprob;
    return stated(sum, static_cast<std::int64_t>(score.token_logprobs.size()));
  }

  Conversation messages_;
  ScoreRequest request_;
};

Verdict judge_stated(const std::string& answer, std::size_t bytes) {
  const auto json = parse_json(answer, "answer");
  const auto number = [&](const char* key) {
    return json.ok() && json->is_object() && json->contains(key) && (*json)[key].is_number()
               ? (*json)[key].get<double>()
               : std::nan("");
  };
  const double nats = -number("logprob"), tokens = number("tokens");
  if (!(nats >= 0 && std::isfinite(nats) && tokens >= 1 && std::isfinite(tokens)))
    return Verdict::not_scored(R"(the answer does not state {"logprob": NATS, "tokens": N})");
  const double per_token = nats / tokens, per_byte = nats / static_cast<double>(bytes);
  return Verdict::scored(std::exp(-per_byte),
                         {{"byte_probability", std::exp(-per_byte)},
                          {"nats_per_token", per_token},
                          {"perplexity", std::exp(per_token)},
                          {"bits_per_byte", per_byte / std::log(2.0)}},
                         Json{{"nats", nats}, {"tokens", tokens}, {"bytes", bytes}});
}

class Perplexity : public Suite {
 public:
  Perplexity(std::vector<Item> items, bool own) : items_(std::move(items)) {
    card_ = {.name = "perplexity",
             .version = "1",
             .source = own ? "Bakeoff (written), 16 passages" : "a text of the experiment",
             .licence = own ? "Apache-2.0" : "that of the text",
             .metrics = {{"byte_probability", Direction::higher_is_better, "geometric mean over UTF-8 bytes"},
                         {"nats_per_token", Direction::lower_is_better, "negative log-probability per token"},
                         {"bits_per_byte", Direction::lower_is_better, "the same per UTF-8 byte, in bits"},
                         {"perplexity", Direction::lower_is_better, "e to the nats per token"}},
             .digest = "",
             .cost = "180 tokens read; nothing is drawn"};
    card_.digest = suite_digest(card_, Json::object(), items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  /// Nothing is drawn.
  Decoding decoding() const override { return {}; }
  std::unique_ptr<Episode> episode(const Item& item, const Decoding&, std::uint64_t) const override {
    return std::make_unique<PerplexityEpisode>(item);
  }
  Verdict judge(const Item& item, const Sample& sample) const override {
    return judge_stated(sample.completion.text, item.reference.at("text").get<std::string>().size());
  }
  /// A model that gives every token a chance of 1 in 20 (e to the 3).
  std::string example_answer(const Item& item) const override {
    const auto tokens = static_cast<std::int64_t>(item.reference.at("text").get<std::string>().size() / 4 + 1);
    return stated(-3.0 * static_cast<double>(tokens), tokens);
  }

 private:
  std::vector<Item> items_;
  SuiteCard card_;
};

Json reference_of(std::string text, bool raw) { return {{"text", std::move(text)}, {"raw", raw}}; }

/// Passages are parted by lines that are empty or blank.
std::vector<Item> passages_of(const std::string& text) {
  std::vector<Item> items;
  std::istringstream lines(text);
  std::string passage;
  const auto close = [&] {
    if (passage.empty()) return;
    const std::string id = "passage-" + std::to_string(items.size() + 1);
    items.push_back({.id = id, .group = id, .messages = {{"user", passage}}, .reference = reference_of(passage, true)});
    passage.clear();
  };
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.find_first_not_of(" \t") == line.npos)
      close();
    else
      passage += (passage.empty() ? "" : "\n") + line;
  }
  close();
  return items;
}

Result<Item> item_of_row(const Json& json, const std::string& where) {
  ObjectReader row(json, where);
  const auto text = row.required<std::string>("text");
  const bool asked = row.has("question") || row.has("messages");
  Item item{.id = row.optional("id", ""), .group = row.optional("group", ""), .messages = {}, .reference = {}};
  if (row.has("messages")) {
    BAKEOFF_TRY(item.messages, conversation_from_json(row.raw("messages"), where + ".messages"));
  } else {
    item.messages = {{"user", row.optional("question", text)}};
  }
  BAKEOFF_CHECK(row.finish());
  if (text.empty() || item.messages.empty()) return input_error("there is nothing to score", where);
  const std::size_t colon = where.rfind(':');
  if (item.id.empty()) item.id = "row-" + where.substr(colon + 1);
  if (item.group.empty()) item.group = item.id;
  item.reference = reference_of(text, !asked);
  return item;
}

Result<std::vector<Item>> read_text_items(const Path& file) {
  const std::string name = file.filename().string();
  if (!name.ends_with(".txt") && !name.ends_with(".txt.gz")) return read_converted(file, item_of_row);
  BAKEOFF_TRY(const std::string text, read_text_file(file));
  auto items = passages_of(to_valid_utf8(text));
  if (items.empty()) return input_error("no text", file.string());
  return items;
}

}  // namespace

Result<std::unique_ptr<Suite>> create_perplexity(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const std::string file = fields.optional("items", "");
  BAKEOFF_CHECK(fields.finish());
  std::vector<Item> items = passages_of(std::string(shipped_set("held_out")));
  if (!file.empty()) {
    BAKEOFF_TRY(items, read_text_items(config.folder / file));
  }
  return std::unique_ptr<Suite>(std::make_unique<Perplexity>(std::move(items), file.empty()));
}

}  // namespace bakeoff::suites
