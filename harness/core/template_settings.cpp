// Checking and digesting template settings.
#include "harness/core/template_settings.h"

#include <algorithm>
#include <chrono>

#include "harness/core/sha256.h"

namespace bakeoff {
namespace {

constexpr const char* kReserved[] = {"messages", "tools", "add_generation_prompt", "bos_token", "eos_token", "date"};

bool is_day(const std::string& text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  const auto fits = [](char c, char form) { return form == 'd' ? c >= '0' && c <= '9' : c == form; };
  if (!std::equal(text.begin(), text.end(), kForm.begin(), kForm.end(), fits)) return false;
  const int year = std::stoi(text.substr(0, 4));
  const auto month = static_cast<unsigned>(std::stoi(text.substr(5, 2)));
  const auto day = static_cast<unsigned>(std::stoi(text.substr(8, 2)));
  return year >= 1 && (std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)).ok();
}

}  // namespace

Json to_json(const TemplateSettings& settings) { return {{"arguments", settings.arguments}, {"date", settings.date}}; }

Status check_template_arguments(const Json& arguments, const std::string& where) {
  if (!arguments.is_object())
    return input_error("expected an object of template variables", where, "write {\"enable_thinking\": false}");
  for (const char* name : kReserved)
    if (arguments.contains(name))
      return input_error(std::string("\"") + name + "\" can not be a template argument", where,
                         name == std::string_view("date") ? "set the date beside the arguments"
                                                          : "the conversation and the model give it");
  return {};
}

Status check_template_date(const std::string& date, const std::string& where) {
  if (is_day(date)) return {};
  return input_error(dump(Json(date)) + " is no date", where, "write YYYY-MM-DD");
}

std::string digest_with(const std::string& digest, const TemplateSettings& settings) {
  if (digest.empty() || settings == TemplateSettings{}) return digest;
  return sha256_hex("template\n" + digest + "\n" + dump(to_json(settings)));
}

}  // namespace bakeoff
