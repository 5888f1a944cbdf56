"""Makes tests/fixtures/package/guard.json: what calibrated-explanations 1.0.2 answers about guarded explanations.

It reads the problems of tests/fixtures/golden, and draws one more from a seed; the same versions give the same bytes. Needs
calibrated-explanations==1.0.2 and scikit-learn==1.9.1 installed. Run it as `python3 tools/fixtures_guard.py`.

Four of the package's answers are defects (docs/PARITY.md says why), and are mended before it is asked: other categories
with equal predictions count each, an edited row speaks of the class of its instance, bounds of more than two classes stay
within [0, 1], and a bin that does not conform is not merged into.
"""

from __future__ import annotations

import json
import logging
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from calibrated_explanations import GuardedOptions
from calibrated_explanations.core.calibrated_explainer import CalibratedExplainer
from calibrated_explanations.core.explain import _guarded_explain as package
from calibrated_explanations.utils.distribution_guard import InDistributionGuard
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "fixtures"
CASES = ["binary_categorical_analytic", "multiclass_wine_analytic", "regression_diabetes_analytic"]
# Confidence, neighbours, whether bins are merged.
SETTINGS = [(0.9, 5, False), (0.6, 3, True)]
N_INSTANCES = 5
SEED = 11


def rounded(values: np.ndarray) -> np.ndarray:
    return np.floor(values * 1e6 + 0.5) / 1e6


class Model(BaseEstimator):
    """A model of the golden inputs, evaluated by the rule that stands there."""

    def __init__(self, document: dict[str, Any] | None = None) -> None:
        self.document = document
        self.fitted_ = True

    def fit(self, x: Any, y: Any) -> Model:
        return self

    def linear(self, coef: list[float], intercept: float, x: np.ndarray) -> np.ndarray:
        z = np.full(len(x), float(intercept))
        for j, w in enumerate(coef):
            z = z + w * x[:, j]
        return z


class Classifier(ClassifierMixin, Model):
    @property
    def classes_(self) -> np.ndarray:
        return np.arange(len(self.document["intercept"]) if self.document["type"] == "softmax" else 2)

    def predict_proba(self, x: Any) -> np.ndarray:
        x, model = np.asarray(x, dtype=float), self.document
        if model["type"] == "logistic":
            p = rounded(np.array([1 / (1 + math.exp(-z)) for z in self.linear(model["coef"], model["intercept"], x)]))
            return np.c_[1 - p, p]
        z = np.stack([self.linear(c, b, x) for c, b in zip(model["coef"], model["intercept"])], axis=1)
        e = np.vectorize(math.exp)(z - z.max(axis=1, keepdims=True))
        total = np.zeros(len(x))
        for k in range(e.shape[1]):
            total = total + e[:, k]
        return rounded(e / total[:, None])

    def predict(self, x: Any) -> np.ndarray:
        return self.predict_proba(x).argmax(axis=1)


class Regressor(RegressorMixin, Model):
    def predict(self, x: Any) -> np.ndarray:
        return rounded(self.linear(self.document["coef"], self.document["intercept"], np.asarray(x, dtype=float)))


def mend() -> None:
    """Replaces what merges into a bin that does not conform, and what drops categories of equal predictions."""
    package._dedupe_guarded_bins = list
    merge = package._merge_factual_anchor

    def only_conforming(bins: list[Any], *arguments: Any, **options: Any) -> list[Any]:
        if all(b.conforming for b in bins if b.is_factual):
            return merge(bins, *arguments, **options)
        return package._merge_run(bins, *arguments, **options)

    package._merge_factual_anchor = only_conforming


def fix_the_class(explainer: Any) -> None:
    """Of the calls for one instance the first is about the instance: the later ones are about its class."""
    orchestrator = explainer.prediction_orchestrator
    ask = orchestrator.predict_internal

    def of_the_class(x: np.ndarray, **options: Any) -> Any:
        if explainer.class_of_instance is not None:
            options["classes"] = np.full(len(x), explainer.class_of_instance)
        predict, low, high, classes = ask(x, **options)
        if explainer.class_of_instance is None:
            explainer.class_of_instance = int(np.asarray(classes)[0])
        return predict, np.clip(low, 0, 1), np.clip(high, 0, 1), classes

    orchestrator.predict_internal = of_the_class


def explain(explainer: Any, x: np.ndarray, mode: str, options: Any) -> Any:
    explainer.class_of_instance = None
    ask = explainer.explain_factual if mode == "factual" else explainer.explore_alternatives
    return ask(x.reshape(1, -1), guarded_options=options).explanations[0]


def number(value: Any) -> Any:
    value = float(value)
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def rules_of(explanation: Any, n_cal: int) -> list[list[Any]]:
    """Feature, bounds of the bin (of a category: twice its code), calibration rows as strange, prediction, weight."""
    rules = explanation.get_rules()
    emitted = [b for b in explanation.get_guarded_audit()["intervals"] if b["emitted"]]
    assert [b["feature"] for b in emitted] == list(rules["feature"])
    found = []
    for k, b in enumerate(emitted):
        is_category = b["feature"] in explanation._guarded_categorical
        ends = [b["representative"]] * 2 if is_category else [b["lower"], b["upper"]]
        numbers = [rules[key][k] for key in ("predict_low", "predict_high", "weight_low", "weight_high")]
        numbers = [rules["predict"][k], *numbers[:2], rules["weight"][k], *numbers[2:]]
        found.append([b["feature"], *map(number, ends), round(b["p_value"] * n_cal), *map(number, numbers)])
    return found


def case(name: str) -> dict[str, Any]:
    golden = json.loads((FIXTURES / "golden" / f"{name}.input.json").read_text())
    x_cal, y_cal = np.array(golden["x_cal"]), np.array(golden["y_cal"])
    is_classifier = golden["task"] == "classification"
    categorical = golden.get("categorical_features") or []
    explainer = CalibratedExplainer(
        (Classifier if is_classifier else Regressor)(golden["model"]),
        x_cal,
        y_cal.astype(int) if is_classifier else y_cal,
        mode=golden["task"],
        feature_names=golden["feature_names"],
        categorical_features=categorical or None,
        seed=golden["seed"],
    )
    explainer.class_of_instance = None
    if is_classifier and len(np.unique(y_cal)) > 2:
        fix_the_class(explainer)
    blocks = []
    for confidence, n_neighbours, merges in SETTINGS:
        options = GuardedOptions(confidence=confidence, n_neighbors=n_neighbours, merge_adjacent=merges)
        guard = InDistributionGuard(x_cal, n_neighbors=n_neighbours, categorical_features=categorical)
        instances = []
        for x in np.array(golden["x_test"])[:N_INSTANCES]:
            factual, alternative = (explain(explainer, x, mode, options) for mode in ("factual", "alternative"))
            tested: dict[str, list[list[Any]]] = {}
            if not merges:
                for b in factual.get_guarded_audit()["intervals"]:
                    entry = [number(b["representative"]), round(b["p_value"] * len(x_cal))]
                    tested.setdefault(str(b["feature"]), []).append(entry)
            instances.append(
                {
                    "own": round(float(guard.p_values(x.reshape(1, -1))[0]) * len(x_cal)),
                    "tested": tested,
                    "factual": rules_of(factual, len(x_cal)),
                    "alternative": rules_of(alternative, len(x_cal)),
                }
            )
        settings = {"confidence": confidence, "n_neighbours": n_neighbours, "merges": merges}
        blocks.append(settings | {"instances": instances})
    return {"name": name, "blocks": blocks}


def wide() -> dict[str, Any]:
    """More than 15 features: there the package finds neighbours by brute force. Two columns are categorical."""
    generator = np.random.default_rng(SEED)
    x_cal, x = (np.round(generator.normal(size=(n, 18)), 3) for n in (40, 20))
    for rows in (x_cal, x):
        rows[:, [4, 9]] = generator.integers(0, 3, size=(len(rows), 2))
    x[0, 4] = 7.0  # a category that calibration never had
    x[:10] *= 1.5
    x[:10, 9] = x[10:, 9]
    counts = {}
    for n_neighbours in (1, 5, 38, 39):
        guard = InDistributionGuard(x_cal, n_neighbors=n_neighbours, categorical_features=[4, 9])
        counts[str(n_neighbours)] = [round(p * len(x_cal)) for p in guard.p_values(x)]
    return {"x_cal": x_cal.tolist(), "categorical": [4, 9], "x": x.tolist(), "counts": counts}


def main() -> None:
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    mend()
    document = {"cases": [case(name) for name in CASES], "wide": wide()}
    target = FIXTURES / "package" / "guard.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
