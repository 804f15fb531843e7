#!/usr/bin/env python3
"""Deltas of a chain of bakes beside PEFT: each alone, all of them merged one after the other, and all but the second.

    peft_chain.py build/release/bin/bakeoff MODEL.gguf ADAPTER...      (first bake first)

Prints the largest difference of log-probabilities for every choice, in fp32.
"""
import json
import os
import subprocess
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

IDS = [504, 3575, 282, 4390, 314, 9108, 30, 1034, 11671, 28, 5024, 105, 17, 9984, 346, 327, 7018, 30]


def of_bakeoff(program, model, adapters):
    command = [program, "logprobs", "--model", model, "--dtype", "fp32", "--quiet"]
    for adapter in adapters:
        command += ["--adapter", adapter]
    done = subprocess.run(command, input=json.dumps({"ids": IDS}) + "\n", capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["token_logprobs"]


def of_peft(model, adapters):
    folder, file = os.path.split(os.path.abspath(model))
    merged = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
    for adapter in adapters:
        merged = PeftModel.from_pretrained(merged, adapter).merge_and_unload()
    with torch.no_grad():
        logprobs = torch.log_softmax(merged(torch.tensor([IDS])).logits[0].double(), -1)
    return [logprobs[i, IDS[i + 1]].item() for i in range(len(IDS) - 1)]


program, model, *chain = sys.argv[1:]
for chosen in [[], *[[adapter] for adapter in chain], chain, chain[:1] + chain[2:]]:
    ours, theirs = of_bakeoff(program, model, chosen), of_peft(model, chosen)
    worst = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    print(f"{[os.path.basename(adapter) for adapter in chosen]}: {worst:.1e}")
