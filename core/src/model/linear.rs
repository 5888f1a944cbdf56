//! Weighted sums of features: linear, logistic and softmax regression. It never fits anything.

use super::answer::Evaluate;
use super::changed::Changed;
use super::walk::Block;
use super::{Input, InvalidModel, Link, Rounding};

/// A model whose scores are weighted sums of the features.
///
/// For each score `k`: `z = intercept[k]`; for ascending `j`: `z += coef[k][j] * x[j]`. The [`Link`] turns the scores
/// into outputs. A NaN in a row makes all outputs NaN.
#[derive(Clone, Debug)]
pub struct Linear {
    /// `[n_scores, n_features]`, finite.
    coef: Vec<f64>,
    /// `[n_scores]`, finite.
    intercept: Vec<f64>,
    n_features: usize,
    link: Link,
    input: Input,
    rounding: Rounding,
}

impl Linear {
    /// A linear regression: one output. `coef` is `[n_features]`.
    ///
    /// # Errors
    /// [`InvalidModel`] if there is no coefficient, or a number is not finite.
    pub fn regression(coef: Vec<f64>, intercept: f64, input: Input, rounding: Rounding) -> Result<Self, InvalidModel> {
        Self::one_score(coef, intercept, Link::Identity, input, rounding)
    }

    /// A logistic regression: the probabilities of class 0 and of class 1. `coef` is `[n_features]`.
    ///
    /// # Errors
    /// [`InvalidModel`] if there is no coefficient, or a number is not finite.
    pub fn logistic(coef: Vec<f64>, intercept: f64, input: Input, rounding: Rounding) -> Result<Self, InvalidModel> {
        Self::one_score(coef, intercept, Link::Logistic, input, rounding)
    }

    /// A multinomial logistic regression: one probability per class. `coef` is `[n_classes][n_features]`, `intercept`
    /// is `[n_classes]`.
    ///
    /// # Errors
    /// [`InvalidModel`] if there are fewer than two classes, the lengths disagree, there is no coefficient, or a number is
    /// not finite.
    pub fn softmax(
        coef: &[Vec<f64>],
        intercept: Vec<f64>,
        input: Input,
        rounding: Rounding,
    ) -> Result<Self, InvalidModel> {
        Link::Softmax.check_n_scores("coef", coef.len())?;
        if intercept.len() != coef.len() {
            let expected = format!("{} entries, as `coef` has", coef.len());
            return Err(InvalidModel::new("intercept", expected, format!("{} long", intercept.len())));
        }
        let n_features = coef[0].len();
        for (class, row) in coef.iter().enumerate() {
            check_coef(&format!("coef[{class}]"), row)?;
            if row.len() != n_features {
                let expected = format!("{n_features} entries, as `coef[0]` has");
                return Err(InvalidModel::new(format!("coef[{class}]"), expected, format!("{} long", row.len())));
            }
        }
        for (class, &value) in intercept.iter().enumerate() {
            check_finite(|| format!("intercept[{class}]"), value)?;
        }
        Ok(Self { coef: coef.concat(), intercept, n_features, link: Link::Softmax, input, rounding })
    }

    fn one_score(
        coef: Vec<f64>,
        intercept: f64,
        link: Link,
        input: Input,
        rounding: Rounding,
    ) -> Result<Self, InvalidModel> {
        check_coef("coef", &coef)?;
        check_finite(|| "intercept".to_owned(), intercept)?;
        Ok(Self { n_features: coef.len(), coef, intercept: vec![intercept], link, input, rounding })
    }

    /// Number of features that a row must have.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Number of outputs per row.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.link.n_outputs(self.intercept.len())
    }
}

fn check_coef(at: &str, coef: &[f64]) -> Result<(), InvalidModel> {
    if coef.is_empty() {
        return Err(InvalidModel::new(at, "one coefficient per feature", "empty"));
    }
    coef.iter().enumerate().try_for_each(|(idx, &value)| check_finite(|| format!("{at}[{idx}]"), value))
}

fn check_finite(at: impl FnOnce() -> String, value: f64) -> Result<(), InvalidModel> {
    if value.is_finite() { Ok(()) } else { Err(InvalidModel::new(at(), "a finite number", value)) }
}

impl Linear {
    /// Evaluates `row`, whose features before `first` are those of the remembered row.
    fn take_up(&self, row: &[f64], first: usize, memory: &[f64], out: &mut [f64]) {
        let row = &row[first..];
        for (score, out) in out.iter_mut().enumerate().take(self.intercept.len()) {
            let here = score * self.n_features + first..(score + 1) * self.n_features;
            // Without features nothing is remembered, and the sum is where it starts.
            let mut z = memory.get(here.start).copied().unwrap_or(self.intercept[score]);
            for (w, x) in self.coef[here].iter().zip(row) {
                z += w * x;
            }
            *out = z;
        }
        self.link.finish(self.rounding, out);
    }
}

impl Evaluate for Linear {
    /// Each score before each feature is added, `[n_scores, n_features]`: an edited row takes up the sum at its first
    /// changed feature, which keeps the order of summation.
    type Memory = Vec<f64>;

    fn n_outputs(&self) -> usize {
        self.n_outputs()
    }

    fn input(&self) -> Input {
        self.input
    }

    fn memory(&self) -> Vec<f64> {
        vec![0.0; self.coef.len()]
    }

    fn base(&self, row: &[f64], memory: &mut Vec<f64>, out: &mut [f64]) {
        for ((score, &intercept), out) in self.intercept.iter().enumerate().zip(out.iter_mut()) {
            let here = score * self.n_features..(score + 1) * self.n_features;
            let mut z = intercept;
            for ((before, w), x) in memory[here.clone()].iter_mut().zip(&self.coef[here]).zip(row) {
                *before = z;
                z += w * x;
            }
            *out = z;
        }
        self.link.finish(self.rounding, out);
    }

    fn edited(&self, block: Block<'_>, changed: &[Changed], memory: &Vec<f64>, out: &mut [f64]) {
        for ((row_idx, changed), out) in changed.iter().enumerate().zip(out.chunks_exact_mut(self.n_outputs())) {
            // Without a change there is nothing to add to the whole sum, which the last feature completes.
            let first = changed.first.min(self.n_features.saturating_sub(1));
            self.take_up(block.row(row_idx), first, memory, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::{Matrix, Rows};

    fn predict(model: Linear, row: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; model.n_outputs()];
        Model::from(model).predict(Rows::dense(Matrix::new(row, 1, row.len()).unwrap()), &mut out).unwrap();
        out
    }

    fn logistic(coef: &[f64], intercept: f64) -> Linear {
        Linear::logistic(coef.to_vec(), intercept, Input::Float64, Rounding::EXACT).unwrap()
    }

    #[test]
    fn terms_are_added_in_the_order_of_features() {
        // Any other order loses the 1.0.
        let coef = vec![1e16, -1e16, 1.0];
        assert_eq!(predict(logistic(&coef, 0.0), &[1.0; 3])[1], 1.0 / (1.0 + (-1.0_f64).exp()));
        let linear = Linear::regression(coef.clone(), 0.0, Input::Float64, Rounding::EXACT).unwrap();
        assert_eq!(predict(linear, &[1.0; 3]), [1.0]);
        let rows = [coef, vec![0.0, 0.0, 1.0]];
        let softmax = Linear::softmax(&rows, vec![0.0, 0.0], Input::Float64, Rounding::EXACT).unwrap();
        assert_eq!(predict(softmax, &[1.0; 3]), [0.5, 0.5]);
    }

    #[test]
    fn a_linear_regression_starts_from_its_intercept_and_rounds_its_sum() {
        let new = |rounding| Linear::regression(vec![0.5, -2.0], 10.0, Input::Float64, rounding).unwrap();
        assert_eq!(predict(new(Rounding::EXACT), &[1.0, 2.125]), [6.25]);
        assert_eq!(predict(new(Rounding::to_decimals(1).unwrap()), &[1.0, 2.125]), [6.3]);
    }

    #[test]
    fn float32_input_is_rounded_before_it_is_weighed() {
        let model = Linear::regression(vec![1.0], 0.0, Input::Float32, Rounding::EXACT).unwrap();
        assert_eq!(predict(model, &[0.1]), [f64::from(0.1_f32)]);
    }

    #[test]
    fn extreme_sums_saturate_and_nan_stays_nan() {
        assert_eq!(predict(logistic(&[1.0], 0.0), &[-1e4]), [1.0, 0.0]);
        assert_eq!(predict(logistic(&[1.0], 0.0), &[1e4]), [0.0, 1.0]);
        assert!(predict(logistic(&[1.0], 0.0), &[f64::NAN]).iter().all(|p| p.is_nan()));
    }

    #[test]
    fn numbers_that_are_not_finite_are_named() {
        let new = |coef: &[f64], intercept| {
            let logistic = Linear::logistic(coef.to_vec(), intercept, Input::Float64, Rounding::EXACT).unwrap_err();
            let linear = Linear::regression(coef.to_vec(), intercept, Input::Float64, Rounding::EXACT).unwrap_err();
            assert_eq!(logistic, linear);
            linear.to_string()
        };
        assert_eq!(new(&[], 0.0), "`coef` is empty, expected one coefficient per feature");
        assert_eq!(new(&[0.0, f64::INFINITY], 0.0), "`coef[1]` is inf, expected a finite number");
        assert_eq!(new(&[0.0], f64::NAN), "`intercept` is NaN, expected a finite number");
    }

    #[test]
    fn a_softmax_of_ragged_rows_is_refused_with_its_place() {
        let new = |coef: &[&[f64]], intercept: &[f64]| {
            let coef: Vec<Vec<f64>> = coef.iter().map(|row| row.to_vec()).collect();
            Linear::softmax(&coef, intercept.to_vec(), Input::Float64, Rounding::EXACT).unwrap_err().to_string()
        };
        assert_eq!(new(&[&[1.0]], &[0.0]), "`coef` is 1 long, expected at least 2 entries, one per class");
        assert_eq!(new(&[&[1.0], &[2.0]], &[0.0]), "`intercept` is 1 long, expected 2 entries, as `coef` has");
        assert_eq!(new(&[&[], &[]], &[0.0; 2]), "`coef[0]` is empty, expected one coefficient per feature");
        assert_eq!(new(&[&[1.0, 2.0], &[1.0]], &[0.0; 2]), "`coef[1]` is 1 long, expected 2 entries, as `coef[0]` has");
        assert_eq!(new(&[&[1.0], &[f64::NAN]], &[0.0; 2]), "`coef[1][0]` is NaN, expected a finite number");
        assert_eq!(new(&[&[1.0], &[1.0]], &[0.0, f64::INFINITY]), "`intercept[1]` is inf, expected a finite number");
    }
}
