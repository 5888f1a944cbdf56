"""Random problems, each a function of its seed and its task. They are drawn to be awkward: ties, constant columns, columns of
two values, values that float32 cannot tell apart, negative zeros, rows of the calibration set, rows outside of its range.
They never depend on the machine or on what was drawn before."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from export_sklearn import check, to_document
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from compare.models import Linear, Logistic, Softmax

TASKS = {"binary": 2, "multiclass": 3, "regression": 0}
N_TEST = 10
PERCENTILES = [[25, 50, 75], [0, 100], [50], [10, 33.3, 90], [0.1, 50, 99.9], [12.5, 37.5, 62.5, 87.5, 100]]


@dataclass
class Problem:
    """A model, a calibration set, instances, and the settings that both sides are given."""

    seed: int
    task: str
    n_classes: int
    x_cal: np.ndarray
    y_cal: np.ndarray
    x_test: np.ndarray
    # What turned out for the first instances may not be what it says: those are rows of the calibration set.
    y_test: np.ndarray
    categorical: list[int]
    labels: dict[int, dict[int, str]]
    bins_cal: np.ndarray | None
    bins_test: np.ndarray | None
    ignored: list[int]
    kind: str
    model: Any
    document: dict[str, Any]
    random_state: int = 42
    source: str = "prediction"
    percentiles: list[float] = field(default_factory=lambda: [25, 50, 75])
    scale_factor: int = 5
    severity: float = 1.0
    difficulty_weights: np.ndarray | None = None

    @property
    def names(self) -> list[str]:
        return [f"f{column}" for column in range(self.x_cal.shape[1])]

    @property
    def scale(self) -> float:
        """What differences of a regression's values are relative to."""
        return 1.0 if self.n_classes else max(1.0, float(np.abs(self.y_cal).max()))

    def __str__(self) -> str:
        bins = "" if self.bins_cal is None else f", {len(np.unique(self.bins_cal))} Mondrian categories"
        return f"seed {self.seed}, {self.task}, {self.kind}, {len(self.y_cal)} calibration rows{bins}"

    def request(self, asks: list[dict[str, Any]]) -> dict[str, Any]:
        """The problem as the driver reads it."""

        def data(x: np.ndarray, bins: np.ndarray | None) -> dict[str, Any]:
            return {"x": x, "mondrian": None if bins is None else [f"b{one}" for one in bins]}

        return {
            "model": self.document,
            "calibration": data(self.x_cal, self.bins_cal),
            "targets": self.y_cal.astype(float),
            "categorical": self.categorical,
            "labels": {column: [names[code] for code in sorted(names)] for column, names in self.labels.items()},
            "test": data(self.x_test, self.bins_test),
            "asks": asks,
        }


def draw(seed: int, task: str) -> Problem:
    """The problem of a seed and a task."""
    n_classes = TASKS[task] if task != "multiclass" else 3 + seed % 2
    random = np.random.default_rng([7, list(TASKS).index(task), seed])
    n_train = 300 if seed % 5 == 0 else 150
    n_cal = int(random.choice([5, 30, 200, 500] if n_classes < 3 else [30, 200, 500]))
    n = n_train + n_cal + N_TEST
    x, categorical, labels = _columns(random, n)
    y = _targets(random, x, n_classes)
    train, cal, test = slice(0, n_train), slice(n_train, n_train + n_cal), slice(n_train + n_cal, n)
    if n_classes:
        for part in (y[train], y[cal]):
            _every_class(random, part, n_classes)
    x_cal, y_cal, x_test = x[cal].copy(), y[cal].copy(), x[test].copy()
    _awkward_rows(x_cal, x_test, categorical)
    kind, model, document = _model(random, x[train], y[train], x_cal, n_classes, seed)
    bins_cal, bins_test = _bins(random, n_cal)
    n_columns = x.shape[1]
    ignored = [column for column in range(n_columns) if random.random() < 0.15] if random.random() < 0.3 else []
    return Problem(
        seed=seed,
        task=task,
        n_classes=n_classes,
        x_cal=x_cal,
        y_cal=y_cal,
        x_test=x_test,
        y_test=y[test].copy(),
        categorical=categorical,
        labels=labels,
        bins_cal=bins_cal,
        bins_test=bins_test,
        ignored=ignored,
        kind=kind,
        model=model,
        document=document,
        random_state=int(random.choice([42, 0, 1, 7, 2**32 - 1, 123456789])),
        source="observed" if random.random() < 0.25 else "prediction",
        percentiles=PERCENTILES[int(random.integers(len(PERCENTILES)))],
        scale_factor=int(random.choice([1, 2, 3, 5, 7])),
        severity=float(random.choice([0, 0.1, 1, 2.5])),
        difficulty_weights=random.normal(size=n_columns),
    )


def _columns(random: np.random.Generator, n: int) -> tuple[np.ndarray, list[int], dict[int, dict[int, str]]]:
    """Rows, the categorical columns, and their labels in about half of the problems."""
    columns = [_quantity(random, n) for _ in range(int(random.integers(2, 5)))]
    n_quantities, has_labels, names = len(columns), bool(random.integers(0, 2)), {}
    for column in range(int(random.integers(0, 3))):
        n_codes = int(random.choice([1, 2, 2, 3, 4]))
        codes = np.arange(n_codes) if has_labels else np.sort(random.choice(np.arange(1, 12), n_codes, replace=False))
        columns.append(codes.astype(float)[random.choice(n_codes, size=n, p=random.dirichlet(np.full(n_codes, 3.0)))])
        if has_labels:
            names[n_quantities + column] = {code: f"L{column}_{code}" for code in range(n_codes)}
    order = random.permutation(len(columns))
    x, place = np.stack(columns, axis=1)[:, order], np.argsort(order)
    if random.random() < 0.25:
        x = np.column_stack([x, np.full(n, 2.5)])
    categorical = sorted(int(place[column]) for column in range(n_quantities, len(columns)))
    return x, categorical, {int(place[column]): labels for column, labels in names.items()}


def _quantity(random: np.random.Generator, n: int) -> np.ndarray:
    values = random.normal(size=n) * random.choice([1, 10])
    kind = random.choice(["raw", "tenths", "whole", "skewed", "large", "tiny", "two", "near", "eighths", "negative zero"])
    return {
        "raw": values,
        "tenths": np.round(values, 1),
        "whole": np.round(values),
        "skewed": np.round(np.exp(values / (1 if abs(values).max() < 8 else 10)), 3),
        "large": 1e7 + np.round(values, 2),
        "tiny": values * 1e-8,
        "two": np.where(values > 0.3, 7.25, -1.5),
        # Less than what scikit-learn's trees tell apart.
        "near": 1 + np.round(values * 3) * 6e-8,
        # Texts of two decimals have to be rounded half to even.
        "eighths": np.round(values) / 8 + 0.005,
        "negative zero": np.where(values > 0.5, -0.0, np.round(values / 2)),
    }[str(kind)]


def _targets(random: np.random.Generator, x: np.ndarray, n_classes: int) -> np.ndarray:
    n, width = x.shape
    scaled = x / (x.std(axis=0) + 1e-9)
    bias = random.choice([0, 0, 1.2, -1.5])
    if n_classes > 2:
        scores = scaled @ random.normal(size=(width, n_classes))
        scores = (scores - scores.mean(axis=0)) / (scores.std(axis=0) + 1e-9)
        scores += random.gumbel(size=(n, n_classes)) * 0.5 + np.r_[bias, np.zeros(n_classes - 1)]
        return scores.argmax(axis=1)
    signal = scaled @ random.normal(size=width) + 0.7 * np.sin(2 * scaled[:, 0])
    signal = (signal - signal.mean()) / signal.std()
    if n_classes:
        return (signal + bias + random.normal(size=n) * 0.6 > 0).astype(int)
    return np.round(10 * signal + random.normal(size=n) * 3, int(random.choice([0, 2, 6])))


def _every_class(random: np.random.Generator, y: np.ndarray, n_classes: int) -> None:
    """Puts each class into the labels: what happens without one is a decision, and has tests of its own."""
    for _ in range(2):
        for label in range(n_classes):
            if not (y == label).any():
                y[random.integers(len(y))] = label


def _awkward_rows(x_cal: np.ndarray, x_test: np.ndarray, categorical: list[int]) -> None:
    x_test[:3] = x_cal[:3]
    for column in range(x_cal.shape[1]):
        known = np.unique(x_cal[:, column])
        if column in categorical:
            x_test[~np.isin(x_test[:, column], known), column] = known[0]
        elif len(known) > 1:
            x_test[3, column], x_test[4, column] = known[-1] + 1, known[0] - 1


def _bins(random: np.random.Generator, n_cal: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    if random.integers(0, 2) == 0:
        return None, None
    n_bins = int(random.choice([1, 2, 3, 5]))
    bins_cal, bins_test = random.integers(0, n_bins, size=n_cal), random.integers(0, n_bins, size=N_TEST)
    bins_test[~np.isin(bins_test, bins_cal)] = bins_cal[0]
    return bins_cal, bins_test


def _model(random, x, y, x_check, n_classes: int, seed: int) -> tuple[str, Any, dict[str, Any]]:
    kind = str(random.choice(["analytic", "analytic", "analytic", "forest", "tree", "boosting"]))
    if kind == "analytic":
        decimals = [2, 5, 6, None][int(random.integers(4))]
        return f"{kind} with {decimals} decimals", *_analytic(x, y, n_classes, decimals)
    forest = {"n_estimators": 9, "max_depth": 4, "random_state": seed}
    estimators = {
        "forest": (RandomForestClassifier, RandomForestRegressor, forest),
        "tree": (DecisionTreeClassifier, DecisionTreeRegressor, {"max_depth": 3, "random_state": seed}),
        "boosting": (GradientBoostingClassifier, GradientBoostingRegressor, {**forest, "n_estimators": 8, "max_depth": 2}),
    }
    classifier, regressor, arguments = estimators[kind]
    model = (classifier if n_classes else regressor)(**arguments).fit(x, y)
    classes = [f"c{label}" for label in range(n_classes)] if n_classes else None
    document = to_document(model, feature_names=[f"f{column}" for column in range(x.shape[1])], classes=classes)
    check(document, model, x_check)
    return kind, model, document


def _analytic(x, y, n_classes: int, decimals: int | None) -> tuple[Any, dict[str, Any]]:
    fitted = (LogisticRegression(max_iter=2000) if n_classes else LinearRegression()).fit(x, y)
    if n_classes == 2:
        coef, intercept, model, name = fitted.coef_[0], float(fitted.intercept_[0]), Logistic, "logistic"
    elif n_classes:
        coef, intercept, model, name = fitted.coef_, fitted.intercept_, Softmax, "softmax"
    else:
        coef, intercept, model, name = fitted.coef_, float(fitted.intercept_), Linear, "linear"
    document = {
        "format": "ce-model/1",
        "task": "classification" if n_classes else "regression",
        "feature_names": [f"f{column}" for column in range(x.shape[1])],
        "model": {"type": name, "coef": np.asarray(coef).tolist(), "intercept": np.asarray(intercept).tolist()},
    }
    if n_classes:
        document["classes"] = [f"c{label}" for label in range(n_classes)]
    if decimals is not None:
        document["decimals"] = decimals
    return model(coef, intercept, decimals), document


def quantities(problem: Problem) -> list[dict[str, Any]]:
    """What is asked of a problem: of a regression two pairs of percentiles, one of them open, and two events."""
    if problem.n_classes:
        return [{}]
    random, y = np.random.default_rng([11, problem.seed]), problem.y_cal
    closed = [(5.0, 95.0), (10.0, 90.0), (2.5, 97.5), (50.0, 50.0), (20.0, 80.0), (1.0, 99.0), (33.3, 66.7)]
    inf = math.inf
    opened = [(-inf, 90.0), (10.0, inf), (5.0, inf), (50.0, inf), (-inf, 50.0)]
    low, high = (float(np.round(value, 2)) for value in np.quantile(y, [0.3, 0.7]))
    at_most = float(np.round(np.quantile(y, random.choice([0.1, 0.5, 0.8])), 2))
    if random.random() < 0.5:
        at_most = float(y[0])  # An observed target, so that scores tie.
    if random.random() < 0.25:
        at_most = float(random.choice([y.min() - 1, y.max(), y.max() + 5, y.min()]))
    return [
        {"percentiles": closed[int(random.integers(len(closed)))]},
        {"percentiles": opened[int(random.integers(len(opened)))]},
        {"threshold": at_most},
        {"threshold": (low, high if high > low else low + 1.0)},
    ]
