#!/usr/bin/env python3
"""Expected values for tests/baker/gguf_test.cpp, from the gguf package's dequantisation.

    python tools/goldens/dequantize.py MODEL.gguf > tests/golden/dequantize.json

"blocks": random blocks of each encoding as hexadecimal bytes, with the values' own bytes (little-endian fp32), also
hexadecimal. "halves_sha256": all 65,536 halves as fp32. "default_model": SHA-256 of each tensor's values.
"""
import hashlib
import json
import sys

import numpy
from gguf import GGMLQuantizationType, GGUFReader
from gguf.quants import dequantize

BLOCKS = {"F32": (4, 32), "F16": (2, 64), "BF16": (2, 64), "Q8_0": (34, 4), "Q4_0": (18, 4), "Q4_1": (20, 4)}
SCALES = {"Q8_0": 1, "Q4_0": 1, "Q4_1": 2}


def stored_blocks(name, random):
    size, count = BLOCKS[name]
    data = random.integers(0, 256, (count, size), dtype=numpy.uint8)
    scales = SCALES.get(name, 0)
    # Scales are normal, subnormal and negative numbers, so that the values are finite.
    choices = numpy.array([0.0123, -1.5, 6e-8, 40.0], dtype=numpy.float16)
    for block in range(count):
        for i in range(scales):
            data[block, 2 * i:2 * i + 2] = numpy.frombuffer(choices[(block + i) % 4].tobytes(), numpy.uint8)
    return data


def main():
    random = numpy.random.default_rng(7)
    blocks = []
    for name in BLOCKS:
        data = stored_blocks(name, random).reshape(1, -1)
        values = dequantize(data, GGMLQuantizationType[name]).astype(numpy.float32)
        blocks.append({"encoding": name, "bytes": data.tobytes().hex(), "values": values.tobytes().hex()})
    halves = numpy.arange(65536, dtype=numpy.uint16).view(numpy.float16).astype(numpy.float32)
    tensors = {}
    for tensor in GGUFReader(sys.argv[1]).tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        shape = [int(n) for n in reversed(tensor.shape)]
        tensors[tensor.name] = {"dtype": tensor.tensor_type.name, "shape": shape,
                                "sha256": hashlib.sha256(numpy.ascontiguousarray(values).tobytes()).hexdigest()}
    result = {"blocks": blocks, "halves_sha256": hashlib.sha256(halves.tobytes()).hexdigest(), "default_model": tensors}
    print(json.dumps(result, indent=0))


if __name__ == "__main__":
    main()
