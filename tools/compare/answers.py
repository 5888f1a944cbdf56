"""Compares the answers of both sides. Each side's are read here and nowhere else; what is left out is noted by its name."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from compare import metrics
from compare.asks import Ask
from compare.problems import Problem
from compare.tally import Tally, number

# Below this part of the scale a rule says nothing and may be missing on either side.
OPTIONAL = 2e-12
NUMBERS = [("weight", "weight"), ("weight_low", "weight_low"), ("weight_high", "weight_high")]
OF_PREDICTION = [("predict", "predict"), ("low", "predict_low"), ("high", "predict_high")]


def first(value: Any) -> float:
    """The package wraps some numbers into arrays."""
    return float(np.ravel(value)[0])


def compare(package: Any, problem: Problem, ask: Ask, answer: dict[str, Any], tally: Tally) -> None:
    """Compares one answer of the engine with the package."""
    place = f"{problem}, {ask.what}" + (f", {ask.quantity}" if ask.quantity else "")
    if "error" in answer:
        tally.wrong(ask.block, place, answer["error"], "an answer")
        return
    tally.seen(ask.block, problem.seed)
    if ask.reject is not None:
        _rejections(package.rejections(problem, ask), ask, answer["file"], tally, place)
        return
    if ask.is_measured:
        expected = metrics.measured(problem, ask, package.predictions(problem, ask))
        _measured(expected, ask, answer["file"]["metrics"], tally, place)
        return
    if ask.what == "predict":
        _predictions(package.predictions(problem, ask), problem, ask, answer["file"], tally, place)
        return
    found = answer["file"]["explanations"]
    for row, explanation in enumerate(package.explanations(problem, ask)):
        if explanation is None:
            tally.note(ask.block, "instances left out, whose FAST weights differ by rounding")
            continue
        if ask.refinements:
            copies = [copy["explanations"][row]["rules"] for copy in answer["refined"]]
            _refined(package, explanation, problem, ask, copies, tally, f"{place}, instance {row}")
            continue
        _explanation(package, explanation, problem, ask, found[row], tally, f"{place}, instance {row}")
        if row == 0 and answer["uncertainty"] is not None:
            _uncertainty(package.uncertainty(explanation), problem, ask, answer["uncertainty"], tally, place)


def _predictions(expected, problem: Problem, ask: Ask, file, tally: Tally, place: str) -> None:
    scale = ask.scale(problem)
    for row, found in enumerate(file["predictions"]):
        here = f"{place}, instance {row}"
        for key in ("predict", "low", "high"):
            tally.close(ask.block, found[key], expected[key][row], scale, f"{here}, {key}")
        if "proba" in expected:
            for label in range(problem.n_classes):
                p = expected["proba"][row, label]
                tally.close(ask.block, found["probabilities"][f"c{label}"], p, 1.0, f"{here}, probability {label}")
            tally.same(ask.block, found["class"], f"c{int(expected['class'][row])}", f"{here}, class")
        if "text" in expected:
            tally.same(ask.block, _words(found["class"]), _words(expected["text"][row]), f"{here}, text")


def _measured(expected, ask: Ask, found, tally: Tally, place: str) -> None:
    """What the metrics come to; the probabilities' are grouped."""
    tally.same(ask.block, sorted(found), sorted(expected), f"{place}, names")
    for key, value in expected.items():
        if isinstance(value, dict):
            _measured(value, ask, found[key] or {}, tally, f"{place}, {key}")
        elif value is None:
            tally.same(ask.block, found[key], None, f"{place}, {key}")
        else:
            tally.close(ask.block, found[key], value, max(1.0, abs(value)), f"{place}, {key}")


def _rejections(expected, ask: Ask, file, tally: Tally, place: str) -> None:
    """Sets of labels at each confidence, and the shares of the batch."""
    for level, theirs in enumerate(expected):
        here = f"{place}, confidence {ask.reject['confidences'][level]}"
        for row, found in enumerate(file["predictions"]):
            ours, sets = found["reject"]["levels"][level], theirs["prediction_set"][row]
            for found_p, p_value in zip(found["reject"]["p_values"], theirs["p_values"][row], strict=True):
                tally.close(ask.block, found_p, p_value, 1.0, f"{here}, instance {row}, p-value")
            tally.same(ask.block, len(ours["set"]), int(sets.sum()), f"{here}, instance {row}, size of the set")
            tally.same(ask.block, ours["rejected"], bool(theirs["rejected"][row]), f"{here}, instance {row}, rejected")
            reason = "novelty" if theirs["novelty"][row] else "ambiguity" if theirs["ambiguity"][row] else None
            tally.same(ask.block, ours["reason"], reason, f"{here}, instance {row}, reason")
            if sets.sum() == 1:
                is_event = ours["set"] == [found["explained_class"]]
                tally.same(ask.block, is_event, bool(sets[1]), f"{here}, instance {row}, the set holds the event")
        rates = file["reject"]["rates"][level]
        for key in ("reject_rate", "ambiguity_rate", "novelty_rate"):
            tally.close(ask.block, rates[key], theirs[key], 1.0, f"{here}, {key}")
        error = theirs["error_rate"] if theirs["error_rate_defined"] else None
        tally.close(ask.block, rates["error_rate"], error, 1.0, f"{here}, error_rate")


def _refined(package, explanation, problem: Problem, ask: Ask, copies, tally: Tally, place: str) -> None:
    """Which rules stay, and in which order."""
    rules, scale = package.rules(explanation), ask.scale(problem)
    keys = [_key(feature, text) for feature, text in zip(rules["feature"], rules["rule"])]
    for wanted, found in zip(ask.refinements, copies):
        here, ours = f"{place}, {wanted}", [_key(rule["feature"], rule["rule"]) for rule in found]
        if "ranking" in wanted:
            expected, by = package.ranked(explanation, ask, wanted)
            turns = _is_ranked_alike(ours, keys, expected, by, scale)
        else:
            expected = package.filtered(explanation, wanted)
            turns = _differ_by_rounding(rules, keys, ours, expected, wanted, scale, ask.is_probability)
        if ours != [keys[at] for at in expected] and turns:
            tally.note(ask.block, "lists that turn on rounding")
        else:
            tally.same(ask.block, ours, [keys[at] for at in expected], here)


def _is_ranked_alike(ours, keys, expected, by, scale: float) -> bool:
    """Whether rules that changed places are ranked by the same number, up to rounding."""
    if len(ours) != len(expected) or len(set(keys)) < len(keys) or not set(ours) <= set(keys):
        return False
    pairs = [(by[keys.index(one)], by[other]) for one, other in zip(ours, expected)]
    return all(one == other or abs(one - other) <= OPTIONAL * scale for one, other in pairs)


def _differ_by_rounding(rules, keys, ours, expected, wanted, scale: float, is_probability: bool) -> bool:
    """Whether each rule that one side keeps alone is as wide as the base, has a bound on the line that is asked about, or, for
    pareto, equals another rule, up to rounding: rows "[15]" and "[19]", equality is within 1e-12 here."""
    low, high = (np.array([first(value) for value in rules[key]]) for key in ("predict_low", "predict_high"))
    predict, width = np.array([first(value) for value in rules["predict"]]), high - low
    base = abs(first(rules["base_predict_high"]) - first(rules["base_predict_low"]))
    line = 0.5 if is_probability else first(rules["base_predict"])

    def turns(at: int) -> bool:
        is_as_wide = wanted.get("ensured", False) and abs(width[at] - base) <= OPTIONAL * scale
        others = [other for other in range(len(keys)) if other != at]
        near = [o for o in others if min(abs(predict[o] - predict[at]), abs(width[o] - width[at])) <= OPTIONAL * scale]
        on_line = not wanted.get("include_potential", True) and min(abs(low[at] - line), abs(high[at] - line)) <= OPTIONAL * scale
        return is_as_wide or on_line or (bool(wanted.get("pareto")) and bool(near))

    return all(turns(keys.index(one)) for one in set(ours) ^ {keys[at] for at in expected})


def _words(text: str) -> list[Any]:
    """A text with its numbers as numbers: the package writes `3`, the engine may write `3.0`."""

    def word(part: str) -> Any:
        try:
            return float(part)
        except ValueError:
            return part

    return [word(part) for part in text.split()]


def _explanation(package, explanation, problem: Problem, ask: Ask, found, tally: Tally, place: str) -> None:
    rules, scale = package.rules(explanation), ask.scale(problem)
    base = {key: first(rules[f"base_{expected}"]) for key, expected in OF_PREDICTION}
    for key, value in base.items():
        tally.close(ask.block, found["prediction"][key], value, scale, f"{place}, base {key}")
    if problem.n_classes > 2:
        label = f"c{int(first(rules['classes']))}"
        if not tally.same(ask.block, found["prediction"]["class"], label, f"{place}, class"):
            return
    # The guard's rules have texts of their own in the package (numbers as they come, categories without labels), and the order of
    # a feature's rules is that of its bins: they are told apart by their features.
    def key_of(rule: dict[str, Any]) -> tuple:
        return _key(rule["feature"], "" if ask.guarded is not None else rule["rule"])

    # A text may occur twice: cut points that differ behind the second decimal.
    there = defaultdict(list)
    for rule in found["rules"]:
        there[key_of(rule)].append(rule)
    order: list[int] = []
    for idx in range(len(rules["rule"])):
        expected = {key: rules[key][idx] for key in rules if key != "classes" and not key.startswith("base")}
        key = key_of(expected)
        if not there[key]:
            if _is_optional(ask, base, expected, scale):
                tally.note(ask.block, "optional rules")
            else:
                tally.wrong(ask.block, f"{place}, rule {key}", "no rule", _brief(expected))
            continue
        rule = there[key].pop(0)
        tally.block(ask.block)["texts"] += 1  # The rule's own text, by which it was found.
        order.append(found["rules"].index(rule))
        _rule(package, explanation, problem, ask, rule, expected, tally, f"{place}, rule {key}")
    if order != sorted(order):
        tally.wrong(ask.block, f"{place}, order of the rules", order, sorted(order))
    for rule in (rule for rules in there.values() for rule in rules):
        _extra(package, explanation, ask, base, rule, tally, scale, place)


def _key(feature: Any, text: str) -> tuple:
    features = tuple(np.ravel(feature).astype(int).tolist())
    # The package writes a cut at the median as numpy found it, which may be a negative zero.
    return features, text.replace("-0.00", "0.00")


def _brief(rule: dict[str, Any]) -> dict[str, Any]:
    return {key: first(rule[key]) for key in ("weight", "weight_low", "weight_high", "predict")}


def _is_optional(ask: Ask, base, rule, scale: float) -> bool:
    """Whether a rule of the package says nothing. FAST has one for each feature, ignored ones too."""
    if ask.what == "alternative":
        pairs = [(first(rule[expected]), base[key]) for key, expected in OF_PREDICTION]
        return all(one == other or abs(one - other) < OPTIONAL * scale for one, other in pairs)
    return abs(first(rule["weight"])) < OPTIONAL * scale


def _rule(package, explanation, problem: Problem, ask: Ask, rule, expected, tally: Tally, place: str) -> None:
    scale = ask.scale(problem)
    told = NUMBERS if package.tells_moved_prediction() and ask.what == "factual" else NUMBERS + OF_PREDICTION
    for key, theirs in told:
        tally.close(ask.block, rule[key], first(expected[theirs]), scale, f"{place}, {key}")
    if ask.guarded is not None:
        return
    tally.same(ask.block, rule["value"], str(expected["value"]), f"{place}, value")
    if ask.what == "fast" or isinstance(rule["feature"], list) or rule["feature"] in problem.categorical:
        return
    column, condition = rule["feature"], rule["conditions"][0]
    cuts = package.cuts(explanation, column)
    at = int(np.searchsorted(cuts, explanation.x_test[column]))
    low, high = (cuts[at - 1] if at > 0 else None), (cuts[at] if at < len(cuts) else None)
    ends = {"<=": (None, high), ">": (low, None), "within": (low, high)}
    if ask.what == "alternative":
        ends = {"<": (None, low), ">": (high, None)}
    if column in package.hangs_on_rounding(explanation):
        tally.note("cut points", "left out, hang on rounding")
        return
    tally.seen("cut points", problem.seed)
    for end, cut in zip(("low", "high"), ends[condition["operator"]]):
        if cut is not None:
            tally.close("cut points", condition[end], cut, max(1.0, abs(cut)), f"{place}, {end}")


def _extra(package, explanation, ask: Ask, base, rule, tally: Tally, scale: float, place: str) -> None:
    """A rule that the package's list has not."""
    if ask.what == "fast" and abs(number(rule["weight"])) < OPTIONAL * scale:
        # Its weight is 0, and its bounds move: row "[15] A rule whose weight is exactly 0 is dropped even if its bounds move".
        # The package has the numbers, and makes no rule of them.
        tally.note(ask.block, "rules of weight 0 whose bounds move")
        for (key, _), expected in zip(NUMBERS, package.weights_of(explanation, rule["feature"])):
            tally.close(ask.block, rule[key], expected, scale, f"{place}, rule {rule['rule']!r}, {key}")
        return
    if ask.what == "alternative":
        moves = [(number(rule[key]), base[key]) for key, _ in OF_PREDICTION]
    else:
        moves = [(number(rule["weight"]), 0.0)]
    if all(one == other or abs(one - other) < OPTIONAL * scale for one, other in moves):
        tally.note(ask.block, "optional rules")
        return
    tally.wrong(ask.block, f"{place}, rule {rule['rule']!r}", {key: rule[key] for key, _ in NUMBERS}, "no rule")


def _uncertainty(expected, problem: Problem, ask: Ask, found, tally: Tally, place: str) -> None:
    if ask.max_rule_size > 1 or ask.guarded is not None:
        return
    name, scale = "uncertainty block", ask.scale(problem)
    tally.seen(name, problem.seed)
    tally.same(name, sorted(found), sorted(expected), f"{place}, keys")
    for key in sorted(set(found) & set(expected)):
        _same(name, found[key], expected[key], scale, tally, f"{place}, {key}")


def _same(name: str, found: Any, expected: Any, scale: float, tally: Tally, place: str) -> None:
    if isinstance(expected, (list, tuple, np.ndarray)):
        expected = list(expected)
        if tally.same(name, len(found or []), len(expected), f"{place}, length"):
            for one, other in zip(found, expected):
                _same(name, one, other, scale, tally, place)
    elif isinstance(expected, (int, float, np.number)) and not isinstance(expected, bool):
        tally.close(name, found, float(expected), scale, place)
    else:
        tally.same(name, found, expected, place)
