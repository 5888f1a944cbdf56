"""Exports fitted scikit-learn classifiers to the portable model format, `ce-model/1`.

As a library:

    from export_sklearn import export
    export(forest, "model.json", feature_names=names, check_rows=x_test)

As a command, remakes the example data (the same bytes for the same versions, see requirements.txt):

    python tools/export_sklearn.py examples/data/breast_cancer

It never guesses: an estimator whose predictions the format cannot hold is refused. Missing values are the one thing that
a fitted forest does not tell: the format has no rule for them, so fit on data that has none.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from pathlib import Path
from typing import Any, Sequence

import numpy as np
import sklearn
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from sklearn.utils.validation import check_is_fitted

FORMAT = "ce-model/1"

# A forest is added up in the same order here and there. A logistic regression is not: scikit-learn leaves the order of
# its sum to the linear algebra library.
TOLERANCE = {"forest": 0.0, "logistic": 1e-12}


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
    classes: the labels as the target column will hold them, in the order of `estimator.classes_` (the default).
    categories: for each text column, by name, its values in the order of their codes 0, 1, 2, ...
    check_rows: rows on which the written model must answer as the estimator does, else nothing is written. Forests must
        agree exactly, logistic regressions to 1e-12.
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
    document: dict[str, Any] = {
        "format": FORMAT,
        "task": "classification",
        "classes": _classes(estimator, classes),
        "feature_names": feature_names,
    }
    if categories:
        if unknown := sorted(set(categories) - set(feature_names)):
            raise ExportError(f"categories are given for {unknown}, which are not among the feature names")
        document["categories"] = {name: [_label(value) for value in values] for name, values in categories.items()}
    if model["type"] == "forest":
        document["input"] = "float32"  # scikit-learn's trees compare float32 inputs with float64 thresholds
    document["model"] = model
    return document


def evaluate(document: dict[str, Any], rows: Any) -> np.ndarray:
    """What a reader of the format answers, `[n_rows, n_classes]`: a plain transcription of the format's rules."""
    model, rows = document["model"], np.asarray(rows, dtype=np.float64)
    if document.get("input") == "float32":
        rows = rows.astype(np.float32).astype(np.float64)
    out = []
    for row in rows.tolist():
        if model["type"] == "logistic":
            z = model["intercept"]
            for w, x in zip(model["coef"], row, strict=True):
                z += w * x
            p = 1.0 / (1.0 + math.exp(-z)) if z > -700.0 else math.exp(z)
            out.append([1.0 - p, p])
        else:
            total = [0.0] * model["n_outputs"]
            for tree in model["trees"]:
                node = 0
                while tree["left"][node] >= 0:
                    goes_left = row[tree["feature"][node]] <= tree["threshold"][node]
                    node = tree["left" if goes_left else "right"][node]
                total = [a + b for a, b in zip(total, tree["value"][node], strict=True)]
            out.append([value / len(model["trees"]) for value in total])
    return np.array(out)


def check(document: dict[str, Any], estimator: Any, rows: Any) -> float:
    """The largest difference between the document's answers and the estimator's.

    Raises ExportError where it is larger than the type of model allows.
    """
    values = np.asarray(rows, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ExportError("check_rows hold missing or infinite values: the format has no rule for missing values")
    difference = float(np.abs(evaluate(document, values) - predict_proba(estimator, rows)).max())
    allowed = TOLERANCE[document["model"]["type"]]
    if difference > allowed:
        raise ExportError(
            f"the exported model differs from the estimator by {difference:g}, at most {allowed:g} is allowed: "
            "please report this with the estimator's parameters"
        )
    return difference


def predict_proba(estimator: Any, rows: Any) -> np.ndarray:
    """`estimator.predict_proba(rows)` on one thread: with more, the trees are added up in any order."""
    n_jobs = estimator.n_jobs if hasattr(estimator, "n_jobs") else None
    if n_jobs in (None, 1):
        return estimator.predict_proba(rows)
    try:
        estimator.n_jobs = 1
        return estimator.predict_proba(rows)
    finally:
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
    return {
        "type": "forest",
        "task": "classification",
        "n_outputs": int(estimator.n_classes_),
        "trees": [_tree(tree) for tree in trees],
    }


def _tree(tree: Any) -> dict[str, Any]:
    # Before 1.3, `value` held counts; `check_requirements` has refused that. Shape: [n_nodes, 1 target, n_classes].
    return {
        "feature": np.maximum(tree.feature, 0).tolist(),
        "threshold": np.where(tree.children_left < 0, 0.0, tree.threshold).tolist(),
        "left": tree.children_left.tolist(),
        "right": tree.children_right.tolist(),
        "value": tree.value[:, 0, :].tolist(),
    }


def _logistic(estimator: LogisticRegression) -> dict[str, Any]:
    if len(estimator.classes_) != 2:
        raise ExportError(
            f"this logistic regression has {len(estimator.classes_)} classes, expected 2: "
            "more are not supported yet, use a forest"
        )
    return {
        "type": "logistic",
        "coef": [float(value) for value in estimator.coef_[0]],
        # A plain 0.0 with fit_intercept=False.
        "intercept": float(np.ravel(estimator.intercept_)[0]),
    }


# Exact types: a subclass may predict in another way.
SUPPORTED = {
    RandomForestClassifier: _forest,
    ExtraTreesClassifier: _forest,
    DecisionTreeClassifier: _single_tree,
    ExtraTreeClassifier: _single_tree,
    LogisticRegression: _logistic,
}


def _refusal(estimator: Any) -> str:
    supported = ", ".join(kind.__name__ for kind in SUPPORTED)
    message = f"{type(estimator).__name__} cannot be exported; supported: {supported} (binary logistic regression only)"
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


# --- The example data -------------------------------------------------------------------------------------------------

TARGET = "diagnosis"
SEED = 7
N_CALIBRATION = 200
N_TEST = 100


def make_breast_cancer(directory: Path) -> None:
    """Splits scikit-learn's breast-cancer data, fits a forest, and writes data, model and recorded answers."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split

    data = load_breast_cancer()
    names = [str(name) for name in data.feature_names]
    labels = data.target_names[data.target]
    x_rest, x_test, y_rest, y_test = train_test_split(
        data.data, labels, test_size=N_TEST, stratify=labels, random_state=SEED
    )
    x_train, x_cal, y_train, y_cal = train_test_split(
        x_rest, y_rest, test_size=N_CALIBRATION, stratify=y_rest, random_state=SEED
    )
    # Shallow trees with leaves of several patients: probabilities between 0 and 1, and a small file.
    forest = RandomForestClassifier(n_estimators=100, max_depth=6, min_samples_leaf=3, random_state=SEED, n_jobs=1)
    forest.fit(x_train, y_train)

    directory.mkdir(parents=True, exist_ok=True)
    for name, x, y in [("training", x_train, y_train), ("calibration", x_cal, y_cal), ("test", x_test, y_test)]:
        _write_csv(directory / f"{name}.csv", names, x, y)
    export(forest, directory / "model.json", feature_names=names, check_rows=np.vstack([x_train, x_cal, x_test]))
    write_json(
        directory / "expected.json",
        {
            "schema_version": "1.0.0",
            "made_with": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
            "classes": _classes(forest, None),
            "predict_proba": {"test": predict_proba(forest, x_test).tolist()},
        },
    )


def _write_csv(path: Path, names: list[str], rows: np.ndarray, labels: np.ndarray) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*names, TARGET])
        for row, label in zip(rows.tolist(), labels.tolist(), strict=True):
            writer.writerow([*row, label])  # floats in full: the shortest text that reads back as the same float64


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Remakes the breast-cancer example: three CSV files, model.json and expected.json.",
        epilog="To export an estimator of your own, import this file and call export(estimator, path).",
    )
    parser.add_argument(
        "directory",
        nargs="?",
        type=Path,
        default=Path(__file__).resolve().parent.parent / "examples" / "data" / "breast_cancer",
        help="where to write (default: examples/data/breast_cancer of this repository)",
    )
    directory = parser.parse_args(arguments).directory
    try:
        make_breast_cancer(directory)
    except (ExportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for path in sorted(directory.iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
