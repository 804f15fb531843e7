// What the coding suites share: how a question is put, how code is taken out of an answer, and the sandboxed tests.
//
// Keys that each of them takes: {prompting: chat | completion, unsafe_no_sandbox: false}.
//   chat        the item's question as a user turn (after the arm's prompt); the code is looked for in the answer;
//   completion  the item's program text goes on: raw text, which no prompt reaches, so only `base` and `baked` differ.
// Without a working sandbox such a suite can not be created; `unsafe_no_sandbox: true` runs samples as they are, says
// so on standard error and in the evidence of every verdict, and changes the suite's digest.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "judges/sandbox/python_tests.h"
#include "suites/prompting.h"
#include "suites/suite.h"

namespace bakeoff::suites {

struct CodeTask {
  std::string id;
  std::string group;         ///< default: the id
  Conversation examples;     ///< turns before the question
  std::string question;      ///< what is asked in a chat
  std::string start;         ///< program text that a completion continues; a chat's answer may rely on it
  std::string solution;      ///< an answer that passes
  judges::PythonTask tests;  ///< without the code; names: what the tests call
};

struct CodeOptions {
  Prompting prompting = Prompting::chat;
  judges::Protection protection = judges::Protection::sandbox;
  int max_new_tokens = 512;
  std::vector<std::string> stop;  ///< where a completion ends
};

/// Reads `prompting` and `unsafe_no_sandbox`; the caller finishes the reader.
CodeOptions read_code_options(ObjectReader& fields);

/// All rows of a published set; a second task of one id is an error, and so is no task.
Result<std::vector<CodeTask>> read_code_tasks(
    const Path& file, const std::function<Result<CodeTask>(const Json& row, const std::string& where)>& convert);

/// The suite of these tasks; `configuration` is what else decides a verdict, for the digest. Fills the card's metrics.
Result<std::unique_ptr<Suite>> make_code_suite(SuiteCard card, std::vector<CodeTask> tasks, const CodeOptions& options,
                                               const Json& configuration);

/// The program that an answer makes of `start`. With a fenced block: `start` and the block that defines `name` (else
/// the first block). Without, in a chat: from the first line that begins a definition or an import; a completion is
/// `start` and the answer, unchanged.
std::string program_of(std::string_view answer, const CodeTask& task, Prompting prompting);

}  // namespace bakeoff::suites
