"""Expected values for tests/stats_ratings_test.cpp from arena-rank, choix and statsmodels:
python tools/goldens/stats_ratings.py > tests/golden/stats_ratings.json

Needs numpy, pandas, scipy, statsmodels, choix, arena-rank. The votes are drawn with the seed below, and stored.
"""
import json
import math

import choix
import numpy as np
import pandas as pd
import scipy.optimize as so
import statsmodels.api as sm
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset

COMPETITORS, VOTES = 6, 800


def draw(rng):
    """Votes with ties and one style feature that judges like."""
    strength = np.linspace(-0.8, 0.8, COMPETITORS)
    rows = []
    for _ in range(VOTES):
        a, b = rng.choice(COMPETITORS, 2, replace=False)
        style = rng.normal(0, 1) + 0.5 * (strength[a] - strength[b])
        d = strength[a] - strength[b] + 0.6 * style
        u, weights = rng.uniform(), np.array([math.exp(d / 2), math.exp(-d / 2), 0.6])
        outcome = int(np.searchsorted(np.cumsum(weights / weights.sum()), u))
        rows.append((int(a), int(b), outcome, round(float(style), 4)))
    return rows


def bradley_terry(rows):
    """arena-rank, its ridge on the curvature made negligible: it is only there to invert the matrix."""
    names = ["model_a", "model_b", "tie"]
    frame = pd.DataFrame([(f"m{a}", f"m{b}", names[o]) for a, b, o, _ in rows], columns=["model_a", "model_b", "winner"])
    data = PairDataset.from_pandas(frame)
    model = BradleyTerry(len(data.competitors), hessian_reg=1e-7, gtol=1e-12, ftol=1e-16)
    result = model.compute_ratings_and_cis(data)
    return {key: np.asarray(result[key]).tolist() for key in ("ratings", "rating_lower", "rating_upper", "variances")}


def davidson(rows):
    """Davidson's likelihood, maximised by a general optimiser."""
    a, b, o = (np.array([row[i] for row in rows]) for i in range(3))

    def loss(parameters):
        r, log_nu = parameters[:-1] - parameters[:-1].mean(), parameters[-1]
        d = r[a] - r[b]
        logits = np.stack([d / 2, -d / 2, np.full_like(d, log_nu)])
        return -(logits[o, np.arange(len(o))] - np.log(np.exp(logits).sum(0))).sum()
    found = so.minimize(loss, np.zeros(COMPETITORS + 1), method="BFGS", options={"gtol": 1e-7}).x
    return {"logits": (found[:-1] - found[:-1].mean()).tolist(), "nu": math.exp(found[-1])}


def without_ties(rows):
    wins = [(a, b) if o == 0 else (b, a) for a, b, o, _ in rows if o != 2]
    return {"logits": choix.opt_pairwise(COMPETITORS, wins, alpha=0, tol=1e-12).tolist()}


def style(rows):
    """A plain logistic regression (binomial family, ties as 1/2) with robust (HC0) errors; contrasts sum to 0."""
    design = np.zeros((len(rows), COMPETITORS))
    for i, (a, b, _, _) in enumerate(rows):
        design[i, a], design[i, b] = 1, -1
    contrasts = np.vstack([np.eye(COMPETITORS - 1), -np.ones(COMPETITORS - 1)])
    feature = np.array([row[3] for row in rows])
    y = np.array([{0: 1.0, 1: 0.0, 2: 0.5}[row[2]] for row in rows])
    fit = sm.GLM(y, np.column_stack([design @ contrasts, feature / feature.std()]), family=sm.families.Binomial()).fit(
        cov_type="HC0", tol=1e-13)
    full = np.zeros((COMPETITORS + 1, COMPETITORS))
    full[:COMPETITORS, :-1], full[-1, -1] = contrasts, 1
    errors = np.sqrt(np.diag(full @ fit.cov_params() @ full.T))
    return {"logits": (contrasts @ fit.params[:-1]).tolist(), "errors": errors[:-1].tolist(),
            "effect": fit.params[-1], "effect_error": errors[-1]}


def main():
    rows = draw(np.random.default_rng(5))
    print(json.dumps({"competitors": COMPETITORS, "votes": rows, "bradley_terry": bradley_terry(rows),
                      "davidson": davidson(rows), "without_ties": without_ties(rows), "style": style(rows)},
                     separators=(",", ":")))


if __name__ == "__main__":
    main()
