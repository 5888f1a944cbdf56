//! Venn-Abers for more than two classes, one against the rest. It never mixes the classes but by the common scale.
//!
//! Multi-class calibrated explanations (COPA 2024): each class has a binary calibrator, and the point estimates and bounds
//! of a row are divided by the sum of its point estimates.

use serde::{Deserialize, Serialize};

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

    /// The calibrated probability of every class, and the scale that they were divided by. Without allocation, in
    /// O(log n) per class.
    ///
    /// * `scores`: `[n_classes]`, the row's
    /// * `probability`: `[n_classes]`, written over; sums to 1, or is 0 throughout where no class has any probability
    ///
    /// # Errors
    /// [`Error::Shape`] if a length is not the number of classes.
    pub fn probabilities(&self, scores: &[f64], probability: &mut [f64]) -> Result<Scale, Error> {
        check::length("scores of a row", self.classes.len(), scores.len())?;
        check::length("probabilities of a row", self.classes.len(), probability.len())?;
        let mut sum = 0.0;
        for ((calibrator, &score), probability) in self.classes.iter().zip(scores).zip(&mut *probability) {
            *probability = raw(calibrator.as_ref(), score).predict;
            sum += *probability;
        }
        let scale = Scale(if sum > 0.0 { sum } else { 1.0 });
        probability.iter_mut().for_each(|probability| *probability /= scale.0);
        Ok(scale)
    }

    /// The calibrated probability of one class with its bounds, divided by the row's scale and clamped to `[0, 1]`.
    ///
    /// The bounds need clamping because they are divided by the sum of the point estimates, which leaves an upper bound
    /// above 1 now and then. A class without a calibrator, or that does not exist, has 0 in `[0, 0]`.
    #[must_use]
    pub fn interval(&self, class: usize, score: f64, scale: Scale) -> Interval {
        let Interval { predict, low, high } = raw(self.classes.get(class).and_then(Option::as_ref), score);
        let scaled = |value: f64| (value / scale.0).min(1.0);
        Interval { predict: scaled(predict), low: scaled(low), high: scaled(high) }
    }
}

/// What the point estimates of a row sum to before they are divided by it; 1 where they sum to 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale(f64);

/// The position of the largest probability, the lowest of equals; 0 where there is none.
#[must_use]
pub fn likeliest(probability: &[f64]) -> usize {
    // `max_by` would return the last of equals.
    probability.iter().enumerate().fold(0, |best, (class, &p)| if p > probability[best] { class } else { best })
}

fn raw(calibrator: Option<&VennAbers>, score: f64) -> Interval {
    calibrator.map_or_else(Interval::default, |calibrator| calibrator.interval(score))
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
    use super::{OneVsRest, Scale, likeliest};
    use crate::venn_abers::VennAbers;
    use crate::{Error, Interval};

    const SCORES: [f64; 12] = [0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.6, 0.1, 0.3, 0.1, 0.8, 0.1];
    const LABELS: [u32; 4] = [0, 1, 0, 1];

    #[test]
    fn a_class_missing_from_calibration_stays_at_0_and_keeps_its_place() {
        let calibrator = OneVsRest::fit(&SCORES, &LABELS, &[true, true, false]).unwrap();
        let mut probability = [f64::NAN; 3];
        let row = [0.1, 0.1, 0.8];
        let scale = calibrator.probabilities(&row, &mut probability).unwrap();
        assert_eq!(probability[2], 0.0);
        assert!((probability[0] + probability[1] - 1.0).abs() < 1e-15);
        assert_eq!(calibrator.interval(2, row[2], scale), Interval::default());
        assert!(calibrator.has(1) && !calibrator.has(2) && !calibrator.has(3));
    }

    #[test]
    fn bounds_are_scaled_and_clamped() {
        let calibrator = OneVsRest::fit(&SCORES, &LABELS, &[true, true, false]).unwrap();
        let score = 0.7;
        let column = [SCORES[0], SCORES[3], SCORES[6], SCORES[9]];
        let raw = VennAbers::fit(&column, &[true, false, true, false]).unwrap().interval(score);
        let halved = calibrator.interval(0, score, Scale(2.0));
        assert_eq!(halved, Interval { predict: raw.predict / 2.0, low: raw.low / 2.0, high: raw.high / 2.0 });
        let clamped = calibrator.interval(0, score, Scale(0.9));
        assert!(raw.high / 0.9 > 1.0 && raw.low / 0.9 < 1.0, "an example that needs it");
        assert_eq!((clamped.low, clamped.high), (raw.low / 0.9, 1.0));
    }

    #[test]
    fn a_row_without_any_probability_is_not_divided_by_0() {
        // A class of which every row is negative, asked below all scores, has 0 only if nothing pools with the extra row.
        let calibrator = OneVsRest::try_from(vec![
            Some(
                VennAbers::try_from(crate::venn_abers::Tables {
                    scores: vec![0.5],
                    low: vec![0.0, 0.0],
                    high: vec![0.0, 1.0],
                })
                .unwrap(),
            ),
            None,
            None,
        ])
        .unwrap();
        let mut probability = [f64::NAN; 3];
        let scale = calibrator.probabilities(&[0.1, 0.5, 0.4], &mut probability).unwrap();
        assert_eq!((probability, likeliest(&probability), scale), ([0.0; 3], 0, Scale(1.0)));
    }

    #[test]
    fn the_lowest_of_equally_likely_classes_is_the_likeliest() {
        assert_eq!(likeliest(&[0.2, 0.4, 0.4]), 1);
        assert_eq!(likeliest(&[0.4, 0.2, 0.4]), 0);
        assert_eq!(likeliest(&[]), 0);
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
        assert!(matches!(calibrator.probabilities(&[0.5; 2], &mut [0.0; 3]), Err(Error::Shape { .. })));
        assert!(matches!(calibrator.probabilities(&[0.5; 3], &mut [0.0; 2]), Err(Error::Shape { .. })));
    }
}
