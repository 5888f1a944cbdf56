"""What the metrics of a batch should come to: by scikit-learn where it has them, by their definitions where it has not. It never
knows what the engine answered."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import brier_score_loss, log_loss

from compare.asks import Ask
from compare.problems import Problem

# The bins of the expected calibration error, each open below and closed above.
N_BINS = 10
# How near to 0 and 1 probabilities count, as in scikit-learn.
CLIPPED = np.finfo(float).eps


def measured(problem: Problem, ask: Ask, answers: dict[str, Any]) -> dict[str, Any]:
    """The metrics of answers about the test rows, by their names in the engine's file."""
    low, high = (np.asarray(answers[key], dtype=float) for key in ("low", "high"))
    # The same infinity on both sides is no width.
    widths = np.where(low == high, 0.0, high - low)
    found: dict[str, Any] = {"n_instances": len(low), "calibrated": None, "uncalibrated": None, "coverage": None}
    found |= {"mean_width": float(np.mean(widths)), "median_width": float(np.median(widths))}
    y = problem.y_test
    if problem.n_classes:
        found["calibrated"] = _of_classes(np.asarray(answers["proba"], dtype=float), y)
        found["uncalibrated"] = _of_classes(np.asarray(problem.model.predict_proba(problem.x_test), dtype=float), y)
    elif ask.is_event:
        ends = ask.quantity["threshold"]
        happened = (ends[0] < y) & (y <= ends[1]) if isinstance(ends, tuple) else y <= ends
        found["calibrated"] = _of_event(np.asarray(answers["predict"], dtype=float), happened)
    else:
        found["coverage"] = float(np.mean((low <= y) & (y <= high)))
    return found


def _of_event(p: np.ndarray, happened: np.ndarray) -> dict[str, float]:
    return {
        "brier": brier_score_loss(happened, p, pos_label=True, labels=[False, True]),
        "log_loss": log_loss(happened, p, labels=[False, True]),
        "expected_calibration_error": _calibration_error(p, happened),
    }


def _of_classes(proba: np.ndarray, y: np.ndarray) -> dict[str, float]:
    if proba.shape[1] == 2:
        return _of_event(proba[:, 1], y == 1)
    # By the definitions: scikit-learn wants rows that add up to 1, which rounded models do not answer.
    is_class = np.arange(proba.shape[1]) == y[:, np.newaxis]
    likeliest = proba.argmax(axis=1)
    return {
        "brier": float(np.mean(((proba - is_class) ** 2).sum(axis=1))),
        "log_loss": float(np.mean(-np.log(np.clip(proba[is_class], CLIPPED, 1 - CLIPPED)))),
        "expected_calibration_error": _calibration_error(proba.max(axis=1), likeliest == y),
    }


def _calibration_error(p: np.ndarray, happened: np.ndarray) -> float:
    bins = np.searchsorted(np.arange(1, N_BINS + 1) / N_BINS, p)
    errors = [(bins == one).sum() * abs(happened[bins == one].mean() - p[bins == one].mean()) for one in np.unique(bins)]
    return float(np.sum(errors) / len(p))
