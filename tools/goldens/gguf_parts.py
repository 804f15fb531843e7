#!/usr/bin/env python3
"""A small model in several GGUF files, written by the gguf package (0.19), for tests/baker/gguf_test.cpp.

    python tools/goldens/gguf_parts.py tests/golden/gguf_parts

Three tensors of one value each repeated (1, 2, 3), one a file; the package makes four parts, the first without tensors.
"""
import pathlib
import sys

import numpy
from gguf import GGUFWriter


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(folder / "tiny.gguf", "llama", split_max_tensors=1, small_first_shard=True)
    writer.add_uint32("llama.block_count", 7)
    for i, shape in enumerate([(2, 3), (4,), (1, 5)]):
        writer.add_tensor(f"w{i}", numpy.full(shape, i + 1, dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
