// Reading and checking the experiment file. Arms: arms.cpp; questions: questions.cpp; --set: overrides.cpp.
#include "harness/run/experiment.h"

#include <algorithm>
#include <set>

#include "harness/core/nearest.h"
#include "harness/run/arms.h"

namespace bakeoff::run {
namespace {

std::string indexed(const std::string& where, std::size_t index) { return where + "[" + std::to_string(index) + "]"; }

/// Reads one document. `folder` is what relative paths are against.
class Reader {
 public:
  Reader(const Json& document, const Path& file)
      : fields_(document, file.string()), folder_(file.parent_path()), file_(file) {}

  Result<Experiment> read() {
    experiment_.file = file_;
    read_plain_fields();
    BAKEOFF_CHECK(read_engine());
    BAKEOFF_CHECK(read_rendering());
    BAKEOFF_CHECK(read_student());
    BAKEOFF_CHECK(read_prompts());
    BAKEOFF_CHECK(read_bakes());
    BAKEOFF_CHECK(read_sequence());
    BAKEOFF_CHECK(read_suites());
    const Json& arms = fields_.raw("arms");
    const Json& judges = fields_.raw("judges");
    const Json& gate = fields_.raw("gate");
    fields_.raw("questions");
    BAKEOFF_CHECK(fields_.finish());
    if (experiment_.bakes.empty() && experiment_.suites.empty())
      return input_error("nothing to do", file_.string(), "add bakes or suites");
    BAKEOFF_TRY(experiment_.arms, arms_from_json(arms, experiment_, fields_.path("arms")));
    if (!judges.is_null()) {
      BAKEOFF_TRY(experiment_.judges, arms_from_json(judges, experiment_, fields_.path("judges")));
    }
    BAKEOFF_CHECK(check_model());
    if (!gate.is_null()) {
      BAKEOFF_TRY(experiment_.gate, gate_from_json(gate, experiment_, fields_.path("gate")));
    }
    return std::move(experiment_);
  }

 private:
  /// Only an experiment whose arms are all remote does without a model.
  Status check_model() const {
    const auto is_local = [](const Arm& arm) { return !arm.remote; };
    const bool needs_none = experiment_.bakes.empty() &&
                            std::none_of(experiment_.arms.begin(), experiment_.arms.end(), is_local) &&
                            std::none_of(experiment_.judges.begin(), experiment_.judges.end(), is_local);
    if (!experiment_.model.empty() || needs_none) return {};
    return input_error("is missing", fields_.path("model"));
  }

  Path located(const std::string& path) const { return Path(path).is_absolute() ? Path(path) : folder_ / path; }

  void read_plain_fields() {
    experiment_.name = fields_.optional("name", file_.stem().string().c_str());
    const std::string& name = experiment_.name;
    if (name.empty() || name.find_first_of("/\\") != name.npos || name[0] == '.')
      fields_.fail("name", "expected a name that can be a folder's, found \"" + name + "\"");
    experiment_.model = fields_.optional("model", "");
    std::error_code ignored;
    if (!experiment_.model.empty() && std::filesystem::exists(located(experiment_.model), ignored))
      experiment_.model = located(experiment_.model).string();
    experiment_.seed = fields_.optional<std::uint64_t>("seed", 0);
    experiment_.replicates = fields_.in_range("replicates", 1, 1, 1'000'000);
    if (const std::string out = fields_.optional("out", ""); !out.empty()) experiment_.out = located(out);
  }

  Status read_engine() {
    static const Json kNone = Json::object();
    const Json& value = fields_.raw("engine");
    ObjectReader engine(value.is_null() ? kNone : value, fields_.path("engine"));
    experiment_.engine.dtype = engine.one_of("dtype", "auto", {"auto", "fp32", "bf16"});
    experiment_.engine.device = engine.one_of("device", "cpu", {"cpu", "cuda"});
    experiment_.engine.batch_rows = engine.in_range("batch_rows", 32, 1, 65'536);
    experiment_.engine.threads = engine.in_range("threads", 0, 0, 4'096);
    experiment_.engine.kv_gib = engine.in_range("kv_gib", 2.0, 0.001, 1e6);
    return engine.finish();
  }

  Status read_rendering() {
    TemplateSettings& rendering = experiment_.rendering;
    if (const Json& value = fields_.raw("template"); !value.is_null()) rendering.arguments = value;
    BAKEOFF_CHECK(check_template_arguments(rendering.arguments, fields_.path("template")));
    rendering.date = fields_.optional("date", kTemplateDate);
    return check_template_date(rendering.date, fields_.path("date"));
  }

  /// The student of a prompt and of the experiment have the same two forms; core reads them as part of a prompt.
  Status read_student() {
    const Json& value = fields_.raw("student");
    if (value.is_null()) return {};
    const Json carrier = {{"system", ""}, {"student", value}};
    BAKEOFF_TRY(const PromptSpec prompt, prompt_from_json(carrier, file_.string()));
    experiment_.student = prompt.student;
    return {};
  }

  Result<PromptSpec> prompt_of(const Json& value, const std::string& where) {
    Json content = value;
    std::string at = where;
    if (value.is_string()) {
      const Path path = located(value.get<std::string>());
      at = path.string();
      std::error_code ignored;
      if (!std::filesystem::exists(path, ignored))
        return input_error("there is no file " + at, where, "name a prompt file, or write {system: \"...\"} in place");
      BAKEOFF_TRY(content, read_yaml_file(path));
    }
    if (content.is_object() && !content.contains("student"))
      content["student"] = {{"messages", to_json(experiment_.student)}};
    return prompt_from_json(content, at);
  }

  Status read_prompts() {
    const Json& value = fields_.raw("prompts");
    if (value.is_null()) return {};
    if (!value.is_object())
      return input_error("expected names with a file or messages each", fields_.path("prompts"),
                         "write prompts: {pirate: prompts/pirate.yaml}");
    for (const auto& entry : value.items()) {
      const std::string where = fields_.path("prompts") + "." + entry.key();
      BAKEOFF_TRY(PromptSpec prompt, prompt_of(entry.value(), where));
      prompt.name = entry.key();
      if (prompt.messages == prompt.student)
        return input_error("the prompt changes nothing: teacher and student see the same messages", where,
                           "change messages or student");
      experiment_.prompts.emplace(entry.key(), std::move(prompt));
    }
    return {};
  }

  Result<std::vector<Conversation>> questions_of(const Json& own, const std::string& prompt, const std::string& where) {
    const Json& value = own.is_null() ? fields_.raw("questions") : own;
    const std::string at = own.is_null() ? fields_.path("questions") : where;
    if (value.is_string()) return read_questions(located(value.get<std::string>()));
    if (!value.is_null()) return questions_from_json(value, at);
    std::error_code ignored;
    for (const char* ending : {".jsonl", "_train.jsonl"}) {
      const Path usual = folder_ / "questions" / (prompt + ending);
      if (std::filesystem::exists(usual, ignored)) return read_questions(usual);
    }
    return input_error("no questions to bake with", where,
                       "add questions: FILE.jsonl here or at the top, or put them in questions/" + prompt + ".jsonl");
  }

  Result<Recipe> recipe_of(ObjectReader& fields, const std::string& where) {
    Json own = Json::object();
    const Json known = to_json(Recipe{});
    for (const auto& entry : known.items())
      if (fields.has(entry.key().c_str())) own[entry.key()] = fields.raw(entry.key().c_str());
    for (const auto& entry : known.items()) fields.raw(entry.key().c_str());
    BAKEOFF_CHECK(fields.finish());
    return recipe_from_json(own, where);
  }

  Status check_prompt_name(const std::string& prompt, const std::string& where) {
    if (experiment_.prompts.contains(prompt)) return {};
    std::vector<std::string> known;
    for (const auto& [name, spec] : experiment_.prompts) known.push_back(name);
    const std::string meant = nearest(prompt, known);
    return input_error("there is no prompt \"" + prompt + "\"", where,
                       meant.empty() ? "add it to prompts" : "did you mean \"" + meant + "\"?");
  }

  static Result<ReplaySpec> replay_of(const Json& value, const std::string& where) {
    ReplaySpec replay;
    if (value.is_null()) return replay;
    ObjectReader fields(value, where);
    replay.questions = fields.in_range("questions", 8, 1, 1'000'000);
    replay.weight = fields.in_range("weight", 1.0, 0.0, 1e6);
    BAKEOFF_CHECK(fields.finish());
    return replay;
  }

  Status check_parent(const std::string& parent, const std::string& where) const {
    if (parent.empty() || experiment_.find_bake(parent)) return {};
    return input_error("there is no bake \"" + parent + "\" before this one", where,
                       "a bake starts from one that stands above it in the list");
  }

  /// `seeds: 3` means 0, 1, 2; `seeds: [7, 8]` those two; none: the bake's seed.
  static std::vector<std::uint64_t> seeds_of(ObjectReader& fields, std::uint64_t seed) {
    const Json& value = fields.raw("seeds");
    if (value.is_null()) return {seed};
    std::vector<std::uint64_t> seeds;
    if (value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() > 0)) {
      constexpr std::uint64_t kMost = 10'000;
      const auto count = value.get<std::uint64_t>();
      for (std::uint64_t i = 0; i < count && count <= kMost; ++i) seeds.push_back(i);
    } else if (value.is_array()) {
      for (const Json& entry : value)
        if (entry.is_number_integer() && (entry.is_number_unsigned() || entry.get<std::int64_t>() >= 0))
          seeds.push_back(entry.get<std::uint64_t>());
      if (seeds.size() != value.size()) seeds.clear();
    }
    if (seeds.empty()) fields.fail("seeds", "expected a number of seeds or a list of them, found " + dump(value));
    return seeds;
  }

  Status read_bake(const Json& value, const std::string& where) {
    ObjectReader fields(value, where);
    BakeSpec bake;
    bake.prompt = fields.required<std::string>("prompt");
    const std::string name = fields.optional("name", bake.prompt.c_str());
    bake.seed = fields.optional<std::uint64_t>("seed", experiment_.seed);
    const auto seeds = seeds_of(fields, bake.seed);
    bake.parent = fields.optional("parent", "");
    BAKEOFF_TRY(bake.replay, replay_of(fields.raw("replay"), where + ".replay"));
    const Json& questions = fields.raw("questions");
    BAKEOFF_TRY(bake.recipe, recipe_of(fields, where));
    BAKEOFF_CHECK(check_prompt_name(bake.prompt, where + ".prompt"));
    BAKEOFF_CHECK(check_parent(bake.parent, where + ".parent"));
    BAKEOFF_TRY(bake.questions, questions_of(questions, bake.prompt, where + ".questions"));
    for (const std::uint64_t seed : seeds) {
      bake.name = fields.has("seeds") ? name + "-seed" + std::to_string(seed) : name;
      bake.seed = seed;
      if (experiment_.find_bake(bake.name))
        return input_error("two bakes are called \"" + bake.name + "\"", where, "give one of them another name");
      experiment_.bakes.push_back(bake);
    }
    return {};
  }

  Status read_bakes() {
    const Json& list = fields_.raw("bakes");
    if (list.is_null()) return {};
    if (!list.is_array()) return input_error("expected a list of bakes", fields_.path("bakes"), "[{prompt: NAME}]");
    for (std::size_t i = 0; i < list.size(); ++i) BAKEOFF_CHECK(read_bake(list[i], indexed(fields_.path("bakes"), i)));
    return {};
  }

  /// [pirate, french]: a chain of prompts, each baked on top of those before it. As an object, `prompts` lists them and
  /// the other keys are those of every bake.
  Status read_sequence() {
    const Json& value = fields_.raw("sequence");
    if (value.is_null()) return {};
    const std::string where = fields_.path("sequence");
    const Json prompts = value.is_object() ? value.value("prompts", Json()) : value;
    if (!prompts.is_array() || prompts.empty())
      return input_error("expected the prompts to bake on top of each other", where,
                         "write sequence: [pirate, french]");
    std::string below;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      BAKEOFF_TRY(Json bake, bake_of_sequence(prompts[i], value, indexed(where, i)));
      if (!below.empty()) bake["parent"] = below;
      BAKEOFF_CHECK(read_bake(bake, indexed(where, i)));
      below = experiment_.bakes.back().name;
    }
    return {};
  }

  static Result<Json> bake_of_sequence(const Json& entry, const Json& shared, const std::string& where) {
    Json bake = entry.is_string() ? Json{{"prompt", entry}} : entry;
    if (!bake.is_object()) return input_error("expected a prompt's name, found " + dump(entry), where);
    for (const char* key : {"parent", "seeds"})
      if (bake.contains(key) || (shared.is_object() && shared.contains(key)))
        return input_error(std::string("a sequence has no key \"") + key + "\"", where, "use bakes for that");
    if (shared.is_object())
      for (const auto& field : shared.items())
        if (field.key() != "prompts" && !bake.contains(field.key())) bake[field.key()] = field.value();
    return bake;
  }

  Status read_suite(const Json& value, const std::string& where) {
    SuiteSpec suite;
    suite.where = where;
    const Json whole = value.is_string() ? Json{{"name", value}} : value;
    ObjectReader fields(whole, where);
    suite.name = fields.required<std::string>("name");
    suite.label = fields.optional("as", suite.name.c_str());
    suite.decoding = fields.raw("decoding");
    if (whole.is_object())
      for (const auto& entry : whole.items())
        if (const std::string& key = entry.key(); key != "name" && key != "as" && key != "decoding")
          suite.fields[key] = fields.raw(key.c_str());
    BAKEOFF_CHECK(fields.finish());
    for (const SuiteSpec& other : experiment_.suites)
      if (other.label == suite.label)
        return input_error("two suites are called \"" + suite.label + "\"", where, "give one of them a name: as: NAME");
    experiment_.suites.push_back(std::move(suite));
    return {};
  }

  Status read_suites() {
    const Json& list = fields_.raw("suites");
    if (list.is_null()) return {};
    if (!list.is_array())
      return input_error("expected a list of suites", fields_.path("suites"), "[{name: arithmetic}]");
    for (std::size_t i = 0; i < list.size(); ++i)
      BAKEOFF_CHECK(read_suite(list[i], indexed(fields_.path("suites"), i)));
    return {};
  }

  ObjectReader fields_;
  Path folder_, file_;
  Experiment experiment_;
};

OrderedJson ordered(const Json& value) { return OrderedJson(value); }

OrderedJson bake_json(const BakeSpec& bake) {
  OrderedJson questions = OrderedJson::array();
  for (const Conversation& question : bake.questions)
    questions.push_back(question.size() == 1 ? ordered({{"question", question[0].content}})
                                             : ordered({{"messages", to_json(question)}}));
  OrderedJson object = {{"name", bake.name}, {"prompt", bake.prompt}, {"seed", bake.seed}};
  if (!bake.parent.empty()) object["parent"] = bake.parent;
  if (bake.replay.questions > 0)
    object["replay"] = {{"questions", bake.replay.questions}, {"weight", bake.replay.weight}};
  const Json recipe = to_json(bake.recipe);
  for (const auto& entry : recipe.items()) object[entry.key()] = ordered(entry.value());
  object["questions"] = std::move(questions);
  return object;
}

OrderedJson arm_json(const Arm& arm) {
  OrderedJson object = {{"name", arm.name}, {"kind", arm.kind}};
  if (!arm.prompt.empty()) object["prompt"] = arm.prompt;
  if (!arm.bake.empty()) {
    object["bake"] = arm.bake;
    object["scale"] = arm.scale;
    if (!arm.without.empty()) object["without"] = arm.without;
  }
  if (arm.remote) object.update(to_json(*arm.remote));
  return object;
}

OrderedJson suite_json(const SuiteSpec& suite) {
  OrderedJson object = {{"name", suite.name}, {"as", suite.label}};
  for (const auto& entry : suite.fields.items()) object[entry.key()] = ordered(entry.value());
  if (!suite.decoding.is_null()) object["decoding"] = ordered(suite.decoding);
  return object;
}

}  // namespace

const BakeSpec* Experiment::find_bake(const std::string& bake) const {
  const auto found = std::find_if(bakes.begin(), bakes.end(), [&](const BakeSpec& spec) { return spec.name == bake; });
  return found == bakes.end() ? nullptr : &*found;
}

std::vector<const BakeSpec*> Experiment::ancestors(const BakeSpec& bake) const {
  std::vector<const BakeSpec*> below;
  for (const BakeSpec* at = find_bake(bake.parent); at; at = find_bake(at->parent)) below.insert(below.begin(), at);
  return below;
}

Result<Experiment> experiment_from_json(const Json& document, const Path& file) {
  return Reader(document, file).read();
}

Result<Experiment> read_experiment(const Path& file, const std::vector<std::string>& overrides) {
  BAKEOFF_TRY(Json document, read_yaml_file(file));
  for (const std::string& assignment : overrides) BAKEOFF_CHECK(set_field(document, assignment));
  return experiment_from_json(document, file);
}

OrderedJson to_json(const Experiment& experiment) {
  OrderedJson object = {{"name", experiment.name}};
  if (!experiment.model.empty()) object["model"] = experiment.model;
  for (const auto& [name, prompt] : experiment.prompts)
    object["prompts"][name] = {{"messages", ordered(to_json(prompt.messages))},
                               {"student", {{"messages", ordered(to_json(prompt.student))}}}};
  for (const char* list : {"bakes", "arms", "suites"}) object[list] = OrderedJson::array();
  for (const BakeSpec& bake : experiment.bakes) object["bakes"].push_back(bake_json(bake));
  for (const Arm& arm : experiment.arms) object["arms"].push_back(arm_json(arm));
  for (const Arm& arm : experiment.judges) object["judges"].push_back(arm_json(arm));
  for (const SuiteSpec& suite : experiment.suites) object["suites"].push_back(suite_json(suite));
  object["seed"] = experiment.seed;
  object["replicates"] = experiment.replicates;
  object["engine"] = {{"dtype", experiment.engine.dtype},
                      {"device", experiment.engine.device},
                      {"batch_rows", experiment.engine.batch_rows},
                      {"threads", experiment.engine.threads},
                      {"kv_gib", experiment.engine.kv_gib}};
  object["template"] = ordered(experiment.rendering.arguments);
  object["date"] = experiment.rendering.date;
  object["student"] = {{"messages", ordered(to_json(experiment.student))}};
  if (experiment.gate) object["gate"] = ordered(to_json(*experiment.gate));
  if (experiment.out) object["out"] = experiment.out->string();
  return object;
}

}  // namespace bakeoff::run
