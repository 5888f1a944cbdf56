"""The blocks of the comparison: which questions are asked of a problem. A block is a line of the table; to add one, add a
generator of questions here and, if answers of a new form come back, what compares them in answers.py."""

from __future__ import annotations

from typing import Iterator

import numpy as np

from compare.asks import Ask
from compare.problems import Problem, quantities

# Less than the last decimal of any target.
OFF = 2.0**-24
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
    of_fast = [_fast_summary, _fast_normalization, _fast_difficulties, _fast_noise, _fast_filter]
    for block in [_plain, *beside, *of_fast, _appended, _measured, _filters, _rankings, _reject]:
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
        for mode in ["predict", *MODES]:
            yield Ask(f"a class of the caller's, {mode}", mode, explained=chosen)


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


DIFFICULTIES = ["distance", "standard_deviation", "absolute_residuals", "caller"]


def _difficulties(problem: Problem) -> Iterator[Ask]:
    for kind in DIFFICULTIES:
        for mode in ["predict", _mode(problem)]:
            yield Ask(f"difficulty: {_whose(kind)}", mode, _beside_targets(problem, kind), difficulty=kind)


def _whose(kind: str) -> str:
    return "a caller's function" if kind == "caller" else kind.replace("_", " ")


def _beside_targets(problem: Problem, kind: str) -> dict:
    """One quantity; an event off the grid of the targets, where a sum of neighbours in another order would decide which side a
    score falls on."""
    quantity = _variant(problem)
    if "threshold" not in quantity or kind == "caller":
        return quantity
    ends = quantity["threshold"]
    return {"threshold": tuple(end + OFF for end in ends) if isinstance(ends, tuple) else ends + OFF}


def _conjunctions(problem: Problem) -> Iterator[Ask]:
    size = 2 + problem.seed % 2
    yield Ask(f"conjunctions of {size}, {_mode(problem)}", _mode(problem), _variant(problem), max_rule_size=size)


def _ignored(problem: Problem) -> Iterator[Ask]:
    """Each instance ignores features of its own."""
    random, width = np.random.default_rng([13, problem.seed]), problem.x_cal.shape[1]
    # One column stays: row "Nothing can be explained if every feature is ignored or constant: it fails".
    stays = [column for column in range(width) if column not in problem.ignored and np.ptp(problem.x_cal[:, column]) > 0][:1]
    ignored = [[column for column in range(width) if random.random() < 0.3 and column not in stays] for _ in problem.x_test]
    for mode in MODES:
        yield Ask("features ignored by an instance", mode, _variant(problem), ignored_of_each=ignored)


def _guarded(problem: Problem) -> Iterator[Ask]:
    options = {"confidence": [0.9, 0.6, 0.3][problem.seed % 3], "merge_adjacent": problem.seed % 2 == 1}
    for mode in ["factual", "alternative"]:
        yield Ask(f"guarded, {mode}", mode, _variant(problem), guarded=options)


def _fast_summary(problem: Problem) -> Iterator[Ask]:
    quantity = _variant(problem) if problem.n_classes else quantities(problem)[2 + problem.seed % 2]
    yield Ask("fast: summaries", "fast", quantity, summary=["mean", "lower", "upper"][problem.seed % 3])


def _fast_normalization(problem: Problem) -> Iterator[Ask]:
    if problem.n_classes > 2:
        yield Ask("fast: normalisations", "fast", normalization=["simplex", "coherence", "none"][problem.seed % 3])


def _fast_difficulties(problem: Problem) -> Iterator[Ask]:
    estimated = DIFFICULTIES[problem.seed % 3]
    for kind in [estimated, "caller"]:
        name = f"fast, difficulty: {_whose(kind) if kind == 'caller' else 'neighbours'}"
        yield Ask(name, "fast", _beside_targets(problem, kind), difficulty=kind)


def _fast_noise(problem: Problem) -> Iterator[Ask]:
    yield Ask("fast: gaussian noise", "fast", _variant(problem), noise="gaussian")


def _fast_filter(problem: Problem) -> Iterator[Ask]:
    for mode in ["factual", "alternative"]:
        yield Ask(f"features filtered by FAST, {mode}", mode, _variant(problem), fast_filter=1 + problem.seed % 3)


def _appended(problem: Problem) -> Iterator[Ask]:
    """A third of the rows comes first, or as many as hold two classes: no calibration set may have fewer, nor a single row."""
    n_first = max(2, len(problem.y_cal) // 3)
    while problem.n_classes and len(np.unique(problem.y_cal[:n_first])) < 2:
        n_first += 1
    if n_first > len(problem.y_cal) - 2:
        return
    for mode in ["predict", _mode(problem), "fast"]:
        yield Ask("appended calibration rows", mode, _variant(problem), n_first=n_first)


def _measured(problem: Problem) -> Iterator[Ask]:
    for quantity in quantities(problem):
        yield Ask("metrics", "predict", quantity, is_measured=True)


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
