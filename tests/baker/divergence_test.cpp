// The divergence of two arms on an answer, beside a plain reference: the whole distribution after each prefix, scored
// by requests one at a time.
#include "baker/baker.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;

namespace {

constexpr int kVocabulary = 49152;  ///< of the default model

/// log p(next) by token id, after these ids.
std::vector<double> distribution(Generator& generator, const std::vector<TokenId>& ids) {
  const auto replies = serve_all(generator, {ScoreRequest{ids, std::nullopt, kVocabulary}});
  REQUIRE(replies.ok());
  REQUIRE((*replies)[0].ok());
  std::vector<double> all(kVocabulary, -1e9);
  for (const auto& [id, logprob] : std::get<Score>(*(*replies)[0]).next_top)
    all[static_cast<std::size_t>(id)] = logprob;
  return all;
}

}  // namespace

TEST_CASE("the divergence of two arms on an answer is that of their distributions after every prefix of it",
          "[model]") {
  const auto path = testing::default_model();
  if (!path) SKIP_TEST("the default model is not here");
  const auto baker = baker::make_local_baker();
  EngineSettings engine;
  engine.dtype = "fp32";
  const GeneratorSpec prompted{path->string(), {}, {{"system", "You are a pirate. Say Arrr."}}, engine};
  const GeneratorSpec base{path->string(), {}, {{"system", ""}}, engine};
  const Conversation talk = {
      {"user", "Hi!"}, {"assistant", "Hello."}, {"user", "Who are you?"}, {"assistant", "Arrr, a pirate"}};

  const auto text = baker->text_tools(path->string()).value();
  const auto answer = text->encode(talk.back().content, false).value();
  const auto context = [&](const GeneratorSpec& spec) {
    OrderedJson messages = OrderedJson(to_json(spec.context));
    for (std::size_t i = 0; i + 1 < talk.size(); ++i)
      messages.push_back({{"role", talk[i].role}, {"content", talk[i].content}});
    return text->encode(text->render({{"messages", messages}, {"add_generation_prompt", true}}).value(), false).value();
  };
  const auto one = baker->open(prompted).value(), other = baker->open(base).value();
  std::vector<TokenId> p_ids = context(prompted), q_ids = context(base);
  CHECK(p_ids != q_ids);
  double sum = 0;
  for (const TokenId id : answer) {
    const auto p = distribution(*one, p_ids), q = distribution(*other, q_ids);
    for (std::size_t v = 0; v < p.size(); ++v) sum += std::exp(p[v]) * (p[v] - q[v]);
    p_ids.push_back(id);
    q_ids.push_back(id);
  }
  const double expected = sum / static_cast<double>(answer.size());

  Conversation silent = talk, unanswered = talk;
  silent.back().content.clear();
  unanswered.pop_back();
  const auto found = baker->answer_kl(prompted, base, std::vector{talk, silent, unanswered, talk});
  REQUIRE(found.ok());
  REQUIRE(found->size() == 4);
  REQUIRE((*found)[0].ok());
  CHECK(*(*found)[0] == Approx(expected).epsilon(1e-4));
  CHECK(expected > 0.01);
  CHECK((*found)[1].error().what == "the answer has no tokens");
  CHECK((*found)[2].error().what == "the conversation does not end with an assistant's message");
  CHECK(*(*found)[3] == *(*found)[0]);
  CHECK(*baker->answer_kl(base, base, std::vector<Conversation>(1, talk)).value()[0] == 0.0);
}
