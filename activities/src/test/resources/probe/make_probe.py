"""Makes the golden numbers of ProbeNumbersTest: made-up samples, and what numpy and scikit-learn find.

Needs numpy and scikit-learn. From this folder: python3 make_probe.py > golden.json

Everything is computed a second time here, from the definitions: ridge regression by scikit-learn with the penalty
chosen by 5 folds over groups, the online code, the held-out correlation, the least squares over a simplex.
"""

import json
import math

import numpy as np
from sklearn.linear_model import Ridge

STEP = 0.01
FOLDS = 5
ALPHAS = [10 ** (i / 2) for i in range(-2, 15)]


def fit(x, y, groups):
    """Ridge regression as the evaluation stage fits it."""
    mean = x.mean(0)
    scale = math.sqrt(((x - mean) ** 2).mean())
    z = (x - mean) / scale
    errors = []
    for alpha in ALPHAS:
        error = 0.0
        for fold in range(FOLDS):
            held = groups % FOLDS == fold
            if held.any():
                model = Ridge(alpha=alpha, solver="cholesky").fit(z[~held], y[~held])
                error += ((model.predict(z[held]) - y[held]) ** 2).sum()
        errors.append(error)
    alpha = ALPHAS[int(np.argmin(errors))]
    model = Ridge(alpha=alpha, solver="cholesky").fit(z, y)
    return lambda new: model.predict((new - mean) / scale)


def ends(groups):
    """Where blocks end; groups are in order, numbered from 0."""
    n = len(groups)
    found = []
    for halvings in range(6, -1, -1):
        end = max(8, math.ceil(n / 2**halvings))
        while end < n and (groups[end] == groups[end - 1] or groups[end] < 2):
            end += 1
        if end <= n and (not found or end > found[-1]):
            found.append(end)
    return found


def gaussian_bits(y, mean, variance):
    return float((np.log(2 * np.pi * variance) / 2 + (y - mean) ** 2 / (2 * variance) - math.log(STEP)).sum() / math.log(2))


def shrunk(errors):
    return max(((errors**2).sum() + 4) / (len(errors) + 1), STEP**2)


def online_code(x, y, groups):
    blocks = ends(groups)
    bits = constant = blocks[0] * math.log2(40 / STEP)
    newest = None
    for begin, end in zip(blocks, blocks[1:]):
        before = y[:begin]
        variance = shrunk(before - before.mean())
        predicted = fit(x[:begin], before, groups[:begin])(x[begin:end])
        bits += gaussian_bits(y[begin:end], predicted, variance if newest is None else newest)
        constant += gaussian_bits(y[begin:end], before.mean(), variance)
        newest = shrunk(y[begin:end] - predicted)
    return bits / len(y), constant / len(y)


def held_out_correlation(x, y, groups):
    predicted = np.zeros(len(y))
    expected = np.zeros(len(y))
    for fold in range(FOLDS):
        held = groups % FOLDS == fold
        others = groups[~held]
        numbers = {group: i for i, group in enumerate(dict.fromkeys(others))}
        inner = np.array([numbers[group] for group in others])
        found = fit(x[~held], y[~held], inner)(x[held])
        predicted[held] = found - found.mean()
        expected[held] = y[held] - y[held].mean()
    return float((predicted * expected).sum() / math.sqrt((predicted**2).sum() * (expected**2).sum()))


def simplex_least_squares(gram, target):
    """By projected gradient, another way than the one that is tested."""
    w = np.full(len(target), 1 / len(target))
    rate = 1 / np.linalg.norm(gram, 2)
    for _ in range(20_000):
        v = w - rate * (gram @ w - target)
        u = np.sort(v)[::-1]
        excess = (np.cumsum(u) - 1) / (np.arange(len(u)) + 1)
        w = np.maximum(v - excess[np.nonzero(u > excess)[0][-1]], 0)
    return w


def main():
    rng = np.random.default_rng(6)
    speakers, each, d = 13, 9, 6
    groups = np.repeat(np.arange(speakers), each)
    x = (rng.normal(size=(speakers, d))[groups] + rng.normal(size=(speakers * each, d))).astype(np.float32)
    y = 13 + x @ np.array([1.0, -0.5, 0.3, 0, 0, 0]) + rng.normal(size=speakers * each)
    y = np.round(y, 6)
    bits, constant = online_code(x.astype(float), y, groups)
    outputs = rng.normal(size=(200, 4))
    target = outputs @ np.array([0.6, 0.4, 0.0, -0.2]) + rng.normal(size=200)
    gram, with_target = outputs.T @ outputs, outputs.T @ target
    print(
        json.dumps(
            {
                "groups": groups.tolist(),
                "x": [[float(v) for v in row] for row in x],
                "cps": y.tolist(),
                "ends": ends(groups),
                "bits": bits,
                "constantBits": constant,
                "correlation": held_out_correlation(x.astype(float), y, groups),
                "gram": gram.tolist(),
                "withTarget": with_target.tolist(),
                "simplex": simplex_least_squares(gram, with_target).tolist(),
            }
        )
    )


main()
