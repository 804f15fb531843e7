#!/usr/bin/env python3
"""The suite perplexity beside transformers: what both say of each passage of datasets/held_out.txt.

    perplexity.py MODEL_FOLDER RUN_FOLDER      MODEL_FOLDER: made by convert_model.py; RUN_FOLDER: a run with the suite
                                               perplexity and an arm base, engine {dtype: fp32}

Needs torch and transformers. The loss is transformers' own (labels = input_ids), in fp32: a mean over all tokens but the
first. Bits per byte as lm-evaluation-harness defines them (lm_eval/api/metrics.py). Ends with 1 where a passage's nats per
token differ by more than 0.001.
"""
import json
import math
import pathlib
import sqlite3
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]


def transformers_rows(folder):
    """[(nats per token, bits per byte)] of the passages in the order of the file."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    for passage in (ROOT / "datasets/held_out.txt").read_text(encoding="utf-8").strip().split("\n\n"):
        ids = tokenizer(passage.strip(), return_tensors="pt").input_ids
        with torch.no_grad():
            loss = model(input_ids=ids, labels=ids).loss.item()
        yield loss, loss * (ids.shape[1] - 1) / len(passage.strip().encode("utf-8")) / math.log(2)


def run_rows(folder):
    with sqlite3.connect(f"file:{pathlib.Path(folder) / 'bakeoff.db'}?mode=ro", uri=True) as store:
        rows = store.execute("SELECT metrics FROM results WHERE suite = 'perplexity' AND arm = 'base' "
                             "AND run = (SELECT max(id) FROM runs) ORDER BY position").fetchall()
    return [(metrics["nats_per_token"], metrics["bits_per_byte"]) for metrics in map(json.loads, (row[0] for row in rows))]


def main():
    ours, theirs = run_rows(sys.argv[2]), list(transformers_rows(sys.argv[1]))
    for number, (a, b) in enumerate(zip(theirs, ours, strict=True), 1):
        print(f"passage {number:2}  nats/token {a[0]:.5f} {b[0]:.5f}  bits/byte {a[1]:.5f} {b[1]:.5f}")
    means = [sum(bits for _, bits in rows) / len(rows) for rows in (theirs, ours)]
    worst = max(abs(a[0] - b[0]) for a, b in zip(theirs, ours, strict=True))
    print(f"mean bits/byte: transformers {means[0]:.4f}, Bakeoff {means[1]:.4f}; largest difference {worst:.6f} nats/token")
    sys.exit(worst > 0.001)


if __name__ == "__main__":
    main()
