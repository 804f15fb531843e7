// The suites: one line each.
#include <array>

#include "harness/core/nearest.h"
#include "suites/shared_keys.h"
#include "suites/suite.h"

namespace bakeoff::suites {

Result<std::unique_ptr<Suite>> create_arc(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_arithmetic(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_asdiv(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_code_basics(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_common_knowledge(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_commonsenseqa(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_dilution(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_facts(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_feedback(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_gsm8k(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_humaneval(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_ifeval(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_in_context(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_mbpp(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_pairwise(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_perplexity(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_prompt_decay(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_prompt_instructions(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_retention(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_style(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_support_desk(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_svamp(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_tau_retail(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_truthfulqa_mc(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_word_problems(const SuiteConfig& config);

std::span<const SuiteEntry> all_suites() {
  static constexpr std::array kTable{
      SuiteEntry{"arc", "school science questions with choices, by log-likelihood", create_arc, true},
      SuiteEntry{"arithmetic", "generated sums, products and differences with worked examples", create_arithmetic},
      SuiteEntry{"asdiv", "written problems of six school grades (not for commercial use)", create_asdiv},
      SuiteEntry{"code_basics", "generated: small Python functions, run against tests", create_code_basics},
      SuiteEntry{"common_knowledge", "168 questions of our own with four choices, by log-likelihood",
                 create_common_knowledge, true},
      SuiteEntry{"commonsenseqa", "everyday questions with five choices, by log-likelihood", create_commonsenseqa,
                 true},
      SuiteEntry{"dilution", "is what the prompt told still found behind other texts?", create_dilution},
      SuiteEntry{"facts", "what only the prompt states: told, reversed, joined; neighbours left alone", create_facts},
      SuiteEntry{"feedback", "does an agent learn from one correction a round, baked or in the prompt, and keep it?",
                 create_feedback},
      SuiteEntry{"gsm8k", "written problems of two to eight steps", create_gsm8k},
      SuiteEntry{"humaneval", "164 Python functions to complete, run against their tests", create_humaneval},
      SuiteEntry{"ifeval", "25 kinds of instructions that a program can check, strict and loose", create_ifeval},
      SuiteEntry{"in_context", "new mappings to learn from none to eight examples", create_in_context},
      SuiteEntry{"mbpp", "974 short Python problems, run against their assertions", create_mbpp},
      SuiteEntry{"pairwise", "which of two arms answers open questions better, as a judge says", create_pairwise},
      SuiteEntry{"perplexity", "how likely a held-out text is, token by token", create_perplexity},
      SuiteEntry{"prompt_decay", "does the manner fade over the turns of a conversation, prompted and baked?",
                 create_prompt_decay},
      SuiteEntry{"prompt_instructions", "how far answers do what a prompt says: 14 prompts, scored in [0, 1]",
                 create_prompt_instructions},
      SuiteEntry{"retention", "what a sequence of bakes keeps: every earlier task after every bake", create_retention},
      SuiteEntry{"style", "the manner that a prompt asks for, and whether the content stays right", create_style},
      SuiteEntry{"support_desk", "an agent with tools, a policy and a simulated customer, four levels",
                 create_support_desk},
      SuiteEntry{"svamp", "written problems of one step, varied in wording", create_svamp},
      SuiteEntry{"tau_retail", "tau2-bench's 114 retail tasks with its shop, policy and tools", create_tau_retail},
      SuiteEntry{"truthfulqa_mc", "true answers against misconceptions, by log-likelihood", create_truthfulqa_mc},
      SuiteEntry{"word_problems", "generated stories with numbers in them, in seven levels", create_word_problems},
  };
  return kTable;
}

Result<std::unique_ptr<Suite>> create_suite(std::string_view name, const SuiteConfig& config) {
  std::vector<std::string> names;
  for (const SuiteEntry& entry : all_suites()) {
    if (name == entry.name) return create_with_shared_keys(entry, config);
    names.emplace_back(entry.name);
  }
  return input_error("no suite is called \"" + std::string(name) + "\"", config.where, hint_of_known(name, names));
}

}  // namespace bakeoff::suites
