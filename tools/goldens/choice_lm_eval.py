#!/usr/bin/env python3
"""Prompts and scores of lm-evaluation-harness's own tasks on published rows, for tests/choice_suite_test.cpp.

    choice_lm_eval.py DATA_FOLDER > tests/golden/choice_lm_eval.json

DATA_FOLDER holds commonsenseqa/dev_rand_split.jsonl, truthfulqa/TruthfulQA.csv and arc/ARC-Challenge_test.jsonl. Contexts come
from the doc_to_text of lm_eval 0.4.13's task files (rendered with its jinja environment), mc2 from its process_results_mc2,
mc1 and the three kinds of accuracy from its ConfigurableTask.process_results, on log-probabilities drawn here. Contexts are
kept as SHA-256.
"""
import csv
import hashlib
import json
import random
import sys
from pathlib import Path
from types import SimpleNamespace

import lm_eval
import yaml
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks.truthfulqa.utils import process_results_mc2
from lm_eval.utils import apply_template

TASKS = Path(lm_eval.__file__).parent / "tasks"
draws = random.Random(7)


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def template(path):
    text = (TASKS / path).read_text(encoding="utf-8")
    return yaml.safe_load(text)["doc_to_text"]


def drawn(choices):
    """About a nat a character, so that the three accuracies differ."""
    return [round(-len(choice) * draws.uniform(0.97, 1.03), 4) for choice in choices]


def scored(choices, gold, logprobs):
    """The task's own scoring of a multiple-choice document."""
    names = ("acc", "acc_norm", "acc_bytes")
    task = SimpleNamespace(
        OUTPUT_TYPE="multiple_choice", multiple_input=False, multiple_target=False, _metric_fn_list=dict.fromkeys(names),
        doc_to_choice=lambda doc: choices, doc_to_target=lambda doc: gold, config=SimpleNamespace(process_results=None),
    )
    results = ConfigurableTask.process_results(task, {}, [(value, False) for value in logprobs])
    return {name: float(results[name]) for name in names}


def commonsense(folder):
    doc_to_text = template("commonsense_qa/default.yaml")
    items = []
    for line in list(open(folder / "commonsenseqa/dev_rand_split.jsonl", encoding="utf-8"))[:40]:
        row = json.loads(line)
        choices = row["question"]["choices"]
        doc = {"question": row["question"]["stem"], "choices": {"text": [choice["text"] for choice in choices]}}
        items.append({"id": row["id"], "context_sha256": sha256(apply_template(doc_to_text, doc))})
    return items


def arc(folder):
    items = []
    for line in open(folder / "arc/ARC-Challenge_test.jsonl", encoding="utf-8"):
        row = json.loads(line)
        texts = row["choices"]["text"]
        if len(items) < 40 or len("".join(texts)) != len("".join(texts).encode()):
            logprobs = drawn(texts)
            gold = row["choices"]["label"].index(row["answerKey"])
            items.append({"id": row["id"], "logprobs": logprobs, **scored(texts, gold, logprobs)})
    return items


def truthful(folder):
    doc_to_text = template("truthfulqa/truthfulqa_mc1.yaml")
    split = lambda cell: [part.strip() for part in cell.split(";") if part.strip()]
    items = []
    with open(folder / "truthfulqa/TruthfulQA.csv", encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if number % 24:
                continue
            right, wrong = split(row["Correct Answers"]), split(row["Incorrect Answers"])
            best = row["Best Answer"].strip()
            value = {choice: round(draws.uniform(-22, -20), 3) for choice in sorted({best, *right, *wrong})}
            mc1, mc2 = [best, *wrong], [*right, *wrong]
            doc = {"mc2_targets": {"labels": [1] * len(right) + [0] * len(wrong)}}
            items.append(
                {
                    "id": str(number),
                    "context_sha256": sha256(apply_template(doc_to_text, {"question": row["Question"]})),
                    "logprob_of": {sha256(choice)[:16]: v for choice, v in value.items()},
                    "mc1": scored(mc1, 0, [value[choice] for choice in mc1])["acc"],
                    "mc2": float(process_results_mc2(doc, [(value[choice], False) for choice in mc2])["acc"]),
                }
            )
    return items


folder = Path(sys.argv[1])
parts = {"commonsenseqa": commonsense(folder), "arc": arc(folder), "truthfulqa_mc": truthful(folder)}
body = ",\n".join(
    f'"{name}": [\n' + ",\n".join(json.dumps(item) for item in items) + "\n]" for name, items in parts.items()
)
print("{" + body + "}")
