//! Calibrated probabilities and their bounds.

use ce_core::venn_abers::VennAbers;

use crate::support::{Case, Proba, Tally, cases};

fn compare(tally: &mut Tally, place: &str, calibrator: &VennAbers, scores: &[[f64; 2]], golden: &Proba) {
    assert_eq!(scores.len(), golden.proba.len(), "{place}");
    for (idx, score) in scores.iter().enumerate() {
        let interval = calibrator.interval(score[1]);
        tally.interval(place, interval, golden.proba[idx][1], golden.low[idx], golden.high[idx]);
        if let Some(class) = golden.predicted_class.get(idx) {
            let class = class.as_str().map_or_else(|| class.to_string(), str::to_owned);
            assert_eq!(u32::from(interval.predict >= 0.5).to_string(), class, "{place}");
        }
    }
}

#[test]
fn test_rows_agree() {
    let mut tally = Tally::default();
    for Case { name, input, golden } in cases() {
        for (_, golden) in &golden {
            assert_eq!(golden.predict_proba.predicted_class.len(), 12);
            compare(&mut tally, name, &input.calibrator(), &input.model_outputs.test, &golden.predict_proba);
        }
    }
    tally.finish(4 * 2 * 12 * 3);
}

#[test]
fn calibration_rows_agree() {
    let mut tally = Tally::default();
    for Case { name, input, golden } in cases() {
        for (_, golden) in &golden {
            compare(&mut tally, name, &input.calibrator(), &input.model_outputs.cal, &golden.predict_proba_cal);
        }
    }
    tally.finish(2 * (150 + 150 + 180 + 180) * 3);
}
