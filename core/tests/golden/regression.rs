//! Calibrated medians, percentiles and events of regressions, with and without Mondrian categories.

use std::collections::BTreeMap;

use ce_core::calibrator::{Calibrator, Query, Sought};
use ce_core::event::halves;
use ce_core::predictive_system::Percentiles;
use serde::Deserialize;

use crate::support::{Case, Input, Tally, Version, named};

#[derive(Deserialize)]
struct Medians {
    predict: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

#[derive(Deserialize)]
struct Event {
    proba: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

/// Plain and Mondrian.
fn regressions() -> Vec<Case> {
    let cases: Vec<Case> = named("regression_").into_iter().chain(named("mondrian_regression_")).collect();
    assert_eq!(cases.len(), 4);
    cases
}

/// `5,95` or `-inf,90`.
fn percentiles(name: &str) -> Percentiles {
    let (low, high) = name.split_once(',').unwrap();
    Percentiles::new(low.parse().unwrap(), high.parse().unwrap()).unwrap()
}

#[test]
fn percentiles_agree() {
    let mut tally = Tally::default();
    for Case { name, input, golden } in regressions() {
        let calibrator = input.composite();
        let smallest = input.y_cal.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = input.y_cal.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (_, golden) in &golden {
            let golden: BTreeMap<String, Medians> = golden.block("predict");
            assert_eq!(golden.len(), 4);
            for (pair, golden) in &golden {
                let sought = Sought::Percentiles(percentiles(pair));
                let mut asker = calibrator.asker();
                for (idx, scores) in input.model_outputs.test.iter().enumerate() {
                    let query = Query { scores, category: input.category(idx), difficulty: None, sought };
                    let found = asker.answer(&query, &mut []).unwrap();
                    let mut interval = found.interval;
                    assert_eq!(found.class, None);
                    assert_eq!(interval.low.is_finite(), !pair.starts_with("-inf"), "{name}, {pair}");
                    assert_eq!(interval.high.is_finite(), !pair.ends_with("inf"), "{name}, {pair}");
                    // What the package puts in the place of an infinite bound that was asked for; here the host does.
                    interval.low = if interval.low.is_finite() { interval.low } else { smallest };
                    interval.high = if interval.high.is_finite() { interval.high } else { largest };
                    let place = format!("{name}, {pair}, row {idx}");
                    tally.interval(&place, interval, golden.predict[idx], golden.low[idx], golden.high[idx]);
                }
            }
        }
    }
    tally.finish(4 * 2 * 4 * 12 * 3);
}

#[test]
fn medians_of_calibration_rows_agree() {
    let mut tally = Tally::default();
    for Case { name, input, golden } in regressions() {
        let found = input.cut_values(Version::Prediction);
        for (_, golden) in &golden {
            let expected: Vec<f64> = golden.block("predict_cal_median");
            assert_eq!(found.len(), expected.len());
            found.iter().zip(&expected).for_each(|(found, expected)| tally.close(name, *found, *expected));
        }
    }
    tally.finish(2 * 2 * (180 + 200));
}

#[test]
fn calibration_rows_are_split_as_numpy_splits_them() {
    let mut compared = 0;
    for Case { name, input, .. } in regressions() {
        let (first, second) = halves(input.y_cal.len() as u32, input.seed);
        compared += first.len() + second.len();
        assert_eq!(Some([first, second]), input.split_parts, "{name}");
    }
    assert_eq!(compared, 2 * (180 + 200));
}

/// Compares one event after the other with one calibrator.
fn compare_events(tally: &mut Tally, place: &str, input: &Input, calibrator: &Calibrator, golden: &[Event; 2]) {
    let mut asker = calibrator.asker();
    for ((block, event), golden) in input.events().into_iter().zip(golden) {
        for (idx, scores) in input.model_outputs.test.iter().enumerate() {
            let query = Query { scores, category: input.category(idx), difficulty: None, sought: Sought::Event(event) };
            let found = asker.answer(&query, &mut []).unwrap();
            assert_eq!(found.class, None);
            let place = format!("{place}, {block}, row {idx}");
            tally.interval(&place, found.interval, golden.proba[idx], golden.low[idx], golden.high[idx]);
        }
    }
}

#[test]
fn probabilities_of_events_agree() {
    let mut tally = Tally::default();
    for Case { name, input, golden } in regressions() {
        let calibrator = input.composite();
        // 0.9.0 draws these at random, by the position of a row in its batch.
        let [(_, golden), _] = &golden;
        let events = input.events().map(|(block, _)| golden.block(block));
        compare_events(&mut tally, name, &input, &calibrator, &events);
    }
    tally.finish(4 * 2 * 12 * 3);
}
