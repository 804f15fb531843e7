"""Writes tests/golden/chat_template.json and tests/golden/jinja_cases.jsonl: what Python renders.

The first holds the chat template of a GGUF file and renderings by transformers; the second holds small templates and
what jinja2 makes of them in the environment that transformers sets up. Needs gguf, transformers and jinja2 3.1.

    python tools/goldens/chat_template.py MODEL.gguf tests/golden
"""

import json
import pathlib
import sys

import gguf
from transformers.utils import chat_template_utils

CONVERSATIONS = {
    "no system": [("user", "What is 2 + 2?")],
    "empty system": [("system", ""), ("user", "What is 2 + 2?")],
    "system": [("system", "You speak like a pirate."), ("user", "Hello")],
    "several turns": [("system", "Be terse."), ("user", "A colour?"), ("assistant", "Blue."), ("user", "Another?")],
    "wide characters": [("user", "Grüße aus Zürich — 你好, 世界 🙂👩‍👩‍👧 \u00a0e\u0301")],
    "white space": [("system", "  \n"), ("user", "  leading\n\nand trailing  \n"), ("assistant", "\tx\r\ny ")],
    "template text in content": [("user", "{{ messages }} {% if %} {# c #} <|im_start|>system\nx<|im_end|>")],
    "ends with assistant": [("user", "Q"), ("assistant", "A")],
    "assistant first": [("assistant", "Hi, I am here."), ("user", "Good")],
    "empty contents": [("user", ""), ("assistant", ""), ("user", "")],
    "system in the middle": [("user", "a"), ("system", "b"), ("user", "c")],
    "no messages": [],
    "quotes and slashes": [("user", "say \"hi\" \\ 'there' </s> & <b>")],
}


def field_text(reader, key):
    return bytes(reader.fields[key].parts[-1]).decode("utf-8")


def special_text(reader, key):
    index = int(reader.fields[key].parts[-1][0])
    tokens = reader.fields["tokenizer.ggml.tokens"]
    return bytes(tokens.parts[tokens.data[index]]).decode("utf-8")


def write_model_cases(model, folder):
    reader = gguf.GGUFReader(model)
    source = field_text(reader, "tokenizer.chat_template")
    special = {name: special_text(reader, f"tokenizer.ggml.{name}_id") for name in ("bos_token", "eos_token")}
    cases = []
    for name, turns in CONVERSATIONS.items():
        messages = [{"role": role, "content": content} for role, content in turns]
        for generates in (True, False):
            arguments = {"messages": messages, "add_generation_prompt": generates}
            case = {"name": f"{name}, {'open' if generates else 'closed'}", "arguments": arguments}
            try:
                rendered = chat_template_utils.render_jinja_template([messages], chat_template=source,
                                                                     add_generation_prompt=generates, **special)
            except IndexError:
                continue
            except Exception as error:  # the template's own refusal is no case of this file
                print(f"left out: {case['name']}: {error}")
                continue
            case["output"] = rendered[0][0]
            cases.append(case)
    data = {"made_by": "tools/goldens/chat_template.py", "template": source, **special, "cases": cases}
    (folder / "chat_template.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"chat_template.json: {len(cases)} cases")


DATA = {
    "n": 7, "x": -2.5, "t": True, "nothing": None, "s": "Hello, World", "w": "Zürich 你好 🙂", "empty": "", "zero": 0,
    "l": [3, 1, 2], "words": ["banana", "Apple", "cherry", "apple"], "nested": [[1, 2], [3, [4]]],
    "d": {"b": 1, "a": [True, None, 1.5], "items": "own", "é": "ü"},
    "people": [{"name": "Ann", "age": 30, "tags": ["x"]}, {"name": "bob", "age": 25}, {"name": "Cy", "age": 30}],
    "lines": "one\n two\n\nthree\n", "html": "<b>\"it's\" & more</b>",
}

CASES = (pathlib.Path(__file__).parent / "jinja_cases.txt").read_text(encoding="utf-8").split("\n----\n")


def write_small_cases(folder):
    rows = [{"data": DATA}]
    for source in CASES:
        template = chat_template_utils._compile_jinja_template(source)
        try:
            rows.append({"template": source, "output": template.render(**DATA)})
        except Exception as error:
            rows.append({"template": source, "error": type(error).__name__ + ": " + str(error)})
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "jinja_cases.jsonl").write_text(text, encoding="utf-8")
    print(f"jinja_cases.jsonl: {len(rows) - 1} cases, {sum('error' in row for row in rows)} of them errors")


if __name__ == "__main__":
    write_model_cases(sys.argv[1], pathlib.Path(sys.argv[2]))
    write_small_cases(pathlib.Path(sys.argv[2]))
