//! Interval calibrators: scores become calibrated point estimates with a lower and an upper bound.

use abi_stable::StableAbi;
use abi_stable::sabi_trait;
use abi_stable::std_types::{ROption, RResult, RSlice, RStr, RVec};

use super::{Outcome, handle};
use crate::PluginError;
use crate::data::{AnswersMut, Asked, Calibration, Edits, Matrix, Questions, Rows};
use crate::guard::{Held, guard};

/// Fits calibrators. Implemented by an author.
pub trait IntervalPlugin: Send + Sync + 'static {
    /// What fitting ends with.
    type Calibrator: Calibrator;

    /// Fits to the calibration set, or asks for the scores of edited calibration rows first.
    ///
    /// Pure: what it remembers between rounds is the state that it returns, which is copied every round; asking for
    /// everything at once is cheapest. `options` is an [`Options`](crate::options::Options) as JSON. A host may stop after
    /// 64 rounds.
    ///
    /// # Errors
    /// If the calibration set cannot be fitted to.
    fn fit(
        &self,
        calibration: Calibration<'_>,
        asked: Asked<'_>,
        options: &str,
    ) -> Result<Fit<Self::Calibrator>, PluginError>;

    /// The calibrator that [`Calibrator::save`] wrote, with bit-identical answers. Of `options` only `host` may differ
    /// from what it was fitted with.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorCode::Unsupported) unless overridden; [`Corrupt`](crate::ErrorCode::Corrupt) if the
    /// bytes cannot be read.
    fn restore(&self, saved: &[u8], options: &str) -> Result<Self::Calibrator, PluginError> {
        let _ = (saved, options);
        Err(PluginError::unsupported("this calibrator cannot be restored"))
    }
}

/// A fitted calibrator. Implemented by an author.
pub trait Calibrator: Send + Sync + 'static {
    /// Answers each question from the scores of its row. `scores` is `[rows.n_rows(), n_outputs]`.
    ///
    /// The answer to a question depends on that question, its row and its scores alone: a batch of n is n batches of one.
    /// There is at least one question. Caches inside are welcome as long as they change no answer.
    ///
    /// # Errors
    /// If a question cannot be answered; the error names the question as its instance.
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        answers: AnswersMut<'_>,
    ) -> Result<(), PluginError>;

    /// Everything that [`IntervalPlugin::restore`] needs.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorCode::Unsupported) unless overridden.
    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Err(PluginError::unsupported("this calibrator cannot be saved"))
    }
}

/// What a round of fitting ends with, for the author.
#[derive(Debug)]
pub enum Fit<C> {
    /// The scores of these edited calibration rows are needed; the next round is handed them with `state`.
    Ask {
        /// Edits of calibration rows.
        edits: Edits,
        /// What to remember.
        state: Vec<u8>,
    },
    /// Fitted.
    Done(C),
}

/// What a round of fitting ends with, for the host.
pub type Fitting = Fit<CalibratorHandle>;

/// [`Fit`] as it crosses the boundary: done if `calibrator` is there.
#[repr(C)]
#[derive(StableAbi, Debug)]
pub struct FitStep {
    /// The fitted calibrator.
    pub calibrator: ROption<CalibratorHandle>,
    /// Edits of calibration rows whose scores are needed.
    pub ask: Edits,
    /// What to remember.
    pub state: RVec<u8>,
}

/// [`IntervalPlugin`] as it crosses the boundary.
#[sabi_trait]
pub trait IntervalAbi: Send + Sync {
    /// One round of fitting.
    fn fit(&self, calibration: Calibration<'_>, asked: Asked<'_>, options: RStr<'_>) -> Outcome<FitStep>;
    /// A saved calibrator.
    #[sabi(last_prefix_field)]
    fn restore(&self, saved: RSlice<'_, u8>, options: RStr<'_>) -> Outcome<CalibratorHandle>;
}

/// [`Calibrator`] as it crosses the boundary.
#[sabi_trait]
pub trait CalibratorAbi: Send + Sync {
    /// Answers questions.
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        answers: AnswersMut<'_>,
    ) -> Outcome<()>;
    /// Saves what was fitted.
    #[sabi(last_prefix_field)]
    fn save(&self) -> Outcome<RVec<u8>>;
}

handle! {
    /// An interval plugin, as a host holds it.
    IntervalHandle, IntervalAbi_TO, IntervalAdapter, IntervalPlugin
}
handle! {
    /// A fitted calibrator, as a host holds it.
    CalibratorHandle, CalibratorAbi_TO, CalibratorAdapter, Calibrator
}

impl IntervalHandle {
    /// One round of fitting.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn fit(&self, calibration: Calibration<'_>, asked: Asked<'_>, options: &str) -> Result<Fitting, PluginError> {
        let step = self.object.fit(calibration, asked, RStr::from_str(options)).into_result()?;
        Ok(match step.calibrator {
            ROption::RSome(calibrator) => Fit::Done(calibrator),
            ROption::RNone => Fit::Ask { edits: step.ask, state: step.state.into_vec() },
        })
    }

    /// A saved calibrator.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn restore(&self, saved: &[u8], options: &str) -> Result<CalibratorHandle, PluginError> {
        self.object.restore(RSlice::from_slice(saved), RStr::from_str(options)).into_result()
    }
}

impl CalibratorHandle {
    /// Answers questions into `answers`.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        self.object.answer(rows, scores, questions, answers).into_result()
    }

    /// Saves what was fitted.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn save(&self) -> Result<Vec<u8>, PluginError> {
        self.object.save().into_result().map(RVec::into_vec)
    }
}

struct IntervalAdapter<P>(Held<P>);

impl<P: IntervalPlugin> IntervalAbi for IntervalAdapter<P> {
    fn fit(&self, calibration: Calibration<'_>, asked: Asked<'_>, options: RStr<'_>) -> Outcome<FitStep> {
        RResult::from(guard(|| {
            Ok(match self.0.fit(calibration, asked, options.as_str())? {
                Fit::Done(calibrator) => FitStep {
                    calibrator: ROption::RSome(CalibratorHandle::new(calibrator)),
                    ask: Edits::default(),
                    state: RVec::new(),
                },
                Fit::Ask { edits, state } => {
                    FitStep { calibrator: ROption::RNone, ask: edits, state: RVec::from(state) }
                }
            })
        }))
    }

    fn restore(&self, saved: RSlice<'_, u8>, options: RStr<'_>) -> Outcome<CalibratorHandle> {
        RResult::from(guard(|| self.0.restore(saved.as_slice(), options.as_str()).map(CalibratorHandle::new)))
    }
}

struct CalibratorAdapter<C>(Held<C>);

impl<C: Calibrator> CalibratorAbi for CalibratorAdapter<C> {
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        answers: AnswersMut<'_>,
    ) -> Outcome<()> {
        RResult::from(guard(|| self.0.answer(rows, scores, questions, answers)))
    }

    fn save(&self) -> Outcome<RVec<u8>> {
        RResult::from(guard(|| self.0.save().map(RVec::from)))
    }
}
