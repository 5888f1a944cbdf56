//! Faults of the caller's own model: it has no fallback, so the error names it, and the next request is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ce_host::config::{Slot, TelemetryLevel};
use ce_host::plugin_api::PluginError;
use ce_host::plugin_api::data::Matrix;
use ce_host::{Explainer, Host, Model};
use ce_tests::{Scratch, fast_bundle};

use super::picky::MARKED;
use crate::case::{small, trusting};

/// The small model, but for what `spoil` does to the scores of some rows.
fn model(spoil: impl Fn(&[f64], &mut [f64]) -> Result<(), PluginError> + Send + Sync + 'static) -> Model {
    Model::from_fn(small::info(), move |x, scores| {
        small::predict(x, scores);
        for row_idx in 0..x.n_rows {
            let scores = &mut scores[2 * row_idx..][..2];
            spoil(x.row(row_idx), scores).map_err(|error| error.at_instance(row_idx))?;
        }
        Ok(())
    })
    .unwrap()
}

fn explainer(host: &Host, model: Model) -> Explainer {
    host.explainer(model, small::calibration()).threads(2).chunk_rows(5).build().unwrap()
}

/// A row of the marked instance, with at most `n_edits` of its values written over.
fn is_near_marked(row: &[f64], n_edits: usize) -> bool {
    let instances = small::instances();
    let marked = small::x(&instances).row(MARKED);
    row.iter().zip(marked).filter(|(value, of_marked)| value != of_marked).count() <= n_edits
}

type Spoil = fn(&[f64], &mut [f64]) -> Result<(), PluginError>;

fn answer(scores: &mut [f64], class: usize, score: f64) -> Result<(), PluginError> {
    scores[class] = score;
    Ok(())
}

#[test]
fn a_models_faults_name_instance_and_value() {
    let scratch = Scratch::new();
    let builder = scratch.host().telemetry(TelemetryLevel::Summary);
    let host = builder.fallbacks(Slot::Interval, vec!["core.interval.legacy".to_owned()]).build().unwrap();
    let spoils: [(Spoil, &str, &str, &str); 6] = [
        (
            |_, scores| answer(scores, 1, f64::NAN),
            "plugin.invalid_output",
            ", instance 13",
            "left a score unanswered (NaN)",
        ),
        (
            |_, scores| answer(scores, 1, 2.0),
            "plugin.invalid_output",
            ", instance 13",
            "answered 2 for a probability, which must lie in [0, 1]",
        ),
        (
            |_, scores| answer(scores, 0, -0.5),
            "plugin.invalid_output",
            ", instance 13",
            "answered -0.5 for a probability",
        ),
        (
            |_, scores| answer(scores, 0, f64::INFINITY),
            "plugin.invalid_output",
            ", instance 13",
            "answered inf for a probability",
        ),
        (|_, _| Err(PluginError::invalid_input("away")), "plugin.failed", ", instance 13", "away"),
        (|row, _| panic!("no such row {row:?}"), "plugin.panicked", "", "no such row"),
    ];
    let instances = small::instances();
    let mut n_faults = 0;
    for (spoil, code, place, says) in spoils {
        // The instance itself, and rows that are edits of it alone.
        for is_edited in [false, true] {
            let model = model(move |row, scores| {
                let is_marked = is_near_marked(row, 0);
                if is_near_marked(row, 1) && is_marked != is_edited { spoil(row, scores) } else { Ok(()) }
            });
            let explainer = explainer(&host, model);
            let error = explainer.explain_factual(small::x(&instances)).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            let start = format!("learner `caller` of bundle `caller`, `predict`{place}: ");
            assert!(error.to_string().starts_with(&start) && error.to_string().contains(says), "{error}");
            assert_eq!(explainer.runtime_telemetry().unwrap().error.unwrap().code, code);
            let before = small::x(&instances[..3 * MARKED]);
            assert_eq!(explainer.explain_factual(before).unwrap().len(), MARKED, "the same explainer goes on");
            let after = small::x(&instances[3 * (MARKED + 1)..]);
            assert_eq!(explainer.predict(after).unwrap().len(), small::N_INSTANCES - MARKED - 1);
            n_faults += 1;
        }
    }
    assert_eq!(n_faults, 12);
}

#[test]
fn a_models_faults_while_fitting_name_the_calibration_row() {
    let host = trusting(&fast_bundle()).host().build().unwrap();
    let spoiled = model(|row, scores| {
        if row[0] == 0.0 {
            scores[1] = 2.0;
        }
        Ok(())
    });
    let error = host.explainer(spoiled, small::calibration()).build().unwrap_err();
    let named = "learner `caller` of bundle `caller`, `predict`, calibration row 8: answered 2 for a probability";
    assert!(error.to_string().starts_with(named), "{error}");

    // The noised rows of mode fast: all that is not a calibration row is spoiled.
    let is_quarter = |value: &f64| (value * 4.0).fract() == 0.0;
    let noised = explainer(
        &host,
        model(move |row, scores| {
            if !row.iter().all(is_quarter) {
                scores[0] = f64::NAN;
            }
            Ok(())
        }),
    );
    let error = noised.explain_fast(small::x(&[0.0, 0.0, 0.0])).unwrap_err();
    let named = "learner `caller` of bundle `caller`, `predict`, calibration row 0: left a score unanswered";
    assert!(error.to_string().starts_with(named), "{error}");
    assert_eq!(noised.predict(small::x(&[0.0, 0.0, 0.0])).unwrap().len(), 1);
}

#[test]
fn a_model_that_was_away_while_fitting_is_asked_again() {
    let host = trusting(&fast_bundle()).host().build().unwrap();
    let n_calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&n_calls);
    // The first call scores the calibration rows, the second the noised rows of mode fast.
    let flaky = Model::from_fn(small::info(), move |x: Matrix<'_>, scores: &mut [f64]| {
        small::predict(x, scores);
        match counted.fetch_add(1, Ordering::SeqCst) {
            1 => Err(PluginError::invalid_input("the service is away")),
            _ => Ok(()),
        }
    });
    let explainer = explainer(&host, flaky.unwrap());
    let instances = small::instances();
    let error = explainer.explain_fast(small::x(&instances)).unwrap_err();
    assert!(error.to_string().contains("the service is away"), "{error}");
    assert_eq!(explainer.explain_fast(small::x(&instances)).unwrap().len(), small::N_INSTANCES);
    assert!(n_calls.load(Ordering::SeqCst) > 2);
}
