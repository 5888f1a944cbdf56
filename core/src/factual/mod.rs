//! Factual explanations: how far each feature's value has moved the prediction. They never call a model: a grid plans
//! the values to ask about, and turns the answers into rules.
//!
//! Löfström et al. 2024 (10.1016/j.eswa.2024.123154).

use serde::{Deserialize, Serialize};

use crate::bins::{self, Categories, Condition, FeatureBins, Ignored, NumericBins, Others};
use crate::{Error, Interval, Matrix, Weight, check, discretizer};

mod answers;
mod rule;

pub use answers::Answers;
pub use rule::FactualRule;

/// The bins of all features, fitted once on the calibration data.
///
/// An explanation takes two rounds. [`FactualGrid::plan`] says which single values to write into the instance; the
/// caller asks the model and the calibrator about the instance and each perturbed row, and [`FactualGrid::rules`]
/// weighs the answers. A restored grid is checked and cannot panic.
///
/// ```
/// use ce_core::factual::{Answers, FactualGrid};
/// use ce_core::{Interval, Matrix};
///
/// let x_cal = Matrix::new(&[1.0, 2.0, 3.0, 4.0], 4, 1)?;
/// let grid = FactualGrid::fit(x_cal, &[0, 0, 1, 1], 2, &[], &[], &[50.0])?;
/// let (mut features, mut values) = (Vec::new(), Vec::new());
/// grid.plan(&[4.0], &mut features, &mut values)?;
/// assert_eq!((&features[..], &values[..]), (&[0][..], &[1.5][..]));
///
/// let base = Interval { predict: 0.75, low: 0.5, high: 1.0 };
/// let answers = Answers { predict: &[0.25], low: &[0.125], high: &[0.5] };
/// let mut rules = Vec::new();
/// grid.rules(&[4.0], base, answers, &mut rules)?;
/// assert_eq!(rules[0].weight.weight, 0.5);
/// # Ok::<(), ce_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactualGrid {
    features: Vec<FeatureBins>,
}

impl FactualGrid {
    /// Cuts the numeric features of the calibration data, and lists the categories of the others.
    ///
    /// * `x_cal`: `[n_cal, n_features]`, finite, numeric features within the range of float32
    /// * `labels`: `[n_cal]`, each below `n_classes`: see [`discretizer::entropy_cuts`]
    /// * `categorical`, `ignored`: features, in any order; constant features are ignored in any case
    /// * `sample_percentiles`: where each side of a bin is sampled, 0 to 100: see [`bins::SAMPLE_PERCENTILES`]
    ///
    /// # Errors
    /// [`Error::Empty`] without rows or percentiles, [`Error::Shape`] if the lengths differ, [`Error::NotFinite`] for a
    /// value that is NaN, infinite or beyond float32, [`Error::OutOfRange`] for a feature or label that does not exist,
    /// [`Error::Invalid`] for a percentile outside of 0 to 100.
    pub fn fit(
        x_cal: Matrix<'_>,
        labels: &[u32],
        n_classes: usize,
        categorical: &[usize],
        ignored: &[usize],
        sample_percentiles: &[f64],
    ) -> Result<Self, Error> {
        if x_cal.n_rows() == 0 {
            return Err(Error::Empty { what: "calibration rows" });
        }
        check::length("labels", x_cal.n_rows(), labels.len())?;
        check::labels(labels, n_classes)?;
        check::below("categorical feature", x_cal.n_cols(), categorical)?;
        check::below("ignored feature", x_cal.n_cols(), ignored)?;
        bins::check_percentiles(sample_percentiles)?;
        let fit_feature = |feature: usize| {
            let column = x_cal.column(feature);
            check::finite("calibration column", &column)?;
            Ok(if ignored.contains(&feature) {
                FeatureBins::Ignored(Ignored::Requested)
            } else if column.iter().all(|value| *value == column[0]) {
                FeatureBins::Ignored(Ignored::Constant)
            } else if categorical.contains(&feature) {
                FeatureBins::Categorical(Categories::new(&column)?)
            } else {
                let cuts = discretizer::entropy_cuts(&column, labels, n_classes, discretizer::FACTUAL_DEPTH)?;
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

    /// How many rows [`FactualGrid::plan`] asks for.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is not `[n_features]`.
    pub fn n_asked(&self, x: &[f64]) -> Result<usize, Error> {
        Ok(self.others(x)?.map(|(_, others)| others.len()).sum())
    }

    /// Appends what to ask about instance `x`, and returns how much that is: for each entry one row, the instance with
    /// `values[i]` written into column `features[i]`.
    ///
    /// Features ascend; within one, see [`Others`]. Nothing is asked for an ignored feature or one without another bin.
    ///
    /// * `x`: `[n_features]`. NaN lies in the last bin, an unknown category is asked about against all others: a caller
    ///   who wants neither refuses them before.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is not `[n_features]`; nothing is appended then.
    pub fn plan(&self, x: &[f64], features: &mut Vec<u32>, values: &mut Vec<f64>) -> Result<usize, Error> {
        let before = values.len();
        for (feature, Others { first, second }) in self.others(x)? {
            values.extend_from_slice(first);
            values.extend_from_slice(second);
            features.resize(features.len() + first.len() + second.len(), feature);
        }
        Ok(values.len() - before)
    }

    /// Appends the rules of instance `x`, ascending by feature, and returns how many there are.
    ///
    /// * `base`: the calibrated prediction of the instance itself
    /// * `answers`: `[n_asked(x)]`, about the planned rows in their order
    ///
    /// A feature's alternative is the mean over its other bins or categories, each bin counting once however many
    /// values of it were asked about and however many calibration rows it holds. A feature without another bin has no
    /// alternative and no rule, nor has one whose alternative equals the base (see [`Weight::if_moved`]).
    ///
    /// # Errors
    /// [`Error::Shape`] if a length is not as described, [`Error::NotFinite`] if a prediction is NaN or infinite,
    /// [`Error::Invalid`] if a bound is NaN; nothing is appended then.
    pub fn rules(
        &self,
        x: &[f64],
        base: Interval,
        answers: Answers<'_>,
        rules: &mut Vec<FactualRule>,
    ) -> Result<usize, Error> {
        check::finite("base prediction", &[base.predict])?;
        check::rule("base bounds", !base.low.is_nan() && !base.high.is_nan(), || "hold NaN".into())?;
        answers.check(self.n_asked(x)?)?;
        let before = rules.len();
        let mut at = 0;
        for (feature, others) in self.others(x)? {
            let Some((alternative, condition)) = self.weigh(feature, x[feature as usize], others, answers, at) else {
                continue;
            };
            at += others.len();
            if let Some(weight) = Weight::if_moved(base, alternative) {
                rules.push(FactualRule { feature, condition, weight, prediction: base, alternative });
            }
        }
        Ok(rules.len() - before)
    }

    /// The values to ask about, feature by feature.
    fn others(&self, x: &[f64]) -> Result<impl Iterator<Item = (u32, Others<'_>)>, Error> {
        check::length("instance", self.features.len(), x.len())?;
        Ok((0..).zip(self.features.iter().zip(x)).map(|(feature, (bins, &value))| (feature, bins.others(value))))
    }

    /// The mean over the other bins of a feature, whose answers start at `at`, and the condition of its own bin; `None`
    /// if there is no other bin.
    fn weigh(
        &self,
        feature: u32,
        value: f64,
        others: Others<'_>,
        answers: Answers<'_>,
        at: usize,
    ) -> Option<(Interval, Condition)> {
        let end = at + others.len();
        match &self.features[feature as usize] {
            FeatureBins::Numeric(bins) => {
                let middle = at + others.first.len();
                let sides = [answers.mean(at, middle), answers.mean(middle, end)];
                let alternative = Interval::mean(sides.into_iter().flatten())?;
                Some((alternative, bins.condition(bins.bin_of(value))))
            }
            FeatureBins::Categorical(_) => Some((answers.mean(at, end)?, Condition::Equal(value))),
            FeatureBins::Ignored(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
