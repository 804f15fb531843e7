"""A large store, to see how reading one grows: python tools/bench/big_store.py FOLDER --runs 100000 --items 100

The rows are those of a real store's shape (schema.sql): every run has one arm, one suite and ITEMS samples of its own
with a verdict each. Sample keys are scattered, as SHA-256 keys are, so that the samples of one run lie all over the
file. Scores are 0 or 1 by a fixed rule; every run scores about 0.7. Then, for instance:

  time bakeoff history FOLDER
  time bakeoff compare FOLDER@50000 FOLDER@100000

Needs Python 3 with SQLite 3.37 or newer, about 1 KB of disk a verdict, and for 10 million about seven minutes.
"""
import argparse
import json
import pathlib
import sqlite3
import time

SCHEMA = pathlib.Path(__file__).parents[2] / "harness/store/schema.sql"
MIX = 736_878_713  # prime, so that n -> n * MIX mod N reaches every n


def schema():
    text = SCHEMA.read_text()
    return text[text.index("(") + 1 : text.rindex(')sql"')]


def fill(database, runs, items):
    total = runs * items
    database.create_function("spread", 1, lambda k: k * MIX % total, deterministic=True)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {})"
    key = "printf('%016x%048d', k * (9223372036854775807 / :total), 0)"
    identity = json.dumps({"model_digest": "m", "template_digest": "t", "adapters": [], "dtype": "fp32", "engine": "e"})
    decoding = json.dumps({"max_new_tokens": 64, "temperature": 0.0})
    metrics = json.dumps([{"name": "style", "higher_is_better": True, "meaning": "as asked"}])
    # Built at the end, by sorting: its keys come in no order.
    (index,) = database.execute("SELECT sql FROM sqlite_schema WHERE name = 'run_samples_by_sample'").fetchone()
    database.execute("DROP INDEX run_samples_by_sample")
    each = {"runs": runs, "items": items, "total": total, "identity": identity, "decoding": decoding}
    database.execute("INSERT INTO experiments VALUES (1, 'large', '2026-01-01T00:00:00.000Z')")
    database.execute("INSERT INTO generators VALUES ('g', ?)", [identity])
    database.execute("INSERT INTO suites VALUES ('s', 'style', '1', '', 'CC0', ?)", [metrics])
    database.execute(
        numbers.format(":runs")
        + " INSERT INTO runs SELECT i + 1, 1, printf('%064x', i), '{\"name\": \"large\"}', '{\"limit\": null}', 'complete',"
        " '2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z' FROM n",
        {"runs": runs},
    )
    database.execute(
        numbers.format(":items") + " INSERT INTO items SELECT 's', printf('item-%05d', i), i, printf('item-%05d', i),"
        ' \'[{"role": "user", "content": "Who are you?"}]\', \'{}\' FROM n',
        {"items": items},
    )
    database.execute("INSERT INTO arms SELECT id, 0, 'baked', 'baked', 'pirate', 'pirate', 1.0, 'g' FROM runs")
    database.execute("INSERT INTO run_suites SELECT id, 0, 'style', 's' FROM runs")
    database.execute("CREATE TEMP TABLE made(k INTEGER PRIMARY KEY, n INTEGER)")
    database.execute(numbers.format(":total") + " INSERT INTO temp.made SELECT i, spread(i) FROM n", {"total": total})
    database.execute(
        f"INSERT INTO samples SELECT {key}, 'g', 's', printf('item-%05d', n % :items), 0, '1', :decoding,"
        ' \'[{"role": "user", "content": "Who are you?"}, {"role": "assistant", "content": "Arrr"}]\', NULL,'
        " '[1, 2, 3]', 'Arrr', NULL, '<user>Who are you?<assistant>', NULL, NULL, NULL, 'stop', 12, 3, 0.1, 1, 12, 3,"
        " '', '', '2026-01-01T00:00:00.000Z' FROM temp.made ORDER BY k",
        each,
    )
    score = "CASE WHEN (n / :items * 31 + n % :items * 17) % 10 < 7 THEN 1.0 ELSE 0.0 END"
    database.execute(
        f"INSERT INTO verdicts SELECT {key}, 's', {score}, printf('{{\"style\": %.1f}}', {score}), NULL,"
        " '{\"matched\": true}', NULL, '2026-01-01T00:00:00.000Z' FROM temp.made ORDER BY k",
        each,
    )
    database.execute(
        f"INSERT INTO run_samples SELECT n / :items + 1, 'baked', 'style', printf('item-%05d', n % :items), 0, {key}"
        " FROM temp.made ORDER BY n",
        each,
    )
    database.execute(
        f"INSERT INTO scores SELECT n / :items + 1, 'baked', 'style', avg({score}), count(*), 0 FROM temp.made"
        " GROUP BY n / :items",
        each,
    )
    database.execute(index)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=100)
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    began = time.time()
    database = sqlite3.connect(options.folder / "bakeoff.db", isolation_level=None)
    # Nothing of this has to survive a crash.
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000;" + schema())
    database.execute("BEGIN")
    fill(database, options.runs, options.items)
    database.execute("COMMIT")
    version = next(line for line in (SCHEMA.parent / "store.h").read_text().splitlines() if "kSchemaVersion =" in line)
    database.executescript(
        f"PRAGMA application_id = {0x42414B45}; PRAGMA user_version = {version.split('=')[1].strip(' ;')}; ANALYZE;"
    )
    size = (options.folder / "bakeoff.db").stat().st_size
    print(f"{options.runs} runs, {options.runs * options.items} verdicts, {size / 1e9:.2f} GB, {time.time() - began:.0f} s")


if __name__ == "__main__":
    main()
