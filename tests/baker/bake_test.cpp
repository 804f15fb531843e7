// Training and whole bakes on a tiny model: the optimiser against PyTorch's, resuming against an undisturbed run, and
// every refusal.
#include "baker/bake/bake.h"

#include "baker/bake/contexts.h"
#include "baker/bake/state_file.h"
#include "baker/bake/trainer.h"
#include "baker/models/adapter_file.h"
#include "harness/core/interrupt.h"
#include "tests/baker/tiny_bake.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using bakeoff::testing::small_recipe;
using bakeoff::testing::TemporaryFolder;
using bakeoff::testing::tiny_bundle;
using bakeoff::testing::tiny_model;
using bakeoff::testing::tiny_request;

namespace {

/// A teacher that low-rank terms can reach: the student itself with other parameters.
struct Lesson {
  std::shared_ptr<const Model> model = tiny_model(21);
  LoraLayout layout = LoraLayout::make(model->config, small_recipe().targets, 4, 4).value();
  Student student{model, layout};
  HeadLoss head{*model};
  TrainingSet set;

  Lesson() {
    Random random(22);
    std::vector<float> target = layout.initial(23);
    for (float& value : target) value += static_cast<float>(0.1 * random.normal());
    for (int q = 0; q < 7; ++q) {
      AnswerGroup group;
      for (std::uint64_t i = 0; i < 3 + random.below(4); ++i)
        group.context.push_back(static_cast<TokenId>(random.below(50)));
      group.answers.resize(3);
      for (auto& answer : group.answers)
        for (std::uint64_t i = 0; i < 1 + random.below(7); ++i)
          answer.push_back(static_cast<TokenId>(random.below(50)));
      const AnswerGroup* list[] = {&group};
      set.teacher.push_back(head.moments(student.forward(pack_groups(list, FirstToken::include).value(), target)));
      set.answer_tokens += static_cast<std::int64_t>(set.teacher.back().constant.size());
      set.groups.push_back(std::move(group));
    }
  }
  TrainerOptions options(const Path& checkpoint = {}) const {
    TrainerOptions result;
    result.recipe = small_recipe();
    result.seed = 1;
    result.checkpoint = checkpoint;
    result.request = "lesson";
    return result;
  }
};

struct InterruptGuard {
  ~InterruptGuard() { set_interrupted(false); }
};

std::string refusal(const BakeRequest& request, const ModelBundle& bundle) {
  const Result<BakeOutcome> outcome = run_bake(request, bundle, nullptr);
  REQUIRE_FALSE(outcome.ok());
  return outcome.error().line();
}

}  // namespace

// tools/goldens/adamw.py prints the expected values.
TEST_CASE("AdamW with clipping takes the steps of PyTorch's AdamW") {
  const std::vector<std::pair<double, std::vector<double>>> expected = {
      {0.0, {0.314522554, -0.815349350, 1.842264460}}, {0.1, {0.302454869, -0.788113116, 1.783597420}}};
  for (const auto& [decay, want] : expected) {
    Recipe recipe;
    recipe.weight_decay = decay;
    std::vector<float> x = {0.5f, -1.0f, 2.0f};
    AdamW optimiser(3);
    const std::vector<std::vector<float>> gradients = {{3.0f, -4.0f, 0.0f}, {0.1f, 0.2f, 0.3f}, {-0.5f, 0.0f, 0.25f}};
    for (std::vector<float> gradient : gradients) {
      clip_gradient(gradient, 1.0);
      optimiser.step(x, gradient, 0.1, recipe);
    }
    for (std::size_t i = 0; i < 3; ++i) CHECK(x[i] == Approx(want[i]).epsilon(1e-5));
  }
}

TEST_CASE("clipping returns the norm before and leaves small gradients alone") {
  std::vector<float> large = {3, -4}, small = {0.3f, 0.4f};
  CHECK(clip_gradient(large, 1.0) == Approx(5));
  CHECK(large[0] == Approx(0.6));
  CHECK(clip_gradient(small, 1.0) == Approx(0.5));
  CHECK(small[1] == 0.4f);
}

TEST_CASE("the learning rate warms up over five steps and decays linearly") {
  // lr * min(1, (step + 1) / 5) * (1 - step / steps), worked by hand for 45 steps.
  const Recipe recipe;
  CHECK(learning_rate_at(recipe, 0, 45) == Approx(2e-4));
  CHECK(learning_rate_at(recipe, 3, 45) == Approx(1e-3 * 0.8 * 42 / 45));
  CHECK(learning_rate_at(recipe, 4, 45) == Approx(1e-3 * 41 / 45));
  CHECK(learning_rate_at(recipe, 44, 45) == Approx(1e-3 / 45));
}

TEST_CASE("training brings the student to a teacher that it can reach") {
  Lesson lesson;
  TrainerOptions options = lesson.options();
  options.recipe.epochs = 40;
  Trainer trainer(lesson.student, lesson.head, lesson.set, options);
  REQUIRE(trainer.run().ok());
  const auto& record = trainer.record();
  CHECK(record.epoch_nats.front() > 20 * record.epoch_nats.back());
  CHECK(record.curve.size() == static_cast<std::size_t>(trainer.steps()));
  const auto kl =
      measure_kl(lesson.student, lesson.head, lesson.set, trainer.parameters(), FirstToken::include).value();
  CHECK(kl.size() == static_cast<std::size_t>(lesson.set.answer_tokens));
}

TEST_CASE("a training stopped and continued ends with the same bits as an undisturbed one") {
  const InterruptGuard guard;
  const TemporaryFolder folder;
  Lesson lesson;
  Trainer whole(lesson.student, lesson.head, lesson.set, lesson.options());
  REQUIRE(whole.run().ok());

  TrainerOptions options = lesson.options(folder / "training.state");
  options.progress = [](const BakeProgress& progress) {
    if (progress.done == 5) set_interrupted(true);
  };
  Trainer stopped(lesson.student, lesson.head, lesson.set, options);
  const Status status = stopped.run();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::interrupted);
  set_interrupted(false);

  Trainer continued(lesson.student, lesson.head, lesson.set, lesson.options(folder / "training.state"));
  REQUIRE(continued.run().ok());
  CHECK(continued.parameters() == whole.parameters());
  CHECK(continued.record().epoch_nats == whole.record().epoch_nats);
  CHECK(continued.record().curve.size() == whole.record().curve.size());
}

TEST_CASE("a state that is damaged or of another request is not continued from") {
  const TemporaryFolder folder;
  Lesson lesson;
  Trainer whole(lesson.student, lesson.head, lesson.set, lesson.options());
  REQUIRE(whole.run().ok());
  const std::vector<float> zeros(whole.parameters().size() * 3, 0.0f);
  const Json record = {{"curve", Json::array()}, {"epoch_nats", {0, 0, 0, 0}}, {"epoch_tokens", {0, 0, 0, 0}}};
  const Path file = folder / "training.state";
  REQUIRE(
      write_state(file, {{"kind", "training"}, {"request", "another"}, {"step", 3}, {"record", record}}, zeros).ok());
  Trainer other(lesson.student, lesson.head, lesson.set, lesson.options(file));
  REQUIRE(other.run().ok());
  CHECK(other.parameters() == whole.parameters());

  std::string content = read_file(file).value();
  content.back() = static_cast<char>(content.back() ^ 1);
  REQUIRE(write_file_atomically(file, content).ok());
  CHECK(read_state(file).error().line().find("damaged") != std::string::npos);
  Trainer after(lesson.student, lesson.head, lesson.set, lesson.options(file));
  REQUIRE(after.run().ok());
  CHECK(after.parameters() == whole.parameters());
}

TEST_CASE("a loss that is not finite stops the training with an error") {
  Lesson lesson;
  lesson.set.teacher[0].mean[0] = std::nanf("");
  Trainer trainer(lesson.student, lesson.head, lesson.set, lesson.options());
  const Status status = trainer.run();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().line().find("not finite") != std::string::npos);
}

TEST_CASE("an unknown method is an error that lists the known ones") {
  const std::string line = find_method("magic").error().line();
  CHECK(line.find("magic") != std::string::npos);
  CHECK(line.find("kl") != std::string::npos);
}

TEST_CASE("held-out questions: at least two of twenty, never all, the same for the same seed") {
  CHECK(split_questions(60, 0.1, 1).held_out.size() == 6);
  CHECK(split_questions(20, 0.01, 1).held_out.size() == 2);
  CHECK(split_questions(1, 0.5, 1).training.size() == 1);
  CHECK(split_questions(30, 0, 1).held_out.empty());
  CHECK(split_questions(60, 0.1, 1).held_out == split_questions(60, 0.1, 1).held_out);
  CHECK(split_questions(60, 0.1, 1).held_out != split_questions(60, 0.1, 2).held_out);
}

TEST_CASE("trajectories come back from disk as they were, for their own request only") {
  const TemporaryFolder folder;
  SampledGroup group;
  group.group = {{1, 2, 3}, {{4, 5}, {6}}};
  group.hidden = {{1, 2, 3, 4}, {5, 6}};
  const Path file = folder / "trajectories.state";
  REQUIRE(save_trajectories(file, "request", {{group}, 0.25}).ok());
  const Trajectories loaded = load_trajectories(file, "request", 2).value();
  CHECK(loaded.parity == 0.25);
  CHECK(loaded.groups.at(0).group.answers == group.group.answers);
  CHECK(loaded.groups.at(0).hidden == group.hidden);
  CHECK_FALSE(load_trajectories(file, "other", 2).ok());
  CHECK_FALSE(load_trajectories(file, "request", 3).ok());
}

TEST_CASE("a prompt that changes nothing, and a template that renders the question differently, are errors") {
  const TemporaryFolder folder;
  BakeRequest request = tiny_request(folder / "out");
  ModelBundle bundle = tiny_bundle();
  SECTION("same text on both sides") {
    request.prompt.messages = request.prompt.student;
    CHECK(refusal(request, bundle).find("changes nothing") != std::string::npos);
  }
  SECTION("a template that counts the messages") {
    bundle.render = [](const Conversation& messages) -> Result<std::string> {
      std::string text;
      for (std::size_t i = 0; i < messages.size(); ++i) text += messages[i].content;
      return text + (messages.front().content.empty() ? "?A" : "?B");
    };
    CHECK(refusal(request, bundle).find("differ in more than the prompt") != std::string::npos);
  }
  SECTION("no question") {
    request.questions.clear();
    CHECK(refusal(request, bundle).find("at least one question") != std::string::npos);
  }
  SECTION("an unknown method") {
    request.recipe.method = "magic";
    CHECK(refusal(request, bundle).find("magic") != std::string::npos);
  }
}

TEST_CASE("a whole bake writes an adapter that acts, the same bytes each time, with or without an interruption") {
  const InterruptGuard guard;
  const TemporaryFolder folder;
  const ModelBundle bundle = tiny_bundle();
  const BakeOutcome outcome = run_bake(tiny_request(folder / "a"), bundle, nullptr).value();
  CHECK(outcome.effect_kl > 1e-6);
  CHECK(outcome.trajectories == 12);
  CHECK(outcome.kl_held_out_before >= 0);
  CHECK(outcome.kl_last < outcome.kl_first);
  CHECK(outcome.seconds.count("sampling") + outcome.seconds.count("training") + outcome.seconds.count("measuring") ==
        3);
  CHECK(std::filesystem::exists(folder / "a" / "loss.csv"));
  CHECK_FALSE(std::filesystem::exists(folder / "a" / "checkpoint"));
  const Adapter adapter = read_adapter(folder / "a", bundle.model->config, bundle.model->digest).value();
  CHECK(adapter.digest == outcome.adapter_id);
  CHECK(adapter.student == Conversation{{"system", ""}});
  const Json record = read_json_file(folder / "a" / "bakeoff.json").value();
  CHECK(record["rendered"]["student"] == "system:;user:Who?;assistant:");
  CHECK(record["rendered"]["teacher"] == "system:Speak like a pirate.;user:Who?;assistant:");

  for (const std::string phase : {"sampling", "training"}) {
    const Path out = folder / phase;
    const Result<BakeOutcome> stopped = run_bake(tiny_request(out), bundle, [&](const BakeProgress& progress) {
      if (progress.phase == phase && progress.done == 2) set_interrupted(true);
    });
    set_interrupted(false);
    REQUIRE_FALSE(stopped.ok());
    CHECK(stopped.error().kind == ErrorKind::interrupted);
    CHECK(run_bake(tiny_request(out), bundle, nullptr).value().adapter_id == outcome.adapter_id);
  }
}
