"""Makes tests/fixtures/package/difficulty.json and normalization.json: what the Python package answers about difficulties,
summaries and normalisations on small random problems.

    python3 tools/fixtures_calibrator.py

Needs calibrated-explanations 1.0.2 with crepes 0.9.1. The same bytes every time: all randomness has a seed.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from calibrated_explanations.calibration.interval_regressor import IntervalRegressor
from calibrated_explanations.calibration.venn_abers import VennAbers
from calibrated_explanations.utils.perturbation import perturb_dataset
from crepes.extras import DifficultyEstimator

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures" / "package"
SUMMARIES = ["regularized_mean", "mean", "lower", "upper"]
NORMALIZATIONS = ["scale", "simplex", "coherence", "none"]
N_CAL, N_TEST, SEED = 60, 15, 42


class FirstColumns:
    """A model whose scores are the first columns of a row, and a difficulty estimator that reads the last one."""

    fitted = True

    def __init__(self, n_classes: int):
        self.n_classes = n_classes

    def predict_proba(self, x):
        return np.column_stack([1 - x[:, 0], x[:, 0]]) if self.n_classes == 2 else x[:, : self.n_classes]

    def apply(self, x):
        return x[:, -1]


class Explainer:
    """What an IntervalRegressor reads of an explainer: rows are prediction and difficulty."""

    def __init__(self, x_cal, y_cal, with_difficulty: bool):
        self.x_cal, self.y_cal, self.bins, self.seed = x_cal, y_cal, None, SEED
        self.difficulty_estimator = FirstColumns(1) if with_difficulty else None

    def predict_function(self, x):
        return x[:, 0]

    def predict_calibration(self):
        return self.predict_function(self.x_cal)

    def get_sigma_test(self, x):
        return np.ones(len(x)) if self.difficulty_estimator is None else x[:, 1]


def neighbours(rng) -> dict:
    x = np.round(rng.normal(size=(N_CAL, 4)) * [1, 10, 100, 0.1], 3)
    x_test = np.round(rng.normal(size=(N_TEST, 4)) * [1.3, 13, 130, 0.13], 3)
    y, residuals = np.round(rng.normal(size=N_CAL) * 5, 3), np.round(rng.normal(size=N_CAL), 3)
    told = {"distance": {}, "standard_deviation": {"y": y}, "absolute_residuals": {"residuals": residuals}}
    answers = []
    for measure, columns in told.items():
        for k in [1, 7, 25]:
            for scaled in [False, True]:
                beta = 0.01 if k == 25 else 0.2
                estimator = DifficultyEstimator().fit(X=x, k=k, scaler=scaled, beta=beta, **columns)
                answers.append({
                    "measure": measure, "n_neighbours": k, "is_scaled": scaled, "beta": beta,
                    "cal": estimator.apply(x).tolist(), "test": estimator.apply(x_test).tolist(),
                })
    return {"x": x.tolist(), "x_test": x_test.tolist(), "y": y.tolist(), "residuals": residuals.tolist(), "answers": answers}


def classes(rng) -> dict:
    """Two classes, the difficulty in the second column."""
    x = np.round(rng.uniform(size=(N_CAL, 2)), 3)
    x_test = np.vstack([np.round(rng.uniform(size=(N_TEST, 2)), 3), [[0.5, 0.3], [0.2, 0.0], [0.7, 1.0], [1.0, 0.4]]])
    y = (rng.uniform(size=N_CAL) < x[:, 0]).astype(int)
    model = FirstColumns(2)
    calibrator = VennAbers(x, y, model, difficulty_estimator=model)
    answers = {}
    for summary in SUMMARIES:
        proba, low, high = calibrator.predict_proba(x_test, output_interval=True, interval_summary=summary)
        answers[summary] = {"predict": proba[:, 1].tolist(), "low": low.tolist(), "high": high.tolist()}
    return {"x": x.tolist(), "y": y.tolist(), "x_test": x_test.tolist(), "answers": answers}


def values(rng) -> dict:
    """A regression: prediction and difficulty in the two columns; percentiles and events, with and without difficulty."""
    x = np.column_stack([np.round(rng.uniform(-10, 10, N_CAL), 3), np.round(rng.uniform(0.2, 3, N_CAL), 3)])
    x_test = np.column_stack([np.round(rng.uniform(-10, 10, N_TEST), 3), np.round(rng.uniform(0.2, 3, N_TEST), 3)])
    y = np.round(x[:, 0] + x[:, 1] * rng.normal(size=N_CAL), 3)
    answers = []
    for with_difficulty in [False, True]:
        calibrator = IntervalRegressor(Explainer(x, y, with_difficulty))
        for low, high in [(5, 95), (20, 60)]:
            predict, below, above, _ = calibrator.predict_uncertainty(x_test, [low, high])
            answers.append({
                "with_difficulty": with_difficulty, "percentiles": [low, high],
                "predict": predict.tolist(), "low": below.tolist(), "high": above.tolist(),
            })
        for event in [1.5, (-3.0, 4.0)]:
            for summary in SUMMARIES:
                predict, below, above, _ = calibrator.predict_probability(x_test, event, interval_summary=summary)
                answers.append({
                    "with_difficulty": with_difficulty, "event": list(event) if isinstance(event, tuple) else [None, event],
                    "summary": summary, "predict": predict.tolist(), "low": below.tolist(), "high": above.tolist(),
                })
    return {"x": x.tolist(), "y": y.tolist(), "x_test": x_test.tolist(), "answers": answers}


def many_classes(rng) -> dict:
    """Three classes under every normalisation and summary, as the package leaves them: neither clamped nor widened."""
    x, x_test = (np.round(rng.dirichlet([1.0, 0.8, 0.6], size=n), 3) for n in [N_CAL, N_TEST])
    y = np.array([rng.choice(3, p=row / row.sum()) for row in x])
    calibrator = VennAbers(x, y, FirstColumns(3))
    answers = []
    for normalization in NORMALIZATIONS:
        for summary in SUMMARIES:
            proba, low, high, _ = calibrator.predict_proba(
                x_test, output_interval=True, interval_summary=summary, normalization=normalization
            )
            answers.append({
                "normalization": normalization, "summary": summary,
                "predict": proba.tolist(), "low": low.tolist(), "high": high.tolist(),
            })
    return {"x": x.tolist(), "y": y.tolist(), "x_test": x_test.tolist(), "answers": answers}


def gaussian(rng) -> dict:
    """Noise as the package draws it, without the mean that it puts in the place of the values."""
    x = np.round(rng.normal(size=(12, 2)) * [1, 50], 3)
    noised, _, _, _ = perturb_dataset(x, np.zeros(12), [], "gaussian", scale_factor=3, severity=0.7, seed=SEED)
    return {"x": x.tolist(), "scale_factor": 3, "severity": 0.7, "seed": SEED, "noise": (noised - x.mean(axis=0)).tolist()}


def write(name: str, content: dict) -> None:
    FIXTURES.mkdir(parents=True, exist_ok=True)
    text = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
    (FIXTURES / name).write_text("{\n" + text + "\n}\n")


if __name__ == "__main__":
    rng = np.random.default_rng(SEED)
    write("difficulty.json", {"neighbours": neighbours(rng), "classes": classes(rng), "values": values(rng)})
    write("normalization.json", {"many_classes": many_classes(rng), "gaussian": gaussian(rng)})
