// See bgit_project.h.
#include "harness/run/bgit_project.h"

#include "harness/run/from_bgit.h"

namespace bakeoff::run {

namespace {

/// ".bread": sections in brackets, then KEY=VALUE lines.
Status read_state(const Path& folder, BgitProject& project) {
  const Path file = folder / ".bread";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {};
  std::string section;
  return for_each_line(file, [&](std::size_t, std::string_view line) -> Status {
    const auto equals = line.find('=');
    if (line.starts_with('[')) section = line.substr(1, line.find(']') - 1);
    if (equals == line.npos) return {};
    const std::string key = section + "." + std::string(line.substr(0, equals)), value(line.substr(equals + 1));
    if (key == "REPO.name") project.name = value;
    if (key == "RECIPE.base_model") project.base_model = value;
    if (key == "PARENT_MODEL.model_name") project.parent_model = value;
    return {};
  });
}

/// A section is one object with "name", or a list of them.
Status add_section(const Json& document, const char* section, std::vector<BgitPart>& into, const Path& file) {
  const auto found = document.find(section);
  if (found == document.end() || found->is_null()) return {};
  const bool is_list = found->is_array();
  const Json list = is_list ? *found : Json::array({*found});
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = is_list ? section + ("[" + std::to_string(i) + "]") : section;
    if (!list[i].is_object())
      return input_error("expected an object, found " + dump(list[i]), file.string() + ": " + where);
    BgitPart part{"", where, list[i]};
    part.name = part.fields.value("name", Json()).is_string() ? part.fields["name"].get<std::string>() : "";
    part.fields.erase("name");
    if (part.name.empty()) part.name = is_list ? "bake" + std::to_string(i + 1) : "bake";
    into.push_back(std::move(part));
  }
  return {};
}

Status read_input(const Json& document, BgitProject& project) {
  if (const auto prompts = document.find("PROMPT"); prompts != document.end() && prompts->is_object())
    for (const auto& [name, fields] : prompts->items())
      if (fields.is_object()) project.prompts.push_back({name, "PROMPT." + name, fields});
  BAKEOFF_CHECK(add_section(document, "TARGET", project.targets, project.file));
  return add_section(document, "BAKE", project.bakes, project.file);
}

void read_recipe(const Json& document, BgitProject& project) {
  project.is_chain = true;
  if (const Json base = document.value("base_model", Json()); base.is_string()) project.base_model = base;
  const Json steps = document.value("steps", Json::array());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].is_object()) continue;
    const auto text = [&](const char* key) {
      const Json value = steps[i].value(key, Json());
      return value.is_string() ? value.get<std::string>() : std::string();
    };
    Json config = steps[i].value("config", Json::object());
    if (!config.is_object()) continue;
    const std::string action = text("action"), name = text("resource_name");
    const std::string where = "steps[" + std::to_string(i) + "].config";
    if (action == "create_prompt") project.prompts.push_back({name, where, config.value("content", Json::object())});
    if (action == "create_target") project.targets.push_back({name, where, std::move(config)});
    if (action == "create_bake") project.bakes.push_back({name, where, std::move(config)});
  }
}

bool is_there(const Path& file) {
  std::error_code ignored;
  return std::filesystem::exists(file, ignored);
}

}  // namespace

Result<BgitProject> read_bgit_project(const Path& path) {
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  const Path folder = is_folder ? path : path.parent_path();
  BgitProject project;
  BAKEOFF_CHECK(read_state(folder, project));
  std::vector<Path> files = {path};
  if (is_folder) files = {folder / "input.yml", folder / "recipe.yml"};
  for (const Path& file : files) {
    if (!is_there(file)) continue;
    BAKEOFF_TRY(const Json document, read_yaml_file(file));
    if (!document.is_object()) continue;  // cleared
    project.file = file;
    if (document.contains("steps"))
      read_recipe(document, project);
    else
      BAKEOFF_CHECK(read_input(document, project));
    if (!project.targets.empty()) return project;
  }
  return input_error("has no target to import", path.string(),
                     "input.yml needs the sections PROMPT and TARGET, or recipe.yml steps that create them");
}

bool looks_like_bgit(const Path& path) {
  const Path ending = path.extension();
  if (ending == ".yml" || ending == ".yaml") return true;
  return is_there(path / "input.yml") || is_there(path / "recipe.yml");
}

}  // namespace bakeoff::run
