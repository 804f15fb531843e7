#!/usr/bin/env python3
"""Are our exports what the other harnesses read? Exports results in every format, lets the real programs read them and
compares their numbers with the written ones. Nothing is kept; exit 1 where a number differs.

    read_back.py BAKEOFF RESULTS...      RESULTS: anything that `bakeoff export` takes

Needs inspect_ai 0.3.285 (read_eval_log, recompute_metrics), lm_eval 0.4.13 (make_table, its mean and stderr), and for nemo
nemo-evaluator 0.3.0 (load_paired_records, the gate's values, build_table), each where it is installed.
"""
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

failures = 0


def check(what, stated, found, tolerance=1e-9):
    global failures
    same = stated is not None and found is not None and math.isclose(stated, found, rel_tol=tolerance, abs_tol=tolerance)
    failures += not same
    print(f"{'same' if same else 'DIFFERENT'}  {what}: written {stated}, read {found}")


def export(program, results, form):
    out = Path(tempfile.mkdtemp()) / form
    subprocess.run([program, "export", results, "--format", form, "--out", out], check=True, stderr=subprocess.DEVNULL)
    return out


def read_inspect(out):
    from inspect_ai.log import read_eval_log, recompute_metrics

    for path in sorted(out.rglob("*.json")):
        log = read_eval_log(str(path))
        figures = lambda: {(s.name, name): m.value for s in log.results.scores for name, m in s.metrics.items()}
        counts = lambda: {s.name: (s.scored_samples, s.unscored_samples) for s in log.results.scores}
        stated, stated_counts = figures(), counts()
        recompute_metrics(log)
        for key, value in stated.items():
            check(f"inspect {log.eval.model} {log.eval.task} {key[0]} {key[1]}", value, figures().get(key))
        for name, (scored, _) in stated_counts.items():
            check(f"inspect {log.eval.model} {log.eval.task} {name} scored", scored, counts()[name][0])


def read_lm_eval(out):
    from lm_eval.api.metrics import mean_stderr
    from lm_eval.utils import get_results_filenames, get_sample_results_filenames, make_table

    for folder in sorted(path for path in out.iterdir() if path.is_dir()):
        names = [str(path) for path in folder.iterdir()]
        results = json.loads(Path(get_results_filenames(names)[0]).read_text(encoding="utf-8"))
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in make_table(results).splitlines()]
        for path in get_sample_results_filenames(names):
            rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
            task = Path(path).name.split("samples_")[1].rsplit("_", 1)[0]
            for key, stated in results["results"][task].items():
                metric, _, only = key.partition(",")
                if not only or metric.endswith("_stderr"):
                    continue
                by_item = {}
                for row in rows:
                    if row["filter"] == only and metric in row:
                        by_item.setdefault(row["doc"]["id"], []).append(row[metric])
                values = [sum(v) / len(v) for v in by_item.values()]
                check(f"lm-eval {folder.name} {task} {key} mean", stated, sum(values) / len(values))
                groups = {row["doc"]["id"]: row["doc"]["group"] for row in rows}
                error = results["results"][task][f"{metric}_stderr,{only}"]
                if len(set(groups.values())) == len(groups) and len(values) > 1:
                    check(f"lm-eval {folder.name} {task} {key} stderr", error, mean_stderr(values))
                shown = [row[6] for row in cells if row[4] == metric and row[2] == only]
                nearest = min((float(cell) for cell in shown), key=lambda cell: abs(cell - stated))  # tasks share the table
                check(f"lm-eval {folder.name} {task} {key} in its table", round(stated, 4), nearest)


def read_nemo(out):
    from nemo_evaluator.engine.comparison import load_paired_records
    from nemo_evaluator.engine.gate import _metric_problem_values
    from nemo_evaluator.metrics.headline import headline_score_metrics
    from nemo_evaluator.reports.eval import build_table, discover_bundle_paths, load_bundles

    folders = {path.parent.parent for path in out.rglob("eval-*.json")}
    for folder in sorted(folders):
        bundles = load_bundles(discover_bundle_paths([folder]))
        for bundle in bundles:
            name, scores = bundle["benchmark"]["name"], bundle["benchmark"]["scores"]
            shown = build_table([bundle])["benchmarks"][name]
            records = load_paired_records(Path(bundle["_source"]).parent)
            rewards = {}
            for (problem, _), row in records.items():
                rewards.setdefault(problem, []).append(float(row["reward"]))
            own = headline_score_metrics(rewards, 1)
            for metric in set(own) & {"pass@1", "mean_reward"}:
                stated = scores[metric]["value"]
                values = _metric_problem_values(records, metric)
                check(f"nemo {name} {metric} for its gate", stated, sum(values.values()) / len(values))
                check(f"nemo {name} {metric} as it would write it", round(stated, 4), own[metric]["value"], 1e-12)
                check(f"nemo {name} {metric} in its table", stated, shown[metric]["value"])


READERS = {"inspect": read_inspect, "lm-eval": read_lm_eval, "nemo": read_nemo}
MODULES = {"inspect": "inspect_ai", "lm-eval": "lm_eval", "nemo": "nemo_evaluator.engine.gate"}


def main(program, *results):
    for form, reader in READERS.items():
        try:
            __import__(MODULES[form])
        except ImportError:
            print(f"not here: {MODULES[form]}")
            continue
        for one in results:
            reader(export(program, one, form))
    sys.exit(failures > 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
