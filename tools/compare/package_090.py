"""The package's side, version 0.9.0: only what is a target there. It has the same mends as 1.0.2 where it has the same defects.

What it computes otherwise by design is left out with a reason: events (its probabilities are random and hang on the row's
place in the batch), features to ignore (constant columns overwrite them), and all that came with 1.0. Its cut points separate
observed targets.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Iterator

import numpy as np
from calibrated_explanations.core.calibrated_explainer import CalibratedExplainer

from compare import mended_rules, mends, package
from compare.asks import Ask
from compare.problems import Problem

VERSION = "0.9.0"


def apply_mends() -> None:
    from calibrated_explanations.core import venn_abers
    from calibrated_explanations.core.interval_regressor import IntervalRegressor
    from calibrated_explanations.explanations import explanation, explanations
    from calibrated_explanations.utils import discretizers

    venn_abers.VennAbers.predict_proba = mends.bounds(venn_abers.VennAbers.predict_proba)
    IntervalRegressor.predict_uncertainty = mends.placeholders(IntervalRegressor.predict_uncertainty)
    CalibratedExplainer._predict = mends.fast_compares_one_class(CalibratedExplainer._predict)
    # Here the cut points stand among the lower ends of the bins.
    edges = property(lambda self: {column: np.array(lows[1:]) for column, lows in self.mins.items()})
    discretizers.BaseDiscretizer.bin_edges = edges
    mends.cut_points(discretizers)
    base, frozen = explanation.CalibratedExplanation, explanations.FrozenCalibratedExplainer
    base._normalize_percentile_value = mends.percentile(base._normalize_percentile_value)
    _name_as_later(base)
    frozen.prediction_orchestrator = property(lambda self: self._explainer)
    factual, alternative = explanation.FactualExplanation, explanation.AlternativeExplanation
    # The rules are kept when they are first asked for, which happens inside of the package.
    factual._get_rules = factual.get_rules = mended_rules.factual_rules(factual._get_rules)
    alternative._get_rules = alternative.get_rules = mended_rules.alternative_rules(alternative._get_rules)
    explanation.FastExplanation.get_rules = explanation.FastExplanation._get_rules


def _name_as_later(kind: type) -> None:
    """Gives the private names of this version the public ones of 1.0.2, which the mends use."""
    kind.get_explainer = kind._get_explainer
    kind.has_rules = property(lambda self: self._has_rules)
    kind.has_conjunctive_rules = property(lambda self: self._has_conjunctive_rules)
    kind.define_conditions = lambda self: self._define_conditions()
    kind.ignored_features_for_instance = lambda self: set(self.calibrated_explanations.features_to_ignore)
    CalibratedExplainer.prediction_orchestrator = property(lambda self: self)
    CalibratedExplainer.predict_internal = lambda self, x, **asked: self._predict(x, **asked)


def prepared(problem: Problem) -> Problem:
    """Without features to ignore, and with cut points of the observed targets."""
    return dataclasses.replace(problem, ignored=[], source="observed")


def left_out(problem: Problem, ask: Ask) -> str | None:
    beside = [ask.normalization, ask.summary, ask.guarded, ask.difficulty, ask.refinements, ask.reject, ask.ignored_of_each]
    beside += [ask.noise, ask.fast_filter, ask.n_first]
    if any(one is not None and one != [] for one in [*beside, ask.explained]) or ask.is_measured:
        return "not there in 0.9.0, or not compared with it"
    if ask.is_event:
        return "probabilities of events are random in 0.9.0, and hang on the row's place in the batch"
    if ask.max_rule_size > 1:
        return "covered values of another row stand in the conjunctions of 0.9.0"
    if problem.n_classes > 2 and problem.categorical and ask.what in ("factual", "alternative"):
        # Its place is taken by the problems without categorical features.
        return "0.9.0 fails on categorical features with more than two classes; problems without them are compared"
    return None


def explainer(problem: Problem) -> CalibratedExplainer:
    mends.normalization["strategy"] = "scale"
    return CalibratedExplainer(
        problem.model,
        problem.x_cal,
        problem.y_cal,
        mode="classification" if problem.n_classes else "regression",
        feature_names=problem.names,
        categorical_features=problem.categorical or None,
        categorical_labels=problem.labels or None,
        bins=problem.bins_cal,
        seed=problem.random_state,
        sample_percentiles=problem.percentiles,
        scale_factor=problem.scale_factor,
        severity=problem.severity,
    )


def predictions(problem: Problem, ask: Ask) -> dict[str, Any]:
    one, asked = explainer(problem), package.asked_of(problem, ask, slice(None))
    predict, low, high, _ = one._predict(problem.x_test, **asked)
    answer: dict[str, Any] = {"predict": predict, "low": low, "high": high}
    if problem.n_classes:
        answer["proba"] = np.asarray(one.predict_proba(problem.x_test, **asked))
        is_binary = problem.n_classes == 2
        answer["class"] = (answer["proba"][:, 1] >= 0.5).astype(int) if is_binary else answer["proba"].argmax(axis=1)
    return answer


def explanations(problem: Problem, ask: Ask) -> Iterator[Any]:
    one, asked = explainer(problem), package.asked_of(problem, ask, slice(None))
    yield from getattr(one, package.EXPLAIN[ask.what])(problem.x_test, **asked)


def rules(explanation: Any) -> dict[str, Any]:
    return explanation.get_rules()


def uncertainty(explanation: Any) -> dict[str, Any]:
    return explanation._build_instance_uncertainty()


def tells_moved_prediction() -> bool:
    return True


hangs_on_rounding, cuts, weights_of = package.hangs_on_rounding, package.cuts, package.weights_of
