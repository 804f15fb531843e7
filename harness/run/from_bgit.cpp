// See from_bgit.h. The project is read as JSON, key by key; keys that nobody takes are what has no counterpart.
#include "harness/run/from_bgit.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/compare/exports.h"
#include "harness/core/nearest.h"
#include "harness/run/bgit_project.h"
#include "harness/run/experiment.h"

namespace bakeoff::run {

namespace {

/// An object whose keys are taken one by one.
class Fields {
 public:
  Fields(Json object, std::string where) : object_(std::move(object)), where_(std::move(where)) {}

  /// The value at a key, and away with it; null where there is none.
  Json take(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) return {};
    Json value = std::move(*found);
    object_.erase(found);
    return value;
  }
  Json take_either(const char* key, const char* old_name) {
    Json value = take(key);
    return value.is_null() ? take(old_name) : value;
  }
  std::string text(const char* key) {
    const Json value = take(key);
    return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : dump(value);
  }
  /// Puts a value back that has no counterpart after all.
  void leave(const char* key, Json value) { object_[key] = std::move(value); }
  std::string path(const std::string& key) const { return where_ + "." + key; }
  void finish(std::vector<std::string>& left_out) const {
    for (const auto& [key, value] : object_.items())
      if (!value.is_null()) left_out.push_back(path(key));
  }

 private:
  Json object_;
  std::string where_;
};

Result<const BgitPart*> find_part(const std::vector<BgitPart>& parts, const std::string& name,
                                  const std::string& where) {
  std::vector<std::string> known;
  for (const BgitPart& part : parts) {
    if (part.name == name) return &part;
    known.push_back(part.name);
  }
  const std::string meant = nearest(name, known);
  return input_error("nothing here is called \"" + name + "\"", where,
                     meant.empty() ? "" : "did you mean " + meant + "?");
}

/// A text as a YAML scalar at an indentation: a literal block where that keeps every character, else quoted.
std::string yaml_text(const std::string& text, const std::string& indent) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\n' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
  });
  const auto last = text.find_last_not_of('\n');
  const std::size_t ends = last == text.npos ? 0 : text.size() - last - 1;
  if (!is_plain || ends > 1 || text.find('\n') == text.npos || text.starts_with(' ') || text.starts_with('\n') ||
      text.find(" \n") != text.npos || !is_valid_utf8(text))
    return " " + dump(Json(text)) + "\n";
  std::string block = ends == 0 ? " |-\n" : " |\n";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) block += indent + text.substr(at, end - at);
    block += "\n";
    at = end + 1;
  }
  return block;
}

std::string yaml_messages(const Conversation& messages, const std::string& indent) {
  if (messages.empty()) return " []\n";
  std::string text = "\n";
  for (const Message& message : messages)
    text +=
        indent + "- role: " + message.role + "\n" + indent + "  content:" + yaml_text(message.content, indent + "    ");
  return text;
}

/// Writes the experiment; members are its parts as lines.
class Writer {
 public:
  Writer(BgitProject project, Path out) : project_(std::move(project)), out_(std::move(out)) {}

  Result<ImportedProject> write() {
    BAKEOFF_CHECK(write_bakes());
    for (const BgitPart& part : project_.prompts)
      if (!used_prompts_.contains(part.name)) done_.left_out.push_back(part.where);
    for (const auto& target : project_.targets)
      if (!settings_.contains(target.name)) done_.left_out.push_back(target.where + " (" + target.name + ")");
    add_model_notes();
    const Path file = out_ / "experiment.yaml";
    BAKEOFF_CHECK(write_file_atomically(file, experiment()));
    done_.files.insert(done_.files.begin(), file);
    if (lacks_questions_) return std::move(done_);
    const auto readable = read_experiment(file);
    if (!readable.ok()) return readable.error();
    return std::move(done_);
  }

 private:
  Status write_bakes() {
    if (project_.bakes.empty())
      for (const BgitPart& target : project_.targets)
        project_.bakes.push_back({target.name, "BAKE", {{"datasets", Json::array({{{"target", target.name}}})}}});
    std::string before;
    for (const BgitPart& bake : project_.bakes) BAKEOFF_CHECK(add_bake(bake, before));
    return {};
  }

  /// One bake for each dataset; `before`: the last bake of the one before it, where bakes are a chain.
  Status add_bake(const BgitPart& bake, std::string& before) {
    Fields fields(bake.fields, bake.where);
    const Json datasets = fields.take("datasets");
    OrderedJson recipe = recipe_of(fields);
    fields.finish(done_.left_out);
    std::vector<std::string> targets;
    for (std::size_t i = 0; datasets.is_array() && i < datasets.size(); ++i) {
      const Json target = datasets[i].is_object() ? datasets[i].value("target", Json()) : Json();
      if (target.is_string()) targets.push_back(target);
    }
    if (targets.empty() && project_.targets.size() == 1) targets = {project_.targets.front().name};
    if (targets.empty())
      return input_error("names no target", project_.file.string() + ": " + bake.where + ".datasets");
    if (targets.size() > 1) {
      done_.left_out.push_back(bake.where + ".datasets[].weight");
      done_.notes.push_back(bake.name + " trains one adapter on " + std::to_string(targets.size()) +
                            " targets at once, which has no counterpart: here each is a bake of its own");
    }
    const std::string parent = project_.is_chain ? before : "";
    for (const std::string& target : targets) {
      const std::string where = project_.file.string() + ": " + bake.where + ".datasets";
      BAKEOFF_TRY(const BgitPart* part, find_part(project_.targets, target, where));
      BAKEOFF_CHECK(add_target(*part));
      OrderedJson row = {{"name", targets.size() == 1 ? bake.name : bake.name + "-" + target}, {"prompt", target}};
      row.update(settings_.at(target));
      row.update(recipe);
      if (!parent.empty()) row["parent"] = parent;
      before = row["name"];
      bakes_.push_back(std::move(row));
    }
    return {};
  }

  static void move_number(Fields& from, const char* key, const char* name, OrderedJson& into) {
    Json value = from.take(key);
    if (value.is_number())
      into[name] = value;
    else if (!value.is_null())
      from.leave(key, std::move(value));
  }

  OrderedJson recipe_of(Fields& fields) {
    OrderedJson recipe = OrderedJson::object();
    move_number(fields, "epochs", "epochs", recipe);
    move_number(fields, "seed", "seed", recipe);
    const Json rows = fields.take("micro_batch_size"), steps = fields.take("gradient_accumulation_steps");
    if (rows.is_number_integer() || steps.is_number_integer())
      recipe["batch_trajectories"] =
          (rows.is_number_integer() ? rows.get<int>() : 1) * (steps.is_number_integer() ? steps.get<int>() : 1);
    nested(fields, "optimizer", [&](Fields& inner) { take_optimizer(inner, recipe); });
    nested(fields, "data", [&](Fields& inner) { take_split(inner, recipe); });
    nested(fields, "model", [&](Fields& inner) {
      nested(inner, "baked_adapter_config", [&](Fields& adapter) { take_adapter(adapter, recipe); });
    });
    return recipe;
  }

  template <class Take>
  void nested(Fields& fields, const char* key, const Take& take) {
    Json value = fields.take(key);
    if (!value.is_object()) return fields.leave(key, std::move(value));
    Fields inner(std::move(value), fields.path(key));
    take(inner);
    inner.finish(done_.left_out);
  }

  static void take_optimizer(Fields& fields, OrderedJson& recipe) {
    move_number(fields, "lr", "learning_rate", recipe);
    move_number(fields, "learning_rate", "learning_rate", recipe);
    move_number(fields, "weight_decay", "weight_decay", recipe);
    move_number(fields, "eps", "adam_epsilon", recipe);
    const Json betas = fields.take("betas");
    if (!betas.is_array() || betas.size() != 2) return fields.leave("betas", betas);
    recipe["adam_beta1"] = betas[0], recipe["adam_beta2"] = betas[1];
  }

  static void take_split(Fields& fields, OrderedJson& recipe) {
    const Json split = fields.take("train_eval_split");
    const bool is_pair = split.is_array() && split.size() == 2 && split[1].is_number();
    if (!is_pair || split[1].get<double>() > 0.5) return fields.leave("train_eval_split", split);
    recipe["held_out"] = split[1];
  }

  static void take_adapter(Fields& fields, OrderedJson& recipe) {
    move_number(fields, "r", "rank", recipe);
    move_number(fields, "lora_alpha", "alpha", recipe);
    const Json dropout = fields.take("lora_dropout"), bias = fields.take("bias"), maps = fields.take("target_modules");
    if (dropout.is_number() && dropout != 0) fields.leave("lora_dropout", dropout);
    if (bias.is_string() && bias != "none") fields.leave("bias", bias);
    if (maps.is_array()) recipe["targets"] = maps;
    if (maps.is_string() && maps != "all-linear") fields.leave("target_modules", maps);
  }

  /// Prompt, questions and sampling of one target, once.
  Status add_target(const BgitPart& target) {
    if (settings_.contains(target.name)) return {};
    Fields fields(target.fields, target.where);
    fields.take("template");
    BAKEOFF_CHECK(write_prompt(target, fields));
    OrderedJson& settings = settings_[target.name] = {{"questions", "questions/" + file_of(target, ".jsonl")}};
    move_number(fields, "num_traj_per_stimulus", "samples_per_question", settings);
    move_number(fields, "max_tokens", "max_new_tokens", settings);
    move_number(fields, "temperature", "temperature", settings);
    const std::string model = fields.text("model_name");
    if (model_.empty()) model_ = model;
    if (!model.empty() && model != model_) fields.leave("model_name", model);
    const Json generators = fields.take("generators");
    fields.finish(done_.left_out);
    return write_questions(target, generators);
  }

  static std::string file_of(const BgitPart& target, const char* ending) {
    return compare::file_part(target.name) + ending;
  }

  Result<Conversation> messages_of(const std::string& prompt) {
    BAKEOFF_TRY(const BgitPart* part, find_part(project_.prompts, prompt, project_.file.string() + ": PROMPT"));
    const bool is_new = used_prompts_.insert(prompt).second;
    Fields fields(part->fields, part->where);
    const Json messages = fields.take("messages");
    if (is_new) fields.finish(done_.left_out);
    if (messages.is_null()) return Conversation{};
    return conversation_from_json(messages, project_.file.string() + ": " + part->where + ".messages");
  }

  Status write_prompt(const BgitPart& target, Fields& fields) {
    const Json teacher = fields.take_either("teacher_prompt", "u"), student = fields.take_either("student_prompt", "v");
    BAKEOFF_TRY(const Conversation taught, messages_of(teacher.is_string() ? teacher.get<std::string>() : "teacher"));
    Conversation kept;
    const bool has_student =
        student.is_string() || std::any_of(project_.prompts.begin(), project_.prompts.end(),
                                           [](const BgitPart& part) { return part.name == "student"; });
    if (has_student) {
      BAKEOFF_TRY(kept, messages_of(student.is_string() ? student.get<std::string>() : "student"));
    }
    const Path file = out_ / "prompts" / file_of(target, ".yaml");
    BAKEOFF_CHECK(write_file_atomically(file, "name: " + dump(Json(target.name)) +
                                                  "\nmessages:" + yaml_messages(taught, "  ") +
                                                  "student:\n  messages:" + yaml_messages(kept, "    ")));
    done_.files.push_back(file);
    BAKEOFF_TRY(const PromptSpec read_back, read_prompt_file(file));
    if (read_back.messages == taught && read_back.student == kept) return {};
    return internal_error("the prompt changed in writing", file.string());
  }

  Status write_questions(const BgitPart& target, const Json& generators) {
    std::string rows;
    for (std::size_t i = 0; generators.is_array() && i < generators.size(); ++i) {
      Fields fields(generators[i], target.where + ".generators[" + std::to_string(i) + "]");
      const std::string type = fields.text("type");
      const Json count = fields.take("numq"), questions = fields.take("questions");
      if (type != "hardcoded" || !questions.is_array()) {
        const std::string shown = count.is_number_integer() ? type + ", " + dump(count) + " questions" : type;
        done_.left_out.push_back(target.where + ".generators[" + std::to_string(i) + "] (" + shown + ")");
        continue;
      }
      fields.finish(done_.left_out);
      const bool is_cut = count.is_number_integer() && count >= 0;
      const std::size_t most = is_cut ? count.get<std::size_t>() : questions.size();
      for (std::size_t j = 0; j < std::min(most, questions.size()); ++j)
        rows += dump(Json{{"question", questions[j]}}) + "\n";
    }
    const std::string name = "questions/" + file_of(target, ".jsonl");
    if (rows.empty()) {
      lacks_questions_ = true;
      done_.notes.push_back("write " + (out_ / name).string() + ", one {\"question\": \"...\"} a line: " + target.name +
                            " has no questions of its own, bgit lets a model write them");
      return {};
    }
    done_.files.push_back(out_ / name);
    return write_file_atomically(out_ / name, rows);
  }

  void add_model_notes() {
    if (model_.empty() || model_ == project_.parent_model) model_ = project_.base_model;
    if (model_.empty()) model_ = "Qwen/Qwen3-32B";  // what repositories start from unless told otherwise
    done_.notes.push_back("model: " + model_ +
                          " is its name elsewhere; name a folder, a .gguf file or a known model "
                          "(bakeoff models list): --set model=NAME");
    if (!project_.parent_model.empty() && !project_.is_chain)
      done_.notes.push_back("a next bake would start from " + project_.parent_model +
                            ", which only its server has: this one starts from the model");
  }

  std::string experiment() const {
    OrderedJson prompts = OrderedJson::object();
    for (const BgitPart& target : project_.targets)
      if (settings_.contains(target.name)) prompts[target.name] = "prompts/" + file_of(target, ".yaml");
    const std::string name = !project_.name.empty() ? project_.name : bakes_.front()["name"].get<std::string>();
    std::string text =
        "# Imported from " + project_.file.filename().string() +
        " of a bgit project. Add suites: `bakeoff suites list`.\nname: " + dump(Json(compare::file_part(name))) +
        "\nmodel: " + dump(Json(model_)) + "\nprompts: " + dump(prompts) + "\nbakes:\n";
    for (const OrderedJson& bake : bakes_) text += "  - " + dump(bake) + "\n";
    return text;
  }

  BgitProject project_;
  Path out_;
  std::string model_;
  std::set<std::string> used_prompts_;
  std::map<std::string, OrderedJson> settings_;  // of bakes, by target
  std::vector<OrderedJson> bakes_;
  ImportedProject done_;
  bool lacks_questions_ = false;
};

}  // namespace

Result<ImportedProject> import_bgit(const Path& project, const Path& out) {
  BAKEOFF_TRY(BgitProject read, read_bgit_project(project));
  return Writer(std::move(read), out).write();
}

}  // namespace bakeoff::run
