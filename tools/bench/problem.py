"""Writes one problem for the two sides of a measurement: a model file, a pickled estimator, and raw float64 numbers.

    python tools/bench/problem.py DIR '{"task": "classification", "model": "logistic", "n_features": 30, "n_cal": 500}'

It never measures anything. The same words give the same numbers.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from export_sklearn import check, to_document, write_json  # noqa: E402

N_TEST = 1000
N_TRAIN = 2000
N_TREES = 100
# Both sides round the cheap model's outputs, so that the last bit of an exponential is of no consequence.
DECIMALS = 6


def write(place: Path, task: str, model: str, n_features: int, n_cal: int, seed: int = 42) -> None:
    """Writes the problem into `place`."""
    place.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng([seed, n_features, n_cal])
    n_rows = N_TRAIN + n_cal + N_TEST
    x = random.normal(size=(n_rows, n_features))
    coef = np.round(2.0 / np.arange(1, n_features + 1), 6)
    signal = x @ coef + 0.5 * np.sin(3.0 * x[:, 0])
    noise = random.normal(size=n_rows)
    classifies = task == "classification"
    y = (signal + noise > 0.0).astype(float) if classifies else np.round(10.0 * signal + 5.0 * noise, 6)

    train, cal = slice(0, N_TRAIN), slice(N_TRAIN, N_TRAIN + n_cal)
    names = [f"f{idx}" for idx in range(n_features)]
    if model == "forest":
        kind = RandomForestClassifier if classifies else RandomForestRegressor
        estimator = kind(n_estimators=N_TREES, max_depth=8, random_state=seed, n_jobs=1).fit(x[train], y[train])
        document = to_document(estimator, feature_names=names, classes=["no", "yes"] if classifies else None)
        check(document, estimator, x[cal][:100])
        (place / "model.pkl").write_bytes(pickle.dumps(estimator))
    else:
        kind = "logistic" if classifies else "linear"
        slopes = (coef if classifies else 10.0 * coef).tolist()
        document = {"format": "ce-model/1", "task": task, "feature_names": names, "decimals": DECIMALS}
        document |= {"classes": ["no", "yes"]} if classifies else {}
        document |= {"model": {"type": kind, "coef": slopes, "intercept": 0.0}}
    write_json(place / "model.json", document)
    for name, values in (("x_cal", x[cal]), ("y_cal", y[cal]), ("x_test", x[N_TRAIN + n_cal :])):
        values.astype("<f8").tofile(place / f"{name}.f64")


if __name__ == "__main__":
    write(Path(sys.argv[1]), **json.loads(sys.argv[2]))
