R"sql(
-- From version 1 to 2: names of runs, exhibits, votes, and the scores of finished runs. What the tables hold: schema.sql.

CREATE INDEX runs_by_digest ON runs(digest);

CREATE TABLE tags (
  name TEXT PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE exhibits (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  suite TEXT NOT NULL,                  -- label
  position INTEGER NOT NULL,            -- order within the suite
  name TEXT NOT NULL,
  data TEXT NOT NULL,                   -- JSON: core Exhibit
  PRIMARY KEY (run, suite, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE votes (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  suite TEXT NOT NULL,                  -- label; empty outside of suites
  item TEXT NOT NULL,
  model_a TEXT NOT NULL,                -- the answer shown first: an arm or a name of the source's own
  model_b TEXT NOT NULL,
  winner TEXT NOT NULL CHECK (winner IN ('model_a', 'model_b', 'tie')),
  judge TEXT NOT NULL,                  -- who voted
  category TEXT NOT NULL,
  sample TEXT,                          -- key of the sample that holds a judge's words; NULL for people
  created_at TEXT NOT NULL,
  source TEXT NOT NULL,                 -- where it was cast: a suite, 'arena', an imported file
  PRIMARY KEY (run, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE scores (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  arm TEXT NOT NULL,
  suite TEXT NOT NULL,                  -- label
  mean REAL,                            -- of the scored; NULL where none is
  scored INTEGER NOT NULL,
  unscored INTEGER NOT NULL,
  PRIMARY KEY (run, arm, suite)
) STRICT, WITHOUT ROWID;

INSERT INTO scores(run, arm, suite, mean, scored, unscored)
  SELECT results.run, arm, suite, avg(score), count(score), count(*) - count(score)
  FROM results JOIN runs ON runs.id = results.run
  WHERE runs.status <> 'running' GROUP BY results.run, arm, suite;
)sql"
