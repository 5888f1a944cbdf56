//! The golden models: evaluated as the `rule` of their input file says. They know nothing of the crate.

use std::ops::Deref;

use serde::Deserialize;

use crate::support::{Case, named};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Model {
    Logistic { coef: Vec<f64>, intercept: f64 },
    Softmax { coef: Vec<Vec<f64>>, intercept: Vec<f64> },
    Linear { coef: Vec<f64>, intercept: f64 },
    Forest { trees: Vec<Tree> },
}

#[derive(Deserialize)]
pub(crate) struct Tree {
    feature: Vec<i64>,
    threshold: Vec<f64>,
    left: Vec<i64>,
    right: Vec<i64>,
    value: Vec<Scores>,
}

/// The outputs of the model for one row: a probability per class, or the predicted value.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(from = "OneOrMany")]
pub(crate) struct Scores(pub(crate) Vec<f64>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(f64),
    Many(Vec<f64>),
}

impl From<OneOrMany> for Scores {
    fn from(outputs: OneOrMany) -> Self {
        Self(match outputs {
            OneOrMany::One(value) => vec![value],
            OneOrMany::Many(values) => values,
        })
    }
}

impl Deref for Scores {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.0
    }
}

impl Model {
    /// All outputs for a row, as the `rule` of the input file says.
    pub(crate) fn outputs(&self, x: &[f64]) -> Vec<f64> {
        let rounded = |value: f64| (value * 1e6 + 0.5).floor() / 1e6;
        let linear = |coef: &[f64], intercept| coef.iter().zip(x).fold(intercept, |sum, (coef, x)| sum + coef * x);
        match self {
            Self::Logistic { coef, intercept } => {
                let p = rounded(1.0 / (1.0 + (-linear(coef, *intercept)).exp()));
                vec![1.0 - p, p]
            }
            Self::Softmax { coef, intercept } => {
                let z: Vec<f64> =
                    coef.iter().zip(intercept).map(|(coef, &intercept)| linear(coef, intercept)).collect();
                let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let e: Vec<f64> = z.iter().map(|z| (z - largest).exp()).collect();
                let sum: f64 = e.iter().sum();
                e.iter().map(|e| rounded(e / sum)).collect()
            }
            Self::Linear { coef, intercept } => vec![rounded(linear(coef, *intercept))],
            Self::Forest { trees } => {
                let n_outputs = trees[0].leaf(x).len();
                let mean = |output| trees.iter().fold(0.0, |sum, tree| sum + tree.leaf(x)[output]) / trees.len() as f64;
                (0..n_outputs).map(|output| rounded(mean(output))).collect()
            }
        }
    }
}

impl Tree {
    fn leaf(&self, x: &[f64]) -> &[f64] {
        let mut node = 0;
        while self.left[node] >= 0 {
            let goes_left = x[self.feature[node] as usize] <= self.threshold[node];
            node = if goes_left { self.left[node] } else { self.right[node] } as usize;
        }
        &self.value[node]
    }
}

#[test]
fn golden_models_are_evaluated_exactly() {
    let mut compared = 0;
    for Case { name, input, .. } in named("") {
        let sets = [(&input.x_cal, &input.model_outputs.cal), (&input.x_test, &input.model_outputs.test)];
        for (x, outputs) in sets {
            assert_eq!(x.len(), outputs.len());
            for (x, outputs) in x.iter().zip(outputs) {
                assert_eq!(input.model.outputs(x), outputs.0, "{name}");
                compared += outputs.len();
            }
        }
    }
    assert_eq!(compared, 2 * (2 * (162 + 192) + 3 * 102 + 2 * 212 + 192 + 212));
}
