"""Holds `bakeoff gate` and `nel gate` (nemo-evaluator 0.3 with scipy) side by side on the same result folders and the same
policy file. Needs `nel` on PATH and takes the path of bakeoff:

    python tools/goldens/nemo_gate.py build/release/bin/bakeoff > nemo_gate.md

Prints a Markdown table: one line per case with both verdicts. docs/gate.md says why they differ where they do."""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import yaml


def write(folder, benchmarks):
    for name, rewards in benchmarks.items():
        place = folder / name
        place.mkdir(parents=True)
        rows = [{"problem_idx": i, "repeat": k, "reward": reward, "expected_answer": "x", "model_response": "y",
                 "extracted_answer": "y", "metadata": {}, "scoring_details": {}}
                for i, item in enumerate(rewards) for k, reward in enumerate(item)]
        (place / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        mean = sum(row["reward"] for row in rows) / len(rows)
        bundle = {"run_id": folder.name + name, "config": {"benchmark": name, "model": "m"},
                  "benchmark": {"name": name, "samples": len(rows), "repeats": len(rewards[0]),
                                "scores": {"mean_reward": {"value": mean}, "pass@1": {"value": mean}}, "categories": {}}}
        (place / ("eval-" + name + ".json")).write_text(json.dumps(bundle))


def rates(n, wins, losses, right=0.6):
    """n items: `wins` right only for the candidate, `losses` only for the base."""
    base, candidate = [], []
    for i in range(n):
        left = right_too = float((i * 7919) % n < right * n)
        if i < wins:
            left, right_too = 0.0, 1.0
        elif i < wins + losses:
            left, right_too = 1.0, 0.0
        base.append([left])
        candidate.append([right_too])
    return base, candidate


def repeats(n, k, drop, seed):
    random_ = random.Random(seed)
    base, candidate = [], []
    for _ in range(n):
        p = random_.random()
        base.append([float(random_.random() < p) for _ in range(k)])
        candidate.append([float(random_.random() < max(0.0, p - drop)) for _ in range(k)])
    return base, candidate


def case(title, policy, **suites):
    return {"title": title, "policy": policy, "suites": suites}


def one(max_drop, **more):
    return {"version": 1, "benchmarks": {"a": {"tier": "critical", "metric": "mean_reward", "max_drop": max_drop, **more}}}


def many(count, max_drop):
    names = ["s%02d" % i for i in range(count)]
    return {"version": 1, "benchmarks": {name: {"metric": "mean_reward", "max_drop": max_drop} for name in names}}


CASES = [
    case("1,000 items, 20 and 20 differ, limit 5 points", one(0.05), a=rates(1000, 20, 20)),
    case("1,000 items, 10 gained, 150 lost, limit 5", one(0.05), a=rates(1000, 10, 150)),
    case("100 items, 10 gained, 14 lost, limit 5", one(0.05), a=rates(100, 10, 14)),
    case("300 items, 30 gained, 45 lost, limit 5", one(0.05), a=rates(300, 30, 45)),
    case("200 items, 40 lost, lower is better", one(0.05, direction="lower_is_better"), a=rates(200, 0, 40)),
    case("4 repeats, 400 items, no drop, limit 5", one(0.05), a=repeats(400, 4, 0.0, 1)),
    case("4 repeats, 400 items, drop of 20, limit 5", one(0.05), a=repeats(400, 4, 0.2, 2)),
    case("pass@1, 500 items, 5 and 5 differ, limit 5", {"benchmarks": {"a": {"metric": "pass@1", "max_drop": 0.05}}},
         a=rates(500, 5, 5)),
    case("8 items, all lost, limit 5", one(0.05), a=rates(8, 0, 8)),
    case("30 identical items, limit 2", one(0.02), a=rates(30, 0, 0)),
    case("40 items, none gained, one lost, limit 8", one(0.08), a=rates(40, 0, 1)),
    case("12 benchmarks of 200 items, in one 15 gained and 32 lost by chance, limit 0", many(12, 0.0),
         **{"s%02d" % i: rates(200, 15, 32 if i == 0 else 12) for i in range(12)}),
    case("relative drop: 50 items at 30%, 5 gained, 8 lost, limit 10% of the base",
         one(0.2, max_relative_drop=0.1), a=rates(50, 5, 8, 0.3)),
    case("one benchmark missing", {"benchmarks": {"a": {"metric": "mean_reward", "max_drop": 0.05},
                                                  "gone": {"metric": "mean_reward"}}}, a=rates(1000, 20, 20)),
    case("only advisory benchmarks", one(0.05) | {"benchmarks": {"a": {"tier": "advisory", "metric": "mean_reward",
                                                                       "max_drop": 0.05}}}, a=rates(1000, 10, 150)),
]


def verdict_of(program, words):
    done = subprocess.run([program, "gate", *words], capture_output=True, text=True, check=False)
    return {0: "GO", 1: "NO-GO", 2: "INCONCLUSIVE"}.get(done.returncode, "exit %d" % done.returncode), done.stdout


def main():
    bakeoff = sys.argv[1]
    print("| case | `nel gate` | `bakeoff gate` |\n| --- | --- | --- |")
    for number, each in enumerate(CASES):
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            write(folder / "base", {name: sides[0] for name, sides in each["suites"].items()})
            write(folder / "candidate", {name: sides[1] for name, sides in each["suites"].items()})
            (folder / "policy.yaml").write_text(yaml.safe_dump(each["policy"]))
            words = [str(folder / "base"), str(folder / "candidate"), "--policy", str(folder / "policy.yaml")]
            theirs, _ = verdict_of("nel", [*words, "--no-report"])
            ours, out = verdict_of(bakeoff, words)
            print("| %s | %s | %s%s |" % (each["title"], theirs, ours, "" if ours == theirs else " *"), flush=True)


if __name__ == "__main__":
    main()
