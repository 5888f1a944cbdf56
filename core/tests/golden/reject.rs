//! Reject decisions of the package: prediction sets and rates at several confidences.

use std::collections::BTreeMap;

use ce_core::analysis::Interval;
use ce_core::analysis::reject::{Confidence, Decisions, PValues, Reject, RejectCalibration, Score};
use ce_core::calibrator::{Calibrator, Query};
use ce_core::event::Event;
use serde::Deserialize;

use crate::explained::sought;
use crate::model::Scores;
use crate::support::{Case, Input, Tally, Version, named, read};

/// The package's answer at one confidence.
#[derive(Deserialize)]
struct Golden {
    rejected: Vec<bool>,
    prediction_set: Vec<[bool; 2]>,
    error_rate: f64,
    error_rate_defined: bool,
    reject_rate: f64,
    ambiguity_rate: f64,
    novelty_rate: f64,
}

/// The package's decisions about an event of a golden regression.
#[derive(Deserialize)]
struct OfEvent {
    case: String,
    event: String,
    at: BTreeMap<String, Golden>,
}

#[derive(Deserialize)]
struct Package {
    reject: Vec<OfEvent>,
}

/// Rows as a reject sees them.
struct Rows {
    /// Class 1 of two, the likeliest class of more, the event of a regression.
    event: Vec<Interval>,
    /// The class that each is about, but of a regression.
    class: Vec<Option<u32>>,
    categories: Vec<u32>,
}

fn rows(
    input: &Input,
    calibrator: &Calibrator,
    event: Option<Event>,
    scores: &[Scores],
    category: impl Fn(usize) -> Option<u32>,
) -> Rows {
    let mut asker = calibrator.asker();
    let mut rows = Rows { event: Vec::new(), class: Vec::new(), categories: Vec::new() };
    for (row_idx, scores) in scores.iter().enumerate() {
        let (category, sought) = (category(row_idx), sought(input, event, None));
        let answer = asker.answer(&Query { scores, category, difficulty: None, sought }, &mut []).unwrap();
        rows.event.push(answer.interval);
        rows.class.push(answer.class);
        rows.categories.extend(category);
    }
    rows
}

/// The p-values of the test rows.
fn p_values(input: &Input, happens: Option<Event>) -> PValues {
    let calibrator = input.composite();
    let cal = rows(input, &calibrator, happens, &input.model_outputs.cal, |idx| input.category_cal(idx));
    let outcome = |(&target, &class): (&f64, &Option<u32>)| match happens {
        Some(event) => event.holds(target),
        None if calibrator.n_classes() == 2 => target == 1.0,
        None => f64::from(class.unwrap()) == target,
    };
    let is_true: Vec<bool> = input.y_cal.iter().zip(&cal.class).map(outcome).collect();
    let calibration = RejectCalibration { event: &cal.event, is_true: &is_true, categories: &cal.categories };
    let reject = Reject::fit(&calibration, Score::Hinge).unwrap();
    let test = rows(input, &calibrator, happens, &input.model_outputs.test, |idx| input.category(idx));
    reject.p_values(&test.event, &test.categories).unwrap()
}

/// What a comparison met, so that no kind of verdict goes untested.
#[derive(Debug, Default, PartialEq)]
struct Met {
    accepted: usize,
    ambiguity: usize,
    novelty: usize,
}

impl Met {
    /// Compares every row and rate at every confidence.
    fn compare(&mut self, tally: &mut Tally, place: &str, p_values: &PValues, golden: &BTreeMap<String, Golden>) {
        for (confidence, golden) in golden {
            let decisions = p_values.at(Confidence::new(confidence.parse().unwrap()).unwrap());
            compare_at(tally, &format!("{place} at {confidence}"), &decisions, golden);
            self.accepted += decisions.n_accepted();
            self.ambiguity += decisions.n_ambiguity();
            self.novelty += decisions.n_novelty();
        }
    }
}

fn compare_at(tally: &mut Tally, place: &str, decisions: &Decisions, golden: &Golden) {
    assert_eq!(decisions.sets(), golden.prediction_set, "{place}");
    let rejected: Vec<bool> = decisions.verdicts().map(|verdict| verdict.is_rejected()).collect();
    assert_eq!(rejected, golden.rejected, "{place}");
    tally.compared += rejected.len() + 2 * decisions.n_rows();
    assert_eq!(decisions.error_rate().is_some(), golden.error_rate_defined, "{place}");
    tally.close(place, decisions.error_rate().unwrap_or(0.0), golden.error_rate);
    tally.close(place, decisions.reject_rate().unwrap(), golden.reject_rate);
    tally.close(place, decisions.ambiguity_rate().unwrap(), golden.ambiguity_rate);
    tally.close(place, decisions.novelty_rate().unwrap(), golden.novelty_rate);
}

/// Numbers compared at one confidence: twelve rows with a verdict and a set, and four rates.
const PER_CONFIDENCE: usize = 12 * 3 + 4;

/// Compares the classifications whose name begins so.
fn compare(start: &str, n_cases: usize) -> Met {
    let (mut tally, mut met) = (Tally::default(), Met::default());
    for Case { name, input, golden } in named(start) {
        let (_, golden) = golden.into_iter().find(|(version, _)| *version == Version::Prediction).unwrap();
        met.compare(&mut tally, name, &p_values(&input, None), &golden.block("reject_default_ncf"));
    }
    tally.finish(n_cases * 3 * PER_CONFIDENCE);
    met
}

#[test]
fn decisions_about_two_classes_agree() {
    assert_eq!(compare("binary_", 4), Met { accepted: 106, ambiguity: 31, novelty: 7 });
}

#[test]
fn decisions_about_more_classes_agree() {
    assert_eq!(compare("multiclass_", 2), Met { accepted: 66, ambiguity: 0, novelty: 6 });
}

#[test]
fn decisions_with_mondrian_categories_agree() {
    assert_eq!(compare("mondrian_binary_", 2), Met { accepted: 63, ambiguity: 1, novelty: 8 });
}

#[test]
fn decisions_about_events_of_a_regression_agree() {
    let (mut tally, mut met) = (Tally::default(), Met::default());
    let cases = named("");
    for OfEvent { case, event, at } in read::<Package>("../package/analysis.json").reject {
        let input = &cases.iter().find(|other| other.name == case).unwrap().input;
        let (_, happens) = input.events().into_iter().find(|(name, _)| *name == event).unwrap();
        met.compare(&mut tally, &format!("{case}, {event}"), &p_values(input, Some(happens)), &at);
    }
    tally.finish(4 * 2 * 4 * PER_CONFIDENCE);
    assert_eq!(met, Met { accepted: 216, ambiguity: 153, novelty: 15 });
}
