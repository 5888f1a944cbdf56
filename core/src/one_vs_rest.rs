//! Venn-Abers for more than two classes, one against the rest. It never mixes the classes but to normalise their answers.
//!
//! Multi-class calibrated explanations (COPA 2024): each class has a binary calibrator. What the calibrators say of one row
//! need not add up: by default point estimates and bounds are divided by the sum of the point estimates.

use serde::{Deserialize, Serialize};

use crate::interval::Summary;
use crate::venn_abers::VennAbers;
use crate::{Error, Interval, check};

/// A fitted calibrator of 3 or more classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Option<VennAbers>>", into = "Vec<Option<VennAbers>>")]
pub struct OneVsRest {
    /// `[n_classes]`; none for a class that the calibration set lacks.
    classes: Vec<Option<VennAbers>>,
}

impl OneVsRest {
    /// Fits a calibrator per class, each in O(n log n).
    ///
    /// * `scores`: `[n, n_classes]`, row after row, a probability per class
    /// * `labels`: `[n]`, each below `n_classes`
    /// * `present`: `[n_classes]`, whether a class has a calibrator: without one its probability and bounds are 0. In
    ///   Mondrian calibration a class may be missing from one category only; it is present then, and has labels of one
    ///   kind there
    ///
    /// # Errors
    /// [`Error::Empty`] without rows, [`Error::Shape`] if the lengths differ, [`Error::OutOfRange`] for a label,
    /// [`Error::NotFinite`] for a score, [`Error::Invalid`] for fewer than 3 classes or none that is present.
    pub fn fit(scores: &[f64], labels: &[u32], present: &[bool]) -> Result<Self, Error> {
        let n_classes = present.len();
        check::not_empty("labels", labels)?;
        check::length("scores", labels.len() * n_classes, scores.len())?;
        check::labels(labels, n_classes)?;
        let fit = |class: usize| {
            let column: Vec<f64> = scores.iter().skip(class).step_by(n_classes).copied().collect();
            let labels: Vec<bool> = labels.iter().map(|&label| label as usize == class).collect();
            VennAbers::fit(&column, &labels)
        };
        let classes = present.iter().enumerate().map(|(class, &is_present)| is_present.then(|| fit(class)).transpose());
        Self::try_from(classes.collect::<Result<Vec<_>, Error>>()?)
    }

    /// Number of classes, those without a calibrator included.
    #[must_use]
    pub fn n_classes(&self) -> usize {
        self.classes.len()
    }

    /// Whether the class has a calibrator.
    #[must_use]
    pub fn has(&self, class: usize) -> bool {
        self.classes.get(class).is_some_and(Option::is_some)
    }

    /// The calibrated probability of every class with its bounds, all in `[0, 1]`. Without allocation, in O(log n) per class.
    ///
    /// * `scores`: `[n_classes]`, the row's
    /// * `intervals`: `[n_classes]`, written over; `low <= predict <= high`
    ///
    /// A class without a calibrator has 0 in `[0, 0]` and takes no part in normalising.
    ///
    /// # Errors
    /// [`Error::Shape`] if a length is not the number of classes.
    pub fn intervals(
        &self,
        scores: &[f64],
        summary: Summary,
        normalization: Normalization,
        intervals: &mut [Interval],
    ) -> Result<(), Error> {
        check::length("scores of a row", self.classes.len(), scores.len())?;
        check::length("probabilities of a row", self.classes.len(), intervals.len())?;
        for ((calibrator, &score), interval) in self.classes.iter().zip(scores).zip(&mut *intervals) {
            *interval = calibrator.as_ref().map_or_else(Interval::default, |each| each.summarised(score, summary));
        }
        match normalization {
            Normalization::None => {}
            Normalization::Scale => scale(intervals),
            Normalization::Simplex => simplex(intervals, summary),
            Normalization::Coherence => {
                self.cohere(intervals, summary);
                simplex(intervals, summary);
            }
        }
        Ok(())
    }

    /// Moves every upper bound so that it and the lower bounds of the other classes add up to 1, where that leaves it between
    /// its lower bound and 1, and reads the point estimate anew.
    fn cohere(&self, intervals: &mut [Interval], summary: Summary) {
        let sum: f64 = intervals.iter().map(|interval| interval.low).sum();
        for (interval, _) in intervals.iter_mut().zip(&self.classes).filter(|(_, calibrator)| calibrator.is_some()) {
            let high = (1.0 - sum + interval.low).max(interval.low).min(1.0);
            *interval = Interval::summarised(interval.low, high, summary);
        }
    }
}

/// What is done about the probabilities of one row not adding up to 1.
///
/// Where only point estimates are divided, one may leave its bounds; the bounds are widened to hold it then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// Point estimates and bounds are divided by the sum of the point estimates; bounds above 1 are cut off there.
    #[default]
    Scale,
    /// Point estimates are divided by their sum, bounds stay. With the summaries `lower` and `upper`, which are bounds,
    /// nothing is done.
    Simplex,
    /// Upper bounds are moved: `high = 1 - sum of low + low`, kept between `low` and 1, so that all intervals of a row are
    /// equally wide. The point estimates are read from the new bounds, then as for [`Normalization::Simplex`].
    Coherence,
    /// Nothing: the calibrators' own answers.
    None,
}

/// Divides everything by the sum of the point estimates, unless it is 0.
fn scale(intervals: &mut [Interval]) {
    let sum = sum_of_points(intervals);
    // A bound may come out above 1, since it is the point estimates that sum to 1.
    let scaled = |value: f64| (value / sum).min(1.0);
    for Interval { predict, low, high } in intervals {
        (*predict, *low, *high) = (scaled(*predict), scaled(*low), scaled(*high));
    }
}

/// Divides the point estimates by their sum, unless it is 0, and lets the bounds hold them.
fn simplex(intervals: &mut [Interval], summary: Summary) {
    if matches!(summary, Summary::Lower | Summary::Upper) {
        return;
    }
    let sum = sum_of_points(intervals);
    for interval in intervals {
        *interval = Interval { predict: (interval.predict / sum).min(1.0), ..*interval }.widened();
    }
}

/// The sum of the point estimates, in the order of the classes; 1 where it is 0.
fn sum_of_points(intervals: &[Interval]) -> f64 {
    // Not `sum()`, which starts from a negative zero.
    let sum = intervals.iter().fold(0.0, |sum, interval| sum + interval.predict);
    if sum > 0.0 { sum } else { 1.0 }
}

/// The position of the largest point estimate, the lowest of equals; 0 where there is none.
#[must_use]
pub fn likeliest(intervals: &[Interval]) -> usize {
    // `max_by` would return the last of equals.
    let likelier = |best: usize, (class, interval): (usize, &Interval)| {
        if interval.predict > intervals[best].predict { class } else { best }
    };
    intervals.iter().enumerate().fold(0, likelier)
}

impl From<OneVsRest> for Vec<Option<VennAbers>> {
    fn from(calibrator: OneVsRest) -> Self {
        calibrator.classes
    }
}

impl TryFrom<Vec<Option<VennAbers>>> for OneVsRest {
    type Error = Error;

    /// # Errors
    /// [`Error::Invalid`] for fewer than 3 classes or none that has a calibrator.
    fn try_from(classes: Vec<Option<VennAbers>>) -> Result<Self, Error> {
        check::rule("number of classes", classes.len() > 2, || {
            format!("is {}, one against the rest takes 3 or more", classes.len())
        })?;
        check::rule("classes", classes.iter().any(Option::is_some), || "none of them is present".into())?;
        Ok(Self { classes })
    }
}

#[cfg(test)]
mod tests {
    use super::{Normalization, OneVsRest, likeliest};
    use crate::interval::Summary;
    use crate::venn_abers::VennAbers;
    use crate::{Error, Interval};

    const SCORES: [f64; 12] = [0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.6, 0.1, 0.3, 0.1, 0.8, 0.1];
    const LABELS: [u32; 4] = [0, 1, 0, 1];
    const ROW: [f64; 3] = [0.5, 0.45, 0.05];
    const SUMMARIES: [Summary; 4] = [Summary::RegularizedMean, Summary::Mean, Summary::Lower, Summary::Upper];

    fn without_the_third() -> OneVsRest {
        OneVsRest::fit(&SCORES, &LABELS, &[true, true, false]).unwrap()
    }

    fn all_three() -> OneVsRest {
        OneVsRest::fit(&SCORES, &[0, 1, 2, 1], &[true; 3]).unwrap()
    }

    fn answers(calibrator: &OneVsRest, row: &[f64], summary: Summary, normalization: Normalization) -> [Interval; 3] {
        let mut intervals = [Interval { predict: f64::NAN, low: f64::NAN, high: f64::NAN }; 3];
        calibrator.intervals(row, summary, normalization, &mut intervals).unwrap();
        intervals
    }

    /// Each class by its own calibrator.
    fn raw(row: &[f64], summary: Summary) -> [Interval; 3] {
        let of = |class: usize| {
            let column: Vec<f64> = SCORES.iter().skip(class).step_by(3).copied().collect();
            let labels = [0, 1, 2, 1].map(|label| label == class);
            VennAbers::fit(&column, &labels).unwrap().summarised(row[class], summary)
        };
        [of(0), of(1), of(2)]
    }

    #[test]
    fn a_class_missing_from_calibration_stays_at_0_and_keeps_its_place() {
        let calibrator = without_the_third();
        for normalization in
            [Normalization::Scale, Normalization::Simplex, Normalization::Coherence, Normalization::None]
        {
            let found = answers(&calibrator, &[0.1, 0.1, 0.8], Summary::default(), normalization);
            assert_eq!(found[2], Interval::default(), "{normalization:?}");
            let sum = found[0].predict + found[1].predict;
            assert_eq!((sum - 1.0).abs() < 1e-15, normalization != Normalization::None, "{sum}");
        }
        assert!(calibrator.has(1) && !calibrator.has(2) && !calibrator.has(3));
    }

    #[test]
    fn scaling_divides_by_the_sum_of_points_and_cuts_bounds_off_at_1() {
        let mut n_cut = 0;
        for summary in SUMMARIES {
            let raw = raw(&ROW, summary);
            let sum = raw[0].predict + raw[1].predict + raw[2].predict;
            let sum = if sum > 0.0 { sum } else { 1.0 };
            for (raw, found) in raw.iter().zip(answers(&all_three(), &ROW, summary, Normalization::Scale)) {
                assert_eq!(found.predict, raw.predict / sum);
                assert_eq!((found.low, found.high), (raw.low / sum, (raw.high / sum).min(1.0)));
                n_cut += usize::from(raw.high / sum > 1.0);
            }
        }
        assert!(n_cut > 0, "an example that needs it");
    }

    #[test]
    fn without_normalisation_the_calibrators_answer_for_themselves() {
        for summary in SUMMARIES {
            assert_eq!(answers(&all_three(), &ROW, summary, Normalization::None), raw(&ROW, summary));
        }
    }

    #[test]
    fn the_simplex_moves_points_only_and_widens_bounds_to_hold_them() {
        let mut n_widened = 0;
        for row in [ROW, [0.9, 0.9, 0.9], [0.1, 0.1, 0.1], [0.7, 0.1, 0.2]] {
            for summary in [Summary::RegularizedMean, Summary::Mean] {
                let raw = raw(&row, summary);
                let sum = raw[0].predict + raw[1].predict + raw[2].predict;
                for (raw, found) in raw.iter().zip(answers(&all_three(), &row, summary, Normalization::Simplex)) {
                    let point = raw.predict / sum;
                    assert_eq!(found, Interval { predict: point, low: raw.low.min(point), high: raw.high.max(point) });
                    n_widened += usize::from(found.low < raw.low || found.high > raw.high);
                }
            }
            for summary in [Summary::Lower, Summary::Upper] {
                assert_eq!(answers(&all_three(), &row, summary, Normalization::Simplex), self::raw(&row, summary));
            }
        }
        assert!(n_widened > 0, "an example that needs it");
    }

    #[test]
    fn coherent_bounds_of_a_row_are_equally_wide() {
        let found = answers(&all_three(), &ROW, Summary::Upper, Normalization::Coherence);
        let sum: f64 = found.iter().map(|interval| interval.low).sum();
        assert!(sum < 1.0, "an example in which no bound is held back");
        for Interval { predict, low, high } in found {
            assert!((high - (1.0 - sum + low)).abs() < 1e-15);
            assert_eq!(predict, high);
        }
    }

    #[test]
    fn a_row_without_any_probability_is_not_divided_by_0() {
        // A class of which every row is negative, asked below all scores, has 0 only if nothing pools with the extra row.
        let tables = crate::venn_abers::Tables { scores: vec![0.5], low: vec![0.0, 0.0], high: vec![0.0, 1.0] };
        let class = VennAbers::try_from(tables).unwrap();
        let calibrator = OneVsRest::try_from(vec![Some(class), None, None]).unwrap();
        for normalization in [Normalization::Scale, Normalization::Simplex] {
            let found = answers(&calibrator, &[0.1, 0.5, 0.4], Summary::default(), normalization);
            assert_eq!((found, likeliest(&found)), ([Interval::default(); 3], 0));
        }
    }

    #[test]
    fn the_lowest_of_equally_likely_classes_is_the_likeliest() {
        let of = |points: &[f64]| {
            let interval = |&predict: &f64| Interval { predict, low: 0.0, high: 1.0 };
            likeliest(&points.iter().map(interval).collect::<Vec<_>>())
        };
        assert_eq!([of(&[0.2, 0.4, 0.4]), of(&[0.4, 0.2, 0.4]), of(&[])], [1, 0, 0]);
    }

    #[test]
    fn input_is_checked_at_the_door() {
        let two = OneVsRest::fit(&[0.5, 0.5], &[0], &[true; 2]);
        assert!(matches!(two, Err(Error::Invalid { what: "number of classes", .. })));
        assert_eq!(OneVsRest::fit(&[], &[], &[true; 3]), Err(Error::Empty { what: "labels" }));
        let short = OneVsRest::fit(&SCORES[..11], &LABELS, &[true; 3]);
        assert_eq!(short, Err(Error::Shape { what: "scores", expected: 12, found: 11 }));
        let unknown = OneVsRest::fit(&SCORES, &[0, 1, 3, 0], &[true; 3]);
        assert_eq!(unknown, Err(Error::OutOfRange { what: "class label", found: 3, limit: 3 }));
        assert!(matches!(OneVsRest::fit(&SCORES, &LABELS, &[false; 3]), Err(Error::Invalid { what: "classes", .. })));
        let calibrator = OneVsRest::fit(&SCORES, &LABELS, &[true; 3]).unwrap();
        for (n_scores, n_intervals) in [(2, 3), (3, 2)] {
            let mut room = vec![Interval::default(); n_intervals];
            let refused = calibrator.intervals(&vec![0.5; n_scores], Summary::Mean, Normalization::None, &mut room);
            assert!(matches!(refused, Err(Error::Shape { .. })));
        }
    }
}
