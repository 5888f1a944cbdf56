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
use serde_json::Value;

use crate::case::{Case, explanations_file, predictions_file, trusting};
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

/// A builder that is asked for a style that the built-in builder knows: it refuses others, ours among them.
struct Styled<B>(B);

impl<B: PlotBuilder> PlotBuilder for Styled<B> {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        let known = intent.replace("test.plot_spec", "plot_spec").replace("test.legacy", "legacy");
        assert_ne!(known, intent, "the intent names the style");
        self.0.build(explanations, &known)
    }
}

fn near_built_in(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    use ce_builtin::{explanation, interval, learner, plot};
    registrar.learner("test.core.learner.portable", learner::Portable);
    registrar.interval("test.core.interval.legacy", interval::Legacy);
    registrar.explanation("test.core.explanation.factual", explanation::Factual);
    registrar.explanation("test.core.explanation.alternative", explanation::Alternative);
    registrar.plot_builder("test.core.plot.plot_spec.default", Styled(plot::DefaultBuilder));
    registrar.plot_renderer("test.core.plot.plot_spec.default", plot::DefaultRenderer);
    registrar.plot_builder("test.core.plot.legacy", Styled(plot::LegacyBuilder));
    registrar.plot_renderer("test.core.plot.legacy", plot::LegacyRenderer);
    Ok(())
}

fn far_built_in(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.learner("test.core.learner.portable", Proxy("core.learner.portable"));
    registrar.interval("test.core.interval.legacy", Proxy("core.interval.legacy"));
    registrar.explanation("test.core.explanation.factual", Proxy("core.explanation.factual"));
    registrar.explanation("test.core.explanation.alternative", Proxy("core.explanation.alternative"));
    registrar.plot_builder("test.core.plot.plot_spec.default", Styled(Proxy("core.plot.plot_spec.default")));
    registrar.plot_renderer("test.core.plot.plot_spec.default", Proxy("core.plot.plot_spec.default"));
    registrar.plot_builder("test.core.plot.legacy", Styled(Proxy("core.plot.legacy")));
    registrar.plot_renderer("test.core.plot.legacy", Proxy("core.plot.legacy"));
    Ok(())
}

/// The manifest of the built-in plugins under other identifiers, which nobody else claims.
fn built_in_manifest() -> String {
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
    manifest.to_string()
}

/// The explainer of the breast-cancer data whose every plugin is one of a linked bundle.
fn explainer(case: &Case, register: ce_host::plugin_api::Register, style: &str) -> Explainer {
    let builder = Host::builder().environment(Environment::default()).working_dir(workspace_root());
    let host = builder
        .linked(built_in_manifest(), register)
        .choose(Slot::Interval, "test.core.interval.legacy")
        .choose(Slot::ExplanationFactual, "test.core.explanation.factual")
        .choose(Slot::ExplanationAlternative, "test.core.explanation.alternative")
        .choose(Slot::PlotStyle, style)
        .build()
        .unwrap();
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
    let case = Case::breast_cancer();
    for style in ["test.plot_spec.default", "test.legacy"] {
        let near = files(case, &explainer(case, near_built_in, style), &BUILT_IN_MODES);
        let far = explainer(case, far_built_in, style);
        assert_same(&near, &files(case, &far, &BUILT_IN_MODES));
        assert!(near.plots.iter().all(|svg| svg.starts_with(b"<svg")));

        let restored = explainer(case, far_built_in, style);
        for (saved, (mode, file)) in near.saved.iter().zip(&near.explanations) {
            restored.restore(&serde_json::from_str(saved).unwrap()).unwrap();
            assert!(*file == explanations_file(&restored.explain(*mode, case.x()).unwrap()), "restored, mode {mode}");
        }
    }
    assert_crossed("core.learner.portable", &["open", "info", "predict", "drop"]);
    assert_crossed("core.interval.legacy", &CALIBRATOR_CALLS);
    assert_crossed("core.explanation.factual", &EXPLAINER_CALLS);
    assert_crossed("core.explanation.alternative", &EXPLAINER_CALLS);
    assert_crossed("core.plot.plot_spec.default", &["build", "render"]);
    assert_crossed("core.plot.legacy", &["build", "render"]);
}

#[test]
fn every_task_in_another_process_gives_the_same_bytes() {
    let near = trusting(&fast_bundle()).host().choose(Slot::Interval, "core.interval.fast").build().unwrap();
    let manifest = std::fs::read_to_string(workspace_root().join("plugins/fast/bundle.json")).unwrap();
    let far = linked(&manifest, far_fast);
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
