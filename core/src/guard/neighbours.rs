//! How strange a row is among the calibration rows. It never says what is too strange: a
//! [`Confidence`](super::Confidence) does.

use serde::{Deserialize, Serialize};

use super::axis::Axis;
use super::probe::Probe;
use crate::weight::EQUAL_WITHIN;
use crate::{Error, Matrix, check};

/// How many calibration rows are compared at a time while fitting, so that their columns stay in the cache.
const BLOCK: usize = 512;

/// How many distances are kept at a time while fitting: 8 MiB of them.
const NEAREST_MAX: usize = 1 << 20;

/// The conformal test of how near a row is to the calibration data.
///
/// The distance is Euclidean, numeric features scaled to the calibration range (at least 1e-12), categorical ones as one
/// column of zeros and ones for each category. A row's score is its distance to its k-th nearest calibration row; for a
/// calibration row itself, to its k-th nearest other one. The p-value is the share of calibration rows whose score is not
/// below; scores within a part in 10^12 are equal, since the order of a sum must not decide.
///
/// With fewer than `k + 2` calibration rows nothing can be told apart: every p-value is 1.
///
/// ```
/// use ce_core::Matrix;
/// use ce_core::guard::Guard;
///
/// let x_cal = Matrix::new(&[0.0, 1.0, 2.0, 4.0, 8.0], 5, 1)?;
/// let guard = Guard::fit(x_cal, &[], 1)?;
/// // The nearest other rows are 1, 1, 1, 2 and 4 away; 3 is 1 away from its nearest, 6 is 2 away, and 9 is 1 away.
/// assert_eq!([guard.p_value(&[3.0])?, guard.p_value(&[6.0])?, guard.p_value(&[9.0])?], [1.0, 0.4, 1.0]);
/// # Ok::<(), ce_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SavedGuard")]
pub struct Guard {
    axes: Vec<Axis>,
    n_neighbours: usize,
    /// The squared scores of the calibration rows, `[n_rows]`, ascending; none where every p-value is 1.
    scores: Vec<f64>,
}

impl Guard {
    /// Scores the calibration rows among themselves. O(n_cal² · n_features), once.
    ///
    /// * `x_cal`: `[n_cal, n_features]`, finite, each numeric feature within a finite range
    /// * `categorical`: features, in any order
    /// * `n_neighbours`: k, at least 1; 5 is usual
    ///
    /// # Errors
    /// [`Error::Empty`] without rows, [`Error::NotFinite`] for a value that is NaN or infinite, [`Error::OutOfRange`] for a
    /// feature that does not exist, [`Error::Invalid`] for a range that is not finite, or no neighbours.
    pub fn fit(x_cal: Matrix<'_>, categorical: &[usize], n_neighbours: usize) -> Result<Self, Error> {
        check::not_empty("calibration rows", x_cal.data())?;
        check_neighbours(n_neighbours)?;
        let is_categorical = check::marked("categorical feature", x_cal.n_cols(), categorical)?;
        let axis = |feature| Axis::new(x_cal.column(feature), is_categorical[feature]);
        let axes = (0..x_cal.n_cols()).map(axis).collect::<Result<Vec<_>, Error>>()?;
        let mut guard = Self { axes, n_neighbours, scores: Vec::new() };
        if !guard.is_saturated() {
            guard.scores = scores(&guard.axes, n_neighbours);
        }
        Ok(guard)
    }

    /// Number of features.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.axes.len()
    }

    /// Number of calibration rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.axes[0].n_rows()
    }

    /// Whether there are too few calibration rows to tell anything apart, so that every p-value is 1.
    #[must_use]
    pub fn is_saturated(&self) -> bool {
        self.n_neighbours + 1 >= self.n_rows()
    }

    /// The p-value of a row, `[n_features]`, from 0 to 1; 0 for one that is NaN or infinite in a numeric feature.
    ///
    /// It takes room for one number a calibration row. For many rows that differ from one in a single feature there is
    /// [`Guard::probe`].
    ///
    /// # Errors
    /// [`Error::Shape`] if `row` is not `[n_features]`.
    pub fn p_value(&self, row: &[f64]) -> Result<f64, Error> {
        check::length("row", self.n_features(), row.len())?;
        let mut sums = vec![0.0; self.n_rows()];
        self.axes.iter().zip(row).for_each(|(axis, &value)| axis.add(value, &mut sums));
        Ok(self.p_value_among(&sums, &mut vec![0.0; self.n_nearest()]))
    }

    /// A handle that tests rows which differ from an instance in a single feature, without allocating for each.
    #[must_use]
    pub fn probe(&self) -> Probe<'_> {
        Probe::new(self)
    }

    /// What is added for each feature.
    pub(super) fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How much room [`Guard::p_value_among`] needs.
    pub(super) fn n_nearest(&self) -> usize {
        if self.is_saturated() { 0 } else { self.n_neighbours }
    }

    /// The p-value of a row at these squared distances, `[n_rows]`, from the calibration rows.
    pub(super) fn p_value_among(&self, squares: &[f64], nearest: &mut [f64]) -> f64 {
        let Some(last) = nearest.len().checked_sub(1) else { return 1.0 };
        nearest.fill(f64::INFINITY);
        squares.iter().for_each(|&square| keep_nearest(nearest, square));
        // Squares stand in for the distances, which they order alike.
        let least = nearest[last] * (1.0 - EQUAL_WITHIN);
        let n_below = self.scores.partition_point(|&score| score < least);
        (self.scores.len() - n_below) as f64 / self.scores.len() as f64
    }
}

/// The squared distance of each row to its k-th nearest other row, ascending.
fn scores(axes: &[Axis], n_neighbours: usize) -> Vec<f64> {
    let n_rows = axes[0].n_rows();
    // One more for the row itself, whose distance of 0 comes first.
    let n_nearest = n_neighbours + 1;
    // As many rows at a time as there is room for, so that many neighbours of many rows do not fill the memory.
    let n_at_once = (NEAREST_MAX / n_nearest).clamp(1, n_rows);
    let mut scores = Vec::with_capacity(n_rows);
    let mut room = vec![0.0; BLOCK.min(n_rows)];
    for first in (0..n_rows).step_by(n_at_once) {
        let mut nearest = vec![f64::INFINITY; n_at_once.min(n_rows - first) * n_nearest];
        for start in (0..n_rows).step_by(BLOCK) {
            let sums = &mut room[..BLOCK.min(n_rows - start)];
            for (row_idx, nearest) in (first..).zip(nearest.chunks_exact_mut(n_nearest)) {
                sums.fill(0.0);
                axes.iter().for_each(|axis| axis.add_row(row_idx, start, sums));
                sums.iter().for_each(|&square| keep_nearest(nearest, square));
            }
        }
        scores.extend(nearest.chunks_exact(n_nearest).map(|nearest| nearest[n_neighbours]));
    }
    scores.sort_unstable_by(f64::total_cmp);
    scores
}

/// Keeps `square` among the smallest, which ascend; NaN is not kept.
fn keep_nearest(nearest: &mut [f64], square: f64) {
    if square < nearest[nearest.len() - 1] {
        let at = nearest.partition_point(|&kept| kept <= square);
        nearest[at..].rotate_right(1);
        nearest[at] = square;
    }
}

fn check_neighbours(n_neighbours: usize) -> Result<(), Error> {
    // The bound keeps the sum with one from overflowing; no machine holds so many rows.
    let most = usize::MAX >> 1;
    let holds = (1..=most).contains(&n_neighbours);
    check::rule("guard neighbours", holds, || format!("are {n_neighbours}, expected 1 to {most}"))
}

/// [`Guard`] as it comes from outside, not yet checked.
#[derive(Deserialize)]
struct SavedGuard {
    axes: Vec<Axis>,
    n_neighbours: usize,
    scores: Vec<f64>,
}

impl TryFrom<SavedGuard> for Guard {
    type Error = Error;

    fn try_from(SavedGuard { axes, n_neighbours, scores }: SavedGuard) -> Result<Self, Error> {
        check::not_empty("saved guard columns", &axes)?;
        check_neighbours(n_neighbours)?;
        let n_rows = axes[0].n_rows();
        check::rule("saved guard columns", n_rows > 0, || "have no rows".into())?;
        axes.iter().try_for_each(|axis| axis.check(n_rows))?;
        let guard = Self { axes, n_neighbours, scores };
        let n_scores = if guard.is_saturated() { 0 } else { n_rows };
        check::length("saved guard scores", n_scores, guard.scores.len())?;
        check::finite("saved guard scores", &guard.scores)?;
        let sound = guard.scores.is_sorted() && guard.scores.first().is_none_or(|&score| score >= 0.0);
        check::rule("saved guard scores", sound, || "do not ascend from 0 on".into())?;
        Ok(guard)
    }
}
