//! Distance: the boundary is plain data, so a plugin may live in another process. The same bundle, unchanged, runs in the
//! host's process and in a held worker, and no byte of any result differs.

mod crossing;
mod parts;
mod placement;
mod restart;

use ce_host::config::{Level, Placement, Slot};
use ce_host::plugin_api::manifest::{Kind, Mode};
use ce_host::{Explainer, Host, HostBuilder, Model};
use ce_tests::{Scratch, bundle_path, fast_bundle};
use serde_json::Value;

use crate::case::{Case, explanations_file, predictions_file};
use crate::cells::CELLS;

/// What one host made of the breast-cancer data: every file, and what was saved.
#[derive(Debug, PartialEq)]
struct Files {
    explanations: Vec<(Mode, Vec<u8>)>,
    predictions: Vec<u8>,
    plots: Vec<Vec<u8>>,
    saved: Vec<String>,
}

fn files(case: &Case, explainer: &Explainer, modes: &[Mode]) -> Files {
    let mut files = Files {
        explanations: Vec::new(),
        predictions: predictions_file(&explainer.predict(case.x()).unwrap()),
        plots: Vec::new(),
        saved: Vec::new(),
    };
    for &mode in modes {
        let explanations = explainer.explain(mode, case.x()).unwrap();
        files.explanations.push((mode, explanations_file(&explanations)));
        for instance in [0, 1, case.n_rows() - 1] {
            let plotted = explainer.plot(&explanations, instance, "svg").unwrap();
            assert_eq!(plotted.skipped, [], "the first style is drawn");
            files.plots.push(plotted.bytes);
        }
        files.saved.push(serde_json::to_string(&explainer.save(mode).unwrap()).unwrap());
    }
    files
}

fn assert_same(near: &Files, far: &Files) {
    let lengths = |files: &Files| files.explanations.iter().map(|(_, file)| file.len()).collect::<Vec<_>>();
    assert_eq!(lengths(near), lengths(far));
    assert!(near.predictions == far.predictions, "the predictions differ");
    assert!(near.explanations == far.explanations, "the explanations files of the same length differ in their bytes");
    assert!(near.plots == far.plots, "the pictures differ");
    assert!(near.saved == far.saved, "what was saved differs");
    for (mode, file) in &near.explanations {
        assert!(file.len() > 100_000, "the {mode} file of 100 instances has {} bytes only", file.len());
    }
}

/// Asserts where a plugin runs, and that a worker is held as far as can be.
#[track_caller]
fn assert_placed(host: &Host, kind: Kind, identifier: &str, placement: Placement) {
    let entry = host.catalog().registry().entry(kind, identifier).expect("the plugin is loaded");
    assert_eq!(entry.source.isolation.placement, placement, "{identifier}");
    let level = entry.source.sandbox.as_ref().map(|sandbox| sandbox.level);
    assert_eq!(level, (placement == Placement::Process).then_some(Level::Full), "{identifier}");
}

/// Both ways to run what is trusted in a scratch place: in the host's process, and in a worker.
fn near_and_far(scratch: &Scratch, configured: impl Fn(HostBuilder) -> HostBuilder) -> [Host; 2] {
    [scratch.host(), scratch.held_host()].map(|builder| configured(builder).build().unwrap())
}

fn with_fast_intervals(builder: HostBuilder) -> HostBuilder {
    builder.choose(Slot::Interval, "core.interval.fast")
}

#[test]
fn the_fast_bundle_in_another_process_gives_the_same_bytes() {
    let case = Case::breast_cancer();
    let modes = [Mode::Factual, Mode::Fast];
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    let [near, far] = near_and_far(&scratch, with_fast_intervals);
    for (kind, identifier) in [(Kind::Interval, "core.interval.fast"), (Kind::Explanation, "core.explanation.fast")] {
        assert_placed(&near, kind, identifier, Placement::InProcess);
        assert_placed(&far, kind, identifier, Placement::Process);
    }
    let near = files(case, &case.explainer(&near).build().unwrap(), &modes);
    for threads in [1, 2] {
        let explainer = case.explainer(&far).threads(threads).chunk_rows(33).build().unwrap();
        assert_same(&near, &files(case, &explainer, &modes));
    }
    let restored = case.explainer(&far).build().unwrap();
    for (saved, (mode, file)) in near.saved.iter().zip(&near.explanations) {
        restored.restore(&serde_json::from_str(saved).unwrap()).unwrap();
        let again = explanations_file(&restored.explain(*mode, case.x()).unwrap());
        assert!(*file == again, "restored, mode {mode}");
    }
}

/// The manifest of the built-in plugins under other identifiers, which nobody else claims.
fn built_in_manifest() -> Value {
    let mut manifest: Value = serde_json::from_str(ce_builtin::MANIFEST).unwrap();
    manifest["bundle"]["name"] = "test-built-in".into();
    let rename = |entry: &mut Value, keys: &[&str]| {
        for key in keys {
            if let Some(name) = entry[*key].as_str() {
                entry[*key] = format!("test.{name}").into();
            }
        }
    };
    for plugin in manifest["plugins"].as_array_mut().unwrap() {
        rename(plugin, &["identifier", "interval_dependency", "plot_dependency"]);
    }
    let styles = manifest["plot_styles"].as_array_mut().unwrap();
    styles.retain(|style| style["identifier"] == "plot_spec.default" || style["identifier"] == "legacy");
    styles.iter_mut().for_each(|style| rename(style, &["identifier", "builder", "renderer"]));
    manifest
}

/// The explainer of the breast-cancer data whose every plugin is one of the bundle.
fn explainer(case: &Case, host: &Host, style: &str) -> Explainer {
    let model: Model = host.open_model(case.model_bytes(), Some("test.core.learner.portable")).unwrap();
    let explainer = host.explainer(model, case.calibration()).threads(2).chunk_rows(40).build().unwrap();
    for mode in BUILT_IN_MODES {
        let routes = explainer.routes(mode).unwrap();
        let chosen: Vec<&str> = routes.iter().map(|route| route.usable[0].as_str()).collect();
        assert_eq!(chosen, [&format!("test.core.explanation.{mode}"), "test.core.interval.legacy", style]);
    }
    explainer
}

const BUILT_IN_MODES: [Mode; 2] = [Mode::Factual, Mode::Alternative];

#[test]
fn every_built_in_kind_in_another_process_gives_the_same_bytes() {
    let announced: Value = serde_json::from_str(include_str!("../../../bundles/built_in.json")).unwrap();
    assert_eq!(announced, built_in_manifest(), "the bundle announces what is built in");
    let case = Case::breast_cancer();
    let scratch = Scratch::with_trusted(&[bundle_path("built_in")]);
    for style in ["test.plot_spec.default", "test.legacy"] {
        let [near, far] = near_and_far(&scratch, |builder| {
            builder
                .choose(Slot::Interval, "test.core.interval.legacy")
                .choose(Slot::ExplanationFactual, "test.core.explanation.factual")
                .choose(Slot::ExplanationAlternative, "test.core.explanation.alternative")
                .choose(Slot::PlotStyle, style)
        });
        for plugin in announced["plugins"].as_array().unwrap() {
            let kind = Kind::ALL.iter().find(|kind| plugin["kind"] == kind.as_str()).unwrap();
            let identifier = plugin["identifier"].as_str().unwrap();
            assert_placed(&near, *kind, identifier, Placement::InProcess);
            assert_placed(&far, *kind, identifier, Placement::Process);
        }
        let near = files(case, &explainer(case, &near, style), &BUILT_IN_MODES);
        assert_same(&near, &files(case, &explainer(case, &far, style), &BUILT_IN_MODES));
        assert!(near.plots.iter().all(|svg| svg.starts_with(b"<svg")));

        let restored = explainer(case, &far, style);
        for (saved, (mode, file)) in near.saved.iter().zip(&near.explanations) {
            restored.restore(&serde_json::from_str(saved).unwrap()).unwrap();
            assert!(*file == explanations_file(&restored.explain(*mode, case.x()).unwrap()), "restored, mode {mode}");
        }
    }
}

#[test]
fn every_task_in_another_process_gives_the_same_bytes() {
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    let [near, far] = near_and_far(&scratch, with_fast_intervals);
    let mut n_files = 0;
    for cell in &CELLS {
        let rows = cell.rows_to_explain();
        let explain = |host: &Host| -> Vec<Vec<u8>> {
            let explainer = host.explainer(cell.model(), cell.calibration()).build().unwrap();
            let modes = [Mode::Factual, Mode::Alternative, Mode::Fast];
            let asked = modes.into_iter().flat_map(|mode| cell.asks.iter().map(move |&ask| (mode, ask)));
            asked
                .map(|(mode, ask)| explanations_file(&explainer.explain(mode, cell.batch(&rows, ask)).unwrap()))
                .collect()
        };
        let (near, far) = (explain(&near), explain(&far));
        assert!(near == far, "{}", cell.name);
        n_files += near.len();
    }
    // Five cells ask one thing and three ask four.
    assert_eq!(n_files, (5 + 3 * 4) * 3);
}
