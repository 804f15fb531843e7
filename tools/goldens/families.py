#!/usr/bin/env python3
"""Tiny random checkpoints of every model family with what transformers says about them, in float32 with eager attention.

    families.py OUT [NAME...]        # tests/golden/families

For each variant a folder with config.json, model.safetensors, expected.json, and for some model.gguf. Needs torch,
transformers, safetensors and gguf. Weights are random, spread so that outputs are far from uniform, and rounded to
bfloat16, in which they are stored. expected.json has for each prompt the natural log-probability of every id after the
first, the five best next ids, and a greedy continuation without a cache; beside each step how far the second best was
behind (natural logarithm). GGUF files are written after the rules of llama.cpp's conversion/ folder: names from the gguf package, rows of q and k
as pairs for llama and smollm3, 1 added to Gemma's norms, GPT-2's matrices turned, rotary factors as tensors.
"""
import json
import math
import pathlib
import shutil
import sys
import zlib

import gguf
import numpy as np
import torch
import transformers
from safetensors.torch import save_file

torch.set_num_threads(1)
VOCABULARY, NEW, CONTEXT, END = 96, 24, 96, 0
LENGTHS = [1, 2, 7, 19, 41, 70]
SIZES = dict(vocab_size=VOCABULARY, hidden_size=24, intermediate_size=36, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=CONTEXT, bos_token_id=1, eos_token_id=END, pad_token_id=END)
ORIGINAL = 16


def rope(kind, **members):
    return dict(rope_parameters=dict(rope_type=kind, rope_theta=10000.0, **members))


def longrope(pairs):
    return rope("longrope", partial_rotary_factor=0.75, short_factor=[1.0 + 0.05 * i for i in range(pairs)],
                long_factor=[1.5 + 0.9 * i for i in range(pairs)], original_max_position_embeddings=32)


GEMMA = dict(head_dim=10, query_pre_attn_scalar=10, tie_word_embeddings=True)
LLAMA3 = rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=ORIGINAL)
YARN = rope("yarn", factor=6.0, original_max_position_embeddings=ORIGINAL)
# name: (configuration class, changes to SIZES, also as GGUF)
VARIANTS = {
    "llama_plain": ("Llama", dict(), True),
    "llama_biases_one_head": ("Llama", dict(attention_bias=True, mlp_bias=True, tie_word_embeddings=True, hidden_size=20,
                                            num_attention_heads=1, num_key_value_heads=1), True),
    "llama_llama3": ("Llama", dict(num_attention_heads=2, num_key_value_heads=1, head_dim=16, **LLAMA3), True),
    "llama_linear": ("Llama", rope("linear", factor=3.0), True),
    "llama_yarn": ("Llama", dict(num_attention_heads=2, num_key_value_heads=1, head_dim=16, **YARN), True),
    "llama_yarn_options": ("Llama", rope("yarn", factor=6.0, original_max_position_embeddings=ORIGINAL, beta_fast=4.0,
                                         beta_slow=0.5, truncate=False, mscale=0.7, mscale_all_dim=0.3), False),
    "llama_yarn_factor": ("Llama", rope("yarn", factor=6.0, original_max_position_embeddings=ORIGINAL,
                                        attention_factor=0.8), False),
    "mistral_window": ("Mistral", dict(sliding_window=7), False),
    "mistral_plain": ("Mistral", dict(sliding_window=None, head_dim=12, num_attention_heads=3, num_key_value_heads=1), True),
    "qwen2_plain": ("Qwen2", dict(tie_word_embeddings=True), True),
    "qwen2_window": ("Qwen2", dict(num_hidden_layers=3, use_sliding_window=True, sliding_window=6, max_window_layers=1), False),
    "qwen2_layer_types": ("Qwen2", dict(use_sliding_window=True, sliding_window=5,
                                        layer_types=["sliding_attention", "full_attention"]), False),
    "qwen2_yarn": ("Qwen2", YARN, True),
    "qwen3_plain": ("Qwen3", dict(tie_word_embeddings=True, head_dim=10), True),
    "qwen3_window_biases": ("Qwen3", dict(head_dim=8, attention_bias=True, use_sliding_window=True, sliding_window=18,
                                          max_window_layers=1), False),
    "phi3_window": ("Phi3", dict(sliding_window=9, partial_rotary_factor=0.5, num_attention_heads=3, num_key_value_heads=3), True),
    "phi3_odd_head": ("Phi3", dict(hidden_size=14, num_attention_heads=2, num_key_value_heads=1,
                                   partial_rotary_factor=0.6), False),
    "phi3_longrope": ("Phi3", dict(hidden_size=16, num_attention_heads=2, num_key_value_heads=2,
                                   original_max_position_embeddings=32, **longrope(3)), True),
    "gemma2_plain": ("Gemma2", dict(GEMMA, sliding_window=5, attn_logit_softcapping=2.0, final_logit_softcapping=4.0), True),
    "gemma2_no_caps": ("Gemma2", dict(GEMMA, query_pre_attn_scalar=23, sliding_window=17, num_hidden_layers=3,
                                      attn_logit_softcapping=None, final_logit_softcapping=None), False),
    "gemma3_plain": ("Gemma3Text", dict(GEMMA, sliding_window=6, num_hidden_layers=3,
                                        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                                        rope_parameters=dict(
                                            full_attention=dict(rope_type="linear", factor=4.0, rope_theta=50000.0),
                                            sliding_attention=dict(rope_type="default", rope_theta=900.0))), True),
    "gemma3_cap": ("Gemma3Text", dict(GEMMA, query_pre_attn_scalar=19, sliding_window=3, num_hidden_layers=7,
                                       tie_word_embeddings=False, attention_bias=True, final_logit_softcapping=5.0), False),
    "smollm3_plain": ("SmolLM3", dict(num_hidden_layers=4), True),
    "smollm3_layers": ("SmolLM3", dict(num_hidden_layers=3, no_rope_layers=[0, 1, 0], attention_bias=True, mlp_bias=True,
                                       tie_word_embeddings=False, use_sliding_window=True, sliding_window=8), False),
    "gpt2_plain": ("GPT2", dict(n_head=3, n_embd=21), True),
    "gpt2_untied": ("GPT2", dict(n_head=1, n_embd=16, n_inner=30, activation_function="gelu", tie_word_embeddings=False), False),
}


def make_model(name):
    kind, changes, _ = VARIANTS[name]
    if kind == "GPT2":
        sizes = dict(vocab_size=VOCABULARY, n_positions=CONTEXT, n_layer=2, bos_token_id=1, eos_token_id=END)
    else:
        sizes = SIZES
    config = getattr(transformers, kind + "Config")(**(sizes | changes))
    config._attn_implementation = "eager"
    head = {"GPT2": "GPT2LMHeadModel", "Gemma3Text": "Gemma3ForCausalLM"}.get(kind, kind + "ForCausalLM")
    config.architectures = [head]
    model = getattr(transformers, head)(config).float().eval()
    random = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    with torch.no_grad():
        for key, value in model.named_parameters():
            draw = torch.randn(value.shape, generator=random)
            if value.dim() == 1 and key.endswith("weight"):
                draw = draw * 0.3 + (0.0 if kind.startswith("Gemma") else 1.0)
            elif value.dim() == 1:
                draw = draw * 0.5
            elif "embed" in key or "wte" in key or "wpe" in key:
                draw = draw * (0.3 if kind.startswith("Gemma") else 0.8)
            else:
                draw = draw * (1.3 / math.sqrt(value.shape[0] if kind == "GPT2" and "lm_head" not in key else value.shape[1]))
            value.copy_(draw.bfloat16().float())
    return model


def logits_of(model, ids):
    with torch.no_grad():
        return torch.log_softmax(model(torch.tensor([ids]), use_cache=False).logits[0].double(), -1)


def greedy(model, ids):
    new, margins = [], []
    while len(new) < NEW and (not new or new[-1] != END):
        best = torch.topk(logits_of(model, ids + new)[-1], 2)
        new.append(int(best.indices[0]))
        margins.append(round((best.values[0] - best.values[1]).item(), 6))
    return new, margins


def expected(model, name):
    prompts = []
    random = np.random.default_rng(zlib.crc32(name.encode()) + 1)
    for length in LENGTHS:
        ids = [int(i) for i in random.integers(1, VOCABULARY, length)]
        logp = logits_of(model, ids)
        top = torch.topk(logp[-1], 5)
        # longrope switches when an answer crosses its line, in transformers; here the request decides
        crosses = "longrope" in name and length <= 32 < length + NEW
        new, margins = ([], []) if crosses else greedy(model, ids)
        prompts.append({"ids": ids, "logprobs": [round(logp[i - 1, ids[i]].item(), 6) for i in range(1, length)],
                        "next_top": [[int(i), round(v.item(), 6)] for i, v in zip(top.indices, top.values)],
                        "greedy": new, "margins": margins})
    return {"context": CONTEXT, "prompts": prompts}


def save_folder(model, out):
    state = {k: v.bfloat16().contiguous() for k, v in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        state.pop("lm_head.weight")
    save_file(state, out / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict()
    keep = {k: v for k, v in config.items() if not k.startswith("_") and k not in ("transformers_version", "dtype")}
    (out / "config.json").write_text(json.dumps(keep, indent=1) + "\n")


def permute(weight, heads):
    """conversion/llama.py, LlamaModel.permute."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def llama3_factors(config, parameters):
    """conversion/llama.py, generate_extra_tensors."""
    dim = config.head_dim
    frequencies = 1.0 / (parameters["rope_theta"] ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim))
    low = parameters["original_max_position_embeddings"] / parameters["low_freq_factor"]
    high = parameters["original_max_position_embeddings"] / parameters["high_freq_factor"]
    factors = []
    for frequency in frequencies:
        wavelength = 2 * math.pi / frequency
        if wavelength < high:
            factors.append(1)
        elif wavelength > low:
            factors.append(parameters["factor"])
        else:
            smooth = (parameters["original_max_position_embeddings"] / wavelength - parameters["low_freq_factor"]) / (
                parameters["high_freq_factor"] - parameters["low_freq_factor"])
            factors.append(1 / ((1 - smooth) / parameters["factor"] + smooth))
    return np.array(factors, dtype=np.float32)


def write_keys(writer, config, architecture):
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_eos_token_id(END)
    if architecture == "gpt2":
        writer.add_feed_forward_length(config.n_inner or 4 * config.n_embd)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_key_length(head)
    writer.add_value_length(head)
    parameters = config.rope_parameters
    if architecture == "gemma3":
        local = parameters["sliding_attention"]
        parameters = parameters["full_attention"]
        writer.add_rope_freq_base_swa(local["rope_theta"])
    writer.add_rope_freq_base(parameters["rope_theta"])
    if architecture != "gemma3" and architecture != "gemma2":
        writer.add_rope_dimension_count(int(head * parameters.get("partial_rotary_factor", 1.0)))
    if parameters["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(parameters["factor"])
    if parameters["rope_type"] == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(parameters["factor"])
        writer.add_rope_scaling_orig_ctx_len(parameters["original_max_position_embeddings"])
    if parameters["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_factors(config, parameters))
    if architecture == "phi3":
        original = parameters.get("original_max_position_embeddings", config.original_max_position_embeddings)
        writer.add_rope_scaling_orig_ctx_len(original)
        writer.add_sliding_window(config.sliding_window or 0)
        if "long_factor" in parameters:
            scale = config.max_position_embeddings / original
            writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(scale) / math.log(original)))
            writer.add_tensor("rope_factors_long.weight", np.array(parameters["long_factor"], dtype=np.float32))
            writer.add_tensor("rope_factors_short.weight", np.array(parameters["short_factor"], dtype=np.float32))
    if architecture.startswith("gemma"):
        writer.add_sliding_window(config.sliding_window)
        if config.attn_logit_softcapping:
            writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        if config.final_logit_softcapping:
            writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if architecture == "gemma3":
        writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config.layer_types])


def converted(name, value, config, architecture):
    """The tensor as the file keeps it: conversion/llama.py, gemma.py and gpt2.py."""
    if architecture in ("llama", "smollm3"):
        for projection, heads in (("q_proj", config.num_attention_heads), ("k_proj", config.num_key_value_heads)):
            if projection in name:
                value = permute(value, heads)
    if architecture.startswith("gemma") and name.endswith("norm.weight"):
        value = value + 1
    if architecture == "gpt2" and name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
        value = value.T
    return np.ascontiguousarray(value.numpy())


def save_gguf(model, kind, file):
    architecture = {"Mistral": "llama", "Gemma3Text": "gemma3"}.get(kind, kind.lower())
    config = model.config
    writer = gguf.GGUFWriter(file, architecture)
    write_keys(writer, config, architecture)
    names = gguf.get_tensor_name_map(getattr(gguf.MODEL_ARCH, architecture.upper()), config.num_hidden_layers)
    for key, value in model.state_dict().items():
        if key == "lm_head.weight" and config.tie_word_embeddings:
            continue
        array = converted(key, value.float(), config, architecture)
        target = names.get_name(key, try_suffixes=(".weight", ".bias"))
        if array.ndim == 1:
            writer.add_tensor(target, array)
        else:
            encoding = gguf.GGMLQuantizationType.BF16
            writer.add_tensor(target, gguf.quants.quantize(array, encoding), raw_dtype=encoding)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    out, wanted = pathlib.Path(sys.argv[1]), sys.argv[2:]
    for name, (kind, _, also_gguf) in VARIANTS.items():
        if wanted and name not in wanted:
            continue
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        model = make_model(name)
        save_folder(model, folder)
        if also_gguf:
            save_gguf(model, kind, folder / "model.gguf")
        answers = expected(model, name)
        (folder / "expected.json").write_text(json.dumps(answers) + "\n")
        spread = sum(sum(p["logprobs"]) for p in answers["prompts"]) / sum(len(p["logprobs"]) for p in answers["prompts"])
        print(f"{name}: mean log-probability of random ids {spread:.2f}, uniform {-math.log(VOCABULARY):.2f}")


main()
