//! Faults while drawing: the next style of the chain is taken, and the picture and telemetry say so.

use ce_host::config::{Slot, TelemetryLevel};
use ce_tests::bundle_path;
use serde_json::json;

use super::small_explainer;
use crate::case::{small, trusting};

#[test]
fn a_builder_that_panics_is_passed_over_along_the_chain() {
    let places = trusting(&bundle_path("panics"));
    let builder = places.host().telemetry(TelemetryLevel::Summary).choose(Slot::PlotStyle, "test.panics");
    let host = builder.fallbacks(Slot::PlotStyle, vec!["plot_spec.default.factual".to_owned()]).build().unwrap();
    let explainer = small_explainer(&host).build().unwrap();
    let instances = small::instances();
    let explanations = explainer.explain_factual(small::x(&instances)).unwrap();
    let chain = ["test.panics", "plot_spec.default.factual", "plot_spec.default", "legacy"];
    assert_eq!(explanations.telemetry().unwrap().plot_fallbacks, chain);

    for n_plotted in 1..3 {
        let plotted = explainer.plot(&explanations, n_plotted, "svg").unwrap();
        assert!(plotted.bytes.starts_with(b"<svg"));
        assert_eq!(plotted.style, "plot_spec.default.factual");
        let [skip] = plotted.skipped.as_slice() else { panic!("{:?}", plotted.skipped) };
        assert_eq!((skip.identifier.as_str(), skip.code), ("test.panics", "plugin.panicked"));
        let start = format!("plot-builder `test.plot.panics` of bundle `test-panics`, `build`, instance {n_plotted}: ");
        assert!(skip.reason.starts_with(&start) && skip.reason.contains("asked to panic in build"), "{}", skip.reason);

        let told = explanations.telemetry().unwrap();
        assert_eq!(told.plot_source.as_deref(), Some("plot_spec.default.factual"));
        let selection = told.selection.iter().find(|selection| selection.slot == "plots.style").unwrap();
        assert_eq!((selection.requested.as_str(), selection.fallback_used), ("test.panics", true));
        let [skipped] = selection.skipped.as_slice() else { panic!("{:?}", selection.skipped) };
        assert_eq!((skipped.identifier.as_str(), skipped.code.as_str()), ("test.panics", "plugin.panicked"));
    }
}

#[test]
fn a_renderer_that_panics_is_an_error_that_names_it() {
    let places = trusting(&bundle_path("panics"));
    for (place, says) in [("render", "asked to panic in render"), ("payload", "a panic without a message")] {
        let builder = places.host().choose(Slot::PlotRenderer, "test.plot.panics");
        let host = builder.option("test.plot.panics", "where", json!(place)).build().unwrap();
        let explainer = small_explainer(&host).build().unwrap();
        let instances = small::instances();
        let explanations = explainer.explain_factual(small::x(&instances)).unwrap();
        let error = explainer.plot(&explanations, 0, "svg").unwrap_err();
        assert_eq!(error.code(), "plugin.panicked");
        let named = "plot-renderer `test.plot.panics` of bundle `test-panics`, `render`, instance 0";
        assert!(error.to_string().contains(named) && error.to_string().contains(says), "{error}");

        let next = small_explainer(&host).choose(Slot::PlotRenderer, "core.plot.plot_spec.default").build().unwrap();
        assert!(next.plot(&explanations, 0, "svg").unwrap().bytes.starts_with(b"<svg"));
    }
}

#[test]
fn what_cannot_be_drawn_is_an_error() {
    let host = ce_tests::Scratch::new().host().build().unwrap();
    let explainer = small_explainer(&host).build().unwrap();
    let instances = small::instances();
    let explanations = explainer.explain_factual(small::x(&instances)).unwrap();
    let error = explainer.plot(&explanations, small::N_INSTANCES, "svg").unwrap_err();
    assert_eq!((error.code(), error.to_string().contains("no instance 20 to draw")), ("plot.no_such_instance", true));
    let error = explainer.plot(&explanations, 0, "bmp").unwrap_err();
    assert_eq!((error.code(), error.to_string().contains("bmp")), ("plugin.failed", true), "{error}");
}
