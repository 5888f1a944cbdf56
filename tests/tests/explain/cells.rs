//! Small problems of every task, each with Mondrian categories and a categorical feature or without: what a mode must be
//! able to explain. Models are functions, so that nothing is read from a file.

use std::collections::BTreeMap;
use std::ops::Range;

use ce_host::plugin_api::PluginError;
use ce_host::plugin_api::data::Matrix;
use ce_host::plugin_api::manifest::Task;
use ce_host::plugin_api::schema::LearnerInfo;
use ce_host::{CalibrationSet, Instances, Model, Percentiles, Threshold};

const N_FEATURES: usize = 3;
const N_CALIBRATION: usize = 120;
pub(crate) const N_INSTANCES: usize = 14;

/// What is predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    Classes(usize),
    Value,
}

/// What is asked of a regression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ask {
    Nothing,
    Percentiles(f64, f64),
    AtMost(f64),
    Between(f64, f64),
}

/// One problem.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    /// What batches ask for, one after the other.
    pub(crate) asks: &'static [Ask],
    pub(crate) is_mondrian: bool,
    pub(crate) is_categorical: bool,
}

const CLASSES: &[Ask] = &[Ask::Nothing];
/// Values, both kinds of event, and one open side.
const VALUES: &[Ask] =
    &[Ask::Nothing, Ask::AtMost(2.0), Ask::Between(-3.0, 4.5), Ask::Percentiles(f64::NEG_INFINITY, 90.0)];

/// Every task, alone, with Mondrian categories, and with a categorical feature.
pub(crate) const CELLS: [Cell; 8] = [
    Cell { name: "binary", target: Target::Classes(2), asks: CLASSES, is_mondrian: false, is_categorical: false },
    Cell {
        name: "three classes",
        target: Target::Classes(3),
        asks: CLASSES,
        is_mondrian: false,
        is_categorical: false,
    },
    Cell { name: "regression", target: Target::Value, asks: VALUES, is_mondrian: false, is_categorical: false },
    Cell {
        name: "binary, Mondrian",
        target: Target::Classes(2),
        asks: CLASSES,
        is_mondrian: true,
        is_categorical: false,
    },
    Cell {
        name: "three classes, Mondrian, categorical",
        target: Target::Classes(3),
        asks: CLASSES,
        is_mondrian: true,
        is_categorical: true,
    },
    Cell {
        name: "regression, Mondrian",
        target: Target::Value,
        asks: VALUES,
        is_mondrian: true,
        is_categorical: false,
    },
    Cell {
        name: "binary, categorical",
        target: Target::Classes(2),
        asks: CLASSES,
        is_mondrian: false,
        is_categorical: true,
    },
    Cell {
        name: "regression, categorical",
        target: Target::Value,
        asks: VALUES,
        is_mondrian: false,
        is_categorical: true,
    },
];

impl Cell {
    pub(crate) fn model(&self) -> Model {
        let n_classes = if let Target::Classes(n_classes) = self.target { n_classes } else { 0 };
        let info = LearnerInfo {
            task: if n_classes == 0 { Task::Regression } else { Task::Classification },
            n_features: N_FEATURES,
            n_outputs: n_classes.max(1),
            classes: ["low", "middle", "high"][..n_classes].iter().map(|&class| class.to_owned()).collect(),
            feature_names: ["a", "b", "c"].map(str::to_owned).to_vec(),
            categories: BTreeMap::new(),
        };
        Model::from_fn(info, move |x: Matrix<'_>, scores: &mut [f64]| {
            let width = n_classes.max(1);
            for (row, scores) in x.as_slice().chunks_exact(N_FEATURES).zip(scores.chunks_exact_mut(width)) {
                score(row, scores);
            }
            Ok::<(), PluginError>(())
        })
        .unwrap()
    }

    pub(crate) fn calibration(&self) -> CalibrationSet {
        let x = self.rows(N_CALIBRATION, 0.0);
        let y = x.chunks_exact(N_FEATURES).enumerate().map(|(row_idx, row)| self.target_of(row_idx, row)).collect();
        let mut set = CalibrationSet::new(x, y, N_FEATURES).unwrap();
        if self.is_categorical {
            let labels = ["red", "green", "blue"].map(str::to_owned).to_vec();
            set = set.categorical(vec![2]).categories(BTreeMap::from([(2, labels)]));
        }
        if self.is_mondrian { set.mondrian_categories(bins(N_CALIBRATION)) } else { set }
    }

    /// The instances, `[14, 3]`.
    pub(crate) fn rows_to_explain(&self) -> Vec<f64> {
        self.rows(N_INSTANCES, 0.1)
    }

    /// The instances as a batch that asks for something.
    pub(crate) fn batch<'a>(&self, rows: &'a [f64], ask: Ask) -> Instances<'a> {
        self.part(rows, 0..rows.len() / N_FEATURES, ask)
    }

    /// Some of the instances, with their numbers.
    pub(crate) fn part<'a>(&self, rows: &'a [f64], range: Range<usize>, ask: Ask) -> Instances<'a> {
        let x = &rows[range.start * N_FEATURES..range.end * N_FEATURES];
        let batch =
            Instances::new(Matrix::new(x, range.len(), N_FEATURES).unwrap()).row_numbers(range.clone().collect());
        let batch = match ask {
            Ask::Nothing => batch,
            Ask::Percentiles(low, high) => batch.percentiles(Percentiles::new(low, high).unwrap()),
            Ask::AtMost(threshold) => batch.threshold(Threshold::at_most(threshold).unwrap()),
            Ask::Between(low, high) => batch.threshold(Threshold::between(low, high).unwrap()),
        };
        if self.is_mondrian { batch.mondrian_categories(bins(N_INSTANCES)[range].to_vec()) } else { batch }
    }

    /// Quarters, moved by `offset`; the last column may be a category.
    fn rows(&self, n_rows: usize, offset: f64) -> Vec<f64> {
        let value = |row: usize, column: usize| match column {
            2 if self.is_categorical => (row * 5 % 3) as f64,
            _ => (row * (7 + 4 * column) % 23) as f64 / 4.0 - 2.5 + offset,
        };
        (0..n_rows).flat_map(|row| (0..N_FEATURES).map(move |column| value(row, column))).collect()
    }

    /// What was observed: the model is right but for a noise that repeats.
    fn target_of(&self, row_idx: usize, row: &[f64]) -> f64 {
        let noise = (row_idx * 13 % 17) as f64 / 17.0 - 0.5;
        match self.target {
            Target::Value => value(row) + 6.0 * noise,
            Target::Classes(n_classes) => {
                let moved = [row[0] + 2.0 * noise, row[1], row[2]];
                let mut scores = vec![0.0; n_classes];
                score(&moved, &mut scores);
                let likeliest = |best: usize, class: usize| if scores[class] > scores[best] { class } else { best };
                (1..n_classes).fold(0, likeliest) as f64
            }
        }
    }
}

/// Two Mondrian categories, of which one is the larger.
fn bins(n_rows: usize) -> Vec<String> {
    (0..n_rows).map(|row_idx| if row_idx % 5 < 2 { "east" } else { "west" }.to_owned()).collect()
}

fn value(row: &[f64]) -> f64 {
    2.0 * row[0] - row[1] + 0.75 * row[2]
}

/// One score: the value. Two or three: probabilities.
fn score(row: &[f64], scores: &mut [f64]) {
    let strengths = [-value(row) / 2.0, 0.5 - row[1] / 3.0, value(row) / 2.0];
    match scores {
        [only] => *only = value(row),
        [no, yes] => {
            *yes = 1.0 / (1.0 + (-value(row) / 2.0).exp());
            *no = 1.0 - *yes;
        }
        several => {
            let total: f64 = strengths.iter().map(|strength| strength.exp()).sum();
            several.iter_mut().zip(strengths).for_each(|(score, strength)| *score = strength.exp() / total);
        }
    }
}
