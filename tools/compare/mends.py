"""The decisions in which this project departs from calibrated-explanations 1.0.2, applied to the package itself, so that every
other number must agree. Each function quotes the row of docs/PARITY.md that it stands for. Nothing here knows the engine.

Only what a row names is replaced, and with numbers of the package wherever it has them. What stands for rows about lists of rules
is in mended_rules.py, what stands for rows about the guard in mended_guard.py.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any

import numpy as np
from compare import mended_guard
from compare.cuts import absolute_error_cuts
from compare.mended_rules import NOTHING, alternative_rules, factual_rules

# How multiclass probabilities are normalised: the package takes it in one place, which its explainer does not reach.
normalization = {"strategy": "scale"}
# The class that everything is asked about while one instance is explained, a caller's or that of the instance: row "Guarded
# explanations of more than two classes report each edited row's own likeliest class". Beside the guard the package can be told of
# a class in its predictions alone.
explained_class: dict[str, Any] = {"of_instance": None}
# What happened while mending, for the table.
counts = {"cut points": 0, "cut points that hang on rounding": 0}


def apply() -> None:
    """Applies every mend to version 1.0.2. To be called once."""
    from calibrated_explanations.calibration import venn_abers
    from calibrated_explanations.calibration.interval_regressor import IntervalRegressor
    from calibrated_explanations.core.prediction import orchestrator as prediction
    from calibrated_explanations.core.reject import orchestrator as reject
    from calibrated_explanations.explanations.explanation import (
        AlternativeExplanation,
        CalibratedExplanation,
        FactualExplanation,
    )
    from calibrated_explanations.utils import discretizers, perturbation

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
    perturbation.gaussian_perturbation = noise_is_added
    mended_guard.apply()
    reject.hinge = both_labels(reject.hinge)
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
    Mondrian category without rows", and "The normalisations `simplex`, `coherence` and `none` may leave the point outside of its
    bounds"."""

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
            # Of [0, 1] the lower summary is 0, the upper one 1, and both means are 0.5.
            point = {"lower": 0.0, "upper": 1.0}.get(_name(settings.get("interval_summary")), 0.5)
            answer[0][unknown], answer[1][unknown], answer[2][unknown] = [1 - point, point], 0.0, 1.0
        return answer

    return predict_proba


def _name(summary: Any) -> str:
    return str(getattr(summary, "value", summary))


def difficulty_of_each(original, scale):
    """Row "[21] Difficulty of more than two classes looks at the first class alone": each one-against-rest calibrator scales
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
    """Row "Conjunctions of more than two classes report the first row of their product": asked about several rows and one class,
    the package answers for the first row."""

    @functools.wraps(original)
    def predict(self, x, *arguments, classes=None, **settings):
        if classes is None and explained_class["of_instance"] is not None:
            explained = np.repeat(explained_class["of_instance"], len(x))
            return (*original(self, x, *arguments, classes=explained, **settings)[:3], explained)
        if classes is not None and len(x) > np.size(classes) == 1:
            classes = np.repeat(np.ravel(classes).astype(int), len(x))
        return original(self, x, *arguments, classes=classes, **settings)

    return predict


def both_labels(original):
    """Row "[7, in reject] If every calibration row has the same answer, its score is that of the other": the columns are counted by
    the labels that occur."""
    return lambda proba, classes=None, labels=None: original(proba, None if classes is None else np.array([0, 1]), labels)


def probabilities_need_not_add_up(original):
    """Row "Normalisation `none` is refused by the package's own check of what a calibrator answers"."""

    @functools.wraps(original)
    def validate(*arguments, **settings):
        return None if normalization["strategy"] == "none" else original(*arguments, **settings)

    return validate


@contextlib.contextmanager
def first_of_equal_neighbours(labels=None):
    """Rows "Of equally distant rows crepes takes those that its tree finds first", only where the last of them is tied, and "crepes'
    standard deviation of classes hangs on the order of the neighbours": with `labels` the neighbours are put in their order."""
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
                if labels is not None:
                    found[row] = sorted(found[row], key=lambda place: labels[place])
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


def noise_is_added(column, severity, rng=None):
    """Row "[9, only this part] Gaussian FAST noise takes the place of the value": the draws are the package's own."""
    return column + rng.normal(loc=0, scale=column.std() * severity, size=len(column))


@contextlib.contextmanager
def interval_widths(explainer, problem, threshold):
    """Row "[8] The reject score `ensured` takes 2p": the width is looked up by the
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
