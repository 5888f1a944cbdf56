"""Tests of the example data: python -m unittest discover -s tools"""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

from example_data import EXAMPLES, MAKERS, main, split


class ExampleData(unittest.TestCase):
    def test_the_files_of_the_repository_come_out_again_byte_for_byte(self):
        n_compared = 0
        with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stdout(io.StringIO()):
            for name in MAKERS:
                remade = Path(directory) / name
                self.assertEqual(main([str(remade)]), 0)
                # Written by hand: what names the codes of diabetes is no outcome of the maker.
                kept_names = {path.name for path in (EXAMPLES / name).iterdir()} - {"labels.json"}
                self.assertEqual({path.name for path in remade.iterdir()}, kept_names)
                for path in remade.iterdir():
                    kept = EXAMPLES / name / path.name
                    if (name, path.name) == ("wine", "expected.json"):
                        self.assert_equal_but_for_the_last_bit(path, kept)
                    else:
                        self.assertEqual(path.read_bytes(), kept.read_bytes(), f"{name}/{path.name}")
                    n_compared += 1
        self.assertEqual(n_compared, 4 * 5 + 1)

    def assert_equal_but_for_the_last_bit(self, remade, kept):
        """numpy's exponential depends on the processor, and a softmax on it."""
        remade, kept = json.loads(remade.read_text()), json.loads(kept.read_text())
        answers = [np.array(document.pop("predict_proba")["test"]) for document in (remade, kept)]
        self.assertEqual(remade, kept)
        self.assertEqual([part.shape for part in answers], [(32, 3)] * 2)
        self.assertLessEqual(np.abs(answers[0] - answers[1]).max(), 1e-15)

    def test_training_calibration_and_test_are_disjoint_and_all(self):
        for name, maker in MAKERS.items():
            data = maker()
            parts = split(data)
            self.assertEqual(sorted(np.concatenate(parts).tolist()), list(range(len(data.y))), name)
            self.assertEqual([len(part) for part in parts[1:]], [data.n_calibration, data.n_test], name)

    def test_a_directory_of_another_name_is_refused(self):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            self.assertEqual(main(["somewhere/iris"]), 2)
        self.assertIn("no example data set is called 'iris'; there are: breast_cancer, diabetes", errors.getvalue())


if __name__ == "__main__":
    unittest.main()
