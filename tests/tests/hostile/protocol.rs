//! What a bundle does to the protocol between its worker and the host, and to the memory that they share.

use ce_host::config::{Placement, Slot};
use ce_host::plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, NONE, Questions, Rows};
use ce_host::plugin_api::kind::{CalibratorHandle, Fit, IntervalHandle, PlotBuilderHandle, PlotRendererHandle};
use ce_host::plugin_api::manifest::Kind;
use ce_host::plugin_api::{ErrorCode, PluginError};
use ce_host::{ExplainError, Host};
use serde_json::json;

use crate::case::small;
use crate::places::{by_built_in, by_second, by_second_alone, explain, explainer, numbers, of_hostile};
use crate::verdict::End::{Signal, Status, Words, Wrote};
use crate::verdict::{case, each, ends};

#[test]
fn what_is_no_reply_is_a_breach_of_the_protocol() {
    let breach = |how, place, says| case(how, place, "worker.protocol", Words, says);
    let cases = [
        breach("speaks_to_all", "answer", "the message is no description of a call or a reply"),
        breach("forges_outside", "fit", "a column of 16 values at byte 1099511627776 lies outside of the message"),
        breach("forges_early", "fit", "the reply does not belong to the call"),
        breach("forges_elsewhere", "fit", "the reply does not belong to the call"),
        breach("forges_words", "answer", "it cannot read the call: \u{fffd}[31mred"),
        breach("names_without_text", "step", "a text is not UTF-8"),
        case("closes_all", "answer", "worker.exited", Status(1), "it ended its worker with status 1"),
        case("returns_a_gigabyte", "save", "worker.out_of_memory", Signal("SIGABRT"), "ran out of the memory"),
        case("floods_and_aborts", "answer", "worker.crashed", Wrote("SIGABRT", "after the flood"), "after the flood"),
    ];
    each(&cases, |case| {
        let host = case.check(&of_hostile(""), Placement::Process);
        let end = &ends(&host)[0];
        assert!(end.output.len() <= 20 && end.output.iter().all(|line| line.len() <= 1000), "{end:?}");
    });
}

/// Half a terabyte of columns that are all the same half gigabyte: the host counts what it copies before it makes room.
#[test]
fn a_forged_reply_cannot_make_the_host_run_out_of_memory() {
    let places = of_hostile("memory_mib = 1024");
    let case = case("forges_overlaps", "step", "", Words, "");
    // Calibrator and explainer in one worker, whose calls it counts.
    let host = case.host(&places, Placement::Process).choose(Slot::Interval, "test.interval.hostile").build().unwrap();
    let instances = small::instances();
    let explanations = explainer(&host).build().unwrap().explain_factual(small::x(&instances)).unwrap();
    let [fault] = explanations.passed_over() else { panic!("{:?}", explanations.passed_over()) };
    assert_eq!(fault.code(), "worker.protocol", "{fault}");
    assert!(fault.to_string().contains("the reply takes more than a gigabyte in all"), "{fault}");
    // The calibrator was had again in another worker, and the built-in explainer asked it.
    assert!(numbers(&explanations) == by_second_alone());
}

/// Whoever has the memory for it and tells the truth fails, and its worker goes on.
#[test]
fn a_gigabyte_is_more_than_a_plugin_may_return() {
    let host = of_hostile("memory_mib = 2560").host(Placement::Process).build().unwrap();
    let renderer = host.catalog().registry().handle::<PlotRendererHandle>("test.plot.hostile").unwrap();
    let render = |how: &str| {
        let options = json!({ "host": { "seed": 0, "threads": 1 }, "plugin": { "how": how, "where": "render" } });
        renderer.render("{}", "svg", &options.to_string())
    };
    let error = render("returns_a_gigabyte").unwrap_err();
    assert!(error.text().contains("takes more memory than host and worker share"), "{error}");
    assert_eq!(render("well").unwrap(), b"{}");
    assert!(ends(&host).is_empty(), "{:?}", ends(&host));
}

/// A thread that goes on writing into shared memory: the host has copied before it looks, so what it looked at is what it
/// uses, and the thread can spoil no answer but the bundle's own.
#[test]
fn what_is_written_after_the_reply_changes_nothing_that_was_taken() {
    let places = of_hostile("");
    let case = case("scribbles", "answer", "", Words, "");
    let host = case.host(&places, Placement::Process).build().unwrap();
    let explainer = explainer(&host).build().unwrap();
    let instances = small::instances();
    for _ in 0..3 {
        let explanations = explainer.explain_factual(small::x(&instances)).unwrap();
        match explanations.passed_over() {
            [] => assert!(numbers(&explanations) == by_second_alone(), "a number came in from outside"),
            [fault] => {
                let code = fault.code();
                assert!(["plugin.invalid_output", "worker.protocol"].contains(&code), "{fault}");
                assert!(numbers(&explanations) == by_built_in());
            }
            more => panic!("{more:?}"),
        }
    }
    assert!(by_second(&host) == by_second_alone());
}

/// A thread that does between two calls what no bundle may: the worker is gone then, and another one answers.
#[test]
fn what_is_done_between_calls_is_told_too() {
    let places = of_hostile("");
    let case = case("connects_later", "answer", "", Words, "");
    let host = case.host(&places, Placement::Process).build().unwrap();
    let instances = small::instances();
    let mut n_asked = 0;
    while ends(&host).is_empty() && n_asked < 500 {
        n_asked += 1;
        let explanations = explainer(&host).build().unwrap().explain_factual(small::x(&instances)).unwrap();
        let expected = if explanations.passed_over().is_empty() { by_second_alone() } else { by_built_in() };
        assert!(numbers(&explanations) == expected, "{:?}", explanations.passed_over());
    }
    let end = &ends(&host)[0];
    assert_eq!((end.code(), end.syscall.as_deref()), ("worker.refused_syscall", Some("socket")), "{end:?}");
    assert!(by_second(&host) == by_second_alone());
}

/// Other calls of the same bundle that are under way when its worker dies are made again.
#[test]
fn a_crash_takes_no_other_call_along() {
    let host = of_hostile("").host(Placement::Process).build().unwrap();
    let plugin = host.catalog().registry().handle::<IntervalHandle>("test.interval.hostile").unwrap();
    let [well, crashing] = ["well", "crashes"].map(|how| fit(plugin, how));
    std::thread::scope(|scope| {
        let others: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| (0..40).map(|_| answer(&well)).collect::<Result<Vec<_>, PluginError>>()))
            .collect();
        let error = answer(&crashing).unwrap_err();
        assert!(error.text().contains("Crashed"), "{error}");
        for other in others {
            assert_eq!(other.join().unwrap().unwrap(), [0.5; 40]);
        }
    });
}

fn fit(plugin: &IntervalHandle, how: &str) -> CalibratorHandle {
    let (x, scores) = ([0.1, 0.2, 0.8, 0.9], [0.9, 0.1, 0.8, 0.2, 0.2, 0.8, 0.1, 0.9]);
    let schema = r#"{"task": "classification", "classes": ["0", "1"], "feature_names": ["a"]}"#;
    let (x, scores) = (Matrix::new(&x, 4, 1).unwrap(), Matrix::new(&scores, 4, 2).unwrap());
    let calibration = Calibration::new(x, &[0.0, 0.0, 1.0, 1.0], scores, schema);
    let options = json!({ "host": { "seed": 0, "threads": 1 }, "plugin": { "how": how } }).to_string();
    match plugin.fit(calibration, Asked::nothing(2), &options).unwrap() {
        Fit::Done(calibrator) => calibrator,
        Fit::Ask { .. } => panic!("nothing was to be asked"),
    }
}

/// P(class 1) of a row with the score 0.5.
fn answer(calibrator: &CalibratorHandle) -> Result<f64, PluginError> {
    let (base, scores) = (Matrix::new(&[0.5], 1, 1).unwrap(), Matrix::new(&[0.5, 0.5], 1, 2).unwrap());
    let (mut predict, mut low, mut high, mut class) = ([f64::NAN], [f64::NAN], [f64::NAN], [NONE]);
    let answers = AnswersMut::new(&mut predict, &mut low, &mut high, &mut class);
    calibrator.answer(Rows::dense(base), scores, Questions::about(&[0]), answers)?;
    Ok(predict[0])
}

#[test]
fn a_worker_that_is_started_again_is_told_of() {
    // Its numbers are its own word, before and after: what a host can say is that there was another worker.
    let places = of_hostile("");
    let case = case("differs_by_process", "answer", "", Words, "");
    let host = case.host(&places, Placement::Process).build().unwrap();
    let explainer = explainer(&host).build().unwrap();
    let first = explain(&explainer).unwrap();
    assert!(explain(&explainer).unwrap() == first, "one worker, one answer");
    let log = host.catalog().registry().entry(Kind::Interval, "test.interval.hostile").unwrap().log.clone().unwrap();
    assert_eq!(log.restarts(), 0);
    crash(&host);
    assert!(explain(&explainer).is_ok());
    assert_eq!(log.restarts(), 1);
    assert_eq!(log.ends().iter().map(|end| end.code()).collect::<Vec<_>>(), ["worker.crashed"]);
}

/// Ends the worker of the hostile bundle through another of its plugins.
fn crash(host: &Host) {
    let renderer = host.catalog().registry().handle::<PlotRendererHandle>("test.plot.hostile").unwrap();
    let options = json!({ "host": { "seed": 0, "threads": 1 }, "plugin": { "how": "crashes", "where": "render" } });
    renderer.render("{}", "svg", &options.to_string()).unwrap_err();
}

#[test]
fn text_that_is_none_is_an_error_in_both_places() {
    for placement in [Placement::Process, Placement::InProcess] {
        let host = of_hostile("").host(placement).build().unwrap();
        let registry = host.catalog().registry();
        let error = registry.handle::<PlotBuilderHandle>("test.plot.hostile").unwrap().build("{}", "{}").unwrap_err();
        assert_eq!(error.code, ErrorCode::Corrupt as u32, "{placement}: {error}");
        let options = json!({ "how": "fails_without_text", "where": "render" });
        let options = json!({ "host": { "seed": 0, "threads": 1 }, "plugin": options }).to_string();
        let renderer = registry.handle::<PlotRendererHandle>("test.plot.hostile").unwrap();
        let error = renderer.render("{}", "svg", &options).unwrap_err();
        assert!(error.text().contains("\u{fffd} no text"), "{placement}: {error}");
        assert!(by_second(&host) == by_second_alone(), "{placement}");
    }
}

#[test]
fn learners_are_held_as_others_are() {
    let places = |how: &str| of_hostile(if how == "loops" { "deadlines = { fit = 2 }" } else { "" });
    let open = |how: &str, place: &str, placement| {
        let places = places(how);
        let mut builder = places.host(placement);
        for (name, value) in [("how", how), ("where", place)] {
            builder = builder.option("test.learner.hostile", name, json!(value));
        }
        let host = builder.build().unwrap();
        let model = host.open_model(b"anything", Some("test.learner.hostile"));
        (host, model)
    };
    let held = Placement::Process;
    for (how, place, code) in [
        ("crashes", "open", "worker.crashed"),
        ("loops", "open", "worker.deadline"),
        ("aborts", "info", "worker.crashed"),
        ("panics", "open", "plugin.panicked"),
        ("lies_about_outputs", "info", "plugin.invalid_output"),
    ] {
        let (host, model) = open(how, place, held);
        let error = model.unwrap_err();
        assert_eq!(error.code(), code, "{how} in {place}: {error}");
        assert!(by_second(&host) == by_second_alone(), "{how} in {place}");
    }
    let (_, model) = open("lies_about_outputs", "info", Placement::InProcess);
    assert_eq!(model.unwrap_err().code(), "plugin.invalid_output");

    let (host, model) = open("connects", "predict", held);
    let asked = host.explainer(model.unwrap(), small::calibration()).threads(1);
    let error = asked.interval_plugin("core.interval.legacy").build().unwrap_err();
    let ExplainError::Plugin(fault) = &error else { panic!("{error}") };
    assert_eq!(fault.code(), "worker.refused_syscall", "{error}");
    assert!(error.to_string().contains("learner `test.learner.hostile`"), "{error}");
    assert!(by_second(&host) == by_second_alone());
}
