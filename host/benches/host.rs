//! What the host adds to the mathematics, and what the way in costs. It never checks a number: the tests do.
//!
//! The benches that map a bundle need it built before: `cargo build --release -p ce-fast`. Without it they are left out.

// Validation is private to the host. Its files are compiled into the bench as they are, so that they can be timed
// without making them public.
#[allow(dead_code, unreachable_pub, unused_imports)]
#[path = "../src/explain/exact.rs"]
mod exact;
#[allow(dead_code, unreachable_pub, unused_imports)]
#[path = "../src/explain/validate.rs"]
mod validate;
#[allow(dead_code, unreachable_pub, unused_imports)]
#[path = "../src/explain/violation.rs"]
mod violation;

use std::io::Write;
use std::path::{Path, PathBuf};

use ce_builtin::interval::Legacy;
use ce_host::bundle::{Digest, Hints, Listing, Survey};
use ce_host::config::{Environment, Placement, Settings, Slot, TelemetryLevel};
use ce_host::plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, NONE, Questions, Rows};
use ce_host::plugin_api::kind::{Calibrator, CalibratorHandle, Fit, IntervalHandle, IntervalPlugin};
use ce_host::{CalibrationSet, Explainer, Host, HostBuilder};
use divan::{Bencher, black_box};

const N_FEATURES: usize = 30;
const N_CAL: usize = 500;
const N_INSTANCES: usize = 1000;

fn main() {
    // Workers are further processes of this very program.
    ce_host::worker_main();
    if bundle().is_none() {
        let advice = b"there is no built FAST bundle, its benches are left out: cargo build --release -p ce-fast\n";
        std::io::stderr().write_all(advice).unwrap();
    }
    divan::main();
}

/// 1000 instances explained on one thread; the calibrator is fitted and the explainer prepared.
#[divan::bench(sample_count = 50)]
fn factual_1000(bencher: Bencher<'_, '_>) {
    let explainer = explainer(&host(TelemetryLevel::Off));
    let data = matrix(N_INSTANCES, 4);
    explainer.explain_factual(view(&data)).unwrap();
    bencher.bench(|| explainer.explain_factual(view(black_box(&data))).unwrap());
}

/// The same with a snapshot.
#[divan::bench(sample_count = 50)]
fn factual_1000_with_telemetry(bencher: Bencher<'_, '_>) {
    let explainer = explainer(&host(TelemetryLevel::Summary));
    let data = matrix(N_INSTANCES, 4);
    explainer.explain_factual(view(&data)).unwrap();
    bencher.bench(|| explainer.explain_factual(view(black_box(&data))).unwrap());
}

/// 1000 instances in mode fast, by the mapped bundle.
#[divan::bench(sample_count = 50)]
fn fast_1000(bencher: Bencher<'_, '_>) {
    let Some(host) = host_with_fast() else { return };
    let explainer = explainer(&host);
    let data = matrix(N_INSTANCES, 4);
    explainer.explain_fast(view(&data)).unwrap();
    bencher.bench(|| explainer.explain_fast(view(black_box(&data))).unwrap());
}

/// One instance: what a service pays for each request.
#[divan::bench]
fn factual_1(bencher: Bencher<'_, '_>) {
    let explainer = explainer(&host(TelemetryLevel::Off));
    let data = matrix(1, 4);
    bencher.bench(|| explainer.explain_factual(view(black_box(&data))).unwrap());
}

/// One calibrated prediction through the whole library.
#[divan::bench]
fn predict_1(bencher: Bencher<'_, '_>) {
    let explainer = explainer(&host(TelemetryLevel::Off));
    let data = matrix(1, 4);
    bencher.bench(|| explainer.predict(view(black_box(&data))).unwrap());
}

/// From an opened model to the first explanation: scoring 500 rows, fitting, cutting 30 features.
#[divan::bench]
fn explainer_and_first_factual(bencher: Bencher<'_, '_>) {
    let host = host(TelemetryLevel::Off);
    let data = matrix(1, 4);
    bencher
        .with_inputs(|| model(&host))
        .bench_values(|model| build(&host, model).explain_factual(view(&data)).unwrap());
}

/// The same in mode fast: 30 calibrators on 2500 noised rows each.
#[divan::bench(sample_count = 50)]
fn explainer_and_first_fast(bencher: Bencher<'_, '_>) {
    let Some(host) = host_with_fast() else { return };
    let data = matrix(1, 4);
    bencher.with_inputs(|| model(&host)).bench_values(|model| build(&host, model).explain_fast(view(&data)).unwrap());
}

/// One question, asked of the author's object itself.
#[divan::bench]
fn question_direct(bencher: Bencher<'_, '_>) {
    let problem = Problem::new();
    let Ok(Fit::Done(calibrator)) = Legacy.fit(problem.calibration(), Asked::nothing(2), OPTIONS) else {
        unreachable!("the built-in calibrator asks nothing")
    };
    let mut room = Room::new();
    bencher
        .bench_local(move || room.ask(|rows, scores, questions, out| calibrator.answer(rows, scores, questions, out)));
}

/// The same question through the boundary's table of functions and its guard.
#[divan::bench]
fn question_guarded(bencher: Bencher<'_, '_>) {
    let calibrator = fitted(&IntervalHandle::new(Legacy));
    let mut room = Room::new();
    bencher
        .bench_local(move || room.ask(|rows, scores, questions, out| calibrator.answer(rows, scores, questions, out)));
}

/// The same, filled with NaN before and validated after, as the host does it.
#[divan::bench]
fn question_guarded_validated(bencher: Bencher<'_, '_>) {
    let calibrator = fitted(&IntervalHandle::new(Legacy));
    let mut room = Room::new();
    bencher.bench_local(move || room.ask_and_validate(&calibrator));
}

/// The same, of a calibrator in a mapped bundle.
#[divan::bench]
fn question_mapped_validated(bencher: Bencher<'_, '_>) {
    let Some(host) = host_with_fast() else { return };
    let calibrator = fitted(host.catalog().registry().handle::<IntervalHandle>("core.interval.fast").unwrap());
    let mut room = Room::new();
    bencher.bench_local(move || room.ask_and_validate(&calibrator));
}

/// 1000 instances in mode fast, by the bundle in a held worker.
#[divan::bench(sample_count = 50)]
fn fast_1000_held(bencher: Bencher<'_, '_>) {
    let Some(host) = held_host_with_fast(Slot::ExplanationFast, "core.explanation.fast") else { return };
    let explainer = explainer(&host);
    let data = matrix(N_INSTANCES, 4);
    explainer.explain_fast(view(&data)).unwrap();
    bencher.bench(|| explainer.explain_fast(view(black_box(&data))).unwrap());
}

/// 1000 instances explained by their facts, the calibrator being that of the mapped bundle.
#[divan::bench(sample_count = 50)]
fn factual_1000_mapped_calibrator(bencher: Bencher<'_, '_>) {
    let Some(host) = host_with(builder(), Slot::Interval, "core.interval.fast") else { return };
    factual_with_calibrator(bencher, &host);
}

/// The same, with the calibrator in a held worker.
#[divan::bench(sample_count = 50)]
fn factual_1000_held_calibrator(bencher: Bencher<'_, '_>) {
    let Some(host) = held_host_with_fast(Slot::Interval, "core.interval.fast") else { return };
    factual_with_calibrator(bencher, &host);
}

fn factual_with_calibrator(bencher: Bencher<'_, '_>, host: &Host) {
    let explainer = explainer(host);
    let data = matrix(N_INSTANCES, 4);
    explainer.explain_factual(view(&data)).unwrap();
    bencher.bench(|| explainer.explain_factual(view(black_box(&data))).unwrap());
}

/// One question, asked of a calibrator in a held worker.
#[divan::bench]
fn question_held_validated(bencher: Bencher<'_, '_>) {
    let Some(host) = held_host_with_fast(Slot::Interval, "core.interval.fast") else { return };
    let calibrator = fitted(host.catalog().registry().handle::<IntervalHandle>("core.interval.fast").unwrap());
    let mut room = Room::new();
    bencher.bench_local(move || room.ask_and_validate(&calibrator));
}

/// A worker with the FAST bundle in it: read, judge, seal, start, hold, map, register.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn worker_ready(bencher: Bencher<'_, '_>) {
    let Some(bundle) = bundle() else { return };
    let digest = Digest::of(&std::fs::read(&bundle).unwrap());
    let place = place_of(&bundle);
    bencher.bench_local(|| held(builder()).plugins_dir(place.path()).trust_digest(digest).build().unwrap());
}

/// The way in of a bundle of 5 MB, into this process: the FAST bundle with bytes at its end that nobody reads.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn register_5_mb(bencher: Bencher<'_, '_>) {
    let Some(bundle) = bundle() else { return };
    let place = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(bundle).unwrap();
    bytes.resize(5 << 20, 0);
    bencher
        .with_inputs(|| {
            bytes.push(0);
            let path = place.path().join("fast.so");
            std::fs::write(&path, &bytes).unwrap();
            (builder().trust_digest(Digest::of(&bytes)).build().unwrap(), path)
        })
        .bench_local_values(|(mut host, path)| host.register(&path).unwrap());
}

/// Reading and judging a directory with the FAST bundle, as `ce list all` does.
#[divan::bench]
fn survey(bencher: Bencher<'_, '_>) {
    let Some(bundle) = bundle() else { return };
    let place = place_of(&bundle);
    bencher.bench(|| builder().plugins_dir(place.path()).survey().unwrap());
}

/// Listing a directory with 100 bundles, each read, hashed and judged, as `ce list` does the first time.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn list_100_cold(bencher: Bencher<'_, '_>) {
    let Some(hundred) = Hundred::new() else { return };
    bencher.bench(|| Survey::listed(&hundred.settings, &[], Hints::none()).unwrap());
}

/// The same when nothing changed since.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn list_100_warm(bencher: Bencher<'_, '_>) {
    let Some(hundred) = Hundred::new() else { return };
    // A file is remembered once it was left alone for some seconds.
    while !hundred.is_remembered() {
        hundred.list();
    }
    bencher.bench(|| hundred.list());
}

/// The whole way in: read, judge, seal, map, compare layouts, register. A library is mapped once per process, so each
/// round gets the bundle with one more byte at its end: other bytes, the same code.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn register(bencher: Bencher<'_, '_>) {
    let Some(bundle) = bundle() else { return };
    let place = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(bundle).unwrap();
    bencher
        .with_inputs(|| {
            bytes.push(0);
            let path = place.path().join("fast.so");
            std::fs::write(&path, &bytes).unwrap();
            (builder().trust_digest(Digest::of(&bytes)).build().unwrap(), path)
        })
        .bench_local_values(|(mut host, path)| host.register(&path).unwrap());
}

/// A host that the machine's own configuration does not reach.
fn builder() -> HostBuilder {
    Host::builder().environment(Environment::default()).working_dir("/").isolation("default", Placement::InProcess)
}

fn host(level: TelemetryLevel) -> Host {
    builder().telemetry(level).build().unwrap()
}

/// A host with the FAST bundle, if that was built.
fn host_with_fast() -> Option<Host> {
    host_with(builder(), Slot::ExplanationFast, "core.explanation.fast")
}

/// The same with the bundle in a worker.
fn held_host_with_fast(slot: Slot, identifier: &str) -> Option<Host> {
    host_with(held(builder()), slot, identifier)
}

fn held(builder: HostBuilder) -> HostBuilder {
    builder.isolation("default", Placement::Process)
}

fn host_with(builder: HostBuilder, slot: Slot, identifier: &str) -> Option<Host> {
    let bundle = bundle()?;
    let digest = Digest::of(&std::fs::read(&bundle).unwrap());
    let place = place_of(&bundle);
    let host = builder.plugins_dir(place.path()).trust_digest(digest).choose(slot, identifier).build().unwrap();
    assert!(host.catalog().failed().is_empty(), "{:?}", host.catalog().failed());
    Some(host)
}

/// The built bundle, which lies where Cargo puts libraries: beside the directory of this program.
fn bundle() -> Option<PathBuf> {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

    let program = std::env::current_exe().ok()?;
    let path = program.parent()?.parent()?.join(format!("{DLL_PREFIX}ce_fast{DLL_SUFFIX}"));
    path.is_file().then_some(path)
}

/// A plugins directory with that bundle alone.
fn place_of(bundle: &Path) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    std::fs::copy(bundle, place.path().join(bundle.file_name().unwrap())).unwrap();
    place
}

/// A user with 100 bundles: the FAST bundle with other names of the same length, so that no two claim the same.
struct Hundred {
    settings: Settings,
    home: tempfile::TempDir,
}

impl Hundred {
    fn new() -> Option<Self> {
        let bytes = std::fs::read(bundle()?).unwrap();
        let home = tempfile::tempdir().unwrap();
        let plugins = home.path().join("plugins");
        std::fs::create_dir(&plugins).unwrap();
        for place in 0..100 {
            let mut bytes = bytes.clone();
            rename(&mut bytes, b"core.explanation.fast", format!("core.explanation.f{place:03}").as_bytes());
            rename(&mut bytes, b"core.interval.fast", format!("core.interval.f{place:03}").as_bytes());
            rename(&mut bytes, b"fast-explanations", format!("fast-explanat-{place:03}").as_bytes());
            std::fs::write(plugins.join(format!("{place:03}.so")), bytes).unwrap();
        }
        let variables = [("HOME", home.path().as_os_str()), ("CE_PLUGINS_DIR", plugins.as_os_str())];
        let environment = Environment::from_vars(variables).unwrap();
        let settings = Host::builder().environment(environment).working_dir("/").settings().unwrap();
        Some(Self { settings, home })
    }

    fn list(&self) -> Listing {
        Survey::listed(&self.settings, &[], Hints::of(self.settings.places())).unwrap()
    }

    /// Whether all of them are: they were not written within one tick of the clock.
    fn is_remembered(&self) -> bool {
        let cache = std::fs::read_to_string(self.home.path().join(".cache/ce/bundles.json")).unwrap_or_default();
        cache.matches("\"digest\"").count() == 100
    }
}

/// Writes `new` wherever `old` stands.
fn rename(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    let places: Vec<usize> =
        bytes.windows(old.len()).enumerate().filter(|(_, window)| *window == old).map(|(at, _)| at).collect();
    places.into_iter().for_each(|at| bytes[at..at + old.len()].copy_from_slice(new));
}

fn explainer(host: &Host) -> Explainer {
    build(host, model(host))
}

fn model(host: &Host) -> ce_host::Model {
    let coef: Vec<f64> = (1..=N_FEATURES).map(|place| 1.0 / place as f64).collect();
    let file = format!(
        r#"{{"format": "ce-model/1", "task": "classification", "classes": ["no", "yes"],
            "model": {{"type": "logistic", "coef": {coef:?}, "intercept": 0.0}}}}"#
    );
    host.open_model(file.as_bytes(), None).unwrap()
}

fn build(host: &Host, model: ce_host::Model) -> Explainer {
    let Problem { x, y, .. } = Problem::new();
    let set = CalibrationSet::new(x, y, N_FEATURES).unwrap();
    host.explainer(model, set).threads(1).build().unwrap()
}

/// Pseudo-random numbers from -1 to 1.
fn matrix(n_rows: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    (0..n_rows * N_FEATURES).map(|_| 2.0 * uniform(&mut state) - 1.0).collect()
}

/// The next pseudo-random number from 0 to 1.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

fn view(data: &[f64]) -> Matrix<'_> {
    Matrix::new(data, data.len() / N_FEATURES, N_FEATURES).unwrap()
}

/// What `fit` reads of the options.
const OPTIONS: &str = r#"{"host": {"seed": 42, "threads": 1}, "plugin": {"scale_factor": 5, "severity": 1.0}}"#;

/// Calibration rows, the model's scores for them, and targets that follow the scores.
struct Problem {
    x: Vec<f64>,
    y: Vec<f64>,
    scores: Vec<f64>,
}

/// Two classes; calibrators read no more of it.
const SCHEMA: &str = r#"{"task": "classification", "classes": ["no", "yes"], "feature_names": []}"#;

impl Problem {
    fn new() -> Self {
        let x = matrix(N_CAL, 2);
        let mut state = 3;
        let score = |row: &[f64]| {
            let sum: f64 = row.iter().zip(1..).map(|(value, place)| value / f64::from(place)).sum();
            1.0 / (1.0 + (-sum).exp())
        };
        let positive: Vec<f64> = x.chunks_exact(N_FEATURES).map(score).collect();
        let y = positive.iter().map(|p| f64::from(u8::from(uniform(&mut state) < *p))).collect();
        Self { x, y, scores: positive.into_iter().flat_map(|p| [1.0 - p, p]).collect() }
    }

    fn calibration(&self) -> Calibration<'_> {
        Calibration::new(view(&self.x), &self.y, Matrix::new(&self.scores, N_CAL, 2).unwrap(), SCHEMA)
    }
}

fn fitted(plugin: &IntervalHandle) -> CalibratorHandle {
    match plugin.fit(Problem::new().calibration(), Asked::nothing(2), OPTIONS).unwrap() {
        Fit::Done(calibrator) => calibrator,
        Fit::Ask { .. } => unreachable!("without questions per feature nothing is asked"),
    }
}

/// One row, its scores, and room for the answer.
struct Room {
    x: Vec<f64>,
    predict: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    class: Vec<u32>,
}

impl Room {
    fn new() -> Self {
        Self { x: matrix(1, 5), predict: vec![0.0], low: vec![0.0], high: vec![0.0], class: vec![NONE] }
    }

    fn ask<T>(&mut self, answer: impl FnOnce(Rows<'_>, Matrix<'_>, Questions<'_>, AnswersMut<'_>) -> T) -> T {
        let rows = Rows::dense(view(&self.x));
        let scores = Matrix::new(black_box(&[0.4, 0.6]), 1, 2).unwrap();
        let out = AnswersMut::new(&mut self.predict, &mut self.low, &mut self.high, &mut self.class);
        answer(rows, scores, Questions::about(black_box(&[0])), out)
    }

    /// What the host does around a call: fresh columns of NaN, the call, and a look at what came back.
    fn ask_and_validate(&mut self, calibrator: &CalibratorHandle) {
        (self.predict, self.low, self.high) = (vec![f64::NAN], vec![f64::NAN], vec![f64::NAN]);
        self.class = vec![NONE];
        self.ask(|rows, scores, questions, out| calibrator.answer(rows, scores, questions, out)).unwrap();
        let scale = validate::Scale::Probability { n_classes: 2 };
        validate::answers(scale, &self.predict, &self.low, &self.high, &self.class).unwrap();
    }
}
