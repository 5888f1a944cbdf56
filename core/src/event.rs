//! Thresholded regression: the probability that the target falls into an interval. It never draws but for the split.
//!
//! Löfström et al. 2025 (10.1007/s10994-024-06642-8), in the deterministic form of the package's version 1.0.2: half of
//! the calibration set makes a conformal predictive system, whose answer about the event is the score that Venn-Abers
//! calibrates with the other half.

use serde::{Deserialize, Serialize};

use crate::difficulty;
use crate::interval::Summary;
use crate::pcg64::Pcg64;
use crate::predictive_system::PredictiveSystem;
use crate::venn_abers::{VennAbers, rounded};
use crate::{Error, Interval, check};

/// Both the scores of the second half and those of queries are rounded to this, unlike a classifier's.
const DECIMALS: u32 = 10;

/// The event `low < y <= high`; `y <= high` where `low` is `-inf`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    low: f64,
    high: f64,
}

impl Event {
    /// The event `low < y <= high`.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless `low < high` and `high` is finite.
    pub fn new(low: f64, high: f64) -> Result<Self, Error> {
        check::rule("event", low < high && high.is_finite(), || {
            format!("is {low} < y <= {high}, the lower end must be below the upper one, which must be finite")
        })?;
        Ok(Self { low, high })
    }

    /// The event `y <= high`.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless `high` is finite.
    pub fn at_most(high: f64) -> Result<Self, Error> {
        Self::new(f64::NEG_INFINITY, high)
    }

    /// The open lower end; `-inf` where there is none.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The closed upper end.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.high
    }

    /// Whether a target makes the event true.
    #[must_use]
    pub fn holds(&self, target: f64) -> bool {
        self.low < target && target <= self.high
    }

    /// The two ends as bits: equal events have equal keys.
    pub(crate) fn key(&self) -> (u64, u64) {
        // `-0.0` and `0.0` are one threshold.
        ((self.low + 0.0).to_bits(), (self.high + 0.0).to_bits())
    }
}

/// Splits `n` calibration rows at random: the first half makes the predictive system, the second half Venn-Abers.
///
/// The first ⌊n/2⌋ entries of `numpy.random.default_rng(seed).permutation(n)`, and the rest. So the split depends on the
/// order of the rows and on the seed, and does not look at Mondrian categories.
#[must_use]
pub fn halves(n: u32, seed: u64) -> (Vec<u32>, Vec<u32>) {
    let mut first = Pcg64::new(seed).permutation(n);
    let second = first.split_off(n as usize / 2);
    (first, second)
}

/// What answers about any event, for the rows of one Mondrian category or of all.
///
/// Either half may have no row here, since the split does not look at categories. Without the first, the score of every
/// row is (0 + 1)/(0 + 1) = 1 for `y <= high` and the difference of two such, 0, for an interval: all rows share one
/// group. Without the second nothing is known, and the answer is 0.5 in `[0, 1]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Halves", into = "Halves")]
pub struct EventCalibrator {
    system: Option<PredictiveSystem>,
    /// The second half, ascending by prediction: scores of `y <= high` come out nearly sorted.
    rows: Vec<Row>,
}

/// The rows of [`EventCalibrator`], as numbers to be saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Halves {
    /// The residuals of the first half, finite, each divided by the row's difficulty where there is one; in any order.
    pub residuals: Vec<f64>,
    /// The predictions of the second half, finite, in any order.
    pub predictions: Vec<f64>,
    /// The targets of the second half, finite, in the order of `predictions`.
    pub targets: Vec<f64>,
    /// The difficulties of the second half, finite and above 0, in the order of `predictions`; 1 without a difficulty.
    pub difficulties: Vec<f64>,
}

/// A row of the second half.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    prediction: f64,
    target: f64,
    difficulty: f64,
}

/// Venn-Abers fitted for one event; none where the second half has no row.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedEvent(Option<VennAbers>);

impl EventCalibrator {
    /// Venn-Abers for one event, refitted on the second half, in O(n log n).
    #[must_use]
    pub fn fit(&self, event: Event) -> FittedEvent {
        let (scores, labels): (Vec<f64>, Vec<bool>) = self
            .rows
            .iter()
            .map(|row| (self.score(row.prediction, row.difficulty, event), event.holds(row.target)))
            .unzip();
        // All scores are finite, so that the only refusal left is that of no rows at all.
        FittedEvent(VennAbers::fit_rounded(&scores, &labels, DECIMALS).ok())
    }

    /// The calibrated probability of the event for a prediction, in O(log n), without allocation.
    ///
    /// * `fitted`: must come from [`EventCalibrator::fit`] for the same event
    /// * `difficulty`: the row's, finite and above 0; 1 without a difficulty
    ///
    /// The probability of `y <= t` need not grow with t, as each t has its own Venn-Abers. A prediction that is NaN has 0.5
    /// in `[0, 1]`, or what `summary` makes of these bounds.
    #[must_use]
    pub fn interval(
        &self,
        fitted: &FittedEvent,
        prediction: f64,
        difficulty: f64,
        event: Event,
        summary: Summary,
    ) -> Interval {
        match &fitted.0 {
            Some(calibrator) => calibrator.summarised(self.score(prediction, difficulty, event), summary),
            None => Interval::summarised(0.0, 1.0, summary),
        }
    }

    /// Number of rows of the second half.
    pub(crate) fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The residual of every row, of both halves, divided by its difficulty, in no order that means anything.
    pub(crate) fn residuals(&self) -> Vec<f64> {
        let first = self.system.iter().flat_map(PredictiveSystem::residuals).copied();
        first.chain(self.rows.iter().map(|row| (row.target - row.prediction) / row.difficulty)).collect()
    }

    /// Whether a row has another difficulty than 1.
    pub(crate) fn has_difficulties(&self) -> bool {
        self.rows.iter().any(|row| row.difficulty != 1.0)
    }

    fn score(&self, prediction: f64, difficulty: f64, event: Event) -> f64 {
        if prediction.is_nan() {
            // Also where there is no system to ask.
            return f64::NAN;
        }
        let at_most =
            |threshold| self.system.as_ref().map_or(1.0, |system| system.score(prediction, difficulty, threshold));
        let score = match event.low {
            f64::NEG_INFINITY => at_most(event.high),
            low => at_most(event.high) - at_most(low),
        };
        rounded(score, DECIMALS)
    }
}

impl From<EventCalibrator> for Halves {
    fn from(calibrator: EventCalibrator) -> Self {
        Self {
            residuals: calibrator.system.map(Vec::from).unwrap_or_default(),
            predictions: calibrator.rows.iter().map(|row| row.prediction).collect(),
            targets: calibrator.rows.iter().map(|row| row.target).collect(),
            difficulties: calibrator.rows.iter().map(|row| row.difficulty).collect(),
        }
    }
}

impl TryFrom<Halves> for EventCalibrator {
    type Error = Error;

    /// # Errors
    /// [`Error::Shape`] if the columns of the second half differ in length, [`Error::NotFinite`] for a number that is NaN
    /// or infinite, [`Error::Invalid`] for a difficulty that is not above 0.
    fn try_from(Halves { residuals, predictions, targets, difficulties }: Halves) -> Result<Self, Error> {
        check::length("targets of the second half", predictions.len(), targets.len())?;
        check::length("difficulties of the second half", predictions.len(), difficulties.len())?;
        difficulty::check_of_values(&difficulties)?;
        check::finite("predictions of the second half", &predictions)?;
        check::finite("targets of the second half", &targets)?;
        let system = if residuals.is_empty() { None } else { Some(PredictiveSystem::try_from(residuals)?) };
        let columns = predictions.into_iter().zip(targets).zip(difficulties);
        let mut rows: Vec<Row> =
            columns.map(|((prediction, target), difficulty)| Row { prediction, target, difficulty }).collect();
        // By all, so that the saved form does not depend on the order of rows either.
        rows.sort_unstable_by(|a, b| {
            let by_target = || a.target.total_cmp(&b.target).then(a.difficulty.total_cmp(&b.difficulty));
            a.prediction.total_cmp(&b.prediction).then_with(by_target)
        });
        Ok(Self { system, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, EventCalibrator, Halves, halves};
    use crate::interval::Summary;
    use crate::{Error, Interval};

    const UNKNOWN: Interval = Interval { predict: 0.5, low: 0.0, high: 1.0 };

    fn calibrator(residuals: &[f64], rows: &[(f64, f64)]) -> EventCalibrator {
        let (predictions, targets) = rows.iter().copied().unzip();
        let difficulties = vec![1.0; rows.len()];
        EventCalibrator::try_from(Halves { residuals: residuals.to_vec(), predictions, targets, difficulties }).unwrap()
    }

    fn ask(calibrator: &EventCalibrator, event: Event, prediction: f64) -> Interval {
        calibrator.interval(&calibrator.fit(event), prediction, 1.0, event, Summary::default())
    }

    #[test]
    fn an_event_has_an_open_lower_and_a_closed_upper_end() {
        let event = Event::new(1.0, 2.0).unwrap();
        assert_eq!([1.0, 1.5, 2.0, 2.5, f64::NAN].map(|y| event.holds(y)), [false, true, true, false, false]);
        assert!(Event::at_most(2.0).unwrap().holds(f64::MIN));
        for (low, high) in [(2.0, 2.0), (3.0, 2.0), (f64::NAN, 2.0), (1.0, f64::NAN), (1.0, f64::INFINITY)] {
            assert!(matches!(Event::new(low, high), Err(Error::Invalid { what: "event", .. })), "{low}, {high}");
        }
    }

    #[test]
    fn zero_of_either_sign_is_one_threshold() {
        assert_eq!(Event::at_most(-0.0).unwrap().key(), Event::at_most(0.0).unwrap().key());
        assert_ne!(Event::at_most(1.0).unwrap().key(), Event::at_most(0.0).unwrap().key());
    }

    #[test]
    fn the_first_half_is_the_smaller_one() {
        assert_eq!(halves(8, 42), (vec![3, 4, 2, 7], vec![6, 1, 5, 0]));
        let (first, second) = halves(7, 1);
        assert_eq!((first.len(), second.len()), (3, 4));
        assert_eq!(halves(1, 1), (vec![], vec![0]));
        assert_eq!(halves(0, 1), (vec![], vec![]));
    }

    #[test]
    fn scores_are_calibrated_by_the_second_half() {
        // Residual 0 alone: the score of y <= 5 is 1 for predictions up to 5, and 0.5 beyond.
        let calibrator = calibrator(&[0.0], &[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0), (8.0, 7.0), (9.0, 9.0)]);
        let event = Event::at_most(5.0).unwrap();
        assert_eq!(ask(&calibrator, event, 4.0), Interval::regularised(0.5, 0.75));
        assert_eq!(ask(&calibrator, event, 6.0), Interval::regularised(0.0, 1.0 / 3.0));
        assert_eq!(ask(&calibrator, event, f64::NAN), UNKNOWN);
    }

    #[test]
    fn an_event_with_a_lower_end_takes_the_difference_of_scores() {
        let calibrator = calibrator(&[0.0], &[(1.0, 2.0), (4.5, 4.0), (4.0, 6.0), (8.0, 4.5)]);
        let event = Event::new(3.0, 5.0).unwrap();
        // The scores are 0, 0.5, 0.5 and 0: two groups, in each of which the event holds for one row of two.
        assert_eq!(ask(&calibrator, event, 4.0), Interval::regularised(2.0 / 5.0, 2.0 / 3.0));
        assert_eq!(ask(&calibrator, event, 1.0), Interval::regularised(1.0 / 3.0, 3.0 / 5.0));
    }

    #[test]
    fn without_a_first_half_all_rows_share_one_group() {
        let calibrator = calibrator(&[], &[(1.0, 2.0), (9.0, 9.0)]);
        for event in [Event::at_most(5.0).unwrap(), Event::new(1.0, 5.0).unwrap()] {
            for prediction in [0.0, 100.0] {
                let group = Interval::regularised(1.0 / 3.0, 2.0 / 3.0);
                assert_eq!(ask(&calibrator, event, prediction), group);
            }
            assert_eq!(ask(&calibrator, event, f64::NAN), UNKNOWN);
        }
    }

    #[test]
    fn without_a_second_half_nothing_is_known() {
        let calibrator = calibrator(&[1.0], &[]);
        assert_eq!(ask(&calibrator, Event::at_most(5.0).unwrap(), 4.0), UNKNOWN);
    }

    #[test]
    fn difficulty_widens_the_residuals_of_both_halves() {
        // Residual 1 alone, times 3 for every row: the score of y <= 5 is 1 for predictions up to 2, and 0.5 beyond.
        let halves = Halves {
            residuals: vec![1.0],
            predictions: vec![1.0, 2.0, 3.0],
            targets: vec![2.0, 4.0, 6.0],
            difficulties: vec![3.0; 3],
        };
        let calibrator = EventCalibrator::try_from(halves).unwrap();
        let event = Event::at_most(5.0).unwrap();
        let fitted = calibrator.fit(event);
        let ask =
            |prediction, difficulty| calibrator.interval(&fitted, prediction, difficulty, event, Summary::default());
        assert_eq!(ask(1.0, 3.0), Interval::regularised(2.0 / 3.0, 1.0));
        assert_eq!(ask(3.0, 3.0), Interval::regularised(0.0, 0.5));
        assert_eq!(ask(3.0, 2.0), ask(1.0, 3.0));
        assert!(calibrator.has_difficulties());
    }

    #[test]
    fn the_summary_reads_another_point_from_the_same_bounds() {
        let calibrator = calibrator(&[0.0], &[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0), (8.0, 7.0), (9.0, 9.0)]);
        let event = Event::at_most(5.0).unwrap();
        let fitted = calibrator.fit(event);
        let ask = |prediction, summary| calibrator.interval(&fitted, prediction, 1.0, event, summary);
        assert_eq!(ask(4.0, Summary::Mean), Interval { predict: 0.625, low: 0.5, high: 0.75 });
        assert_eq!(ask(4.0, Summary::Upper).predict, 0.75);
        assert_eq!(ask(f64::NAN, Summary::Lower), Interval { predict: 0.0, low: 0.0, high: 1.0 });
    }

    #[test]
    fn damaged_halves_are_refused() {
        let sound = Halves {
            residuals: vec![1.0],
            predictions: vec![1.0, 2.0],
            targets: vec![2.0, 1.0],
            difficulties: vec![1.0; 2],
        };
        assert!(EventCalibrator::try_from(sound.clone()).is_ok());
        let damage: [fn(&mut Halves); 6] = [
            |halves| halves.difficulties[1] = 0.0,
            |halves| halves.difficulties.truncate(1),
            |halves| halves.residuals[0] = f64::NAN,
            |halves| halves.predictions[1] = f64::INFINITY,
            |halves| halves.targets[1] = f64::NAN,
            |halves| halves.targets.truncate(1),
        ];
        for damage in damage {
            let mut halves = sound.clone();
            damage(&mut halves);
            assert!(EventCalibrator::try_from(halves).is_err());
        }
    }
}
