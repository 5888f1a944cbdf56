"""The package's side, version 1.0.2: it is asked through its public functions and its own orchestrator, with the mends of
mends.py applied. It never knows what the engine answered."""

from __future__ import annotations

from typing import Any, Iterator

import numpy as np
from calibrated_explanations import GuardedOptions
from calibrated_explanations.core.calibrated_explainer import CalibratedExplainer
from calibrated_explanations.utils.helper import calculate_metrics

from compare import mends
from compare.asks import Ask, difficulty_of
from compare.problems import Problem

VERSION = "1.0.2"
# What crepes' estimators ask unless told otherwise.
N_NEIGHBOURS = 25


class CallersDifficulty:
    """A function of the row, in the form of crepes' estimators."""

    fitted = True

    def __init__(self, problem: Problem) -> None:
        self._problem = problem

    def apply(self, x):
        return difficulty_of(self._problem, np.asarray(x))


def apply_mends() -> None:
    mends.apply()


def prepared(problem: Problem) -> Problem:
    """The problem as this version can be asked about it."""
    return problem


def left_out(problem: Problem, ask: Ask) -> str | None:
    """Why this version is no target of a question; none if it is."""
    is_estimated = ask.difficulty not in (None, "caller")
    if is_estimated and len(problem.y_cal) <= N_NEIGHBOURS:
        return f"crepes asks {N_NEIGHBOURS} neighbours and their row; the engine refuses smaller calibration sets as well"
    if ask.difficulty == "standard_deviation" and problem.n_classes > 2:
        return "crepes takes the standard deviation of numbers, which more than two classes are not"
    return None


def explainer(problem: Problem, ask: Ask, ignored: list[int] | None = None) -> CalibratedExplainer:
    settings: dict[str, Any] = {"condition_source": ask.source or problem.source}
    if problem.labels:
        settings["categorical_labels"] = problem.labels
    if problem.ignored or ignored:
        settings["features_to_ignore"] = sorted({*problem.ignored, *(ignored or [])})
    if ask.summary:
        settings["interval_summary"] = ask.summary
    if ask.difficulty:
        settings["difficulty_estimator"] = _difficulty(problem, ask.difficulty)
    mends.normalization["strategy"] = ask.normalization or "scale"
    return CalibratedExplainer(
        problem.model,
        problem.x_cal,
        problem.y_cal,
        mode="classification" if problem.n_classes else "regression",
        feature_names=problem.names,
        categorical_features=problem.categorical or None,
        bins=problem.bins_cal,
        seed=problem.random_state,
        sample_percentiles=problem.percentiles,
        scale_factor=problem.scale_factor,
        severity=problem.severity,
        **settings,
    )


class CutOff:
    """An estimator whose values end at 1: row "[21] Difficulties above 1", which `beta` makes of scaled ones."""

    fitted = True

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def apply(self, x):
        return np.minimum(self._estimator.apply(x), 1.0)


def _difficulty(problem: Problem, kind: str) -> Any:
    if kind == "caller":
        return CallersDifficulty(problem)
    from crepes.extras import DifficultyEstimator

    # With `scaler` the values lie in [0, 1], as classification needs them.
    estimator, settings = DifficultyEstimator(), {"scaler": bool(problem.n_classes)}
    if kind == "standard_deviation":
        settings["y"] = problem.y_cal
    elif kind == "absolute_residuals" and problem.n_classes:
        own = problem.model.predict_proba(problem.x_cal)[np.arange(len(problem.y_cal)), problem.y_cal]
        settings["residuals"] = 1 - own
    elif kind == "absolute_residuals":
        settings["residuals"] = problem.y_cal - problem.model.predict(problem.x_cal)
    with mends.first_of_equal_neighbours():
        fitted = estimator.fit(problem.x_cal, **settings)
    return CutOff(fitted) if problem.n_classes else fitted


def asked_of(problem: Problem, ask: Ask, rows: slice) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if "percentiles" in ask.quantity:
        asked["low_high_percentiles"] = ask.quantity["percentiles"]
    if "threshold" in ask.quantity:
        asked["threshold"] = ask.quantity["threshold"]
    if "thresholds" in ask.quantity:
        asked["threshold"] = ask.quantity["thresholds"][rows]
    if problem.bins_test is not None:
        asked["bins"] = problem.bins_test[rows]
    return asked


def predictions(problem: Problem, ask: Ask) -> dict[str, Any]:
    """`predict`, `low`, `high`, and of classes `proba` and `class`; of an event `text`."""
    one, everything = explainer(problem, ask), slice(None)
    asked = asked_of(problem, ask, everything)
    if ask.explained is not None:
        asked["classes"] = np.full(len(problem.x_test), ask.explained)
    predict, low, high, classes = one.prediction_orchestrator.predict_internal(problem.x_test, **asked)
    answer: dict[str, Any] = {"predict": predict, "low": low, "high": high}
    if problem.n_classes:
        asked.pop("classes", None)
        answer["proba"] = np.asarray(one.predict_proba(problem.x_test, **asked))
        is_binary = problem.n_classes == 2
        answer["class"] = (answer["proba"][:, 1] >= 0.5).astype(int) if is_binary else answer["proba"].argmax(axis=1)
    elif ask.is_event:
        answer["text"] = [str(text) for text in one.predict(problem.x_test, **asked)]
    return answer


EXPLAIN = {"factual": "explain_factual", "alternative": "explore_alternatives", "fast": "explain_fast"}


def explanations(problem: Problem, ask: Ask) -> Iterator[Any]:
    """The explanation of each instance.

    Conjunctions come of calls with a single row: in a batch they hold another row's values (row "[3] Covered values in
    batches"). Instances that ignore features of their own have an explainer each.
    """
    everything, alone = slice(0, len(problem.x_test)), [slice(row, row + 1) for row in range(len(problem.x_test))]
    if ask.ignored_of_each is not None:
        for rows, ignored in zip(alone, ask.ignored_of_each):
            yield from _explained(explainer(problem, ask, ignored), problem, ask, rows)
        return
    one = explainer(problem, ask)
    for rows in alone if ask.max_rule_size > 1 or ask.guarded is not None else [everything]:
        yield from _explained(one, problem, ask, rows)


def _explained(one: CalibratedExplainer, problem: Problem, ask: Ask, rows: slice) -> Iterator[Any]:
    asked = asked_of(problem, ask, rows)
    if ask.guarded is not None:
        asked["guarded_options"] = GuardedOptions(**ask.guarded)
        bins = {} if problem.bins_test is None else {"bins": problem.bins_test[rows]}
        if problem.n_classes > 2:
            # Cut points are those of every class: the package finds them with the first call, and keeps them.
            getattr(one, EXPLAIN[ask.what])(problem.x_test[rows], **asked)
            mends.guarded_class["of_instance"] = int(one.predict_proba(problem.x_test[rows], **bins).argmax())
    try:
        found = getattr(one, EXPLAIN[ask.what])(problem.x_test[rows], **asked)
    finally:
        mends.guarded_class["of_instance"] = None
    for explanation in found:
        if ask.max_rule_size > 1:
            explanation.get_rules()
            explanation.add_conjunctions(max_rule_size=ask.max_rule_size)
        yield explanation


def filtered(explanation: Any, wanted: dict[str, Any]) -> list[int]:
    """The places of the rules that a filter keeps."""
    told = explanation.get_rules()
    named = {f"make_{direction}": True for direction in wanted.get("directions", [])}
    if wanted.get("pareto"):
        costs = {"interval_width": "uncertainty_width", "rule_size": "rule_size"}
        named |= {"only_pareto": True, "pareto_cost": costs[wanted["pareto"]]}
    potential = wanted.get("include_potential", True)
    # A mark on each rule survives the filter; the rules themselves may be alike.
    marked = [(place, value) for place, value in enumerate(told["value"])]
    told["value"], before = marked, told["value"]
    try:
        kept = explanation.filter_rules(only_ensured=wanted.get("ensured", False), include_potential=potential, **named)
    finally:
        told["value"] = before
    return [place for place, _ in kept.get_rules()["value"]]


def ranked(explanation: Any, ask: Ask, wanted: dict[str, Any]) -> tuple[list[int], np.ndarray]:
    """The places of the best rules, best first, by the ranking of the package's plots, which ascends and takes the last; and what
    each rule is ranked by first."""
    told = explanation.get_rules()
    numbers = {key: np.array([float(np.ravel(value)[0]) for value in told[key]]) for key in mends.OF_NUMBERS}
    n_shown = min(len(told["rule"]), wanted.get("top", len(told["rule"])))
    if n_shown == 0:
        return [], np.array([])
    widths = numbers["weight_high"] - numbers["weight_low"]
    if wanted["ranking"] == "feature_weight":
        best = explanation.rank_features(numbers["weight"], width=widths, num_to_show=n_shown)
        return best[::-1], np.abs(numbers["weight"])
    prediction = numbers["predict"]
    if ask.what == "alternative" and ask.is_probability and not explanation.prediction["predict"] > 0.5:
        prediction = 1 - prediction
    weight = 1.0 if wanted["ranking"] == "uncertainty" else wanted.get("ranking_weight", 0.5)
    uncertainty = numbers["predict_high"] - numbers["predict_low"]
    if abs(weight) == 1.0:
        # Row "[4] An infinite width makes the ranking by prediction alone NaN": what counts nothing is left out.
        uncertainty = np.zeros(len(uncertainty))
    metric = calculate_metrics(uncertainty=uncertainty, prediction=prediction, w=weight, metric="ensured")
    return list(explanation.rank_features(width=metric, num_to_show=n_shown))[::-1], metric


def rejections(problem: Problem, ask: Ask) -> list[dict[str, Any]]:
    """The package's breakdown at each confidence."""
    one, asked = explainer(problem, ask), asked_of(problem, ask, slice(None))
    threshold, bins = asked.get("threshold"), asked.get("bins")
    with mends.interval_widths(one, problem, threshold):
        weight = ask.reject.get("ensured")
        score = {"ncf": "default"} if weight is None else {"ncf": "ensured", "w": weight}
        one.reject_orchestrator.initialize_reject_learner(threshold=threshold, **score)
        return [
            one.reject_orchestrator.predict_reject_breakdown(problem.x_test, bins=bins, confidence=c, threshold=threshold)
            for c in ask.reject["confidences"]
        ]


def rules(explanation: Any) -> dict[str, Any]:
    return explanation.get_rules()


def uncertainty(explanation: Any) -> dict[str, Any]:
    return explanation.build_instance_uncertainty()


def hangs_on_rounding(explanation: Any) -> set[int]:
    """The features whose cut points are those of the decision, not of the package."""
    return getattr(explanation.get_explainer().discretizer, "hangs_on_rounding", set())


def cuts(explanation: Any, column: int) -> np.ndarray:
    return np.unique(explanation.get_explainer().discretizer.bin_edges[column])


def weights_of(explanation: Any, column: int) -> tuple[float, float, float]:
    """The weight of a feature with its bounds, whether there is a rule about it or not."""
    return tuple(float(np.ravel(explanation.feature_weights[key][column])[0]) for key in ("predict", "low", "high"))


def tells_moved_prediction() -> bool:
    """Whether a factual rule's prediction is that of the moved feature, and not the base."""
    return False
