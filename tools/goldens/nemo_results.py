#!/usr/bin/env python3
"""Result folders of NeMo Evaluator and what its own gate says of them, for tests/nemo_results_test.cpp.

    nemo_results.py OUT       needs nemo-evaluator 0.3.0 (Python 3.12), scipy

Runs nemo-evaluator's evaluation loop on two small benchmarks, with canned answers: `sums` (rewards 0 and 1, two repeats, one
request that fails) and `essays` (rewards between 0 and 1, categories). OUT/base and OUT/candidate get its bundles and rows,
OUT/expected.json the scores of the bundles and the paired deltas of its gate.
"""
import asyncio
import json
import shutil
import sys
from pathlib import Path

from nemo_evaluator.config.gate_policy import GatePolicy
from nemo_evaluator.engine.artifacts import write_all
from nemo_evaluator.engine.eval_loop import run_evaluation
from nemo_evaluator.engine.gate import gate_runs
from nemo_evaluator.environments.base import EvalEnvironment, SeedResult, VerifyResult
from nemo_evaluator.solvers.base import ErrorKind, SolveResult

COUNT = 14


class Sums(EvalEnvironment):
    name = "sums"

    async def dataset_size(self):
        return COUNT

    async def seed(self, idx):
        return SeedResult(prompt=f"What is {idx} plus {idx * idx}?", expected_answer=str(idx + idx * idx))

    async def verify(self, response, expected, sandbox=None, **metadata):
        return VerifyResult(reward=float(response == expected), extracted_answer=response)


class Essays(EvalEnvironment):
    name = "essays"

    async def dataset_size(self):
        return COUNT

    async def seed(self, idx):
        return SeedResult(prompt=f"Essay {idx}", expected_answer="", metadata={"category": "odd" if idx % 2 else "even"})

    async def verify(self, response, expected, sandbox=None, **metadata):
        length = min(1.0, len(response) / 20)
        return VerifyResult(reward=length, scoring_details={"scorer:short": {"correct": length < 0.5, "reward": 1 - length}})


class Canned:
    """Right answers but for every `wrong`-th; the twelfth question fails where `fails`."""

    def __init__(self, wrong, fails):
        self.wrong, self.fails, self.calls = wrong, fails, 0

    async def solve(self, task):
        self.calls += 1
        if self.fails and task.prompt.startswith("What is 11"):
            return SolveResult(response="", error="the endpoint was gone", error_kind=ErrorKind.INFRA)
        if task.prompt.startswith("Essay"):
            return SolveResult(response="word " * (int(task.prompt.split()[1]) % (self.wrong + 1)))
        right = task.expected_answer
        return SolveResult(response="I do not know" if self.calls % self.wrong == 0 else right)


def evaluate(environment, model, wrong, fails, out):
    bundle = asyncio.run(run_evaluation(
        environment, Canned(wrong, fails), n_repeats=2 if environment.name == "sums" else 1, max_concurrent=1,
        config={"model": model, "benchmark": environment.name, "repeats": 2 if environment.name == "sums" else 1,
                "temperature": 0.0, "max_tokens": 16}, skip_failed=True))
    bundle.pop("_artifacts", None)  # trajectories and run times
    for row in bundle["_results"]:
        row["latency_ms"] = 0
    for timing in ("runtime", "failures"):
        bundle["benchmark"]["scores"].pop(timing, None)
    write_all(bundle, out / environment.name)
    return {name: entry["value"] for name, entry in bundle["benchmark"]["scores"].items() if "value" in entry}


def main(out):
    out = Path(out)
    expected = {}
    for side, wrong in (("base", 5), ("candidate", 3)):
        shutil.rmtree(out / side, ignore_errors=True)
        expected[side] = {env.name: evaluate(env, f"model-{side}", wrong, side == "candidate", out / side)
                          for env in (Sums(), Essays())}
    policy = GatePolicy.model_validate({"benchmarks": {"sums": {"metric": "pass@1"}, "essays": {"metric": "mean_reward"}}})
    gate = gate_runs(out / "base", out / "candidate", policy).to_dict()
    keys = ("status", "baseline_score", "candidate_score", "delta", "n_paired")
    expected["gate"] = {b["benchmark"]: {key: b[key] for key in keys} for b in gate["benchmarks"]}
    (out / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
