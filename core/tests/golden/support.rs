//! Reads the golden cases, evaluates their models and counts comparisons. It calls nothing of the crate but Venn-Abers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ce_core::Interval;
use ce_core::venn_abers::VennAbers;
use serde::Deserialize;
use serde::de::DeserializeOwned;

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

/// The four binary cases without bins.
pub(crate) fn cases() -> [Case; 4] {
    ["breastcancer_analytic", "breastcancer_forest", "categorical_analytic", "categorical_forest"].map(|name| Case {
        name,
        input: read(&format!("binary_{name}.input.json")),
        golden: [
            (Version::Prediction, read(&format!("binary_{name}.out.v1.0.2.json"))),
            (Version::Observed, read(&format!("binary_{name}.out.v0.9.0.json"))),
        ],
    })
}

fn read<T: DeserializeOwned>(file: &str) -> T {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[derive(Deserialize)]
pub(crate) struct Input {
    pub(crate) seed: u64,
    pub(crate) feature_names: Vec<String>,
    #[serde(default)]
    pub(crate) categorical_features: Option<Vec<usize>>,
    #[serde(default)]
    pub(crate) categorical_labels: Option<BTreeMap<usize, BTreeMap<i64, String>>>,
    pub(crate) x_cal: Vec<Vec<f64>>,
    pub(crate) y_cal: Vec<u32>,
    pub(crate) x_test: Vec<Vec<f64>>,
    pub(crate) model: Model,
    pub(crate) model_outputs: ModelOutputs,
    pub(crate) fast: FastOptions,
}

#[derive(Deserialize)]
pub(crate) struct ModelOutputs {
    pub(crate) cal: Vec<[f64; 2]>,
    pub(crate) test: Vec<[f64; 2]>,
}

#[derive(Deserialize)]
pub(crate) struct FastOptions {
    pub(crate) scale_factor: usize,
    pub(crate) severity: f64,
    pub(crate) seed: u64,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Model {
    Logistic { coef: Vec<f64>, intercept: f64 },
    Forest { trees: Vec<Tree> },
}

#[derive(Deserialize)]
pub(crate) struct Tree {
    feature: Vec<i64>,
    threshold: Vec<f64>,
    left: Vec<i64>,
    right: Vec<i64>,
    value: Vec<[f64; 2]>,
}

#[derive(Deserialize)]
pub(crate) struct Golden {
    pub(crate) predict_proba: Proba,
    pub(crate) predict_proba_cal: Proba,
    pub(crate) discretizer_labels_values: Vec<u32>,
    pub(crate) factual_discretizer: BTreeMap<usize, Cuts>,
    pub(crate) alternative_discretizer: BTreeMap<usize, Cuts>,
    pub(crate) ignored_features: Vec<usize>,
    pub(crate) factual: Vec<Explanation>,
    pub(crate) fast: Vec<Explanation>,
    pub(crate) fast_noise_head: NoiseHead,
}

#[derive(Deserialize)]
pub(crate) struct Proba {
    pub(crate) proba: Vec<[f64; 2]>,
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
    /// Numbers in 1.0.2, text in 0.9.0.
    #[serde(default)]
    pub(crate) predicted_class: Vec<serde_json::Value>,
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
    pub(crate) feature_predict: Columns,
    pub(crate) feature_weights: Columns,
}

#[derive(Deserialize)]
pub(crate) struct Triple {
    pub(crate) predict: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

#[derive(Deserialize)]
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
    pub(crate) predict_low: f64,
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

    /// The ordinary calibrator, fitted on the golden model's own answers.
    pub(crate) fn calibrator(&self) -> VennAbers {
        let scores: Vec<f64> = self.model_outputs.cal.iter().map(|proba| proba[1]).collect();
        VennAbers::fit(&scores, &self.labels()).unwrap()
    }

    pub(crate) fn labels(&self) -> Vec<bool> {
        self.y_cal.iter().map(|&label| label == 1).collect()
    }

    /// The labels that a version's cut points are fitted to.
    pub(crate) fn cut_labels(&self, version: Version) -> Vec<u32> {
        match version {
            Version::Observed => self.y_cal.clone(),
            Version::Prediction => {
                let calibrator = self.calibrator();
                let predict = |proba: &[f64; 2]| calibrator.interval(proba[1]).predict;
                self.model_outputs.cal.iter().map(|proba| u32::from(predict(proba) >= 0.5)).collect()
            }
        }
    }
}

impl Model {
    /// The probability of class 1, as the `rule` of the input file says.
    pub(crate) fn score(&self, x: &[f64]) -> f64 {
        match self {
            Self::Logistic { coef, intercept } => {
                let sum = coef.iter().zip(x).fold(*intercept, |sum, (coef, x)| sum + coef * x);
                (1.0 / (1.0 + (-sum).exp()) * 1e6 + 0.5).floor() / 1e6
            }
            Self::Forest { trees } => {
                let sum = trees.iter().fold(0.0, |sum, tree| sum + tree.leaf(x)[1]);
                (sum / trees.len() as f64 * 1e6 + 0.5).floor() / 1e6
            }
        }
    }
}

impl Tree {
    fn leaf(&self, x: &[f64]) -> [f64; 2] {
        let mut node = 0;
        while self.left[node] >= 0 {
            let goes_left = x[self.feature[node] as usize] <= self.threshold[node];
            node = if goes_left { self.left[node] } else { self.right[node] } as usize;
        }
        self.value[node]
    }
}

/// Counts comparisons, and remembers the largest difference.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) compared: usize,
    pub(crate) worst: f64,
}

impl Tally {
    /// Demands that two numbers agree within the tolerance of the golden numbers.
    pub(crate) fn close(&mut self, place: &str, found: f64, expected: f64) {
        const TOLERANCE: f64 = 1e-9;
        let difference = (found - expected).abs();
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

#[test]
fn golden_models_are_evaluated_exactly() {
    let mut compared = 0;
    for Case { name, input, .. } in cases() {
        let sets = [(&input.x_cal, &input.model_outputs.cal), (&input.x_test, &input.model_outputs.test)];
        for (x, outputs) in sets {
            assert_eq!(x.len(), outputs.len());
            for (x, proba) in x.iter().zip(outputs) {
                assert_eq!(input.model.score(x), proba[1], "{name}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 708);
}
