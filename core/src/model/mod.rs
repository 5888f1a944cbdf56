//! Models that are data, not code: their numbers are given, and how they are evaluated is part of their definition.
//!
//! Every evaluation follows a written order of operations, so that its outputs are reproducible to the last bit, and an
//! edited row gives the same bits as the same row written out. Nothing here parses a file.
//!
//! A further type of model is a file that implements `answer::Evaluate` and a variant of [`Model`].

pub mod invalid;
pub mod link;
pub mod precision;

pub mod linear;

pub mod tree;

pub mod boosting;
pub mod forest;

mod answer;
mod changed;
mod walk;

use crate::{Error, Rows};

pub use boosting::Boosting;
pub use forest::Forest;
pub use invalid::InvalidModel;
pub use linear::Linear;
pub use link::Link;
pub use precision::{Input, Rounding};
pub use tree::Tree;

/// A model that can be evaluated.
///
/// ```
/// use ce_core::model::{Input, Linear, Model, Rounding};
/// use ce_core::{Matrix, Rows};
///
/// let model = Model::from(Linear::logistic(vec![2.0, -1.0], 0.5, Input::Float64, Rounding::EXACT)?);
/// let base = Matrix::new(&[1.0, 2.5], 1, 2)?;
/// // The second row is the first with 3.0 written over feature 0.
/// let rows = Rows::edited(base, &[0], &[1], &[0], &[3.0])?;
/// let mut out = [f64::NAN; 4];
/// model.predict(rows, &mut out)?;
/// assert_eq!(out[..2], [0.5, 0.5]);
/// assert_eq!(out[3], 1.0 / (1.0 + (-4.0_f64).exp()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Model {
    /// Weighted sums: linear, logistic and softmax regression.
    Linear(Linear),
    /// The mean of decision trees.
    Forest(Forest),
    /// The sum of decision trees: gradient boosting.
    Boosting(Boosting),
}

impl Model {
    /// Number of features that a row must have.
    #[must_use]
    pub fn n_features(&self) -> usize {
        match self {
            Self::Linear(model) => model.n_features(),
            Self::Forest(model) => model.n_features(),
            Self::Boosting(model) => model.n_features(),
        }
    }

    /// Number of outputs per row: one per class, or one for regression.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        match self {
            Self::Linear(model) => model.n_outputs(),
            Self::Forest(model) => model.n_outputs(),
            Self::Boosting(model) => model.n_outputs(),
        }
    }

    /// Evaluates all `rows`, unedited and edited, into `out`, `[rows.n_rows(), n_outputs]`, row-major.
    ///
    /// An edited row gives the same bits as the same row in a dense matrix would, and the order of rows is of no
    /// consequence. Each model says what it makes of NaN and infinities.
    ///
    /// # Errors
    /// [`Error::Shape`] if the rows do not have `n_features` columns or `out` is not of that shape; `out` is then as it
    /// was.
    pub fn predict(&self, rows: Rows<'_>, out: &mut [f64]) -> Result<(), Error> {
        let n_features = self.n_features();
        if rows.base().n_cols() != n_features {
            return Err(Error::Shape { what: "model row", expected: n_features, found: rows.base().n_cols() });
        }
        let expected = rows.n_rows().saturating_mul(self.n_outputs());
        if out.len() != expected {
            return Err(Error::Shape { what: "model output", expected, found: out.len() });
        }
        match self {
            Self::Linear(model) => answer::answer(model, rows, out),
            Self::Forest(model) => answer::answer(model, rows, out),
            Self::Boosting(model) => answer::answer(model, rows, out),
        }
        Ok(())
    }
}

impl From<Linear> for Model {
    fn from(model: Linear) -> Self {
        Self::Linear(model)
    }
}

impl From<Forest> for Model {
    fn from(model: Forest) -> Self {
        Self::Forest(model)
    }
}

impl From<Boosting> for Model {
    fn from(model: Boosting) -> Self {
        Self::Boosting(model)
    }
}

#[cfg(test)]
mod tests;
