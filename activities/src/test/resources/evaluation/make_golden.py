"""Makes metrics.json and ridge.json, which the evaluation's tests compare with: the same cases by
scikit-learn 1.9.1, scipy 1.17.1 and numpy 2.4.6.

python make_golden.py    (in this folder)
"""

import json

import numpy as np
from scipy.stats import pearsonr, spearmanr
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

ROUNDS = 300
SEED = 7
MASK = (1 << 64) - 1


class SplitMix64:
    """The generator of the Java code, so that both draw the same speakers."""

    def __init__(self, seed, *words):
        self.state = seed
        for word in words:
            self.state = self.next() ^ word

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        while True:
            bits = self.next() >> 1
            value = bits % bound
            if bits - value + bound - 1 < 1 << 63:
                return value


def metrics(y, p):
    mse = mean_squared_error(y, p)
    constant = np.ptp(y) == 0 or np.ptp(p) == 0
    return [
        mse,
        mean_absolute_error(y, p),
        np.sqrt(mse),
        r2_score(y, p) if np.ptp(y) > 0 else np.nan,
        np.nan if constant else pearsonr(y, p).statistic,
        np.nan if constant else spearmanr(y, p).statistic,
    ]


def interval(values):
    values = values[~np.isnan(values)]
    return [float(each) for each in np.percentile(values, [2.5, 97.5])] if len(values) else None


def case(name, speakers, y, model, other):
    names = list(dict.fromkeys(speakers))
    rows = [np.flatnonzero(np.array(speakers) == each) for each in names]
    drawn = []
    for r in range(ROUNDS):
        random = SplitMix64(SEED, r)
        chosen = np.concatenate([rows[random.below(len(rows))] for _ in rows])
        drawn.append([metrics(y[chosen], p[chosen]) for p in (model, other)])
    drawn = np.array(drawn)
    values = np.array([metrics(y, p) for p in (model, other)])
    values = np.vstack([values, values[0] - values[1]])
    drawn = np.concatenate([drawn, drawn[:, :1] - drawn[:, 1:]], axis=1)
    return {
        "name": name,
        "speakers": list(speakers),
        "labels": y.tolist(),
        "model": model.tolist(),
        "other": other.tolist(),
        "values": [[None if np.isnan(v) else v for v in row] for row in values.tolist()],
        "intervals": [[interval(drawn[:, k, m]) for m in range(6)] for k in range(3)],
    }


def main():
    rng = np.random.default_rng(0)
    speakers = [f"s{i}" for i in np.repeat(np.arange(7), [12, 3, 9, 1, 20, 8, 7])]
    n = len(speakers)
    habit = {name: rng.normal(0, 1.5) for name in dict.fromkeys(speakers)}
    y = 12 + np.array([habit[name] for name in speakers]) + rng.normal(0, 1, n)
    model = 12 + 0.6 * (y - 12) + rng.normal(0, 0.8, n)
    other = 12 + 0.3 * (y - 12) + rng.normal(0, 0.8, n)
    order = rng.permutation(n)
    cases = [
        case("plain", speakers, y, model, other),
        case("ties", speakers, np.round(y), np.round(model), np.round(other)),
        case("worse than the mean", speakers, y, 30 - model, np.full(n, 11.9)),
        case("far from zero", speakers, y + 1e5, model + 1e5, other),
        case("mixed order", [speakers[i] for i in order], y[order], model[order], other[order]),
    ]
    with open("metrics.json", "w") as file:
        json.dump({"rounds": ROUNDS, "seed": SEED, "cases": cases}, file)
        file.write("\n")

    fits = []
    for n, d, noise in ((90, 6, 1.0), (40, 30, 3.0), (30, 4, 50.0)):
        x = (rng.normal(0, 1, (n, d)) * rng.uniform(0.1, 3, d) + rng.normal(0, 5, d)).astype("f4")
        x[:, -1] = 0
        target = 12 + x[:, :3].astype("f8") @ [0.5, -0.3, 0.2] + rng.normal(0, noise, n)
        groups = rng.integers(0, 11, n)
        centred = x.astype("f8") - x.astype("f8").mean(axis=0)
        scale = np.sqrt((centred**2).mean())
        z = centred / scale
        alphas = [10 ** (i / 2) for i in range(-2, 15)]
        errors = []
        for alpha in alphas:
            error = 0
            for fold in range(5):
                held = groups % 5 == fold
                fit = Ridge(alpha, solver="svd").fit(z[~held], target[~held])
                error += ((fit.predict(z[held]) - target[held]) ** 2).sum()
            errors.append(error)
        alpha = alphas[int(np.argmin(errors))]
        fit = Ridge(alpha, solver="svd").fit(z, target)
        fits.append(
            {
                "x": x.tolist(),
                "targets": target.tolist(),
                "groups": groups.tolist(),
                "alpha": alpha,
                "weights": (fit.coef_ / scale).tolist(),
                "predictions": fit.predict(z).tolist(),
            }
        )
    with open("ridge.json", "w") as file:
        json.dump(fits, file)
        file.write("\n")


if __name__ == "__main__":
    main()
