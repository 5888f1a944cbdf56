//! The library under measurement: it explains one problem as often as it is told over its standard input, and answers with
//! the processor time of each call. `tools/bench_with_python.py` drives it. It never judges a number.
//!
//! A line is a request as JSON (`Request`), and so is the line that answers it. A request that cannot be met ends the
//! program with its reason.
#![allow(clippy::print_stdout)]

mod clock;
mod problem;
mod report;
mod timed;

use std::io::BufRead;
use std::path::PathBuf;

use ce_host::plugin_api::data::Matrix;
use ce_host::plugin_api::manifest::Mode;
use ce_host::{Explainer, Explanations, Instances, Threshold};
use serde::Deserialize;
use serde_json::{Value, json};

use self::clock::Stopwatch;
use self::problem::Problem;

type Failure = Box<dyn std::error::Error>;

/// What the program is asked to do.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Request {
    /// Reads the problem in a directory, and fits nothing yet. `chunk_rows`: in place of what the library takes by itself.
    Open { dir: PathBuf, fast_bundle: Option<PathBuf>, threads: usize, chunk_rows: Option<usize> },
    /// A new explainer: whatever was fitted is forgotten. Answers with what that costs, the model included.
    Renew,
    /// Explains the first `n` instances. `text`: writes the text of every rule, too.
    Explain(Call),
    /// Explains, and answers with every number.
    Answers(Call),
}

#[derive(Clone, Debug, Deserialize)]
struct Call {
    mode: String,
    n: usize,
    threshold: Option<f64>,
    #[serde(default)]
    text: bool,
    /// How often: a call that is over at once is timed many times, and the mean is told.
    #[serde(default = "once")]
    repeat: u32,
}

fn once() -> u32 {
    1
}

/// A problem that was opened.
struct Opened {
    problem: Problem,
    explainer: Explainer,
}

fn main() -> Result<(), Failure> {
    let mut opened: Option<Opened> = None;
    for line in std::io::stdin().lock().lines() {
        let answer = match serde_json::from_str(&line?)? {
            Request::Open { dir, fast_bundle, threads, chunk_rows } => {
                let mut problem = Problem::open(&dir, fast_bundle.as_deref(), threads)?;
                problem.chunk_rows = chunk_rows;
                let explainer = problem.explainer()?;
                opened = Some(Opened { problem, explainer });
                json!({ "clock": clock::CPU_CLOCK })
            }
            Request::Renew => {
                let opened = opened.as_mut().ok_or(NOTHING_OPENED)?;
                let watch = Stopwatch::start();
                opened.explainer = opened.problem.explainer()?;
                json!({ "cpu_s": watch.cpu_s(), "wall_s": watch.wall_s() })
            }
            Request::Explain(call) => opened.as_ref().ok_or(NOTHING_OPENED)?.timed(&call)?,
            Request::Answers(call) => report::numbers(&opened.as_ref().ok_or(NOTHING_OPENED)?.explain(&call)?),
        };
        println!("{answer}");
    }
    Ok(())
}

const NOTHING_OPENED: &str = "expected a request to open a problem first";

impl Opened {
    /// One call of the library, and the text if that is asked for, with the time of both.
    fn timed(&self, call: &Call) -> Result<Value, Failure> {
        let cost = &self.problem.cost;
        let before = cost.so_far();
        let watch = Stopwatch::start();
        let mut text_bytes = 0;
        for _ in 0..call.repeat {
            let explanations = self.explain(call)?;
            if call.text {
                text_bytes += report::text_bytes(&explanations);
            }
        }
        let (cpu_s, wall_s) = (watch.cpu_s(), watch.wall_s());
        let model = cost.so_far().since(before);
        let mean = |sum: f64| sum / f64::from(call.repeat.max(1));
        Ok(json!({
            "cpu_s": mean(cpu_s), "wall_s": mean(wall_s), "model_s": mean(model.cpu_s),
            "model_calls": mean(model.calls as f64), "model_rows": mean(model.rows as f64),
            "text_bytes": mean(text_bytes as f64),
        }))
    }

    fn explain(&self, call: &Call) -> Result<Explanations, Failure> {
        let mode = match call.mode.as_str() {
            "factual" => Mode::Factual,
            "alternative" => Mode::Alternative,
            "fast" => Mode::Fast,
            other => return Err(format!("expected factual, alternative or fast, found `{other}`").into()),
        };
        let (x, n_features) = (&self.problem.x_test, self.problem.n_features);
        let rows = x.get(..call.n * n_features).ok_or("expected at most as many instances as the problem has")?;
        let x = Matrix::new(rows, call.n, n_features).ok_or("the instances have no columns")?;
        let mut instances = Instances::new(x);
        if let Some(threshold) = call.threshold {
            instances = instances.threshold(Threshold::at_most(threshold)?);
        }
        Ok(self.explainer.explain(mode, instances)?)
    }
}
