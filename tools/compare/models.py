"""Models whose outputs both sides compute with the same operations in the same order. They never learn.

numpy's dot product adds in an order of its own; these add one column after the other, as the portable format says.
"""

from __future__ import annotations

import math

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin


def rounded(values: np.ndarray, decimals: int | None) -> np.ndarray:
    """Half up, as the portable format rounds."""
    return values if decimals is None else np.floor(values * 10.0**decimals + 0.5) / 10.0**decimals


def weighted(x: np.ndarray, coef: np.ndarray, intercept: float) -> np.ndarray:
    sums = np.full(len(x), float(intercept))
    for column, weight in enumerate(coef):
        sums = sums + weight * x[:, column]
    return sums


class _Fitted(BaseEstimator):
    def __init__(self, coef=None, intercept=None, decimals=None):
        self.coef, self.intercept, self.decimals = coef, intercept, decimals
        self.fitted_ = True

    def fit(self, x, y):
        return self


class Logistic(ClassifierMixin, _Fitted):
    """Two classes."""

    classes_ = np.array([0, 1])

    def predict_proba(self, x):
        sums = weighted(np.asarray(x, float), self.coef, self.intercept)
        p = rounded(np.array([1 / (1 + math.exp(-value)) for value in sums]), self.decimals)
        return np.column_stack([1 - p, p])

    def predict(self, x):
        return (self.predict_proba(x)[:, 1] >= 0.5).astype(int)


class Softmax(ClassifierMixin, _Fitted):
    """More classes."""

    @property
    def classes_(self):
        return np.arange(len(self.coef))

    def predict_proba(self, x):
        x = np.asarray(x, float)
        scores = np.stack([weighted(x, *one) for one in zip(self.coef, self.intercept)], axis=1)
        powers = np.vectorize(math.exp)(scores - scores.max(axis=1, keepdims=True))
        total = np.zeros(len(x))
        for column in range(powers.shape[1]):
            total = total + powers[:, column]
        return rounded(powers / total[:, None], self.decimals)

    def predict(self, x):
        return self.predict_proba(x).argmax(axis=1)


class Linear(RegressorMixin, _Fitted):
    """A value."""

    def predict(self, x):
        return rounded(weighted(np.asarray(x, float), self.coef, self.intercept), self.decimals)
