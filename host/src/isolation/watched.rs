//! A plugin in the host's own process, where nothing can hold it: every call is written into the journal, timed, and the
//! thread's arithmetic put back behind it. It never changes a number.

use std::sync::Arc;
use std::time::Instant;

use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Answers, AnswersMut, Asked, Calibration, Matrix, Questions, Rows};
use ce_plugin_api::kind::{
    Batch, Calibrator, CalibratorHandle, Explainer, ExplainerHandle, ExplanationHandle, ExplanationPlugin, Fit,
    IntervalHandle, IntervalPlugin, Learner, LearnerHandle, LearnerPlugin, LearnerPluginHandle, Next, PlotBuilder,
    PlotBuilderHandle, PlotRenderer, PlotRendererHandle,
};
use ce_plugin_api::schema::LearnerInfo;

use super::deadlines::Deadlines;
use super::fault::{WorkerFault, of_a_bundle};
use super::log::{Log, Taint};
use super::state::ThreadState;
use crate::bundle::registry::Plugin;
use crate::explain::fault::Call;
use crate::quarantine::{self, Journal, Mark};

/// What watches the calls of one bundle.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) journal: Journal,
    pub(crate) mark: Mark,
    pub(crate) deadlines: Deadlines,
    pub(crate) log: Arc<Log>,
}

impl Watch {
    /// Makes a call.
    ///
    /// A call that took longer than it may is an error though it came back: it cannot be stopped while it runs, so its
    /// step is the last one.
    fn call<T>(&self, call: Call, make: impl FnOnce() -> Result<T, PluginError>) -> Result<T, PluginError> {
        let limit = self.deadlines.of(call);
        let entered = self.journal.enter(self.mark, call.into());
        let (state, start) = (ThreadState::save(), Instant::now());
        let made = make();
        let took = start.elapsed();
        if state.restore() {
            self.taint("float_state", call, "it left floating point rounding in another way, which was put back");
        }
        if took > limit {
            let overrun = WorkerFault::overrun(took, limit);
            self.taint("overrun", call, &overrun.detail);
            // It may hold an object of the bundle, whose destructor is foreign code as well.
            drop(made);
            state.restore();
            drop(entered);
            return Err(overrun.into());
        }
        drop(entered);
        made.map_err(of_a_bundle)
    }

    fn taint(&self, code: &'static str, call: Call, detail: &str) {
        self.log.taint(Taint { code, call: call.to_string(), detail: detail.to_owned() });
    }
}

/// An object of a bundle, watched.
struct Watched<H> {
    /// Taken when it is dropped, so that the journal knows of that call too.
    object: Option<H>,
    watch: Arc<Watch>,
}

impl<H> Watched<H> {
    fn new(object: H, watch: &Arc<Watch>) -> Self {
        Self { object: Some(object), watch: Arc::clone(watch) }
    }

    fn call<T>(&self, call: Call, make: impl FnOnce(&H) -> Result<T, PluginError>) -> Result<T, PluginError> {
        let gone = || PluginError::corrupt("the object is dropped");
        let object = self.object.as_ref().ok_or_else(gone)?;
        self.watch.call(call, || make(object))
    }
}

impl<H> Drop for Watched<H> {
    fn drop(&mut self) {
        let _entered = self.watch.journal.enter(self.watch.mark, quarantine::Call::Drop);
        let state = ThreadState::save();
        drop(self.object.take());
        state.restore();
    }
}

/// The description of a learner, or the error thrown: the author's trait has no other way for it, and the guard around every
/// call hands it on as it is.
pub(super) fn thrown(info: Result<LearnerInfo, PluginError>) -> LearnerInfo {
    info.unwrap_or_else(|error| std::panic::resume_unwind(Box::new(error)))
}

/// The same plugins, watched.
pub(crate) fn plugins(plugins: Vec<(String, Plugin)>, watch: &Arc<Watch>) -> Vec<(String, Plugin)> {
    let watched = |plugin| match plugin {
        Plugin::Learner(handle) => Plugin::Learner(LearnerPluginHandle::new(Watched::new(handle, watch))),
        Plugin::Interval(handle) => Plugin::Interval(IntervalHandle::new(Watched::new(handle, watch))),
        Plugin::Explanation(handle) => Plugin::Explanation(ExplanationHandle::new(Watched::new(handle, watch))),
        Plugin::PlotBuilder(handle) => Plugin::PlotBuilder(PlotBuilderHandle::new(Watched::new(handle, watch))),
        Plugin::PlotRenderer(handle) => Plugin::PlotRenderer(PlotRendererHandle::new(Watched::new(handle, watch))),
    };
    plugins.into_iter().map(|(identifier, plugin)| (identifier, watched(plugin))).collect()
}

impl LearnerPlugin for Watched<LearnerPluginHandle> {
    type Learner = Watched<LearnerHandle>;

    fn open(&self, model: &[u8], options: &str) -> Result<Self::Learner, PluginError> {
        Ok(Watched::new(self.call(Call::Open, |plugin| plugin.open(model, options))?, &self.watch))
    }
}

impl Learner for Watched<LearnerHandle> {
    fn info(&self) -> LearnerInfo {
        thrown(self.call(Call::Info, LearnerHandle::info))
    }

    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.predict_edited(Rows::dense(x), scores)
    }

    fn predict_edited(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.call(Call::Predict, |learner| learner.predict(rows, scores))
    }
}

impl IntervalPlugin for Watched<IntervalHandle> {
    type Calibrator = Watched<CalibratorHandle>;

    fn fit(
        &self,
        calibration: Calibration<'_>,
        asked: Asked<'_>,
        options: &str,
    ) -> Result<Fit<Self::Calibrator>, PluginError> {
        Ok(match self.call(Call::Fit, |plugin| plugin.fit(calibration, asked, options))? {
            Fit::Ask { edits, state } => Fit::Ask { edits, state },
            Fit::Done(calibrator) => Fit::Done(Watched::new(calibrator, &self.watch)),
        })
    }

    fn restore(&self, saved: &[u8], options: &str) -> Result<Self::Calibrator, PluginError> {
        let calibrator = self.call(Call::Restore, |plugin| plugin.restore(saved, options))?;
        Ok(Watched::new(calibrator, &self.watch))
    }
}

impl Calibrator for Watched<CalibratorHandle> {
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        self.call(Call::Answer, |calibrator| calibrator.answer(rows, scores, questions, answers))
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        self.call(Call::Save, CalibratorHandle::save)
    }
}

impl ExplanationPlugin for Watched<ExplanationHandle> {
    type Explainer = Watched<ExplainerHandle>;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
    ) -> Result<Self::Explainer, PluginError> {
        let explainer = self.call(Call::Prepare, |plugin| plugin.prepare(calibration, calibrated, options))?;
        Ok(Watched::new(explainer, &self.watch))
    }

    fn restore(&self, saved: &[u8], options: &str) -> Result<Self::Explainer, PluginError> {
        let explainer = self.call(Call::Restore, |plugin| plugin.restore(saved, options))?;
        Ok(Watched::new(explainer, &self.watch))
    }
}

impl Explainer for Watched<ExplainerHandle> {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        self.call(Call::Step, |explainer| explainer.step(batch))
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        self.call(Call::Save, ExplainerHandle::save)
    }
}

impl PlotBuilder for Watched<PlotBuilderHandle> {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        self.call(Call::Build, |plugin| plugin.build(explanations, intent))
    }
}

impl PlotRenderer for Watched<PlotRendererHandle> {
    fn render(&self, spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        self.call(Call::Render, |plugin| plugin.render(spec, format, options))
    }
}
