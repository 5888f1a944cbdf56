//! What is read off finished results: refined reports, rejected predictions, metrics.

use ce_core::analysis::reject::{Confidence, Policy, Score};
use ce_core::analysis::{Cost, Direction, Filter};

use super::*;

const X: [f64; 8] = [3.0, 0.0, 15.0, 1.0, 9.0, 0.0, 11.0, 1.0];

fn explainer() -> Explainer {
    host().explainer(model(), calibration()).telemetry(TelemetryLevel::Full).build().unwrap()
}

fn batch() -> Instances<'static> {
    Instances::new(Matrix::new(&X, 4, 2).unwrap())
}

fn texts(explanation: Explanation<'_>) -> Vec<String> {
    explanation.rules().map(|rule| rule.text()).collect()
}

fn written(report: &Explanations) -> Vec<u8> {
    let mut bytes = Vec::new();
    report.write_json(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_refined_report_is_a_copy_with_some_of_the_rules() {
    let whole = explainer().explain_alternative(batch()).unwrap();
    let before = written(&whole);
    let counter = Filter { directions: vec![Direction::Counter], ..Filter::default() };
    let refined = whole.refined(&Refinement { filter: Some(counter), ..Refinement::default() }).unwrap();
    assert_eq!(written(&whole), before, "never in place");
    assert!(refined.rules.len() < whole.rules.len() && !refined.rules.is_empty());
    for (all, some) in whole.iter().zip(refined.iter()) {
        let all = texts(all);
        assert!(texts(some).iter().all(|text| all.contains(text)));
        let base = some.prediction().value;
        assert!(some.rules().all(|rule| (base > 0.5) != (rule.prediction().value > 0.5)));
    }
}

#[test]
fn a_report_refined_on_the_way_is_the_finished_one_refined() {
    let refinement = Refinement {
        filter: Some(Filter { ensured: true, pareto: Some(Cost::IntervalWidth), ..Filter::default() }),
        ranking: Some(Ranking::Uncertainty),
        top: Some(2),
    };
    let explainer = explainer();
    let on_the_way = explainer.explain_alternative(batch().refine(refinement.clone())).unwrap();
    let whole = explainer.explain_alternative(batch()).unwrap();
    let finished = whole.refined(&refinement).unwrap();
    assert_ne!(on_the_way.run_id(), finished.run_id(), "what was asked for differs");
    for (left, right) in on_the_way.iter().zip(finished.iter()) {
        assert_eq!(texts(left), texts(right));
        assert!(texts(left).len() <= 2);
        assert_eq!(texts(left), left.ranked().iter().map(|rule| rule.text()).collect::<Vec<_>>(), "the order is kept");
    }
    for report in [&on_the_way, &finished] {
        let telemetry = report.telemetry().unwrap();
        assert_eq!(telemetry.output_sha256.as_deref(), Some(sha256(&written(report)).as_str()));
        let told = serde_json::to_value(&telemetry.refinements).unwrap();
        assert_eq!(told[0]["filter"], json!(["ensured", "pareto"]));
        assert_eq!((&told[0]["ranking"], &told[0]["top"]), (&json!("uncertainty"), &json!(2)));
        let rules: usize = telemetry.instances.iter().map(|instance| instance.rules.len()).sum();
        assert_eq!(rules, report.rules.len());
    }
    assert_eq!(whole.telemetry().unwrap().refinements, [], "the snapshot of the whole report is its own");
}

fn sha256(bytes: &[u8]) -> String {
    crate::bundle::Digest::of(bytes).to_string().trim_start_matches("sha256:").to_owned()
}

#[test]
fn the_best_rules_come_first() {
    let whole = explainer().explain_factual(batch()).unwrap();
    let best = whole.refined(&Refinement { top: Some(1), ..Refinement::default() }).unwrap();
    for (all, best) in whole.iter().zip(best.iter()) {
        let expected: Vec<String> = all.ranked().first().map(|rule| rule.text()).into_iter().collect();
        assert_eq!(texts(best), expected);
    }
}

#[test]
fn a_refinement_that_does_not_fit_is_refused() {
    let explainer = explainer();
    let filtered = || Refinement { filter: Some(Filter::default()), ..Refinement::default() };
    let error = explainer.explain_factual(batch().refine(filtered())).unwrap_err();
    assert!(error.to_string().contains("filters are for alternatives"), "{error}");
    let error = explainer.predict(batch().refine(filtered())).unwrap_err();
    assert!(error.to_string().contains("predictions have no rules"), "{error}");
    let none = Refinement { top: Some(0), ..Refinement::default() };
    assert_eq!(explainer.explain_factual(batch().refine(none)).unwrap_err().code(), "input.setting");
    let far = Refinement { ranking: Some(Ranking::Ensured { weight: 2.0 }), ..Refinement::default() };
    assert_eq!(explainer.explain_factual(batch().refine(far)).unwrap_err().code(), "input.analysis");
}

fn rejection(policy: Policy) -> Rejection {
    let confidences = [0.8, 0.99].map(|confidence| Confidence::new(confidence).unwrap()).to_vec();
    Rejection { score: Score::Hinge, confidences, policy }
}

#[test]
fn rows_are_flagged_or_selected_by_the_first_confidence() {
    let explainer = explainer();
    let flagged = explainer.predict(batch().reject(rejection(Policy::Flag))).unwrap();
    let rejections = flagged.rejections().unwrap();
    let is_rejected: Vec<bool> = rejections.levels()[0].verdicts.iter().map(|verdict| verdict.is_rejected()).collect();
    assert!(is_rejected.contains(&true) && is_rejected.contains(&false), "{rejections:?}");
    for (policy, wanted) in [(Policy::OnlyRejected, true), (Policy::OnlyAccepted, false)] {
        let expected: Vec<usize> = (0..4).filter(|&row_idx| is_rejected[row_idx] == wanted).collect();
        let selected = explainer.predict(batch().reject(rejection(policy))).unwrap();
        let numbers: Vec<usize> = (0..selected.len()).filter_map(|instance| selected.number(instance)).collect();
        assert_eq!(numbers, expected);
        for (instance, &number) in expected.iter().enumerate() {
            assert_eq!(selected.get(instance), flagged.get(number));
            assert_eq!(selected.rejections().unwrap().p_values(instance), rejections.p_values(number));
        }
        let explained = explainer.explain_factual(batch().reject(rejection(policy))).unwrap();
        assert!(explained.iter().map(|explanation| explanation.number()).eq(expected.iter().copied()));
        let rates = &explained.rejections().unwrap().levels()[0].rates;
        assert_eq!(rates.n_rows, 4, "rates are of the whole batch");
        let telemetry = explained.telemetry().unwrap();
        assert_eq!(telemetry.output_sha256, Some(sha256(&written(&explained))));
        assert_eq!(telemetry.reject.unwrap().policy, policy.name());
    }
    // A larger confidence leaves more answers in.
    let sets = |level: usize| &rejections.levels()[level].sets;
    let nested = sets(0).iter().zip(sets(1)).all(|(small, large)| (0..2).all(|answer| !small[answer] || large[answer]));
    assert!(nested);
}

#[test]
fn which_class_is_explained_rejects_nothing_else() {
    let explainer = explainer();
    let of = |request: Instances<'_>| explainer.predict(request.reject(rejection(Policy::Flag))).unwrap();
    let (yes, no) = (of(batch()), of(batch().class("no")));
    assert_eq!(yes.rejections(), no.rejections());
    let nothing = explainer.predict(batch().reject(rejection(Policy::None))).unwrap();
    assert_eq!(nothing.rejections(), None);
}

#[test]
fn a_rejection_that_cannot_be_is_refused() {
    let set = || {
        let x: Vec<f64> = (0..60).flat_map(|row| [f64::from(row % 20), f64::from(row % 2)]).collect();
        let y = x.chunks_exact(2).map(|row| 1.25 * row[0] + (row[0] * 7.0 + row[1]) % 5.0 - 2.0).collect();
        CalibrationSet::new(x, y, 2).unwrap()
    };
    let explainer = host().explainer(value_model(), set()).build().unwrap();
    let asked = |request: Instances<'_>| explainer.predict(request.reject(rejection(Policy::Flag)));
    assert!(asked(batch()).unwrap_err().to_string().contains("asked of values, expected a threshold"));
    let event = Threshold::at_most(6.0).unwrap();
    let error = asked(batch().thresholds(vec![event; 4])).unwrap_err().to_string();
    assert!(error.contains("one threshold for all rows"), "{error}");
    let decided = asked(batch().threshold(event)).unwrap();
    let json = serde_json::to_value(&decided).unwrap();
    assert_eq!(json["reject"]["rates"].as_array().unwrap().len(), 2);
    let first = &json["predictions"][0]["reject"]["levels"][0];
    assert_eq!(first["set"], json!(["y_hat <= 6"]), "{json}");
    let none = Rejection { confidences: Vec::new(), ..Rejection::default() };
    let error = explainer.predict(batch().threshold(event).reject(none)).unwrap_err().to_string();
    assert!(error.contains("without a confidence"), "{error}");
}

#[test]
fn metrics_say_what_calibration_bought() {
    let x: Vec<f64> = (0..40).flat_map(|row| [f64::from(row % 20), f64::from(row % 2)]).collect();
    let batch = || Instances::new(Matrix::new(&x, 40, 2).unwrap());
    let targets: Vec<f64> = x.chunks_exact(2).map(|row| f64::from(u8::from(row[0] + row[1] > 9.0))).collect();
    let predictions = explainer().predict(batch().targets(targets.clone())).unwrap();
    let metrics = predictions.metrics().unwrap();
    let brier: f64 =
        (0..40).map(|row| (predictions.get(row).unwrap().value - targets[row]).powi(2)).sum::<f64>() / 40.0;
    let of_model: f64 = (0..40).map(|row| (predictions.scores(row)[1] - targets[row]).powi(2)).sum::<f64>() / 40.0;
    let (calibrated, uncalibrated) = (metrics.calibrated.unwrap(), metrics.uncalibrated.unwrap());
    assert!((calibrated.brier.0 - brier).abs() < 1e-12 && (uncalibrated.brier.0 - of_model).abs() < 1e-12);
    assert!(calibrated.brier.0 < uncalibrated.brier.0, "the targets are not what the model says");
    assert_eq!((metrics.n_instances, metrics.coverage), (40, None));
    let error = explainer().predict(batch().targets(vec![2.0; 40])).unwrap_err().to_string();
    assert!(error.contains("the target 2 of row 0 is no class index"), "{error}");
    assert!(explainer().predict(batch().targets(vec![1.0; 39])).is_err());
}

#[test]
fn difficulty_is_asked_of_its_model_and_checked() {
    let difficulty = |scale: f64| {
        let info = value_model().info().clone();
        let rate = move |x: Matrix<'_>, scores: &mut [f64]| {
            for (row, score) in x.as_slice().chunks_exact(2).zip(scores) {
                *score = scale * (1.0 + row[0]);
            }
            Ok(())
        };
        Model::from_fn(info, rate).unwrap()
    };
    let negative = host().explainer(model(), calibration()).difficulty(difficulty(-0.01)).build().unwrap_err();
    assert!(negative.to_string().contains("the difficulty of a row"), "{negative}");
    let classifier = host().explainer(model(), calibration()).difficulty(model()).build().unwrap_err();
    assert!(classifier.to_string().contains("expected a model of one value"), "{classifier}");
    let plain = explainer().predict(batch()).unwrap();
    let explainer = host().explainer(model(), calibration()).difficulty(difficulty(0.04)).build().unwrap();
    let rated = explainer.predict(batch()).unwrap();
    assert_ne!(rated.run_id(), plain.run_id());
    assert_ne!(
        (0..4).map(|row| rated.get(row)).collect::<Vec<_>>(),
        (0..4).map(|row| plain.get(row)).collect::<Vec<_>>()
    );
    assert_eq!(explainer.explain_factual(batch()).unwrap().get(2).unwrap().prediction(), rated.get(2).unwrap());
}
