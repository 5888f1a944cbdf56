"""Tests of the comparison's own parts: python -m unittest discover -s tools

They need numpy and scikit-learn, as the exporter does; neither the package nor the engine.
"""

import contextlib
import dataclasses
import io
import json
import math
import re
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from compare import answers, blocks, environment, metrics, problems, table
from compare.asks import Ask
from compare.cuts import absolute_error_cuts
from compare.engine import plain
from compare.tally import TOLERANCE, Tally, number
from compare_with_python import parse_seeds

RULE = {"weight": 0.1, "weight_low": 0.0, "weight_high": 0.2, "predict": 0.6, "low": 0.5, "high": 0.7}


def package_of(rules, cuts=(1.0,)):
    """A package that answers one instance with these rules and cut points."""
    explanation = SimpleNamespace(x_test=np.array([2.0]))
    keys = {"weight", "weight_low", "weight_high", "predict", "predict_low", "predict_high", "rule", "value", "feature"}
    told = {key: [rule[key] for rule in rules] for key in keys}
    base = {"base_predict": [0.6], "base_predict_low": [0.5], "base_predict_high": [0.7], "classes": [1]}
    return SimpleNamespace(
        explanations=lambda problem, ask: [explanation],
        rules=lambda one: {**told, **base},
        cuts=lambda one, column: np.array(cuts),
        hangs_on_rounding=lambda one: set(),
        tells_moved_prediction=lambda: False,
        weights_of=lambda one, column: (0.0, 0.0, 0.0),
    )


def of_package(**changed):
    rule = {**RULE, "rule": "f0 > 1.00", "value": "2.0", "feature": 0, **changed}
    return {**rule, "predict_low": rule["low"], "predict_high": rule["high"]}


def of_engine(**changed):
    condition = {"feature": 0, "operator": ">", "low": 1.0, "high": None}
    return {**RULE, "rule": "f0 > 1.00", "value": "2.0", "feature": 0, "conditions": [condition], **changed}


def compared(theirs, ours):
    """What comparing two rule lists of one instance comes to."""
    problem = dataclasses.replace(problems.draw(1, "binary"), categorical=[])
    base = {"predict": 0.6, "low": 0.5, "high": 0.7, "class": "c1"}
    answer = {"file": {"explanations": [{"prediction": base, "rules": ours}]}, "uncertainty": None}
    tally = Tally()
    answers.compare(package_of(theirs), problem, Ask("block", "factual"), answer, tally)
    return tally


class Problems(unittest.TestCase):
    def test_a_seed_gives_the_same_request_every_time(self):
        for task in problems.TASKS:
            asked = []
            for _ in range(2):
                problem = problems.draw(3, task)
                asks = [ask.to_driver(problem) for ask in blocks.questions(problem)]
                asked.append(json.dumps(plain(problem.request(asks)), allow_nan=False))
            self.assertEqual(asked[0], asked[1])

    def test_seeds_and_tasks_give_different_problems(self):
        rows = {problems.draw(seed, task).x_cal.tobytes() for seed in range(6) for task in problems.TASKS}
        self.assertEqual(len(rows), 6 * len(problems.TASKS))

    def test_problems_are_awkward_and_answerable(self):
        seen = {"bins": 0, "categories": 0, "constant columns": 0, "ignored": 0}
        for seed in range(16):
            for task in problems.TASKS:
                problem = problems.draw(seed, task)
                self.assertEqual(problem.x_test.shape, (problems.N_TEST, problem.x_cal.shape[1]))
                if problem.n_classes:
                    self.assertEqual(sorted(set(problem.y_cal)), list(range(problem.n_classes)))
                for column in problem.categorical:
                    self.assertLessEqual(set(problem.x_test[:, column]), set(problem.x_cal[:, column]))
                if problem.bins_cal is not None:
                    self.assertLessEqual(set(problem.bins_test), set(problem.bins_cal))
                seen["bins"] += problem.bins_cal is not None
                seen["categories"] += bool(problem.categorical)
                seen["constant columns"] += bool((np.ptp(problem.x_cal, axis=0) == 0).any())
                seen["ignored"] += bool(problem.ignored)
        self.assertGreater(min(seen.values()), 3, seen)

    def test_a_regression_is_asked_about_every_quantity(self):
        names = {blocks.named(problem, q) for problem in [problems.draw(0, "regression")] for q in problems.quantities(problem)}
        self.assertEqual(len(names), 4)


    def test_what_comes_first_before_rows_are_appended_may_be_calibrated_with(self):
        n_asked = 0
        for seed in range(16):
            for task in problems.TASKS:
                problem = problems.draw(seed, task)
                for ask in (ask for ask in blocks.questions(problem) if ask.n_first is not None):
                    parts = ask.to_driver(problem)["parts"]
                    self.assertEqual(sum(parts), len(problem.y_cal))
                    self.assertTrue(all(part != 1 for part in parts), parts)
                    if problem.n_classes:
                        self.assertGreater(len(np.unique(problem.y_cal[: parts[0]])), 1)
                    n_asked += 1
        self.assertGreater(n_asked, 100)


class Comparison(unittest.TestCase):
    def test_equal_rules_do_not_differ(self):
        tally = compared([of_package()], [of_engine()])
        self.assertEqual((tally.n_wrong, tally.block("block")["numbers"]), (0, 3 + 6))
        self.assertEqual(tally.block("block")["equal"], 9)
        self.assertEqual(tally.block("cut points")["numbers"], 1)

    def test_a_planted_difference_is_found_in_every_number(self):
        for key in RULE:
            tally = compared([of_package()], [of_engine(**{key: RULE[key] + 3 * TOLERANCE})])
            self.assertEqual(tally.n_wrong, 1, key)
            place = tally.differences[0]["place"]
            self.assertIn("seed 1", place)
            self.assertIn("instance 0, rule ((0,), 'f0 > 1.00'), " + key, place)

    def test_a_difference_below_the_tolerance_is_told_and_not_wrong(self):
        tally = compared([of_package()], [of_engine(weight=0.1 + TOLERANCE / 10)])
        self.assertEqual(tally.n_wrong, 0)
        self.assertAlmostEqual(tally.block("block")["largest"], TOLERANCE / 10)

    def test_a_planted_text_value_or_cut_point_is_found(self):
        condition = {"feature": 0, "operator": ">", "low": 1.0 + 1e-6, "high": None}
        for changed in [{"rule": "f0 > 1.01"}, {"value": "2.1"}, {"conditions": [condition]}]:
            self.assertGreater(compared([of_package()], [of_engine(**changed)]).n_wrong, 0, changed)

    def test_a_rule_too_few_or_too_many_is_found(self):
        self.assertEqual(compared([of_package()], []).n_wrong, 1)
        self.assertEqual(compared([], [of_engine()]).n_wrong, 1)

    def test_a_rule_that_says_nothing_is_optional(self):
        nothing = {"weight": 1e-17, "weight_low": 0.0, "weight_high": 0.0}
        tally = compared([of_package(**nothing)], [])
        self.assertEqual((tally.n_wrong, tally.block("block")["notes"]), (0, {"optional rules": 1}))

    def test_rules_out_of_order_are_found(self):
        theirs = [of_package(), of_package(rule="f0 > 3.00")]
        ours = [of_engine(rule="f0 > 3.00"), of_engine()]
        self.assertEqual(compared(theirs, theirs and [ours[1], ours[0]]).n_wrong, 0)
        self.assertGreater(compared(theirs, ours).n_wrong, 0)

    def test_an_error_of_the_engine_is_a_difference(self):
        tally = Tally()
        answers.compare(package_of([]), problems.draw(1, "binary"), Ask("block", "factual"), {"error": "no"}, tally)
        self.assertEqual(tally.n_wrong, 1)

    def test_infinities_are_equal_to_themselves_alone(self):
        tally = Tally()
        self.assertTrue(tally.close("block", "inf", math.inf, 1.0, "here"))
        for found in ("-inf", 0.0, None):
            self.assertFalse(tally.close("block", found, math.inf, 1.0, "here"), found)
        self.assertTrue(math.isnan(number(None)))


class Metrics(unittest.TestCase):
    def test_a_sure_right_answer_costs_nothing_and_half_a_wrong_one_its_square(self):
        problem = dataclasses.replace(problems.draw(1, "binary"), y_test=np.array([1, 0]), x_test=np.zeros((2, 1)))
        problem.model = SimpleNamespace(predict_proba=lambda x: np.array([[0.0, 1.0], [1.0, 0.0]]))
        half = np.array([[0.5, 0.5], [0.5, 0.5]])
        found = metrics.measured(problem, Ask("metrics", "predict"), {"low": [0.0, 0.5], "high": [1.0, 0.5], "proba": half})
        self.assertEqual((found["mean_width"], found["median_width"], found["coverage"]), (0.5, 0.5, None))
        self.assertEqual((found["calibrated"]["brier"], found["calibrated"]["expected_calibration_error"]), (0.25, 0.0))
        self.assertAlmostEqual(found["calibrated"]["log_loss"], math.log(2.0))
        self.assertEqual(found["uncalibrated"]["brier"], 0.0)
        self.assertLess(found["uncalibrated"]["log_loss"], 1e-15)

    def test_of_values_the_share_between_the_bounds_counts(self):
        problem = dataclasses.replace(problems.draw(1, "regression"), y_test=np.array([1.0, 5.0, 3.0, 9.0]))
        ask = Ask("metrics", "predict", {"percentiles": (5.0, 95.0)})
        found = metrics.measured(problem, ask, {"low": [1.0, 0.0, -math.inf, 0.0], "high": [2.0, 4.0, math.inf, 8.0]})
        self.assertEqual((found["coverage"], found["median_width"], found["mean_width"]), (0.5, 6.0, math.inf))
        self.assertIsNone(found["calibrated"])


class Decisions(unittest.TestCase):
    def test_each_mend_names_a_row_of_parity_by_its_first_words(self):
        page = (environment.ROOT / "docs" / "PARITY.md").read_text(encoding="utf-8")
        rows = [line.removeprefix("| ") for line in page.splitlines() if line.startswith("| ")]
        quoted = []
        for file in sorted((environment.ROOT / "tools" / "compare").glob("*.py")):
            # Comments may go over the end of a line.
            text = re.sub(r"\s*\n\s*(?:# )?", " ", file.read_text(encoding="utf-8"))
            for listed in re.findall(r'\b[Rr]ows? ((?:"[^"]+"[^".]{0,60})+)', text):
                quoted += re.findall(r'"([^"]+)"', listed)
        self.assertGreater(len(quoted), 25)
        for words in quoted:
            self.assertTrue(any(row.startswith(words) for row in rows), words)


class Cuts(unittest.TestCase):
    def test_a_clear_step_is_cut_in_the_middle(self):
        cuts, is_ambiguous = absolute_error_cuts(np.arange(6.0), np.array([0, 0, 0, 9, 9, 9.5]), 1)
        self.assertEqual((cuts.tolist(), is_ambiguous), ([2.5], False))

    def test_ties_and_zero_gains_are_told(self):
        cuts, is_ambiguous = absolute_error_cuts(np.arange(4.0), np.array([0.0, 1.0, 0.0, 1.0]), 1)
        self.assertEqual((cuts.tolist(), is_ambiguous), ([0.5], True))
        cuts, is_ambiguous = absolute_error_cuts(np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 0, 1]), 3)
        self.assertEqual((cuts.tolist(), is_ambiguous), ([0.5], True))

    def test_labels_that_are_not_finite_do_not_count(self):
        with_nan = absolute_error_cuts(np.arange(5.0), np.array([0, 0, np.nan, 9, 9]), 1)[0]
        without = absolute_error_cuts(np.array([0.0, 1, 3, 4]), np.array([0.0, 0, 9, 9]), 1)[0]
        self.assertEqual(with_nan.tolist(), without.tolist())


class Told(unittest.TestCase):
    def test_processes_add_up(self):
        one, other = compared([of_package()], [of_engine()]), compared([of_package()], [of_engine(weight=0.3)])
        total = Tally()
        for tally in (one, other):
            total.add(json.loads(json.dumps(tally.to_json())))
        self.assertEqual(total.block("block")["numbers"], 18)
        self.assertEqual((total.n_wrong, total.block("block")["seeds"]), (1, [1]))

    def test_the_table_has_a_line_per_block_and_what_was_left_out(self):
        tally = compared([of_package()], [of_engine()])
        for block in ["guarded, factual", "guarded", "guarded"]:
            tally.leave_out(block, "not there")
        lines = table.markdown("1.0.2", tally).splitlines()
        self.assertIn("| block | 9 | 9 | 2 | 1 | 0 | none |  |", lines)
        self.assertIn("* guarded; guarded, factual: not there", lines)
        self.assertIn("guarded; guarded, factual: not there", table.plain("1.0.2", tally))

    def test_a_block_that_the_engine_cannot_answer_is_named_with_its_reason(self):
        problem = problems.draw(0, "multiclass")
        ask = Ask("normalisation none", "predict", normalization="none")
        self.assertEqual(ask.missing(problem, {}, []), "`core.interval.legacy` has no option `normalization`")
        self.assertIsNone(ask.missing(problem, {"core.interval.legacy": ["normalization"]}, []))

    def test_seeds_are_read_as_ranges(self):
        self.assertEqual(parse_seeds("0-3,7"), [0, 1, 2, 3, 7])

    def test_an_environment_that_is_not_there_has_no_version(self):
        with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stderr(io.StringIO()):
            self.assertIsNone(environment._installed(Path(directory) / "bin" / "python"))


if __name__ == "__main__":
    unittest.main()
