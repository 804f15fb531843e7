#!/usr/bin/env python3
"""Writes tests/golden/peft_variants: tiny random checkpoints, adapters of every variant of LoRA that PEFT can save, and
the log-probabilities that transformers with PEFT gives to one text under each.

    python tools/goldens/peft_variants.py tests/golden/peft_variants

expected.json: {"ids", "cases": [{"name", "base", "adapters": [[folder, scale]], "logprobs"}],
"deltas": {folder: {module: [sum of squares, first, last]}}}. A case of several adapters is PEFT's add_weighted_adapter
("cat", exact); "merged" is merge_and_unload, "off" is disable_adapter.
Made with torch 2.13, transformers 5.23, peft 0.21.
"""
import json, pathlib, shutil, sys
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, Phi3Config

root = pathlib.Path(sys.argv[1])
shutil.rmtree(root, ignore_errors=True)
ids = [1, 7, 22, 3, 38, 14, 9, 30, 5, 17, 26, 11]
llama = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=4,
             intermediate_size=24, vocab_size=40, max_position_embeddings=64, bos_token_id=1, eos_token_id=2)
bases = {
    "base": LlamaConfig(**llama, tie_word_embeddings=False),
    "base_tied": LlamaConfig(**llama, tie_word_embeddings=True),
    "base_gpt2": GPT2Config(n_embd=16, n_layer=2, n_head=4, vocab_size=40, n_positions=64, bos_token_id=1, eos_token_id=2),
    "base_phi3": Phi3Config(**llama, pad_token_id=0, tie_word_embeddings=False),
}
attention, mlp = ["q_proj", "k_proj", "v_proj", "o_proj"], ["gate_proj", "up_proj", "down_proj"]
# folder: (base, settings)
variants = {
    "all_linear": ("base", dict(r=3, lora_alpha=6, target_modules="all-linear")),
    "expression": ("base", dict(r=2, lora_alpha=3, target_modules=r"model\.layers\.(?P<n>\d+)\.(self_attn\.[qv]|mlp\.up)_proj")),
    "excluded": ("base", dict(r=2, lora_alpha=4, target_modules=attention, exclude_modules=["k_proj", "model.layers.1.self_attn.o_proj"])),
    "excluded_expression": ("base", dict(r=2, lora_alpha=4, target_modules=mlp, exclude_modules=r".*\.0\..*up_proj")),
    "layers": ("base", dict(r=2, lora_alpha=4, target_modules=["q_proj", "down_proj"], layers_to_transform=[1], layers_pattern="layers")),
    "one_layer": ("base", dict(r=2, lora_alpha=4, target_modules=["v_proj"], layers_to_transform=0)),
    # the first pattern that matches decides, in the order of the file, where PEFT sorts them
    "patterns": ("base", dict(r=4, lora_alpha=8, target_modules=attention + mlp,
                              rank_pattern={"down_proj": 3, r"layers\.1\.mlp\..*": 1, "q_proj": 2},
                              alpha_pattern={r".*\.1\.self_attn\.o_proj": 3, "model.layers.0.self_attn.v_proj": 5, "v_proj": 16})),
    "root_scale": ("base", dict(r=4, lora_alpha=3, target_modules=["q_proj", "up_proj"], use_rslora=True, rank_pattern={"up_proj": 2})),
    "bias_of_none": ("base", dict(r=2, lora_alpha=2, target_modules=["q_proj"], bias="all")),
    "head": ("base", dict(r=2, lora_alpha=4, target_modules=["lm_head", "o_proj"])),
    "head_tied": ("base_tied", dict(r=2, lora_alpha=4, target_modules=["lm_head", "o_proj"])),
    "embedding": ("base", dict(r=2, lora_alpha=4, target_modules=["embed_tokens", "up_proj"])),
    "embedding_tied": ("base_tied", dict(r=2, lora_alpha=4, target_modules=["embed_tokens", "up_proj"])),
    "saved": ("base", dict(r=2, lora_alpha=4, target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head", "norm"])),
    "saved_tied": ("base_tied", dict(r=2, lora_alpha=4, target_modules=["q_proj"], modules_to_save=["lm_head"])),
    "saved_embedding_tied": ("base_tied", dict(r=2, lora_alpha=4, target_modules=["q_proj"], modules_to_save=["embed_tokens"])),
    "saved_parts": ("base", dict(r=2, lora_alpha=4, target_modules=["q_proj", "down_proj"],
                                 modules_to_save=["input_layernorm", "layers.1.mlp", "layers.0.post_attention_layernorm"])),
    "dora": ("base", dict(r=2, lora_alpha=3, target_modules=attention + mlp, use_dora=True)),
    "dora_root": ("base_tied", dict(r=3, lora_alpha=2, target_modules=["k_proj", "down_proj"], use_dora=True, use_rslora=True)),
    "dora_head": ("base", dict(r=2, lora_alpha=3, target_modules=["v_proj", "lm_head"], use_dora=True)),
    "gpt2": ("base_gpt2", dict(r=2, lora_alpha=4, target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True)),
    "phi3": ("base_phi3", dict(r=2, lora_alpha=4, target_modules=["qkv_proj", "o_proj", "gate_up_proj", "down_proj"])),
}


def fresh(base):
    return AutoModelForCausalLM.from_pretrained(root / base, dtype=torch.float32).eval()


def logprobs(model):
    with torch.no_grad():
        rows = torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), -1)
    return [round(rows[i, ids[i + 1]].item(), 7) for i in range(len(ids) - 1)]


def tidy(folder):
    (folder / "README.md").unlink(missing_ok=True)
    (folder / "generation_config.json").unlink(missing_ok=True)


for seed, (name, config) in enumerate(bases.items()):
    torch.manual_seed(seed)
    config.initializer_range = 0.25
    net = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for key, value in net.named_parameters():
            if value.dim() == 1:
                value.add_(torch.randn_like(value) * 0.1)
    net.save_pretrained(root / name)
    tidy(root / name)

cases = [{"name": base, "base": base, "adapters": [], "logprobs": logprobs(fresh(base))} for base in bases]
deltas = {}
for seed, (name, (base, settings)) in enumerate(variants.items()):
    torch.manual_seed(100 + seed)
    net = get_peft_model(fresh(base), LoraConfig(task_type="CAUSAL_LM", **settings))
    with torch.no_grad():
        for key, value in net.named_parameters():
            if "lora_" in key and "magnitude" not in key:
                value.normal_(std=0.3)
            elif "magnitude" in key:
                value.mul_(1 + 0.3 * torch.rand_like(value))
            elif "modules_to_save" in key:
                value.add_(torch.randn_like(value) * 0.1)
    net.save_pretrained(root / name)
    tidy(root / name)
    loaded = PeftModel.from_pretrained(fresh(base), root / name).eval()
    cases.append({"name": name, "base": base, "adapters": [[name, 1.0]], "logprobs": logprobs(loaded)})
    deltas[name] = {}
    for key, module in loaded.named_modules():
        if hasattr(module, "lora_A") and hasattr(module, "get_delta_weight") and "default" in module.scaling:
            delta = module.get_delta_weight("default").detach().double()
            deltas[name][key.removeprefix("base_model.model.")] = [
                delta.pow(2).sum().item(), delta.flatten()[0].item(), delta.flatten()[-1].item()]
    if name in ("all_linear", "patterns", "saved", "dora", "head"):
        with loaded.disable_adapter():
            cases.append({"name": name + " off", "base": base, "adapters": [[name, 0.0]], "logprobs": logprobs(loaded)})
        cases.append({"name": name + " merged", "base": base, "adapters": [[name, 1.0]],
                      "logprobs": logprobs(loaded.merge_and_unload())})

for scales in ([0.7, 1.5], [2.0, 0.0], [1.0, 1.0]):
    pair = ["patterns", "root_scale"]
    net = PeftModel.from_pretrained(fresh("base"), root / pair[0], adapter_name="a").eval()
    net.load_adapter(root / pair[1], adapter_name="b")
    used = [(n, s) for n, s in zip("ab", scales) if s]
    net.add_weighted_adapter([n for n, _ in used], [s for _, s in used], "c", combination_type="cat")
    net.set_adapter("c")
    cases.append({"name": f"{pair} {scales}", "base": "base", "adapters": [list(p) for p in zip(pair, scales)],
                  "logprobs": logprobs(net)})

with open(root / "expected.json", "w") as file:
    json.dump({"ids": ids, "cases": cases, "deltas": deltas}, file, indent=0)
    file.write("\n")
