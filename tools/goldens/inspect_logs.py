#!/usr/bin/env python3
"""Logs as Inspect writes them, for tests/inspect_results_test.cpp. Needs inspect_ai 0.3.285; with MODEL_FOLDER also torch.

    inspect_logs.py OUT [MODEL_FOLDER]      MODEL_FOLDER: from convert_model.py

OUT/kinds gets a task with every kind of score, a failing sample, two epochs and two reducers, answered by a mock; OUT/plain and OUT/pirate, with MODEL_FOLDER, a task on that model without and with a system prompt. OUT/expected.json
holds what Inspect's own read_eval_log reports: metrics by score, and each sample's values as its value_to_float reads them.
Events and tracebacks, which are long and describe the machine, are taken out with Inspect's own functions.
"""
import json
import math
import os
import shutil
import sys
import tempfile
from pathlib import Path

from inspect_ai import Epochs, Task, eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.model import ModelAPI, ModelOutput, get_model, modelapi
from inspect_ai.scorer import Score, accuracy, match, mean, scorer, stderr, value_to_float
from inspect_ai.solver import generate, solver, system_message

CAPITALS = [("France", "Paris"), ("Japan", "Tokyo"), ("Italy", "Rome"), ("Canada", "Ottawa"), ("Egypt", "Cairo"),
            ("Norway", "Oslo"), ("Morocco", "Rabat"), ("Turkey", "Ankara"), ("Spain", "Madrid"), ("Peru", "Lima")]


@modelapi(name="canned")
def canned():
    """Answers of a few known lengths. (Inspect's mock model fetches a tokenizer from the network.)"""
    class Canned(ModelAPI):
        async def generate(self, input, tools, tool_choice, config):
            return ModelOutput.from_content("canned/model", "one two three"[: 3 + len(input[-1].text) % 7 + int(input[-1].text[-1])])

        async def count_tokens(self, *args, **kwargs):
            return 0
    return Canned


@scorer(metrics=[accuracy(), stderr()])
def letters():
    async def score(state, target):
        if state.metadata["n"] == 3:
            return Score.unscored(reason="grader_failed", explanation="no grade was found")
        return Score(value={0: "C", 1: "I", 2: "P"}.get(state.metadata["n"], "N"), answer=state.output.completion)
    return score


@scorer(metrics=[mean(), stderr()])
def lengths():
    async def score(state, target):
        return Score(value=len(state.output.completion) / 10)
    return score


@scorer(metrics={"polite": [accuracy(), stderr()], "short": [mean()]})
def manners():
    async def score(state, target):
        return Score(value={"polite": state.metadata["n"] != 1, "short": 0.25 * state.metadata["n"]})
    return score


@solver
def fail_on(number):
    async def solve(state, generate):
        if state.metadata["n"] == number and state.epoch == 2:
            raise ValueError("the tool was not there")
        return state
    return solve


def kinds():
    samples = [Sample(id=f"item {n}", input=f"Say {n}", target=str(n), metadata={"n": n}) for n in range(5)]
    return Task(name="kinds", dataset=MemoryDataset(samples, name="counting"), solver=[fail_on(4), generate()],
                scorer=[letters(), lengths(), manners()], epochs=Epochs(2, ["mean", "mode"]))


def capitals(*before):
    samples = [Sample(id=i + 1, input=f"What is the capital of {country}? Answer with its name alone.", target=city)
               for i, (country, city) in enumerate(CAPITALS)]
    return Task(name="capitals", version=3, dataset=MemoryDataset(samples, name="capitals"), solver=[*before, generate()],
                scorer=match(location="any"))


def run(task, model, out, log_format="eval", **sampling):
    shutil.rmtree(out, ignore_errors=True)
    inspect_eval(task, model=model, log_dir=str(out), log_format=log_format, fail_on_error=False, display="none",
                       max_tokens=24, seed=1, **sampling, score_display=False, log_realtime=False)
    path = next(out.iterdir())
    log = read_eval_log(str(path))
    for sample in log.samples:
        sample.events = []
        if sample.error:
            sample.error.traceback = sample.error.traceback_ansi = ""
    write_eval_log(log, str(path))


def number(value):
    found = value_to_float()(value)
    return None if isinstance(found, float) and math.isnan(found) else found


def expected(folder):
    log = read_eval_log(str(next(path for path in sorted(folder.iterdir()) if path.suffix in (".eval", ".json"))))
    samples = {}
    for sample in log.samples:
        values = {}
        for name, score in (sample.scores or {}).items():
            parts = score.value if isinstance(score.value, dict) else {None: score.value}
            for key, value in parts.items():
                values[name if key is None else f"{name}.{key}"] = number(value)
        samples[f"{sample.id}#{sample.epoch}"] = {"values": values, "error": sample.error.message if sample.error else None}
    scores = [{"name": s.name, "scorer": s.scorer, "reducer": s.reducer, "scored_samples": s.scored_samples,
               "metrics": {name: metric.value for name, metric in s.metrics.items()}} for s in log.results.scores]
    return {"status": log.status, "task": log.eval.task, "model": log.eval.model, "scores": scores, "samples": samples}


def main(out, model=None):
    out = Path(out).resolve()
    model = model and Path(model).resolve()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        run(kinds(), get_model("canned/model"), out / "kinds", temperature=0)
        if model:
            os.symlink(model, "smollm2")
            here = lambda: get_model("hf/smollm2", model_path="smollm2", device="cpu", do_sample=False, memoize=False)
            run(capitals(), here(), out / "plain")
            run(capitals(system_message("You are a pirate. Answer like one.")), here(), out / "pirate", "json")
        found = {name: expected(out / name) for name in ("kinds", "plain", "pirate") if (out / name).is_dir()}
        (out / "expected.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        os.chdir("/")


if __name__ == "__main__":
    main(*sys.argv[1:])
