//! Reads the golden cases and counts comparisons. It calls nothing of the crate but its calibrators.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;

use ce_core::calibrator::{CalibrationSet, Calibrator, Query, Sought};
use ce_core::event::Event;
use ce_core::predictive_system::Percentiles;
use ce_core::{Interval, Matrix};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::model::{Model, Scores};

/// A problem, and what both versions of the package answer.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) input: Input,
    pub(crate) golden: [(Version, Golden); 2],
}

/// What differs between the versions of the package, as far as this crate goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Version {
    /// 1.0.2: cut points from calibrated predictions, rules carry the base prediction.
    Prediction,
    /// 0.9.0: cut points from observed labels, rules carry the alternative prediction.
    Observed,
}

/// Every case: its name is how its files begin.
const NAMES: [&str; 12] = [
    "binary_breastcancer_analytic",
    "binary_breastcancer_forest",
    "binary_categorical_analytic",
    "binary_categorical_forest",
    "multiclass_wine_analytic",
    "multiclass_wine_forest",
    "mondrian_binary_breastcancer_analytic",
    "mondrian_binary_breastcancer_forest",
    "regression_diabetes_analytic",
    "regression_diabetes_forest",
    "mondrian_regression_diabetes_analytic",
    "mondrian_regression_diabetes_forest",
];

/// All cases of one task: those whose name begins so, such as `multiclass_`, `mondrian_binary_` or nothing for all.
pub(crate) fn named(start: &str) -> Vec<Case> {
    NAMES.into_iter().filter(|name| name.starts_with(start)).map(case).collect()
}

fn case(name: &'static str) -> Case {
    Case {
        name,
        input: read(&format!("{name}.input.json")),
        golden: [
            (Version::Prediction, read(&format!("{name}.out.v1.0.2.json"))),
            (Version::Observed, read(&format!("{name}.out.v0.9.0.json"))),
        ],
    }
}

/// One of the golden files.
pub(crate) fn read<T: DeserializeOwned>(file: &str) -> T {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[derive(Deserialize)]
pub(crate) struct Input {
    pub(crate) task: Task,
    pub(crate) seed: u64,
    pub(crate) feature_names: Vec<String>,
    #[serde(default)]
    pub(crate) categorical_features: Option<Vec<usize>>,
    #[serde(default)]
    pub(crate) categorical_labels: Option<BTreeMap<usize, BTreeMap<i64, String>>>,
    pub(crate) x_cal: Vec<Vec<f64>>,
    pub(crate) y_cal: Vec<f64>,
    pub(crate) x_test: Vec<Vec<f64>>,
    /// Mondrian categories of the calibration rows and of the test rows.
    bins_cal: Option<Vec<u32>>,
    bins_test: Option<Vec<u32>>,
    threshold_scalar: Option<f64>,
    threshold_interval: Option<[f64; 2]>,
    pub(crate) split_parts: Option<[Vec<u32>; 2]>,
    pub(crate) model: Model,
    pub(crate) model_outputs: ModelOutputs,
    pub(crate) fast: FastOptions,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Task {
    Classification,
    Regression,
}

#[derive(Deserialize)]
pub(crate) struct ModelOutputs {
    pub(crate) cal: Vec<Scores>,
    pub(crate) test: Vec<Scores>,
}

#[derive(Deserialize)]
pub(crate) struct FastOptions {
    pub(crate) scale_factor: usize,
    pub(crate) severity: f64,
    pub(crate) seed: u64,
}

/// What a version of the package answers. What differs between tasks is read with [`Golden::block`].
#[derive(Deserialize)]
pub(crate) struct Golden {
    pub(crate) discretizer_labels_values: Labels,
    pub(crate) factual_discretizer: BTreeMap<usize, Cuts>,
    pub(crate) alternative_discretizer: BTreeMap<usize, Cuts>,
    pub(crate) ignored_features: Vec<usize>,
    pub(crate) fast_noise_head: NoiseHead,
    #[serde(flatten)]
    blocks: serde_json::Map<String, serde_json::Value>,
}

impl Golden {
    /// A block that is no field of this struct, such as `alternatives` or `factual_threshold_scalar`.
    pub(crate) fn block<T: DeserializeOwned>(&self, name: &str) -> T {
        let block = self.blocks.get(name).unwrap_or_else(|| panic!("there is no block {name}"));
        T::deserialize(block).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

/// What cut points are fitted to: classes, which are whole numbers here, or values.
#[derive(Debug, Deserialize, PartialEq)]
pub(crate) struct Labels(Vec<f64>);

impl PartialEq<Labels> for Vec<u32> {
    fn eq(&self, labels: &Labels) -> bool {
        self.iter().map(|&label| f64::from(label)).eq(labels.iter().copied())
    }
}

impl Deref for Labels {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.0
    }
}

#[derive(Deserialize)]
pub(crate) struct Cuts {
    pub(crate) cuts: Vec<f64>,
    pub(crate) ambiguous: bool,
}

#[derive(Deserialize)]
pub(crate) struct Explanation {
    pub(crate) base: Triple,
    pub(crate) rules: Vec<Rule>,
    #[serde(default)]
    pub(crate) rule_boundaries_minmax: Vec<[f64; 2]>,
    #[serde(default)]
    pub(crate) feature_predict: Columns,
    #[serde(default)]
    pub(crate) feature_weights: Columns,
}

/// With names in the files of the package, in order in the mended ones: serde reads both.
#[derive(Deserialize)]
pub(crate) struct Triple {
    pub(crate) predict: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

#[derive(Default, Deserialize)]
pub(crate) struct Columns {
    pub(crate) predict: Vec<f64>,
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
}

#[derive(Deserialize)]
pub(crate) struct Rule {
    pub(crate) feature: usize,
    pub(crate) rule: String,
    pub(crate) weight: f64,
    pub(crate) weight_low: f64,
    pub(crate) weight_high: f64,
    pub(crate) predict: f64,
    #[serde(alias = "low")]
    pub(crate) predict_low: f64,
    #[serde(alias = "high")]
    pub(crate) predict_high: f64,
}

#[derive(Deserialize)]
pub(crate) struct NoiseHead {
    pub(crate) rows: Vec<Vec<f64>>,
    pub(crate) column_sums: Vec<f64>,
}

impl Input {
    /// The categorical features, none where the case has none.
    pub(crate) fn categorical(&self) -> &[usize] {
        self.categorical_features.as_deref().unwrap_or(&[])
    }

    /// The calibration rows, one after the other.
    pub(crate) fn flat_x_cal(&self) -> Vec<f64> {
        self.x_cal.concat()
    }

    /// The calibrator of the case, whatever its task, fitted on the golden model's own answers.
    pub(crate) fn composite(&self) -> Calibrator {
        let outputs: Vec<f64> = self.model_outputs.cal.iter().flat_map(|scores| scores.iter()).copied().collect();
        self.composite_of(&outputs, 1)
    }

    /// A calibrator fitted to the targets, tiled so many times, with these outputs, row after row: what FAST needs.
    pub(crate) fn composite_of(&self, outputs: &[f64], n_tiles: usize) -> Calibrator {
        let targets = self.y_cal.repeat(n_tiles);
        let categories = self.bins_cal.clone().unwrap_or_default().repeat(n_tiles);
        let n_outputs = outputs.len() / targets.len();
        let set = CalibrationSet {
            scores: Matrix::new(outputs, targets.len(), n_outputs).unwrap(),
            targets: &targets,
            categories: &categories,
            difficulties: &[],
            seed: self.seed,
        };
        match self.task {
            Task::Classification => Calibrator::fit_classes(&set).unwrap(),
            Task::Regression => Calibrator::fit_values(&set).unwrap(),
        }
    }

    /// The Mondrian category of a test row, if the case has categories.
    pub(crate) fn category(&self, test_idx: usize) -> Option<u32> {
        self.bins_test.as_ref().map(|bins| bins[test_idx])
    }

    /// The Mondrian category of a calibration row, if the case has categories.
    pub(crate) fn category_cal(&self, row_idx: usize) -> Option<u32> {
        self.bins_cal.as_ref().map(|bins| bins[row_idx])
    }

    /// The two events of a regression, each with the name of its block in the golden files.
    pub(crate) fn events(&self) -> [(&'static str, Event); 2] {
        let [low, high] = self.threshold_interval.unwrap();
        [
            ("threshold_scalar", Event::at_most(self.threshold_scalar.unwrap()).unwrap()),
            ("threshold_interval", Event::new(low, high).unwrap()),
        ]
    }

    /// The classes that a version's cut points are fitted to, for a classification.
    pub(crate) fn cut_labels(&self, version: Version) -> Vec<u32> {
        if version == Version::Observed {
            return self.y_cal.iter().map(|&label| label as u32).collect();
        }
        let calibrator = self.composite();
        let mut asker = calibrator.asker();
        let mut label = |(row_idx, scores): (usize, &Scores)| {
            let query =
                Query { scores, category: self.category_cal(row_idx), difficulty: None, sought: Sought::Class(None) };
            let answer = asker.answer(&query, &mut []).unwrap();
            // Of two classes the answer is about class 1 whatever the prediction.
            if calibrator.n_classes() == 2 { u32::from(answer.interval.predict >= 0.5) } else { answer.class.unwrap() }
        };
        self.model_outputs.cal.iter().enumerate().map(&mut label).collect()
    }

    /// The values that a version's cut points are fitted to, for a regression: the calibrated medians, or the targets.
    pub(crate) fn cut_values(&self, version: Version) -> Vec<f64> {
        if version == Version::Observed {
            return self.y_cal.clone();
        }
        let calibrator = self.composite();
        let mut asker = calibrator.asker();
        let sought = Sought::Percentiles(Percentiles::new(5.0, 95.0).unwrap());
        let mut value = |(row_idx, scores): (usize, &Scores)| {
            let query = Query { scores, category: self.category_cal(row_idx), difficulty: None, sought };
            asker.answer(&query, &mut []).unwrap().interval.predict
        };
        self.model_outputs.cal.iter().enumerate().map(&mut value).collect()
    }
}

/// Counts comparisons, and remembers the largest difference.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) compared: usize,
    pub(crate) worst: f64,
}

impl Tally {
    /// Demands that two numbers agree within the tolerance of the golden numbers, absolute below 1 and relative above.
    pub(crate) fn close(&mut self, place: &str, found: f64, expected: f64) {
        const TOLERANCE: f64 = 1e-9;
        let difference = (found - expected).abs() / expected.abs().max(1.0);
        assert!(difference <= TOLERANCE, "{place}: found {found}, expected {expected}");
        self.compared += 1;
        self.worst = self.worst.max(difference);
    }

    pub(crate) fn interval(&mut self, place: &str, found: Interval, predict: f64, low: f64, high: f64) {
        self.close(place, found.predict, predict);
        self.close(place, found.low, low);
        self.close(place, found.high, high);
    }

    /// Demands the number of comparisons, and that they did far better than they had to.
    pub(crate) fn finish(self, compared: usize) {
        assert_eq!(self.compared, compared, "numbers compared");
        assert!(self.worst < 1e-12, "largest difference {:e}", self.worst);
    }
}
