-- The store: bakeoff.db in a run's folder holds everything but weights. This file is compiled into the program
-- (the first and last line make it a C++ literal). Identity is content: keys are SHA-256, names are labels.
-- JSON columns hold one JSON text. Times are UTC, ISO 8601. Read it with sqlite3 or pandas:
--   SELECT arm, suite, avg(score), count(score), count(*) FROM results WHERE run = 1 GROUP BY arm, suite;

CREATE TABLE experiments (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL
) STRICT;

-- One execution of an experiment. A run that did not end keeps status 'running'; the next one resumes it.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  experiment INTEGER NOT NULL REFERENCES experiments(id),
  digest TEXT NOT NULL,                 -- SHA-256 of resolved
  resolved TEXT NOT NULL,               -- JSON: the experiment with every default written out
  settings TEXT NOT NULL,               -- JSON: engine as resolved, program version, limit
  status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'interrupted', 'failed')),
  started_at TEXT NOT NULL,
  finished_at TEXT
) STRICT;

-- Large texts once each: zstd-compressed, by the SHA-256 of the plain bytes.
CREATE TABLE blobs (
  hash TEXT PRIMARY KEY,
  plain_bytes INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What makes two arms' answers interchangeable (core GeneratorIdentity).
CREATE TABLE generators (
  digest TEXT PRIMARY KEY,              -- SHA-256 of identity
  identity TEXT NOT NULL                -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE arms (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  prompt TEXT NOT NULL,                 -- name of the prompt; empty for base
  bake TEXT NOT NULL,                   -- name of the bake; empty for none
  scale REAL NOT NULL,
  generator TEXT NOT NULL REFERENCES generators(digest),
  PRIMARY KEY (run, name)
) STRICT;

-- One finished training. key: model, prompt, questions, recipe, seed, dtype, engine.
CREATE TABLE bakes (
  key TEXT PRIMARY KEY,
  adapter TEXT NOT NULL,                -- content id: SHA-256 of adapter_model.safetensors
  folder TEXT NOT NULL,                 -- relative to the store's folder
  parent TEXT NOT NULL,                 -- content id of what it started from: the model's digest or an adapter
  model TEXT NOT NULL,
  model_digest TEXT NOT NULL,
  prompt TEXT NOT NULL,                 -- JSON
  recipe TEXT NOT NULL,                 -- JSON
  questions TEXT NOT NULL,              -- JSON
  seed TEXT NOT NULL,                   -- decimal; 64 bits without sign do not fit SQLite's integers
  outcome TEXT NOT NULL,                -- JSON: core BakeOutcome
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bakes_by_adapter ON bakes(adapter);

CREATE TABLE run_bakes (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,                   -- as the experiment calls it
  key TEXT NOT NULL REFERENCES bakes(key),
  PRIMARY KEY (run, name)
) STRICT;

CREATE TABLE suites (
  digest TEXT PRIMARY KEY,              -- SHA-256 over version, configuration and items
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  source TEXT NOT NULL,
  licence TEXT NOT NULL,
  metrics TEXT NOT NULL                 -- JSON: [{"name","higher_is_better","meaning"}], the first is primary
) STRICT, WITHOUT ROWID;

CREATE TABLE run_suites (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  label TEXT NOT NULL,                  -- as the experiment calls it; most often the suite's name
  suite TEXT NOT NULL REFERENCES suites(digest),
  PRIMARY KEY (run, label)
) STRICT;

CREATE TABLE items (
  suite TEXT NOT NULL REFERENCES suites(digest),
  id TEXT NOT NULL,
  position INTEGER NOT NULL,            -- order within the suite
  item_group TEXT NOT NULL,             -- the unit of clustered errors
  messages TEXT NOT NULL,               -- JSON
  reference TEXT NOT NULL,              -- JSON
  PRIMARY KEY (suite, id)
) STRICT, WITHOUT ROWID;

-- One recorded answer. Columns *_blob hold the hash of a text over 1 KiB, and the column beside them is then NULL.
CREATE TABLE samples (
  key TEXT PRIMARY KEY,                 -- generator, suite, item and its messages, replicate, decoding, seed
  generator TEXT NOT NULL REFERENCES generators(digest),
  suite TEXT NOT NULL REFERENCES suites(digest),
  item TEXT NOT NULL,
  replicate INTEGER NOT NULL,
  seed TEXT NOT NULL,                   -- decimal
  decoding TEXT NOT NULL,               -- JSON
  messages TEXT, messages_blob TEXT REFERENCES blobs(hash),     -- JSON: the exchange as played
  ids TEXT NOT NULL,                    -- JSON: token ids of the last answer
  text TEXT, text_blob TEXT REFERENCES blobs(hash),             -- the last answer
  rendered_prompt TEXT, rendered_prompt_blob TEXT REFERENCES blobs(hash),
  replies TEXT, replies_blob TEXT REFERENCES blobs(hash),       -- JSON: all replies, where there are several or scores
  finish_reason TEXT NOT NULL,
  prompt_tokens INTEGER NOT NULL,       -- of the last answer
  completion_tokens INTEGER NOT NULL,
  wall_seconds REAL NOT NULL,           -- overlaps with rows of the same batch
  requests INTEGER NOT NULL,            -- how many were made for this sample
  total_prompt_tokens INTEGER NOT NULL, -- over all requests
  total_completion_tokens INTEGER NOT NULL,
  error TEXT NOT NULL,                  -- why a request failed; empty when none did
  error_kind TEXT NOT NULL,             -- 'infrastructure' is tried again by the next run
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A judged sample. score NULL: unscored, with its reason. An error is never a zero.
CREATE TABLE verdicts (
  sample TEXT NOT NULL REFERENCES samples(key) ON DELETE CASCADE,
  suite TEXT NOT NULL REFERENCES suites(digest),  -- whose judge gave it
  score REAL CHECK (score IS NULL OR (score >= 0 AND score <= 1)),
  metrics TEXT NOT NULL,                -- JSON: {name: value}
  unscored TEXT CHECK ((unscored IS NULL) = (score IS NOT NULL)),
  evidence TEXT, evidence_blob TEXT REFERENCES blobs(hash),     -- JSON
  judged_at TEXT NOT NULL,
  PRIMARY KEY (sample, suite)
) STRICT, WITHOUT ROWID;

-- Which samples a run shows: a re-run refers to what is there instead of making it again.
CREATE TABLE run_samples (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  arm TEXT NOT NULL,
  suite TEXT NOT NULL,                  -- label
  item TEXT NOT NULL,
  replicate INTEGER NOT NULL,
  sample TEXT NOT NULL REFERENCES samples(key),
  PRIMARY KEY (run, suite, arm, item, replicate)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_samples_by_sample ON run_samples(sample);

CREATE TABLE measurements (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  subject TEXT NOT NULL,                -- an arm, a bake, or 'run'
  name TEXT NOT NULL,
  value REAL NOT NULL,
  unit TEXT NOT NULL,
  PRIMARY KEY (run, subject, name)
) STRICT, WITHOUT ROWID;

-- What the work of one run cost; cached work costs nothing.
CREATE TABLE costs (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  subject TEXT NOT NULL,                -- an arm or a bake
  phase TEXT NOT NULL,                  -- 'play', or a phase of the bake
  wall_seconds REAL NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  PRIMARY KEY (run, subject, phase)
) STRICT, WITHOUT ROWID;

-- Identities by what they were computed from (file sizes and times), so that a run with nothing to do loads no model.
CREATE TABLE stamps (
  stamp TEXT PRIMARY KEY,
  value TEXT NOT NULL                   -- JSON
) STRICT, WITHOUT ROWID;

CREATE VIEW results AS
  SELECT rs.run, rs.arm, rs.suite, rs.item, i.item_group, i.position, rs.replicate, rs.sample, v.score, v.unscored,
         v.metrics, s.error, s.prompt_tokens, s.completion_tokens, s.wall_seconds, s.total_prompt_tokens,
         s.total_completion_tokens
  FROM run_samples rs
  JOIN run_suites ru ON ru.run = rs.run AND ru.label = rs.suite
  JOIN samples s ON s.key = rs.sample
  JOIN items i ON i.suite = ru.suite AND i.id = rs.item
  LEFT JOIN verdicts v ON v.sample = rs.sample AND v.suite = ru.suite;
