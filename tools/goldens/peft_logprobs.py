#!/usr/bin/env python3
"""Log-probabilities that transformers with PEFT give to the tokens of a text, under an adapter that Bakeoff wrote.

    python tools/goldens/peft_logprobs.py MODEL_DIR ADAPTER_DIR ID ID ...     (one number a line, from the second token on)

MODEL_DIR is a Hugging Face folder of the same weights. Ours must agree within 1e-3 in fp32. Made with peft 0.21.
"""
import sys
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

ids = torch.tensor([[int(x) for x in sys.argv[3:]]])
net = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32), sys.argv[2]).eval()
with torch.inference_mode():
    logprobs = net(input_ids=ids).logits[0, :-1].log_softmax(-1)
for row, token in zip(logprobs, ids[0, 1:]):
    print(f"{row[token].item():.6f}")
