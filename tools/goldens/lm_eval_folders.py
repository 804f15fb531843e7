#!/usr/bin/env python3
"""Result folders as lm-evaluation-harness leaves them, for tests/lm_eval_results_test.cpp. Needs lm_eval 0.4.13, transformers.

    lm_eval_folders.py MODEL_FOLDER OUT      MODEL_FOLDER: from convert_model.py

Runs two small tasks, written here, on the model twice: in float32, and in bfloat16 under a system prompt. OUT gets `plain/`,
`pirate/` (results_*.json and samples_*.jsonl as the harness wrote them, without `pretty_env_info`, which describes the
machine) and `expected.json`: the figures that lm_eval's own simple_evaluate returned.
"""
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import lm_eval
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager

CAPITALS = [
    ("What is the capital of France?", ["Paris", "Lyon", "Rome"], 0),
    ("What is the capital of Japan?", ["Kyoto", "Tokyo", "Seoul"], 1),
    ("What is the capital of Italy?", ["Milan", "Madrid", "Rome"], 2),
    ("What is the capital of Canada?", ["Toronto", "Ottawa", "Montreal"], 1),
    ("What is the capital of Australia?", ["Canberra", "Sydney", "Perth"], 0),
    ("What is the capital of Brazil?", ["Rio de Janeiro", "Brasília", "São Paulo"], 1),
    ("What is the capital of Turkey?", ["Istanbul", "Izmir", "Ankara"], 2),
    ("What is the capital of Egypt?", ["Cairo", "Alexandria", "Giza"], 0),
    ("What is the capital of Morocco?", ["Casablanca", "Rabat", "Fez"], 1),
    ("What is the capital of Switzerland?", ["Geneva", "Zurich", "Bern"], 2),
    ("What is the capital of Norway?", ["Oslo", "Bergen", "Stockholm"], 0),
    ("What is the capital of India?", ["Mumbai", "New Delhi", "Kolkata"], 1),
]
SUMS = [(2, 3), (4, 4), (10, 5), (7, 6), (12, 9), (20, 22), (31, 8), (15, 15), (9, 9), (40, 2), (1, 1), (8, 5)]

COUNTRIES = """\
task: capitals
dataset_path: json
dataset_kwargs: {data_files: {test: capitals.jsonl}}
output_type: multiple_choice
test_split: test
doc_to_text: "Question: {{question}}\\nAnswer:"
doc_to_target: "{{gold}}"
doc_to_choice: "{{choices}}"
metric_list:
  - {metric: acc, aggregation: mean, higher_is_better: true}
  - {metric: acc_norm, aggregation: mean, higher_is_better: true}
metadata: {version: 1.0}
"""
ADDITION = """\
task: sums
dataset_path: json
dataset_kwargs: {data_files: {test: sums.jsonl}}
output_type: generate_until
test_split: test
doc_to_text: "Question: What is {{a}} plus {{b}}?\\nAnswer:"
doc_to_target: "{{a + b}}"
generation_kwargs: {until: ["\\n"], do_sample: false, max_gen_toks: 8}
filter_list:
  - name: strict-match
    filter: [{function: regex, regex_pattern: "^ ?([0-9]+)\\\\.?$"}, {function: take_first}]
  - name: flexible-extract
    filter: [{function: regex, group_select: -1, regex_pattern: "([0-9]+)"}, {function: take_first}]
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true}
metadata: {version: 2.0}
"""
GROUP = """\
group: small
task: [capitals, sums]
aggregate_metric_list: [{metric: acc, aggregation: mean, weight_by_size: true, filter_list: [none]}]
metadata: {version: 1.0}
"""


def write_tasks():
    Path("tasks").mkdir()
    for name, text in (("capitals", COUNTRIES), ("sums", ADDITION), ("small", GROUP)):
        Path(f"tasks/{name}.yaml").write_text(text, encoding="utf-8")
    lines = lambda rows: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    Path("capitals.jsonl").write_text(
        lines({"question": q, "choices": c, "gold": g} for q, c, g in CAPITALS), encoding="utf-8")
    Path("sums.jsonl").write_text(lines({"a": a, "b": b} for a, b in SUMS), encoding="utf-8")


def evaluate(out, dtype, **settings):
    tracker = EvaluationTracker(output_path=out)
    results = lm_eval.simple_evaluate(
        model="hf", model_args=f"pretrained=smollm2,dtype={dtype}", tasks=["small"],
        task_manager=TaskManager(include_path="tasks", include_defaults=False), batch_size=12, device="cpu",
        evaluation_tracker=tracker, log_samples=True, bootstrap_iters=0, **settings)
    figures = {name: {k: v for k, v in values.items() if "," in k} for name, values in results["results"].items()}
    results.pop("pretty_env_info", None)
    samples = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    for task, rows in samples.items():
        tracker.save_results_samples(task_name=task, samples=rows)
    return figures


def main(model, out):
    model, out = Path(model).resolve(), Path(out).resolve()
    os.environ["HF_DATASETS_CACHE"] = tempfile.mkdtemp()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        os.symlink(model, "smollm2")
        write_tasks()
        expected = {
            "plain": evaluate("plain", "float32"),
            "pirate": evaluate("pirate", "bfloat16", apply_chat_template=True,
                               system_instruction="You are a pirate. Answer like one."),
        }
        for folder in ("plain", "pirate"):
            shutil.rmtree(out / folder, ignore_errors=True)
            shutil.copytree(folder, out / folder)
        (out / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True, default=str) + "\n", encoding="utf-8")
        os.chdir("/")


if __name__ == "__main__":
    main(*sys.argv[1:])
