//! Difficulty by the nearest rows of the calibration set. It never depends on the order in which rows are asked about.
//!
//! After `crepes.extras.DifficultyEstimator` (Boström), as it is used with `X` and `k`: features are moved to `[0, 1]` by the
//! calibration set's extremes and cut off there, and distances are Euclidean.

use serde::{Deserialize, Serialize};

use super::Measure;
use crate::{Error, Matrix, check};

/// Rows whose distances are added up side by side.
const LANES: usize = 8;

/// Features between two looks at whether a block of rows is too far away already.
const STRIDE: usize = 8;

/// Below this, a range counts as none.
const RANGE_MIN: f64 = 10.0 * f64::EPSILON;

/// What an [`Estimator`] is told beside the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// What neighbours tell.
    pub measure: Measure,
    /// How many neighbours are asked, 1 or more.
    pub n_neighbours: usize,
    /// What is added in the end, 0 or more.
    pub beta: f64,
    /// Whether what neighbours tell is moved to `[0, 1]` first, by its extremes over the calibration rows, where each row
    /// is left out of its own neighbours. Always so for classes.
    pub is_scaled: bool,
}

/// A fitted estimator, which holds the calibration rows.
///
/// A row of the calibration set is its own nearest neighbour, as in crepes. Of equally distant rows the first ones count.
/// Restoring one checks it, so that a damaged file cannot make it panic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct Estimator {
    parameters: Parameters,
    /// Of each feature, from its own unit to `[0, 1]`.
    features: Vec<Span>,
    n_rows: usize,
    /// Blocks of [`LANES`] rows, feature after feature; the last is filled up with zeros.
    blocks: Vec<f64>,
    /// `[n_rows]`, what neighbours tell; empty for distances.
    told: Vec<f64>,
    is_of_classes: bool,
    /// From what neighbours tell to `[0, 1]`; the identity unless scaled.
    scaler: Option<Span>,
}

/// Moves numbers so that the lowest seen becomes 0 and the highest 1, and cuts off what lies outside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Span {
    factor: f64,
    offset: f64,
}

/// [`Estimator`] as it is saved.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Saved {
    parameters: Parameters,
    features: Vec<Span>,
    /// `[n_rows, n_features]`, in `[0, 1]`.
    rows: Vec<f64>,
    n_rows: usize,
    told: Vec<f64>,
    is_of_classes: bool,
    scaler: Option<Span>,
}

/// Room for one question at a time, so that asking allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// The row that is asked about, in `[0, 1]`.
    row: Vec<f64>,
    nearest: Vec<Neighbour>,
}

#[derive(Clone, Copy, Debug)]
struct Neighbour {
    squared_distance: f64,
    row_idx: usize,
}

impl Estimator {
    /// Fits it to a regression's calibration set.
    ///
    /// * `x`: `[n, n_features]`, finite
    /// * `targets`, `predictions`: `[n]`, finite
    ///
    /// # Errors
    /// [`Error::Empty`] without rows, [`Error::Shape`] if the lengths differ, [`Error::NotFinite`] for the first number that
    /// is NaN or infinite, [`Error::Invalid`] if there are not enough rows for the number of neighbours, one more if scaled,
    /// and for parameters out of range.
    pub fn fit_values(
        x: Matrix<'_>,
        targets: &[f64],
        predictions: &[f64],
        parameters: Parameters,
    ) -> Result<Self, Error> {
        check::length("targets", x.n_rows(), targets.len())?;
        check::length("scores", x.n_rows(), predictions.len())?;
        let told = match parameters.measure {
            Measure::Distance => Vec::new(),
            Measure::StandardDeviation => targets.to_vec(),
            Measure::AbsoluteResiduals => targets.iter().zip(predictions).map(|(y, p)| (y - p).abs()).collect(),
        };
        Self::fit(x, told, parameters, false)
    }

    /// Fits it to a classification's calibration set. It is always scaled, and what `beta` lifts above 1 is cut off there:
    /// the difficulty of a classification lies in `[0, 1]`.
    ///
    /// * `x`: `[n, n_features]`, finite
    /// * `targets`: `[n]`, the index of each row's class
    /// * `scores`: `[n, n_classes]`, finite
    ///
    /// # Errors
    /// Those of [`Estimator::fit_values`], and [`Error::OutOfRange`] for a class that the scores lack.
    pub fn fit_classes(
        x: Matrix<'_>,
        targets: &[f64],
        scores: Matrix<'_>,
        parameters: Parameters,
    ) -> Result<Self, Error> {
        check::length("targets", x.n_rows(), targets.len())?;
        check::length("scores", x.n_rows(), scores.n_rows())?;
        let classes: Vec<usize> = targets.iter().map(|&target| target as usize).collect();
        check::below("class label", scores.n_cols(), &classes)?;
        let told = match parameters.measure {
            Measure::Distance => Vec::new(),
            Measure::StandardDeviation => targets.to_vec(),
            Measure::AbsoluteResiduals => {
                classes.iter().enumerate().map(|(row_idx, &class)| (1.0 - scores.row(row_idx)[class]).abs()).collect()
            }
        };
        Self::fit(x, told, Parameters { is_scaled: true, ..parameters }, true)
    }

    fn fit(x: Matrix<'_>, told: Vec<f64>, parameters: Parameters, is_of_classes: bool) -> Result<Self, Error> {
        check::not_empty("calibration set", x.data())?;
        check::finite("calibration rows", x.data())?;
        let features: Vec<Span> = (0..x.n_cols()).map(|feature| Span::of(&x.column(feature))).collect();
        let rows =
            (0..x.n_rows()).flat_map(|row_idx| x.row(row_idx).iter().zip(&features).map(|(x, span)| span.to(*x)));
        let mut fitted = Self::try_from(Saved {
            parameters: Parameters { is_scaled: false, ..parameters },
            rows: rows.collect(),
            n_rows: x.n_rows(),
            features,
            told,
            is_of_classes,
            scaler: None,
        })?;
        if parameters.is_scaled {
            fitted.parameters.is_scaled = true;
            fitted.check_neighbours()?;
            let told = fitted.without_themselves(x);
            check::finite("what neighbours tell", &told)?;
            fitted.scaler = Some(Span::of(&told));
        }
        Ok(fitted)
    }

    /// The difficulty of a row: finite and at least `beta`, for classes in `[0, 1]`. In O(n · `n_features`).
    ///
    /// * `row`: `[n_features]`, finite
    ///
    /// # Errors
    /// [`Error::Shape`] for a row of another width, [`Error::NotFinite`] if it holds NaN or an infinity.
    pub fn difficulty(&self, row: &[f64], scratch: &mut Scratch) -> Result<f64, Error> {
        check::length("row", self.features.len(), row.len())?;
        check::finite("row", row)?;
        let told = self.told_about(row, None, scratch);
        let scaled = self.scaler.map_or(told, |scaler| scaler.to(told));
        let difficulty = scaled + self.parameters.beta;
        // Targets may be finite and their deviation not.
        check::finite("difficulty", &[difficulty])?;
        Ok(if self.is_of_classes { difficulty.min(1.0) } else { difficulty })
    }

    /// Number of columns of the rows that it knows.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.features.len()
    }

    /// Whether it estimates for a classification.
    #[must_use]
    pub fn is_of_classes(&self) -> bool {
        self.is_of_classes
    }

    /// What its neighbours tell about each calibration row, which is none of its own neighbours.
    fn without_themselves(&self, x: Matrix<'_>) -> Vec<f64> {
        let mut scratch = Scratch::default();
        (0..self.n_rows).map(|row_idx| self.told_about(x.row(row_idx), Some(row_idx), &mut scratch)).collect()
    }

    fn told_about(&self, row: &[f64], left_out: Option<usize>, scratch: &mut Scratch) -> f64 {
        self.find(row, left_out, scratch);
        let nearest = &scratch.nearest;
        // Nearest first, so that the order of summing is fixed.
        let mean = |value: &dyn Fn(f64) -> f64| {
            nearest.iter().map(|neighbour| value(self.told[neighbour.row_idx])).sum::<f64>() / nearest.len() as f64
        };
        match self.parameters.measure {
            Measure::Distance => nearest.iter().map(|neighbour| neighbour.squared_distance.sqrt()).sum(),
            Measure::AbsoluteResiduals => mean(&|residual| residual),
            Measure::StandardDeviation if self.is_of_classes => {
                let of_class = |class: f64| nearest.iter().filter(|other| self.told[other.row_idx] == class).count();
                (0.5 * (1.0 - mean(&|class| of_class(class) as f64) / nearest.len() as f64)).max(0.0).sqrt()
            }
            Measure::StandardDeviation => {
                let centre = mean(&|target| target);
                mean(&|target| (target - centre) * (target - centre)).sqrt()
            }
        }
    }

    /// The nearest rows, nearest first, the first of equally distant ones.
    fn find(&self, row: &[f64], left_out: Option<usize>, scratch: &mut Scratch) {
        let Scratch { row: scaled, nearest } = scratch;
        scaled.clear();
        scaled.extend(row.iter().zip(&self.features).map(|(x, span)| span.to(*x)));
        nearest.clear();
        let n_neighbours = self.parameters.n_neighbours;
        for (block_idx, block) in self.blocks.chunks_exact(LANES * self.features.len()).enumerate() {
            let worst =
                if nearest.len() == n_neighbours { nearest[n_neighbours - 1].squared_distance } else { f64::INFINITY };
            let Some(squares) = squared_distances(scaled, block, worst) else { continue };
            let first_idx = block_idx * LANES;
            for (row_idx, squared_distance) in (first_idx..self.n_rows.min(first_idx + LANES)).zip(squares) {
                if left_out == Some(row_idx) {
                    continue;
                }
                if nearest.len() == n_neighbours {
                    if squared_distance >= nearest[n_neighbours - 1].squared_distance {
                        continue;
                    }
                    nearest.pop();
                }
                let place = nearest.partition_point(|other| other.squared_distance <= squared_distance);
                nearest.insert(place, Neighbour { squared_distance, row_idx });
            }
        }
    }

    fn check_neighbours(&self) -> Result<(), Error> {
        let Parameters { n_neighbours, beta, is_scaled, .. } = self.parameters;
        let n_others = self.n_rows - usize::from(is_scaled);
        check::rule("number of neighbours", (1..=n_others).contains(&n_neighbours), || {
            format!(
                "is {n_neighbours}, expected 1 to {n_others} for a calibration set of {} rows{}: ask fewer neighbours",
                self.n_rows,
                if is_scaled { ", each left out of its own" } else { "" }
            )
        })?;
        let is_sound = beta >= 0.0 && beta.is_finite();
        check::rule("difficulty beta", is_sound, || format!("is {beta}, expected a finite number of 0 or more"))
    }
}

/// The squared distances to the rows of a block; none if all of them reach `worst`.
fn squared_distances(row: &[f64], block: &[f64], worst: f64) -> Option<[f64; LANES]> {
    let mut sums = [0.0; LANES];
    for (row, lanes) in row.chunks(STRIDE).zip(block.chunks(STRIDE * LANES)) {
        for (x, lanes) in row.iter().zip(lanes.chunks_exact(LANES)) {
            for (sum, other) in sums.iter_mut().zip(lanes) {
                *sum += (x - other) * (x - other);
            }
        }
        // Sums only grow.
        if sums.iter().all(|sum| *sum >= worst) {
            return None;
        }
    }
    Some(sums)
}

impl Span {
    /// From the extremes of some finite numbers.
    fn of(values: &[f64]) -> Self {
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let range = highest - lowest;
        let factor = if range < RANGE_MIN { 1.0 } else { 1.0 / range };
        Self { factor, offset: -lowest * factor }
    }

    fn to(self, value: f64) -> f64 {
        (value * self.factor + self.offset).clamp(0.0, 1.0)
    }

    /// Whether something can be scaled with it: of a range beyond the largest number the factor would be 0.
    fn is_usable(self) -> bool {
        self.factor.is_finite() && self.factor > 0.0 && self.offset.is_finite()
    }
}

impl From<Estimator> for Saved {
    fn from(estimator: Estimator) -> Self {
        let Estimator { parameters, features, n_rows, blocks, told, is_of_classes, scaler } = estimator;
        let n_features = features.len();
        let cell = |idx: usize| {
            let (row_idx, feature) = (idx / n_features, idx % n_features);
            blocks[(row_idx / LANES * n_features + feature) * LANES + row_idx % LANES]
        };
        let rows = (0..n_rows * n_features).map(cell).collect();
        Self { parameters, features, rows, n_rows, told, is_of_classes, scaler }
    }
}

impl TryFrom<Saved> for Estimator {
    type Error = Error;

    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`], [`Error::NotFinite`] or [`Error::Invalid`] for what fitting cannot make.
    fn try_from(saved: Saved) -> Result<Self, Error> {
        let Saved { parameters, features, rows, n_rows, told, is_of_classes, scaler } = saved;
        check::not_empty("calibration set", &rows)?;
        check::rule("number of features", !features.is_empty() && rows.len() / features.len() == n_rows, || {
            format!("is {} in {n_rows} rows, which does not fit {} values", features.len(), rows.len())
        })?;
        check::length("calibration rows", n_rows * features.len(), rows.len())?;
        let in_unit = rows.iter().all(|value| (0.0..=1.0).contains(value));
        check::rule("calibration rows", in_unit, || "do not lie in [0, 1] once they are scaled".into())?;
        let n_told = if parameters.measure == Measure::Distance { 0 } else { n_rows };
        check::length("what neighbours tell", n_told, told.len())?;
        check::finite("what neighbours tell", &told)?;
        let finite = features.iter().chain(&scaler).all(|span| span.is_usable());
        check::rule("range", finite, || "is too large to be scaled".into())?;
        check::rule("scaler", scaler.is_some() == parameters.is_scaled, || {
            "must be there exactly where difficulties are scaled".into()
        })?;
        let mut blocks = vec![0.0; n_rows.div_ceil(LANES) * LANES * features.len()];
        for (row_idx, row) in rows.chunks_exact(features.len()).enumerate() {
            for (feature, &value) in row.iter().enumerate() {
                blocks[(row_idx / LANES * features.len() + feature) * LANES + row_idx % LANES] = value;
            }
        }
        let estimator = Self { parameters, features, n_rows, blocks, told, is_of_classes, scaler };
        estimator.check_neighbours()?;
        Ok(estimator)
    }
}
