"""The package's side, version 1.0.2: it is asked through its public functions and its own orchestrator, with the mends of
mends.py applied. It never knows what the engine answered."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any, Iterator

import numpy as np
from calibrated_explanations.core.calibrated_explainer import CalibratedExplainer

from compare import mended_rules, mends
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
    if ask.noise:
        settings["noise_type"] = ask.noise
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
    """An estimator whose values end at 1: row "crepes' difficulties of classes reach 1 + beta"."""

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
    # Of numbers the order of a sum changes no score that is rounded.
    with mends.first_of_equal_neighbours(problem.y_cal if problem.n_classes and kind == "standard_deviation" else None):
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

    Conjunctions come of calls with a single row: in a batch they hold another row's values (row "[3] Conjunctions of a
    batch take the covered values of another instance"). Instances that ignore features of their own have an explainer each.
    """
    everything, alone = slice(0, len(problem.x_test)), [slice(row, row + 1) for row in range(len(problem.x_test))]
    ignored_of_each = ask.ignored_of_each
    if ask.fast_filter is not None:
        ignored_of_each = _left_out_by_fast(problem, ask)
    if ignored_of_each is not None:
        for rows, ignored in zip(alone, ignored_of_each):
            if ignored is None:
                yield None
                continue
            yield from _explained(explainer(problem, ask, ignored), problem, ask, rows)
        return
    one = explainer(problem, ask)
    for rows in alone if ask.max_rule_size > 1 or ask.guarded is not None else [everything]:
        yield from _explained(one, problem, ask, rows)


def _left_out_by_fast(problem: Problem, ask: Ask) -> list[list[int] | None]:
    """The features that the FAST filter takes from each instance, which is a batch by itself: row "The FAST feature filter keeps the
    union of what each instance of the batch needs". Of equal weights the first is kept: row "Of equal FAST weights the filter keeps
    those that numpy's unstable sort leaves last"; none where weights on both sides of the line differ by rounding."""
    from calibrated_explanations.core.explain import _feature_filter

    one, everything, found = explainer(problem, ask), slice(0, len(problem.x_test)), []
    config = _feature_filter.FeatureFilterConfig(enabled=True, per_instance_top_k=ask.fast_filter)
    ignored = np.array(one.features_to_ignore, dtype=int)
    for explanation in one.explain_fast(problem.x_test, **asked_of(problem, ask, everything)):
        weights = np.abs(np.asarray(explanation.feature_weights["predict"], dtype=float))
        # The order of the weights stands for them, so that no two are equal.
        order = np.lexsort((-np.arange(len(weights)), weights))
        batch = SimpleNamespace(explanations=[SimpleNamespace(feature_weights={"predict": np.argsort(order) + 1.0})])
        filtered = _feature_filter.compute_filtered_features_to_ignore(
            batch, num_features=one.num_features, base_ignore=ignored, config=config
        )
        largest = np.sort(np.delete(weights, ignored))[::-1]
        falls = -np.diff(largest)[ask.fast_filter - 1 : ask.fast_filter]
        is_near = ((0 < falls) & (falls < mended_rules.NOTHING * ask.scale(problem))).any()
        found.append(None if is_near else filtered.per_instance_ignore[0].tolist())
    return found


def _explained(one: CalibratedExplainer, problem: Problem, ask: Ask, rows: slice) -> Iterator[Any]:
    asked, explained = asked_of(problem, ask, rows), ask.explained
    if ask.guarded is not None:
        # Version 0.9.0, whose side shares some of these functions, has none.
        from calibrated_explanations import GuardedOptions

        asked["guarded_options"] = GuardedOptions(**ask.guarded)
        # Row "Guarded explanations ignore the features that the call names, not those of the explainer".
        asked["features_to_ignore"] = one.features_to_ignore
        bins = {} if problem.bins_test is None else {"bins": problem.bins_test[rows]}
        if problem.n_classes > 2:
            explained = int(one.predict_proba(problem.x_test[rows], **bins).argmax())
    if explained is not None:
        # Cut points are those of every class: the package finds them with the first call, and keeps them.
        getattr(one, EXPLAIN[ask.what])(problem.x_test[rows], **asked)
    mends.explained_class["of_instance"] = explained
    try:
        found = getattr(one, EXPLAIN[ask.what])(problem.x_test[rows], **asked)
    finally:
        mends.explained_class["of_instance"] = None
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
    # Row "[19] The guard that an alternative must change something never fires in the filters".
    triples = zip(told["predict"], told["predict_low"], told["predict_high"])
    moves = [mended_rules.moved(explanation.prediction, *map(float, triple)) for triple in triples]
    return [place for place, _ in kept.get_rules()["value"] if moves[place]]


def ranked(explanation: Any, ask: Ask, wanted: dict[str, Any]) -> tuple[list[int], np.ndarray]:
    """The places of the best rules, best first, by the ranking of the package's plots, which ascends and takes the last; and what
    each rule is ranked by first."""
    from calibrated_explanations.utils.helper import calculate_metrics

    told = explanation.get_rules()
    numbers = {key: np.array([float(np.ravel(value)[0]) for value in told[key]]) for key in mended_rules.OF_NUMBERS}
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
        # Row "A rule of infinite width has the key NaN": what counts nothing is left out.
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
        # The breakdown does not tell the p-values that it is made of.
        learner, told = one.reject_learner, []
        learner.predict_p = _recorded(learner.predict_p, told)
        found = [
            one.reject_orchestrator.predict_reject_breakdown(problem.x_test, bins=bins, confidence=c, threshold=threshold)
            for c in ask.reject["confidences"]
        ]
        return [{**breakdown, "p_values": np.asarray(p_values)} for breakdown, p_values in zip(found, told, strict=True)]


def _recorded(original, told: list[Any]):
    @functools.wraps(original)
    def predict_p(*arguments, **settings):
        told.append(original(*arguments, **settings))
        return told[-1]

    return predict_p


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
