// Everything that a run records. All calls are made within Store::transaction().
#include "harness/core/sha256.h"
#include "harness/store/columns.h"
#include "harness/store/store.h"

namespace bakeoff::store {
namespace {

/// Texts longer than this are compressed and kept once.
constexpr std::size_t kInlineBytes = 1024;

Value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

const char* kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::input:
      return "input";
    case ErrorKind::infrastructure:
      return "infrastructure";
    case ErrorKind::interrupted:
      return "interrupted";
    case ErrorKind::internal:
      break;
  }
  return "internal";
}

Json metrics_json(const std::vector<MetricRow>& metrics) {
  Json list = Json::array();
  for (const MetricRow& metric : metrics)
    list.push_back({{"name", metric.name}, {"higher_is_better", metric.higher_is_better}, {"meaning", metric.meaning}});
  return list;
}

}  // namespace

Result<Store::Text> Store::put_text(const std::string& given) {
  const std::string text = is_valid_utf8(given) ? given : to_valid_utf8(given);
  if (text.size() <= kInlineBytes) return Text{text, nullptr};
  const std::string hash = sha256_hex(text);
  {
    BAKEOFF_TRY(Rows rows, database_.query("SELECT 1 FROM blobs WHERE hash = ?", {hash}));
    BAKEOFF_TRY(const bool known, rows.step());
    if (known) return Text{nullptr, hash};
  }
  BAKEOFF_CHECK(database_.execute("INSERT INTO blobs(hash, plain_bytes, data) VALUES (?, ?, ?)",
                                  {hash, static_cast<std::int64_t>(text.size()), Bytes{compress(text)}}));
  return Text{nullptr, hash};
}

Status Store::put_generator(const std::string& digest, const Json& identity) {
  return database_.execute("INSERT INTO generators(digest, identity) VALUES (?, ?) ON CONFLICT DO NOTHING",
                           {digest, dump(identity)});
}

Status Store::put_arm(RunId run, int position, const ArmRow& row) {
  BAKEOFF_CHECK(put_generator(row.generator, row.identity));
  return database_.execute(
      "INSERT OR REPLACE INTO arms(run, position, name, kind, prompt, bake, scale, generator) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {run, std::int64_t{position}, row.arm.name, row.arm.kind, row.arm.prompt, row.arm.bake, row.arm.scale,
       row.generator});
}

Status Store::put_suite(RunId run, int position, const SuiteRow& row, const std::vector<Item>& items) {
  BAKEOFF_CHECK(
      database_.execute("INSERT INTO suites(digest, name, version, source, licence, metrics) VALUES (?, ?, ?, ?, ?, ?) "
                        "ON CONFLICT(digest) DO UPDATE SET source = excluded.source, licence = excluded.licence, "
                        "metrics = excluded.metrics",
                        {row.digest, row.name, row.version, row.source, row.licence, dump(metrics_json(row.metrics))}));
  std::int64_t at = 0;
  for (const Item& item : items)
    BAKEOFF_CHECK(database_.execute(
        "INSERT INTO items(suite, id, position, item_group, messages, reference) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        {row.digest, item.id, at++, item.group, dump(to_json(item.messages)), dump(item.reference)}));
  return database_.execute("INSERT OR REPLACE INTO run_suites(run, position, label, suite) VALUES (?, ?, ?, ?)",
                           {run, std::int64_t{position}, row.label, row.digest});
}

Status Store::put_bake(const BakeRow& row) {
  BakeOutcome outcome = row.outcome;
  outcome.folder = row.folder;
  return database_.execute(
      "INSERT INTO bakes(key, adapter, folder, parent, model, model_digest, prompt, recipe, questions, seed, outcome, "
      "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT(key) DO UPDATE SET adapter = excluded.adapter, folder = excluded.folder, outcome = excluded.outcome",
      {row.key, row.adapter_id, row.folder.generic_string(), row.parent, row.model, row.model_digest, dump(row.prompt),
       dump(row.recipe), dump(row.questions), std::to_string(row.seed), dump(to_json(outcome)), timestamp()});
}

Status Store::link_bake(RunId run, int position, const std::string& name, const std::string& key) {
  return database_.execute("INSERT OR REPLACE INTO run_bakes(run, position, name, key) VALUES (?, ?, ?, ?)",
                           {run, std::int64_t{position}, name, key});
}

Status Store::put_sample(const SampleRow& row, const Verdict& verdict) {
  const Sample& sample = row.sample;
  const Completion& answer = sample.completion;
  BAKEOFF_CHECK(put_generator(row.generator, row.identity));
  BAKEOFF_TRY(const Text messages, put_text(dump(to_json(sample.messages))));
  BAKEOFF_TRY(const Text text, put_text(answer.text));
  BAKEOFF_TRY(const Text prompt, put_text(answer.rendered_prompt));
  const bool has_replies = !row.replies.is_null();
  BAKEOFF_TRY(const Text replies, has_replies ? put_text(dump(row.replies)) : Result<Text>(Text{nullptr, nullptr}));
  BAKEOFF_TRY(const Text evidence, put_text(dump(verdict.evidence)));
  BAKEOFF_CHECK(database_.execute(
      "INSERT INTO samples(key, generator, suite, item, replicate, seed, decoding, messages, messages_blob, ids, text, "
      "text_blob, rendered_prompt, rendered_prompt_blob, replies, replies_blob, finish_reason, prompt_tokens, "
      "completion_tokens, wall_seconds, requests, total_prompt_tokens, total_completion_tokens, error, error_kind, "
      "created_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(key) DO UPDATE SET "
      "messages = excluded.messages, messages_blob = excluded.messages_blob, ids = excluded.ids, text = excluded.text, "
      "text_blob = excluded.text_blob, rendered_prompt = excluded.rendered_prompt, rendered_prompt_blob = "
      "excluded.rendered_prompt_blob, replies = excluded.replies, replies_blob = excluded.replies_blob, finish_reason "
      "= excluded.finish_reason, prompt_tokens = excluded.prompt_tokens, completion_tokens = "
      "excluded.completion_tokens, wall_seconds = excluded.wall_seconds, requests = excluded.requests, "
      "total_prompt_tokens = excluded.total_prompt_tokens, total_completion_tokens = "
      "excluded.total_completion_tokens, error = excluded.error, error_kind = excluded.error_kind, created_at = "
      "excluded.created_at",
      {sample.key,
       row.generator,
       row.suite_digest,
       sample.item,
       std::int64_t{sample.replicate},
       std::to_string(sample.seed),
       dump(to_json(sample.decoding)),
       messages.inline_text,
       messages.blob,
       dump(Json(answer.ids)),
       text.inline_text,
       text.blob,
       prompt.inline_text,
       prompt.blob,
       replies.inline_text,
       replies.blob,
       answer.finish_reason,
       answer.prompt_tokens,
       answer.completion_tokens,
       answer.wall_seconds,
       std::int64_t{row.requests},
       row.total_prompt_tokens,
       row.total_completion_tokens,
       row.error ? row.error->line() : std::string(),
       row.error ? kind_name(row.error->kind) : std::string(),
       timestamp()}));
  // Runs that showed an earlier verdict of this sample count again.
  BAKEOFF_CHECK(database_.execute("DELETE FROM scores WHERE run IN (SELECT run FROM run_samples WHERE sample = ?)",
                                  {sample.key}));
  return database_.execute(
      "INSERT OR REPLACE INTO verdicts(sample, suite, score, metrics, unscored, evidence, evidence_blob, judged_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {sample.key, row.suite_digest, verdict.score ? Value(*verdict.score) : Value(nullptr),
       dump(Json(verdict.metrics)), verdict.score ? Value(nullptr) : text_or_null(to_valid_utf8(verdict.unscored)),
       evidence.inline_text, evidence.blob, timestamp()});
}

Status Store::link_sample(RunId run, const Sample& sample) {
  return database_.execute(
      "INSERT OR REPLACE INTO run_samples(run, arm, suite, item, replicate, sample) VALUES (?, ?, ?, ?, ?, ?)",
      {run, sample.arm, sample.suite, sample.item, std::int64_t{sample.replicate}, sample.key});
}

Status Store::put_measurement(RunId run, const Measurement& measurement) {
  return database_.execute(
      "INSERT OR REPLACE INTO measurements(run, subject, name, value, unit) VALUES (?, ?, ?, ?, ?)",
      {run, measurement.subject, measurement.name, measurement.value, measurement.unit});
}

Status Store::add_cost(RunId run, const CostRow& cost) {
  return database_.execute(
      "INSERT INTO costs(run, subject, phase, wall_seconds, prompt_tokens, completion_tokens) VALUES (?, ?, ?, ?, ?, "
      "?) "
      "ON CONFLICT(run, subject, phase) DO UPDATE SET wall_seconds = wall_seconds + excluded.wall_seconds, "
      "prompt_tokens = prompt_tokens + excluded.prompt_tokens, "
      "completion_tokens = completion_tokens + excluded.completion_tokens",
      {run, cost.subject, cost.phase, cost.wall_seconds, cost.prompt_tokens, cost.completion_tokens});
}

Status Store::put_stamp(const std::string& stamp, const Json& value) {
  return database_.execute("INSERT OR REPLACE INTO stamps(stamp, value) VALUES (?, ?)", {stamp, dump(value)});
}

}  // namespace bakeoff::store
