"""The decisions in which this project departs from calibrated-explanations 1.0.2, applied to the package itself, so that every
other number must agree. Each function quotes the row of docs/PARITY.md that it stands for. Nothing here knows the engine.

Only what a row names is replaced, and with numbers of the package wherever it has them: a mended rule list holds the
package's own rules, less those that a decision drops, with those that a decision keeps.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any

import numpy as np
from compare.cuts import absolute_error_cuts

# Below this nothing has moved.
NOTHING = 1e-12
# How multiclass probabilities are normalised: the package takes it in one place, which its explainer does not reach.
normalization = {"strategy": "scale"}
# The class that everything is asked about while one instance is explained with the guard: row "Guarded explanations of more than
# two classes compare the likeliest class of each edited row".
guarded_class: dict[str, Any] = {"of_instance": None}
# What happened while mending, for the table.
counts = {"cut points": 0, "cut points that hang on rounding": 0}


def apply() -> None:
    """Applies every mend to version 1.0.2. To be called once."""
    from calibrated_explanations.calibration import venn_abers
    from calibrated_explanations.calibration.interval_regressor import IntervalRegressor
    from calibrated_explanations.core.explain import _guarded_explain
    from calibrated_explanations.core.prediction import orchestrator as prediction
    from calibrated_explanations.explanations.explanation import (
        AlternativeExplanation,
        CalibratedExplanation,
        FactualExplanation,
    )
    from calibrated_explanations.utils import discretizers

    VennAbers, PredictionOrchestrator = venn_abers.VennAbers, prediction.PredictionOrchestrator
    venn_abers.convert_targets_to_numeric = labels_stay(venn_abers.convert_targets_to_numeric)
    VennAbers.predict_proba = bounds(VennAbers.predict_proba)
    scale = venn_abers.exponent_scaling_list
    VennAbers._predict_proba_with_difficulty = difficulty_of_each(VennAbers._predict_proba_with_difficulty, scale)
    one_class = fast_compares_one_class(PredictionOrchestrator.predict_impl)
    PredictionOrchestrator.predict_impl = one_class_for_all_rows(one_class)
    check = prediction.validate_interval_calibrator_output
    prediction.validate_interval_calibrator_output = probabilities_need_not_add_up(check)
    IntervalRegressor.predict_uncertainty = placeholders(IntervalRegressor.predict_uncertainty)
    cut_points(discretizers)
    guarded_bins(_guarded_explain)
    CalibratedExplanation.normalize_percentile_value = percentile(CalibratedExplanation.normalize_percentile_value)
    FactualExplanation.get_rules = factual_rules(FactualExplanation.get_rules)
    AlternativeExplanation.get_rules = alternative_rules(AlternativeExplanation.get_rules)


def cut_points(discretizers: Any) -> None:
    """Applies the mends of cut points and bins, which are the same in every version."""
    discretizers.BaseDiscretizer.__init__ = _empty_bins(discretizers.BaseDiscretizer.__init__)
    for kind, depth in [(discretizers.RegressorDiscretizer, 3), (discretizers.BinaryRegressorDiscretizer, 1)]:
        kind.bins = _ties(kind.bins, depth)


def labels_stay(original):
    """Row "[7, in events] If every row of the second half has the event, its only label is renumbered"."""

    def convert(labels):
        labels = np.asarray(labels)
        if labels.dtype.kind in "iu" and labels.size and labels.min() >= 0:
            return labels.astype(int), None
        return original(labels)

    return convert


def bounds(original):
    """Rows "[10] Scaled bounds of more than two classes may exceed 1", "[6, in events] The split behind events may leave a
    Mondrian category without rows", and the normalisations that leave a probability outside of its bounds: the bounds are
    widened to contain it."""

    @functools.wraps(original)
    def predict_proba(self, x, *arguments, **settings):
        is_scaled = normalization["strategy"] == "scale"
        if self.is_multiclass() and not is_scaled:
            settings["normalization"] = normalization["strategy"]
        answer = original(self, x, *arguments, **settings)
        if self.is_multiclass():
            if len(answer) != 4:
                return answer
            proba, low, high, classes = answer
            if not is_scaled:
                point = proba if np.ndim(low) == 2 else proba[np.arange(len(proba)), np.asarray(classes, dtype=int)]
                low, high = np.minimum(low, point), np.maximum(high, point)
            return proba, np.clip(low, 0, 1), np.clip(high, 0, 1), classes
        bins = settings.get("bins")
        if self.is_mondrian() and bins is not None and len(answer) == 3:
            unknown = ~np.isin(np.asarray(bins), np.asarray(list(self.va)))
            answer[0][unknown], answer[1][unknown], answer[2][unknown] = 0.5, 0.0, 1.0
        return answer

    return predict_proba


def difficulty_of_each(original, scale):
    """Row "[21] With more than two classes, difficulty scaling looks at class 0 alone": each one-against-rest calibrator scales
    a row of two."""

    @functools.wraps(original)
    def predict(self, x, bins=None):
        if self.de is None or not self.is_multiclass():
            return original(self, x, bins=bins)
        estimator, self.de = self.de, None
        try:
            scores = np.asarray(original(self, x, bins=bins))
        finally:
            self.de = estimator
        difficulty = np.repeat(estimator.apply(x), 2).reshape(-1, 2)
        columns = [np.column_stack([1 - column, column]) for column in scores.T]
        return np.column_stack([np.array(scale(rows, difficulty))[:, 1] for rows in columns])

    return predict


def fast_compares_one_class(original):
    """Row "[9, only this part] Multiclass FAST compares classes that may differ"."""

    @functools.wraps(original)
    def predict(self, x, *arguments, classes=None, bins=None, feature=None, **settings):
        explainer = getattr(self, "explainer", self)
        is_of_feature = feature is not None and feature < explainer.num_features
        if is_of_feature and classes is None and explainer.mode == "classification" and explainer.is_multiclass():
            explained = np.asarray(original(self, x, *arguments, bins=bins, **settings)[3])
            answer = original(self, x, *arguments, classes=explained, bins=bins, feature=feature, **settings)
            return (*answer[:3], explained)
        return original(self, x, *arguments, classes=classes, bins=bins, feature=feature, **settings)

    return predict


def one_class_for_all_rows(original):
    """Row "Conjunctions of more than two classes take the first combination alone": asked about several rows and one class, the
    package answers for the first row."""

    @functools.wraps(original)
    def predict(self, x, *arguments, classes=None, **settings):
        if classes is None and guarded_class["of_instance"] is not None:
            explained = np.repeat(guarded_class["of_instance"], len(x))
            return (*original(self, x, *arguments, classes=explained, **settings)[:3], explained)
        if classes is not None and len(x) > np.size(classes) == 1:
            classes = np.repeat(np.ravel(classes).astype(int), len(x))
        return original(self, x, *arguments, classes=classes, **settings)

    return predict


def guarded_bins(module: Any) -> None:
    """Rows "Guarded explanations drop categories and bins of equal predictions" and "A guarded bin is merged into one that does not
    conform"."""
    module._dedupe_guarded_bins = list
    original = module._merge_factual_anchor

    @functools.wraps(original)
    def merge(bins, *arguments, **settings):
        conforms = all(one.conforming for one in bins if one.is_factual)
        return (original if conforms else module._merge_run)(bins, *arguments, **settings)

    module._merge_factual_anchor = merge


def probabilities_need_not_add_up(original):
    """Row "Normalisation `none` is refused by the package's own check of what a calibrator answers"."""

    @functools.wraps(original)
    def validate(*arguments, **settings):
        return None if normalization["strategy"] == "none" else original(*arguments, **settings)

    return validate


@contextlib.contextmanager
def first_of_equal_neighbours():
    """Row "Which of equally distant neighbours count is left to scikit-learn's tree": only where the last of them is tied."""
    from crepes import extras

    original = extras.NearestNeighbors

    class Neighbours(original):
        def kneighbors(self, X=None, n_neighbors=None, return_distance=True):
            found = super().kneighbors(X, n_neighbors, return_distance)
            if return_distance:
                return found
            rows = self._fit_X if X is None else X
            for row, chosen in enumerate(found):
                distances = np.zeros(len(self._fit_X))
                for column in range(rows.shape[1]):
                    distances = distances + (self._fit_X[:, column] - rows[row, column]) ** 2
                if X is None:
                    distances[row] = np.inf
                order, k = np.argsort(distances, kind="stable"), len(chosen)
                # Sums in another order may set equal distances apart.
                if k < len(order) and distances[order[k]] - distances[order[k - 1]] < NOTHING:
                    found[row] = order[:k]
            return found

    extras.NearestNeighbors = Neighbours
    try:
        yield
    finally:
        extras.NearestNeighbors = original


def placeholders(original):
    """Row "The placeholder of an open side (least or largest target) may lie beyond the median"."""

    @functools.wraps(original)
    def predict(self, x, low_high_percentiles, bins=None):
        point, low, high, rest = original(self, x, low_high_percentiles, bins=bins)
        if low_high_percentiles[0] == -np.inf:
            low = np.minimum(low, point)
        if low_high_percentiles[1] == np.inf:
            high = np.maximum(high, point)
        return point, low, high, rest

    return predict


def percentile(original):
    """Row "[17] A percentile of exactly 1 is read as 100 %"."""
    return staticmethod(lambda value: 0.01 if value == 1 else original(value))


@contextlib.contextmanager
def interval_widths(explainer, problem, threshold):
    """Row "[8] The score `ensured` of reject takes 2p - 1 for the width of the interval": the width is looked up by the
    probabilities, which the package's function is handed without their bounds."""
    from calibrated_explanations.core.reject import orchestrator

    widths = {}
    for x, bins in [(problem.x_cal, problem.bins_cal), (problem.x_test, problem.bins_test)]:
        asked = {"bins": bins} if threshold is None else {"bins": bins, "threshold": threshold}
        predict, low, high, _ = explainer.prediction_orchestrator.predict_internal(x, **asked)
        widths[np.asarray(predict, dtype=float).tobytes()] = np.asarray(high) - np.asarray(low)
    original = orchestrator._interval_width_score
    orchestrator._interval_width_score = lambda proba: widths[np.ascontiguousarray(proba[:, 1], dtype=float).tobytes()]
    try:
        yield
    finally:
        orchestrator._interval_width_score = original


def _empty_bins(original):
    """Row "The bin of a value is found by way of the mean of its bin's members, 0 for an empty bin"."""

    @functools.wraps(original)
    def init(self, data, *arguments, **settings):
        original(self, data, *arguments, **settings)
        for column, cuts in self.bin_edges.items():
            members = np.searchsorted(cuts, data[:, column])
            for place in range(len(cuts) + 1):
                if not (members == place).any():
                    self.means[column][place] = _inside(cuts, place)

    return init


def _inside(cuts: np.ndarray, place: int) -> float:
    """A number in a bin."""
    if place == 0:
        return cuts[0] - 1 - abs(cuts[0]) * 1e-3
    if place == len(cuts):
        return cuts[-1] + 1 + abs(cuts[-1]) * 1e-3
    return cuts[place - 1] + (cuts[place] - cuts[place - 1]) / 2


def _ties(original, depth: int):
    """Row "[13] Ties and zero gains of absolute-error cuts are decided by rounding": only where there are any."""

    @functools.wraps(original)
    def bins(self, data, labels):
        found = original(self, data, labels)
        self.hangs_on_rounding = set()
        for place, column in enumerate(self.to_discretize):
            cuts, is_ambiguous = absolute_error_cuts(data[:, column], labels, depth)
            counts["cut points"] += 1
            if is_ambiguous:
                counts["cut points that hang on rounding"] += 1
                self.hangs_on_rounding.add(column)
                found[place] = cuts
        return found

    return bins


# The numbers of a rule.
OF_NUMBERS = ["predict", "predict_low", "predict_high", "weight", "weight_low", "weight_high"]
# Rules are kept as one dictionary per rule while they are mended.
_OF_A_RULE = [*OF_NUMBERS, "value", "rule", "feature", "sampled_values", "feature_value", "is_conjunctive"]


def _mended(original, mend):
    @functools.wraps(original)
    def get_rules(self):
        if getattr(self, "has_conjunctive_rules", False) or getattr(self, "has_rules", False):
            return original(self)
        rules = original(self)
        listed = [{key: rules[key][place] for key in _OF_A_RULE} for place in range(len(rules["rule"]))]
        # In the order of the features; what a decision adds stands after what was there.
        listed = sorted(mend(self, listed), key=lambda rule: rule["feature"])
        for key in _OF_A_RULE:
            rules[key] = [rule[key] for rule in listed]
        return rules

    return get_rules


def _moved(base: dict[str, Any], predict, low, high) -> bool:
    """Row "[15]": whether prediction, lower or upper bound moves by 1e-12 or more. Equal infinities have not moved."""
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
    and "[20] Factual conjunctions put the largest category in"."""

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
            if not has_other or not _moved(self.prediction, **answer):
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
    """Rows "[1] Categorical alternatives carry the answer of the one before", "[15]", and "An alternative whose bounds equal
    the base's is dropped, also where the prediction moves"."""

    def mend(self, rules):
        explainer, kept = self.get_explainer(), []
        for column in _columns(self):
            if column in explainer.categorical_features:
                candidates = _other_categories(self, column)
            else:
                candidates = _other_sides(self, column, [rule for rule in rules if rule["feature"] == column])
            base = self.prediction
            kept += [r for r in candidates if _moved(base, r["predict"], r["predict_low"], r["predict_high"])]
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
