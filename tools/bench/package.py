"""The Python package under measurement: it answers the requests that `tests/programs/bench` answers, line by line.

It runs in a virtual environment that has calibrated-explanations, and never judges a number. What the model costs is
measured around the estimator, as on the other side.
"""

from __future__ import annotations

import json
import logging
import math
import pickle
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from calibrated_explanations.core.calibrated_explainer import CalibratedExplainer

CALLS = {"factual": "explain_factual", "alternative": "explore_alternatives", "fast": "explain_fast"}


class Timed:
    """An estimator behind a watch."""

    def __init__(self, document: dict[str, Any], estimator: Any) -> None:
        self.model, self.decimals, self.estimator = document["model"], document.get("decimals"), estimator
        self.cpu_s, self.calls, self.rows = 0.0, 0, 0
        self.fitted_ = True
        if document["task"] == "classification":
            self.classes_ = np.array([0, 1])
            self.predict_proba = self._predict_proba

    def fit(self, x: Any, y: Any) -> "Timed":
        """The package wants to see one; the model is fitted already."""
        return self

    def predict(self, x: Any) -> np.ndarray:
        """The prediction, or the likelier class."""
        if self.model["type"] == "linear" or not hasattr(self, "classes_"):
            return self._watched(self._value, x)
        return (self._predict_proba(x)[:, 1] >= 0.5).astype(int)

    def _predict_proba(self, x: Any) -> np.ndarray:
        return self._watched(self._probabilities, x)

    def _watched(self, answer: Any, x: Any) -> np.ndarray:
        start = time.process_time()
        result = answer(np.asarray(x, dtype=np.float64))
        self.cpu_s += time.process_time() - start
        self.calls += 1
        self.rows += len(x)
        return result

    def _value(self, x: np.ndarray) -> np.ndarray:
        return self.estimator.predict(x) if self.estimator is not None else self._rounded(self._sum(x))

    def _probabilities(self, x: np.ndarray) -> np.ndarray:
        if self.estimator is not None:
            return self.estimator.predict_proba(x)
        p = self._rounded(1.0 / (1.0 + np.exp(-self._sum(x))))
        return np.column_stack([1.0 - p, p])

    def _sum(self, x: np.ndarray) -> np.ndarray:
        return x @ np.asarray(self.model["coef"]) + self.model["intercept"]

    def _rounded(self, values: np.ndarray) -> np.ndarray:
        scale = 10.0**self.decimals
        return np.floor(values * scale + 0.5) / scale


class Opened:
    """A problem, its model and its explainer."""

    def __init__(self, place: Path) -> None:
        document = json.loads((place / "model.json").read_text(encoding="utf-8"))
        pickled = place / "model.pkl"
        self.model = Timed(document, pickle.loads(pickled.read_bytes()) if pickled.exists() else None)
        self.mode = document["task"]
        self.names = document["feature_names"]
        read = lambda name: np.fromfile(place / f"{name}.f64", dtype="<f8")  # noqa: E731
        self.x_cal = read("x_cal").reshape(-1, len(self.names))
        self.y_cal = read("y_cal").astype(int) if self.mode == "classification" else read("y_cal")
        self.x_test = read("x_test").reshape(-1, len(self.names))
        self.renew()

    def renew(self) -> dict[str, Any]:
        """A new explainer."""
        start = time.process_time()
        self.explainer = CalibratedExplainer(
            self.model, self.x_cal, self.y_cal, mode=self.mode, feature_names=self.names, seed=42
        )
        return {"cpu_s": time.process_time() - start}

    def explain(self, call: dict[str, Any]) -> Any:
        """One call of the package."""
        kwargs = {} if call.get("threshold") is None else {"threshold": call["threshold"]}
        return getattr(self.explainer, CALLS[call["mode"]])(self.x_test[: call["n"]], **kwargs)

    def timed(self, call: dict[str, Any]) -> dict[str, Any]:
        """The cost of a call; with `text`, of writing all its rules, too."""
        model = self.model
        before = (model.cpu_s, model.calls, model.rows)
        start, text_bytes = time.process_time(), 0
        for _ in range(call.get("repeat", 1)):
            explanations = self.explain(call)
            if call.get("text"):
                for explanation in explanations:
                    rules = explanation.get_rules()
                    text_bytes += sum(map(len, rules["rule"])) + sum(len(str(value)) for value in rules["value"])
        cpu_s, repeat = time.process_time() - start, call.get("repeat", 1)
        return {
            "cpu_s": cpu_s / repeat,
            "model_s": (model.cpu_s - before[0]) / repeat,
            "model_calls": (model.calls - before[1]) / repeat,
            "model_rows": (model.rows - before[2]) / repeat,
            "text_bytes": text_bytes / repeat,
        }

    def numbers(self, call: dict[str, Any]) -> dict[str, Any]:
        """Every number of a call."""
        instances = []
        for explanation in self.explain(call):
            rules = explanation.get_rules()
            base = [_number(rules[key]) for key in ("base_predict", "base_predict_low", "base_predict_high")]
            instances.append({"prediction": base, "rules": [_rule(rules, idx) for idx in range(len(rules["rule"]))]})
        return {"instances": instances}


def _rule(rules: dict[str, Any], idx: int) -> list[Any]:
    triple = lambda keys: [_number(rules[key][idx]) for key in keys]  # noqa: E731
    return [
        rules["rule"][idx],
        int(rules["feature"][idx]),
        triple(("weight", "weight_low", "weight_high")),
        triple(("predict", "predict_low", "predict_high")),
    ]


def _number(value: Any) -> float | None:
    number = float(np.ravel(value)[0])
    return number if math.isfinite(number) else None


def main() -> None:
    """Answers until there is no further request."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    answers, sys.stdout = sys.stdout, sys.stderr  # what the package prints is no answer
    opened = None
    for line in sys.stdin:
        request = json.loads(line)
        match request.pop("do"):
            case "open":
                opened = Opened(Path(request["dir"]))
                answer = {"clock": "process"}
            case "renew":
                answer = opened.renew()
            case "explain":
                answer = opened.timed(request)
            case _:
                answer = opened.numbers(request)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
