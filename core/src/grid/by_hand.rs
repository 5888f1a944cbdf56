//! A small grid, written by hand, for the tests of what reads it. It is no part of the library.

use super::{Answers, Grid};
use crate::bins::SAMPLE_PERCENTILES;
use crate::discretizer::{FACTUAL_DEPTH, Labels};
use crate::{Interval, Matrix};

/// The prediction of every instance here.
pub(crate) const BASE: Interval = Interval { predict: 0.5, low: 0.25, high: 0.75 };

/// Feature 0 is numeric, 1 categorical, 2 constant, 3 has no other bin above its median, 4 is to be ignored.
const X_CAL: [[f64; 5]; 4] =
    [[1.0, 0.0, 7.0, 4.0, 1.0], [2.0, 1.0, 7.0, 4.0, 2.0], [3.0, 2.0, 7.0, 4.0, 3.0], [4.0, 2.0, 7.0, 0.0, 4.0]];

/// An instance for which features 0 and 1 alone are asked about: at 1.25, 1.5 and 1.75, and at 0 and 2.
pub(crate) const X: [f64; 5] = [4.0, 1.0, 7.0, 4.0, 9.0];

/// The grid of the data above: one class, so that every numeric feature is cut at its median.
pub(crate) fn fitted() -> Grid {
    let x_cal = Matrix::new(X_CAL.as_flattened(), 4, 5).unwrap();
    let one_class = Labels::Classes { labels: &[0; 4], n_classes: 1 };
    Grid::fit(x_cal, one_class, FACTUAL_DEPTH, &[1], &[4], &SAMPLE_PERCENTILES).unwrap()
}

/// What is planned for an instance.
pub(crate) fn planned(grid: &Grid, x: &[f64]) -> (Vec<u32>, Vec<f64>) {
    let (mut features, mut values) = (Vec::new(), Vec::new());
    let n_asked = grid.plan(x, &mut features, &mut values).unwrap();
    assert_eq!((n_asked, n_asked, n_asked), (features.len(), values.len(), grid.n_asked(x).unwrap()));
    (features, values)
}

/// Hands `answers` on as the library takes them.
pub(crate) fn in_columns<T>(answers: &[Interval], read: impl FnOnce(Answers<'_>) -> T) -> T {
    let column = |of: fn(&Interval) -> f64| -> Vec<f64> { answers.iter().map(of).collect() };
    let (predict, low, high) = (column(|a| a.predict), column(|a| a.low), column(|a| a.high));
    read(Answers { predict: &predict, low: &low, high: &high })
}
