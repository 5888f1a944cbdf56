"""Makes the example data: splits public data, fits a model, and writes the files that examples/data/README.md describes.

It is run by `python tools/export_sklearn.py`, and decides nothing about the format: that is the exporter's work. The same
versions (requirements.txt) give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import shutil
import sys
from pathlib import Path
from typing import Any, Callable, NamedTuple, Sequence

import numpy as np
import sklearn
from sklearn.base import is_classifier
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OrdinalEncoder

from export_sklearn import ExportError, export, predict, write_json

SEED = 7
EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "data"

# Of palmerpenguins 0.1.6 on PyPI, palmerpenguins/data/penguins.csv as it is: 344 rows, CC0.
PENGUINS = EXAMPLES / "penguins" / "source.csv"
PENGUINS_SHA256 = "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"


class DataSet(NamedTuple):
    """One data set, before it is split."""

    header: list[str]  # the columns of the CSV files, the target last
    cells: list[list[Any]]  # what they hold, [n_rows][n_columns]
    feature_names: list[str]
    x: np.ndarray  # what the model sees, [n_rows, n_features]
    y: np.ndarray  # the target, [n_rows]
    estimator: Any  # not fitted
    n_calibration: int
    n_test: int  # the rest is for training
    strata: np.ndarray | None = None  # what a split keeps the shares of, [n_rows]
    categories: dict[str, Sequence[Any]] | None = None


def breast_cancer() -> DataSet:
    data = load_breast_cancer()
    # Shallow trees with leaves of several patients: probabilities between 0 and 1, and a small file.
    forest = RandomForestClassifier(n_estimators=100, max_depth=6, min_samples_leaf=3, random_state=SEED, n_jobs=1)
    return _numeric(data, "diagnosis", data.target_names[data.target], forest, n_calibration=200, n_test=100)


def wine() -> DataSet:
    data = load_wine()
    # Few small steps: more would only push the probabilities to 0 and 1.
    boosting = GradientBoostingClassifier(
        n_estimators=25, learning_rate=0.1, max_depth=2, min_samples_leaf=3, random_state=SEED
    )
    return _numeric(data, "cultivar", data.target_names[data.target], boosting, n_calibration=66, n_test=32)


def diabetes() -> DataSet:
    data = load_diabetes(scaled=False)  # in the units that they were measured in
    boosting = GradientBoostingRegressor(
        n_estimators=60, learning_rate=0.06, max_depth=2, min_samples_leaf=5, random_state=SEED
    )
    return _numeric(data, "progression", data.target, boosting, n_calibration=170, n_test=72)


def penguins() -> DataSet:
    text = PENGUINS.read_bytes()
    if (found := hashlib.sha256(text).hexdigest()) != PENGUINS_SHA256:
        raise ExportError(f"{PENGUINS.name} has the SHA-256 {found}, expected {PENGUINS_SHA256}: restore the file")
    records = list(csv.DictReader(text.decode("utf-8").splitlines()))
    # The number of the row in the source, from 1.
    records = [{"id": f"P{number:03}", **record} for number, record in enumerate(records, start=1)]
    records = [record for record in records if "NA" not in record.values()]

    names = ["island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex"]
    header = ["id", *names, "year", "species"]
    columns = {name: [record[name] for record in records] for name in header}
    text_columns = ["island", "sex"]
    encoder = OrdinalEncoder().fit(list(zip(*(columns[name] for name in text_columns))))
    codes = encoder.transform(list(zip(*(columns[name] for name in text_columns)))).T
    encoded = columns | dict(zip(text_columns, codes))
    return DataSet(
        header=header,
        cells=[[record[name] for name in header] for record in records],
        feature_names=names,
        x=np.array([encoded[name] for name in names], dtype=np.float64).T,
        y=np.array(columns["species"]),
        estimator=RandomForestClassifier(n_estimators=60, max_depth=4, min_samples_leaf=3, random_state=SEED, n_jobs=1),
        n_calibration=140,
        n_test=60,
        # Each year has each species in calibration, so years can serve as Mondrian categories.
        strata=np.array([f"{record['species']} {record['year']}" for record in records]),
        categories=dict(zip(text_columns, encoder.categories_)),
    )


MAKERS: dict[str, Callable[[], DataSet]] = {
    "breast_cancer": breast_cancer,
    "diabetes": diabetes,
    "penguins": penguins,
    "wine": wine,
}


def _numeric(data: Any, target: str, y: np.ndarray, estimator: Any, *, n_calibration: int, n_test: int) -> DataSet:
    """A data set of scikit-learn: numbers only, and no column that is not a feature."""
    names = [str(name) for name in data.feature_names]
    return DataSet(
        header=[*names, target],
        cells=[[*row, value] for row, value in zip(data.data.tolist(), y.tolist(), strict=True)],
        feature_names=names,
        x=data.data,
        y=y,
        estimator=estimator,
        n_calibration=n_calibration,
        n_test=n_test,
        strata=y if is_classifier(estimator) else None,
    )


def make(directory: Path) -> None:
    """Writes the data set that `directory` is named after into it."""
    maker = MAKERS.get(directory.name)
    if maker is None:
        raise ExportError(f"no example data set is called {directory.name!r}; there are: {', '.join(sorted(MAKERS))}")
    data = maker()
    train, calibration, test = split(data)
    data.estimator.fit(data.x[train], data.y[train])

    directory.mkdir(parents=True, exist_ok=True)
    if maker is penguins and directory.resolve() != PENGUINS.parent:
        shutil.copyfile(PENGUINS, directory / PENGUINS.name)
    for name, rows in [("training", train), ("calibration", calibration), ("test", test)]:
        _write_csv(directory / f"{name}.csv", data, rows)
    document = export(
        data.estimator,
        directory / "model.json",
        feature_names=data.feature_names,
        categories=data.categories,
        check_rows=data.x[np.concatenate([train, calibration, test])],
    )
    expected: dict[str, Any] = {
        "schema_version": "1.0.0",
        "made_with": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }
    answers = predict(data.estimator, data.x[test])
    if is_classifier(data.estimator):
        expected |= {"classes": document["classes"], "predict_proba": {"test": answers.tolist()}}
    else:
        expected |= {"predict": {"test": answers[:, 0].tolist()}}
    write_json(directory / "expected.json", expected)


def split(data: DataSet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows for training, calibration and test: disjoint, and together all."""

    def part(rows: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
        strata = None if data.strata is None else data.strata[rows]
        return train_test_split(rows, test_size=n, stratify=strata, random_state=SEED)

    rest, test = part(np.arange(len(data.y)), data.n_test)
    train, calibration = part(rest, data.n_calibration)
    return train, calibration, test


def _write_csv(path: Path, data: DataSet, rows: np.ndarray) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(data.header)
        # Floats in full: the shortest text that reads back as the same float64.
        writer.writerows(data.cells[row_idx] for row_idx in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="export_sklearn.py",
        description="Remakes example data: three CSV files, model.json and expected.json each.",
        epilog="To export an estimator of your own, import export_sklearn and call export(estimator, path).",
    )
    parser.add_argument(
        "directories",
        nargs="*",
        type=Path,
        default=[EXAMPLES / name for name in sorted(MAKERS)],
        metavar="DIRECTORY",
        help=f"where to write; its name is that of a data set: {', '.join(sorted(MAKERS))} "
        "(default: all of examples/data of this repository)",
    )
    for directory in parser.parse_args(arguments).directories:
        try:
            make(directory)
        except (ExportError, OSError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        for path in sorted(directory.iterdir()):
            print(f"{directory.name}/{path.name}: {path.stat().st_size} bytes")
    return 0
