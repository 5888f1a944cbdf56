"""Exports fitted scikit-learn models to the portable model format, `ce-model/1`.

As a library:

    from export_sklearn import export
    export(forest, "model.json", feature_names=names, check_rows=x_test)

Text columns that an OrdinalEncoder turned into codes are named with their values, so that readers encode them alike:

    export(forest, "model.json", categories=dict(zip(["island", "sex"], encoder.categories_)))

As a command, remakes one set of the example data (the same bytes for the same versions, see requirements.txt):

    python tools/export_sklearn.py examples/data/breast_cancer

It never guesses: an estimator whose predictions the format cannot hold is refused. Missing values are the one thing that
a fitted forest does not tell: the format has no rule for them, so fit on data that has none.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Sequence

import numpy as np
import sklearn
from sklearn.base import is_classifier
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    HuberRegressor,
    Lasso,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    QuantileRegressor,
    Ridge,
    RidgeCV,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor
from sklearn.utils.validation import check_is_fitted

from evaluate import evaluate

FORMAT = "ce-model/1"

# A forest is added up in the same order here and there. Elsewhere scikit-learn leaves the order of a sum, or the last bit
# of an exponential, to the libraries that it was built with.
TOLERANCE = {"forest": 0.0, "linear": 1e-12, "logistic": 1e-12, "softmax": 1e-12, "boosting": 1e-12}


class ExportError(ValueError):
    """The estimator cannot be exported; the message says what is expected, what was found, and what to do."""


# --- The library ------------------------------------------------------------------------------------------------------


def export(
    estimator: Any,
    path: str | Path,
    *,
    feature_names: Sequence[str] | None = None,
    classes: Sequence[Any] | None = None,
    categories: dict[str, Sequence[Any]] | None = None,
    check_rows: Any = None,
) -> dict[str, Any]:
    """Writes `estimator` to `path` as `ce-model/1` and returns what was written.

    feature_names: one per column; by default those of the data frame that the estimator was fitted on.
    classes: the labels as the target column will hold them, in the order of `estimator.classes_` (the default). A
        regression has none.
    categories: for each text column, by name, its values in the order of their codes 0, 1, 2, ...
    check_rows: rows on which the written model must answer as the estimator does, else nothing is written. Forests must
        agree exactly, other models to 1e-12; for regression, times the size of what is added up.
    """
    document = to_document(estimator, feature_names=feature_names, classes=classes, categories=categories)
    if check_rows is not None:
        check(document, estimator, check_rows)
    write_json(path, document)
    return document


def to_document(
    estimator: Any,
    *,
    feature_names: Sequence[str] | None = None,
    classes: Sequence[Any] | None = None,
    categories: dict[str, Sequence[Any]] | None = None,
) -> dict[str, Any]:
    """The document that `export` writes; its parameters are explained there."""
    to_model = SUPPORTED.get(type(estimator))
    if to_model is None:
        raise ExportError(_refusal(estimator))
    check_is_fitted(estimator)

    model = to_model(estimator)
    feature_names = _feature_names(estimator, feature_names)
    document: dict[str, Any] = {"format": FORMAT}
    if is_classifier(estimator):
        document |= {"task": "classification", "classes": _classes(estimator, classes)}
    elif classes is None:
        document["task"] = "regression"
    else:
        raise ExportError(f"classes are given for {type(estimator).__name__}, which predicts a number: leave them out")
    document["feature_names"] = feature_names
    if categories:
        if unknown := sorted(set(categories) - set(feature_names)):
            raise ExportError(f"categories are given for {unknown}, which are not among the feature names")
        document["categories"] = {name: [_label(value) for value in values] for name, values in categories.items()}
    if model["type"] in ("forest", "boosting"):
        document["input"] = "float32"  # scikit-learn's trees compare float32 inputs with float64 thresholds
    document["model"] = model
    return document


def check(document: dict[str, Any], estimator: Any, rows: Any) -> float:
    """The largest difference between the document's answers and the estimator's.

    Raises ExportError where one is larger than the type of model allows.
    """
    values = np.asarray(rows, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ExportError("check_rows hold missing or infinite values: the format has no rule for missing values")
    found, expected = evaluate(document, values), predict(estimator, rows)
    if found.shape != expected.shape:
        raise ExportError(f"the exported model answers in the shape {found.shape}, the estimator in {expected.shape}")
    difference = np.abs(found - expected)
    # Rounding grows with what is added up, not with the sum.
    allowed = TOLERANCE[document["model"]["type"]] * _magnitude(document, values)
    if not (difference <= allowed).all():
        row_idx = int(np.argmax((difference - allowed).max(axis=1)))
        raise ExportError(
            f"the exported model differs from the estimator by {difference[row_idx].max():g} in row {row_idx}, at most "
            f"{float(allowed[row_idx, 0]):g} is allowed: please report this with the estimator's parameters"
        )
    return float(difference.max())


def _magnitude(document: dict[str, Any], rows: np.ndarray) -> np.ndarray:
    """The size of what a regression adds up for each row, `[n_rows, 1]`, at least 1; probabilities are at most 1."""
    model = document["model"]
    size = np.ones(len(rows))
    if model["type"] == "linear":
        size = abs(model["intercept"]) + np.abs(rows) @ np.abs(model["coef"])
    elif model["type"] == "boosting" and model["link"] == "identity":
        leaves = [max(abs(value) for (value,) in tree["value"]) for (tree,) in model["trees"]]
        size = np.full(len(rows), abs(model["init"][0]) + abs(model["learning_rate"]) * sum(leaves))
    return np.maximum(size, 1.0)[:, np.newaxis]


def predict(estimator: Any, rows: Any) -> np.ndarray:
    """The estimator's probabilities, or its predictions if it is a regressor: `[n_rows, n_outputs]`.

    On one thread: with more, the trees of a forest are added up in any order.
    """
    answer = estimator.predict_proba if is_classifier(estimator) else estimator.predict
    n_jobs = getattr(estimator, "n_jobs", None)
    try:
        if n_jobs not in (None, 1):
            estimator.n_jobs = 1
        return np.asarray(answer(rows)).reshape(len(rows), -1)
    finally:
        if n_jobs not in (None, 1):
            estimator.n_jobs = n_jobs


def write_json(path: str | Path, document: dict[str, Any]) -> None:
    """Compact JSON; floats in the shortest form that reads back as the same float64."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")


# --- One function per type of model -----------------------------------------------------------------------------------


def _forest(estimator: Any) -> dict[str, Any]:
    return _trees(estimator, [tree.tree_ for tree in estimator.estimators_])


def _single_tree(estimator: Any) -> dict[str, Any]:
    return _trees(estimator, [estimator.tree_])


def _trees(estimator: Any, trees: list[Any]) -> dict[str, Any]:
    if estimator.n_outputs_ != 1:
        raise ExportError(f"the estimator predicts {estimator.n_outputs_} targets, only one is supported: fit one each")
    classifies = is_classifier(estimator)
    return {
        "type": "forest",
        "task": "classification" if classifies else "regression",
        "n_outputs": int(estimator.n_classes_) if classifies else 1,
        "trees": [_tree(tree) for tree in trees],
    }


def _tree(tree: Any) -> dict[str, Any]:
    # Before 1.3, `value` of a classifier held counts; `check_requirements` has refused that. Shape: [n_nodes, 1 target,
    # n_outputs]. What a node says that is no leaf is read by nobody.
    is_leaf = tree.children_left < 0
    return {
        "feature": np.maximum(tree.feature, 0).tolist(),
        "threshold": np.where(is_leaf, 0.0, tree.threshold).tolist(),
        "left": tree.children_left.tolist(),
        "right": tree.children_right.tolist(),
        "value": tree.value[:, 0, :].tolist(),
    }


def _boosting(estimator: Any) -> dict[str, Any]:
    init = estimator.init_
    is_constant = type(init) in (DummyClassifier, DummyRegressor) and init.strategy != "stratified"
    if not is_constant and init != "zero":
        raise ExportError(
            f"this {type(estimator).__name__} starts from {init}, expected a constant: "
            'leave `init` at its default, or give it as "zero"'
        )
    # Every row starts from the same scores, so any row tells them.
    start = estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_), dtype=np.float32))[0]
    # An exponential loss has P = 1 / (1 + exp(-2 * score)). Doubling is exact, so the format needs no link for it.
    factor = 2.0 if estimator.loss == "exponential" else 1.0
    link = "identity"
    if is_classifier(estimator):
        link = "logistic" if len(estimator.classes_) == 2 else "softmax"
    return {
        "type": "boosting",
        "link": link,
        "init": [factor * float(value) for value in start],
        "learning_rate": factor * float(estimator.learning_rate),
        "trees": [[_tree(tree.tree_) for tree in stage] for stage in estimator.estimators_],
    }


def _linear(estimator: Any) -> dict[str, Any]:
    coef = np.atleast_2d(estimator.coef_)
    if coef.shape[0] != 1:
        raise ExportError(f"the estimator predicts {coef.shape[0]} targets, only one is supported: fit one each")
    # The intercept is a plain 0.0 with fit_intercept=False.
    intercept = float(np.ravel(estimator.intercept_)[0])
    return {"type": "linear", "coef": coef[0].astype(np.float64).tolist(), "intercept": intercept}


def _logistic(estimator: LogisticRegression) -> dict[str, Any]:
    n_classes = len(estimator.classes_)
    # Old versions of scikit-learn know other ways from scores to probabilities.
    multi_class = getattr(estimator, "multi_class", "auto")
    usual = ("auto", "deprecated", "ovr" if n_classes == 2 else "multinomial")
    if multi_class not in usual or (n_classes > 2 and estimator.solver == "liblinear"):
        raise ExportError(
            f"this logistic regression has {n_classes} classes, multi_class={multi_class!r} and "
            f"solver={estimator.solver!r}, expected one score for two classes and a softmax for more: "
            "leave both parameters at their defaults"
        )
    intercept = np.broadcast_to(estimator.intercept_, len(estimator.coef_)).tolist()
    if n_classes == 2:
        return {"type": "logistic", "coef": estimator.coef_[0].tolist(), "intercept": intercept[0]}
    return {"type": "softmax", "coef": estimator.coef_.tolist(), "intercept": intercept}


# Exact types: a subclass may predict in another way.
SUPPORTED = {
    RandomForestClassifier: _forest,
    ExtraTreesClassifier: _forest,
    DecisionTreeClassifier: _single_tree,
    ExtraTreeClassifier: _single_tree,
    GradientBoostingClassifier: _boosting,
    LogisticRegression: _logistic,
    RandomForestRegressor: _forest,
    ExtraTreesRegressor: _forest,
    DecisionTreeRegressor: _single_tree,
    ExtraTreeRegressor: _single_tree,
    GradientBoostingRegressor: _boosting,
    LinearRegression: _linear,
    Ridge: _linear,
    RidgeCV: _linear,
    Lasso: _linear,
    LassoCV: _linear,
    ElasticNet: _linear,
    ElasticNetCV: _linear,
    BayesianRidge: _linear,
    HuberRegressor: _linear,
    QuantileRegressor: _linear,
}


def _refusal(estimator: Any) -> str:
    supported = ", ".join(kind.__name__ for kind in SUPPORTED)
    message = f"{type(estimator).__name__} cannot be exported; supported: {supported}"
    if hasattr(estimator, "steps"):
        message += ". Of a pipeline, apply the steps before the last to the data, and export the last"
    return message


def _feature_names(estimator: Any, given: Sequence[str] | None) -> list[str]:
    names = given if given is not None else getattr(estimator, "feature_names_in_", None)
    if names is None:
        raise ExportError(
            "the estimator was fitted without column names: pass feature_names, in the order of the columns "
            "(readers match columns by name)"
        )
    names = [str(name) for name in names]
    if len(names) != estimator.n_features_in_:
        raise ExportError(
            f"{len(names)} feature names are given, the estimator has {estimator.n_features_in_} features"
        )
    if len(set(names)) != len(names):
        raise ExportError("feature names must differ from one another")
    return names


def _classes(estimator: Any, given: Sequence[Any] | None) -> list[Any]:
    labels = [_label(label) for label in (estimator.classes_ if given is None else given)]
    if len(labels) != len(estimator.classes_):
        raise ExportError(f"{len(labels)} classes are given, the estimator has {len(estimator.classes_)}")
    if len(labels) < 2:
        raise ExportError(f"the estimator knows only the class {labels}, expected two or more: fit it on other data")
    if len({str(label) for label in labels}) != len(labels):
        raise ExportError(f"the classes {labels} must differ from one another")
    return labels


def _label(value: Any) -> str | int | float | bool:
    value = value.item() if isinstance(value, np.generic) else value
    if not isinstance(value, (str, int, float, bool)):
        raise ExportError(
            f"the label {value!r} is of type {type(value).__name__}, expected text, a number or a boolean"
        )
    return value


def check_requirements() -> None:
    """Refuses versions of scikit-learn whose trees hold counts instead of probabilities."""
    version = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
    if version < (1, 3):
        raise ExportError(f"scikit-learn {sklearn.__version__} is too old, 1.3 or newer is needed")


check_requirements()


if __name__ == "__main__":
    from example_data import main

    sys.exit(main())
