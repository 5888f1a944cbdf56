//! Which predictions to reject, since no single answer can be given at a confidence. It reads finished answers; what is
//! decided from them is mathematics.

use ce_core::analysis::Interval;
use ce_core::analysis::reject::{Confidence, Policy, Reject, RejectCalibration, Score, Verdict};
use serde::Serialize;

use super::about::About;
use super::asked::Asked;
use super::calibrate::{AnswerColumns, Fitted, Problem};
use super::error::{ExplainError, InputError};
use super::quantity::Quantity;
use crate::telemetry::snapshot::RejectRates;
use crate::telemetry::{Number, snapshot};

/// What is asked: which predictions to reject, and what becomes of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    /// How strange an answer is.
    pub score: Score,
    /// The confidences to decide at, at least one. The first decides which rows stay.
    pub confidences: Vec<Confidence>,
    /// Which rows stay in the report.
    pub policy: Policy,
}

impl Default for Rejection {
    /// Every row stays, and says whether it is rejected at a confidence of 0.95.
    fn default() -> Self {
        Self { score: Score::default(), confidences: vec![Confidence::default()], policy: Policy::Flag }
    }
}

/// What was decided about the rows of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejections {
    request: Rejection,
    /// For each row of the report, the p-values of the event's negation and of the event.
    p_values: Vec<[f64; 2]>,
    levels: Vec<Level>,
}

/// What was decided at one confidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The confidence.
    pub confidence: Confidence,
    /// For each row of the report, which of the event's negation and the event cannot be ruled out.
    pub sets: Vec<[bool; 2]>,
    /// For each row of the report, what follows.
    pub verdicts: Vec<Verdict>,
    /// What can be said of the whole batch, rows that did not stay included.
    pub rates: Rates,
}

/// Shares of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Rows of the batch.
    pub n_rows: usize,
    /// The share of accepted rows whose single answer is wrong, as estimated; none where no row is accepted.
    pub error: Option<f64>,
    /// The share of rejected rows.
    pub reject: Option<f64>,
    /// The share of rows with two answers.
    pub ambiguity: Option<f64>,
    /// The share of rows with none.
    pub novelty: Option<f64>,
}

impl Rejection {
    /// Checks it against what is asked of the instances.
    pub(crate) fn check(&self, asked: &Asked, n_classes: usize) -> Result<(), InputError> {
        let refused = |found: &str, expected| {
            Err(InputError::Setting { what: "the request to reject", found: found.to_owned(), expected })
        };
        if self.confidences.is_empty() {
            return refused("without a confidence", "at least one");
        }
        self.score.check()?;
        match &asked.quantity {
            Quantity::Value(_) => {
                refused("asked of values", "a threshold: values have no answer that is right or wrong")
            }
            Quantity::EventOfEach(_) => refused("asked with an event of each row", "one threshold for all rows"),
            Quantity::Class if n_classes > 2 && asked.class.is_some() => {
                refused("asked of a chosen class", "no class: of more than two the likeliest is accepted or rejected")
            }
            Quantity::Class | Quantity::Event(_) => Ok(()),
        }
    }

    /// The part of a request's name that says what was rejected.
    pub(crate) fn token(&self) -> String {
        let confidences: Vec<f64> = self.confidences.iter().map(|confidence| confidence.get()).collect();
        format!("reject {:?} {} {confidences:?}", self.score, self.policy.name())
    }

    fn told(&self, levels: &[Level]) -> snapshot::Reject {
        let (score, weight) = match self.score {
            Score::Hinge => ("hinge", None),
            Score::Ensured { weight } => ("ensured", Some(Number(weight))),
        };
        let rates = |level: &Level| RejectRates {
            confidence: Number(level.confidence.get()),
            n_instances: level.rates.n_rows as u64,
            error_rate: level.rates.error.map(Number),
            reject_rate: level.rates.reject.map(Number),
            ambiguity_rate: level.rates.ambiguity.map(Number),
            novelty_rate: level.rates.novelty.map(Number),
        };
        snapshot::Reject {
            score: score.to_owned(),
            score_weight: weight,
            policy: self.policy.name().to_owned(),
            rates: levels.iter().map(rates).collect(),
        }
    }
}

/// Decides about the rows of a batch, whose answers are `base`.
pub(super) fn decide(
    request: &Rejection,
    problem: &Problem,
    fitted: &Fitted,
    asked: &Asked,
    base: &AnswerColumns,
) -> Result<Rejections, ExplainError> {
    let n_classes = problem.model.info().classes.len();
    let y = problem.set.y();
    let calibrated = match asked.quantity {
        Quantity::Event(_) => &problem.calibrated(&fitted.calibrator, &fitted.identity, &asked.quantity)?,
        _ => &fitted.calibrated,
    };
    let is_true: Vec<bool> = match asked.quantity {
        Quantity::Event(event) => y.iter().map(|&y| event.low() < y && y <= event.high()).collect(),
        _ if n_classes == 2 => y.iter().map(|&y| y > 0.5).collect(),
        _ => y.iter().zip(&calibrated.class).map(|(&y, &class)| y == f64::from(class)).collect(),
    };
    let categories = problem.set.mondrian().map_or(&[][..], |mondrian| mondrian.codes());
    let calibration = RejectCalibration { event: &events(calibrated, n_classes), is_true: &is_true, categories };
    let reject = Reject::fit(&calibration, request.score).map_err(InputError::from)?;
    let p_values = reject.p_values(&events(base, n_classes), &asked.category).map_err(InputError::from)?;
    let level = |&confidence: &Confidence| {
        let decisions = p_values.at(confidence);
        let rates = Rates {
            n_rows: decisions.n_rows(),
            error: decisions.error_rate(),
            reject: decisions.reject_rate(),
            ambiguity: decisions.ambiguity_rate(),
            novelty: decisions.novelty_rate(),
        };
        Level { confidence, sets: decisions.sets().to_vec(), verdicts: decisions.verdicts().collect(), rates }
    };
    let levels = request.confidences.iter().map(level).collect();
    Ok(Rejections { request: request.clone(), p_values: p_values.rows().to_vec(), levels })
}

/// The answers, as what is accepted or rejected: class 1 of two, the likeliest of more, or the event.
fn events(answers: &AnswerColumns, n_classes: usize) -> Vec<Interval> {
    let event = |row_idx: usize| {
        let (predict, low, high) = (answers.predict[row_idx], answers.low[row_idx], answers.high[row_idx]);
        // Rounding of a third party may leave a bound on the wrong side by an ulp.
        let (low, high) = (low.min(predict).max(0.0), high.max(predict).min(1.0));
        let predict = predict.clamp(0.0, 1.0);
        let of_negation = Interval { predict: 1.0 - predict, low: 1.0 - high, high: 1.0 - low };
        match (n_classes, answers.class[row_idx]) {
            (2, 0) => of_negation,
            // Turned round twice, so that scores tie alike whichever class was asked about: turning round rounds, once.
            (2, _) => turned_round(of_negation),
            _ => Interval { predict, low, high },
        }
    };
    (0..answers.predict.len()).map(event).collect()
}

fn turned_round(of: Interval) -> Interval {
    Interval { predict: 1.0 - of.predict, low: 1.0 - of.high, high: 1.0 - of.low }
}

impl Rejections {
    /// What was asked.
    #[must_use]
    pub fn request(&self) -> &Rejection {
        &self.request
    }

    /// What was decided, at each confidence.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The p-values of one row of the report: of the event's negation, and of the event. The event is class 1 of two, that
    /// the likeliest of more classes is the right one, or the event of a regression.
    #[must_use]
    pub fn p_values(&self, instance: usize) -> Option<[f64; 2]> {
        self.p_values.get(instance).copied()
    }

    /// The rows that stay.
    pub(crate) fn kept(&self) -> Option<Vec<usize>> {
        let verdicts = &self.levels.first()?.verdicts;
        let stays = |verdict: &Verdict| match self.request.policy {
            Policy::None | Policy::Flag => true,
            Policy::OnlyRejected => verdict.is_rejected(),
            Policy::OnlyAccepted => !verdict.is_rejected(),
        };
        let filters = matches!(self.request.policy, Policy::OnlyRejected | Policy::OnlyAccepted);
        filters.then(|| (0..verdicts.len()).filter(|&row_idx| stays(&verdicts[row_idx])).collect())
    }

    /// The same, for some of the rows.
    pub(crate) fn selected(&self, rows: &[usize]) -> Self {
        let level = |level: &Level| Level {
            sets: rows.iter().map(|&row_idx| level.sets[row_idx]).collect(),
            verdicts: rows.iter().map(|&row_idx| level.verdicts[row_idx]).collect(),
            ..level.clone()
        };
        Self {
            p_values: rows.iter().map(|&row_idx| self.p_values[row_idx]).collect(),
            levels: self.levels.iter().map(level).collect(),
            request: self.request.clone(),
        }
    }

    /// What files say of the whole batch.
    pub(crate) fn file(&self) -> snapshot::Reject {
        self.request.told(&self.levels)
    }

    /// What a file says of one row. `class` is what the row's answer speaks of.
    pub(crate) fn file_of(&self, instance: usize, about: &About, class: u32) -> impl Serialize + use<> {
        #[derive(Serialize)]
        struct File {
            rejected: bool,
            p_values: [Number; 2],
            levels: Vec<LevelFile>,
        }
        #[derive(Serialize)]
        struct LevelFile {
            confidence: Number,
            rejected: bool,
            reason: Option<&'static str>,
            set: Vec<String>,
        }
        let labels = set_labels(about, instance, class);
        let level = |level: &Level| {
            let in_set = level.sets[instance].into_iter().zip(&labels).filter(|(is_in, _)| *is_in);
            LevelFile {
                confidence: Number(level.confidence.get()),
                rejected: level.verdicts[instance].is_rejected(),
                reason: reason(level.verdicts[instance]),
                set: in_set.map(|(_, label)| label.clone()).collect(),
            }
        };
        File {
            rejected: self.levels[0].verdicts[instance].is_rejected(),
            p_values: self.p_values[instance].map(Number),
            levels: self.levels.iter().map(level).collect(),
        }
    }
}

/// What the two answers are called: classes, the likeliest class and any other, or an event and its negation.
pub(crate) fn set_labels(about: &About, instance: usize, class: u32) -> [String; 2] {
    match about.labels(instance) {
        [negation, event] => [negation.clone(), event.clone()],
        several => {
            let likeliest = several.get(class as usize).cloned().unwrap_or_default();
            [format!("not {likeliest}"), likeliest]
        }
    }
}

/// Why a row is rejected; none where it is accepted.
#[must_use]
pub fn reason(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Accepted { .. } => None,
        Verdict::Ambiguity => Some("ambiguity"),
        Verdict::Novelty => Some("novelty"),
    }
}
