// Runs that are killed on the way, and what a store must hold in the end all the same.
#pragma once

#include <cstdio>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/workshop.h"

namespace bakeoff::testing {

/// Everything of a store that must not depend on how often the run was stopped: all but the times.
inline std::vector<std::string> content_of(const Path& folder) {
  std::vector<std::string> all;
  const auto add = [&](const std::string& sql, int columns) {
    for (std::string& row : rows_of(folder, sql, columns)) all.push_back(std::move(row));
  };
  add("SELECT key, generator, suite, item, replicate, seed, decoding, messages, messages_blob, ids, text, text_blob, "
      "rendered_prompt, rendered_prompt_blob, replies, finish_reason, prompt_tokens, completion_tokens, wall_seconds, "
      "requests, total_prompt_tokens, total_completion_tokens, error, error_kind FROM samples ORDER BY key",
      24);
  add("SELECT sample, suite, score, metrics, unscored, evidence, evidence_blob FROM verdicts ORDER BY sample", 7);
  add("SELECT run, arm, suite, item, replicate, sample FROM run_samples ORDER BY 1, 2, 3, 4, 5", 6);
  add("SELECT name, kind, prompt, bake, scale, generator FROM arms ORDER BY position", 6);
  add("SELECT key, adapter, folder, parent, prompt, recipe, questions, seed FROM bakes ORDER BY key", 8);
  add("SELECT suite, id, position, item_group, messages, reference FROM items ORDER BY 1, 2", 6);
  add("SELECT hash, plain_bytes FROM blobs ORDER BY 1", 2);
  add("SELECT subject, name, value, unit FROM measurements WHERE subject <> 'run' ORDER BY 1, 2", 4);
  add("SELECT stamp, value FROM stamps WHERE stamp LIKE 'answer_kl/%' ORDER BY 1", 2);
  add("SELECT run, suite, position, name, data FROM exhibits ORDER BY 1, 2, 3", 5);
  add("SELECT id, digest, status FROM runs", 3);
  return all;
}

/// This program again, running the hidden test of this tag in `folder`; it kills itself after so many answers.
inline pid_t start_child(const char* tag, const Path& folder, int killed_after_answers = -1) {
  std::fflush(stdout);  // or the child would write it again
  const pid_t child = fork();
  if (child != 0) return child;
  setenv("BAKEOFF_TEST_FOLDER", folder.c_str(), 1);
  setenv("BAKEOFF_TEST_KILLED_AFTER", std::to_string(killed_after_answers).c_str(), 1);
  if (!std::freopen("/dev/null", "w", stdout)) _exit(1);
  execl("/proc/self/exe", "child", tag, static_cast<char*>(nullptr));
  _exit(1);
}

/// How many samples the store holds; 0 while there is none, or none that can be read yet.
inline int samples_stored(const Path& folder) {
  auto database = store::Database::open(folder / store::kFileName, {.read_only = true});
  if (!database.ok()) return 0;
  auto count = database->query("SELECT count(*) FROM samples");
  if (!count.ok()) return 0;
  const auto row = count->step();
  return row.ok() && *row ? static_cast<int>(count->integer(0)) : 0;
}

}  // namespace bakeoff::testing
