#!/usr/bin/env python3
"""Writes a GGUF model as a Hugging Face folder, for yardsticks and golden files. Never needed to build or run Bakeoff.

    convert_model.py MODEL.gguf OUT_DIR

Needs torch, transformers and gguf. The weights are the dequantised ones in fp32: the numbers that Bakeoff computes with.
transformers' conversion of a `smollm` tokenizer drops the rule that every digit stands alone; it is restored here, and
checked with a number. llama.cpp's tokenizer agrees with the restored rule.
"""
import argparse
import json
import pathlib

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

DIGITS_THEN_BYTES = {
    "type": "Sequence",
    "pretokenizers": [
        {"type": "Digits", "individual_digits": True},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    ],
}


def save_plain_weights(place: dict, out: pathlib.Path) -> None:
    """transformers refuses to save a model that came from GGUF, so its weights move into a model without that mark."""
    dequantised = AutoModelForCausalLM.from_pretrained(**place, dtype=torch.float32)
    config = AutoConfig.from_pretrained(**place)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(dequantised.state_dict())
    plain.save_pretrained(out)


def restore_digit_rule(folder: pathlib.Path) -> None:
    file = folder / "tokenizer.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["pre_tokenizer"] = DIGITS_THEN_BYTES
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def check_digit_rule(folder: pathlib.Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    pieces = tokenizer.convert_ids_to_tokens(tokenizer("in 2024", add_special_tokens=False).input_ids)
    if pieces[-4:] != ["2", "0", "2", "4"]:
        raise SystemExit(f"{folder}: the digit rule is not in effect: 'in 2024' became {pieces}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    arguments = parser.parse_args()
    place = {"pretrained_model_name_or_path": str(arguments.model.parent), "gguf_file": arguments.model.name}
    save_plain_weights(place, arguments.out)
    AutoTokenizer.from_pretrained(**place).save_pretrained(arguments.out)
    restore_digit_rule(arguments.out)
    check_digit_rule(arguments.out)


if __name__ == "__main__":
    main()
