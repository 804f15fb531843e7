#!/usr/bin/env python3
"""Compares `bakeoff tokenize` with Hugging Face's tokenizers on strings drawn from a seed.

    python tools/goldens/tokenizer_fuzz.py FOLDER... [--strings 20000] [--seed 0] [--program BAKEOFF]

Each FOLDER holds a tokenizer.json, of a published model or made by tokenizer_trained.py. Strings mix scripts, digits,
spaces, emoji, combining marks, control characters, code, words and the tokenizer's own tokens, special ones among them.
For each string the ids with and without special tokens, and the text of the ids, have to be equal. Prints a line for
each folder, and the first strings that differ; exit 1 if any does.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys

from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
RANGES = [(0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x590, 0x6FF), (0x900, 0x97F),
          (0xE00, 0xE7F), (0x1100, 0x11FF), (0x2000, 0x206F), (0x2190, 0x22FF), (0x3000, 0x30FF), (0x4E00, 0x9FFF),
          (0xAC00, 0xD7A3), (0xFB00, 0xFB4F), (0xFF00, 0xFFEF), (0x1F300, 0x1FAFF), (0x1D400, 0x1D7FF), (0x0, 0x1F),
          (0xE000, 0xE0FF), (0x10FF00, 0x10FFFF)]
WORDS = ("the quick don't I'LL we've HELLO camelCase snake_case http://a.b/c?d=e x+=1; 3.14159 1,000,000 2024-07-26 $5 #tag @me "
         "naïve Straße İstanbul ΟΔΟΣ привет 你好 こんにちは 안녕 שלום مرحبا नमस्ते 👩‍👩‍👧 🇩🇪 e\u0301 \ufeff ﬁ ½ <s> </s> [INST] <0x41> ▁a Ġb").split()
SPACES = [" ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", " \n ", "\u00a0", "\u3000", "\u200b", "\u2028", "\x85", ""]


def draw_piece(random_, tokens):
    kind = random_.random()
    if kind < 0.25:
        return random_.choice(WORDS)
    if kind < 0.45:
        return random_.choice(SPACES)
    if kind < 0.6:
        return random_.choice(tokens)
    if kind < 0.7:
        return "".join(random_.choice("0123456789") for _ in range(random_.randint(1, 9)))
    low, high = random_.choice(RANGES)
    return "".join(chr(random_.randint(low, high)) for _ in range(random_.randint(1, 6)))


def draw(random_, tokens):
    return "".join(draw_piece(random_, tokens) for _ in range(random_.randint(0, 12)))


def convert(program, folder, rows, *options):
    told = subprocess.run([program, "tokenize", "--model", folder, "--quiet", *options], capture_output=True, text=True,
                          input="".join(json.dumps(row) + "\n" for row in rows))
    if told.returncode:
        sys.exit(told.stderr)
    return [json.loads(line) for line in told.stdout.split("\n") if line]  # splitlines() knows more ends


def compare(program, folder, count, seed):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    random_ = random.Random(seed)
    tokens = sorted(tokenizer.get_vocab())
    texts = [draw(random_, tokens) for _ in range(count)]
    rows = [{"text": text} for text in texts]
    ours = {special: [row["ids"] for row in convert(program, folder, rows, *([] if special else ["--no-special"]))]
            for special in (True, False)}
    theirs = {special: [found.ids for found in tokenizer.encode_batch(texts, add_special_tokens=special)]
              for special in (True, False)}
    decoded = [row["text"] for row in convert(program, folder, [{"ids": ids} for ids in theirs[False]], "--decode")]
    expected = tokenizer.decode_batch(theirs[False], skip_special_tokens=False)
    different = []
    for i, text in enumerate(texts):
        for what, found, wanted in (("ids", ours[False][i], theirs[False][i]), ("with special", ours[True][i], theirs[True][i]),
                                    ("decoded", decoded[i], expected[i])):
            if found != wanted:
                different.append(f"  {what} of {json.dumps(text)}\n    found    {json.dumps(found)}\n    expected {json.dumps(wanted)}")
                break
    print(f"{folder.name}: {count - len(different)} of {count} equal", flush=True)
    print("\n".join(different[:5]), end="\n" if different else "")
    return not different


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--strings", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/bin/bakeoff")
    arguments = parser.parse_args()
    equal = [compare(arguments.program, folder, arguments.strings, arguments.seed) for folder in arguments.folders]
    sys.exit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
