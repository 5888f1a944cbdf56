"""The blocks of the comparison: which questions are asked of a problem. A block is a line of the table; to add one, add a
generator of questions here and, if answers of a new form come back, what compares them in answers.py."""

from __future__ import annotations

from typing import Iterator

import numpy as np

from compare.asks import Ask
from compare.problems import Problem, quantities

MODES = ["factual", "alternative", "fast"]


def named(problem: Problem, quantity: dict) -> str:
    """What is estimated, in the words of the table."""
    if problem.n_classes:
        return "two classes" if problem.n_classes == 2 else "more classes"
    if "threshold" in quantity:
        return "events `a < y <= b`" if isinstance(quantity["threshold"], tuple) else "events `y <= t`"
    return "percentiles, one side open" if np.isinf(quantity["percentiles"]).any() else "percentiles"


def questions(problem: Problem) -> Iterator[Ask]:
    """Every question about a problem."""
    beside = [_classes, _events_of_each, _summaries, _normalizations, _difficulties, _conjunctions, _ignored, _guarded]
    for block in [_plain, *beside, _filters, _rankings, _reject]:
        yield from block(problem)


def _plain(problem: Problem) -> Iterator[Ask]:
    for quantity in quantities(problem):
        name = named(problem, quantity)
        yield Ask(f"predictions: {name}", "predict", quantity)
        for mode in MODES:
            yield Ask(f"{mode}: {name}", mode, quantity)


def _variant(problem: Problem) -> dict:
    """One quantity for what is tried beside the plain questions, another one for each seed."""
    asked = quantities(problem)
    return asked[problem.seed % len(asked)]


def _mode(problem: Problem) -> str:
    """Factual or alternative, by the seed."""
    return MODES[problem.seed // 3 % 2]


def _classes(problem: Problem) -> Iterator[Ask]:
    if problem.n_classes > 2:
        chosen = problem.seed % problem.n_classes
        yield Ask("a class of the caller's", "predict", explained=chosen)


def _events_of_each(problem: Problem) -> Iterator[Ask]:
    if problem.n_classes:
        return
    ends = np.quantile(problem.y_cal, np.linspace(0.1, 0.9, len(problem.x_test)))
    thresholds = {"thresholds": [float(np.round(end, 2)) for end in ends]}
    for mode in ["predict", _mode(problem)]:
        yield Ask("an event of each instance", mode, thresholds)


def _summaries(problem: Problem) -> Iterator[Ask]:
    quantity = _variant(problem) if problem.n_classes else quantities(problem)[2 + problem.seed % 2]
    for summary in ["mean", "lower", "upper"]:
        for mode in ["predict", _mode(problem)]:
            yield Ask(f"summary {summary}", mode, quantity, summary=summary)


def _normalizations(problem: Problem) -> Iterator[Ask]:
    if problem.n_classes > 2:
        for name in ["simplex", "coherence", "none"]:
            for mode in ["predict", _mode(problem)]:
                yield Ask(f"normalisation {name}", mode, normalization=name)


def _difficulties(problem: Problem) -> Iterator[Ask]:
    for kind in ["distance", "standard_deviation", "absolute_residuals", "caller"]:
        whose = "a caller's function" if kind == "caller" else kind.replace("_", " ")
        for mode in ["predict", _mode(problem)]:
            yield Ask(f"difficulty: {whose}", mode, _variant(problem), difficulty=kind)


def _conjunctions(problem: Problem) -> Iterator[Ask]:
    size = 2 + problem.seed % 2
    yield Ask(f"conjunctions of {size}, {_mode(problem)}", _mode(problem), _variant(problem), max_rule_size=size)


def _ignored(problem: Problem) -> Iterator[Ask]:
    """Each instance ignores features of its own."""
    random, width = np.random.default_rng([13, problem.seed]), problem.x_cal.shape[1]
    ignored = [[column for column in range(width) if random.random() < 0.3] for _ in problem.x_test]
    for mode in MODES:
        yield Ask("features ignored by an instance", mode, _variant(problem), ignored_of_each=ignored)


def _guarded(problem: Problem) -> Iterator[Ask]:
    options = {"confidence": [0.9, 0.6, 0.3][problem.seed % 3], "merge_adjacent": problem.seed % 2 == 1}
    for mode in ["factual", "alternative"]:
        yield Ask(f"guarded, {mode}", mode, _variant(problem), guarded=options)


def _filters(problem: Problem) -> Iterator[Ask]:
    directions = [["super"], ["semi"], ["counter"], ["super", "semi"], ["super", "semi", "counter"]]
    filters = [{"directions": directions[problem.seed % 5], "ensured": True}, {"ensured": True}]
    filters += [{"directions": [name]} for name in ["super", "semi", "counter"]]
    filters += [{"include_potential": False}, {"ensured": True, "include_potential": False}]
    filters += [{"pareto": "interval_width"}, {"pareto": "rule_size"}, {"pareto": "interval_width", "ensured": True}]
    yield Ask("filters", "alternative", _variant(problem), refinements=filters)
    # Of conjunctions the size counts as well.
    size = 2 + problem.seed % 2
    yield Ask("filters of conjunctions", "alternative", _variant(problem), max_rule_size=size, refinements=filters)


def _rankings(problem: Problem) -> Iterator[Ask]:
    weight = [-1.0, -0.5, 0.0, 0.25, 0.75, 1.0][problem.seed % 6]
    ranked = [{"ranking": name} for name in ["feature_weight", "uncertainty", "ensured"]]
    ranked += [{"ranking": "ensured", "ranking_weight": weight}, {"ranking": "feature_weight", "top": 2}]
    for mode in ["factual", "alternative"]:
        yield Ask(f"rankings, {mode}", mode, _variant(problem), refinements=ranked)


def _reject(problem: Problem) -> Iterator[Ask]:
    quantity = {} if problem.n_classes else quantities(problem)[2 + problem.seed % 2]
    confidences = [0.95, 0.9, 0.8, 0.5]
    for name, score in [("hinge", {}), ("ensured", {"ensured": 0.5})]:
        yield Ask(f"reject, {name}", "predict", quantity, reject={**score, "confidences": confidences})
