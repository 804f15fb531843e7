#include "baker/adapters/tools.h"

#include <cmath>

#include "baker/adapters/algebra.h"
#include "baker/adapters/gguf_lora.h"
#include "baker/adapters/lineage.h"
#include "baker/adapters/merge.h"
#include "baker/adapters/new_folder.h"
#include "baker/formats/weights.h"
#include "baker/models/adapter_file.h"
#include "harness/core/baker_api.h"

namespace bakeoff::baker {
namespace {

AdapterCard card_of(const Path& folder, const LooseAdapter& loose) {
  AdapterCard card{folder, loose.adapter.digest, loose.base_name, false, loose.tensors, loose.parameters,
                   {},     loose.whole,          loose.record};
  for (const LoraTerm& term : loose.adapter.weights.terms) {
    card.dora = card.dora || term.magnitude.defined();
    card.modules.push_back({term.module.name, term.pair.a.size(0), term.pair.scale, frobenius_norm(term.pair)});
  }
  return card;
}

Result<AdapterCard> card_in(const Path& folder) {
  BAKEOFF_TRY(const LooseAdapter loose, read_loose_adapter(folder));
  return card_of(folder, loose);
}

/// The weights as an adapter in a new folder, with the record of what they were made of.
Result<AdapterCard> write_new(const Path& out, const LoraWeights& weights, const AdapterMeta& meta) {
  BAKEOFF_CHECK(make_new_folder(out, [&](const Path& folder) -> Status {
    const auto written = write_adapter(folder, weights, meta);
    return written.ok() ? Status() : Status(written.error());
  }));
  return card_in(out);
}

Result<std::vector<LooseAdapter>> read_all(const std::vector<AdapterUse>& parts) {
  if (parts.empty()) return usage_error("names no adapter", "adapters");
  std::vector<LooseAdapter> all;
  for (const AdapterUse& part : parts) {
    if (!std::isfinite(part.scale) || part.scale == 0)
      return usage_error("a scale that is a number other than 0 is needed", part.folder.string(),
                         "at scale 0 an adapter is the base");
    BAKEOFF_TRY(all.emplace_back(), read_loose_adapter(part.folder));
  }
  return all;
}

std::vector<Parent> parents_of(const std::vector<AdapterUse>& parts, const std::vector<LooseAdapter>& all) {
  std::vector<Parent> parents;
  for (std::size_t i = 0; i < parts.size(); ++i)
    parents.push_back({parts[i].folder, parts[i].scale, all[i].adapter.digest, all[i].record});
  return parents;
}

/// An adapter read for its model, whose record must name that base.
struct Fitted {
  Path model;
  ModelConfig config;
  AdapterList adapters;
};

Result<bool> head_is_tied(const Path& model) {
  BAKEOFF_TRY(const auto source, open_weights(model));
  return !source->has("lm_head.weight") && !source->has("output.weight");
}

Result<Fitted> fit(const std::string& model, const std::vector<AdapterUse>& uses) {
  Fitted fitted;
  BAKEOFF_TRY(fitted.model, locate_model(model));
  BAKEOFF_TRY(fitted.config, read_model_config(fitted.model));
  BAKEOFF_TRY(const std::string digest, model_digest(fitted.model));
  BAKEOFF_TRY(fitted.config.tied_head, head_is_tied(fitted.model));
  for (const AdapterUse& use : uses) {
    BAKEOFF_TRY(Adapter adapter, read_adapter(use.folder, fitted.config, digest));
    fitted.adapters.emplace_back(std::make_shared<const Adapter>(std::move(adapter)), use.scale);
  }
  return fitted;
}

class LocalAdapterTools : public AdapterTools {
 public:
  Result<AdapterCard> inspect(const Path& folder) override { return card_in(folder); }

  Result<AdapterCard> sum(const std::vector<AdapterUse>& parts, const Path& out) override {
    BAKEOFF_CHECK(check_free(out));
    BAKEOFF_TRY(const std::vector<LooseAdapter> all, read_all(parts));
    std::vector<Summand> summands;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      BAKEOFF_CHECK(check_low_rank(all[i].adapter.weights, all[i].whole, parts[i].folder));
      summands.push_back({&all[i].adapter.weights, parts[i].scale, parts[i].folder});
    }
    AdapterMeta meta;
    meta.base_name = all[0].base_name;
    BAKEOFF_TRY(meta.bakeoff, derived_record(parents_of(parts, all), {{"by", parts.size() == 1 ? "scale" : "sum"}}));
    BAKEOFF_TRY(const LoraWeights weights, sum_terms(summands));
    return write_new(out, weights, meta);
  }

  Result<Truncation> truncate(const Path& folder, int rank, const Path& out) override {
    BAKEOFF_CHECK(check_free(out));
    if (rank < 1) return usage_error("the rank must be at least 1", "--rank");
    const std::vector<AdapterUse> parts = {{folder, 1.0}};
    BAKEOFF_TRY(const std::vector<LooseAdapter> all, read_all(parts));
    BAKEOFF_CHECK(check_low_rank(all[0].adapter.weights, all[0].whole, folder));
    const Truncated truncated = truncate_terms(all[0].adapter.weights, rank);
    const Json made = {{"by", "truncate"}, {"rank", rank}, {"kept", truncated.kept}};
    AdapterMeta meta;
    meta.base_name = all[0].base_name;
    BAKEOFF_TRY(meta.bakeoff, derived_record(parents_of(parts, all), made));
    BAKEOFF_TRY(AdapterCard card, write_new(out, truncated.weights, meta));
    return Truncation{std::move(card), truncated.kept, truncated.kept_of_module};
  }

  Result<MergeOutcome> merge(const std::string& model, const std::vector<AdapterUse>& uses, const Path& out) override {
    BAKEOFF_CHECK(check_free(out));
    BAKEOFF_TRY(const std::vector<LooseAdapter> all, read_all(uses));
    BAKEOFF_TRY(const Json record, derived_record(parents_of(uses, all), {{"by", "merge"}, {"model", model}}));
    BAKEOFF_TRY(const Fitted fitted, fit(model, uses));
    MergeOutcome outcome;
    BAKEOFF_CHECK(make_new_folder(out, [&](const Path& folder) -> Status {
      BAKEOFF_TRY(outcome, write_merged(fitted.model, fitted.config, fitted.adapters, folder));
      return record.is_null() ? Status() : write_file_atomically(folder / kAdapterRecordName, record.dump(2) + "\n");
    }));
    outcome.folder = out;
    return outcome;
  }

  Result<std::int64_t> export_gguf(const std::string& model, const Path& folder, const Path& out) override {
    BAKEOFF_CHECK(check_free(out));
    BAKEOFF_TRY(const Fitted fitted, fit(model, {{folder, 1.0}}));
    return write_gguf_lora(out, fitted.adapters[0].first->weights, fitted.config);
  }
};

}  // namespace

std::unique_ptr<AdapterTools> make_adapter_tools() { return std::make_unique<LocalAdapterTools>(); }

}  // namespace bakeoff::baker
