//! Inductive Venn-Abers calibration of a binary score. It never refits the learner, and knows nothing of Mondrian bins.
//!
//! Vovk and Petej 2014 (arXiv 1211.0025); the tables follow Vovk, Petej and Fedorova 2015 (arXiv 1511.00213), whose
//! names are used: p0 is the lower, p1 the upper probability.

mod hull;
mod index;

use serde::{Deserialize, Serialize};

use self::hull::{Count, slopes};
use self::index::Index;
use crate::interval::Summary;
use crate::{Error, Interval, check};

/// The decimals that calibration scores are rounded to where nothing else is said.
pub const DECIMALS: u32 = 4;

/// The most decimals that scores can be rounded to.
pub const DECIMALS_MAX: u32 = 15;

/// A fitted Venn-Abers calibrator: two step functions of the score.
///
/// Restoring one from its saved [`Tables`] checks them, so that a damaged file cannot make [`VennAbers::interval`]
/// panic or answer outside of `[0, 1]`.
///
/// ```
/// use ce_core::venn_abers::VennAbers;
///
/// let calibrator = VennAbers::fit(&[0.1, 0.2, 0.8, 0.9], &[false, false, true, true])?;
/// let interval = calibrator.interval(0.85);
/// assert_eq!((interval.low, interval.high), (0.5, 1.0));
/// # Ok::<(), ce_core::Error>(())
/// ```
///
/// # A calibration score may not lie in its own group
///
/// Calibration scores are rounded to 4 decimals and queries are not, as in the package that this project follows: the
/// query 0.12344 falls to the right of the group 0.1234 that it would have been fitted in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Tables", into = "Tables")]
pub struct VennAbers {
    tables: Tables,
    /// Of the scores; it follows from them.
    index: Index,
}

/// The two step functions of a [`VennAbers`], as numbers to be saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    /// `[m]`, the distinct rounded calibration scores, strictly ascending.
    pub scores: Vec<f64>,
    /// `[m + 1]`, p0 by the number of calibration scores at or below the query; ascending, in `[0, 1]`.
    pub low: Vec<f64>,
    /// `[m + 1]`, p1 by the number of calibration scores below the query; ascending, in `[0, 1]`.
    pub high: Vec<f64>,
}

impl VennAbers {
    /// Fits the calibrator, in O(n log n).
    ///
    /// * `scores`: `[n_cal]`, any real score, higher means more likely positive; rounded to 4 decimals, ties to even
    /// * `labels`: `[n_cal]`, `true` for the positive class
    ///
    /// Equal scores are pooled, the order of the rows does not matter. Labels of one class only are accepted: a single
    /// Mondrian bin may be pure, and the answer is then an interval that starts at 0 or ends at 1.
    ///
    /// # Errors
    /// [`Error::Empty`] without scores, [`Error::Shape`] if the lengths differ, [`Error::NotFinite`] for the first
    /// score that is NaN or infinite.
    pub fn fit(scores: &[f64], labels: &[bool]) -> Result<Self, Error> {
        Self::fit_rounded(scores, labels, DECIMALS)
    }

    /// [`VennAbers::fit`] with calibration scores rounded to another number of decimals.
    ///
    /// Who wants queries to fall into the group that they would have been fitted in rounds them too, with [`rounded`].
    ///
    /// # Errors
    /// Those of [`VennAbers::fit`], and [`Error::OutOfRange`] beyond [`DECIMALS_MAX`] decimals or 2^32 - 1 scores.
    pub fn fit_rounded(scores: &[f64], labels: &[bool], decimals: u32) -> Result<Self, Error> {
        check::not_empty("scores", scores)?;
        check::length("labels", scores.len(), labels.len())?;
        check::finite("scores", scores)?;
        check::below("number of scores", u32::MAX as usize, &[scores.len()])?;
        check::below("number of decimals", DECIMALS_MAX as usize + 1, &[decimals as usize])?;
        let groups = group(scores, labels, decimals);
        let high = slopes(groups.iter().map(|group| group.count));
        // Read from right to left with the classes swapped, p0 is p1.
        let low = slopes(groups.iter().rev().map(|group| group.count.swapped()));
        Ok(Self::new(Tables {
            scores: groups.iter().map(|group| group.score).collect(),
            low: low.into_iter().rev().map(|slope| slope.swapped().share()).collect(),
            high: high.into_iter().map(Count::share).collect(),
        }))
    }

    /// Of tables that were checked.
    fn new(tables: Tables) -> Self {
        Self { index: Index::new(&tables.scores), tables }
    }

    /// The calibrated probability of the positive class for a score, in O(log m), without allocation.
    ///
    /// The point estimate is the regularised mean. An infinite score lies outside of all calibration scores; NaN says
    /// nothing about the instance, and neither does its answer: 0.5 in `[0, 1]`.
    #[must_use]
    pub fn interval(&self, score: f64) -> Interval {
        self.summarised(score, Summary::RegularizedMean)
    }

    /// [`VennAbers::interval`] with another point estimate between the same bounds.
    #[must_use]
    #[inline]
    pub fn summarised(&self, score: f64, summary: Summary) -> Interval {
        if score.is_nan() {
            return Interval::summarised(0.0, 1.0, summary);
        }
        let Tables { scores, low, high } = &self.tables;
        let below = self.index.below(scores, score);
        let at = scores.get(below).is_some_and(|&calibration| calibration == score);
        Interval::summarised(low[below + usize::from(at)], high[below], summary)
    }

    /// The step functions, to be saved; restore with [`VennAbers::try_from`].
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.tables
    }
}

impl From<VennAbers> for Tables {
    fn from(calibrator: VennAbers) -> Self {
        calibrator.tables
    }
}

impl TryFrom<Tables> for VennAbers {
    type Error = Error;

    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`], [`Error::NotFinite`] or [`Error::Invalid`] if the tables are none that
    /// [`VennAbers::fit`] can make: see the fields of [`Tables`], and `low <= high` for every score.
    fn try_from(mut tables: Tables) -> Result<Self, Error> {
        let Tables { scores, low, high } = &mut tables;
        check::not_empty("saved scores", scores)?;
        check::finite("saved scores", scores)?;
        check::below("number of saved scores", u32::MAX as usize, &[scores.len()])?;
        check::length("saved lower table", scores.len() + 1, low.len())?;
        check::length("saved upper table", scores.len() + 1, high.len())?;
        check::rule("saved scores", scores.is_sorted_by(|a, b| a < b), || "are not strictly ascending".into())?;
        for (what, table) in [("saved lower table", &mut *low), ("saved upper table", &mut *high)] {
            let sound = table.is_sorted() && table.iter().all(|value| (0.0..=1.0).contains(value));
            check::rule(what, sound, || "is not ascending within [0, 1]".into())?;
            // A negative zero passes the check above and would surprise whoever prints it.
            table.iter_mut().for_each(|value| *value += 0.0);
        }
        // A query that equals a score reads `low` one step further to the right than `high`.
        let ordered = low.iter().skip(1).zip(high.iter()).all(|(low, high)| low <= high)
            && low.last().zip(high.last()).is_none_or(|(low, high)| low <= high);
        check::rule("saved tables", ordered, || "a lower bound exceeds its upper bound".into())?;
        Ok(Self::new(tables))
    }
}

/// A score with that many decimals, at most [`DECIMALS_MAX`]; ties to even, and no negative zero.
///
/// A score too large to be scaled has no decimals and is returned as it is, and so are infinities and NaN.
#[must_use]
pub fn rounded(score: f64, decimals: u32) -> f64 {
    let scale = 10_u64.pow(decimals.min(DECIMALS_MAX)) as f64;
    let rounded = (score * scale).round_ties_even() / scale + 0.0;
    if rounded.is_finite() { rounded } else { score }
}

/// The rows that share one rounded score.
struct Group {
    score: f64,
    count: Count,
}

/// Rounds, sorts and pools, ascending by score.
fn group(scores: &[f64], labels: &[bool], decimals: u32) -> Vec<Group> {
    let mut rows: Vec<(f64, bool)> =
        scores.iter().map(|&score| rounded(score, decimals)).zip(labels.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut groups: Vec<Group> = Vec::new();
    for (score, label) in rows {
        let row = Count { rows: 1, positive: i64::from(label) };
        match groups.last_mut() {
            Some(group) if group.score == score => group.count = group.count.plus(row),
            _ => groups.push(Group { score, count: row }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::{Tables, VennAbers};
    use crate::{Error, Interval};

    #[test]
    fn input_is_checked_at_the_door() {
        assert_eq!(VennAbers::fit(&[], &[]), Err(Error::Empty { what: "scores" }));
        let short = VennAbers::fit(&[0.5, 0.5], &[true]);
        assert_eq!(short, Err(Error::Shape { what: "labels", expected: 2, found: 1 }));
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(matches!(VennAbers::fit(&[0.5, bad], &[true; 2]), Err(Error::NotFinite { row_idx: 1, .. })));
        }
    }

    #[test]
    fn one_class_leaves_the_other_side_open() {
        let positive = VennAbers::fit(&[0.2, 0.4], &[true; 2]).unwrap();
        assert_eq!(positive.interval(0.3), Interval::regularised(0.5, 1.0));
        let negative = VennAbers::fit(&[0.2, 0.4], &[false; 2]).unwrap();
        assert_eq!(negative.interval(0.3), Interval::regularised(0.0, 0.5));
    }

    #[test]
    fn queries_beyond_all_scores_and_nan_are_answered() {
        let calibrator = VennAbers::fit(&[0.2, 0.4, 0.6], &[false, true, true]).unwrap();
        assert_eq!(calibrator.interval(f64::NEG_INFINITY), calibrator.interval(-1.0));
        assert_eq!(calibrator.interval(f64::INFINITY), calibrator.interval(2.0));
        assert_eq!(calibrator.interval(-1.0).low, 0.0);
        assert_eq!(calibrator.interval(2.0).high, 1.0);
        assert_eq!(calibrator.interval(f64::NAN), Interval { predict: 0.5, low: 0.0, high: 1.0 });
    }

    #[test]
    fn calibration_scores_are_rounded_to_even_and_queries_are_not() {
        let calibrator = VennAbers::fit(&[0.00005, 0.00035, 0.12344], &[true, false, false]).unwrap();
        assert_eq!(calibrator.tables().scores, [0.0, 0.0004, 0.1234]);
        assert_ne!(calibrator.interval(0.12344), calibrator.interval(0.1234));
    }

    #[test]
    fn other_decimals_make_other_groups() {
        let fit = |decimals| VennAbers::fit_rounded(&[0.12341, 0.12344], &[true, false], decimals);
        assert_eq!(fit(4).unwrap().tables().scores, [0.1234]);
        assert_eq!(fit(10).unwrap().tables().scores, [0.12341, 0.12344]);
        assert_eq!(fit(16), Err(Error::OutOfRange { what: "number of decimals", found: 16, limit: 16 }));
    }

    #[test]
    fn no_bound_and_no_score_is_a_negative_zero() {
        let calibrator = VennAbers::fit(&[-0.00001, -0.5, 0.5], &[false; 3]).unwrap();
        let Tables { scores, low, high } = calibrator.tables();
        assert!(scores.iter().chain(low).chain(high).all(|value| *value != 0.0 || value.is_sign_positive()));
    }

    #[test]
    fn scores_too_large_to_be_rounded_are_kept() {
        let calibrator = VennAbers::fit(&[-f64::MAX, f64::MAX], &[false, true]).unwrap();
        assert_eq!(calibrator.tables().scores, [-f64::MAX, f64::MAX]);
    }

    #[test]
    fn damaged_tables_are_refused() {
        let sound = Tables { scores: vec![0.1, 0.2], low: vec![0.0, 0.2, 0.5], high: vec![0.5, 0.8, 1.0] };
        assert!(VennAbers::try_from(sound.clone()).is_ok());
        let damage: [fn(&mut Tables); 11] = [
            |tables| tables.scores.clear(),
            |tables| tables.scores[1] = 0.1,
            |tables| tables.scores[1] = f64::NAN,
            |tables| tables.low.truncate(2),
            |tables| tables.high.push(1.0),
            |tables| tables.low[0] = -0.1,
            |tables| tables.high[2] = 1.5,
            |tables| tables.high[1] = f64::NAN,
            |tables| tables.low[1] = 0.9,
            |tables| tables.high[0] = 0.9,
            // Only a query that equals a score reads these two together.
            |tables| tables.low = vec![0.0, 0.6, 0.6],
        ];
        for (idx, damage) in damage.iter().enumerate() {
            let mut tables = sound.clone();
            damage(&mut tables);
            assert!(VennAbers::try_from(tables).is_err(), "damage {idx}");
        }
    }

    #[test]
    fn a_negative_zero_is_not_restored() {
        let tables = Tables { scores: vec![0.1], low: vec![-0.0, 0.0], high: vec![0.5, 1.0] };
        assert!(VennAbers::try_from(tables).unwrap().interval(0.0).low.is_sign_positive());
    }
}
