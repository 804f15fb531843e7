#!/usr/bin/env python3
"""Expected values for baker/formats, from the gguf package (0.19), which is independent of our dequantisation.

    python tools/goldens/dequantize.py MODEL.gguf > tests/golden/dequantize.json

"blocks": random blocks of each encoding as hexadecimal bytes, with the values' own bytes (little-endian fp32), also
hexadecimal. "rows": real weights, 2 rows of MODEL's first attention matrix that the package quantised ("bytes"), with
its values again. "many": SHA-256 of the values of 512 random blocks; block i is made of the 32-byte digests of
"ENCODING i 0", "ENCODING i 1", ..., cut to its size, with the scales of "blocks" put over their places. "halves_sha256":
all 65,536 halves as fp32. "default_model": SHA-256 of each tensor's values.

F64 and Q8_K are not read by the package: their values are numpy's own arithmetic on ggml's block_q8_K.
"""
import hashlib
import json
import sys

import numpy
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFReader
from gguf.quants import dequantize, quantize

BLOCKS = {"F32": 32, "F16": 64, "BF16": 64, "F64": 8, "Q8_0": 4, "Q4_0": 4, "Q4_1": 4, "Q5_0": 4, "Q5_1": 4,
          "Q2_K": 2, "Q3_K": 2, "Q4_K": 2, "Q5_K": 2, "Q6_K": 2, "Q8_K": 2}
# Where the half-precision scales of a block lie, in bytes.
SCALES = {"Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
# Normal, subnormal and negative numbers, so that the values are finite.
CHOICES = [0.0123, -1.5, 6e-8, 40.0]


def set_scales(name, data):
    for block in range(len(data)):
        for i, at in enumerate(SCALES.get(name, [])):
            data[block, at:at + 2] = numpy.array(CHOICES[(block + i) % 4], dtype="<f2").reshape(1).view(numpy.uint8)
        if name == "Q8_K":
            data[block, :4] = numpy.array(CHOICES[block % 4], dtype="<f4").reshape(1).view(numpy.uint8)
        if name == "F64":
            data[block] = numpy.array((block + 1) * CHOICES[block % 4] / 3, dtype="<f8").reshape(1).view(numpy.uint8)
    return data


def values_of(name, data):
    if name == "F64":
        return data.view("<f8").astype(numpy.float32)
    if name == "Q8_K":  # float d; int8 qs[256]; int16 bsums[16]
        return data[:, :4].view("<f4") * data[:, 4:260].view(numpy.int8).astype(numpy.float32)
    return dequantize(data.reshape(1, -1), GGMLQuantizationType[name]).astype(numpy.float32)


def random_block(name, size, index):
    parts = (hashlib.sha256(f"{name} {index} {i}".encode()).digest() for i in range((size + 31) // 32))
    return numpy.frombuffer(b"".join(parts)[:size], numpy.uint8)


def blocks():
    random = numpy.random.default_rng(7)
    for name, count in BLOCKS.items():
        size = GGML_QUANT_SIZES[GGMLQuantizationType[name]][1]
        data = set_scales(name, random.integers(0, 256, (count, size), dtype=numpy.uint8))
        yield {"encoding": name, "bytes": data.tobytes().hex(), "values": values_of(name, data).tobytes().hex()}


def many():
    for name in SCALES:
        size = GGML_QUANT_SIZES[GGMLQuantizationType[name]][1]
        data = set_scales(name, numpy.stack([random_block(name, size, i) for i in range(512)]))
        yield {"encoding": name, "scales": SCALES[name], "sha256": hashlib.sha256(values_of(name, data).tobytes()).hexdigest()}


def rows(reader):
    tensor = next(t for t in reader.tensors if t.name == "blk.0.attn_q.weight")
    weights = dequantize(tensor.data, tensor.tensor_type)[:2, :64].astype(numpy.float32)
    for name in ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"]:  # the package quantises to no others of ours
        data = numpy.ascontiguousarray(quantize(weights, GGMLQuantizationType[name])).view(numpy.uint8)
        values = dequantize(data if name != "F16" else data.view(numpy.float16), GGMLQuantizationType[name])
        yield {"encoding": name, "bytes": data.tobytes().hex(), "values": values.astype(numpy.float32).tobytes().hex()}


def main():
    halves = numpy.arange(65536, dtype=numpy.uint16).view(numpy.float16).astype(numpy.float32)
    reader = GGUFReader(sys.argv[1])
    tensors = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        shape = [int(n) for n in reversed(tensor.shape)]
        tensors[tensor.name] = {"dtype": tensor.tensor_type.name, "shape": shape,
                                "sha256": hashlib.sha256(numpy.ascontiguousarray(values).tobytes()).hexdigest()}
    result = {"blocks": list(blocks()), "rows": list(rows(reader)), "many": list(many()), "scales": CHOICES,
              "halves_sha256": hashlib.sha256(halves.tobytes()).hexdigest(), "default_model": tensors}
    print(json.dumps(result, indent=0))


if __name__ == "__main__":
    main()
