//! Logistic regression with two classes. It never fits anything.

use super::answer::Evaluate;
use super::changed::Changed;
use super::{Input, InvalidModel, Rounding};

/// A logistic regression: two outputs, the probabilities of class 0 and of class 1.
///
/// `z = intercept`; for ascending `j`: `z += coef[j] * x[j]`; `p = round(1 / (1 + exp(-z)))`; the outputs are
/// `[1 - p, p]`. A NaN in a row makes both outputs NaN.
#[derive(Clone, Debug)]
pub struct Logistic {
    /// `[n_features]`, finite.
    coef: Vec<f64>,
    intercept: f64,
    input: Input,
    rounding: Rounding,
}

impl Logistic {
    /// A model with one coefficient per feature.
    ///
    /// # Errors
    /// [`InvalidModel`] if there is no coefficient, or a number is not finite.
    pub fn new(coef: Vec<f64>, intercept: f64, input: Input, rounding: Rounding) -> Result<Self, InvalidModel> {
        if coef.is_empty() {
            return Err(InvalidModel::new("coef", "one coefficient per feature", "empty"));
        }
        if let Some((idx, found)) = coef.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(InvalidModel::new(format!("coef[{idx}]"), "a finite number", found));
        }
        if !intercept.is_finite() {
            return Err(InvalidModel::new("intercept", "a finite number", intercept));
        }
        Ok(Self { coef, intercept, input, rounding })
    }

    /// Number of features that a row must have.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.coef.len()
    }

    /// Number of outputs per row.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        2
    }

    fn write(&self, z: f64, out: &mut [f64]) {
        if z.is_nan() {
            // One NaN for all: which bits arithmetic gives a NaN depends on how it was compiled.
            out.fill(f64::NAN);
            return;
        }
        let p = self.rounding.round(1.0 / (1.0 + (-z).exp()));
        out.copy_from_slice(&[1.0 - p, p]);
    }
}

impl Evaluate for Logistic {
    /// `z` before each feature is added, `[n_features]`: an edited row takes up the sum at its first changed feature,
    /// which keeps the order of summation.
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
        let mut z = self.intercept;
        for ((before, w), x) in memory.iter_mut().zip(&self.coef).zip(row) {
            *before = z;
            z += w * x;
        }
        self.write(z, out);
    }

    fn edited(&self, row: &[f64], changed: Changed, memory: &Vec<f64>, out: &mut [f64]) {
        let first = changed.first;
        let mut z = memory[first];
        for (w, x) in self.coef[first..].iter().zip(&row[first..]) {
            z += w * x;
        }
        self.write(z, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::{Matrix, Rows};

    fn predict(model: Logistic, row: &[f64]) -> [f64; 2] {
        let mut out = [f64::NAN; 2];
        Model::from(model).predict(Rows::dense(Matrix::new(row, 1, row.len()).unwrap()), &mut out).unwrap();
        out
    }

    fn exact(coef: &[f64], intercept: f64) -> Logistic {
        Logistic::new(coef.to_vec(), intercept, Input::Float64, Rounding::EXACT).unwrap()
    }

    #[test]
    fn probability_is_rounded_before_its_complement_is_taken() {
        let model = Logistic::new(vec![1.0], 0.0, Input::Float64, Rounding::to_decimals(6).unwrap()).unwrap();
        let p = (1.0 / (1.0 + (-1.25_f64).exp()) * 1e6 + 0.5).floor() / 1e6;
        assert_eq!(predict(model, &[1.25]), [1.0 - p, p]);
    }

    #[test]
    fn terms_are_added_in_the_order_of_features() {
        // Any other order loses the 1.0.
        assert_eq!(predict(exact(&[1e16, -1e16, 1.0], 0.0), &[1.0; 3])[1], 1.0 / (1.0 + (-1.0_f64).exp()));
    }

    #[test]
    fn extreme_sums_saturate_and_nan_stays_nan() {
        assert_eq!(predict(exact(&[1.0], 0.0), &[-1e4]), [1.0, 0.0]);
        assert_eq!(predict(exact(&[1.0], 0.0), &[1e4]), [0.0, 1.0]);
        assert!(predict(exact(&[1.0], 0.0), &[f64::NAN]).iter().all(|p| p.is_nan()));
    }

    #[test]
    fn numbers_that_are_not_finite_are_named() {
        let new = |coef: &[f64], intercept| {
            Logistic::new(coef.to_vec(), intercept, Input::Float64, Rounding::EXACT).unwrap_err().to_string()
        };
        assert_eq!(new(&[], 0.0), "`coef` is empty, expected one coefficient per feature");
        assert_eq!(new(&[0.0, f64::INFINITY], 0.0), "`coef[1]` is inf, expected a finite number");
        assert_eq!(new(&[0.0], f64::NAN), "`intercept` is NaN, expected a finite number");
    }
}
