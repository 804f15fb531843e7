#!/usr/bin/env python3
"""Small files for tests/baker/safetensors_test.cpp, written by the safetensors package.

    python tools/goldens/safetensors_files.py tests/golden
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file


def main():
    folder = pathlib.Path(sys.argv[1])
    values = torch.tensor([[1.0, -2.5, 3e-5], [0.1, 65504.0, -0.0]])
    kinds = {"f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
    tensors = {name: values.to(kind) for name, kind in kinds.items()}
    tensors["i64"] = torch.tensor([1, 2, 3])
    tensors["scalar"] = torch.tensor(7.0)
    tensors["empty"] = torch.zeros(0, 4)
    save_file(tensors, folder / "mixed.safetensors", metadata={"format": "pt", "note": "mixed"})
    adapter = {"b.lora_A.weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "a.lora_B.weight": torch.tensor([0.5, -0.5, 0.25])}
    save_file(adapter, folder / "two_f32.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    main()
