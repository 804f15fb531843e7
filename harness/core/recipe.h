// How a bake is trained. Plain data with the defaults that docs/baking explains; the same struct is written to
// bakeoff.json beside the adapter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace bakeoff {

struct Recipe {
  std::string method = "kl";     ///< a line of the method table: "kl"
  int samples_per_question = 4;  ///< trajectories drawn from the prompted model for each question
  int max_new_tokens = 40;       ///< longest trajectory
  double temperature = 1.0;      ///< of the trajectories; never truncated by top-k or top-p
  int epochs = 3;
  int batch_trajectories = 16;  ///< trajectories per optimiser step
  double learning_rate = 1e-3;  ///< peak
  int warmup_steps = 5;         ///< linear warm-up, then linear decay to 0 at the last step
  double weight_decay = 0.0;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.95;
  double adam_epsilon = 1e-8;
  double clip_norm = 1.0;  ///< global gradient norm
  int rank = 16;           ///< LoRA r
  double alpha = 16.0;     ///< the product is scaled by alpha / rank
  std::vector<std::string> targets = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};
  double held_out = 0.1;  ///< share of the questions kept from training to measure KL on; 0 to 0.5
  std::string first_token =
      "include";                ///< "skip" only to reproduce the paper's code, whose masks drop the first answer token
  int checkpoint_seconds = 20;  ///< how often training state is saved
};

Result<Recipe> recipe_from_json(const Json& value, const std::string& where);
Json to_json(const Recipe& recipe);

}  // namespace bakeoff
