//! Explanation plugins: a calibrated prediction becomes rules.

use abi_stable::StableAbi;
use abi_stable::sabi_trait;
use abi_stable::std_types::{RResult, RSlice, RStr, RVec};

use super::{Outcome, handle};
use crate::PluginError;
use crate::data::{Answers, Calibration, Column, Edits, Matrix, QuestionsBuf, Rules};
use crate::guard::{Held, guard};

/// Prepares explainers. Implemented by an author.
pub trait ExplanationPlugin: Send + Sync + 'static {
    /// What preparing ends with.
    type Explainer: Explainer;

    /// Learns what it needs from the calibration set, such as cut points. `calibrated` holds the calibrator's answers for
    /// the calibration rows themselves, one per row: P(class 1) of two classes, the likeliest of more (the lowest index
    /// on ties), the calibrated median for regression. It never speaks of an event. `options` is an
    /// [`Options`](crate::options::Options) as JSON.
    ///
    /// # Errors
    /// If nothing can be explained with this calibration set.
    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
    ) -> Result<Self::Explainer, PluginError>;

    /// The explainer that [`Explainer::save`] wrote, with bit-identical rules. Of `options` only `host` may differ from
    /// what it was prepared with.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorCode::Unsupported) unless overridden; [`Corrupt`](crate::ErrorCode::Corrupt) if the
    /// bytes cannot be read.
    fn restore(&self, saved: &[u8], options: &str) -> Result<Self::Explainer, PluginError> {
        let _ = (saved, options);
        Err(PluginError::unsupported("this explainer cannot be restored"))
    }
}

/// A prepared explainer. Implemented by an author.
pub trait Explainer: Send + Sync + 'static {
    /// One round over a batch: asks, or ends with the rules.
    ///
    /// Pure: what it remembers between rounds is the state that it returns. The rules of an instance depend on that
    /// instance alone: a batch of n is n batches of one.
    ///
    /// The host scores the instances together with the edited rows of round 0, so that a model meets a batch once. The
    /// answers for the instances themselves are the host's to ask: from round 1 on they are in [`Batch::base`]. A step may
    /// ask nothing to wait for them. There is at least one instance; a host may stop asking after 64 rounds.
    ///
    /// # Errors
    /// If an instance cannot be explained; the error names it.
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError>;

    /// Everything that [`ExplanationPlugin::restore`] needs.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorCode::Unsupported) unless overridden.
    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Err(PluginError::unsupported("this explainer cannot be saved"))
    }
}

/// A batch of instances in one round of explaining.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The instances, `[n, n_features]`, finite.
    pub x: Matrix<'a>,
    /// Their Mondrian categories, `[n]`. Empty: calibration is not Mondrian.
    pub category: RSlice<'a, u32>,
    /// Further columns, with one entry per instance. Known names: `threshold_low` and `threshold_high` (the event, for
    /// thresholded regression), `ignored` (width `n_features`, 1 where the caller ignores the feature), `difficulty`.
    pub extra: RSlice<'a, Column<'a>>,
    /// JSON: an [`Options`](crate::options::Options); `host` says what is particular to this batch.
    pub options: RStr<'a>,
    /// 0 for the first call, then one more each time.
    pub round: u32,
    /// The state that the round before returned.
    pub state: RSlice<'a, u8>,
    /// From round 1 on, the calibrated predictions that are explained, one per instance. On a side that was not asked for
    /// (a one-sided percentile) answers hold the host's placeholder, a finite number; a side that was asked for and that
    /// the calibration set is too small for is infinite.
    pub base: Answers<'a>,
    /// The answers to the questions of the round before, in their order.
    pub answers: Answers<'a>,
}

impl<'a> Batch<'a> {
    /// The first round over instances `x` with the batch's options, without Mondrian categories and further columns.
    #[must_use]
    pub fn first(x: Matrix<'a>, options: &'a str) -> Self {
        Self {
            x,
            category: RSlice::EMPTY,
            extra: RSlice::EMPTY,
            options: RStr::from_str(options),
            round: 0,
            state: RSlice::EMPTY,
            base: Answers::none(),
            answers: Answers::none(),
        }
    }

    /// The same batch in a later round, with the state that the round before returned and the answers to its questions.
    #[must_use]
    pub fn in_round(self, round: u32, state: &'a [u8], base: Answers<'a>, answers: Answers<'a>) -> Self {
        Self { round, state: RSlice::from_slice(state), base, answers, ..self }
    }
}

/// What a round of explaining ends with, for author and host.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Answers are needed.
    Ask {
        /// Edits of instances. They are numbered on from those of earlier rounds.
        edits: Edits,
        /// Questions about instances and edited rows, of this round or an earlier one.
        questions: QuestionsBuf,
        /// What to remember.
        state: Vec<u8>,
    },
    /// The rules of every instance.
    Done(Rules),
}

/// [`Next`] as it crosses the boundary.
#[repr(C)]
#[derive(StableAbi, Clone, Debug)]
pub struct Step {
    /// [`Step::ASK`] or [`Step::DONE`]; anything else is an error. An integer, since a bundle may write any byte.
    pub outcome: u32,
    /// Edits of instances.
    pub edits: Edits,
    /// Questions.
    pub questions: QuestionsBuf,
    /// What to remember.
    pub state: RVec<u8>,
    /// The result.
    pub rules: Rules,
}

impl Step {
    /// The step asks; `rules` is empty.
    pub const ASK: u32 = 0;
    /// `rules` is the result; the other fields are empty.
    pub const DONE: u32 = 1;
}

/// [`ExplanationPlugin`] as it crosses the boundary.
#[sabi_trait]
pub trait ExplanationAbi: Send + Sync {
    /// Prepares an explainer.
    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: RStr<'_>,
    ) -> Outcome<ExplainerHandle>;
    /// A saved explainer.
    #[sabi(last_prefix_field)]
    fn restore(&self, saved: RSlice<'_, u8>, options: RStr<'_>) -> Outcome<ExplainerHandle>;
}

/// [`Explainer`] as it crosses the boundary.
#[sabi_trait]
pub trait ExplainerAbi: Send + Sync {
    /// One round over a batch.
    fn step(&self, batch: Batch<'_>) -> Outcome<Step>;
    /// Saves what was prepared.
    #[sabi(last_prefix_field)]
    fn save(&self) -> Outcome<RVec<u8>>;
}

handle! {
    /// An explanation plugin, as a host holds it.
    ExplanationHandle, ExplanationAbi_TO, ExplanationAdapter, ExplanationPlugin
}
handle! {
    /// A prepared explainer, as a host holds it.
    ExplainerHandle, ExplainerAbi_TO, ExplainerAdapter, Explainer
}

impl ExplanationHandle {
    /// Prepares an explainer.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
    ) -> Result<ExplainerHandle, PluginError> {
        self.object.prepare(calibration, calibrated, RStr::from_str(options)).into_result()
    }

    /// A saved explainer.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn restore(&self, saved: &[u8], options: &str) -> Result<ExplainerHandle, PluginError> {
        self.object.restore(RSlice::from_slice(saved), RStr::from_str(options)).into_result()
    }
}

impl ExplainerHandle {
    /// One round over a batch.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        let step = self.object.step(batch).into_result()?;
        match step.outcome {
            Step::ASK => Ok(Next::Ask { edits: step.edits, questions: step.questions, state: step.state.into_vec() }),
            Step::DONE => Ok(Next::Done(step.rules)),
            other => {
                Err(PluginError::corrupt(format!("a step ended with outcome {other}, expected 0 (ask) or 1 (done)")))
            }
        }
    }

    /// Saves what was prepared.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn save(&self) -> Result<Vec<u8>, PluginError> {
        self.object.save().into_result().map(RVec::into_vec)
    }
}

struct ExplanationAdapter<P>(Held<P>);

impl<P: ExplanationPlugin> ExplanationAbi for ExplanationAdapter<P> {
    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: RStr<'_>,
    ) -> Outcome<ExplainerHandle> {
        RResult::from(guard(|| self.0.prepare(calibration, calibrated, options.as_str()).map(ExplainerHandle::new)))
    }

    fn restore(&self, saved: RSlice<'_, u8>, options: RStr<'_>) -> Outcome<ExplainerHandle> {
        RResult::from(guard(|| self.0.restore(saved.as_slice(), options.as_str()).map(ExplainerHandle::new)))
    }
}

struct ExplainerAdapter<E>(Held<E>);

impl<E: Explainer> ExplainerAbi for ExplainerAdapter<E> {
    fn step(&self, batch: Batch<'_>) -> Outcome<Step> {
        RResult::from(guard(|| {
            Ok(match self.0.step(batch)? {
                Next::Ask { edits, questions, state } => {
                    Step { outcome: Step::ASK, edits, questions, state: RVec::from(state), rules: Rules::default() }
                }
                Next::Done(rules) => Step {
                    outcome: Step::DONE,
                    edits: Edits::default(),
                    questions: QuestionsBuf::default(),
                    state: RVec::new(),
                    rules,
                },
            })
        }))
    }

    fn save(&self) -> Outcome<RVec<u8>> {
        RResult::from(guard(|| self.0.save().map(RVec::from)))
    }
}
