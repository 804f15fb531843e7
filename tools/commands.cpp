// The table of verbs, the program's help, and what happens between a command line and an exit status.
#include "tools/commands.h"

#include <cstdio>
#include <exception>
#include <span>

#include <CLI/CLI.hpp>

#include "harness/core/nearest.h"

namespace bakeoff::tools {

namespace {

constexpr Verb kVerbs[] = {
    {"run", "bake, play, judge, store and report what an experiment file says; a second run makes only what is new",
     declare_run,
     "  bakeoff run examples/pirate.yaml\n"
     "  bakeoff run examples/pirate.yaml --limit 5 --set bakes[0].rank=8\n"
     "  bakeoff run gated.yaml --stop-early; echo $?     # with the key gate: 0 GO, 1 NO-GO, 2 INCONCLUSIVE\n"
     "  bakeoff run examples/pirate.yaml --certify 50    # are answers the same in another batch shape?\n"},
    {"plan", "show the jobs of an experiment, what is cached, and an estimate", declare_plan,
     "  bakeoff plan examples/pirate.yaml\n"
     "  bakeoff plan examples/pirate.yaml --json | jq .estimate\n"},
    {"bake", "move a prompt into an adapter", declare_bake,
     "  bakeoff bake --prompt pirate.yaml --questions questions.jsonl --out adapters/pirate\n"
     "  bakeoff bake --prompt pirate.yaml --questions questions.jsonl --out adapters/pirate --resume\n"
     "  bakeoff bake --prompt french.yaml --questions questions.jsonl --out adapters/french --adapter adapters/pirate\n"
     "  bakeoff bake --prompt pirate.yaml --questions questions.jsonl --out adapters/pirate --explain\n"},
    {"generate", "answer JSONL rows with a model and its adapters", declare_generate,
     "  echo '{\"messages\":[{\"role\":\"user\",\"content\":\"Where is Rome?\"}]}' | bakeoff generate\n"
     "  bakeoff generate --adapter adapters/pirate:0.5 --input questions.jsonl --output answers.jsonl\n"
     "  bakeoff generate --input q.jsonl --temperature 1 --n 4 --seed 7\n"},
    {"logprobs", "log-probabilities of given tokens, completions or choices", declare_logprobs,
     "  echo '{\"prompt\":\"The sky is\",\"completion\":\" blue\"}' | bakeoff logprobs\n"
     "  echo '{\"prompt\":\"2 + 2 =\",\"choices\":[\" 4\",\" 5\"]}' | bakeoff logprobs --choices\n"
     "  bakeoff logprobs --adapter adapters/pirate --kl-against base --input ids.jsonl\n"},
    {"tokenize", "text to token ids, or back", declare_tokenize,
     "  echo '{\"text\":\"Hello\"}' | bakeoff tokenize\n"
     "  echo '{\"ids\":[19556]}' | bakeoff tokenize --decode\n"},
    {"template", "render conversations with a model's chat template or a Jinja file", declare_template,
     "  echo '{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"add_generation_prompt\":true}' | bakeoff "
     "template\n"
     "  bakeoff template --template chat.jinja --bos '<s>' --eos '</s>' --input conversations.jsonl\n"},
    {"judge", "judge answers made anywhere against a suite's items", declare_judge,
     "  bakeoff judge arithmetic --samples answers.jsonl\n"
     "  bakeoff judge style --config style.yaml --samples answers.jsonl --summary summary.json\n"},
    {"show", "one recorded conversation in full", declare_show,
     "  bakeoff show 3fa9c1\n"
     "  bakeoff show 3fa9c1 --db runs/pirate --json\n"
     "  bakeoff show --db runs/pirate --suite style --arm baked --below 1   keys of the answers that fail\n"},
    {"report", "one self-contained HTML file of a run", declare_report,
     "  bakeoff report runs/pirate\n"
     "  bakeoff report runs/pirate --out pirate.html --csv tables\n"
     "  bakeoff report runs/pirate --policy policy.yaml --base runs/pirate:prompted --arm baked\n"
     "  bakeoff report runs/week1 runs/week2 runs/week3 --trend trend.html\n"},
    {"compare", "two runs, arms or result folders side by side, item by item", declare_compare,
     "  bakeoff compare runs/pirate:prompted runs/pirate:baked\n"
     "  bakeoff compare runs/monday runs/tuesday --json | jq .suites.style.metrics.style.verdict\n"
     "  bakeoff compare lm_eval_out/base lm_eval_out/tuned --markdown comparison.md\n"},
    {"import", "results and votes of other tools as a run, a bgit project as an experiment", declare_import,
     "  bakeoff import base=lm_eval_out/base tuned=lm_eval_out/tuned --out runs/tuned\n"
     "  bakeoff import logs/tuesday.eval --out runs/nightly && bakeoff history runs/nightly\n"
     "  bakeoff import battles.jsonl --out runs/arena && bakeoff rank runs/arena\n"
     "  bakeoff import my_bgit_project --out my_experiment\n"},
    {"export", "write results as lm-evaluation-harness, Inspect or NeMo Evaluator write theirs", declare_export,
     "  bakeoff export runs/pirate:baked --format lm-eval --out lm_eval_out\n"
     "  bakeoff export runs/pirate --format inspect --out logs      # then: inspect view --log-dir logs\n"
     "  bakeoff export lm_eval_out --format nemo --out nemo         # any results that `compare` reads\n"},
    {"gate", "GO, NO-GO or INCONCLUSIVE by a policy file; exit 0, 1 or 2", declare_gate,
     "  bakeoff gate runs/pirate:prompted runs/pirate:baked --policy examples/policy.yaml\n"
     "  bakeoff gate runs/monday:baked runs/tuesday:baked --policy policy.yaml --junit gate.xml --summary gate.md\n"},
    {"rank", "ratings from votes: Bradley-Terry with intervals, Elo, who beat whom", declare_rank,
     "  bakeoff rank --votes battles.jsonl\n"
     "  bakeoff rank --votes votes.csv --ties davidson --bootstrap 200 --json | jq '.ratings[0]'\n"
     "  bakeoff rank runs/pirate\n"},
    {"history", "scores over runs; the first run that is worse than a pinned baseline", declare_history,
     "  bakeoff history runs/pirate\n"
     "  bakeoff runs tag runs/pirate@1 baseline && bakeoff history runs/pirate --regressions\n"
     "  bakeoff history runs/pirate --regressions --json | jq .first_bad\n"},
    {"lineage", "what an adapter was baked from, back to the model", declare_lineage,
     "  bakeoff lineage 3fa91c\n"
     "  bakeoff lineage 3fa91c --json | jq '.ancestry[].prompt'\n"},
    {"runs", "list, name, remove and merge runs; collect what none refers to", declare_runs,
     "  bakeoff runs list\n"
     "  bakeoff runs tag runs/pirate@3 best\n"
     "  bakeoff runs rm runs/pirate@2 && bakeoff runs gc runs/pirate\n"
     "  bakeoff runs merge shard1 shard2 shard3 --out runs/pirate     # made by run --shard i/3\n"},
    {"models", "list, pull, inspect and verify models", declare_models,
     "  bakeoff models list\n"
     "  bakeoff models pull smollm2-135m-instruct\n"
     "  bakeoff models inspect smollm2-135m-instruct\n"},
    {"adapters", "list, inspect, verify, merge, scale, sum, truncate and export adapters", declare_adapters,
     "  bakeoff adapters list adapters\n"
     "  bakeoff adapters inspect adapters/pirate\n"
     "  bakeoff adapters verify adapters/pirate --model smollm2-135m-instruct\n"
     "  bakeoff adapters merge adapters/pirate:0.5 adapters/bakery --out models/both\n"
     "  bakeoff adapters scale adapters/pirate 0.5 --out adapters/half\n"
     "  bakeoff adapters sum adapters/pirate adapters/bakery:-1 --out adapters/difference\n"
     "  bakeoff adapters truncate adapters/pirate --rank 1 --out adapters/pirate-1\n"
     "  bakeoff adapters export adapters/pirate --format gguf --out pirate.gguf\n"},
    {"suites", "list the suites, or show one with an item and its judging", declare_suites,
     "  bakeoff suites list\n"
     "  bakeoff suites inspect arithmetic\n"
     "  bakeoff suites inspect gsm8k --answer 'She makes 9 * 2 = $18.'\n"},
    {"datasets", "list, pull, inspect and verify public sets of questions", declare_datasets,
     "  bakeoff datasets list\n"
     "  bakeoff datasets pull gsm8k\n"
     "  bakeoff datasets pull asdiv --from downloads\n"},
    {"doctor", "check this machine and say what is missing", declare_doctor, "  bakeoff doctor\n"},
};

void print_program_help() {
  std::puts(
      "bakeoff VERB [flags]: moves prompts into model weights and measures what that did.\n\n"
      "Verbs:");
  for (const Verb& verb : kVerbs) std::printf("  %-10s %s\n", verb.name, verb.summary);
  std::puts(
      "\n`bakeoff VERB --help` shows its flags with examples; `bakeoff --version` the version.\n"
      "Records are JSONL on standard streams; exit 0 done (gate: 0 GO, 1 NO-GO, 2 INCONCLUSIVE), 3 usage or input, 4 "
      "infrastructure, 130 interrupted.");
}

/// The flag that was probably meant, as a hint.
std::string flag_hint(const CLI::App& app, const std::string& message, const std::string& verb) {
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  const auto at = message.rfind(' ');
  const std::string word = at == message.npos ? message : message.substr(at + 1);
  const std::string meant = word.starts_with("--") ? nearest(word, known) : "";
  return meant.empty() ? "see bakeoff " + verb + " --help" : "did you mean " + meant + "?";
}

/// Nothing: go on. A status: the help was asked for and printed.
Result<std::optional<int>> parse(CLI::App& app, const std::string& verb, std::span<const std::string> words) {
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // the order that the library wants
  try {
    app.parse(std::move(reversed));
    return std::optional<int>();
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return std::optional<int>(0);
  } catch (const CLI::ParseError& mistake) {
    const std::string message = mistake.what();
    return usage_error(message, verb, flag_hint(app, message, verb));
  }
}

Result<int> run_verb(const Verb& verb, std::span<const std::string> words) {
  CLI::App app(verb.summary, std::string("bakeoff ") + verb.name);
  app.footer(std::string("Examples:\n") + verb.examples);
  const Action action = verb.declare(app);
  BAKEOFF_TRY(const std::optional<int> status, parse(app, verb.name, words));
  return status ? Result<int>(*status) : action();
}

Error unknown_verb(const std::string& word) {
  std::vector<std::string> names;
  for (const Verb& verb : kVerbs) names.emplace_back(verb.name);
  const std::string meant = nearest(word, names);
  return usage_error("unknown verb \"" + word + "\"", "",
                     meant.empty() ? "bakeoff --help lists the verbs" : "did you mean " + meant + "?");
}

Result<int> dispatch(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_program_help();
    return words.empty() ? exit_status(ErrorKind::usage) : 0;
  }
  if (words[0] == "--version") {
    std::puts("bakeoff " BAKEOFF_VERSION);
    return 0;
  }
  for (const Verb& verb : kVerbs)
    if (words[0] == verb.name) return run_verb(verb, std::span(words).subspan(1));
  return unknown_verb(words[0]);
}

}  // namespace

int run_program(const std::vector<std::string>& words) {
  Result<int> status = 0;
  try {
    status = dispatch(words);
  } catch (const std::bad_alloc&) {
    status = infrastructure_error("out of memory", "", "use a smaller --batch, or a machine with more");
  } catch (const std::exception& escaped) {
    status = internal_error(escaped.what(), "", "this is a mistake in the program: please report it");
  }
  if (status.ok()) return *status;
  std::fprintf(stderr, "bakeoff: %s\n", status.error().line().c_str());
  return exit_status(status.error().kind);
}

}  // namespace bakeoff::tools
