"""Counts how often nemo-evaluator's gate (0.3, with scipy) decides wrongly on populations where the right answer is known.
docs/gate.md quotes it. Run with a Python that has nemo-evaluator."""
import numpy as np
from nemo_evaluator.config.gate_policy import GatePolicy
from nemo_evaluator.engine.gate import BenchmarkGateResult, _apply_thresholds, _paired_delta_ci

ROUNDS = 2000
random = np.random.default_rng(1)


def status(differences, base, **limits):
    policy = GatePolicy.model_validate({"defaults": {"metric": "mean_reward", **limits}}).resolve("any")
    result = BenchmarkGateResult(baseline_score=base, delta=float(np.mean(differences)))
    result.delta_ci_lower, result.delta_ci_upper = _paired_delta_ci([float(one) for one in differences])
    _apply_thresholds(result, policy, allow_point_estimate=False)
    return result.status


def alike(items, differing):
    """Two arms that are as good: half of the differing items each way."""
    draw = random.random(items)
    return np.where(draw < differing / 2, -1, np.where(draw < differing, 1, 0))


def failing(items, share):
    return -(random.random(items) < share).astype(float)


def count(title, happens):
    print("%-70s %.3f" % (title, sum(happens() for _ in range(ROUNDS)) / ROUNDS))


count("alike, 12 benchmarks of 200 items, max_drop 0: NO-GO",
      lambda: any(status(alike(200, 0.13), 0.6, max_drop=0) == "BREACH" for _ in range(12)))
count("alike, 50 items at 30 %, max_relative_drop 0.1: NO-GO",
      lambda: status(alike(50, 0.26), 0.3, max_drop=0.2, max_relative_drop=0.1) == "BREACH")
count("2 % of 200 items fail, max_drop 0.02: PASS", lambda: status(failing(200, 0.02), 0.9, max_drop=0.02) == "PASS")
count("8 % of 40 items fail, max_drop 0.08: PASS", lambda: status(failing(40, 0.08), 0.9, max_drop=0.08) == "PASS")
