#!/usr/bin/env python3
"""A random LoRA adapter for the stories260K model, written by peft, and what transformers says with and without it.

    peft_kl.py STORIES_HF_FOLDER tests/golden/peft_stories

Writes adapter_config.json, adapter_model.safetensors and expected.json: for one text the ids, the natural
log-probabilities of every id after the first with the adapter, and KL(adapted || base) in nats of the next-token
distribution at every id, all computed in double precision from the logits of the fp32 model.
"""
import json
import os
import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

torch.manual_seed(7)
folder, out = sys.argv[1:]
base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
adapted = get_peft_model(base, LoraConfig(r=2, lora_alpha=6, target_modules="all-linear", task_type="CAUSAL_LM"))
with torch.no_grad():
    for name, value in adapted.named_parameters():
        if "lora_B" in name:
            value.normal_(0, 0.05)
adapted.eval()
ids = [1, 403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426, 338, 401, 396, 267, 337]


def log_probabilities(model):
    with torch.no_grad():
        return torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), -1)


with_it = log_probabilities(adapted)
with adapted.disable_adapter():
    without = log_probabilities(adapted)
adapted.peft_config["default"].base_model_name_or_path = "stories260K"
adapted.save_pretrained(out)
for extra in ("README.md",):
    if os.path.exists(os.path.join(out, extra)):
        os.remove(os.path.join(out, extra))
with open(os.path.join(out, "expected.json"), "w") as file:
    json.dump({
        "ids": ids,
        "logprobs": [round(with_it[i - 1, ids[i]].item(), 7) for i in range(1, len(ids))],
        "kl": [round(v, 8) for v in (with_it.exp() * (with_it - without)).sum(-1).tolist()],
    }, file)
    file.write("\n")
