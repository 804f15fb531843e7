// Identity and reproduction: what every number stands on, and the command that makes it again.
#include <algorithm>

#include "harness/core/sha256.h"
#include "reports/format.h"
#include "reports/html.h"

namespace bakeoff::reports::html {
namespace {

std::string digest_code(const std::string& digest) {
  if (digest.empty()) return "\u2013";
  return "<code" + attribute("title", digest) + ">" + escape(digest.size() == 64 ? short_id(digest) : digest) +
         "</code>";
}

std::string identity_row(const ReportModel& model, std::size_t arm) {
  const auto& identity = model.arms[arm].identity;
  std::string adapters;
  for (const auto& adapter : identity.adapters) {
    const auto colon = adapter.find(':');
    adapters +=
        digest_code(adapter.substr(0, colon)) + (colon == std::string::npos ? "" : escape(adapter.substr(colon))) + " ";
  }
  if (adapters.empty()) adapters = "none";
  return table_row({arm_tag(model, arm), digest_code(identity.model_digest), adapters,
                    digest_code(identity.template_digest),
                    counted(static_cast<std::int64_t>(identity.context.size()), "message"), escape(identity.dtype),
                    escape(identity.device), escape(identity.engine)});
}

std::string decoding_words(const Decoding& decoding) {
  std::string text = decoding.temperature == 0 ? "greedy" : "temperature " + Json(decoding.temperature).dump();
  if (decoding.top_p != 1) text += ", top-p " + Json(decoding.top_p).dump();
  if (decoding.top_k != 0) text += ", top-k " + count_text(decoding.top_k);
  return text + ", at most " + counted(decoding.max_new_tokens, "token");
}

std::string items_words(const SuiteReport& suite) {
  if (!suite.stopped) return count_text(suite.total_items);
  return count_text(suite.stopped->items) + " of " + count_text(suite.stopped->planned_items) + ", stopped early";
}

std::string suite_row(const ReportModel& model, const SuiteReport& suite) {
  double detectable = -1;
  for (const auto& arm : baked_arms(model)) {
    if (!arm.base || suite.metrics.empty()) continue;
    const Difference* one = find_difference(suite.metrics.front(), *arm.base, arm.baked);
    if (one && one->comparison && one->comparison->detectable)
      detectable = std::max(detectable, *one->comparison->detectable);
  }
  std::string smallest = "cannot be said: the arms differ on too few items";
  if (detectable >= 0)
    smallest = suite.metrics.front().is_share ? fixed(100 * detectable, 0) + " points" : fixed(detectable, 3);
  return table_row({"<a href=\"#" + answers_id(model, suite) + "\">" + escape(suite.label) + "</a>",
                    escape(suite.name == suite.label ? suite.version : suite.name + " " + suite.version),
                    digest_code(suite.digest), items_words(suite),
                    is_imported(model) ? "not known" : escape(decoding_words(suite.decoding)), smallest,
                    element("span", "wrap", escape(suite.source)), escape(suite.licence)});
}

std::string text_of(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

std::string measurements_table(const ReportModel& model) {
  if (model.measurements.empty()) return "";
  std::string rows = table_head({"of", "what", "value", "unit"});
  for (const auto& one : model.measurements)
    rows += table_row({escape(one.subject), escape(one.name), escape(Json(one.value).dump()), escape(one.unit)});
  return "<details class=\"more\"><summary>Other measurements</summary>" + scrolling_table("Measurements", "", rows) +
         "</details>";
}

/// An import goes by the files it was made from.
std::string import_command(const RunInfo& run) {
  std::string text = "bakeoff import";
  for (const auto& one : run.resolved.value("imported", Json::array()))
    text += " " + shell_word(text_of(one, "arm") + "=" + text_of(one, "results"));
  for (const auto& one : run.resolved.value("votes", Json::array())) text += " " + shell_word(text_of(one, "file"));
  return text + " --out " + shell_word(run.place);
}

bool was_made_by_import(const RunInfo& run) {
  return run.resolved.is_object() && (run.resolved.contains("imported") || run.resolved.contains("votes"));
}

std::string run_command(const RunInfo& run) {
  if (was_made_by_import(run)) return import_command(run);
  std::string text = "bakeoff run " + shell_word(run.experiment + ".json");
  if (const auto limit = run.settings.find("limit"); limit != run.settings.end() && limit->is_number_integer())
    text += " --limit " + limit->dump();
  if (run.settings.value("stop_early", false)) text += " --stop-early";
  return text + " --out " + shell_word(run.place);
}

std::string command(const std::string& text) {
  return "<pre class=\"command\"><code>" + escape(text) + "</code></pre>";
}

std::string commands(const ReportModel& model) {
  const RunInfo& run = model.run;
  std::string out = std::string("<h3>Commands</h3><p>The whole run") +
                    (was_made_by_import(run) ? "" : ", answers that are kept being reused") + ":</p>" +
                    command(run_command(run));
  if (is_votes_alone(model))
    return out + "<p>Ratings by category, and Elo:</p>" + command("bakeoff rank " + shell_word(run.place));
  if (!run.resolved.is_null() && !was_made_by_import(run))
    out += "<details class=\"more\"><summary>" + escape(run.experiment) +
           ".json, the experiment with every default written out</summary><p class=\"soft small\">Names of files in it "
           "are "
           "relative to the folder of the experiment file.</p><pre class=\"text\" tabindex=\"0\"><code>" +
           escape(run.resolved.dump(2)) + "</code></pre></details>";
  return out +
         (is_imported(model)
              ? "<p>One answer with its verdict:</p>"
              : "<p>One answer, with the exact text that the model saw, its token ids, seed and verdict:</p>") +
         command("bakeoff show SAMPLE --db " + shell_word(run.place)) +
         "<p>Every answer with its score, from the database:</p>" +
         command("sqlite3 " + shell_word(run.place + "/bakeoff.db") +
                 " \"SELECT suite, item, arm, replicate, score, sample FROM results WHERE run = " +
                 std::to_string(run.id) + " ORDER BY suite, item, arm\"");
}

std::string run_table(const ReportModel& model) {
  const RunInfo& run = model.run;
  std::string rows;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) rows += table_row({name, value});
  };
  add("run", count_text(run.id));
  add("experiment", escape(run.experiment) + " " + digest_code(run.digest));
  if (!was_made_by_import(run)) add("seed", std::to_string(run.seed));
  if (!was_made_by_import(run)) add("model", escape(model.model.name) + " " + digest_code(model.model.digest));
  add("program", escape(run.program));
  if (!was_made_by_import(run))
    add("certificate", model.certificate
                           ? escape(certificate_words(model))
                           : "none: <code>bakeoff run</code> with <code>--certify N</code> plays N samples "
                             "again and counts the bits that change");
  add("begun", escape(time_text(run.started_at)));
  add("ended", escape(time_text(run.finished_at)));
  add("folder", element("code", "", escape(run.place)));
  return scrolling_table("The run", "plain", element("tbody", "", rows));
}

std::string bakes_identity(const ReportModel& model) {
  if (model.bakes.empty()) return "";
  std::string rows = table_head({"bake", "key", "adapter", "parent", "seed", "made"});
  for (const auto& bake : model.bakes)
    rows += table_row({escape(bake.name), digest_code(bake.key), digest_code(bake.outcome.adapter_id),
                       digest_code(bake.parent), std::to_string(bake.seed), escape(time_text(bake.created_at))});
  return "<h3>Bakes</h3>" + scrolling_table("Identities of the bakes", "", rows);
}

}  // namespace

std::string identity(const ReportModel& model) {
  if (is_votes_alone(model))
    return "<section id=\"identity\"><h2>Make it again</h2>\n" + run_table(model) + commands(model) + "</section>\n";
  std::string suites =
      table_head({"suite", "version", "id", "items", "answers drawn", "detectable*", "source", "licence"});
  for (const auto& suite : model.suites) suites += suite_row(model, suite);
  std::string arms = table_head({"arm", "model", "adapters", "template", "context", "dtype", "device", "engine"});
  for (std::size_t arm = 0; arm < model.arms.size(); ++arm) arms += identity_row(model, arm);
  return "<section id=\"identity\"><h2>Make it again</h2>\n<p>Identities are SHA-256 of content, shortened to 16 "
         "digits: "
         "equal ids mean equal content, whatever the names.</p>" +
         run_table(model) + commands(model) + "<h3>Arms</h3>" + scrolling_table("Identities of the arms", "", arms) +
         bakes_identity(model) + "<h3>Suites</h3>" + scrolling_table("Suites", "", suites) +
         "<p class=\"soft small\">* The smallest true difference, baked against base on the primary metric, that 4 of "
         "5 "
         "such experiments would find (level 5%, before adjustment).</p>" +
         measurements_table(model) + "</section>\n";
}

}  // namespace bakeoff::reports::html
