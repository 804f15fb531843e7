"""Expected values for tests/stats_methods_test.cpp and tests/stats_sequential_test.cpp from scipy, statsmodels and
uncertainty-calibration, or from a second way of computing: python tools/goldens/stats_methods.py > tests/golden/stats_methods.json

Needs numpy, scipy, statsmodels, uncertainty-calibration.
"""
import json
import math

import calibration as kumar
import numpy as np
import scipy.optimize as so
import scipy.stats as st
import statsmodels.api as sm
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint


def clopper_pearson(k, n, level):
    low, high = proportion_confint(k, n, 1 - level, method="beta")
    return {"k": k, "n": n, "level": level, "low": low, "high": high}


def rates_unpaired(k0, n0, k1, n1):
    low, high = confint_proportions_2indep(k1, n1, k0, n0, compare="diff", method="newcomb")
    p = st.fisher_exact([[k1, n1 - k1], [k0, n0 - k0]]).pvalue
    return {"k0": k0, "n0": n0, "k1": k1, "n1": n1, "low": low, "high": high, "p": p}


def means_unpaired(a, b):
    result = st.ttest_ind(b, a, equal_var=False)
    interval = result.confidence_interval(0.95)
    return {"base": a, "candidate": b, "p": result.pvalue, "low": interval.low, "high": interval.high}


def mid_p(b, c):
    n, k = b + c, min(b, c)
    return {"b": b, "c": c, "p": 2 * st.binom.cdf(k, n, 0.5) - st.binom.pmf(k, n, 0.5)}


def constrained_score(b, c, n, d):
    """The score statistic of the difference d, with the nuisance probability found by maximising the likelihood."""
    def minus_log_likelihood(q):  # q: chance that only the base is right; q + d: only the candidate
        return -sum(count * math.log(max(p, 1e-300)) for count, p in ((b, q + d), (c, q), (n - b - c, 1 - 2 * q - d)) if count)
    q = so.minimize_scalar(minus_log_likelihood, bounds=(max(0, -d), (1 - d) / 2), method="bounded",
                           options={"xatol": 1e-13}).x
    return {"b": b, "c": c, "n": n, "d": d, "z": (b - c - n * d) / math.sqrt(n * (2 * q + d - d * d))}


def mcnemar_power(n, psi, d, alpha):
    """Sum over all outcomes (wins, losses), a claim being a win with 2 P(binomial(m, 1/2) <= losses) < alpha."""
    power = 0
    for m in range(1, n + 1):
        losses = np.arange((m + 1) // 2)
        claims = 2 * st.binom.cdf(losses, m, 0.5) < alpha
        power += st.binom.pmf(m, n, psi) * st.binom.pmf(losses[claims], m, (psi - d) / (2 * psi)).sum()
    return {"n": n, "psi": psi, "d": d, "alpha": alpha, "power": power}


def mean_power(effect, n, alpha):
    """One-sided at alpha / 2: what a two-sided test finds in the right direction."""
    solve = lambda effect, n, power: float(TTestPower().solve_power(effect, n, alpha / 2, power, alternative="larger"))
    return {"effect": effect, "n": n, "alpha": alpha, "power": solve(effect, n, None),
            "detectable": solve(None, n, 0.8), "items": solve(effect, None, 0.8)}


def attempts(n, c, k):
    draws = math.comb(n, k)
    return {"n": n, "c": c, "k": k, "any": 1 - math.comb(n - c, k) / draws, "all": math.comb(c, k) / draws,
            "half": sum(math.comb(c, j) * math.comb(n - c, k - j) for j in range(math.ceil(k / 2), k + 1)) / draws}


def kappa(first, second):
    table = np.zeros((3, 3))
    for a, b in zip(first, second):
        table[a, b] += 1
    result = cohens_kappa(table)
    return {"first": first, "second": second, "kappa": result.kappa, "error": result.std_kappa}


def slope(conversations, turns, scores):
    turns = np.asarray(turns, float)
    fit = sm.OLS(scores, sm.add_constant(turns - turns.min())).fit(
        cov_type="cluster", cov_kwds={"groups": np.asarray(conversations)}, use_t=True)
    low, high = fit.conf_int()[1]
    return {"at_start": fit.params[0], "per_turn": fit.params[1], "error": fit.bse[1], "low": low, "high": high}


def exponential(conversations, turns, scores):
    """scipy's fit; the sandwich with derivatives by finite differences."""
    turns, scores = np.asarray(turns, float), np.asarray(scores)
    model = lambda t, a, rate: a * 2 ** (-(t - turns.min()) * rate)
    (a, rate), _ = so.curve_fit(model, turns, scores, p0=(scores.max(), 0.02), xtol=1e-14, ftol=1e-14)
    h = 1e-6
    jacobian = np.stack([(model(turns, a + h, rate) - model(turns, a - h, rate)) / (2 * h),
                         (model(turns, a, rate + h) - model(turns, a, rate - h)) / (2 * h)], 1)
    residuals, groups = scores - model(turns, a, rate), np.asarray(conversations)
    sums = np.stack([jacobian[groups == g].T @ residuals[groups == g] for g in np.unique(groups)])
    bread, count, n = np.linalg.inv(jacobian.T @ jacobian), len(sums), len(scores)
    covariance = count / (count - 1) * (n - 1) / (n - 2) * bread @ (sums.T @ sums) @ bread
    reach = st.t.ppf(0.975, count - 1) * math.sqrt(covariance[1, 1])
    return {"start": a, "rate": rate, "low": rate - reach, "high": rate + reach}


def ratio(earlier, later):
    """All rho for which a t test does not tell later - rho * earlier from 0, found at its two ends."""
    earlier, later = np.asarray(earlier), np.asarray(later)
    middle = later.mean() / earlier.mean()
    gap = lambda rho: st.ttest_1samp(later - rho * earlier, 0).pvalue - 0.05
    return {"ratio": middle, "low": so.brentq(gap, middle - 2, middle), "high": so.brentq(gap, middle, middle + 2)}


def decay(rng):
    conversations, turns, scores = [], [], []
    for c in range(20):
        level = rng.normal(0, 0.08)
        for t in range(2, 17, 2):
            conversations.append(c)
            turns.append(t)
            scores.append(round(float(np.clip(0.9 * 2 ** (-(t - 2) / 12) + level + rng.normal(0, 0.1), 0, 1)), 4))
    at = lambda turn: [s for t, s in zip(turns, scores) if t == turn]
    return {"conversations": conversations, "turns": turns, "scores": scores,
            "slope": slope(conversations, turns, scores), "exponential": exponential(conversations, turns, scores),
            "ratio": ratio(at(2), at(16))}


def calibration(rng):
    confidences = np.round(rng.uniform(0, 1, 300), 4)
    outcomes = (rng.uniform(0, 1, 300) < confidences ** 1.5).astype(float)
    data = list(zip(confidences, outcomes))
    wide = kumar.utils.bin(data, kumar.utils.get_equal_prob_bins(confidences, 10))
    even = kumar.utils.bin(data, kumar.utils.get_equal_bins(list(confidences), 10))
    return {"confidences": confidences.tolist(), "outcomes": outcomes.tolist(),
            "ece_width": float(kumar.utils.plugin_ce(wide, power=1)), "ece_mass": float(kumar.utils.plugin_ce(even, power=1)),
            "squared_width": float(kumar.utils.unbiased_square_ce(wide)),
            "squared_mass": float(kumar.utils.unbiased_square_ce(even)), "brier": float(np.mean((confidences - outcomes) ** 2))}


def betting(rng):
    """Hedged capital on a grid of means, straight from the paper's definitions, at several times."""
    d = np.round(np.clip(rng.normal(0.15, 0.4, 400), -1, 1), 3)
    x, t = (d + 1) / 2, np.arange(1, 401)
    mean = (0.5 + np.cumsum(x)) / (t + 1)
    variance = (0.25 + np.cumsum((x - mean) ** 2)) / (t + 1)
    bets = np.sqrt(2 * np.log(2 / 0.05) / (np.append(0.25, variance[:-1]) * t * np.log(1 + t)))
    grid = np.linspace(0, 1, 20001)[1:-1]
    capital = lambda m: np.maximum(np.cumsum(np.log1p(np.minimum(bets, 0.5 / m) * (x - m))),
                                   np.cumsum(np.log1p(-np.minimum(bets, 0.5 / (1 - m)) * (x - m))))
    kept = np.stack([capital(m) for m in grid]) < math.log(2 / 0.05)
    ends = [[int(n), 2 * grid[kept[:, n - 1]].min() - 1, 2 * grid[kept[:, n - 1]].max() - 1] for n in (1, 10, 100, 400)]
    half = np.cumsum(np.log1p(np.minimum(bets, 1) * (x - 0.5)))
    return {"differences": d.tolist(), "intervals": ends, "gain_at": int(np.argmax(half >= math.log(40)) + 1)}


def noise(rng):
    """Variance components by statsmodels' random-effects likelihood (REML equals the balanced method of moments)."""
    items = np.round(0.5 + rng.normal(0, 0.2, 40)[:, None] + rng.normal(0, 0.1, (40, 5)), 4)
    fit = sm.MixedLM(items.ravel(), np.ones((200, 1)), groups=np.repeat(np.arange(40), 5)).fit(reml=True)
    return {"items": items.tolist(), "prediction": float(fit.scale), "item": float(fit.cov_re[0, 0])}


def main():
    rng = np.random.default_rng(20250102)
    a, b = np.round(rng.normal(0.5, 0.2, 14), 4).tolist(), np.round(rng.normal(0.65, 0.1, 23), 4).tolist()
    labels = rng.integers(0, 3, 90)
    noisy = np.where(rng.uniform(size=90) < 0.6, labels, rng.integers(0, 3, 90))
    # Ten raters, fourteen subjects, five categories: the worked example of the encyclopaedia article on Fleiss' kappa, 0.210.
    fleiss = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0],
              [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]
    print(json.dumps({
        "clopper_pearson": [clopper_pearson(*row) for row in
                            [(0, 12, .95), (12, 12, .95), (8, 12, .95), (1, 10, .9), (81, 263, .95), (500, 1000, .99)]],
        "rates_unpaired": [rates_unpaired(*row) for row in [(3, 15, 10, 14), (48, 80, 56, 70), (0, 10, 0, 12), (500, 900, 430, 901)]],
        "means_unpaired": means_unpaired(a, b),
        "mid_p": [mid_p(*row) for row in [(1, 7), (6, 16), (0, 5), (30, 12)]],
        "score": [constrained_score(*row) for row in
                  [(6, 16, 161, -.05), (1, 7, 21, -.1), (12, 9, 100, -.02), (12, 9, 100, .1), (0, 3, 50, -.1), (40, 44, 400, -.05)]],
        "mcnemar_power": [mcnemar_power(*row) for row in [(100, .3, .15, .05), (400, .2, .06, .05), (60, .5, .2, .025), (1000, .1, .03, .05)]],
        "mean_power": [mean_power(*row) for row in [(.3, 50, .05), (.1, 500, .05), (.8, 12, .01)]],
        "attempts": [attempts(*row) for row in [(10, 3, 1), (10, 3, 4), (200, 7, 100), (5, 5, 5), (8, 0, 2), (20, 11, 6)]],
        "kappa": kappa(labels.tolist(), noisy.tolist()),
        "fleiss": {"counts": fleiss, "kappa": fleiss_kappa(np.asarray(fleiss))},
        "decay": decay(rng),
        "calibration": calibration(rng),
        "betting": betting(rng),
        "noise": noise(rng),
    }, indent=None, separators=(",", ":")))


if __name__ == "__main__":
    main()
