"""Expected values for harness/stats/threshold.h, by other means: scipy's binomial and Student's t, and the score test
with the constrained likelihood maximised numerically instead of by Tango's closed form. Writes
tests/golden/stats_threshold.json."""
import json
import math
import pathlib

import numpy as np
from scipy import optimize, stats


def constrained_q(b, c, n, d):
    """The share of base-only items that is likeliest, given a difference of d."""
    low, high = max(0.0, -d), (1 - d) / 2

    def minus_log(q):
        shares = np.array([q + d, q, 1 - 2 * q - d])
        counts = np.array([b, c, n - b - c], dtype=float)
        used = counts > 0
        return -np.sum(counts[used] * np.log(np.maximum(shares[used], 1e-300)))

    found = optimize.minimize_scalar(minus_log, bounds=(low, high), method="bounded", options={"xatol": 1e-14})
    candidates = [found.x, low, high]
    return min(candidates, key=minus_log)


def score_p_above(b, c, n, d):
    q = constrained_q(b, c, n, d)
    variance = n * (2 * q + d * (1 - d))
    return float(stats.norm.sf((b - c - n * d - 1.2) / math.sqrt(variance)))


def rates(b, c, n, d):
    if d == 0:
        above = stats.binomtest(b, b + c, 0.5, alternative="greater").pvalue
        below = stats.binomtest(b, b + c, 0.5, alternative="less").pvalue
    else:
        above, below = score_p_above(b, c, n, d), score_p_above(c, b, n, -d)
    return {"b": b, "c": c, "n": n, "d": d, "above": float(above), "below": float(below)}


def mean(differences, groups, d, unseen):
    x = np.array(differences)
    names = np.array(groups if groups else range(len(x)))
    sums = np.array([np.sum(x[names == name] - x.mean()) for name in np.unique(names)])
    g = len(sums)
    error = math.sqrt(g / (g - 1) * np.sum(sums**2)) / len(x)
    spread = math.sqrt(g * g * error * error + unseen)
    above = stats.t.sf((g * (x.mean() - d) - unseen) / spread, g - 1)
    below = stats.t.sf((-g * (x.mean() - d) - unseen) / spread, g - 1)
    row = {"differences": list(differences), "groups": list(groups), "d": d, "share": unseen > 0}
    return {**row, "above": float(above), "below": float(below)}


random = np.random.default_rng(20)
graded = [round(float(v), 3) for v in random.normal(0.02, 0.2, 40).clip(-1, 1)]
golden = {
    "rates": [rates(b, c, n, d) for b, c, n in [(9, 1, 20), (4, 6, 100), (0, 3, 50), (30, 12, 200)]
              for d in (-0.1, -0.02, 0, 0.05)],
    "means": [mean(graded, [], -0.1, 2), mean(graded, [], 0.05, 2), mean(graded, [i // 4 for i in range(40)], -0.1, 2),
              mean(graded, [], -0.1, 0)],
}
# With no unseen items this is scipy's own one-sample test.
assert math.isclose(golden["means"][3]["above"], stats.ttest_1samp(graded, -0.1, alternative="greater").pvalue)
path = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "stats_threshold.json"
path.write_text(json.dumps(golden, indent=1) + "\n")
