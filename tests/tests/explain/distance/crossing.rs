//! All that can stand in a call crosses, also what no plugin of today sends: a witness answers near and far alike, from a
//! hash of everything that it was handed.

use ce_host::Host;
use ce_host::bundle::registry::Handle;
use ce_host::config::Placement;
use ce_host::plugin_api::PluginError;
use ce_host::plugin_api::data::{
    Answers, AnswersMut, Asked, Calibration, Column, ColumnMut, Edits, Matrix, NONE, Questions, Rows,
};
use ce_host::plugin_api::kind::{
    Batch, CalibratorHandle, ExplainerHandle, ExplanationHandle, Fit, IntervalHandle, LearnerPluginHandle,
    PlotBuilderHandle, PlotRendererHandle,
};
use ce_host::plugin_api::manifest::Kind;
use ce_tests::{Scratch, bundle_path};

use super::{assert_placed, near_and_far};

/// Options that make every call fail.
const FAIL: &str = "fail";

/// The witness of every kind, near or far.
struct Plugins<'a> {
    learner: &'a LearnerPluginHandle,
    interval: &'a IntervalHandle,
    explanation: &'a ExplanationHandle,
    builder: &'a PlotBuilderHandle,
    renderer: &'a PlotRendererHandle,
}

impl<'a> Plugins<'a> {
    fn of(host: &'a Host) -> Self {
        fn witness<H: Handle>(host: &Host) -> &H {
            host.catalog().registry().handle("test.witness").expect("the witness is of every kind")
        }
        Self {
            learner: witness(host),
            interval: witness(host),
            explanation: witness(host),
            builder: witness(host),
            renderer: witness(host),
        }
    }
}

const X: [f64; 8] = [1.0, -0.0, 3.5, f64::MIN_POSITIVE, 5.0, 6.0, 7.0, 0.1];
const SCORES: [f64; 8] = [0.25, 0.75, 0.5, 0.5, 1.0, 0.0, 0.125, 0.875];
const SCHEMA: &str = r#"{"task": "classification", "classes": ["no", "yes"], "feature_names": ["a", "Å"]}"#;

/// The parts of a call: one is left out or changed at a time, to see that the witness notices.
const PARTS: usize = 22;

/// Writes down what every call ends with. `part` is what is changed in the calls.
fn record(plugins: &Plugins<'_>, part: Option<usize>) -> Vec<String> {
    let is = |this: usize| part == Some(this);
    let mut log = Vec::new();
    let model: &[u8] = if is(0) { b"\x00other" } else { b"\x00\xffmodel" };
    let learner = plugins.learner.open(model, "options").unwrap();
    log.push(format!("{:?}", learner.info()));
    log.push(format!("{:?}", plugins.learner.open(b"", FAIL).unwrap_err()));

    let base = Matrix::new(&X, 4, 2).unwrap();
    let mut edits = Edits::default();
    edits.push_many(2, [(1, 9.0), (0, -1.0)]);
    edits.push(0, 1, if is(1) { 4.0 } else { f64::MAX });
    let rows = Rows::edited(base, &edits);
    let rows = if is(2) { rows } else { rows.without_base() };
    let mut scores = vec![f64::NAN; 2 * rows.n_rows()];
    learner.predict(rows, &mut scores).unwrap();
    log.push(format!("{scores:?}"));

    let extra = [Column::new("difficulty", 1, &[1.0, f64::NAN, 0.5, f64::INFINITY]), Column::new("empty", 0, &[])];
    let extra = if is(3) { &extra[..1] } else { &extra[..] };
    let scores = Matrix::new(&SCORES, 4, 2).unwrap();
    let category: &[u32] = if is(4) { &[0, 1, 0, 2] } else { &[0, 1, 0, 1] };
    let plain = Calibration::new(base, &[0.0, 1.0, 1.0, 0.0], scores, SCHEMA);
    let calibration = Calibration { category: category.into(), extra: extra.into(), ..plain };
    let asked = |round, state| Asked {
        extra: if is(5) { [].as_slice().into() } else { extra.into() },
        ..Asked::new(round, state, scores)
    };
    let first = plugins.interval.fit(calibration, asked(0, &[]), "options").unwrap();
    let Fit::Ask { edits: wanted, mut state } = first else { panic!("the witness asks first") };
    log.push(format!("{wanted:?} {state:?}"));
    state[0] ^= u8::from(is(6));
    let Fit::Done(calibrator) = plugins.interval.fit(calibration, asked(1, &state), "options").unwrap() else {
        panic!("the witness asks once")
    };
    let saved = calibrator.save().unwrap();
    log.push(format!("{saved:?}"));
    let restored = plugins.interval.restore(&saved, if is(7) { "others" } else { "options" }).unwrap();
    for calibrator in [&calibrator, &restored] {
        log.push(answered(calibrator, rows, scores, part));
    }
    log.push(format!("{:?}", plugins.interval.fit(calibration, asked(0, &[]), FAIL).unwrap_err()));
    log.push(format!("{:?}", plugins.interval.restore(&saved, FAIL).unwrap_err()));

    let answers = Answers::new(&[0.5; 4], &[0.25; 4], &[f64::INFINITY; 4], &[1, NONE, 0, 1]);
    let calibrated = if is(8) { answers } else { answers.with_extra(extra) };
    let explainer = plugins.explanation.prepare(calibration, calibrated, "options").unwrap();
    let restored = plugins.explanation.restore(if is(9) { b"\x02" } else { b"\x01" }, "options").unwrap();
    for explainer in [&explainer, &restored] {
        steps(explainer, base, answers, part, &mut log);
    }
    log.push(format!("{:?}", plugins.explanation.prepare(calibration, calibrated, FAIL).unwrap_err()));
    log.push(format!("{:?}", plugins.explanation.restore(b"", FAIL).unwrap_err()));

    log.push(format!("{:?}", plugins.builder.build(if is(10) { "{}" } else { "{\"Å\": 1}" }, "intent")));
    log.push(format!("{:?}", plugins.builder.build("", FAIL).unwrap_err()));
    log.push(format!("{:?}", plugins.renderer.render("spec", if is(11) { "png" } else { "svg" }, "options")));
    log.push(format!("{:?}", plugins.renderer.render("", "", FAIL).unwrap_err()));
    log
}

fn answered(calibrator: &CalibratorHandle, rows: Rows<'_>, scores: Matrix<'_>, part: Option<usize>) -> String {
    let is = |this: usize| part == Some(this);
    let extra = [Column::new("threshold_low", 2, &[1.0, 2.0, 3.0, 4.0])];
    let plain = Questions::about(&[0, 5]).of_classes(if is(12) { &[1] } else { &[1, 0] });
    let questions = Questions {
        feature: if is(13) { [].as_slice().into() } else { [1, NONE].as_slice().into() },
        category: if is(14) { [1].as_slice().into() } else { [1, 0].as_slice().into() },
        threshold_low: if is(15) { [].as_slice().into() } else { [f64::NEG_INFINITY, 0.0].as_slice().into() },
        threshold_high: if is(16) { [].as_slice().into() } else { [2.0].as_slice().into() },
        percentiles: if is(17) { [5.0, 95.0].as_slice().into() } else { [5.0, f64::INFINITY].as_slice().into() },
        extra: if is(18) { [].as_slice().into() } else { extra.as_slice().into() },
        ..plain
    };
    let (mut predict, mut low, mut high, mut class) = ([f64::NAN; 2], [f64::NAN; 2], [f64::NAN; 2], [1, NONE]);
    let (mut probability, mut wanted) = ([f64::NAN; 4], [f64::NAN; 6]);
    {
        let name = if is(19) { "test.other" } else { "test.wanted" };
        let mut columns = [ColumnMut { name: name.into(), width: 3, values: wanted.as_mut_slice().into() }];
        let answers = AnswersMut::new(&mut predict, &mut low, &mut high, &mut class);
        let answers = answers.with_probability(&mut probability).with_extra(&mut columns);
        calibrator.answer(rows, scores, questions, answers).unwrap();
    }
    assert!(wanted.iter().chain(&probability).chain(&predict).all(|value| value.is_finite()));
    format!("{predict:?} {low:?} {high:?} {class:?} {probability:?} {wanted:?}")
}

fn steps(explainer: &ExplainerHandle, x: Matrix<'_>, base: Answers<'_>, part: Option<usize>, log: &mut Vec<String>) {
    let is = |this: usize| part == Some(this);
    let ignored = [Column::new("ignored", 2, &[0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0])];
    let first = Batch {
        category: if is(20) { [].as_slice().into() } else { [0, 1, 1, 0].as_slice().into() },
        extra: if is(21) { [].as_slice().into() } else { ignored.as_slice().into() },
        ..Batch::first(x, "options")
    };
    log.push(format!("{:?}", explainer.step(first)));
    let answers = Answers::new(&[0.5], &[-0.0], &[f64::NAN], &[0]).with_extra(&ignored);
    log.push(format!("{:?}", explainer.step(first.in_round(3, b"\x00state", base, answers))));
    let failed: PluginError = explainer.step(Batch { options: FAIL.into(), ..first }).unwrap_err();
    assert_eq!((failed.code, failed.instance), (4242, 7));
    log.push(format!("{failed:?}"));
    log.push(format!("{:?}", explainer.save()));
}

#[test]
fn everything_that_a_call_holds_crosses_both_ways() {
    let scratch = Scratch::with_trusted(&[bundle_path("witness")]);
    let [near, far] = near_and_far(&scratch, |builder| builder);
    for kind in Kind::ALL {
        assert_placed(&near, *kind, "test.witness", Placement::InProcess);
        assert_placed(&far, *kind, "test.witness", Placement::Process);
    }
    let (near, far) = (Plugins::of(&near), Plugins::of(&far));
    let unchanged = record(&near, None);
    assert_eq!(unchanged, record(&far, None));
    assert_eq!(unchanged.len(), 23);
    for part in 0..PARTS {
        let changed = record(&far, Some(part));
        assert_ne!(unchanged, changed, "the witness did not notice that part {part} of the calls was changed");
        assert_eq!(changed, record(&near, Some(part)), "part {part}");
    }
}
