//! The bins of all features, and what to ask about an instance. A grid never calls a model, and weighs nothing: factual
//! and alternative rules read the same answers.

use serde::{Deserialize, Serialize};

use crate::bins::{self, Categories, FeatureBins, Ignored, NumericBins, Others};
use crate::discretizer::Labels;
use crate::{Error, Matrix, check};

mod answers;
mod instance;

pub use answers::Answers;
use answers::check_bounds;
pub use instance::Instance;
pub(crate) use instance::check_base;

/// The bins of all features, fitted once on the calibration data.
///
/// An explanation takes two rounds. [`Grid::plan`] says which single values to write into the instance; the caller asks
/// the model and the calibrator about the instance and each perturbed row, and [`factual::rules`](crate::factual::rules)
/// or [`alternative::rules`](crate::alternative::rules) reads the answers. A restored grid is checked and cannot panic.
///
/// ```
/// use ce_core::discretizer::{FACTUAL_DEPTH, Labels};
/// use ce_core::grid::{Answers, Grid};
/// use ce_core::{Interval, Matrix, factual};
///
/// let x_cal = Matrix::new(&[1.0, 2.0, 3.0, 4.0], 4, 1)?;
/// let labels = Labels::Classes { labels: &[0, 0, 1, 1], n_classes: 2 };
/// let grid = Grid::fit(x_cal, labels, FACTUAL_DEPTH, &[], &[], &[50.0])?;
/// let (mut features, mut values) = (Vec::new(), Vec::new());
/// grid.plan(&[4.0], &mut features, &mut values)?;
/// assert_eq!((&features[..], &values[..]), (&[0][..], &[1.5][..]));
///
/// let base = Interval { predict: 0.75, low: 0.5, high: 1.0 };
/// let answers = Answers { predict: &[0.25], low: &[0.125], high: &[0.5] };
/// let mut rules = Vec::new();
/// factual::rules(&grid, &[4.0], base, answers, &mut rules)?;
/// assert_eq!(rules[0].weight.weight, 0.5);
/// # Ok::<(), ce_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    features: Vec<FeatureBins>,
}

/// The answers about one feature of an instance, on both sides of its own bin or category.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered<'a> {
    pub(crate) feature: u32,
    pub(crate) bins: &'a FeatureBins,
    /// The instance's own value.
    pub(crate) value: f64,
    /// What was asked about.
    pub(crate) others: Others<'a>,
    /// The answers about `others.first`.
    pub(crate) first: Answers<'a>,
    /// The answers about `others.second`.
    pub(crate) second: Answers<'a>,
}

impl Grid {
    /// Cuts the numeric features of the calibration data, and lists the categories of the others.
    ///
    /// * `x_cal`: `[n_cal, n_features]`, finite, numeric features within the range of float32
    /// * `labels`: `[n_cal]`, what the cut points separate
    /// * `max_depth`: [`FACTUAL_DEPTH`](crate::discretizer::FACTUAL_DEPTH) or
    ///   [`ALTERNATIVE_DEPTH`](crate::discretizer::ALTERNATIVE_DEPTH)
    /// * `categorical`, `ignored`: features, in any order; constant features are ignored in any case
    /// * `sample_percentiles`: where each side of a bin is sampled, 0 to 100: see [`bins::SAMPLE_PERCENTILES`]
    ///
    /// # Errors
    /// [`Error::Empty`] without rows or percentiles, [`Error::Shape`] if the lengths differ, [`Error::NotFinite`] for a
    /// value that is NaN, infinite or beyond float32, [`Error::OutOfRange`] for a feature or class that does not exist,
    /// [`Error::Invalid`] for a percentile outside of 0 to 100.
    pub fn fit(
        x_cal: Matrix<'_>,
        labels: Labels<'_>,
        max_depth: usize,
        categorical: &[usize],
        ignored: &[usize],
        sample_percentiles: &[f64],
    ) -> Result<Self, Error> {
        if x_cal.n_rows() == 0 {
            return Err(Error::Empty { what: "calibration rows" });
        }
        labels.check(x_cal.n_rows())?;
        let is_categorical = check::marked("categorical feature", x_cal.n_cols(), categorical)?;
        let is_ignored = check::marked("ignored feature", x_cal.n_cols(), ignored)?;
        bins::check_percentiles(sample_percentiles)?;
        let fit_feature = |feature: usize| {
            let column = x_cal.column(feature);
            check::finite("calibration column", &column)?;
            Ok(if is_ignored[feature] {
                FeatureBins::Ignored(Ignored::Requested)
            } else if column.iter().all(|value| *value == column[0]) {
                FeatureBins::Ignored(Ignored::Constant)
            } else if is_categorical[feature] {
                FeatureBins::Categorical(Categories::new(&column)?)
            } else {
                let cuts = labels.cuts(&column, max_depth)?;
                FeatureBins::Numeric(NumericBins::new(&column, cuts, sample_percentiles)?)
            })
        };
        Ok(Self { features: (0..x_cal.n_cols()).map(fit_feature).collect::<Result<_, Error>>()? })
    }

    /// A grid of given features, for cut points that come from elsewhere.
    #[must_use]
    pub fn from_features(features: Vec<FeatureBins>) -> Self {
        Self { features }
    }

    /// `[n_features]`, what is known of each feature.
    #[must_use]
    pub fn features(&self) -> &[FeatureBins] {
        &self.features
    }

    /// The features that get no rule, ascending, and why.
    pub fn ignored(&self) -> impl Iterator<Item = (usize, Ignored)> + '_ {
        self.features.iter().enumerate().filter_map(|(feature, bins)| match bins {
            FeatureBins::Ignored(reason) => Some((feature, *reason)),
            _ => None,
        })
    }

    /// Instance `x`, `[n_features]`, with nothing left out. NaN lies in the last bin, an unknown category is asked about
    /// against all others: a caller who wants neither refuses them before.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is not `[n_features]`.
    pub fn instance<'a>(&'a self, x: &'a [f64]) -> Result<Instance<'a>, Error> {
        Instance::new(self, x)
    }

    /// How many rows [`Grid::plan`] asks for.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is not `[n_features]`.
    pub fn n_asked(&self, x: &[f64]) -> Result<usize, Error> {
        Ok(self.instance(x)?.n_asked())
    }

    /// Appends what to ask about instance `x`, and returns how much that is: for each entry one row, the instance with
    /// `values[i]` written into column `features[i]`.
    ///
    /// Features ascend; within one, see [`Others`]. Nothing is asked for an ignored feature or one without
    /// another bin.
    ///
    /// * `x`: `[n_features]`, see [`Grid::instance`]
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is not `[n_features]`; nothing is appended then.
    pub fn plan(&self, x: &[f64], features: &mut Vec<u32>, values: &mut Vec<f64>) -> Result<usize, Error> {
        Ok(self.instance(x)?.plan(features, values))
    }
}

#[cfg(test)]
pub(crate) mod by_hand;
#[cfg(test)]
mod tests;
