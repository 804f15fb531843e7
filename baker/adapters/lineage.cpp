#include "baker/adapters/lineage.h"

#include "baker/models/adapter_file.h"

namespace bakeoff::baker {
namespace {

Json entry(const Parent& parent) {
  Json json = {{"adapter", parent.digest}, {"folder", parent.folder.string()}, {"scale", parent.scale}};
  if (!parent.record.is_object()) return json;
  for (const char* key : {"prompt", "recipe", "seed", "made", "lineage"})
    if (parent.record.contains(key)) json[key] = parent.record[key];
  return json;
}

}  // namespace

Result<Json> derived_record(const std::vector<Parent>& parents, Json made) {
  Json record = {
      {"format", kAdapterRecordFormat}, {"made", std::move(made)}, {"lineage", {{"parents", Json::array()}}}};
  bool any = false;
  for (const Parent& parent : parents) {
    record["lineage"]["parents"].push_back(entry(parent));
    if (!parent.record.is_object()) continue;
    any = true;
    for (const char* key : {"student", "base_digest", "base"}) {
      if (!parent.record.contains(key)) continue;
      if (!record.contains(key)) record[key] = parent.record[key];
      if (record[key] != parent.record[key] && key != std::string("base"))
        return input_error(std::string("has another \"") + key + "\" than the adapter before it",
                           (parent.folder / "bakeoff.json").string(),
                           "adapters made into one must share base and student prompt");
    }
  }
  return any ? record : Json();
}

}  // namespace bakeoff::baker
