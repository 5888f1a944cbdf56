//! Plugins that live in another process: each call is written to the worker and its outcome read back. It keeps nothing of
//! what it is handed and decides nothing.

use std::collections::BTreeMap;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use ce_host::plugin_api::PluginError;
use ce_host::plugin_api::data::{Answers, AnswersMut, Asked, Calibration, Matrix, Questions, Rows};
use ce_host::plugin_api::kind::{
    Batch, Calibrator, Explainer, ExplanationPlugin, Fit, IntervalPlugin, Learner, LearnerPlugin, Next, PlotBuilder,
    PlotRenderer,
};
use ce_host::plugin_api::schema::LearnerInfo;
use ce_tests::{fast_bundle, program_path};

use super::wire::{self, Outcome, Reply, Request};

/// How often each call of each plugin, and of what that plugin made, went to the worker.
pub(super) type Calls = BTreeMap<(&'static str, &'static str), u64>;

/// The worker, which ends with its standard input.
struct Worker {
    pipes: Mutex<(ChildStdin, ChildStdout)>,
    calls: Mutex<Calls>,
    process: Child,
}

fn worker() -> &'static Worker {
    static WORKER: OnceLock<Worker> = OnceLock::new();
    WORKER.get_or_init(|| {
        let mut command = Command::new(program_path("worker"));
        let command = command.arg(fast_bundle()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the worker can be started");
        let pipes = (process.stdin.take().expect("it is piped"), process.stdout.take().expect("it is piped"));
        Worker { pipes: Mutex::new(pipes), calls: Mutex::default(), process }
    })
}

/// The process of the worker.
pub(super) fn worker_process() -> u32 {
    worker().process.id()
}

/// How often each call went to the worker until now, by all tests of this process together.
pub(super) fn calls() -> Calls {
    worker().calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn call(plugin: &'static str, request: &Request) -> Result<Reply, PluginError> {
    let outcome: Outcome = {
        let mut pipes = worker().pipes.lock().unwrap_or_else(PoisonError::into_inner);
        wire::send(&mut pipes.0, request).expect("the worker reads");
        wire::receive(&mut pipes.1).expect("the worker writes").expect("the worker lives")
    };
    *worker().calls.lock().unwrap_or_else(PoisonError::into_inner).entry((plugin, request.name())).or_default() += 1;
    outcome.map_err(Into::into)
}

fn object(plugin: &'static str, reply: Reply) -> Remote {
    match reply {
        Reply::Object(object) => Remote { plugin, object },
        other => unexpected(&other),
    }
}

fn bytes(reply: Reply) -> Vec<u8> {
    match reply {
        Reply::Bytes(bytes) => bytes,
        other => unexpected(&other),
    }
}

fn unexpected(reply: &Reply) -> ! {
    panic!("the worker replied with {reply:?}")
}

/// The worker's plugin of that identifier, of any kind.
#[derive(Debug)]
pub(super) struct Proxy(pub(super) &'static str);

/// An object that the worker holds.
#[derive(Debug)]
pub(super) struct Remote {
    /// The plugin that made it.
    plugin: &'static str,
    object: u64,
}

impl Drop for Remote {
    fn drop(&mut self) {
        let dropped = call(self.plugin, &Request::Drop { object: self.object });
        assert_eq!(dropped, Ok(Reply::Dropped), "the worker had no object {}", self.object);
    }
}

impl LearnerPlugin for Proxy {
    type Learner = Remote;

    fn open(&self, model: &[u8], options: &str) -> Result<Remote, PluginError> {
        let (plugin, model, options) = (self.0.to_owned(), model.to_vec(), options.to_owned());
        call(self.0, &Request::Open { plugin, model, options }).map(|reply| object(self.0, reply))
    }
}

impl Learner for Remote {
    fn info(&self) -> LearnerInfo {
        match call(self.plugin, &Request::Info { object: self.object }) {
            Ok(Reply::Info(info)) => info,
            other => panic!("the worker replied with {other:?}"),
        }
    }

    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.predict_edited(Rows::dense(x), scores)
    }

    fn predict_edited(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        match call(self.plugin, &Request::Predict { object: self.object, rows: rows.into(), scores: scores.to_vec() })?
        {
            Reply::Scores(answered) => scores.copy_from_slice(&answered),
            other => unexpected(&other),
        }
        Ok(())
    }
}

impl IntervalPlugin for Proxy {
    type Calibrator = Remote;

    fn fit(&self, calibration: Calibration<'_>, asked: Asked<'_>, options: &str) -> Result<Fit<Remote>, PluginError> {
        let (plugin, options) = (self.0.to_owned(), options.to_owned());
        Ok(
            match call(self.0, &Request::Fit { plugin, calibration: calibration.into(), asked: asked.into(), options })?
            {
                Reply::AskScores { edits, state } => Fit::Ask { edits: edits.into(), state },
                reply => Fit::Done(object(self.0, reply)),
            },
        )
    }

    fn restore(&self, saved: &[u8], options: &str) -> Result<Remote, PluginError> {
        let (plugin, saved, options) = (self.0.to_owned(), saved.to_vec(), options.to_owned());
        call(self.0, &Request::RestoreCalibrator { plugin, saved, options }).map(|reply| object(self.0, reply))
    }
}

impl Calibrator for Remote {
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        let request = Request::Answer {
            object: self.object,
            rows: rows.into(),
            scores: scores.into(),
            questions: questions.into(),
            answers: (&answers).into(),
        };
        match call(self.plugin, &request)? {
            Reply::Answers(answered) => answered.copy_into(&mut answers),
            other => unexpected(&other),
        }
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        call(self.plugin, &Request::SaveCalibrator { object: self.object }).map(bytes)
    }
}

impl ExplanationPlugin for Proxy {
    type Explainer = Remote;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
    ) -> Result<Remote, PluginError> {
        let (plugin, options) = (self.0.to_owned(), options.to_owned());
        let (calibration, calibrated) = (calibration.into(), calibrated.into());
        call(self.0, &Request::Prepare { plugin, calibration, calibrated, options }).map(|reply| object(self.0, reply))
    }

    fn restore(&self, saved: &[u8], options: &str) -> Result<Remote, PluginError> {
        let (plugin, saved, options) = (self.0.to_owned(), saved.to_vec(), options.to_owned());
        call(self.0, &Request::RestoreExplainer { plugin, saved, options }).map(|reply| object(self.0, reply))
    }
}

impl Explainer for Remote {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        Ok(match call(self.plugin, &Request::Step { object: self.object, batch: batch.into() })? {
            Reply::Ask { edits, questions, state } => {
                Next::Ask { edits: edits.into(), questions: questions.into(), state }
            }
            Reply::Rules(rules) => Next::Done(rules.into()),
            other => unexpected(&other),
        })
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        call(self.plugin, &Request::SaveExplainer { object: self.object }).map(bytes)
    }
}

impl PlotBuilder for Proxy {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        let (plugin, explanations, intent) = (self.0.to_owned(), explanations.to_owned(), intent.to_owned());
        match call(self.0, &Request::Build { plugin, explanations, intent })? {
            Reply::Text(text) => Ok(text),
            other => unexpected(&other),
        }
    }
}

impl PlotRenderer for Proxy {
    fn render(&self, spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        let (plugin, spec) = (self.0.to_owned(), spec.to_owned());
        call(self.0, &Request::Render { plugin, spec, format: format.to_owned(), options: options.to_owned() })
            .map(bytes)
    }
}
