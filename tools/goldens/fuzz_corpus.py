#!/usr/bin/env python3
"""Seeds for tests/fuzz: small good files of each kind, for fuzzers to start from.

    python3 tools/goldens/fuzz_corpus.py tests/fuzz/corpus

Only writes its own files: inputs that once broke a reader lie beside them and stay.
"""
import io
import json
import pathlib
import struct
import sys
import zipfile

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


LM_EVAL = {
    "results": {"t": {"alias": "t", "acc,none": 0.5, "acc_stderr,none": 0.5, "f1,strict": 0.25, "f1_stderr,strict": "N/A"}},
    "group_subtasks": {"t": []}, "versions": {"t": 1.0}, "n-shot": {"t": 5}, "higher_is_better": {"t": {"acc": True}},
    "n-samples": {"t": {"original": 2, "effective": 2}}, "model_name": "m", "chat_template_sha": None,
    "configs": {"t": {"metric_list": [{"metric": "acc"}], "filter_list": [{"name": "strict"}], "generation_kwargs": {}}},
    "config": {"model": "hf", "model_args": "pretrained=m", "fewshot_seed": 1234, "gen_kwargs": None},
}
LM_EVAL_ROW = {"doc_id": 0, "doc": {"question": "Why?"}, "target": "0", "arguments": {"gen_args_0": {"arg_0": "Why?", "arg_1": " No"}},
               "filtered_resps": [["-1.5", "False"]], "filter": "none", "doc_hash": "a", "prompt_hash": "b", "acc": 1.0}
INSPECT_SAMPLE = {"id": "a", "epoch": 1, "input": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}], "target": ["x"],
                  "output": {"choices": [{"message": {"content": "attachment://7"}}]}, "attachments": {"7": "long"},
                  "scores": {"match": {"value": "C", "answer": "x"}, "both": {"value": {"k": 0.5, "l": "no"}}}}
INSPECT = {"version": 2, "status": "success", "eval": {"created": "2026", "task": "t", "model": "m", "dataset": {"sample_ids": ["a"]}},
           "plan": {"steps": [{"solver": "generate"}], "config": {"temperature": 0}},
           "results": {"completed_samples": 1, "scores": [{"name": "match", "scorer": "match", "metrics": {
               "accuracy": {"name": "accuracy", "value": 1}, "stderr": {"name": "stderr", "value": 0}}}]}}
NEMO = {"run_id": "eval-1", "config": {"model": "m"}, "benchmark": {"name": "b", "samples": 1, "scores": {
    "pass@1": {"value": 0.5, "ci_lower": 0}, "summary": {"n": 2}}}}
NEMO_ROWS = [
    {"problem_idx": 0, "repeat": 0, "reward": 1.0, "prompt": "Q", "model_response": "A", "metadata": {"category": "c"},
     "scoring_details": {"scorer:s": {"correct": True, "reward": 0.5}}},
    {"problem_idx": 0, "repeat": 1, "reward": 0.0, "scoring_details": {"method": "solve_failed", "error": "gone"}}]


def inspect_archive():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        stamp = (2026, 1, 1, 0, 0, 0)
        for name, value, method in (("header.json", INSPECT, zipfile.ZIP_DEFLATED), ("samples/a_epoch_1.json", INSPECT_SAMPLE, zipfile.ZIP_STORED)):
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = method
            archive.writestr(entry, json.dumps(value))
    return content.getvalue()


def result_seeds():
    lines = lambda rows: "\n".join(json.dumps(row) for row in rows) + "\n"
    second = dict(LM_EVAL_ROW, doc_id=1, acc=float("nan"))
    yield "lm_eval/two_rows.txt", json.dumps(LM_EVAL) + "\n%%\n" + lines([LM_EVAL_ROW, second, dict(second, filter="strict", f1=0.5)])
    yield "lm_eval/old.txt", json.dumps({"results": {"t": {"acc": 0.5, "acc_stderr": 0.1}}, "versions": {"t": 0}, "config": {"model": "hf"}})
    yield "nemo/two_rows.txt", json.dumps(NEMO) + "\n%%\n" + lines(NEMO_ROWS)
    yield "inspect/small.json", json.dumps(dict(INSPECT, samples=[INSPECT_SAMPLE], reductions=[
        {"scorer": "match", "reducer": "mode", "samples": [{"sample_id": "a", "value": "P"}]}]))
    yield "inspect/small.eval", inspect_archive()
    for log in (HERE / "../../tests/golden/inspect/kinds").glob("*.eval"):  # written by Inspect: zstd
        yield "inspect/kinds.eval", log.read_bytes()


def seeds():
    yield from result_seeds()
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
