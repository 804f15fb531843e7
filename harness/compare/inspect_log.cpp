// Opening logs of Inspect; see inspect_log.h. The layout is that of its inspect_ai/log/_recorders/eval.py (0.3.285).
#include "harness/compare/inspect_log.h"

#include <algorithm>

#include "harness/compare/foreign.h"

namespace bakeoff::compare {

namespace {

bool is_json_log(const Path& file) {
  if (file.extension() != ".json") return false;
  const auto keys = first_keys(file);
  const auto has = [&](const char* key) { return std::find(keys.begin(), keys.end(), key) != keys.end(); };
  return has("eval") && (has("status") || has("version"));
}

Result<Json> member_json(const ZipFile& zip, const Path& file, const std::string& name) {
  const ZipFile::Member* entry = zip.find(name);
  if (!entry) return Json();
  BAKEOFF_TRY(const std::string text, zip.read(*entry));
  return parse_python_json(text, file.string() + ":" + name);
}

/// header.json, which a log that was cut off does not have yet: then what was written at its start.
Result<Json> read_header(const ZipFile& zip, const Path& file) {
  BAKEOFF_TRY(Json header, member_json(zip, file, "header.json"));
  if (header.is_null()) {
    BAKEOFF_TRY(header, member_json(zip, file, "_journal/start.json"));
    if (header.is_object()) header["status"] = "started";
  }
  BAKEOFF_TRY(Json reductions, member_json(zip, file, "reductions.json"));
  if (header.is_object() && !reductions.is_null()) header["reductions"] = std::move(reductions);
  return header;
}

}  // namespace

bool is_inspect_log(const Path& file) { return file.extension() == ".eval" || is_json_log(file); }

std::string InspectLog::created() const { return text_at(eval(), "created"); }

Status InspectLog::for_each_sample(const OnSample& on_sample) const {
  if (zip) {
    for (const ZipFile::Member& entry : zip->members()) {
      if (!entry.name.starts_with("samples/") || !entry.name.ends_with(".json")) continue;
      BAKEOFF_TRY(const std::string text, zip->read(entry));
      const std::string at = where() + ":" + entry.name;
      BAKEOFF_TRY(const Json sample, parse_python_json(text, at));
      BAKEOFF_CHECK(on_sample(sample, at));
    }
    return {};
  }
  const Json* samples = member(header, "samples");
  for (std::size_t i = 0; samples && i < samples->size(); ++i)
    BAKEOFF_CHECK(on_sample((*samples)[i], where() + ": samples[" + std::to_string(i) + "]"));
  return {};
}

Result<InspectLog> open_inspect_log(const Path& file) {
  InspectLog log{file, {}, {}};
  if (file.extension() == ".eval") {
    BAKEOFF_TRY(log.zip, ZipFile::open(file));
    BAKEOFF_TRY(log.header, read_header(*log.zip, file));
  } else {
    BAKEOFF_TRY(log.header, read_python_json(file));
  }
  BAKEOFF_TRY(const Json* const eval, object_at(log.header, "eval", file.string()));
  for (const char* key : {"task", "model"})
    if (text_at(*eval, key).empty())
      return input_error("expected a name at \"eval." + std::string(key) + "\"", file.string());
  if (const Json* samples = member(log.header, "samples"); samples && !samples->is_array())
    return input_error("expected a list at \"samples\"", file.string());
  return log;
}

}  // namespace bakeoff::compare
