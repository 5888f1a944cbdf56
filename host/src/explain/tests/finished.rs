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

#[test]
fn the_ranking_that_is_usual_is_told_as_one_that_was_asked_for() {
    let explainer = explainer();
    let top = Refinement { top: Some(1), ..Refinement::default() };
    let alternative = explainer.explain_alternative(batch().refine(top.clone())).unwrap();
    let factual = explainer.explain_factual(batch().refine(top.clone())).unwrap();
    for (report, ranking) in [(&alternative, Ranking::Ensured { weight: 0.5 }), (&factual, Ranking::FeatureWeight)] {
        assert_eq!(report.refinements(), [Refinement { ranking: Some(ranking), ..top.clone() }]);
        let telemetry = report.telemetry().unwrap();
        assert_eq!(telemetry.refinements[0].ranking.as_deref(), Some(ranking.name()));
    }
    let filter = Refinement { filter: Some(Filter { ensured: true, ..Filter::default() }), ..Refinement::default() };
    let filtered = alternative.refined(&filter).unwrap();
    assert_eq!(filtered.refinements()[1], filter, "a filter orders nothing");
}

#[test]
fn what_left_no_rule_is_named_through_refinements_and_selections() {
    let explainer = explainer();
    let whole = explainer.explain_alternative(batch()).unwrap();
    let counts: Vec<usize> = whole.iter().map(|explanation| explanation.rules().len()).collect();
    assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
    assert!(whole.iter().all(|explanation| explanation.why_no_rule().is_none()));
    let both = [Direction::Counter, Direction::Super]
        .map(|direction| Filter { directions: vec![direction], ..Filter::default() });
    let [first, second] = both.map(|filter| Refinement { filter: Some(filter), ..Refinement::default() });
    let none = whole.refined(&first).unwrap().refined(&second).unwrap().selected(&[2, 0]);
    for (explanation, n_all) in none.iter().zip([counts[2], counts[0]]) {
        let cause = explanation.why_no_rule().unwrap();
        let rules = if n_all == 1 { "rule" } else { "rules" };
        assert_eq!(cause, format!("no rule is left by the filter (counter; super) of {n_all} {rules}"));
        assert!(explanation.to_string().contains(&cause));
    }
    let ignored = explainer
        .explain_factual(batch().ignore(vec![0]).ignore_in_each(vec![vec![], vec![0], vec![1], vec![]]))
        .unwrap();
    let ignored = ignored.selected(&[2, 1]);
    assert_eq!(ignored.get(0).unwrap().why_no_rule().as_deref(), Some("no rule: every feature is ignored"));
    let cause = ignored.get(1).unwrap().why_no_rule();
    let one = "no rule: 1 of 2 features are ignored, and no other changes this prediction";
    assert!(cause.is_none() || cause.as_deref() == Some(one), "{cause:?}");
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

    // Scores that tie in one class tie in the other: turning a bound round and back may change its last bit.
    let x: Vec<f64> = (0..200).flat_map(|row| [f64::from(row % 97) / 5.0, f64::from(row % 2)]).collect();
    let of = |class| {
        let rejection = Rejection { score: Score::Ensured { weight: 0.3 }, ..rejection(Policy::Flag) };
        let batch = Instances::new(Matrix::new(&x, 200, 2).unwrap()).class(class).reject(rejection);
        explainer.predict(batch).unwrap().rejections().unwrap().clone()
    };
    assert_eq!(of("yes"), of("no"));
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
    let far = Rejection { score: Score::Ensured { weight: 2.0 }, ..Rejection::default() };
    let error = explainer.predict(batch().threshold(event).reject(far)).unwrap_err().to_string();
    assert!(error.contains("weight of the ensured score"), "{error}");
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
    let error = explainer().explain_factual(batch().targets(vec![1.0; 40])).unwrap_err().to_string();
    assert!(error.contains("predictions are measured by them"), "{error}");
}

#[test]
fn predictions_that_are_picked_out_have_a_snapshot_of_their_own() {
    let all = explainer().predict(batch()).unwrap();
    let some = all.selected(&[2, 0]);
    let mut bytes = Vec::new();
    some.write_json(&mut bytes).unwrap();
    let told = some.telemetry.as_ref().unwrap().copy();
    assert_eq!(told.output_sha256, Some(sha256(&bytes)));
    assert_eq!(told.instances.iter().map(|instance| instance.index).collect::<Vec<_>>(), [2, 0]);
    assert_eq!(all.telemetry.as_ref().unwrap().copy().instances.len(), 4);
}

#[test]
fn what_stands_in_the_file_names_the_run() {
    let explainer = explainer();
    let of = |batch: Instances<'_>| explainer.predict(batch).unwrap().run_id().to_owned();
    let names = |names: [&str; 4]| batch().ids(names.map(str::to_owned).to_vec());
    let runs = [
        of(batch()),
        of(batch().targets(vec![0.0, 1.0, 0.0, 1.0])),
        of(batch().targets(vec![0.0, 1.0, 1.0, 1.0])),
        of(names(["a", "b", "c", "d"])),
        of(names(["a", "b", "c", "e"])),
        of(batch().row_numbers(vec![4, 5, 6, 7])),
    ];
    let distinct: std::collections::BTreeSet<&String> = runs.iter().collect();
    assert_eq!(distinct.len(), runs.len(), "{runs:?}");
    assert_eq!(runs[0], of(batch()));
}
