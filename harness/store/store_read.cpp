// The typed reads of reports, comparisons and resuming.
#include "harness/store/columns.h"
#include "harness/store/store.h"

namespace bakeoff::store {
namespace {

ErrorKind kind_of(const std::string& name) {
  if (name == "usage") return ErrorKind::usage;
  if (name == "input") return ErrorKind::input;
  if (name == "infrastructure") return ErrorKind::infrastructure;
  if (name == "interrupted") return ErrorKind::interrupted;
  return ErrorKind::internal;
}

Result<std::vector<MetricRow>> metrics_from(const Json& list, const std::string& where) {
  std::vector<MetricRow> metrics;
  for (const Json& entry : list) {
    ObjectReader fields(entry, where);
    MetricRow metric;
    metric.name = fields.required<std::string>("name");
    metric.higher_is_better = fields.required<bool>("higher_is_better");
    metric.meaning = fields.optional("meaning", "");
    BAKEOFF_CHECK(fields.finish());
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

/// score, metrics, unscored at `column`; evidence apart.
Result<Verdict> verdict_from(const Rows& rows, int column, const std::string& where) {
  Verdict verdict;
  if (rows.is_null(column + 1)) return Verdict::not_scored("not judged yet");
  if (!rows.is_null(column)) verdict.score = rows.real(column);
  BAKEOFF_TRY(const Json metrics, json_column(rows, column + 1, where));
  for (const auto& entry : metrics.items())
    if (entry.value().is_number()) verdict.metrics[entry.key()] = entry.value().get<double>();
  verdict.unscored = rows.text(column + 2);
  return verdict;
}

/// Keys starting with `prefix` are those in [prefix, upper): hexadecimal digits sort before 'g'.
std::string upper_of(const std::string& prefix) { return prefix + "g"; }

constexpr const char* kSelectBakes =
    "SELECT b.key, b.adapter, b.folder, b.parent, b.model, b.model_digest, b.prompt, b.recipe, b.questions, b.seed, "
    "b.outcome, b.created_at";

constexpr const char* kSelectSample =
    "SELECT s.key, s.generator, g.identity, s.suite, s.item, s.replicate, s.seed, s.decoding, s.messages, "
    "s.messages_blob, s.ids, s.text, s.text_blob, s.rendered_prompt, s.rendered_prompt_blob, s.replies, "
    "s.replies_blob, s.finish_reason, s.prompt_tokens, s.completion_tokens, s.wall_seconds, s.requests, "
    "s.total_prompt_tokens, s.total_completion_tokens, s.error, s.error_kind, v.score, v.metrics, v.unscored, "
    "v.evidence, v.evidence_blob, rs.arm, rs.suite "
    "FROM samples s JOIN generators g ON g.digest = s.generator "
    "LEFT JOIN verdicts v ON v.sample = s.key AND v.suite = s.suite "
    "LEFT JOIN run_samples rs ON rs.sample = s.key ";

}  // namespace

Result<std::string> Store::get_text(const Rows& rows, int column) {
  if (rows.is_null(column + 1)) return rows.text(column);
  const std::string hash = rows.text(column + 1);
  BAKEOFF_TRY(Rows blob, database_.query("SELECT plain_bytes, data FROM blobs WHERE hash = ?", {hash}));
  BAKEOFF_TRY(const bool found, blob.step());
  const std::string where = database_.file().string() + ": blob " + hash;
  if (!found) return input_error("a text of the store is missing", where, "the file is damaged");
  return decompress(blob.text(1), blob.integer(0), where);
}

Result<std::vector<ArmRow>> Store::arms(RunId run) {
  std::vector<ArmRow> arms;
  BAKEOFF_TRY(Rows rows, database_.query("SELECT a.name, a.kind, a.prompt, a.bake, a.scale, a.generator, g.identity "
                                         "FROM arms a JOIN generators g ON g.digest = a.generator "
                                         "WHERE a.run = ? ORDER BY a.position",
                                         {run}));
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return arms;
    ArmRow row{{rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.real(4)}, rows.text(5), {}};
    BAKEOFF_TRY(row.identity, json_column(rows, 6, database_.file().string() + ": generators.identity"));
    arms.push_back(std::move(row));
  }
}

Result<std::vector<SuiteRow>> Store::suites(RunId run) {
  std::vector<SuiteRow> suites;
  BAKEOFF_TRY(Rows rows, database_.query("SELECT r.label, s.name, s.version, s.source, s.licence, s.digest, s.metrics "
                                         "FROM run_suites r JOIN suites s ON s.digest = r.suite "
                                         "WHERE r.run = ? ORDER BY r.position",
                                         {run}));
  const std::string where = database_.file().string() + ": suites.metrics";
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return suites;
    SuiteRow row{rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), {}};
    BAKEOFF_TRY(const Json metrics, json_column(rows, 6, where));
    BAKEOFF_TRY(row.metrics, metrics_from(metrics, where));
    suites.push_back(std::move(row));
  }
}

Result<std::vector<Item>> Store::items(const std::string& suite_digest) {
  std::vector<Item> items;
  BAKEOFF_TRY(Rows rows, database_.query("SELECT id, item_group, messages, reference FROM items WHERE suite = ? "
                                         "ORDER BY position",
                                         {suite_digest}));
  const std::string where = database_.file().string() + ": items";
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return items;
    Item item{rows.text(0), rows.text(1), {}, {}};
    BAKEOFF_TRY(const Json messages, json_column(rows, 2, where));
    BAKEOFF_TRY(item.messages, conversation_from_json(messages, where));
    BAKEOFF_TRY(item.reference, json_column(rows, 3, where));
    items.push_back(std::move(item));
  }
}

Result<BakeRow> Store::bake_from(const Rows& rows) {
  const std::string where = database_.file().string() + ": bakes";
  BakeRow row;
  row.key = rows.text(0);
  row.adapter_id = rows.text(1);
  row.folder = folder_ / rows.text(2);
  row.parent = rows.text(3);
  row.model = rows.text(4);
  row.model_digest = rows.text(5);
  BAKEOFF_TRY(row.prompt, json_column(rows, 6, where));
  BAKEOFF_TRY(row.recipe, json_column(rows, 7, where));
  BAKEOFF_TRY(row.questions, json_column(rows, 8, where));
  BAKEOFF_TRY(row.seed, seed_column(rows, 9, where));
  BAKEOFF_TRY(const Json outcome, json_column(rows, 10, where));
  BAKEOFF_TRY(row.outcome, bake_outcome_from_json(outcome, where + ".outcome"));
  row.outcome.folder = row.folder;
  row.created_at = rows.text(11);
  return row;
}

Result<std::vector<BakeRow>> Store::bakes(RunId run) {
  std::vector<BakeRow> bakes;
  BAKEOFF_TRY(Rows rows,
              database_.query(std::string(kSelectBakes) + ", r.name FROM run_bakes r JOIN bakes b ON b.key = r.key "
                                                          "WHERE r.run = ? ORDER BY r.position",
                              {run}));
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return bakes;
    BAKEOFF_TRY(BakeRow row, bake_from(rows));
    row.name = rows.text(12);
    bakes.push_back(std::move(row));
  }
}

Result<std::optional<BakeRow>> Store::bake(const std::string& key) {
  BAKEOFF_TRY(Rows rows, database_.query(std::string(kSelectBakes) + " FROM bakes b WHERE b.key = ?", {key}));
  BAKEOFF_TRY(const bool found, rows.step());
  if (!found) return std::optional<BakeRow>();
  BAKEOFF_TRY(BakeRow row, bake_from(rows));
  return std::optional(std::move(row));
}

Result<std::optional<BakeRow>> Store::bake_of_adapter(const std::string& adapter_id) {
  BAKEOFF_TRY(Rows rows,
              database_.query(std::string(kSelectBakes) + " FROM bakes b WHERE b.adapter >= ? AND b.adapter < ? "
                                                          "ORDER BY b.adapter, b.created_at",
                              {adapter_id, upper_of(adapter_id)}));
  BAKEOFF_TRY(bool more, rows.step());
  if (!more) return std::optional<BakeRow>();
  BAKEOFF_TRY(BakeRow row, bake_from(rows));
  while (true) {
    BAKEOFF_TRY(more, rows.step());
    if (!more) return std::optional(std::move(row));
    if (rows.text(1) != row.adapter_id)
      return input_error("several adapters begin with \"" + adapter_id + "\"", database_.file().string(),
                         "give more digits");
  }
}

Result<std::vector<BakeRow>> Store::bakes_from(const std::string& adapter_id) {
  std::vector<BakeRow> bakes;
  BAKEOFF_TRY(Rows rows, database_.query(std::string(kSelectBakes) + " FROM bakes b WHERE b.parent = ? "
                                                                     "ORDER BY b.created_at, b.key",
                                         {adapter_id}));
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return bakes;
    BAKEOFF_TRY(BakeRow row, bake_from(rows));
    bakes.push_back(std::move(row));
  }
}

Result<std::vector<VerdictRow>> Store::verdicts(RunId run, const std::string& arm, const std::string& suite) {
  std::vector<VerdictRow> list;
  BAKEOFF_TRY(Rows rows,
              database_.query("SELECT rs.item, i.item_group, i.position, rs.replicate, rs.sample, v.score, v.metrics, "
                              "v.unscored, v.evidence, v.evidence_blob, s.total_prompt_tokens, "
                              "s.total_completion_tokens, s.wall_seconds FROM run_samples rs "
                              "JOIN run_suites ru ON ru.run = rs.run AND ru.label = rs.suite "
                              "JOIN samples s ON s.key = rs.sample "
                              "JOIN items i ON i.suite = ru.suite AND i.id = rs.item "
                              "LEFT JOIN verdicts v ON v.sample = rs.sample AND v.suite = ru.suite "
                              "WHERE rs.run = ? AND rs.arm = ? AND rs.suite = ? ORDER BY i.position, rs.replicate",
                              {run, arm, suite}));
  const std::string where = database_.file().string() + ": verdicts";
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return list;
    VerdictRow row;
    row.item = rows.text(0);
    row.group = rows.text(1);
    row.position = static_cast<int>(rows.integer(2));
    row.replicate = static_cast<int>(rows.integer(3));
    row.sample_key = rows.text(4);
    BAKEOFF_TRY(row.verdict, verdict_from(rows, 5, where));
    BAKEOFF_TRY(const std::string evidence, get_text(rows, 8));
    if (!evidence.empty()) {
      BAKEOFF_TRY(row.verdict.evidence, parse_json(evidence, where + ".evidence"));
    }
    row.prompt_tokens = rows.integer(10);
    row.completion_tokens = rows.integer(11);
    row.wall_seconds = rows.real(12);
    list.push_back(std::move(row));
  }
}

Result<SampleRow> Store::sample_from(const Rows& rows) {
  const std::string where = database_.file().string() + ": samples";
  SampleRow row;
  Sample& sample = row.sample;
  sample.key = rows.text(0);
  row.generator = rows.text(1);
  BAKEOFF_TRY(row.identity, json_column(rows, 2, where));
  row.suite_digest = rows.text(3);
  sample.item = rows.text(4);
  sample.replicate = static_cast<int>(rows.integer(5));
  BAKEOFF_TRY(sample.seed, seed_column(rows, 6, where));
  BAKEOFF_TRY(const Json decoding, json_column(rows, 7, where));
  BAKEOFF_TRY(sample.decoding, decoding_from_json(decoding, where));
  BAKEOFF_TRY(const std::string messages, get_text(rows, 8));
  BAKEOFF_TRY(const Json exchange, parse_json(messages, where));
  BAKEOFF_TRY(sample.messages, conversation_from_json(exchange, where));
  Completion& answer = sample.completion;
  BAKEOFF_TRY(const Json ids, json_column(rows, 10, where));
  for (const Json& id : ids)
    if (id.is_number_integer()) answer.ids.push_back(id.get<TokenId>());
  BAKEOFF_TRY(answer.text, get_text(rows, 11));
  BAKEOFF_TRY(answer.rendered_prompt, get_text(rows, 13));
  if (!rows.is_null(15) || !rows.is_null(16)) {
    BAKEOFF_TRY(const std::string replies, get_text(rows, 15));
    BAKEOFF_TRY(row.replies, parse_json(replies, where));
  }
  answer.finish_reason = rows.text(17);
  answer.prompt_tokens = rows.integer(18);
  answer.completion_tokens = rows.integer(19);
  answer.wall_seconds = rows.real(20);
  row.requests = static_cast<int>(rows.integer(21));
  row.total_prompt_tokens = rows.integer(22);
  row.total_completion_tokens = rows.integer(23);
  if (!rows.text(24).empty()) row.error = Error{kind_of(rows.text(25)), rows.text(24), "", ""};
  if (!rows.is_null(27)) {
    BAKEOFF_TRY(row.verdict, verdict_from(rows, 26, where));
    BAKEOFF_TRY(const std::string evidence, get_text(rows, 29));
    BAKEOFF_TRY(row.verdict->evidence, parse_json(evidence, where));
  }
  sample.arm = rows.text(31);
  sample.suite = rows.text(32);
  return row;
}

Result<std::string> Store::whole_key(const std::string& key) {
  constexpr std::size_t kShortest = 6, kWhole = 64;
  if (key.size() >= kWhole) return key;
  if (key.size() < kShortest) return input_error("a sample is named by at least 6 digits of its key", key);
  BAKEOFF_TRY(Rows rows,
              database_.query("SELECT key FROM samples WHERE key >= ? AND key < ? LIMIT 2", {key, upper_of(key)}));
  BAKEOFF_TRY(const bool found, rows.step());
  if (!found) return no_sample(key);
  std::string whole = rows.text(0);
  BAKEOFF_TRY(const bool several, rows.step());
  if (!several) return whole;
  return input_error("several samples begin with \"" + key + "\"", database_.file().string(), "give more digits");
}

Error Store::no_sample(const std::string& key) const {
  return input_error("there is no sample \"" + key + "\"", database_.file().string());
}

Result<SampleRow> Store::sample(const std::string& key) {
  static const std::string kByKey = std::string(kSelectSample) + "WHERE s.key = ? ORDER BY rs.run DESC LIMIT 1";
  BAKEOFF_TRY(const std::string whole, whole_key(key));
  BAKEOFF_TRY(Rows rows, database_.query(kByKey, {whole}));
  BAKEOFF_TRY(const bool found, rows.step());
  if (!found) return no_sample(key);
  return sample_from(rows);
}

Result<std::string> Store::answer(const std::string& sample_key) {
  BAKEOFF_TRY(Rows rows, database_.query("SELECT text, text_blob FROM samples WHERE key = ?", {sample_key}));
  BAKEOFF_TRY(const bool found, rows.step());
  if (!found) return no_sample(sample_key);
  return get_text(rows, 0);
}

Result<bool> Store::has_verdict(const std::string& sample_key, const std::string& suite_digest) {
  BAKEOFF_TRY(Rows rows, database_.query("SELECT 1 FROM samples s JOIN verdicts v ON v.sample = s.key AND v.suite = ? "
                                         "WHERE s.key = ? AND s.error_kind NOT IN ('infrastructure', 'internal', "
                                         "'interrupted')",
                                         {suite_digest, sample_key}));
  return rows.step();
}

Result<std::int64_t> Store::unscored(RunId run) {
  BAKEOFF_TRY(Rows rows, database_.query("SELECT count(*) FROM results WHERE run = ? AND score IS NULL", {run}));
  BAKEOFF_TRY(const bool counted, rows.step());
  return counted ? rows.integer(0) : 0;
}

Result<std::vector<Measurement>> Store::measurements(RunId run) {
  std::vector<Measurement> list;
  BAKEOFF_TRY(Rows rows, database_.query("SELECT subject, name, value, unit FROM measurements WHERE run = ? "
                                         "ORDER BY subject, name",
                                         {run}));
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return list;
    list.push_back({rows.text(0), rows.text(1), rows.real(2), rows.text(3)});
  }
}

Result<std::vector<CostRow>> Store::costs(RunId run) {
  std::vector<CostRow> list;
  BAKEOFF_TRY(Rows rows, database_.query("SELECT subject, phase, wall_seconds, prompt_tokens, completion_tokens "
                                         "FROM costs WHERE run = ? ORDER BY subject, phase",
                                         {run}));
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return list;
    list.push_back({rows.text(0), rows.text(1), rows.real(2), rows.integer(3), rows.integer(4)});
  }
}

Result<std::optional<Json>> Store::stamp(const std::string& stamp) {
  BAKEOFF_TRY(Rows rows, database_.query("SELECT value FROM stamps WHERE stamp = ?", {stamp}));
  BAKEOFF_TRY(const bool found, rows.step());
  if (!found) return std::optional<Json>();
  BAKEOFF_TRY(Json value, json_column(rows, 0, database_.file().string() + ": stamps"));
  return std::optional(std::move(value));
}

}  // namespace bakeoff::store
