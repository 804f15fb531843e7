// Questions for a bake: rows {"question": "..."} or {"messages": [...]}; in a document also plain texts.
#include "harness/run/experiment.h"

namespace bakeoff::run {
namespace {

Result<Conversation> question_from_json(const Json& row, const std::string& where) {
  if (row.is_string()) return Conversation{{"user", row.get<std::string>()}};
  ObjectReader fields(row, where);
  Conversation messages;
  if (fields.has("messages") && !fields.has("question")) {
    BAKEOFF_TRY(messages, conversation_from_json(fields.raw("messages"), fields.path("messages")));
  } else {
    messages = {{"user", fields.required<std::string>("question")}};
  }
  fields.raw("id");  // rows may be numbered; a bake does not need it
  BAKEOFF_CHECK(fields.finish());
  if (messages.empty() || (messages.back().role != "user" && messages.back().role != "tool"))
    return input_error("a question must end with the user's turn or the result of a tool", where);
  return messages;
}

}  // namespace

Result<std::vector<Conversation>> read_questions(const Path& file) {
  std::vector<Conversation> questions;
  const auto place = [&](std::size_t line) { return file.string() + ":" + std::to_string(line); };
  BAKEOFF_CHECK(for_each_jsonl(
      file,
      [&](std::size_t line, const Json& row) -> Status {
        BAKEOFF_TRY(Conversation question, question_from_json(row, place(line)));
        questions.push_back(std::move(question));
        return {};
      },
      [](std::size_t, const Error& mistake) -> Status { return mistake; }));
  if (questions.empty()) return input_error("the file holds no questions", file.string());
  return questions;
}

Result<std::vector<Conversation>> questions_from_json(const Json& list, const std::string& where) {
  std::vector<Conversation> questions;
  if (!list.is_array() || list.empty()) return input_error("expected a JSONL file or a list of questions", where);
  for (std::size_t i = 0; i < list.size(); ++i) {
    BAKEOFF_TRY(Conversation question, question_from_json(list[i], where + "[" + std::to_string(i) + "]"));
    questions.push_back(std::move(question));
  }
  return questions;
}

}  // namespace bakeoff::run
