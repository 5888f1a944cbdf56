"""Tests of the exporter: python -m unittest discover -s tools"""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris, make_multilabel_classification
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from export_sklearn import ExportError, check, export, to_document

X, Y = load_breast_cancer(return_X_y=True)
NAMES = [f"f{idx}" for idx in range(X.shape[1])]


class Export(unittest.TestCase):
    def test_forests_answer_exactly_as_the_estimator(self):
        for estimator in [
            RandomForestClassifier(30, random_state=1, n_jobs=2),
            ExtraTreesClassifier(30, random_state=1, max_leaf_nodes=9),
            DecisionTreeClassifier(random_state=1, class_weight="balanced"),
        ]:
            document = to_document(estimator.fit(X, Y), feature_names=NAMES)
            self.assertEqual(check(document, estimator, X), 0.0)
            self.assertEqual(document["input"], "float32")

    def test_forests_may_have_more_than_two_classes(self):
        x, y = load_iris(return_X_y=True)
        forest = RandomForestClassifier(10, random_state=1).fit(x, y)
        document = to_document(forest, feature_names=NAMES[:4])
        self.assertEqual(document["classes"], [0, 1, 2])
        self.assertEqual(check(document, forest, x), 0.0)

    def test_logistic_regression_answers_as_the_estimator(self):
        x = StandardScaler().fit_transform(X)
        for estimator in [LogisticRegression(), LogisticRegression(fit_intercept=False, solver="liblinear")]:
            document = to_document(estimator.fit(x, Y), feature_names=NAMES)
            self.assertLess(check(document, estimator, x), 1e-14)
            self.assertNotIn("input", document)

    def test_file_reads_back_as_the_document(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "model.json"
            tree = DecisionTreeClassifier(random_state=1).fit(X, Y)
            document = export(tree, path, feature_names=NAMES, classes=["malignant", "benign"], check_rows=X)
            self.assertEqual(json.loads(path.read_text()), document)
            self.assertEqual(document["classes"], ["malignant", "benign"])

    def test_nothing_is_written_where_the_check_fails(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "model.json"
            with self.assertRaisesRegex(ExportError, "missing or infinite"):
                tree = DecisionTreeClassifier().fit(X, Y)
                export(tree, path, feature_names=NAMES, check_rows=np.full_like(X, np.nan))
            self.assertFalse(path.exists())

    def test_what_is_not_supported_is_refused_by_name(self):
        pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
        x, y = make_multilabel_classification(random_state=1)
        for estimator, message in [
            (GradientBoostingClassifier(n_estimators=2).fit(X, Y), "GradientBoostingClassifier cannot be exported"),
            (pipeline, "export the last"),
            (LogisticRegression(max_iter=5000).fit(*load_iris(return_X_y=True)), "3 classes, expected 2"),
            (RandomForestClassifier(2).fit(x, y), "only one is supported"),
        ]:
            with self.assertRaisesRegex(ExportError, message):
                to_document(estimator, feature_names=[f"f{idx}" for idx in range(estimator.n_features_in_)])

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


if __name__ == "__main__":
    unittest.main()
