//! Plugins at a distance: a process that does whatever calls it reads from its standard input, and writes what they end with
//! to its standard output. Its arguments are bundles, which it trusts by their digests. It ends when its input does.

#[allow(dead_code, reason = "each side of the wire uses its half")]
mod wire;
mod witness;

use std::collections::HashMap;
use std::io::{self, BufReader, BufWriter};
use std::path::Path;

use ce_host::Host;
use ce_host::bundle::Digest;
use ce_host::bundle::registry::Handle;
use ce_host::config::Environment;
use ce_plugin_api::PluginError;
use ce_plugin_api::kind::{
    CalibratorHandle, ExplainerHandle, ExplanationHandle, Fit, IntervalHandle, LearnerHandle, LearnerPluginHandle,
    Next, PlotBuilderHandle, PlotRendererHandle,
};
use wire::{AnswerSet, BatchOf, CalibrationRows, QuestionSet, Reply, Request, RowSet, Table};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut builder = Host::builder().environment(Environment::default()).working_dir("/");
    builder = builder.linked(witness::MANIFEST, witness::register);
    let bundles: Vec<String> = std::env::args().skip(1).collect();
    for bundle in &bundles {
        builder = builder.trust_digest(Digest::of(&std::fs::read(bundle)?));
    }
    let mut host = builder.build()?;
    for bundle in &bundles {
        host.register(Path::new(bundle))?;
    }
    let mut worker = Worker { host, objects: HashMap::new(), n_made: 0 };
    let (mut input, mut output) = (BufReader::new(io::stdin().lock()), BufWriter::new(io::stdout().lock()));
    while let Some(request) = wire::receive(&mut input)? {
        let outcome: wire::Outcome = worker.call(request).map_err(Into::into);
        wire::send(&mut output, &outcome)?;
    }
    Ok(())
}

/// The plugins, and the objects that they made.
struct Worker {
    host: Host,
    objects: HashMap<u64, Object>,
    n_made: u64,
}

/// What a plugin made.
enum Object {
    Learner(LearnerHandle),
    Calibrator(CalibratorHandle),
    Explainer(ExplainerHandle),
}

impl Worker {
    fn call(&mut self, request: Request) -> Result<Reply, PluginError> {
        match request {
            Request::Open { plugin, model, options } => {
                let learner = self.plugin::<LearnerPluginHandle>(&plugin)?.open(&model, &options)?;
                Ok(self.keep(Object::Learner(learner)))
            }
            Request::Info { object } => self.learner(object)?.info().map(Reply::Info),
            Request::Predict { object, rows, mut scores } => {
                self.learner(object)?.predict(rows.view(), &mut scores)?;
                Ok(Reply::Scores(scores))
            }
            Request::Fit { plugin, calibration, asked, options } => {
                let plugin = self.plugin::<IntervalHandle>(&plugin)?;
                let fit = calibration
                    .with_view(|calibration| asked.with_view(|asked| plugin.fit(calibration, asked, &options)))?;
                Ok(match fit {
                    Fit::Ask { edits, state } => Reply::AskScores { edits: edits.into(), state },
                    Fit::Done(calibrator) => self.keep(Object::Calibrator(calibrator)),
                })
            }
            Request::RestoreCalibrator { plugin, saved, options } => {
                let calibrator = self.plugin::<IntervalHandle>(&plugin)?.restore(&saved, &options)?;
                Ok(self.keep(Object::Calibrator(calibrator)))
            }
            Request::Answer { object, rows, scores, questions, answers } => {
                self.answer(object, &rows, &scores, &questions, answers)
            }
            Request::SaveCalibrator { object } => self.calibrator(object)?.save().map(Reply::Bytes),
            Request::Prepare { plugin, calibration, calibrated, options } => {
                self.prepare(&plugin, &calibration, &calibrated, &options)
            }
            Request::RestoreExplainer { plugin, saved, options } => {
                let explainer = self.plugin::<ExplanationHandle>(&plugin)?.restore(&saved, &options)?;
                Ok(self.keep(Object::Explainer(explainer)))
            }
            Request::Step { object, batch } => self.step(object, &batch),
            Request::SaveExplainer { object } => self.explainer(object)?.save().map(Reply::Bytes),
            Request::Build { plugin, explanations, intent } => {
                self.plugin::<PlotBuilderHandle>(&plugin)?.build(&explanations, &intent).map(Reply::Text)
            }
            Request::Render { plugin, spec, format, options } => {
                self.plugin::<PlotRendererHandle>(&plugin)?.render(&spec, &format, &options).map(Reply::Bytes)
            }
            Request::Drop { object } => {
                self.objects.remove(&object).map(|_| Reply::Dropped).ok_or_else(|| missing(object))
            }
        }
    }

    fn answer(
        &self,
        object: u64,
        rows: &RowSet,
        scores: &Table,
        questions: &QuestionSet,
        mut answers: AnswerSet,
    ) -> Result<Reply, PluginError> {
        let calibrator = self.calibrator(object)?;
        questions.with_view(|questions| {
            answers.with_view_mut(|answers| calibrator.answer(rows.view(), scores.view(), questions, answers))
        })?;
        Ok(Reply::Answers(answers))
    }

    fn prepare(
        &mut self,
        plugin: &str,
        calibration: &CalibrationRows,
        calibrated: &AnswerSet,
        options: &str,
    ) -> Result<Reply, PluginError> {
        let plugin = self.plugin::<ExplanationHandle>(plugin)?;
        let explainer = calibration.with_view(|calibration| {
            calibrated.with_view(|calibrated| plugin.prepare(calibration, calibrated, options))
        })?;
        Ok(self.keep(Object::Explainer(explainer)))
    }

    fn step(&self, object: u64, batch: &BatchOf) -> Result<Reply, PluginError> {
        let explainer = self.explainer(object)?;
        Ok(match batch.with_view(|batch| explainer.step(batch))? {
            Next::Ask { edits, questions, state } => {
                Reply::Ask { edits: edits.into(), questions: questions.into(), state }
            }
            Next::Done(rules) => Reply::Rules(rules.into()),
        })
    }

    fn keep(&mut self, object: Object) -> Reply {
        self.n_made += 1;
        self.objects.insert(self.n_made, object);
        Reply::Object(self.n_made)
    }

    fn plugin<H: Handle>(&self, identifier: &str) -> Result<&H, PluginError> {
        let handle = self.host.catalog().registry().handle::<H>(identifier);
        handle.ok_or_else(|| PluginError::unsupported(format!("the worker has no {} `{identifier}`", H::KIND)))
    }

    fn learner(&self, object: u64) -> Result<&LearnerHandle, PluginError> {
        match self.objects.get(&object) {
            Some(Object::Learner(learner)) => Ok(learner),
            _ => Err(missing(object)),
        }
    }

    fn calibrator(&self, object: u64) -> Result<&CalibratorHandle, PluginError> {
        match self.objects.get(&object) {
            Some(Object::Calibrator(calibrator)) => Ok(calibrator),
            _ => Err(missing(object)),
        }
    }

    fn explainer(&self, object: u64) -> Result<&ExplainerHandle, PluginError> {
        match self.objects.get(&object) {
            Some(Object::Explainer(explainer)) => Ok(explainer),
            _ => Err(missing(object)),
        }
    }
}

fn missing(object: u64) -> PluginError {
    PluginError::unsupported(format!("the worker has no such object {object}"))
}
