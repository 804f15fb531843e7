#!/usr/bin/env python3
"""Expected token ids for tests/baker/tokenizer_test.cpp, from Hugging Face's tokenizers.

    python tools/goldens/tokenizer.py MODEL.gguf DATA_FOLDER > tests/golden/tokenizer_smollm2.jsonl

MODEL.gguf is the default model. The transformers conversion of its tokenizer drops the rule that every digit stands
alone, so the pre-tokenizer is set to what the model's own tokenizer.json has. DATA_FOLDER holds tokenizer_golden/ and
tokenizers/: the texts of llama.cpp's vocabulary tests come from there, and other tokenizer.json files whose ids for the
same hard strings are written too.

Each line: {"tokenizer", "text", "ids"} with special tokens parsed; "plain" has the ids when they are not, where they differ;
"decoded" is the decoded text with special tokens skipped, where it is not the text.
"""
import json
import pathlib
import sys

from tokenizers import Tokenizer, pre_tokenizers
from transformers import AutoTokenizer

WHITE_SPACE = [0x9, 0xA, 0xB, 0xC, 0xD, 0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0x85, 0xA0, 0x1680, 0x180E, *range(0x2000, 0x200B),
               0x200B, 0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF]

FAMILY = "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"

PARTS = [
    # digits next to letters and white space
    "\n\n1", "\n1", " 1", "  1", "a1", "1a", "a1b2c3", "12 + 7 = 19", "3.14159", "1,000,000", "2024-05-17T08:30:00Z", "x1 = y2",
    "0x1F", "1st 2nd 3rd", "v1.2.3", "\t42", "1\n2\n3", "１２３", "٣٤٥", "½ ⅓ ²³", "Ⅷ Ⅻ", "①②③", "৪৫", "1️⃣2️⃣", "3 \n 4", "100%", "$5.99",
    "५ apples", "7  8   9", " 12", "\u00a012", "1e-5", "-273", "a 1 b 2", "(1)(2)", "1'2", "5's", "𝟘𝟙𝟚",
    # contractions
    "don't", "I'm you're he'll we've they'd it's", "DON'T", "I'M YOU'RE", "'s", "''s", " 's", "'tis", "rock'n'roll", "y'all'd've",
    "’s don’t", "l'été", "'re're", "'S 'T 'LL", "o'clock's", "'ll've", "can't've", "\n's",
    # emoji
    "😀", "😀😀😀", "👍🏽", FAMILY, "🏳️‍🌈", "🇩🇪🇫🇷", "🧑‍🚀 in 🚀", "❤️", "☺", "☺️", "a😀b", "1😀2", "✅❌", "🤷🏽‍♀️", "🫠", " 😀 ", "😀\n😀",
    # scripts
    "你好，世界", "東京タワー", "こんにちは", "안녕하세요", "ㅎㅎ", "ไทยแลนด์", "हिन्दी में", "বাংলা", "தமிழ்", "Привет, мир!", "Ελληνικά", "Ñandú", "Straße",
    "ﬁ ﬂ", "İstanbul ıI", "Đặng Văn", "ქართული", "አማርኛ", "ᚠᚢᚦ", "𝒳𝒴𝒵", "𐍈", "ʻokina", "ªº", "ǅ", "ⅷ", "中1文2", "日本語123テスト", "漢字\u3000漢字",
    # combining and normal forms
    "e\u0301", "\u00e9", "n\u0303o", "a\u0300\u0301\u0302\u0303", "Z\u0351\u036b\u0343a\u0318l\u0321go\u0358", "\u0301", " \u0301x", "ö o\u0308",
    "\u1100\u1161\u11a8", "각", "क्ष", "x\u20d7", "A\u030a", "\u212b", "e\u0327\u0301",
    # right to left
    "שלום עולם", "مرحبا بالعالم", "‏עברית‎", "العدد ٤٢", "שָׁלוֹם", "abc שלום def", "\u202eabc\u202c", "اَلسَّلَامُ", "لا إله", "پارسی می\u200cخواهم",
    # code
    "def f(x):\n    return x + 1\n", "if (a == b) {\n\treturn;\n}", "for(int i=0;i<10;++i)", "x->y.z", "a && b || !c", "#include <stdio.h>",
    "https://example.org/a?b=c&d=%20#e", "user@example.com", "SELECT * FROM t WHERE id=1;", "{\"a\": [1, 2, {\"b\": null}]}", "<div class=\"x\">",
    "\\n\\t\\\\", "```python\nprint('hi')\n```", "$\\frac{1}{2}$", "C++ C# F#", "snake_case_name", "camelCaseName", "CONSTANT_NAME_2", "--flag=value",
    "a\r\nb\r\n", "\tif x:\n\t\ty", "    four\n        eight", "//////", "/* c */", "=>", "!==", "::", "...", "…", "'''doc'''", "f\"{x!r:>10}\"",
    # runs
    " " * 2, " " * 7, " " * 33, "\n" * 5, "\t" * 6, "a" * 50, "A" * 70, "0" * 20, "!" * 40, "-" * 80, "=" * 33, "ab" * 40, "na" * 30, ". " * 20,
    " \n" * 9, "\n " * 9, "\r\n" * 4, "é" * 20, "漢" * 15, "😀" * 10, "hello " * 12, "  a  b  c  ", "x   ", "   x", "a \n b", "a\n\nb", "a \n\n b", " \t \n ",
    # special tokens written out
    "<|im_end|>", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", "a<|im_end|>b", " <|im_end|> ", "<|im_end|><|im_end|>", "<|im_end", "|im_end|>",
    "<<|im_end|>>", "<|endoftext|>", "<|endoftext|>\n1", "<repo_name>x", "<file_sep>", "<|IM_END|>", "< |im_end|>", "<|im_end|>1", "1<|im_start|>2",
    "\n<|im_start|>", "don't<|im_end|>'s", "<s>a</s>", "<unk>", "<|im_start|>system\n<|im_end|>\n", "<jupyter_code>1", "<empty_output>", "<|im_<|im_end|>",
    # names, long words, mixtures
    "antidisestablishmentarianism", "Pneumonoultramicroscopicsilicovolcanoconiosis", "Llanfairpwllgwyngyll", "supercalifragilisticexpialidocious",
    "Arrr, matey! Ye be needin' 3 doubloons.", "The quick brown fox jumps over the lazy dog.", "iPhone15Pro", "COVID-19", "e.g., i.e., etc.", "Mr. O'Neil-Smith",
    "naïve café résumé", "“quoted” ‘text’", "—dash–dash-", "100€ £50 ¥30", "50°C", "a\u00adb", "a\u200bb", "a\ufeffb", "\ufeffstart", "a\u2060b", "\u0000", "a\u0000b",
    "\u0001\u0002\u0003", "\u007f", "\u0080\u009f", "\ufffd", "\uffff", "\U0010ffff", "\ue000", "\ufdd0", "", "a", " ", "\n", "Ġ", "Ġthe", "▁", "▁the", "Ċ", "<0x0A>",
    "word\u00a0word", "tab\tword", "a\u3000b", "x\u2028y", "m²", "H₂O", "½cup", "ﷺ", "ẞ", "ſ", "'ſ", "K",
]


def hard_strings():
    strings = list(PARTS)
    for code in WHITE_SPACE:
        c = chr(code)
        strings += [c, f"a{c}b", f"{c}{c}a", f"1{c}{c}1", f" {c}!"]
    return list(dict.fromkeys(strings))


def llama_cpp_texts(data):
    text = (data / "tokenizer_golden/llama.cpp/ggml-vocab-gpt-2.gguf.inp").read_bytes().decode("utf-8")
    return text.split("\n__ggml_vocab_test__\n")


def default_tokenizer(gguf):
    converted = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    backend = converted.backend_tokenizer
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return backend


def rows(name, tokenizer, strings):
    tokenizer.no_truncation()
    for text in strings:
        tokenizer.encode_special_tokens = False
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        row = {"tokenizer": name, "text": text, "ids": ids}
        tokenizer.encode_special_tokens = True
        plain = tokenizer.encode(text, add_special_tokens=False).ids
        if plain != ids:
            row["plain"] = plain
        decoded = tokenizer.decode(ids, skip_special_tokens=True)
        if decoded != text:
            row["decoded"] = decoded
        yield row


def main():
    gguf, data = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    strings = hard_strings() + [text for text in llama_cpp_texts(data) if text]
    sources = [("smollm2", default_tokenizer(gguf), strings)]
    for name, path in [("gpt2", "tokenizers/gpt2/tokenizer.json"), ("phi3", "tokenizers/phi-3-mini/tokenizer.json"),
                       ("stories260K", "models/stories260K-hf/tokenizer.json"), ("tiny_bpe", "tokenizers/tiny_bpe/tiny_bpe_tokenizer.json")]:
        sources.append((name, Tokenizer.from_file(str(data / path)), hard_strings()))
    for name, tokenizer, texts in sources:
        for row in rows(name, tokenizer, texts):
            print(json.dumps(row, ensure_ascii=True, separators=(",", ":")))


if __name__ == "__main__":
    main()
