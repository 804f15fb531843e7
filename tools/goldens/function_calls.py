#!/usr/bin/env python3
"""Verdicts of the Berkeley Function Calling Leaderboard's own checker on changed versions of its accepted answers.

    pip install --no-deps bfcl-eval==2026.3.23
    tools/goldens/function_calls.py FOLDER > tests/golden/function_calls.json

FOLDER holds BFCL_v4_simple_python.json, BFCL_v4_parallel.json and possible_answer/. The file keeps one letter for each
item of a set, in its order: 1 valid, 0 not. tests/function_call_test.cpp makes the same changes.
"""
import importlib.util
import json
import pathlib
import sys
import types
from collections import defaultdict


def load_checker():
    """The checker alone: its package imports clients of every vendor."""
    package = pathlib.Path(importlib.util.find_spec("bfcl_eval").origin).parent
    config = types.ModuleType("bfcl_eval.constants.model_config")
    config.MODEL_CONFIG_MAPPING = defaultdict(lambda: types.SimpleNamespace(underscore_to_dot=False))
    sys.modules[config.__name__] = config
    for language in ("java", "js"):
        name = f"bfcl_eval.eval_checker.ast_eval.type_convertor.{language}_type_converter"
        module = types.ModuleType(name)
        setattr(module, f"{language}_type_converter", None)
        sys.modules[name] = module
    spec = importlib.util.spec_from_file_location("checker", package / "eval_checker/ast_eval/ast_checker.py")
    checker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checker)
    from bfcl_eval.constants.enums import Language

    return lambda *parts: checker.ast_checker(*parts[:3], Language.PYTHON, parts[3], "none")["valid"]


def realised(value):
    """An accepted value as a model would write it: the values of maps are lists of accepted ones."""
    if isinstance(value, dict):
        return {key: options[0] for key, options in value.items() if options[0] != ""}
    if isinstance(value, list):
        return [realised(one) if isinstance(one, dict) else one for one in value]
    return value


def answer(truth, place):
    calls = []
    for call in truth:
        (name, parameters), = call.items()
        arguments = {key: realised(options[place]) for key, options in parameters.items() if options[place] != ""}
        calls.append((name, arguments))
    return calls


def each_value(change):
    def changed(calls):
        return [(name, {k: [change(x) for x in v] if isinstance(v, list) else change(v) for k, v in a.items()})
                for name, a in calls]
    return changed


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def without_first(calls):
    return [(name, {k: v for k, v in a.items() if k != min(a)}) for name, a in calls]


CHANGES = {
    "none": lambda calls: calls,
    "upper": each_value(lambda v: v.upper() if isinstance(v, str) and v.isascii() else v),
    "spaced": each_value(lambda v: v + " ." if isinstance(v, str) else v),
    "longer": each_value(lambda v: v + "x" if isinstance(v, str) else v),
    "one_more": each_value(lambda v: v + 1 if is_number(v) else v),
    "as_text": each_value(lambda v: str(v) if isinstance(v, int) and not isinstance(v, bool) else v),
    "as_float": each_value(lambda v: float(v) if isinstance(v, int) and not isinstance(v, bool) else v),
    "not": each_value(lambda v: not v if isinstance(v, bool) else v),
    "extra": lambda calls: [(name, {**a, "zzz": 1}) for name, a in calls],
    "without_first": without_first,
    "renamed": lambda calls: [(name + "x", a) for name, a in calls],
    "twice": lambda calls: calls + calls[:1],
    "reversed": lambda calls: calls[::-1],
    "fewer": lambda calls: calls[:-1],
}


def main():
    folder = pathlib.Path(sys.argv[1])
    check = load_checker()
    golden = {"checker": "bfcl-eval 2026.3.23"}
    for name in ("simple_python", "parallel"):
        rows = [json.loads(line) for line in open(folder / f"BFCL_v4_{name}.json")]
        truths = [json.loads(line)["ground_truth"] for line in open(folder / "possible_answer" / f"BFCL_v4_{name}.json")]
        for place, label in ((0, "first"), (-1, "last")):
            for change, apply in CHANGES.items():
                letters = ""
                for row, truth in zip(rows, truths):
                    output = [{call: a} for call, a in apply(answer(truth, place))]
                    try:
                        letters += "1" if check(row["function"], output, truth, name) else "0"
                    except Exception:
                        letters += "?"
                golden.setdefault(name, {})[f"{label} {change}"] = letters
    json.dump(golden, sys.stdout, indent=1)
    print()


main()
