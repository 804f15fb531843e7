// What a chat template is told beside the conversation: arguments such as {"enable_thinking": false}, and the date that
// templates print. Both are part of a generator's identity. Plain values: any thread.
#pragma once

#include <string>

#include "harness/core/json.h"

namespace bakeoff {

/// Never today's date: the same conversation gives the same prompt on every day. Published templates fall back on it.
inline constexpr const char* kTemplateDate = "2024-07-26";

struct TemplateSettings {
  Json arguments = Json::object();   ///< variables of the template, sorted by name
  std::string date = kTemplateDate;  ///< YYYY-MM-DD, years 1 to 9999

  bool operator==(const TemplateSettings&) const = default;
};
/// {"arguments", "date"}.
Json to_json(const TemplateSettings& settings);

/// Input errors, at `where`: no object; a name that the conversation or the model sets (messages, tools,
/// add_generation_prompt, bos_token, eos_token) or that has a setting of its own (date).
Status check_template_arguments(const Json& arguments, const std::string& where);
/// Input error, at `where`: no day of the calendar written YYYY-MM-DD.
Status check_template_date(const std::string& date, const std::string& where);

/// The digest of a template used with these settings: `digest` itself for the default ones, so that nothing made
/// without settings is made again, and for "" (no template), which no setting can change.
std::string digest_with(const std::string& digest, const TemplateSettings& settings);

}  // namespace bakeoff
