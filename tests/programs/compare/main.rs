//! The engine's half of `tools/compare_with_python.py`: a process that answers problems, one line of JSON each way. Its
//! only argument is the FAST bundle, which it trusts by its digest. It never compares anything: it says what the host
//! answers.
//!
//! The first line that it writes names the plugins with the options that they take. After that it reads one [`Request`] a
//! line and writes one line with an outcome for each of its asks. It ends when its input does.

mod request;

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::ops::Range;
use std::path::Path;

use ce_host::bundle::Digest;
use ce_host::config::{Environment, Placement, Slot, TelemetryLevel};
use ce_host::plugin_api::data::Matrix;
use ce_host::plugin_api::manifest::{Mode, Task};
use ce_host::plugin_api::schema::LearnerInfo;
use ce_host::{CalibrationSet, Explainer, Explanations, Host, Instances, Model};
use request::{Ask, Data, Request, What};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What asks may name beside options of plugins.
const FEATURES: [&str; 9] =
    ["class", "difficulty", "ignored_of_each", "interval", "parts", "refinements", "reject", "targets", "thresholds"];

fn main() -> Outcome<()> {
    let bundle = std::env::args().nth(1).ok_or("expected one argument, the library of the FAST bundle")?;
    let digest = Digest::of(&std::fs::read(&bundle)?);
    let builder = Host::builder()
        .environment(Environment::default())
        .working_dir("/")
        .trust_digest(digest)
        .isolation("default", Placement::InProcess);
    let mut host = builder.choose(Slot::Interval, "core.interval.legacy").build()?;
    host.register(Path::new(&bundle))?;
    let mut output = io::stdout().lock();
    writeln!(output, "{}", plugins(&host))?;
    output.flush()?;
    for line in io::stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line?)?;
        let answers: Vec<Value> = request.asks.iter().map(|ask| told(answer(&host, &request, ask))).collect();
        writeln!(output, "{}", json!({ "answers": answers }))?;
        output.flush()?;
    }
    Ok(())
}

/// The options of each plugin, by name. A comparison that needs an option which is not here cannot be made.
fn plugins(host: &Host) -> Value {
    let entries = host.catalog().registry().entries();
    let options = entries.map(|entry| (entry.info.identifier.clone(), entry.info.options.keys().cloned().collect()));
    json!({ "features": FEATURES, "plugins": options.collect::<serde_json::Map<String, Value>>() })
}

fn told(outcome: Outcome<Value>) -> Value {
    match outcome {
        Ok(answer) => answer,
        Err(error) => json!({ "error": error.to_string() }),
    }
}

/// Every ask has an explainer of its own, so that none hangs on the one before.
fn answer(host: &Host, request: &Request, ask: &Ask) -> Outcome<Value> {
    let explainer = explainer(host, request, ask)?;
    let (x, n_features) = flat(&request.test);
    let instances = instances(&x, n_features, request, ask)?;
    if ask.what == What::Predict {
        let mut file = Vec::new();
        explainer.predict(instances)?.write_json(&mut file)?;
        return Ok(json!({ "file": serde_json::from_slice::<Value>(&file)? }));
    }
    let explanations = explainer.explain(mode(ask.what), instances)?;
    let mut refined = Vec::new();
    for wanted in &ask.refinements {
        refined.push(file(&explanations.refined(&wanted.refinement()?)?)?);
    }
    let uncertainty = explanations.telemetry().and_then(|snapshot| snapshot.uncertainty);
    Ok(json!({ "file": file(&explanations)?, "uncertainty": uncertainty, "refined": refined }))
}

fn file(explanations: &Explanations) -> Outcome<Value> {
    let mut file = Vec::new();
    explanations.write_json(&mut file)?;
    Ok(serde_json::from_slice(&file)?)
}

fn mode(what: What) -> Mode {
    match what {
        What::Alternative => Mode::Alternative,
        What::Fast => Mode::Fast,
        What::Factual | What::Predict => Mode::Factual,
    }
}

fn explainer(host: &Host, request: &Request, ask: &Ask) -> Outcome<Explainer> {
    let model = host.open_model(request.model.to_string().as_bytes(), None)?;
    let n_rows = request.targets.len();
    let mut parts = ask.parts.clone().unwrap_or_else(|| vec![n_rows]).into_iter();
    let mut end = parts.next().unwrap_or(n_rows);
    let mut builder = host.explainer(model, calibration_set(request, 0..end)?).telemetry(TelemetryLevel::Summary);
    builder = builder.seed(ask.seed).threads(ask.threads).chunk_rows(ask.chunk_rows);
    if let Some(source) = ask.condition_source {
        builder = builder.condition_source(source.into());
    }
    if let Some(weights) = &ask.difficulty {
        builder = builder.difficulty(difficulty(request, weights.clone())?);
    }
    for (plugin, options) in &ask.options {
        for (option, value) in options {
            builder = builder.option(plugin, option, value.clone());
        }
    }
    if let Some(interval) = &ask.interval {
        builder = builder.interval_plugin(interval);
    }
    let mut explainer = builder.build()?;
    for part in parts.filter(|&part| part > 0) {
        explainer = explainer.append(&calibration_set(request, end..end + part)?)?;
        end += part;
    }
    Ok(explainer)
}

/// The difficulty of a row, s / (1 + s) where s is the sum of |weight · value / (largest calibration value + 1)|, and at least
/// 1/1000. It is written with the operations of the comparison's own, in the same order, so that both compute the same bits.
fn difficulty(request: &Request, weights: Vec<f64>) -> Outcome<Model> {
    let largest = |column: usize| request.calibration.x.iter().fold(0.0, |most: f64, row| most.max(row[column].abs()));
    let scale: Vec<f64> = (0..weights.len()).map(|column| largest(column) + 1.0).collect();
    let info = LearnerInfo {
        task: Task::Regression,
        n_features: weights.len(),
        n_outputs: 1,
        classes: Vec::new(),
        feature_names: Vec::new(),
        categories: std::collections::BTreeMap::new(),
    };
    let of_row = move |row: &[f64]| {
        let parts = row.iter().zip(&weights).zip(&scale).map(|((value, weight), scale)| (weight * value / scale).abs());
        let total: f64 = parts.fold(0.0, |sum, part| sum + part);
        (total / (1.0 + total)).max(1e-3)
    };
    Ok(Model::from_fn(info, move |x, scores| {
        for (row_idx, score) in scores.iter_mut().enumerate() {
            *score = of_row(x.row(row_idx));
        }
        Ok(())
    })?)
}

/// Some of the calibration rows.
fn calibration_set(request: &Request, rows: Range<usize>) -> Outcome<CalibrationSet> {
    const SHORT: &str = "expected no more calibration rows than there are";
    let x = request.calibration.x.get(rows.clone()).ok_or(SHORT)?;
    let targets = request.targets.get(rows.clone()).ok_or(SHORT)?;
    let set = CalibrationSet::new(x.concat(), targets.to_vec(), x.first().map_or(0, Vec::len))?;
    let set = set.categorical(request.categorical.clone()).categories(request.labels.clone());
    Ok(match &request.calibration.mondrian {
        Some(categories) => set.mondrian_categories(categories.get(rows).ok_or(SHORT)?.to_vec()),
        None => set,
    })
}

fn instances<'a>(x: &'a [f64], n_features: usize, request: &Request, ask: &Ask) -> Outcome<Instances<'a>> {
    let matrix =
        Matrix::new(x, x.len() / n_features.max(1), n_features).ok_or("the rows of the test set differ in length")?;
    let mut instances = Instances::new(matrix);
    if let Some(categories) = &request.test.mondrian {
        instances = instances.mondrian_categories(categories.clone());
    }
    if let Some(percentiles) = ask.percentiles()? {
        instances = instances.percentiles(percentiles);
    }
    if let Some(threshold) = ask.threshold()? {
        instances = instances.threshold(threshold);
    }
    if let Some(thresholds) = ask.thresholds()? {
        instances = instances.thresholds(thresholds);
    }
    if let Some(class) = &ask.class {
        instances = instances.class(class);
    }
    if let Some(reject) = &ask.reject {
        instances = instances.reject(reject.rejection()?);
    }
    if let Some(targets) = &ask.targets {
        instances = instances.targets(targets.clone());
    }
    if let Some(columns) = &ask.ignored_of_each {
        instances = instances.ignore_in_each(columns.clone());
    }
    Ok(instances)
}

/// The rows behind one another, and their width.
fn flat(data: &Data) -> (Vec<f64>, usize) {
    (data.x.concat(), data.x.first().map_or(0, Vec::len))
}
