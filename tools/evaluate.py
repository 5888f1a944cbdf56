"""Evaluates documents of the portable model format, `ce-model/1`, by the rules of docs/FORMATS.md.

It is what the exporter holds against the estimator. It checks nothing: a reader of files does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def evaluate(document: dict[str, Any], rows: Any) -> np.ndarray:
    """What a reader of the format answers, `[n_rows, n_outputs]`: a plain transcription of the format's rules."""
    model, rows = document["model"], np.asarray(rows, dtype=np.float64)
    if document.get("input") == "float32":
        rows = rows.astype(np.float32).astype(np.float64)
    answer = {
        "linear": _evaluate_linear,
        "logistic": _evaluate_linear,
        "softmax": _evaluate_linear,
        "forest": _evaluate_forest,
        "boosting": _evaluate_boosting,
    }[model["type"]]
    return np.array([answer(model, row) for row in rows.tolist()])


def _evaluate_linear(model: dict[str, Any], row: list[float]) -> list[float]:
    many = model["type"] == "softmax"
    scores = []
    for coef, z in zip(model["coef"], model["intercept"]) if many else [(model["coef"], model["intercept"])]:
        for w, x in zip(coef, row, strict=True):
            z += w * x
        scores.append(z)
    return _linked("identity" if model["type"] == "linear" else model["type"], scores)


def _evaluate_forest(model: dict[str, Any], row: list[float]) -> list[float]:
    total = [0.0] * model["n_outputs"]
    for tree in model["trees"]:
        total = [a + b for a, b in zip(total, _leaf(tree, row), strict=True)]
    return [value / len(model["trees"]) for value in total]


def _evaluate_boosting(model: dict[str, Any], row: list[float]) -> list[float]:
    scores = list(model["init"])
    for stage in model["trees"]:
        for k, tree in enumerate(stage):
            scores[k] += model["learning_rate"] * _leaf(tree, row)[0]
    return _linked(model["link"], scores)


def _leaf(tree: dict[str, Any], row: list[float]) -> list[float]:
    node = 0
    while tree["left"][node] >= 0:
        goes_left = row[tree["feature"][node]] <= tree["threshold"][node]
        node = tree["left" if goes_left else "right"][node]
    return tree["value"][node]


def _linked(link: str, scores: list[float]) -> list[float]:
    if link == "identity":
        return scores
    if link == "logistic":
        (z,) = scores
        p = 1.0 / (1.0 + math.exp(-z)) if z > -700.0 else math.exp(z)
        return [1.0 - p, p]
    powers = [math.exp(z - max(scores)) for z in scores]
    total = 0.0
    for power in powers:  # `sum` may compensate for rounding
        total += power
    return [power / total for power in powers]
