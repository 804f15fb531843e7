// A project of bgit (Bread Technologies' command-line tool) as an experiment of ours: `bakeoff import PROJECT --out
// DIR`.
//
//   PROJECT/input.yml   sections PROMPT, TARGET and BAKE; bgit clears them after each bake, and then
//   PROJECT/recipe.yml  the steps that made what there is: create_prompt, create_target, create_bake
//   PROJECT/.bread      the repository's name, the base model, the bake that a next one would start from
//
// becomes DIR/experiment.yaml, DIR/prompts/TARGET.yaml (teacher and student) and DIR/questions/TARGET.jsonl (questions
// that stand in the project; those that bgit lets a model write do not).
//
//   num_traj_per_stimulus, max_tokens, temperature       samples_per_question, max_new_tokens, temperature
//   epochs, seed, micro_batch_size x gradient_accumulation_steps             epochs, seed, batch_trajectories
//   optimizer: learning_rate (lr), weight_decay, betas, eps                  the same, adam_beta1/2, adam_epsilon
//   model.baked_adapter_config: r, lora_alpha, target_modules                rank, alpha, targets
//   data.train_eval_split: [share to train on, share held out]               held_out
//
// Everything else is named in `left_out`. What the keys mean was read from public projects and the Python client
// (aibread 1.3); bgit itself is not published.
#pragma once

#include <string>
#include <vector>

#include "harness/core/files.h"

namespace bakeoff::run {

struct ImportedProject {
  std::vector<Path> files;            ///< written, the experiment first
  std::vector<std::string> left_out;  ///< keys without a counterpart: "TARGET.max_concurrency"
  std::vector<std::string> notes;     ///< what to do or know before `bakeoff run`
};

/// A folder with input.yml or recipe.yml, or such a file.
bool looks_like_bgit(const Path& path);

/// Files that are there are replaced. Errors: nothing to import, a target or prompt that is named and not there,
/// messages that are no conversation, what the experiment file refuses.
Result<ImportedProject> import_bgit(const Path& project, const Path& out);

}  // namespace bakeoff::run
