"""The sizes that harness/stats/threshold.h states, enumerated at alpha = 0.025: of the score test over the true shares
with the difference on the threshold, and of the mean's test where a rare failure causes the whole drop. Prints them."""
import numpy as np
from scipy.special import gammaln
from scipy.stats import norm, poisson

ALPHA = 0.025


def z(b, c, n, d, correction):
    linear = -b - c + (2 * n - b + c) * d
    q = (np.sqrt(np.maximum(linear**2 + 8 * n * c * d * (1 - d), 0)) - linear) / (4 * n)
    variance, distance = n * (2 * q + d * (1 - d)), b - c - n * d - correction
    with np.errstate(all="ignore"):
        return np.where(variance <= 1e-12, np.where(distance > 0, np.inf, -np.inf), distance / np.sqrt(variance))


def score_size(n, d, correction=1.2):
    b, c = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    inside = b + c <= n
    b, c = b[inside], c[inside]
    rejected = norm.sf(z(b, c, n, d, correction)) < ALPHA
    b, c = b[rejected], c[rejected]
    rest = n - b - c
    ways = gammaln(n + 1) - gammaln(b + 1) - gammaln(c + 1) - gammaln(rest + 1)
    low, high = max(0.0, -d), (1 - d) / 2
    worst = 0.0
    for share in np.concatenate([np.linspace(low, high, 80), low + np.linspace(0, 0.05, 40)]):
        shares = np.array([share + d, share, 1 - 2 * share - d])
        if np.any(shares < -1e-12):
            continue
        log = np.log(np.maximum(shares, 1e-300))
        worst = max(worst, float(np.exp(ways + b * log[0] + c * log[1] + rest * log[2]).sum()))
    return worst


def rare_failure_size(unseen):
    """Failures are Poisson with the mean that the threshold allows; the rest of the items do not differ."""
    worst = 0.0
    for allowed in np.linspace(0.5, 200, 4000):
        seen = np.arange(0, 400)
        fine = allowed - (seen + unseen) > norm.isf(ALPHA) * np.sqrt(seen + unseen)
        worst = max(worst, float(poisson.pmf(seen, allowed)[fine].sum()))
    return worst


if __name__ == "__main__":
    thresholds = (-0.2, -0.1, -0.05, -0.02, -0.01, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
    for n in (10, 20, 30, 50, 100, 150):
        print("score test, n", n, "worst", round(max(score_size(n, d) for d in thresholds), 4))
    for unseen in (0, 1, 1.5, 2):
        print("mean, unseen items", unseen, "worst", round(rare_failure_size(unseen), 4))
