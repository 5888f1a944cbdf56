//! Panics in each method of each kind and in drop, through a real library: an error, and a process that lives on.

use ce_host::Host;
use ce_host::plugin_api::data::{Answers, Matrix, Rows};
use ce_host::plugin_api::kind::{
    Batch, ExplainerHandle, ExplanationHandle, IntervalHandle, LearnerPluginHandle, PlotBuilderHandle,
    PlotRendererHandle,
};
use ce_host::plugin_api::{ErrorCode, PluginError};
use ce_tests::{Scratch, bundle_path};
use serde_json::json;

use super::{answer, fit, options, with_calibration};

fn host() -> Host {
    Scratch::with_trusted(&[bundle_path("panics")]).host().build().unwrap()
}

fn at(place: &str) -> String {
    options(&json!({ "where": place }))
}

/// That the error is a guarded panic in that place, and tells where in the source it was.
#[track_caller]
fn assert_panicked<T: std::fmt::Debug>(outcome: Result<T, PluginError>, place: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.code, ErrorCode::Panicked as u32, "{error}");
    let said =
        if place == "payload" { "a panic without a message".to_owned() } else { format!("asked to panic in {place}") };
    assert!(error.text().contains(&said), "{error}");
    assert!(error.text().contains("panics.rs:"), "{error}");
}

#[test]
fn of_a_calibrator() {
    let host = host();
    let plugin = host.catalog().registry().handle::<IntervalHandle>("test.interval.panics").unwrap();
    assert_panicked(fit(plugin, &at("fit")), "fit");
    for place in ["answer", "payload"] {
        let calibrator = fit(plugin, &at(place)).unwrap();
        assert_panicked(answer(&calibrator), place);
        assert_panicked(answer(&calibrator), place);
        assert!(calibrator.save().unwrap().is_empty());
    }
    assert_panicked(fit(plugin, &at("save")).unwrap().save(), "save");
    assert_panicked(plugin.restore(&[], &at("restore")), "restore");
    let well = fit(plugin, &at("drop")).unwrap();
    assert_eq!(answer(&well).unwrap()[0], 0.5);
    drop(well);
    assert_eq!(answer(&fit(plugin, &at("nowhere")).unwrap()).unwrap()[0], 0.5);
}

#[test]
fn of_an_explainer() {
    let host = host();
    let plugin = host.catalog().registry().handle::<ExplanationHandle>("test.explanation.panics").unwrap();
    let prepare = |place: &str| {
        let (half, class) = ([0.5; 4], [1; 4]);
        with_calibration(|set| plugin.prepare(set, Answers::new(&half, &half, &half, &class), &at(place)))
    };
    let step = |explainer: &ExplainerHandle| {
        let text = at("nowhere");
        explainer.step(Batch::first(Matrix::new(&[0.5], 1, 1).unwrap(), &text)).map(drop)
    };
    assert_panicked(prepare("prepare"), "prepare");
    for place in ["step", "payload"] {
        assert_panicked(step(&prepare(place).unwrap()), place);
    }
    assert_panicked(prepare("save").unwrap().save(), "save");
    assert_panicked(plugin.restore(&[], &at("restore")), "restore");
    let well = prepare("drop").unwrap();
    step(&well).unwrap();
    drop(well);
}

#[test]
fn of_a_learner() {
    let host = host();
    let plugin = host.catalog().registry().handle::<LearnerPluginHandle>("test.learner.panics").unwrap();
    let base = Matrix::new(&[0.5], 1, 1).unwrap();
    let mut scores = [f64::NAN; 2];
    assert_panicked(plugin.open(b"", &at("open")), "open");
    assert_panicked(plugin.open(b"", &at("info")).unwrap().info(), "info");
    for place in ["predict", "payload"] {
        assert_panicked(plugin.open(b"", &at(place)).unwrap().predict(Rows::dense(base), &mut scores), place);
    }
    let well = plugin.open(b"", &at("drop")).unwrap();
    well.predict(Rows::dense(base), &mut scores).unwrap();
    drop(well);
    assert_eq!(scores, [0.5, 0.5]);
}

#[test]
fn of_plots() {
    let host = host();
    let registry = host.catalog().registry();
    assert_panicked(registry.handle::<PlotBuilderHandle>("test.plot.panics").unwrap().build("{}", "{}"), "build");
    let renderer = registry.handle::<PlotRendererHandle>("test.plot.panics").unwrap();
    for place in ["render", "payload", "drop"] {
        assert_panicked(renderer.render("{}", "svg", &at(place)), place);
    }
    assert_eq!(renderer.render("{}", "svg", &at("nowhere")).unwrap(), b"{}");
}

/// The last handles of the objects go on a thread of their own, as a host's workers do.
#[test]
fn in_drop_on_another_thread() {
    let host = host();
    let plugin = host.catalog().registry().handle::<IntervalHandle>("test.interval.panics").unwrap();
    let calibrators: Vec<_> = (0..4).map(|_| fit(plugin, &at("drop")).unwrap()).collect();
    std::thread::scope(|scope| calibrators.into_iter().for_each(|one| drop(scope.spawn(move || drop(one)))));
    assert_eq!(answer(&fit(plugin, &at("nowhere")).unwrap()).unwrap()[0], 0.5);
}
