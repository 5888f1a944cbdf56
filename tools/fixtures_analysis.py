"""Makes tests/fixtures/package/analysis.json: filters, rankings and reject decisions of calibrated-explanations 1.0.2, and
metrics of scikit-learn.

It reads the regression problems of tests/fixtures/golden, and draws rules and predictions from a seed; the same versions give
the same bytes. Needs calibrated-explanations==1.0.2 and scikit-learn==1.9.1 installed. Run it as
`python3 tools/fixtures_analysis.py`.

No ranking here has a NaN or an infinity, or a column of equal numbers to normalise: what the package makes of those is a
defect (docs/PARITY.md says why).
"""

from __future__ import annotations

import itertools
import json
import logging
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from calibrated_explanations.core.calibrated_explainer import CalibratedExplainer
from calibrated_explanations.explanations.explanation import AlternativeExplanation, CalibratedExplanation
from calibrated_explanations.utils.helper import calculate_metrics
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import brier_score_loss, log_loss

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "fixtures"
CASES = [
    "regression_diabetes_analytic",
    "regression_diabetes_forest",
    "mondrian_regression_diabetes_analytic",
    "mondrian_regression_diabetes_forest",
]
CONFIDENCES = [0.5, 0.8, 0.9, 0.95]
WEIGHTS = [-1.0, -0.3, 0.0, 0.25, 0.5, 1.0]
NAMES = ["make_super", "make_semi", "make_counter", "only_ensured", "include_potential"]
SEED = 13


class Recorded(RegressorMixin, BaseEstimator):
    """Answers what the golden model has answered about each row."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        rows = case["x_cal"] + case["x_test"]
        outputs = case["model_outputs"]["cal"] + case["model_outputs"]["test"]
        self.answers_ = {tuple(row): output for row, output in zip(rows, outputs, strict=True)}
        self.fitted_ = True

    def fit(self, x: Any, y: Any) -> Recorded:
        return self

    def predict(self, x: Any) -> np.ndarray:
        return np.array([self.answers_[tuple(row)] for row in np.asarray(x).tolist()])


def rejects(name: str) -> list[dict[str, Any]]:
    """The decisions about both events of a case, at every confidence."""
    case = json.loads((FIXTURES / "golden" / f"{name}.input.json").read_text())
    bins_cal, bins_test = (None if case[key] is None else np.array(case[key]) for key in ("bins_cal", "bins_test"))
    x_cal, y_cal, x_test = (np.array(case[key]) for key in ("x_cal", "y_cal", "x_test"))
    answers = []
    for event in ("threshold_scalar", "threshold_interval"):
        threshold = case[event] if event == "threshold_scalar" else tuple(case[event])
        explainer = CalibratedExplainer(
            Recorded(case), x_cal, y_cal, mode="regression", bins=bins_cal, seed=case["seed"]
        )
        explainer.reject_orchestrator.initialize_reject_learner(threshold=threshold)
        at = {}
        for confidence in CONFIDENCES:
            answer = explainer.reject_orchestrator.predict_reject_breakdown(
                x_test, bins=bins_test, confidence=confidence, threshold=threshold
            )
            at[str(confidence)] = {
                "prediction_set": answer["prediction_set"].tolist(),
                "rejected": answer["rejected"].tolist(),
                **{
                    key: answer[key]
                    for key in ("error_rate", "error_rate_defined", "reject_rate", "ambiguity_rate", "novelty_rate")
                },
            }
        answers.append({"case": name, "event": event, "at": at})
    return answers


def ranked(rules: np.ndarray, key: str, w: float | None, normalize: bool, turned: bool) -> dict[str, Any]:
    """All positions of the rules in ascending order, as the package's plots ask for it."""
    weight, weight_low, weight_high, predict, low, high = rules.T
    self = SimpleNamespace()
    if w is None:
        order = CalibratedExplanation.rank_features(self, weight, width=weight_high - weight_low)
    else:
        prediction = 1 - predict if turned else predict
        key_of = calculate_metrics(
            uncertainty=high - low, prediction=prediction, w=w, metric="ensured", normalize=normalize
        )
        order = CalibratedExplanation.rank_features(self, width=key_of)
    return {"rules": key, "w": w, "normalize": normalize, "turned": turned, "order": [int(idx) for idx in order]}


def rankings(rng: np.random.Generator) -> dict[str, Any]:
    """Rules with few distinct numbers, so that there are ties, and with many.

    Of equal rules the package keeps the order where it ranks by weight. Elsewhere it leaves it to `numpy.argsort`, so to the
    processor: no ties there.
    """
    sets = {}
    for key, n_rules, n_steps in (("tied", 14, 4), ("spread", 40, None)):
        draw = rng.random((n_rules, 6)) if n_steps is None else rng.integers(0, n_steps + 1, (n_rules, 6)) / n_steps
        draw[:, 0] -= 0.5
        draw[:, 1:3] = np.sort(draw[:, 1:3], axis=1)
        draw[:, 3:6] = np.sort(draw[:, 3:6], axis=1)[:, [1, 0, 2]]
        sets[key] = draw
    orders = []
    for key, rules in sets.items():
        orders.append(ranked(rules, key, None, False, False))
        for w in WEIGHTS if key == "spread" else []:
            for normalize in (False, True):
                for turned in (False, True):
                    orders.append(ranked(rules, key, w, normalize, turned))
    return {"rules": {key: rules.tolist() for key, rules in sets.items()}, "orders": orders}


def filtered(subject: dict[str, float], rules: dict[str, Any], is_value: bool, flags: dict[str, Any]) -> list[int]:
    """The positions of the rules that the package keeps; it is handed no more of an explanation than it reads."""
    kept: list[int] = []
    explanation = SimpleNamespace(
        prediction=subject,
        is_regression=lambda: is_value,
        is_probabilistic=lambda: not is_value,
        get_rules=lambda: rules,
        has_conjunctive_rules=False,
        _set_up_result=dict,
        _append_rule=lambda new_rules, rules, idx: kept.append(idx),
        _pareto_rule_indexes=lambda rules, pareto_cost: AlternativeExplanation._pareto_rule_indexes(
            None, rules, pareto_cost=pareto_cost
        ),
    )
    AlternativeExplanation.filter_rules(explanation, copy=False, **flags)
    return kept


def filters(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Every combination of flags, on rules of one to three features whose numbers are eighths, and so exact."""
    problems = []
    for idx in range(8):
        is_value = idx % 2 == 1
        n_rules = 12
        draw = np.sort(rng.integers(0, 9, (n_rules + 1, 3)) / 8, axis=1)
        sizes = rng.integers(1, 4, n_rules).tolist()
        subject = dict(zip(("low", "predict", "high"), draw[-1].tolist(), strict=True))
        rules = {
            "rule": [str(rule_idx) for rule_idx in range(n_rules)],
            "feature": [list(range(size)) if size > 1 else 0 for size in sizes],
            "predict_low": draw[:-1, 0].tolist(),
            "predict": draw[:-1, 1].tolist(),
            "predict_high": draw[:-1, 2].tolist(),
            "base_predict_low": [subject["low"]],
            "base_predict_high": [subject["high"]],
            "classes": None,
        }
        kept = []
        switches = itertools.product(*[(False, True)] * 5, (None, "uncertainty_width", "rule_size"))
        for make_super, make_semi, make_counter, only_ensured, include_potential, cost in switches:
            flags = {
                "make_super": make_super,
                "make_semi": make_semi,
                "make_counter": make_counter,
                "only_ensured": only_ensured,
                "include_potential": include_potential,
                "only_pareto": cost is not None,
                "pareto_cost": cost or "uncertainty_width",
            }
            asked = [*(name for name in NAMES if flags[name]), *([cost] if cost else [])]
            kept.append({"asked": asked, "kept": filtered(subject, rules, is_value, flags)})
        triples = [draw[rule_idx, [1, 0, 2]].tolist() for rule_idx in range(n_rules)]
        base = [subject["predict"], subject["low"], subject["high"]]
        problems.append({"base": base, "is_value": is_value, "rules": triples, "sizes": sizes, "filters": kept})
    return problems


def metrics(rng: np.random.Generator) -> dict[str, Any]:
    """Scores of two and of three classes, sure mistakes among them."""
    probability = np.concatenate([rng.random(60), [0.0, 1.0, 0.0, 1.0]])
    is_true = np.concatenate([rng.random(60) < 0.5, [False, True, True, False]])
    classes = rng.dirichlet([0.5, 1.0, 2.0], 50)
    labels = rng.integers(0, 3, 50)
    return {
        "probability": probability.tolist(),
        "is_true": is_true.tolist(),
        "brier": brier_score_loss(is_true, probability),
        "log_loss": log_loss(is_true, probability),
        "classes": classes.tolist(),
        "labels": labels.tolist(),
        "brier_multiclass": brier_score_loss(labels, classes, labels=[0, 1, 2], scale_by_half=False),
        "log_loss_multiclass": log_loss(labels, classes, labels=[0, 1, 2]),
    }


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    rng = np.random.default_rng(SEED)
    answers = {
        "reject": [answer for name in CASES for answer in rejects(name)],
        "rankings": rankings(rng),
        "filters": filters(rng),
        "metrics": metrics(rng),
    }
    text = json.dumps(answers, allow_nan=False, separators=(",", ":"))
    (FIXTURES / "package" / "analysis.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
