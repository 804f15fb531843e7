#!/usr/bin/env python3
"""Writes tests/golden/peft_*: adapters of a tiny Llama as PEFT saves them, with what PEFT adds to each weight.

    python tools/goldens/peft_adapter.py tests/golden

The model is that of tests/baker/tiny_model.h: 2 layers, width 24, 6 heads of 4, 2 key-value heads, MLP 40, vocabulary 50.
Made with torch 2.13, transformers 5.23, peft 0.21.
"""
import json, pathlib, sys
import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

root = pathlib.Path(sys.argv[1])
shape = LlamaConfig(hidden_size=24, num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=2, head_dim=4,
                    intermediate_size=40, vocab_size=50)
kinds = {
    "plain": dict(r=4, lora_alpha=1, target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]),
    "patterns": dict(r=4, lora_alpha=8, target_modules=["v_proj", "down_proj"], use_rslora=True,
                     rank_pattern={"layers.1.mlp.down_proj": 3}, alpha_pattern={"v_proj": 5}),
    "dora": dict(r=2, lora_alpha=2, target_modules=["q_proj"], use_dora=True),
}
for name, settings in kinds.items():
    torch.manual_seed(len(name))
    net = get_peft_model(LlamaForCausalLM(shape), LoraConfig(task_type="CAUSAL_LM", **settings))
    deltas = {}
    for module_name, module in net.named_modules():
        if not hasattr(module, "lora_B"): continue
        with torch.no_grad():
            module.lora_B["default"].weight.normal_(std=0.3)
        delta = module.get_delta_weight("default").detach()
        short = module_name.removeprefix("base_model.model.")
        deltas[short] = {"scale": module.scaling["default"], "first": delta[0, 0].item(), "last": delta[-1, -1].item(),
                         "sum_of_squares": delta.double().pow(2).sum().item()}
    folder = root / f"peft_{name}"
    net.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    (folder / "expected.json").write_text(json.dumps(deltas, indent=1) + "\n")
