// What other harnesses left behind reads as they themselves read it. The folders under tests/golden were written by
// lm_eval 0.4.13, Inspect 0.3.285 and nemo-evaluator 0.3.0 (tools/goldens/lm_eval_folders.py, inspect_logs.py,
// nemo_results.py), the expected figures came from the same programs.
#include <cmath>
#include <set>

#include "harness/compare/exports.h"
#include "harness/compare/from_inspect.h"
#include "harness/compare/from_lm_eval.h"
#include "harness/compare/from_nemo.h"
#include "harness/compare/zip_file.h"
#include "harness/core/json.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::compare;
using bakeoff::testing::data_path;
using bakeoff::testing::source_path;
using bakeoff::testing::TemporaryFolder;

namespace {

Json expected_of(const std::string& golden) {
  auto expected = read_json_file(source_path("golden/" + golden + "/expected.json"));
  REQUIRE(expected.ok());
  return std::move(expected).value();
}

ResultSet only(Result<std::vector<ResultSet>> sets) {
  INFO((sets.ok() ? "" : sets.error().line()));
  REQUIRE(sets.ok());
  REQUIRE(sets->size() == 1);
  return std::move(sets->front());
}

const SuiteResults& suite_of(const ResultSet& set, const std::string& name) {
  const SuiteResults* suite = find_suite(set, name);
  INFO("suite " << name);
  REQUIRE(suite);
  return *suite;
}

/// Mean over items of their means over replicates.
double item_mean(const SuiteResults& suite, const std::string& metric) {
  std::map<std::string, std::pair<double, int>> by_item;
  for (const ScoredItem& item : suite.items) {
    const auto value = item.verdict.metrics.find(metric);
    if (value == item.verdict.metrics.end()) continue;
    by_item[item.id].first += value->second;
    ++by_item[item.id].second;
  }
  double sum = 0;
  for (const auto& [id, total] : by_item) sum += total.first / total.second;
  return sum / static_cast<double>(by_item.size());
}

bool has_caveat(const ResultSet& set, const std::string& part) {
  for (const std::string& caveat : set.caveats)
    if (caveat.find(part) != caveat.npos) return true;
  return false;
}

Path write(const TemporaryFolder& folder, const std::string& name, std::string_view content) {
  REQUIRE(write_file_atomically(folder / name, content).ok());
  return folder / name;
}

std::string content_of(const Path& file) {
  auto content = read_file(file);
  REQUIRE(content.ok());
  return std::move(content).value();
}

Path only_file(const Path& folder, const std::string& ending) {
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().string().ends_with(ending)) return entry.path();
  FAIL("no file *" << ending << " in " << folder);
  return {};
}

}  // namespace

TEST_CASE("an Inspect log has the scores that Inspect reports, sample by sample", "[interchange]") {
  const Json expected = expected_of("inspect");
  for (const auto& [name, log] : expected.items()) {
    INFO(name);
    const Path folder = source_path("golden/inspect/" + name);
    REQUIRE(looks_like_inspect(folder));
    REQUIRE_FALSE(looks_like_lm_eval(folder));
    REQUIRE_FALSE(looks_like_nemo(folder));
    const ResultSet set = only(read_inspect(folder));
    CHECK(set.arm == log.at("model"));
    const SuiteResults& suite = suite_of(set, log.at("task"));
    CHECK(suite.items.size() == log.at("samples").size());
    for (const ScoredItem& item : suite.items) {
      const Json& sample = log.at("samples").at(item.id + "#" + std::to_string(item.replicate + 1));
      for (const auto& [metric, value] : sample.at("values").items()) {
        INFO(item.id << " " << metric);
        const auto found = item.verdict.metrics.find(metric);
        if (value.is_null())
          CHECK(found == item.verdict.metrics.end());
        else
          CHECK((found != item.verdict.metrics.end() && found->second == value.get<double>()));
      }
      if (sample.at("values").empty()) CHECK_FALSE(item.verdict.score);
    }
    for (const Json& score : log.at("scores")) {
      const std::string own = score.at("name"), scorer = score.at("scorer");
      std::string metric = own == scorer ? own : scorer + "." + own;
      if (score.at("reducer").is_string() && score.at("reducer") != "mean")
        metric += "/" + score.at("reducer").get<std::string>();
      const Json& metrics = score.at("metrics");
      const double stated = metrics.contains("accuracy") ? metrics.at("accuracy") : metrics.at("mean");
      INFO(metric);
      CHECK(suite.figures.at(metric).value == stated);
      CHECK(suite.figures.at(metric).n == score.at("scored_samples"));
      CHECK(item_mean(suite, metric) == Approx(stated).epsilon(1e-12));
    }
  }
}

TEST_CASE("an Inspect sample without a number is unscored, and says why", "[interchange]") {
  const ResultSet set = only(read_inspect(source_path("golden/inspect/kinds")));
  for (const ScoredItem& item : suite_of(set, "kinds").items) {
    if (item.id == "item 3")
      CHECK(item.verdict.evidence.at("reason").get<std::string>().find("grader_failed") != std::string::npos);
    if (item.id == "item 4" && item.replicate == 1)
      CHECK(item.verdict.unscored.find("the tool was not there") != std::string::npos);
  }
}

TEST_CASE("logs of earlier versions of Inspect read as Inspect scored them", "[interchange]") {
  const auto logs = data_path("inspect_logs");
  if (!logs) SKIP_TEST("no public test data");
  const Path deflated = *logs / "2025-02-11T15-17-00-05-00_popularity_dPiJifoWeEQBrfWsAopzWr.eval";
  const ResultSet eval = only(read_inspect(deflated));
  const SuiteResults& popularity = suite_of(eval, "popularity");
  CHECK(popularity.items.size() == 10);
  CHECK(eval.caveats.empty());  // the stated accuracy is the mean over the samples
  const ResultSet cancelled = only(read_inspect(*logs / "2025-05-12T20-28-13-04-00_popularity.json"));
  CHECK(item_mean(suite_of(cancelled, "popularity"), "match") ==
        Approx(0.6666666666666666).epsilon(1e-12));  // its results
  CHECK(has_caveat(cancelled, "cancelled"));
  const ResultSet graded =
      only(read_inspect(*logs / "2024-11-05T13-31-45-05-00_input-task_8zXjbRzCWrL9GXiXo2vus9.json"));
  CHECK(suite_of(graded, "input_task").items.front().answer.find("Yo, in February") == 0);
}

TEST_CASE("figures of lm-evaluation-harness 0.3 keep their standard errors", "[interchange]") {
  const auto folder = data_path("lm_eval_results");
  if (!folder) SKIP_TEST("no public test data");
  const Path file = *folder / "pythia-12b-0shot-global_step143000_eval_results_12-15-2022-23-32-34.json";
  REQUIRE(looks_like_lm_eval(file));
  const ResultSet set = only(read_lm_eval(file));
  const SuiteResults& anatomy = suite_of(set, "hendrycksTest-anatomy");
  CHECK(anatomy.figures.at("acc").value == 0.2222222222222222);
  CHECK(anatomy.figures.at("acc").standard_error == 0.035914440841969694);
  CHECK(anatomy.figures.at("acc_norm").value == 0.26666666666666666);
  CHECK(anatomy.metrics.front().name == "acc");
  CHECK(anatomy.items.empty());
  CHECK_FALSE(suite_of(set, "wikitext").metrics.front().higher_is_better);
  const ResultSet other = only(read_lm_eval(*folder / "1.4b-1MtokBS_step286000.json"));
  CHECK(other.arm == "EleutherAI/pythia-v1.1-1.4b-1MtokBS");
  CHECK(suite_of(other, "hendrycksTest-high_school_psychology").protocol.at("shots").at("n") == 5);
}

TEST_CASE("lm-evaluation-harness's samples give the figures that it returned, by filter", "[interchange]") {
  const Json expected = expected_of("lm_eval");
  for (const auto& [side, tasks] : expected.items()) {
    INFO(side);
    const Path folder = source_path("golden/lm_eval/" + side);
    REQUIRE(looks_like_lm_eval(folder));
    REQUIRE_FALSE(looks_like_inspect(folder));
    REQUIRE_FALSE(looks_like_nemo(folder));
    const ResultSet set = only(read_lm_eval(folder));
    CHECK(set.arm == "smollm2");
    CHECK(set.identity.at("model_dtype") == (side == "plain" ? "torch.float32" : "torch.bfloat16"));
    CHECK(set.caveats.empty());
    for (const auto& [task, figures] : tasks.items())
      for (const auto& [key, value] : figures.items()) {
        if (key.find("_stderr") != key.npos || !value.is_number()) continue;
        const std::string metric = key.ends_with(",none") ? key.substr(0, key.size() - 5) : key;
        INFO(task << " " << metric);
        const SuiteResults& suite = suite_of(set, task);
        CHECK(suite.figures.at(metric).value == value.get<double>());
        if (task == "small") continue;  // a group: no items
        CHECK(suite.items.size() == 12);
        CHECK(item_mean(suite, metric) == Approx(value.get<double>()).epsilon(1e-12));
      }
    CHECK(suite_of(set, "sums").metrics.front().name == "exact_match,strict-match");
    CHECK(suite_of(set, "sums").protocol.at("version") == "2.0");
  }
  // The two differ in what answered and in the template, not in data and judge.
  const ResultSet plain = only(read_lm_eval(source_path("golden/lm_eval/plain")));
  const ResultSet pirate = only(read_lm_eval(source_path("golden/lm_eval/pirate")));
  for (const char* task : {"capitals", "sums"})
    for (const char* key : {"data", "judge", "version", "shots"})
      CHECK(suite_of(plain, task).protocol.at(key) == suite_of(pirate, task).protocol.at(key));
  CHECK(suite_of(plain, "sums").protocol.at("template") != suite_of(pirate, "sums").protocol.at("template"));
  CHECK(plain.identity.at("model_args") != pirate.identity.at("model_args"));
}

TEST_CASE("lm-evaluation-harness: rows are joined, contradictions refused, the newest counts", "[interchange]") {
  TemporaryFolder folder;
  const auto results = [](const std::string& figures) {
    return R"({"results": {"t": {)" + figures + R"(}}, "n-samples": {"t": {"effective": 2}}, "model_name": "m"})";
  };
  const auto row = [](int id, const std::string& filter, const std::string& metrics) {
    return R"({"doc_id": )" + std::to_string(id) + R"(, "filter": ")" + filter + R"(", "target": "x", )" + metrics +
           "}\n";
  };
  const std::string name = "m/results_2026-01-02T03-04-05.json", rows = "m/samples_t_2026-01-02T03-04-05.jsonl";
  write(folder, name, results(R"("em,strict": 0.5, "em,loose": 1.0, "ppl,none": 7.5)"));
  write(folder, rows,
        row(1, "strict", "\"em\": 1") + row(0, "strict", "\"em\": 0, \"ppl\": -3") + row(0, "loose", "\"em\": 1") +
            row(1, "loose", "\"em\": true"));
  const ResultSet set = only(read_lm_eval(folder / "m"));
  const SuiteResults& suite = suite_of(set, "t");
  REQUIRE(suite.items.size() == 2);
  CHECK(suite.items[0].id == "0");
  CHECK(suite.items[0].verdict.metrics == std::map<std::string, double>{{"em,strict", 0}, {"em,loose", 1}});
  CHECK(suite.items[1].verdict.metrics == std::map<std::string, double>{{"em,strict", 1}, {"em,loose", 1}});
  CHECK(suite.figures.at("ppl").value == 7.5);
  CHECK(has_caveat(set, "ppl is no mean over the logged samples"));  // a figure of its own kind, not -3

  write(folder, rows, row(0, "strict", "\"em\": 1") + row(0, "strict", "\"em\": 1"));
  CHECK(read_lm_eval(folder / "m").error().line().find(".jsonl:2: document 0 appears twice for the filter") !=
        std::string::npos);
  write(folder, rows, row(0, "strict", "\"em\": 1"));
  CHECK(read_lm_eval(folder / "m").error().line().find("holds 1 documents, but the results file speaks of 2") !=
        std::string::npos);
  write(folder, rows, row(0, "strict", "\"em\": 1") + "{\"doc_id\": 1,\n");
  CHECK(read_lm_eval(folder / "m").error().line().find(".jsonl:2: not valid JSON") != std::string::npos);
  REQUIRE(std::filesystem::remove(folder / rows));
  CHECK(has_caveat(only(read_lm_eval(folder / "m")), "--log_samples"));

  write(folder, "m/results_2026-01-03T03-04-05.json", results(R"("em,strict": 0.25)"));
  const ResultSet newest = only(read_lm_eval(folder.path()));  // the folder that --output_path named
  CHECK(suite_of(newest, "t").figures.at("em,strict").value == 0.25);
  CHECK(has_caveat(newest, "1 older results"));
}

TEST_CASE("NeMo Evaluator's rows give the scores of its bundles and of its gate", "[interchange]") {
  const Json expected = expected_of("nemo");
  for (const std::string side : {"base", "candidate"}) {
    INFO(side);
    const Path folder = source_path("golden/nemo/" + side);
    REQUIRE(looks_like_nemo(folder));
    REQUIRE_FALSE(looks_like_inspect(folder));
    REQUIRE_FALSE(looks_like_lm_eval(folder));
    const ResultSet set = only(read_nemo(folder));
    CHECK(set.arm == "model-" + side);
    for (const auto& [name, scores] : expected.at(side).items())
      for (const auto& [metric, value] : scores.items())
        CHECK(suite_of(set, name).figures.at(metric).value == value.get<double>());
    const SuiteResults& essays = suite_of(set, "essays");
    const double stated = expected.at("gate").at("essays").at(side == "base" ? "baseline_score" : "candidate_score");
    CHECK(item_mean(essays, "mean_reward") == Approx(stated).margin(5e-7));
    CHECK(item_mean(essays, "scorer:short") ==
          Approx(expected.at(side).at("essays").at("scorer:short").get<double>()).margin(5e-5));
  }
  const ResultSet base = only(read_nemo(source_path("golden/nemo/base")));
  CHECK(item_mean(suite_of(base, "sums"), "pass@1") ==
        Approx(expected.at("gate").at("sums").at("baseline_score").get<double>()).margin(5e-7));
}

TEST_CASE("a request that failed is no wrong answer of NeMo Evaluator's", "[interchange]") {
  const ResultSet set = only(read_nemo(source_path("golden/nemo/candidate")));
  const SuiteResults& sums = suite_of(set, "sums");
  int failed = 0;
  double right = 0;
  for (const ScoredItem& item : sums.items) {
    if (item.id != "11") right += item.verdict.metrics.at("mean_reward");
    if (item.id == "11") failed += !item.verdict.score && item.verdict.unscored == "error: the endpoint was gone";
  }
  CHECK(failed == 2);
  CHECK(right == 18);  // 0.6429 of 28, which counts the failed two as wrong
  CHECK(item_mean(sums, "mean_reward") == Approx(18.0 / 26));
  CHECK(has_caveat(set, "2 requests failed"));
}

TEST_CASE("exports keep every number, replicate and reason, and read back as what they were", "[interchange]") {
  // That the real programs read them with the same numbers is shown by tools/goldens/read_back.py.
  TemporaryFolder folder;
  const ExportOptions options{"2026-01-02T03:04:05Z", "bakeoff"};
  ResultSet set;
  set.name = "runs/x:baked";
  set.source = "bakeoff";
  set.arm = "a/b baked";
  SuiteResults suite;
  suite.name = "style \xC3\xBC";
  suite.metrics = {{"score", true, ""}, {"length", false, ""}};
  for (int i = 0; i < 3; ++i)
    for (int replicate = 0; replicate < 2; ++replicate) {
      const double score = i == 0 ? 1 : 0.25 * replicate;
      ScoredItem item{"q" + std::to_string(i),
                      i < 2 ? "g" : "h",
                      replicate,
                      Verdict::scored(score, {{"score", score}, {"length", 3.5 * i}}),
                      "Wh\xC3\xA4t?\nline",
                      "\"yes\" \\ \x01",
                      ""};
      if (i == 2 && replicate == 1) item.verdict = Verdict::not_scored("the judge timed out");
      suite.items.push_back(item);
    }
  set.suites = {suite};

  REQUIRE(export_inspect(set, folder / "i", options).ok());
  REQUIRE(export_lm_eval(set, folder / "l", options).ok());
  REQUIRE(export_nemo(set, folder / "n", options).ok());
  const ResultSet inspect = only(read_inspect(folder / "i")), lm_eval = only(read_lm_eval(folder / "l")),
                  nemo = only(read_nemo(folder / "n"));
  for (const ResultSet* back : {&inspect, &nemo, &lm_eval}) {
    INFO(back->source);
    CHECK(back->arm == set.arm);
    CHECK(back->suites.front().name == suite.name);
    REQUIRE_FALSE(back->suites.front().items.empty());
    CHECK(back->suites.front().items.front().question == suite.items.front().question);
    CHECK(back->suites.front().items.front().answer == suite.items.front().answer);
  }
  // (1 + 1/8 + 0) / 3, by hand: the third item has one number, 0, of two answers.
  CHECK(inspect.suites.front().figures.at("score").value == Approx(1.125 / 3));
  CHECK(inspect.caveats.empty());
  CHECK(inspect.suites.front().items.size() == 6);
  CHECK(inspect.suites.front().items.back().verdict.unscored == "error: the judge timed out");
  CHECK(lm_eval.suites.front().figures.at("score").value == Approx(1.125 / 3));
  REQUIRE(lm_eval.suites.front().items.size() == 3);
  CHECK(lm_eval.suites.front().items[1].verdict.metrics.at("score") == 0.125);
  CHECK(lm_eval.caveats.empty());
  CHECK(nemo.suites.front().items.size() == 5);
  CHECK(nemo.caveats.empty());
  CHECK(nemo.suites.front().figures.at("mean_reward").value == Approx(1.125 / 3));
  CHECK(export_inspect(ResultSet{}, folder / "e", options).error().line().find("no answers to export") !=
        std::string::npos);
}

TEST_CASE("damaged or contradictory result files are one clear line", "[interchange]") {
  TemporaryFolder folder;
  const auto refuses = [&](const auto& read, const Path& path, const std::string& part) {
    const auto sets = read(path);
    INFO(path << " should say: " << part << (sets.ok() ? "" : ", said " + sets.error().line()));
    REQUIRE_FALSE(sets.ok());
    CHECK(sets.error().line().find(part) != std::string::npos);
    CHECK(sets.error().line().find(path.filename().string()) != std::string::npos);
  };
  const std::string row = R"({"problem_idx": 1, "reward": 1.0})";
  const std::string bundle = R"({"run_id": "eval-1", "benchmark": {"name": "sums", "scores": {}}})";
  write(folder, "n/eval-1.json", bundle);
  write(folder, "n/results.jsonl", row + "\n" + row + "\n");
  CHECK(read_nemo(folder / "n").error().line().find("item \"1\", repeat 0, appears twice") != std::string::npos);
  write(folder, "n/results.jsonl", row + "\n{\"problem_idx\": -4, \"reward\": 1}\n");
  CHECK(read_nemo(folder / "n").error().line().find("results.jsonl:2: expected a whole number from 0") !=
        std::string::npos);
  write(folder, "n/results.jsonl", "{\"problem_idx\": 0, \"reward\": NaN}\n");
  CHECK(only(read_nemo(folder / "n")).suites.front().items.front().verdict.unscored.find("no reward") !=
        std::string::npos);

  refuses(read_inspect, write(folder, "a.eval", "PK"), "is no ZIP archive");
  const std::string log = content_of(only_file(source_path("golden/inspect/kinds"), ".eval"));
  std::string bent = log;
  bent[bent.size() / 2] = static_cast<char>(bent[bent.size() / 2] ^ 0x55);
  CHECK_FALSE(read_inspect(write(folder, "b.eval", bent)).ok());
  refuses(read_inspect, write(folder, "c.eval", log.substr(0, log.size() - 30)), "is no ZIP archive");
  refuses(read_inspect, write(folder, "d.json", R"({"version": 2, "status": "success", "eval": {"task": "t"}})"),
          "eval.model");
  refuses(read_inspect,
          write(folder, "e.json",
                R"({"version": 2, "eval": {"task": "t", "model": "m"}, "samples": [{"id": 1, "epoch": 0}]})"),
          "samples[0]: expected a number from 1 at \"epoch\"");
  refuses(
      read_inspect,
      write(
          folder, "f.json",
          R"({"version": 2, "eval": {"task": "t", "model": "m"}, "samples": [{"id": 1, "epoch": 1}, {"id": 1, "epoch": 1}]})"),
      "appears twice");
  refuses(read_lm_eval, write(folder, "g.json", R"({"results": {"arc": 3}})"), "results.arc");
}
