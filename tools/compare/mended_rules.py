"""The decisions on rule lists, applied to the package: which rules there are, and which answer each carries. Each function quotes
the row of docs/PARITY.md that it stands for. Nothing here knows the engine.

A mended rule list holds the package's own rules, less those that a decision drops, with those that a decision keeps.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

# Below this nothing has moved.
NOTHING = 1e-12
# The numbers of a rule.
OF_NUMBERS = ["predict", "predict_low", "predict_high", "weight", "weight_low", "weight_high"]
# Rules are kept as one dictionary per rule while they are mended.
OF_A_RULE = [*OF_NUMBERS, "value", "rule", "feature", "sampled_values", "feature_value", "is_conjunctive"]


def _mended(original, mend):
    @functools.wraps(original)
    def get_rules(self):
        if getattr(self, "has_conjunctive_rules", False) or getattr(self, "has_rules", False):
            return original(self)
        rules = original(self)
        listed = [{key: rules[key][place] for key in OF_A_RULE} for place in range(len(rules["rule"]))]
        # In the order of the features; what a decision adds stands after what was there.
        listed = sorted(mend(self, listed), key=lambda rule: rule["feature"])
        for key in OF_A_RULE:
            rules[key] = [rule[key] for rule in listed]
        return rules

    return get_rules


def moved(base: dict[str, Any], predict, low, high) -> bool:
    """Row "[15] A rule is dropped if its weight is exactly 0; sums that leave 1e-17": whether prediction, lower or upper bound moves
    by 1e-12 or more. Equal infinities have not moved."""
    pairs = [(predict, base["predict"]), (low, base["low"]), (high, base["high"])]
    return any(not (one == other or abs(one - other) < NOTHING) for one, other in pairs)


def neighbours(explanation, column: int) -> tuple[float, float]:
    """The bounds of the bin that an instance lies in, infinite where no calibration row lies beyond."""
    explainer = explanation.get_explainer()
    cuts = np.unique(explainer.discretizer.bin_edges[column])
    place = int(np.searchsorted(cuts, explanation.x_test[column]))
    low, high = (cuts[place - 1] if place > 0 else -np.inf), (cuts[place] if place < len(cuts) else np.inf)
    values = explainer.x_cal[:, column]
    return (low if (values < low).any() else -np.inf), (high if (values > high).any() else np.inf)


def _columns(explanation) -> list[int]:
    ignored = explanation.ignored_features_for_instance()
    return [column for column in range(explanation.get_explainer().num_features) if column not in ignored]


def _value_text(explanation, column: int) -> str:
    explainer, value = explanation.get_explainer(), explanation.x_test[column]
    if column in explainer.categorical_features and explainer.categorical_labels is not None:
        return explainer.categorical_labels[column][int(value)]
    return str(value if column in explainer.categorical_features else np.around(value, decimals=2))


def factual_rules(original):
    """Rows "[2] A feature without another bin gets a rule", "[15] A rule is dropped if its weight is exactly 0", both of them,
    and "[20] A factual conjunction puts the largest category in"."""

    def mend(self, rules):
        explainer, kept = self.get_explainer(), []
        of_column = {rule["feature"]: rule for rule in rules}
        texts = self.define_conditions()
        for column in _columns(self):
            is_category = column in explainer.categorical_features
            if is_category:
                has_other = len(np.unique(explainer.x_cal[:, column])) > 1
            else:
                has_other = neighbours(self, column) != (-np.inf, np.inf)
            answer = {key: self.feature_predict[key][column] for key in ("predict", "low", "high")}
            if not has_other or not moved(self.prediction, **answer):
                continue
            rule = of_column.get(column) or {
                "predict": self.prediction["predict"],
                "predict_low": self.prediction["low"],
                "predict_high": self.prediction["high"],
                "weight": self.feature_weights["predict"][column],
                "weight_low": self.feature_weights["low"][column],
                "weight_high": self.feature_weights["high"][column],
                "value": _value_text(self, column),
                "rule": texts[column],
                "feature": column,
                "sampled_values": self.binned["rule_values"][column][0][-1],
                "feature_value": self.x_test[column],
                "is_conjunctive": False,
            }
            if is_category:
                rule = {**rule, "sampled_values": self.x_test[column]}
            kept.append(rule)
        return kept

    return _mended(original, mend)


def alternative_rules(original):
    """Rows "[1] Categorical alternatives after the instance's own category", "[15] A rule is dropped if its weight is exactly 0",
    and "An alternative whose bounds equal the base's is dropped"."""

    def mend(self, rules):
        explainer, kept = self.get_explainer(), []
        for column in _columns(self):
            if column in explainer.categorical_features:
                candidates = _other_categories(self, column)
            else:
                candidates = _other_sides(self, column, [rule for rule in rules if rule["feature"] == column])
            base = self.prediction
            kept += [r for r in candidates if moved(base, r["predict"], r["predict_low"], r["predict_high"])]
        return kept

    return _mended(original, mend)


def _alternative(explanation, column: int, text: str, values, answer) -> dict[str, Any]:
    (predict, low, high), base = answer, explanation.prediction["predict"]
    return {
        "predict": predict,
        "predict_low": low,
        "predict_high": high,
        "weight": predict - base,
        "weight_low": low - base,
        "weight_high": high - base,
        "value": _value_text(explanation, column),
        "rule": text,
        "feature": column,
        "sampled_values": values,
        "feature_value": explanation.x_test[column],
        "is_conjunctive": False,
    }


def _other_categories(explanation, column: int) -> list[dict[str, Any]]:
    """Each other category with the package's own answer to it."""
    explainer, everything = explanation.get_explainer(), explanation.calibrated_explanations
    own, name = explanation.x_test[column], explainer.feature_names[column]
    values = [value for value in np.unique(explainer.x_cal[:, column]) if value != own]
    if not values:
        return []
    rows = np.repeat(np.asarray(explanation.x_test, dtype=float)[None, :], len(values), axis=0)
    rows[:, column] = values
    asked: dict[str, Any] = {"low_high_percentiles": everything.low_high_percentiles}
    if explanation.y_threshold is not None:
        asked["threshold"] = explanation.y_threshold
    if explanation.bin is not None:
        asked["bins"] = np.repeat(np.ravel(explanation.bin)[:1], len(values))
    if explainer.mode == "classification" and explainer.is_multiclass():
        asked["classes"] = np.repeat(np.ravel(explanation.prediction["classes"]).astype(int)[:1], len(values))
    answers = np.array(explainer.prediction_orchestrator.predict_internal(rows, **asked)[:3], dtype=float)
    labels = explainer.categorical_labels
    shown = [labels[column][int(value)] if labels is not None else f"{value}" for value in values]
    return [
        _alternative(explanation, column, f"{name} = {text}", value, answers[:, place])
        for place, (value, text) in enumerate(zip(values, shown))
    ]


def _other_sides(explanation, column: int, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The package's rules of the lower and the upper side, and those that it dropped."""
    name, (low, high) = explanation.get_explainer().feature_names[column], neighbours(explanation, column)
    sampled, sides = explanation.binned["rule_values"][column][0], []
    if low != -np.inf:
        sides.append((f"{name} < {low:.2f}", sampled[0]))
    if high != np.inf:
        sides.append((f"{name} > {high:.2f}", sampled[1 if len(sampled) == 3 else 0]))
    found, answers = [], explanation.binned
    for place, (text, values) in enumerate(sides):
        there = [rule for rule in rules if rule["rule"] == text]
        answer = [float(np.mean(answers[key][column][place])) for key in ("predict", "low", "high")]
        found.append(there[0] if there else _alternative(explanation, column, text, values, answer))
    return found
