"""Expected values for tests/stats_test.cpp from scipy and statsmodels: python tools/goldens/stats.py > tests/golden/stats.json

Needs numpy, scipy, statsmodels. The data are fixed lists or drawn with the seeds below, and stored beside the results.
"""
import json

import numpy as np
import scipy.stats as st
import statsmodels.api as sm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint


def clustered(values, groups):
    fit = sm.OLS(values, np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": np.asarray(groups)}, use_t=True)
    low, high = fit.conf_int()[0]
    return {"values": values, "groups": groups, "mean": fit.params[0], "error": fit.bse[0], "low": low, "high": high}


def plain(values):
    n, mean, error = len(values), np.mean(values), st.sem(values)
    low, high = st.t.interval(0.95, n - 1, mean, error)
    return {"values": values, "mean": mean, "error": error, "low": low, "high": high}


def wilson(k, n, level):
    low, high = proportion_confint(k, n, 1 - level, method="wilson")
    return {"k": k, "n": n, "level": level, "low": low, "high": high}


def wilson_floor(n, low_rate, high_rate):
    """Least exact coverage over a fine grid of true rates."""
    k = np.arange(n + 1)
    low, high = proportion_confint(k, n, 0.05, method="wilson")
    # The coverage jumps at the ends of the intervals, so look on both sides of each.
    edges = np.concatenate([low, high])
    grid = np.concatenate([edges - 1e-9, edges + 1e-9, np.linspace(low_rate, high_rate, 2001)])
    grid = grid[(grid > low_rate) & (grid < high_rate)]
    return min(st.binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum() for p in grid)


def bca(values, seed):
    result = st.bootstrap((np.asarray(values),), np.mean, n_resamples=200000, method="BCa", batch=5000,
                          random_state=np.random.default_rng(seed))
    return {"values": values, "low": result.confidence_interval.low, "high": result.confidence_interval.high}


def flips(values):
    result = st.permutation_test((np.asarray(values),), np.mean, permutation_type="samples", n_resamples=np.inf) \
        if len(values) <= 16 else st.permutation_test(
            (np.asarray(values),), np.mean, permutation_type="samples", n_resamples=200000,
            rng=np.random.default_rng(3))
    return {"values": values, "p": result.pvalue}


def main():
    rng = np.random.default_rng(20240711)
    skewed = np.round(rng.exponential(0.2, 40), 4).tolist()
    graded = np.round(rng.normal(0.05, 0.2, 60), 4).tolist()
    small = [0.2, 0.15, -0.1, 0.4, 0.0, 0.3, -0.05, 0.25, 0.1, 0.05, 0.35, -0.2]
    grouped = np.round(rng.normal(0.6, 0.2, 24), 4).tolist()
    p = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04, 0.0001]
    print(json.dumps({
        "plain": plain(graded),
        "clustered": clustered(grouped, [i // 3 for i in range(24)]),
        "clustered_uneven": clustered(grouped, [0, 0, 0, 0, 0, 0, 1, 2, 2, 3, 3, 3, 3, 4, 5, 5, 6, 6, 7, 8, 8, 8, 9, 10]),
        "wilson": [wilson(k, n, level) for k, n, level in
                   [(0, 12, .95), (12, 12, .95), (8, 12, .95), (1, 10, .95), (81, 263, .95), (500, 1000, .99)]],
        "wilson_floor": [{"n": n, "all": wilson_floor(n, 0, 1), "middle": wilson_floor(n, 0.1, 0.9)}
                         for n in (10, 30, 100, 1000)],
        "mcnemar": [{"b": b, "c": c, "p": mcnemar([[0, b], [c, 0]], exact=True).pvalue}
                    for b, c in [(1, 7), (6, 16), (0, 5), (10, 10), (30, 12), (0, 12)]],
        "flips": [flips(small), flips(graded)],
        "bca": [bca(skewed, 1), bca(graded, 2)],
        "p": p,
        "holm": multipletests(p, method="holm")[1].tolist(),
        "benjamini_hochberg": multipletests(p, method="fdr_bh")[1].tolist(),
    }, indent=1))


if __name__ == "__main__":
    main()
