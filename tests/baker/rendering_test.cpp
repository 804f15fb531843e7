// Template settings on their way through the whole baker: what a model reads, a bake trains on and a proof asks.
#include "baker/baker.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using testing::TemporaryFolder;

namespace {

const EngineSettings kExact{"fp32", "cpu", 8, 1};
const TemplateSettings kCalm{{{"mood", "calm"}}, "2025-01-31"};

/// Prints each message, then mood and date; without a mood it refuses.
constexpr const char* kTemplate =
    "{% if mood is not defined %}{{ raise_exception('no mood') }}{% endif %}"
    "{% for m in messages %}{{ m.role }}: {{ m.content }}; {% endfor %}"
    "{{ mood }} on {{ strftime_now('%Y-%m-%d') }}: ";

/// stories260K with a chat template, which it lacks.
Path model_in(const TemporaryFolder& folder, const Path& stories, const std::string& source) {
  std::filesystem::copy(stories, folder / "model", std::filesystem::copy_options::recursive);
  REQUIRE(write_file_atomically(folder / "model" / "chat_template.jinja", source).ok());
  return folder / "model";
}

struct Said {
  std::string prompt, digest;
};

Said said(Baker& baker, const Path& model, const TemplateSettings& rendering) {
  auto generator = baker.open({model.string(), {}, {{"system", "S"}}, kExact, rendering});
  REQUIRE(generator.ok());
  GenerateRequest request{Conversation{{"user", "Hi"}}, {}, 0};
  request.decoding.max_new_tokens = 1;
  auto replies = serve_all(**generator, {Request(request)});
  REQUIRE(replies.ok());
  const auto& reply = replies->at(0);
  return {reply.ok() ? std::get<Completion>(*reply).rendered_prompt : reply.error().line(),
          (*generator)->identity().template_digest};
}

BakeRequest small_bake(const Path& model, const Path& out) {
  BakeRequest request;
  request.model = model.string();
  request.prompt = {"p", {{"system", "Be brave."}}, {{"system", ""}}};
  for (const char* text : {"Who?", "What?", "Where?", "Why?"}) request.questions.push_back({{"user", text}});
  request.recipe.samples_per_question = 1;
  request.recipe.max_new_tokens = 4;
  request.recipe.epochs = 1;
  request.out = out;
  request.engine = kExact;
  return request;
}

}  // namespace

TEST_CASE("a generator renders with its template settings, which are in its identity") {
  const auto stories = testing::data_path("models/stories260K-hf");
  if (!stories) SKIP_TEST("the public test data is not there");
  const TemporaryFolder folder;
  const Path model = model_in(folder, *stories, kTemplate);
  const auto baker = baker::make_local_baker();
  const Said calm = said(*baker, model, kCalm), undated = said(*baker, model, {kCalm.arguments, kTemplateDate}),
             plain = said(*baker, model, {});
  CHECK(calm.prompt == "system: S; user: Hi; calm on 2025-01-31: ");
  CHECK(undated.prompt == "system: S; user: Hi; calm on 2024-07-26: ");
  CHECK(plain.prompt.find("no mood") != std::string::npos);
  CHECK(calm.digest == digest_with(plain.digest, kCalm));
  CHECK(calm.digest != undated.digest);
  CHECK(undated.digest != plain.digest);
}

TEST_CASE("a bake's teacher and student, and the proof of its effect, see the template settings") {
  const auto stories = testing::data_path("models/stories260K-hf");
  if (!stories) SKIP_TEST("the public test data is not there");
  const TemporaryFolder folder;
  const Path model = model_in(folder, *stories, kTemplate);
  const auto baker = baker::make_local_baker();
  BakeRequest request = small_bake(model, folder / "out");
  const auto ignore = [](const BakeProgress&) {};
  const auto refused = baker->bake(request, ignore);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().line().find("no mood") != std::string::npos);
  request.rendering = kCalm;
  const auto made = baker->bake(request, ignore);
  INFO((made.ok() ? "" : made.error().line()));
  REQUIRE(made.ok());
  const auto record = read_json_file(folder / "out" / "bakeoff.json");
  REQUIRE(record.ok());
  CHECK((*record)["rendered"]["teacher"] == "system: Be brave.; user: Who?; calm on 2025-01-31: ");
  CHECK((*record)["rendered"]["student"] == "system: ; user: Who?; calm on 2025-01-31: ");
  const AdapterUse adapter{folder / "out", 1.0};
  CHECK(baker->prove_effect(request.model, adapter, kExact, kCalm).ok());
  CHECK_FALSE(baker->prove_effect(request.model, adapter, kExact, {}).ok());
}
