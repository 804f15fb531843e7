// Requests that are rendered and tokenized while the engine computes.
#include "baker/engine/ahead.h"

#include <atomic>

#include "baker/baker.h"
#include "harness/core/interrupt.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;

TEST_CASE("work done ahead is taken in the order in which it was given, and the rest is thrown away") {
  std::atomic<int> made = 0;
  {
    baker::Ahead<int> ahead;
    for (int round = 0; round < 50; ++round) {
      for (int i = 0; i < 3; ++i) ahead.add([&made, value = 3 * round + i] { return ++made, value; });
      CHECK(ahead.size() == 3);
      for (int i = 0; i < 3; ++i) CHECK(ahead.take() == 3 * round + i);
    }
    CHECK(made == 150);
    for (int i = 0; i < 100; ++i) ahead.add([&made] { return ++made; });
    CHECK(ahead.take() > 150);
  }
  CHECK(made >= 151);
}

TEST_CASE("after an interruption no request begins that was only prepared, and each is answered once") {
  const auto folder = testing::data_path("models/stories260K-hf");
  if (!folder) SKIP_TEST("the public test data is not there");
  const auto baker = baker::make_local_baker();
  auto generator = baker->open({folder->string(), {}, {}, {"fp32", "cpu", 2, 1}});
  REQUIRE(generator.ok());
  std::vector<Request> requests;
  for (int i = 0; i < 40; ++i) {
    GenerateRequest request{"Once upon a time, " + std::to_string(i), {}, 0};
    request.decoding.max_new_tokens = 3 + i % 5;
    requests.emplace_back(request);
  }
  const auto all = serve_all(**generator, requests);
  REQUIRE(all.ok());
  std::vector<int> answers(requests.size());
  const auto some = serve_all(**generator, requests, [&](std::size_t index, const Result<Reply>&) {
    ++answers[index];
    set_interrupted(true);  // two rows are in the engine, sixteen wait for it
  });
  set_interrupted(false);
  REQUIRE(some.ok());
  std::size_t finished = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CHECK(answers[i] <= 1);
    REQUIRE(all->at(i).ok());
    if (!some->at(i).ok()) {
      CHECK(some->at(i).error().kind == ErrorKind::interrupted);
      continue;
    }
    ++finished;
    CHECK(std::get<Completion>(*some->at(i)).ids == std::get<Completion>(*all->at(i)).ids);
  }
  CHECK(finished >= 1);
  CHECK(finished <= 2);
}
