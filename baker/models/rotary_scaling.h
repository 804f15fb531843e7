// How models stretch rotary positions to longer contexts, from the two formats' settings to frequencies.
//
// Formulas: transformers/modeling_rope_utils.py at 5.23 (linear, llama3, yarn, longrope), in single precision as there;
// YaRN is Peng et al. 2023, arXiv:2309.00071; longrope Ding et al. 2024, arXiv:2402.13753. Not covered, and refused by
// name: dynamic scaling, whose frequencies change while an answer grows.
#pragma once

#include "baker/models/settings.h"

namespace bakeoff::baker {

/// What the formulas need of the model beside the settings.
struct RotaryPlace {
  std::int64_t head_size = 0;
  std::int64_t context = 0;
  double base = 10000;          ///< where the settings name none
  bool may_be_partial = false;  ///< partial_rotary_factor is honoured; else only 1 is accepted
};

/// The rotary settings of config.json as one object: rope_scaling or rope_parameters, completed by rope_theta,
/// partial_rotary_factor and original_max_position_embeddings beside them.
Json rotary_settings(const JsonSettings& settings);

/// Frequencies for one such object. An unknown rope_type or member is an error that names it.
Result<RotaryFrequencies> rotary_from_json(const Json& parameters, const RotaryPlace& place, const std::string& where);

/// Frequencies for GGUF's keys rope.* and the tensors rope_freqs, rope_factors_long and rope_factors_short.
Result<RotaryFrequencies> rotary_from_gguf(const GgufSettings& settings, const ModelConfig& config);
/// True for the tensors that rotary_from_gguf reads, and for frequencies that some exporters store although they follow
/// from the configuration.
bool is_rotary_tensor(const std::string& name);

}  // namespace bakeoff::baker
