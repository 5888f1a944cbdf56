"""Tests of the exporter: python -m unittest discover -s tools"""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, make_multilabel_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    HuberRegressor,
    Lasso,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    QuantileRegressor,
    Ridge,
    RidgeCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from export_sklearn import SUPPORTED, ExportError, check, export, to_document

X, Y = load_breast_cancer(return_X_y=True)
NAMES = [f"f{idx}" for idx in range(X.shape[1])]
IRIS = load_iris(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True, scaled=False)


def exported(estimator, **arguments):
    """The document of an estimator that was fitted on an array."""
    return to_document(estimator, feature_names=NAMES[: estimator.n_features_in_], **arguments)


class Forests(unittest.TestCase):
    def test_forests_answer_exactly_as_the_estimator(self):
        for estimator in [
            RandomForestClassifier(30, random_state=1, n_jobs=2),
            ExtraTreesClassifier(30, random_state=1, max_leaf_nodes=9),
            DecisionTreeClassifier(random_state=1, class_weight="balanced"),
            ExtraTreeClassifier(random_state=1),
        ]:
            document = exported(estimator.fit(X, Y))
            self.assertEqual(check(document, estimator, X), 0.0)
            self.assertEqual(document["input"], "float32")

    def test_forests_may_have_more_than_two_classes(self):
        x, y = IRIS
        forest = RandomForestClassifier(10, random_state=1).fit(x, y)
        document = exported(forest)
        self.assertEqual(document["classes"], [0, 1, 2])
        self.assertEqual(check(document, forest, x), 0.0)

    def test_forests_of_numbers_answer_exactly_as_the_estimator(self):
        x, y = DIABETES
        for estimator in [
            RandomForestRegressor(20, random_state=1, n_jobs=2),
            ExtraTreesRegressor(20, random_state=1, max_depth=5),
            DecisionTreeRegressor(random_state=1, criterion="absolute_error", max_depth=4),
            ExtraTreeRegressor(random_state=1),
        ]:
            document = exported(estimator.fit(x, y))
            self.assertEqual(check(document, estimator, x), 0.0)
            self.assertEqual((document["task"], document["model"]["task"]), ("regression", "regression"))
            self.assertEqual(document["model"]["n_outputs"], 1)
            self.assertNotIn("classes", document)


class Boosting(unittest.TestCase):
    def test_two_classes_have_one_tree_per_stage(self):
        for arguments in [{}, {"init": "zero"}, {"loss": "exponential"}, {"loss": "exponential", "init": "zero"}]:
            estimator = GradientBoostingClassifier(n_estimators=20, random_state=1, **arguments).fit(X, Y)
            document = exported(estimator)
            self.assertLessEqual(check(document, estimator, X), 1e-15, arguments)
            model = document["model"]
            self.assertEqual((model["type"], model["link"], len(model["init"])), ("boosting", "logistic", 1))
            self.assertEqual([len(stage) for stage in model["trees"]], [1] * 20)
            self.assertEqual(model["init"] == [0.0], "init" in arguments)

    def test_more_classes_have_one_tree_each_per_stage(self):
        x, y = IRIS
        for arguments in [{}, {"init": "zero"}, {"subsample": 0.5}, {"init": DummyClassifier(strategy="most_frequent")}]:
            estimator = GradientBoostingClassifier(n_estimators=10, random_state=1, **arguments)
            estimator.fit(x[:130], y[:130])
            document = exported(estimator)
            self.assertLessEqual(check(document, estimator, x), 1e-15, arguments)
            self.assertEqual((document["model"]["link"], document["input"]), ("softmax", "float32"))
            self.assertEqual([len(stage) for stage in document["model"]["trees"]], [3] * 10)

    def test_regression_adds_up_as_the_estimator_does(self):
        x, y = DIABETES
        for arguments in [{}, {"init": "zero"}, {"loss": "huber"}, {"loss": "quantile"}, {"loss": "absolute_error"}]:
            estimator = GradientBoostingRegressor(n_estimators=30, random_state=1, **arguments).fit(x, y)
            document = exported(estimator)
            self.assertLessEqual(check(document, estimator, x), 1e-12, arguments)
            self.assertEqual((document["task"], document["model"]["link"]), ("regression", "identity"))

    def test_a_start_that_is_not_constant_is_refused(self):
        x, y = DIABETES
        for estimator in [
            GradientBoostingClassifier(n_estimators=2, init=LogisticRegression(solver="liblinear")).fit(X, Y),
            GradientBoostingClassifier(n_estimators=2, init=DummyClassifier(strategy="stratified")).fit(X, Y),
            GradientBoostingRegressor(n_estimators=2, init=LinearRegression()).fit(x, y),
        ]:
            with self.assertRaisesRegex(ExportError, "starts from .*expected a constant: leave `init`"):
                exported(estimator)


class WeightedSums(unittest.TestCase):
    def test_logistic_regression_answers_as_the_estimator(self):
        x = StandardScaler().fit_transform(X)
        for estimator in [LogisticRegression(), LogisticRegression(fit_intercept=False, solver="liblinear")]:
            document = exported(estimator.fit(x, Y))
            self.assertLess(check(document, estimator, x), 1e-14)
            self.assertEqual(document["model"]["type"], "logistic")
            self.assertNotIn("input", document)

    def test_multinomial_regression_answers_as_the_estimator(self):
        x, y = IRIS
        for estimator in [LogisticRegression(max_iter=5000), LogisticRegression(fit_intercept=False, max_iter=5000)]:
            document = exported(estimator.fit(x, y))
            self.assertLess(check(document, estimator, x), 1e-14)
            model = document["model"]
            self.assertEqual((model["type"], len(model["coef"]), len(model["intercept"])), ("softmax", 3, 3))

    def test_linear_regressions_answer_as_the_estimator(self):
        x, y = DIABETES
        for estimator in [
            LinearRegression(),
            LinearRegression(fit_intercept=False),
            Ridge(),
            RidgeCV(),
            Lasso(),
            LassoCV(),
            ElasticNet(),
            ElasticNetCV(),
            BayesianRidge(),
            HuberRegressor(max_iter=1000),
            QuantileRegressor(),
        ]:
            document = exported(estimator.fit(x, y))
            self.assertLess(check(document, estimator, x), 1e-11)
            self.assertEqual((document["task"], document["model"]["type"]), ("regression", "linear"))
            self.assertNotIn("input", document)

    def test_the_check_allows_for_what_cancels(self):
        x, y = DIABETES
        estimator = LinearRegression().fit(x, y)
        estimator.coef_, estimator.intercept_ = np.full(10, 1e9), -1e9 * x[0].sum()
        check(exported(estimator), estimator, x[:1])

    def test_one_target_in_two_dimensions_is_one_target(self):
        x, y = DIABETES
        estimator = LinearRegression().fit(x, y[:, np.newaxis])
        self.assertLess(check(exported(estimator), estimator, x), 1e-11)


class Export(unittest.TestCase):
    def test_every_supported_estimator_is_tested_here(self):
        text = Path(__file__).read_text()
        self.assertEqual([kind.__name__ for kind in SUPPORTED if f"{kind.__name__}(" not in text], [])

    def test_file_reads_back_as_the_document(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "model.json"
            tree = DecisionTreeClassifier(random_state=1).fit(X, Y)
            document = export(tree, path, feature_names=NAMES, classes=["malignant", "benign"], check_rows=X)
            self.assertEqual(json.loads(path.read_text()), document)
            self.assertEqual(document["classes"], ["malignant", "benign"])

    def test_categories_of_an_encoder_are_written_as_labels(self):
        rows = np.array([["red", 1.0], ["blue", 2.0], ["green", 3.0], ["red", 4.0]], dtype=object)
        encoder = OrdinalEncoder().fit(rows[:, :1])
        x = np.column_stack([encoder.transform(rows[:, :1]), rows[:, 1].astype(float)])
        tree = DecisionTreeClassifier(random_state=1).fit(x, ["a", "b", "b", "a"])
        document = exported(tree, categories=dict(zip(["f0"], encoder.categories_)))
        self.assertEqual(document["categories"], {"f0": ["blue", "green", "red"]})

    def test_nothing_is_written_where_the_check_fails(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "model.json"
            with self.assertRaisesRegex(ExportError, "missing or infinite"):
                tree = DecisionTreeClassifier().fit(X, Y)
                export(tree, path, feature_names=NAMES, check_rows=np.full_like(X, np.nan))
            self.assertFalse(path.exists())

    def test_a_changed_model_fails_the_check_with_its_row(self):
        x, y = DIABETES
        for estimator, change in [
            (GradientBoostingRegressor(n_estimators=5, random_state=1), lambda model: model["init"].__setitem__(0, 0.0)),
            (LinearRegression(), lambda model: model["coef"].__setitem__(0, 0.0)),
            (DecisionTreeRegressor(max_depth=2), lambda model: model["trees"][0]["value"][2].__setitem__(0, 0.0)),
        ]:
            document = exported(estimator.fit(x, y))
            change(document["model"])
            with self.assertRaisesRegex(ExportError, r"differs from the estimator by .* in row \d+, at most"):
                check(document, estimator, x)

    def test_what_is_not_supported_is_refused_by_name(self):
        pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
        x, y = make_multilabel_classification(random_state=1)
        numbers, targets = DIABETES[0], np.column_stack([DIABETES[1], DIABETES[1]])
        for estimator, message in [
            (HistGradientBoostingClassifier(max_iter=2).fit(X, Y), "HistGradientBoostingClassifier cannot be exported"),
            (pipeline, "export the last"),
            (RandomForestClassifier(2).fit(x, y), "only one is supported"),
            (RandomForestRegressor(2).fit(numbers, targets), "2 targets, only one is supported"),
            (Ridge().fit(numbers, targets), "2 targets, only one is supported"),
        ]:
            with self.assertRaisesRegex(ExportError, message):
                exported(estimator)

    def test_other_ways_from_scores_to_probabilities_are_refused(self):
        # Parameters of older versions of scikit-learn, which this one no longer has.
        for (x, y), multi_class, solver in [
            ((X, Y), "multinomial", "lbfgs"),
            (IRIS, "ovr", "lbfgs"),
            (IRIS, "auto", "liblinear"),
        ]:
            estimator = LogisticRegression(max_iter=10_000, tol=1e-2).fit(x, y)
            estimator.multi_class, estimator.solver = multi_class, solver
            with self.assertRaisesRegex(ExportError, f"multi_class='{multi_class}'"):
                exported(estimator)

    def test_names_and_labels_are_checked(self):
        tree = DecisionTreeClassifier().fit(X, Y)
        for arguments, message in [
            ({}, "pass feature_names"),
            ({"feature_names": NAMES[1:]}, "29 feature names"),
            ({"feature_names": ["same"] * 30}, "must differ"),
            ({"feature_names": NAMES, "classes": ["one"]}, "1 classes are given"),
            ({"feature_names": NAMES, "categories": {"none": ["a"]}}, "not among the feature names"),
        ]:
            with self.assertRaisesRegex(ExportError, message):
                to_document(tree, **arguments)
        with self.assertRaisesRegex(ExportError, "predicts a number"):
            exported(LinearRegression().fit(*DIABETES), classes=["a", "b"])


if __name__ == "__main__":
    unittest.main()
