#!/usr/bin/env python3
"""Expected log-probabilities and greedy answers of the default model, from transformers in fp32.

    engine.py HF_FOLDER > tests/golden/engine_smollm2.json

HF_FOLDER is what convert_model.py makes of the GGUF: the same dequantised weights. For each sequence: the ids, the natural
log-probability of every id after the first (of every 20th for long ones), and the five best next tokens. For each chat: the
ids of the rendered prompt and the greedy continuation, cut where the two best logits differ by less than 1e-3.
"""
import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

torch.set_num_threads(1)
folder = sys.argv[1]
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
tokenizer = AutoTokenizer.from_pretrained(folder)

TEXT = (
    "The lighthouse keeper counted 1,024 steps each morning before the kettle boiled. In 1903 a storm took the stairs; "
    "he climbed a rope for 7 weeks and wrote f(x) = 3x + 2 on the wall, twice. Später schrieb er nach Köln: \u201calles gut\u201d. "
)
long_ids = tokenizer((TEXT * 60), add_special_tokens=False).input_ids[:2000]
sequences = [long_ids[:1], long_ids[:2], long_ids[3:20], long_ids[:129], long_ids[10:523], long_ids]
CHATS = [
    [{"role": "system", "content": ""}, {"role": "user", "content": "What is the capital of Italy?"}],
    [{"role": "user", "content": "Name three animals."}],
    [{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": "Why is the sea salty?"}],
    [{"role": "user", "content": "Count from 1 to 10."}],
]


def scored(ids):
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].double()
    logp = torch.log_softmax(logits, -1)
    stride = 1 if len(ids) <= 200 else 20
    top = torch.topk(logp[-1], 5)
    return {
        "ids": ids,
        "stride": stride,
        "logprobs": [round(logp[i - 1, ids[i]].item(), 6) for i in range(1, len(ids), stride)],
        "next_top": [[int(i), round(v.item(), 6)] for i, v in zip(top.indices, top.values)],
    }


def answered(messages):
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(text, add_special_tokens=False).input_ids
    new = []
    with torch.no_grad():
        while len(new) < 32:
            logits = model(torch.tensor([ids + new])).logits[0, -1]
            best = torch.topk(logits, 2).values
            if best[0] - best[1] < 1e-3:
                break
            new.append(int(logits.argmax()))
            if new[-1] == tokenizer.eos_token_id:
                break
    return {"messages": messages, "text": text, "ids": ids, "greedy": new}


json.dump({"sequences": [scored(s) for s in sequences], "chats": [answered(c) for c in CHATS]}, sys.stdout)
print()
