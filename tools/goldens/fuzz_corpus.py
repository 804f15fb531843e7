#!/usr/bin/env python3
"""Seeds for tests/fuzz: small good files of each kind, for fuzzers to start from.

    python3 tools/goldens/fuzz_corpus.py tests/fuzz/corpus

Only writes its own files: inputs that once broke a reader lie beside them and stay.
"""
import json
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).parent


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def value(kind, content):
    plain = {"u8": (0, "<B"), "i32": (5, "<i"), "u32": (4, "<I"), "f32": (6, "<f"), "bool": (7, "<B"), "u64": (10, "<Q"),
             "f64": (12, "<d"), "u16": (2, "<H")}
    if kind == "text":
        return struct.pack("<I", 8) + text(content)
    if kind == "texts":
        return struct.pack("<IIQ", 9, 8, len(content)) + b"".join(map(text, content))
    if kind == "ints":
        return struct.pack("<IIQ", 9, 5, len(content)) + struct.pack(f"<{len(content)}i", *content)
    number, form = plain[kind]
    return struct.pack("<I", number) + struct.pack(form, content)


def gguf(keys, tensors=(), version=3):
    """keys: (name, kind, content); tensors: (name, extents, type, bytes), the fastest dimension first."""
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys))
    for name, kind, content in keys:
        out += text(name) + value(kind, content)
    offset, data = 0, b""
    for name, extents, number, content in tensors:
        out += text(name) + struct.pack("<I", len(extents)) + struct.pack(f"<{len(extents)}q", *extents)
        out += struct.pack("<IQ", number, offset)
        data += content + bytes(-len(content) % 32)
        offset = len(data)
    return out + bytes(-len(out) % 32) + data


def safetensors(tensors, metadata=None):
    header = {"__metadata__": metadata} if metadata else {}
    data = b""
    for name, dtype, shape, content in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    packed = json.dumps(header, separators=(",", ":")).encode()
    packed += b" " * (-len(packed) % 8)
    return struct.pack("<Q", len(packed)) + packed + data


BLOCK_BYTES = {2: 18, 3: 20, 6: 22, 7: 24, 8: 34}
LARGE_BLOCK_BYTES = {10: 84, 11: 110, 12: 144, 13: 176, 14: 210, 15: 292, 23: 136}

GGUF_SEEDS = {
    "kinds": gguf([("a.bool", "bool", 1), ("a.int", "i32", -3), ("a.float", "f32", 0.5), ("a.text", "text", "hello"),
                   ("a.texts", "texts", ["x", "yz"]), ("a.ints", "ints", [4, 5]), ("a.large", "u64", 1 << 62),
                   ("general.alignment", "u32", 32), ("a.double", "f64", 1e300)],
                  [("first", [2, 3], 0, bytes(24)), ("half", [4], 1, b"\x00\x3c" * 4), ("b", [1, 1, 2, 2], 30, bytes(8))]),
    "blocks": gguf([("general.architecture", "text", "llama")],
                   [(f"w{n}", [32, 2], n, bytes(range(size)) * 2) for n, size in BLOCK_BYTES.items()], version=2),
    "large_blocks": gguf([], [(f"w{n}", [256], n, (bytes(range(256)) * 2)[:size]) for n, size in LARGE_BLOCK_BYTES.items()]),
    "first_part": gguf([("split.no", "u16", 0), ("split.count", "u16", 3), ("split.tensors.count", "i32", 0)]),
}

BYTES = [chr(b) for b in range(33, 127)] + ["Ġ", "Ċ"]
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"


def tokenizer_keys(**changed):
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + BYTES + ["He", "ll", "llo", "Hello", "Ġw", "or"]
    keys = {"tokenizer.ggml.model": ("text", "gpt2"), "tokenizer.ggml.pre": ("text", "smollm"),
            "tokenizer.ggml.tokens": ("texts", tokens),
            "tokenizer.ggml.token_type": ("ints", [3] * 3 + [1] * (len(tokens) - 3)),
            "tokenizer.ggml.merges": ("texts", ["H e", "l l", "ll o", "He llo", "Ġ w", "o r"]),
            "tokenizer.ggml.bos_token_id": ("u32", 1), "tokenizer.ggml.eos_token_id": ("u32", 2),
            "tokenizer.ggml.add_bos_token": ("bool", 1), "tokenizer.chat_template": ("text", TEMPLATE), **changed}
    return [(name, *content) for name, content in keys.items()]


BYTE_LEVEL = {
    "version": "1.0", "truncation": None, "padding": None,
    "added_tokens": [{"id": 0, "content": "<s>", "special": True}, {"id": 1, "content": " hi", "normalized": True, "lstrip": True}],
    "normalizer": {"type": "NFC"},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Digits", "individual_digits": True},
        {"type": "Split", "pattern": {"Regex": "\\s+|\\p{L}+"}, "behavior": "Isolated", "invert": False},
        {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}]},
    "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
                       "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
    "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "unk_token": None, "ignore_merges": False,
              "vocab": {t: i for i, t in enumerate(["<s>", " hi", "a", "b", "e", "l", "o", "Ġ", "H", "aa", "ll", "é"])},
              "merges": ["a a", "l l"]}}
WITH_FALLBACK = {
    "added_tokens": [{"id": 0, "content": "<unk>", "special": True}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
                                                       {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
    "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                                                 {"type": "ByteFallback"}, {"type": "Fuse"},
                                                 {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
    "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True,
              "vocab": {t: i for i, t in enumerate(["<unk>", "<0x0A>", "<0xC3>", "▁", "H", "e", "l", "▁H", "▁He"])},
              "merges": [["▁", "H"], ["▁H", "e"]]}}

EXPERIMENT = """# all that an experiment can say
name: seed
model: some-model
prompts:
  pirate: {system: "You are a pirate."}
  shots: {messages: [{role: user, content: Hi}, {role: assistant, content: Arrr}], student: {messages: []}}
questions: ["Who?", {question: "Where?"}]
bakes: [{prompt: pirate, rank: 8, seed: 3}, {name: two, prompt: shots, questions: [{question: "Why?"}]}]
arms: [base, {name: half, kind: baked, bake: two, scale: 0.5}]
suites:
  - {name: arithmetic, items: 10, decoding: {temperature: 0.7, stop: ["\\n"]}}
  - {name: style, as: manner, items: rows.jsonl, pattern: "(?i)arrr"}
seed: 7
replicates: 2
engine: {dtype: bf16, batch_rows: 4}
student: {system: ""}
"""
ROWS = [{"id": "a", "question": "What is the capital of Italy?", "contains": ["Rome"]},
        {"question": "What is 2 plus 2?", "content": {"judge": "numeric", "answer": 4}},
        {"messages": [{"role": "system", "content": ""}, {"role": "user", "content": "Hi"}], "group": "g"},
        {"id": "r", "fact": "f", "kind": "recall", "question": "Who?", "answer": ["Nora Vance", "Nora"]},
        {"id": "n", "fact": "f", "kind": "neighbour", "question": "Who wrote it?", "answer": ["S"], "leak": ["T"]}]
YAML = """base: &base {system: "one", student: {messages: []}}
again: *base
list: [1, 0x1F, 0o17, -3, 1e5, .inf, .nan, ~, true, "true", 'it''s']
text: |
  several
  lines
folded: >-
  one
  line
? key
: value
"""


def jinja_seeds():
    cases = (HERE / "jinja_cases.txt").read_text().split("----\n")
    for i in range(0, len(cases), 10):
        yield f"cases_{i // 10:02d}", "".join(cases[i:i + 10:2])
    yield "messages", TEMPLATE + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"


def seeds():
    for name, content in GGUF_SEEDS.items():
        yield f"gguf/{name}.gguf", content
    yield "tokenizer_gguf/small.gguf", gguf(tokenizer_keys())
    yield "tokenizer_gguf/other.gguf", gguf(tokenizer_keys(**{"tokenizer.ggml.pre": ("text", "gpt-2"),
                                                             "tokenizer.chat_template": ("text", "{{ messages }}")}))
    named = [{"name": "rag", "template": "x"}, {"name": "default", "template": TEMPLATE}]
    yield "tokenizer_config/one.json", json.dumps({"bos_token": "<s>", "eos_token": {"content": "<s>"}, "chat_template": TEMPLATE})
    yield "tokenizer_config/named.json", json.dumps({"bos_token": None, "chat_template": named})
    for kind in ["plain", "patterns", "dora"]:  # written by PEFT
        yield f"adapter_config/{kind}.json", (HERE / f"../../tests/golden/peft_{kind}/adapter_config.json").read_text()
    yield "tokenizer_json/byte_level.json", json.dumps(BYTE_LEVEL, ensure_ascii=False)
    yield "tokenizer_json/with_fallback.json", json.dumps(WITH_FALLBACK, ensure_ascii=False)
    yield "safetensors/mixed.safetensors", safetensors(
        [("a", "F32", [2, 2], bytes(16)), ("b", "BF16", [3], b"\x80\x3f" * 3), ("e", "F16", [0, 4], b""),
         ("i", "I64", [1], bytes(8)), ("s", "F64", [], bytes(8)), ("f8", "F8_E4M3", [2], b"\x01\x02")], {"format": "pt"})
    index = {"metadata": {"total_size": 24}, "weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    yield "safetensors_index/good.json", json.dumps(index)
    yield "experiment/whole.yaml", EXPERIMENT
    yield "experiment/short.yaml", "model: m\nprompts: {p: {system: x}}\nquestions: [q]\nbakes: [{prompt: p}]\nsuites: [arithmetic]\n"
    yield "rows/all.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS)
    yield "rows/style.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS[:3])
    yield "rows/facts.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS[3:])
    yield "yaml/kinds.yaml", YAML
    yield "yaml/recipe.yaml", "method: kl\nrank: 8\ntemperature: 0.5\ntargets: [q_proj, v_proj]\nepochs: 1e0\n"
    yield "yaml/prompt.yaml", "name: p\nmessages:\n- {role: user, content: Hi}\n- {role: assistant, content: ''}\nstudent: {system: s}\n"
    yield "json/kinds.json", '{"a": [1, -2, 1.5e3, 18446744073709551615, true, null, "\\u00e9\\ud83d\\ude00"], "b": {"a": {}}, "": []}'
    for name, content in jinja_seeds():
        yield f"jinja/{name}.jinja", content


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, content in seeds():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


if __name__ == "__main__":
    main()
