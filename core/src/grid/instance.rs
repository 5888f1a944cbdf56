//! One instance over a grid: what to ask about it, and the answers feature by feature. It never asks, and weighs nothing.

use super::{Answered, Answers, Grid, check_bounds};
use crate::bins::{FeatureBins, Ignored, Others};
use crate::{Error, Interval, check};

/// What is known of a feature that is left out: nothing to ask.
static LEFT_OUT: FeatureBins = FeatureBins::Ignored(Ignored::Requested);

/// An instance of as many features as its grid has, and which of them its explanation leaves out.
///
/// ```
/// use ce_core::bins::{Categories, FeatureBins};
/// use ce_core::grid::Grid;
///
/// let grid = Grid::from_features(vec![FeatureBins::Categorical(Categories::new(&[0.0, 1.0])?); 2]);
/// let (mut features, mut values) = (Vec::new(), Vec::new());
/// grid.instance(&[0.0, 0.0])?.without(&[true, false])?.plan(&mut features, &mut values);
/// assert_eq!((&features[..], &values[..]), (&[1][..], &[1.0][..]));
/// # Ok::<(), ce_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    grid: &'a Grid,
    x: &'a [f64],
    /// Empty: none.
    left_out: &'a [bool],
}

impl<'a> Instance<'a> {
    /// Of `x`, `[n_features]`: see [`Grid::instance`].
    pub(super) fn new(grid: &'a Grid, x: &'a [f64]) -> Result<Self, Error> {
        check::length("instance", grid.features.len(), x.len())?;
        Ok(Self { grid, x, left_out: &[] })
    }

    /// The same instance without the features that `left_out` marks, `[n_features]`, or empty for none: about them nothing
    /// is asked, and there is no rule.
    ///
    /// # Errors
    /// [`Error::Shape`] if `left_out` has another length.
    pub fn without(self, left_out: &'a [bool]) -> Result<Self, Error> {
        if !left_out.is_empty() {
            check::length("features left out", self.x.len(), left_out.len())?;
        }
        Ok(Self { left_out, ..self })
    }

    /// How many features it has, those left out among them.
    #[must_use]
    pub fn n_features(self) -> usize {
        self.x.len()
    }

    /// How many rows [`Instance::plan`] asks for.
    #[must_use]
    pub fn n_asked(self) -> usize {
        self.cells().map(|(_, bins, value)| bins.others(value).len()).sum()
    }

    /// Appends what to ask, as [`Grid::plan`] does, and returns how much that is.
    pub fn plan(self, features: &mut Vec<u32>, values: &mut Vec<f64>) -> usize {
        let before = values.len();
        for (feature, bins, value) in self.cells() {
            let Others { first, second } = bins.others(value);
            values.extend_from_slice(first);
            values.extend_from_slice(second);
            features.resize(features.len() + first.len() + second.len(), feature);
        }
        values.len() - before
    }

    /// The answers feature by feature, for those that were asked about.
    ///
    /// # Errors
    /// [`Error::Shape`] if a length is not that of the plan, [`Error::NotFinite`] if a prediction is NaN or infinite,
    /// [`Error::Invalid`] if a bound is NaN, or infinite on the wrong side.
    pub(crate) fn answered(
        self,
        base: Interval,
        answers: Answers<'a>,
    ) -> Result<impl Iterator<Item = Answered<'a>>, Error> {
        check_base(base)?;
        answers.check(self.n_asked())?;
        let mut start = 0;
        let answered = self.cells().map(move |(feature, bins, value)| {
            let others = bins.others(value);
            let middle = start + others.first.len();
            let end = middle + others.second.len();
            let (first, second) = (answers.part(start..middle), answers.part(middle..end));
            start = end;
            Answered { feature, bins, value, others, first, second }
        });
        Ok(answered.filter(|answered| !answered.others.is_empty()))
    }

    /// The bins of a feature and the instance's value, which borrows from the instance.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if there is no such feature, [`Error::Invalid`] if it is left out.
    pub(crate) fn cell(self, feature: u32) -> Result<(&'a FeatureBins, &'a f64), Error> {
        let feature_idx = feature as usize;
        check::below("feature of a rule", self.x.len(), &[feature_idx])?;
        let why = || format!("names column {feature}, which is left out");
        check::rule("feature of a rule", !self.is_left_out(feature_idx), why)?;
        Ok((&self.grid.features[feature_idx], &self.x[feature_idx]))
    }

    /// Each feature with its bins, or none where it is left out, and the instance's value.
    fn cells(self) -> impl Iterator<Item = (u32, &'a FeatureBins, f64)> {
        (0..).zip(self.grid.features.iter().zip(self.x)).map(move |(feature, (bins, &value))| {
            let is_left_out = self.is_left_out(feature as usize);
            (feature, if is_left_out { &LEFT_OUT } else { bins }, value)
        })
    }

    fn is_left_out(self, feature: usize) -> bool {
        self.left_out.get(feature).is_some_and(|&is_left_out| is_left_out)
    }
}

/// Checks an instance's own prediction as [`Answers`] are checked.
pub(crate) fn check_base(base: Interval) -> Result<(), Error> {
    check::finite("base prediction", &[base.predict])?;
    check_bounds("base bounds", base.low, base.high)
}
