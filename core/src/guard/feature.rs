//! The bins of one feature with one representative for each run of them. It never tests one.

use serde::{Deserialize, Serialize};

use crate::bins::{Categories, Condition, FeatureBins};
use crate::{Error, check, quantile};

/// What the calibration data tell about one feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum GuardedFeature {
    Numeric(Representatives),
    Categorical(Categories),
    /// Nothing is asked, and no rule given.
    Ignored,
}

/// Bins between cut points, and the medians of the calibration values in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SavedRepresentatives")]
pub(super) struct Representatives {
    /// Strictly ascending, at least one.
    cuts: Vec<f64>,
    /// Of each run of bins: 0..=0, 0..=1, ..., 1..=1, and so on. None where no calibration value lies in it.
    medians: Vec<Option<f64>>,
}

impl GuardedFeature {
    /// The bins of a feature of a grid, over its calibration column.
    pub(super) fn new(bins: &FeatureBins, column: Vec<f64>) -> Self {
        match bins {
            FeatureBins::Numeric(bins) => Self::Numeric(Representatives::new(bins.cuts().to_vec(), column)),
            FeatureBins::Categorical(categories) => Self::Categorical(categories.clone()),
            FeatureBins::Ignored(_) => Self::Ignored,
        }
    }

    /// What stands for the bins `first..=last`, or for the category at `first`; none where they do not exist, or are
    /// empty.
    pub(super) fn value(&self, first: usize, last: usize) -> Option<f64> {
        match self {
            Self::Numeric(bins) => bins.median(first, last),
            Self::Categorical(categories) if first == last => categories.values().get(first).copied(),
            Self::Categorical(_) | Self::Ignored => None,
        }
    }

    /// What is true of the values of the bins `first..=last`; none of a run of all bins, of which anything is.
    pub(super) fn condition(&self, first: usize, last: usize) -> Option<Condition> {
        match self {
            Self::Numeric(bins) => bins.condition(first, last),
            Self::Categorical(categories) => categories.values().get(first).map(|&category| Condition::Equal(category)),
            Self::Ignored => None,
        }
    }
}

impl Representatives {
    fn new(cuts: Vec<f64>, mut column: Vec<f64>) -> Self {
        column.sort_unstable_by(f64::total_cmp);
        let n_bins = cuts.len() + 1;
        // Where each bin begins in the column, and the end of the last.
        let mut starts = vec![0];
        starts.extend(cuts.iter().map(|cut| column.partition_point(|value| value <= cut)));
        starts.push(column.len());
        let median = |values: &[f64]| (!values.is_empty()).then(|| quantile::median(values) + 0.0);
        let runs = (0..n_bins).flat_map(|first| (first..n_bins).map(move |last| (first, last)));
        let medians = runs.map(|(first, last)| median(&column[starts[first]..starts[last + 1]])).collect();
        Self { cuts, medians }
    }

    pub(super) fn n_bins(&self) -> usize {
        self.cuts.len() + 1
    }

    /// The bin of a value: the number of cuts below it. NaN lies in the last bin.
    pub(super) fn bin_of(&self, value: f64) -> usize {
        if value.is_nan() { self.cuts.len() } else { self.cuts.partition_point(|&cut| cut < value) }
    }

    /// The median of the calibration values in the bins `first..=last`.
    pub(super) fn median(&self, first: usize, last: usize) -> Option<f64> {
        let n_bins = self.n_bins();
        if first > last || last >= n_bins {
            return None;
        }
        // Before the runs that begin with `first` are those of n_bins, n_bins - 1, ... bins.
        let before = first * n_bins - first * first.saturating_sub(1) / 2;
        self.medians[before + last - first]
    }

    fn condition(&self, first: usize, last: usize) -> Option<Condition> {
        let below = first.checked_sub(1).and_then(|bin| self.cuts.get(bin));
        match (below, self.cuts.get(last)) {
            (Some(&low), Some(&high)) => Some(Condition::Within(low, high)),
            (Some(&low), None) => Some(Condition::Above(low)),
            (None, Some(&high)) => Some(Condition::AtMost(high)),
            (None, None) => None,
        }
    }
}

/// [`Representatives`] as they come from outside, not yet checked.
#[derive(Deserialize)]
struct SavedRepresentatives {
    cuts: Vec<f64>,
    medians: Vec<Option<f64>>,
}

impl TryFrom<SavedRepresentatives> for Representatives {
    type Error = Error;

    fn try_from(SavedRepresentatives { cuts, medians }: SavedRepresentatives) -> Result<Self, Error> {
        const WHAT: &str = "saved guarded bins";
        check::not_empty(WHAT, &cuts)?;
        check::finite(WHAT, &cuts)?;
        check::rule(WHAT, cuts.is_sorted_by(|a, b| a < b), || "have cuts that do not strictly ascend".into())?;
        let n_bins = cuts.len() + 1;
        check::length(WHAT, n_bins * (n_bins + 1) / 2, medians.len())?;
        let restored = Self { cuts, medians };
        for (first, last) in (0..n_bins).flat_map(|first| (first..n_bins).map(move |last| (first, last))) {
            let Some(median) = restored.median(first, last) else { continue };
            let sound = median.is_finite() && (first..=last).contains(&restored.bin_of(median));
            check::rule(WHAT, sound, || format!("have the median {median} in the bins {first} to {last}"))?;
        }
        Ok(restored)
    }
}
