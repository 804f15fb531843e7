// What adapters make of whole matrices: those that no low-rank term beside the frozen product can express.
#pragma once

#include "baker/models/lora.h"

namespace bakeoff::baker {

/// The base with the changes that need a matrix of their own: weights brought whole (modules_to_save), DoRA's, and
/// terms on the embedding and the head. Everything else is shared with the base; without such a change, or at scale 0,
/// it is the base itself. Changed matrices are fp32 whatever the base's dtype, so that small changes are not rounded
/// away.
///
/// The scale multiplies the difference to the base's weight: 0 is the base, 1 what PEFT computes. Two adapters in use
/// that bring the same weight whole are an input error.
Result<std::shared_ptr<const Model>> adapted_model(std::shared_ptr<const Model> base, const AdapterList& adapters);

/// Which terms of the adapters a weight takes up.
enum class Merging {
  beside,      ///< without the low-rank ones, which the engine adds
  everything,  ///< all
};

/// True where the adapters in use change this weight: a module's or a norm's name.
bool changes(const AdapterList& adapters, const std::string& name, Merging merging);

/// The rows [first, first + rows) of a module's weight, or a norm's [1, C] values, as the adapters make them: the
/// base's in `values` (fp32, row-major) before, the adapted after. Summed in double.
struct WeightRows {
  std::string name;  ///< of the module or norm
  std::int64_t first = 0, rows = 0, columns = 0;
  float* values = nullptr;
};
void change_rows(const AdapterList& adapters, Merging merging, const WeightRows& weight);

/// Two adapters in use that bring the same weight whole are an input error that names it.
Status check_together(const AdapterList& adapters);

}  // namespace bakeoff::baker
