"""After how many items stopping early settles a criterion, by a second implementation of the bets of
harness/stats/sequential.h over many sequences at once. Prints the rows of the table in docs/gate.md."""
import numpy as np

ALPHA, SHARE, ROUNDS, ITEMS = 0.025, 0.5, 4000, 3000
CASES = [  # share of items that differ, true drop, limit
    (0, 0, 0.05), (0.05, 0, 0.05), (0.1, 0, 0.05), (0.2, 0, 0.05), (0.1, 0, 0.1), (0.2, 0, 0.1),
    (0.25, 0.2, 0.05), (0.2, 0.2, 0.1)]


def first(crossed):
    return np.where(crossed.any(1), crossed.argmax(1) + 1, 10**9)


def items_needed(differing, drop, limit, random):
    """Items after which above and below -limit were shown, one for each round."""
    u, wins = random.random((ROUNDS, ITEMS)), (differing - drop) / 2
    x = np.where(u < wins, 1.0, np.where(u < differing, 0.0, 0.5))
    t, m = np.arange(1, ITEMS + 1), (1 - limit) / 2
    mean = (0.5 + np.cumsum(x, 1)) / (t + 1)
    variance = (0.25 + np.cumsum((x - mean) ** 2, 1)) / (t + 1)
    before = np.concatenate([np.full((ROUNDS, 1), 0.25), variance[:, :-1]], 1)
    bets = np.sqrt(2 * np.log(1 / ALPHA) / (before * t * np.log(1 + t)))
    above = np.cumsum(np.log(1 + np.minimum(bets, SHARE / m) * (x - m)), 1)
    below = np.cumsum(np.log(1 - np.minimum(bets, SHARE / (1 - m)) * (x - m)), 1)
    return first(above >= np.log(1 / ALPHA)), first(below >= np.log(1 / ALPHA))


def main():
    random = np.random.default_rng(7)
    print("differ   drop  limit   half   4 of 5   shown")
    for differing, drop, limit in CASES:
        above, below = items_needed(differing, drop, limit, random)
        shown, items = ("below", below) if drop > limit else ("above", above)
        half, most = (int(np.quantile(items, share, method="higher")) for share in (0.5, 0.8))
        print(f"{differing:6} {drop:6} {limit:6} {half:6} {most:8}   {shown}")


if __name__ == "__main__":
    main()
