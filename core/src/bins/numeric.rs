//! The bins of one numeric feature and the samples around each. It never chooses the cut points.

use serde::{Deserialize, Serialize};

use super::{Condition, Others, check_percentiles};
use crate::{Error, check, quantile};

/// The bins of a numeric feature: `..=c0`, `c0..=c1` without its lower end, ..., above the last cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SavedNumericBins")]
pub struct NumericBins {
    cuts: Vec<f64>,
    lowest: f64,
    highest: f64,
    bins: Vec<Samples>,
}

/// What can be asked about a bin: quantiles of calibration values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Samples {
    /// Of the values below the bin's lower cut, ascending without duplicates; none in the first bin.
    lesser: Vec<f64>,
    /// Of the values above the bin's upper cut, ascending without duplicates; none in the last bin.
    greater: Vec<f64>,
    /// Of the values in the bin and at its lower cut, in the order of the percentiles, with duplicates.
    covered: Vec<f64>,
}

impl NumericBins {
    /// Cuts a calibration column.
    ///
    /// * `column`: `[n_cal]`, finite, and no farther apart than float64 reaches
    /// * `cuts`: `[n_bins - 1]`, strictly ascending, finite, at least one: see [`crate::discretizer`]
    /// * `sample_percentiles`: where each side of a bin is sampled, 0 to 100, at least one
    ///
    /// A bin has no lesser side if no calibration value is below its lower cut, and no greater side if none is above
    /// its upper cut. Values equal to the lower cut belong to neither side, as published.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::NotFinite`] or [`Error::Invalid`] if an input is not as described.
    pub fn new(column: &[f64], cuts: Vec<f64>, sample_percentiles: &[f64]) -> Result<Self, Error> {
        check::not_empty("calibration column", column)?;
        check::finite("calibration column", column)?;
        check_cuts(&cuts)?;
        check_percentiles(sample_percentiles)?;
        let mut sorted = column.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (lowest, highest) = (sorted[0], sorted[sorted.len() - 1]);
        check_range("calibration column", lowest, highest)?;
        let bins = (0..=cuts.len()).map(|bin| Samples::of(&sorted, &cuts, bin, sample_percentiles)).collect();
        Ok(Self { cuts, lowest, highest, bins })
    }

    /// `[n_bins - 1]`, strictly ascending.
    #[must_use]
    pub fn cuts(&self) -> &[f64] {
        &self.cuts
    }

    /// The bin of a value: the number of cuts below it. NaN lies in the last bin.
    #[must_use]
    pub fn bin_of(&self, value: f64) -> usize {
        if value.is_nan() { self.cuts.len() } else { self.cuts.partition_point(|&cut| cut < value) }
    }

    /// What is true of the values of a bin.
    ///
    /// # Panics
    /// If `bin > cuts().len()`: a bug of the caller.
    #[must_use]
    pub fn condition(&self, bin: usize) -> Condition {
        match bin {
            0 => Condition::AtMost(self.cuts[0]),
            _ if bin == self.cuts.len() => Condition::Above(self.cuts[bin - 1]),
            _ => Condition::Within(self.cuts[bin - 1], self.cuts[bin]),
        }
    }

    /// What is true of the values on the lesser and on the greater side of a bin; `None` where the bin is the outermost.
    ///
    /// As published, values equal to the lower cut are on neither side, though they belong to the bin below.
    ///
    /// # Panics
    /// If `bin > cuts().len()`: a bug of the caller.
    #[must_use]
    pub fn beyond(&self, bin: usize) -> (Option<Condition>, Option<Condition>) {
        assert!(bin <= self.cuts.len(), "bin {bin} of {}", self.cuts.len() + 1);
        let lower = bin.checked_sub(1).map(|below| Condition::Below(self.cuts[below]));
        (lower, self.cuts.get(bin).map(|&cut| Condition::Above(cut)))
    }

    /// The ends of a bin as plots draw it: its cuts, or the smallest and largest calibration value at the outer ends.
    ///
    /// # Panics
    /// If `bin > cuts().len()`: a bug of the caller.
    #[must_use]
    pub fn boundaries(&self, bin: usize) -> (f64, f64) {
        assert!(bin <= self.cuts.len(), "bin {bin} of {}", self.cuts.len() + 1);
        let low = if bin == 0 { self.lowest } else { self.cuts[bin - 1] };
        (low, self.cuts.get(bin).copied().unwrap_or(self.highest))
    }

    /// The samples of the lesser and the greater side of a bin.
    ///
    /// # Panics
    /// If `bin > cuts().len()`: a bug of the caller.
    #[must_use]
    pub fn others(&self, bin: usize) -> Others<'_> {
        Others { first: &self.bins[bin].lesser, second: &self.bins[bin].greater }
    }

    /// The samples of the bin itself, one per percentile; conjunctions put them in the instance's place. None if the
    /// bin holds no calibration value.
    ///
    /// # Panics
    /// If `bin > cuts().len()`: a bug of the caller.
    #[must_use]
    pub fn covered(&self, bin: usize) -> &[f64] {
        &self.bins[bin].covered
    }
}

impl Samples {
    /// The samples around one bin; `sorted` is the calibration column.
    fn of(sorted: &[f64], cuts: &[f64], bin: usize, percentiles: &[f64]) -> Self {
        let quantiles = |side: &[f64]| -> Vec<f64> {
            if side.is_empty() {
                return Vec::new();
            }
            percentiles.iter().map(|&percent| quantile::linear(side, percent)).collect()
        };
        let distinct = |side: &[f64]| {
            let mut values = quantiles(side);
            values.sort_unstable_by(f64::total_cmp);
            values.dedup();
            values
        };
        let lesser = if bin == 0 { 0 } else { sorted.partition_point(|&value| value < cuts[bin - 1]) };
        let greater = cuts.get(bin).map_or(sorted.len(), |&cut| sorted.partition_point(|&value| value <= cut));
        Self {
            lesser: distinct(&sorted[..lesser]),
            greater: distinct(&sorted[greater..]),
            covered: quantiles(&sorted[lesser..greater]),
        }
    }

    /// Whether [`Samples::of`] can have made these of finite numbers.
    fn fits(&self, cuts: &[f64], bin: usize) -> bool {
        let ascend = |values: &[f64]| values.is_sorted_by(|a, b| a < b);
        let below = |value: &f64| bin.checked_sub(1).is_some_and(|lower| *value < cuts[lower]);
        let above = |value: &f64| cuts.get(bin).is_some_and(|cut| value > cut);
        ascend(&self.lesser)
            && ascend(&self.greater)
            && self.lesser.last().is_none_or(below)
            && self.greater.first().is_none_or(above)
    }
}

fn check_cuts(cuts: &[f64]) -> Result<(), Error> {
    check::not_empty("cuts", cuts)?;
    check::finite("cuts", cuts)?;
    check::rule("cuts", cuts.is_sorted_by(|a, b| a < b), || "are not strictly ascending".into())
}

/// Quantiles are taken of differences, so that these must be finite too.
fn check_range(what: &'static str, lowest: f64, highest: f64) -> Result<(), Error> {
    let sound = lowest <= highest && (highest - lowest).is_finite();
    check::rule(what, sound, || format!("reaches from {lowest} to {highest}, which is no finite range"))
}

/// [`NumericBins`] as they come from outside, not yet checked.
#[derive(Deserialize)]
struct SavedNumericBins {
    cuts: Vec<f64>,
    lowest: f64,
    highest: f64,
    bins: Vec<Samples>,
}

impl TryFrom<SavedNumericBins> for NumericBins {
    type Error = Error;

    fn try_from(saved: SavedNumericBins) -> Result<Self, Error> {
        let SavedNumericBins { cuts, lowest, highest, bins } = saved;
        check_cuts(&cuts)?;
        check::finite("saved column range", &[lowest, highest])?;
        check_range("saved column range", lowest, highest)?;
        check::length("saved bins", cuts.len() + 1, bins.len())?;
        for (bin, samples) in bins.iter().enumerate() {
            for side in [&samples.lesser, &samples.greater, &samples.covered] {
                check::finite("saved samples", side)?;
            }
            check::rule("saved samples", samples.fits(&cuts, bin), || {
                format!("of bin {bin} do not ascend, or lie on the wrong side of its cuts")
            })?;
        }
        Ok(Self { cuts, lowest, highest, bins })
    }
}

#[cfg(test)]
mod tests {
    use super::NumericBins;
    use crate::Error;
    use crate::bins::{Condition, SAMPLE_PERCENTILES};

    fn bins(column: &[f64], cuts: &[f64]) -> NumericBins {
        NumericBins::new(column, cuts.to_vec(), &SAMPLE_PERCENTILES).unwrap()
    }

    #[test]
    fn a_cut_belongs_to_the_bin_below_it_and_nan_to_the_last() {
        let bins = bins(&[0.0, 1.0, 2.0, 3.0], &[0.5, 1.5]);
        let found = [-9.0, 0.5, 0.6, 1.5, 9.0, f64::INFINITY, f64::NAN].map(|value| bins.bin_of(value));
        assert_eq!(found, [0, 0, 1, 1, 2, 2, 2]);
        assert_eq!(bins.condition(0), Condition::AtMost(0.5));
        assert_eq!(bins.condition(1), Condition::Within(0.5, 1.5));
        assert_eq!(bins.condition(2), Condition::Above(1.5));
    }

    #[test]
    fn only_the_outermost_bins_lack_a_side() {
        let bins = bins(&[0.0, 1.0, 2.0, 3.0], &[0.5, 1.5]);
        assert_eq!(bins.beyond(0), (None, Some(Condition::Above(0.5))));
        assert_eq!(bins.beyond(1), (Some(Condition::Below(0.5)), Some(Condition::Above(1.5))));
        assert_eq!(bins.beyond(2), (Some(Condition::Below(1.5)), None));
    }

    #[test]
    fn boundaries_end_at_the_calibration_range() {
        let bins = bins(&[4.0, -1.0, 2.0], &[0.0, 3.0]);
        assert_eq!([0, 1, 2].map(|bin| bins.boundaries(bin)), [(-1.0, 0.0), (0.0, 3.0), (3.0, 4.0)]);
    }

    #[test]
    fn sides_are_sampled_without_duplicates_and_the_bin_with_them() {
        let bins = bins(&[1.0, 1.0, 1.0, 5.0, 5.0, 7.0, 9.0], &[3.0, 6.0]);
        let others = bins.others(1);
        assert_eq!((others.first, others.second), (&[1.0][..], &[7.5, 8.0, 8.5][..]));
        assert_eq!(bins.covered(1), [5.0; 3]);
        assert_eq!((bins.others(0).first.len(), bins.others(2).second.len()), (0, 0));
    }

    #[test]
    fn a_value_at_the_lower_cut_is_covered_and_on_neither_side() {
        let bins = bins(&[1.0, 2.0, 3.0], &[2.0]);
        assert_eq!(bins.others(1).first, [1.0]);
        assert_eq!(bins.covered(1), [2.25, 2.5, 2.75]);
    }

    #[test]
    fn a_cut_at_the_end_of_the_range_leaves_no_other_bin() {
        // The median of a feature of which most values are the smallest.
        assert!(bins(&[0.0, 0.0, 0.0, 4.0], &[0.0]).others(1).is_empty());
        // The median of a feature of which most values are the largest.
        assert!(bins(&[0.0, 4.0, 4.0, 4.0], &[4.0]).others(0).is_empty());
    }

    #[test]
    fn an_empty_bin_covers_nothing() {
        assert!(bins(&[0.0, 9.0], &[3.0, 6.0]).covered(1).is_empty());
    }

    #[test]
    fn input_is_checked_at_the_door() {
        let new = |column: &[f64], cuts: &[f64], percentiles: &[f64]| {
            NumericBins::new(column, cuts.to_vec(), percentiles).unwrap_err()
        };
        assert_eq!(new(&[], &[1.0], &[50.0]), Error::Empty { what: "calibration column" });
        assert_eq!(new(&[1.0], &[], &[50.0]), Error::Empty { what: "cuts" });
        assert_eq!(new(&[1.0], &[1.0], &[]), Error::Empty { what: "sample percentiles" });
        assert!(matches!(new(&[f64::NAN], &[1.0], &[50.0]), Error::NotFinite { .. }));
        assert!(matches!(new(&[1.0], &[f64::INFINITY], &[50.0]), Error::NotFinite { .. }));
        assert!(matches!(new(&[1.0], &[1.0, 1.0], &[50.0]), Error::Invalid { .. }));
        let too_wide = new(&[-f64::MAX, f64::MAX], &[1.0], &[50.0]);
        assert!(matches!(too_wide, Error::Invalid { what: "calibration column", .. }));
        for percent in [-1.0, 101.0, f64::NAN] {
            let expected = format!("sample percentiles: hold {percent}, each must be from 0 to 100");
            assert_eq!(new(&[1.0], &[1.0], &[50.0, percent]).to_string(), expected);
        }
    }

    #[test]
    fn damaged_bins_are_not_restored() {
        let saved = serde_json::to_value(bins(&[0.0, 1.0, 2.0], &[1.0])).unwrap();
        let restored: NumericBins = serde_json::from_value(saved.clone()).unwrap();
        assert_eq!(restored, bins(&[0.0, 1.0, 2.0], &[1.0]));
        for (key, value) in [
            ("cuts", serde_json::json!([])),
            ("cuts", serde_json::json!([1.0, 2.0])),
            ("lowest", serde_json::json!(3.0)),
            ("bins", serde_json::json!([])),
        ] {
            let mut damaged = saved.clone();
            damaged[key] = value;
            assert!(serde_json::from_value::<NumericBins>(damaged).is_err(), "{key}");
        }
        // Nothing lies beyond the outermost bins, and the samples of a side ascend beyond the cut.
        for (bin, side, samples) in [
            (0, "lesser", vec![0.0]),
            (1, "greater", vec![2.0]),
            (0, "greater", vec![1.0]),
            (1, "lesser", vec![1.0]),
            (1, "lesser", vec![0.5, 0.0]),
            (0, "greater", vec![2.0, 2.0]),
        ] {
            let mut damaged = saved.clone();
            damaged["bins"][bin][side] = serde_json::json!(samples);
            assert!(serde_json::from_value::<NumericBins>(damaged).is_err(), "{side} of bin {bin}: {samples:?}");
        }
    }
}
