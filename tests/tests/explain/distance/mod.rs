//! Distance: the boundary is plain data, so a plugin may live in another process. Each call goes there as bytes and its
//! outcome comes back as bytes, and no byte of any result differs.

mod crossing;
mod proxy;

#[allow(dead_code, reason = "each side of the wire uses its half")]
#[path = "../../../programs/worker/wire/mod.rs"]
mod wire;
#[allow(dead_code, reason = "the worker registers the witness")]
#[path = "../../../programs/worker/witness.rs"]
mod witness;

use ce_host::config::{Environment, Slot};
use ce_host::plugin_api::kind::PlotBuilder;
use ce_host::plugin_api::manifest::Mode;
use ce_host::plugin_api::{PluginError, Registrar};
use ce_host::{Explainer, Host, Model};
use ce_tests::{fast_bundle, workspace_root};
use proxy::Proxy;
use serde_json::{Value, json};

use crate::case::{Case, explanations_file, predictions_file, trusting};

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
    assert!(near == far, "the files of the same length differ in their bytes");
    for (mode, file) in &near.explanations {
        assert!(file.len() > 100_000, "the {mode} file of 100 instances has {} bytes only", file.len());
    }
}

const CALIBRATOR_CALLS: [&str; 5] = ["fit", "answer", "save calibrator", "restore calibrator", "drop"];
const EXPLAINER_CALLS: [&str; 5] = ["prepare", "step", "save explainer", "restore explainer", "drop"];

/// Asserts that calls of each of these names went to the worker's plugin, or to what it made. No other test asks it.
fn assert_crossed(plugin: &'static str, names: &[&'static str]) {
    let calls = proxy::calls();
    for name in names {
        assert!(calls.get(&(plugin, *name)) > Some(&0), "no call `{name}` of `{plugin}` went to the worker: {calls:?}");
    }
    assert_ne!(proxy::worker_process(), std::process::id());
}

fn linked(manifest: &str, register: ce_host::plugin_api::Register) -> Host {
    let builder = Host::builder().environment(Environment::default()).working_dir(workspace_root());
    builder.linked(manifest, register).choose(Slot::Interval, "core.interval.fast").build().unwrap()
}

fn far_fast(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("core.interval.fast", Proxy("core.interval.fast"));
    registrar.explanation("core.explanation.fast", Proxy("core.explanation.fast"));
    Ok(())
}

#[test]
fn the_fast_bundle_in_another_process_gives_the_same_bytes() {
    let case = Case::breast_cancer();
    let modes = [Mode::Factual, Mode::Fast];
    let near = trusting(&fast_bundle()).host().choose(Slot::Interval, "core.interval.fast").build().unwrap();
    let near = files(case, &case.explainer(&near).build().unwrap(), &modes);

    let manifest = std::fs::read_to_string(workspace_root().join("plugins/fast/bundle.json")).unwrap();
    let far = linked(&manifest, far_fast);
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
    drop((far, restored));
    assert_crossed("core.interval.fast", &CALIBRATOR_CALLS);
    assert_crossed("core.explanation.fast", &EXPLAINER_CALLS);
}

/// A builder that is asked for the one style that the built-in builder knows: it refuses others, ours among them.
struct Styled<B>(B);

impl<B: PlotBuilder> PlotBuilder for Styled<B> {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        let known = intent.replace("test.built_in", "plot_spec.default");
        assert_ne!(known, intent, "the intent names the style");
        self.0.build(explanations, &known)
    }
}

fn near_built_in(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.learner("test.built_in.learner", ce_builtin::learner::Portable);
    registrar.interval("test.built_in.interval", ce_builtin::interval::Legacy);
    registrar.explanation("test.built_in.explanation", ce_builtin::explanation::Factual);
    registrar.plot_builder("test.built_in.plot", Styled(ce_builtin::plot::DefaultBuilder));
    registrar.plot_renderer("test.built_in.plot", ce_builtin::plot::DefaultRenderer);
    Ok(())
}

fn far_built_in(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.learner("test.built_in.learner", Proxy("core.learner.portable"));
    registrar.interval("test.built_in.interval", Proxy("core.interval.legacy"));
    registrar.explanation("test.built_in.explanation", Proxy("core.explanation.factual"));
    registrar.plot_builder("test.built_in.plot", Styled(Proxy("core.plot.plot_spec.default")));
    registrar.plot_renderer("test.built_in.plot", Proxy("core.plot.plot_spec.default"));
    Ok(())
}

/// The manifest of the built-in plugins under other identifiers, which nobody else claims.
fn built_in_manifest() -> String {
    let mut manifest: Value = serde_json::from_str(ce_builtin::MANIFEST).unwrap();
    manifest["bundle"]["name"] = "test-built-in".into();
    for plugin in manifest["plugins"].as_array_mut().unwrap() {
        let kind = plugin["kind"].as_str().unwrap().to_owned();
        plugin["identifier"] = format!("test.built_in.{}", kind.split('-').next().unwrap()).into();
        if kind == "explanation" {
            plugin["interval_dependency"] = "test.built_in.interval".into();
            plugin["plot_dependency"] = "test.built_in".into();
        }
    }
    manifest["plot_styles"] =
        json!([{ "identifier": "test.built_in", "builder": "test.built_in.plot", "renderer": "test.built_in.plot" }]);
    manifest.to_string()
}

/// The explainer of the breast-cancer data whose every plugin is one of `host`'s linked bundle.
fn explainer(case: &Case, register: ce_host::plugin_api::Register) -> Explainer {
    let builder = Host::builder().environment(Environment::default()).working_dir(workspace_root());
    let builder = builder.linked(built_in_manifest(), register).choose(Slot::Interval, "test.built_in.interval");
    let host = builder.choose(Slot::ExplanationFactual, "test.built_in.explanation").build().unwrap();
    let model: Model = host.open_model(case.model_bytes(), Some("test.built_in.learner")).unwrap();
    let explainer = host.explainer(model, case.calibration()).threads(2).chunk_rows(40).build().unwrap();
    let routes = explainer.routes(Mode::Factual).unwrap();
    let chosen: Vec<&str> = routes.iter().map(|route| route.usable[0].as_str()).collect();
    assert_eq!(chosen, ["test.built_in.explanation", "test.built_in.interval", "test.built_in"]);
    explainer
}

#[test]
fn every_built_in_kind_in_another_process_gives_the_same_bytes() {
    let case = Case::breast_cancer();
    let near = files(case, &explainer(case, near_built_in), &[Mode::Factual]);
    let far = explainer(case, far_built_in);
    assert_same(&near, &files(case, &far, &[Mode::Factual]));
    assert!(near.plots.iter().all(|svg| svg.starts_with(b"<svg")));

    let restored = explainer(case, far_built_in);
    restored.restore(&serde_json::from_str(&near.saved[0]).unwrap()).unwrap();
    let explanations = restored.explain_factual(case.x()).unwrap();
    assert!(near.explanations[0].1 == explanations_file(&explanations));
    drop((far, restored));
    assert_crossed("core.learner.portable", &["open", "info", "predict", "drop"]);
    assert_crossed("core.interval.legacy", &CALIBRATOR_CALLS);
    assert_crossed("core.explanation.factual", &EXPLAINER_CALLS);
    assert_crossed("core.plot.plot_spec.default", &["build", "render"]);
}
