//! Determinism: neither chunks nor threads nor a pause between fitting and explaining change a byte, and a batch of n is n
//! batches of one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use ce_host::config::Slot;
use ce_host::explain::Saved;
use ce_host::plugin_api::PluginError;
use ce_host::plugin_api::data::{Matrix, Rows};
use ce_host::plugin_api::kind::{Learner, LearnerHandle, LearnerPluginHandle};
use ce_host::plugin_api::manifest::Mode;
use ce_host::plugin_api::schema::LearnerInfo;
use ce_host::{ExplainerBuilder, Explanation, Host, Model};
use ce_tests::fast_bundle;
use serde_json::Value;

use crate::case::{Case, Trusting, explanations_file, predictions_file, trusting};

/// The portable model, with a note of the threads that it was called on.
struct Watched {
    inner: LearnerHandle,
    threads: Arc<Mutex<HashSet<ThreadId>>>,
}

impl Learner for Watched {
    fn info(&self) -> LearnerInfo {
        self.inner.info().unwrap()
    }

    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.predict_edited(Rows::dense(x), scores)
    }

    fn predict_edited(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.threads.lock().unwrap().insert(std::thread::current().id());
        self.inner.predict(rows, scores)
    }
}

/// An explainer whose model is watched. The calibrator is chosen through the plugin that serves every mode.
fn watched(host: &Host, case: &Case) -> (ExplainerBuilder, Arc<Mutex<HashSet<ThreadId>>>) {
    let plugin = host.catalog().registry().handle::<LearnerPluginHandle>("core.learner.portable").unwrap();
    let inner = plugin.open(case.model_bytes(), r#"{"host": {"seed": 0, "threads": 1}, "plugin": {}}"#).unwrap();
    let threads = Arc::new(Mutex::default());
    let model = Model::new(Watched { inner, threads: Arc::clone(&threads) }).unwrap();
    (host.explainer(model, case.calibration()), threads)
}

fn host() -> (Trusting, Host) {
    let places = trusting(&fast_bundle());
    let host = places.host().build().unwrap();
    (places, host)
}

const MODES: [Mode; 2] = [Mode::Factual, Mode::Fast];

#[test]
fn chunks_and_threads_change_no_byte_and_every_thread_works() {
    let (case, (_places, host)) = (Case::breast_cancer(), host());
    let (builder, _) = watched(&host, case);
    let first = builder.threads(1).chunk_rows(case.n_rows()).build().unwrap();
    let expected = MODES.map(|mode| explanations_file(&first.explain(mode, case.x()).unwrap()));
    let predictions = predictions_file(&first.predict(case.x()).unwrap());

    let mut n_compared = 0;
    for chunk_rows in [1, 7, case.n_rows()] {
        for threads in [1, 2, 8] {
            let (builder, seen) = watched(&host, case);
            let explainer = builder.threads(threads).chunk_rows(chunk_rows).build().unwrap();
            let n_chunks = case.n_rows().div_ceil(chunk_rows);
            let worked = |what: &str| {
                let found = seen.lock().unwrap().drain().count();
                assert_eq!(found, threads.min(n_chunks), "{what}: {threads} threads for {n_chunks} chunks");
            };
            for (mode, expected) in MODES.iter().zip(&expected) {
                // What is fitted once is no work of the batch's threads.
                explainer.explain(*mode, case.row(0)).unwrap();
                seen.lock().unwrap().clear();
                let file = explanations_file(&explainer.explain(*mode, case.x()).unwrap());
                assert!(file == *expected, "mode {mode}, chunks of {chunk_rows}, {threads} threads");
                worked(mode.as_str());
                n_compared += 1;
            }
            assert!(predictions == predictions_file(&explainer.predict(case.x()).unwrap()));
            worked("predict");
            n_compared += 1;
        }
    }
    assert_eq!(n_compared, 27);
}

#[test]
fn what_is_restored_explains_to_the_same_bytes_and_is_not_fitted_again() {
    let (case, (_places, host)) = (Case::breast_cancer(), host());
    for interval in ["core.interval.legacy", "core.interval.fast"] {
        let build = || case.explainer(&host).choose(Slot::Interval, interval).build().unwrap();
        let explainer = build();
        for mode in MODES {
            let expected = explanations_file(&explainer.explain(mode, case.x()).unwrap());
            let saved = explainer.save(mode).unwrap();
            let text = serde_json::to_string(&saved).unwrap();

            let later = build();
            let (_, rows_before) = later.model().asked();
            later.restore(&serde_json::from_str::<Saved>(&text).unwrap()).unwrap();
            assert_eq!(later.model().asked().1, rows_before, "restoring for {mode} asks the model nothing");
            let file = explanations_file(&later.explain(mode, case.x()).unwrap());
            assert!(file == expected, "mode {mode} with {interval}");
            let asked = later.model().asked().1 - rows_before;
            let once = explainer.model().asked().1;
            explainer.explain(mode, case.x()).unwrap();
            let by_batch = explainer.model().asked().1 - once;
            assert_eq!(asked, by_batch, "the model met the batch alone, mode {mode}");
            assert_eq!(later.save(mode).unwrap(), saved, "what was restored saves as it was");
        }
    }
}

#[test]
fn what_other_plugins_saved_or_what_is_broken_is_not_restored() {
    let (case, (_places, host)) = (Case::breast_cancer(), host());
    let saved = case.explainer(&host).build().unwrap().save(Mode::Factual).unwrap();
    let other = case.explainer(&host).interval_plugin("core.interval.fast").build().unwrap();
    let error = other.restore(&saved).unwrap_err();
    assert_eq!(error.code(), "saved.other_plugin");
    for part in ["core.interval.legacy", "core.interval.fast"] {
        assert!(error.to_string().contains(part), "{error}");
    }

    let explainer = case.explainer(&host).build().unwrap();
    for (part, plugin) in [("interval", "core.interval.legacy"), ("explanation", "core.explanation.factual")] {
        let mut broken = serde_json::to_value(&saved).unwrap();
        broken[part]["bytes"] = serde_json::json!([255, 255, 255]);
        let error = explainer.restore(&serde_json::from_value(broken).unwrap()).unwrap_err();
        assert_eq!(error.code(), "plugin.failed");
        assert!(error.to_string().contains(&format!("`{plugin}` of bundle `builtin`, `restore`")), "{error}");
    }
    let fresh = explanations_file(&explainer.explain_factual(case.x()).unwrap());
    let expected = case.explainer(&host).build().unwrap();
    assert!(
        fresh == explanations_file(&expected.explain_factual(case.x()).unwrap()),
        "a failed restore leaves nothing"
    );
}

/// An explanation without its place in the batch.
fn without_index(explanation: Explanation<'_>) -> Value {
    let mut value = serde_json::to_value(explanation).unwrap();
    value.as_object_mut().unwrap().remove("index").unwrap();
    value
}

#[test]
fn a_batch_of_n_is_n_batches_of_one() {
    let (case, (_places, host)) = (Case::breast_cancer(), host());
    let explainer = case.explainer(&host).build().unwrap();
    let mut n_rules = 0;
    for mode in MODES {
        let batch = explainer.explain(mode, case.x()).unwrap();
        for instance in 0..case.n_rows() {
            let alone = explainer.explain(mode, case.row(instance)).unwrap();
            let (of_batch, alone) = (batch.get(instance).unwrap(), alone.get(0).unwrap());
            assert_eq!(without_index(of_batch), without_index(alone), "mode {mode}, instance {instance}");
            n_rules += alone.rules().len();
        }
    }
    assert!(n_rules > 2000, "{n_rules} rules only were compared");

    let batch = explainer.predict(case.x()).unwrap();
    for instance in 0..case.n_rows() {
        let alone = explainer.predict(case.row(instance)).unwrap();
        assert_eq!(batch.get(instance), alone.get(0));
        assert_eq!(batch.probabilities(instance), alone.probabilities(0));
    }
}

#[test]
fn threads_that_share_an_explainer_get_what_one_thread_gets() {
    let (case, (_places, host)) = (Case::breast_cancer(), host());
    let alone = case.explainer(&host).build().unwrap();
    let expected = MODES.map(|mode| explanations_file(&alone.explain(mode, case.x()).unwrap()));

    // Nothing is fitted yet: the threads race for that too.
    let shared = case.explainer(&host).build().unwrap();
    let start = std::sync::Barrier::new(8);
    let explain = |thread_idx: usize| {
        start.wait();
        let order = if thread_idx.is_multiple_of(2) { [0, 1] } else { [1, 0] };
        let same =
            |which: &usize| explanations_file(&shared.explain(MODES[*which], case.x()).unwrap()) == expected[*which];
        order.iter().filter(|which| same(which)).count()
    };
    let n_same: usize = std::thread::scope(|scope| {
        let explain = &explain;
        let threads: Vec<_> = (0..8).map(|thread_idx| scope.spawn(move || explain(thread_idx))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(n_same, 16);

    // Calibration rows once, the noised rows of mode fast once, and the batches: nothing was fitted twice.
    let batches = |explainer: &ce_host::Explainer| {
        let before = explainer.model().asked().1;
        MODES.iter().for_each(|mode| drop(explainer.explain(*mode, case.x()).unwrap()));
        explainer.model().asked().1 - before
    };
    let of_one = batches(&alone);
    let fitted = alone.model().asked().1 - 2 * of_one;
    assert_eq!(shared.model().asked().1, fitted + 8 * of_one);
}
