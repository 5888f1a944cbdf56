//! A model and a calibration set become a fitted calibrator, with its answers for the calibration rows. It never explains.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ce_plugin_api::data::{
    Answers, AnswersMut, Asked, Calibration, Column, ColumnBuf, ColumnMut, Matrix, NONE, Questions, Rows,
};
use ce_plugin_api::kind::{CalibratorHandle, Fit, IntervalHandle};
use ce_plugin_api::manifest::Kind;

use super::calibration::CalibrationSet;
use super::difficulty::{self, Difficulty};
use super::fault::{Call, Cause, PluginFault, Violation};
use super::ledger::Ledger;
use super::model::Model;
use super::quantity::Quantity;
use super::validate::{self, Scale};

/// Rounds that `fit` may ask before it must be done.
const ROUNDS_MAX: u32 = 64;

/// Who a plugin is, for faults.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) kind: Kind,
    pub(crate) identifier: String,
    pub(crate) bundle: String,
}

impl Identity {
    pub(crate) fn fault(&self, call: Call, instance: Option<usize>, cause: Cause) -> PluginFault {
        let (kind, identifier, bundle) = (self.kind, self.identifier.clone(), self.bundle.clone());
        PluginFault { kind, identifier, bundle, call, instance, in_calibration: false, cause }
    }

    pub(crate) fn failed(&self, call: Call, error: ce_plugin_api::PluginError) -> PluginFault {
        let instance = (error.instance != ce_plugin_api::PluginError::WHOLE_CALL).then_some(error.instance);
        self.fault(call, instance, Cause::from(error))
    }

    pub(crate) fn violated(&self, call: Call, instance: Option<usize>, violation: Violation) -> PluginFault {
        self.fault(call, instance, Cause::Violation(violation))
    }
}

/// What is calibrated: the data, the model's scores for it, and its meaning.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) model: Arc<Model>,
    pub(crate) set: CalibrationSet,
    /// The model's scores for the calibration rows, `[n, n_outputs]`.
    pub(crate) scores: Vec<f64>,
    /// Who says how hard rows are, if anybody does.
    pub(crate) difficulty: Option<Arc<Difficulty>>,
    /// How hard the calibration rows are; empty where nobody says.
    difficulties: Vec<f64>,
    /// JSON: a `Schema`.
    pub(crate) schema: String,
    /// What is estimated unless a batch asks for more.
    pub(crate) quantity: Quantity,
    /// The least and the largest calibration target.
    pub(crate) range: [f64; 2],
}

/// A fitted calibrator.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) calibrator: CalibratorHandle,
    pub(crate) identity: Identity,
    /// Its answers for the calibration rows themselves.
    pub(crate) calibrated: AnswerColumns,
    pub(crate) duration: Duration,
}

/// Answers as the host keeps them, one entry per question.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AnswerColumns {
    pub(crate) predict: Vec<f64>,
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
    pub(crate) class: Vec<u32>,
    /// `[n, n_classes]`; empty unless it is asked for.
    pub(crate) probability: Vec<f64>,
    /// The further columns that were asked for.
    pub(crate) extra: Vec<ColumnBuf>,
}

impl AnswerColumns {
    /// Room for the answers to `questions`, filled with what stands for "not answered"; `class` holds the class asked for.
    pub(crate) fn unanswered(questions: Questions<'_>) -> Self {
        let n = questions.len();
        let class = match questions.class.as_slice() {
            [] => vec![NONE; n],
            [same] => vec![*same; n],
            each => each.to_vec(),
        };
        let nan = || vec![f64::NAN; n];
        Self { predict: nan(), low: nan(), high: nan(), class, ..Self::default() }
    }

    /// Also asks for the probability of every class.
    pub(crate) fn with_probability(mut self, n_classes: usize) -> Self {
        self.probability = vec![f64::NAN; self.predict.len() * n_classes];
        self
    }

    /// Also asks for further columns, of which only name and width are read.
    pub(crate) fn wanting(mut self, want: &[ColumnBuf]) -> Self {
        let n = self.predict.len();
        let column = |want: &ColumnBuf| ColumnBuf {
            name: want.name.clone(),
            width: want.width,
            values: vec![f64::NAN; n * want.width].into(),
        };
        self.extra = want.iter().map(column).collect();
        self
    }

    /// The answers about some of the rows.
    pub(crate) fn selected(&self, rows: &[usize]) -> Self {
        fn of<T: Copy>(each: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row_idx| each[row_idx]).collect()
        }
        let width = self.probability.len().checked_div(self.predict.len()).unwrap_or(0);
        let probability = rows.iter().flat_map(|row_idx| &self.probability[row_idx * width..][..width]).copied();
        Self {
            predict: of(&self.predict, rows),
            low: of(&self.low, rows),
            high: of(&self.high, rows),
            class: of(&self.class, rows),
            probability: probability.collect(),
            extra: Vec::new(),
        }
    }

    /// Appends the answers of the next chunk.
    pub(crate) fn append(&mut self, mut next: Self) {
        self.predict.append(&mut next.predict);
        self.low.append(&mut next.low);
        self.high.append(&mut next.high);
        self.class.append(&mut next.class);
        self.probability.append(&mut next.probability);
    }

    pub(crate) fn view(&self) -> Answers<'_> {
        Answers::new(&self.predict, &self.low, &self.high, &self.class)
    }

    fn view_mut<'a>(&'a mut self, extra: &'a mut [ColumnMut<'a>]) -> AnswersMut<'a> {
        AnswersMut::new(&mut self.predict, &mut self.low, &mut self.high, &mut self.class)
            .with_probability(&mut self.probability)
            .with_extra(extra)
    }
}

impl Problem {
    /// Scores the calibration rows.
    pub(crate) fn new(
        model: Arc<Model>,
        set: CalibrationSet,
        difficulty: Option<Arc<Difficulty>>,
        schema: String,
    ) -> Result<Self, PluginFault> {
        let (quantity, range) = (Quantity::of_task(model.info().task), set.range());
        let (scores, difficulties) = (Vec::new(), Vec::new());
        let problem = Self { model, set, scores, difficulty, difficulties, schema, quantity, range };
        problem.scored_from(0).map_err(PluginFault::while_fitting)
    }

    /// The same model with a larger calibration set, of which the rows of this one are the first. Only the further rows are
    /// scored.
    pub(crate) fn grown(&self, set: CalibrationSet, schema: String) -> Result<Self, PluginFault> {
        let n_known = self.set.n_rows();
        let range = set.range();
        let (model, difficulty) = (Arc::clone(&self.model), self.difficulty.clone());
        let (scores, difficulties) = (self.scores.clone(), self.difficulties.clone());
        let quantity = self.quantity.clone();
        let problem = Self { model, set, scores, difficulty, difficulties, schema, quantity, range };
        problem.scored_from(n_known).map_err(|fault| {
            let instance = fault.instance.map(|row_idx| row_idx + n_known);
            PluginFault { instance, ..fault }.while_fitting()
        })
    }

    /// Scores the calibration rows from `first` on, and asks how hard they are.
    fn scored_from(mut self, first: usize) -> Result<Self, PluginFault> {
        let x = self.set.x();
        let (n_cols, n_rows) = (x.n_cols, x.n_rows - first);
        let fresh = Matrix::new(&x.as_slice()[first * n_cols..], n_rows, n_cols).unwrap_or(Matrix::empty(n_cols));
        let mut scores = vec![f64::NAN; n_rows * self.model.info().n_outputs];
        let mut difficulties = Vec::new();
        self.model.predict(Rows::dense(fresh), &mut scores)?;
        self.rate(Rows::dense(fresh), &mut difficulties)?;
        self.scores.append(&mut scores);
        self.difficulties.append(&mut difficulties);
        Ok(self)
    }

    /// The calibration set as it crosses the boundary, with [`Problem::further`] columns.
    pub(crate) fn calibration<'a>(&'a self, further: &'a Option<Column<'a>>) -> Calibration<'a> {
        let calibration = self.set.view(&self.scores, self.model.info().n_outputs, &self.schema);
        Calibration { extra: further.as_slice().into(), ..calibration }
    }

    /// What else there is to say about each calibration row.
    pub(crate) fn further(&self) -> Option<Column<'_>> {
        difficulty::column(&self.difficulties)
    }

    /// Appends how hard rows are, where anybody says.
    pub(crate) fn rate(&self, rows: Rows<'_>, difficulties: &mut Vec<f64>) -> Result<(), PluginFault> {
        self.difficulty.as_ref().map_or(Ok(()), |difficulty| difficulty.rate(rows, difficulties))
    }

    /// Fits a calibrator, answering whatever it asks, and lets it answer for the calibration rows.
    pub(crate) fn fit(
        &self,
        plugin: &IntervalHandle,
        identity: Identity,
        options: &str,
    ) -> Result<Fitted, PluginFault> {
        let start = Instant::now();
        let calibrator = self.fit_rounds(plugin, &identity, options).map_err(PluginFault::while_fitting)?;
        let calibrated = self.calibrated(&calibrator, &identity, &self.quantity)?;
        Ok(Fitted { calibrator, identity, calibrated, duration: start.elapsed() })
    }

    /// A calibrator that was saved by the same plugin for the same problem.
    pub(crate) fn restore(
        &self,
        plugin: &IntervalHandle,
        identity: Identity,
        saved: &[u8],
        options: &str,
    ) -> Result<Fitted, PluginFault> {
        let start = Instant::now();
        let calibrator = plugin.restore(saved, options).map_err(|error| identity.failed(Call::Restore, error))?;
        let calibrated = self.calibrated(&calibrator, &identity, &self.quantity)?;
        Ok(Fitted { calibrator, identity, calibrated, duration: start.elapsed() })
    }

    fn fit_rounds(
        &self,
        plugin: &IntervalHandle,
        identity: &Identity,
        options: &str,
    ) -> Result<CalibratorHandle, PluginFault> {
        let n_outputs = self.model.info().n_outputs;
        let further = self.further();
        let calibration = self.calibration(&further);
        let mut ledger = Ledger::new(self.set.x(), n_outputs, self.scores.clone());
        let mut difficulties = self.difficulties.clone();
        let mut state = Vec::new();
        let mut answered = Vec::new();
        let mut rated = Vec::new();
        for round in 0..ROUNDS_MAX {
            let scores =
                Matrix::new(&answered, answered.len() / n_outputs, n_outputs).unwrap_or(Matrix::empty(n_outputs));
            // Told also where no row was asked for: the column stands for somebody who says how hard rows are.
            let of_asked = self.difficulty.is_some().then(|| difficulty::all(&rated)).filter(|_| round > 0);
            let asked = Asked { extra: of_asked.as_slice().into(), ..Asked::new(round, &state, scores) };
            let fit = plugin.fit(calibration, asked, options).map_err(|error| identity.failed(Call::Fit, error))?;
            match fit {
                Fit::Done(calibrator) => return Ok(calibrator),
                Fit::Ask { edits, state: next } => {
                    let first = ledger.n_asked();
                    ledger
                        .enter(edits)
                        .map_err(|(instance, violation)| identity.violated(Call::Fit, instance, violation))?;
                    ledger.score(|rows, scores| {
                        self.rate(rows, &mut difficulties)?;
                        self.model.predict(rows, scores)
                    })?;
                    answered = ledger.scores_asked_from(first);
                    if self.difficulty.is_some() {
                        let difficulty = |asked_idx| difficulties[ledger.row_of_asked(asked_idx) as usize];
                        rated = (first..ledger.n_asked()).map(difficulty).collect();
                    }
                    state = next;
                }
            }
        }
        let limit = ROUNDS_MAX as usize;
        Err(identity.violated(Call::Fit, None, Violation::TooMuch { what: "rounds", found: limit + 1, limit }))
    }

    /// What a calibrator answers for the calibration rows themselves.
    pub(crate) fn calibrated(
        &self,
        calibrator: &CalibratorHandle,
        identity: &Identity,
        quantity: &Quantity,
    ) -> Result<AnswerColumns, PluginFault> {
        let rows: Vec<u32> = (0..self.set.n_rows() as u32).collect();
        let scores = Matrix::new(&self.scores, self.set.n_rows(), self.model.info().n_outputs)
            .unwrap_or(Matrix::empty(self.model.info().n_outputs));
        let further = self.further();
        let calibration = self.calibration(&further);
        let questions =
            Questions { category: calibration.category, extra: calibration.extra, ..Questions::about(&rows) };
        let mut answers = AnswerColumns::unanswered(questions);
        let asking = Asking { problem: self, calibrator, identity, quantity };
        asking
            .ask(Rows::dense(self.set.x()), scores, questions, &mut answers)
            .map_err(|(question, fault)| PluginFault { instance: question, ..fault }.while_fitting())?;
        Ok(answers)
    }
}

/// A calibrator, and what it is asked to estimate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) calibrator: &'a CalibratorHandle,
    pub(crate) identity: &'a Identity,
    pub(crate) quantity: &'a Quantity,
}

impl Asking<'_> {
    /// Asks, and checks what comes back. With the fault comes the question that it is about. Questions that name an event
    /// already are about that one.
    pub(crate) fn ask(
        self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        answers: &mut AnswerColumns,
    ) -> Result<(), (Option<usize>, PluginFault)> {
        // A calibrator is promised one question at least.
        if questions.is_empty() {
            return Ok(());
        }
        let Self { problem, calibrator, identity, quantity } = self;
        let has_own_event = !questions.threshold_high.is_empty();
        let told = if has_own_event { questions } else { quantity.tell(questions) };
        let mut extra = std::mem::take(&mut answers.extra);
        let mut views: Vec<ColumnMut<'_>> = extra.iter_mut().map(ColumnBuf::view_mut).collect();
        let outcome = calibrator.answer(rows, scores, told, answers.view_mut(&mut views));
        answers.extra = extra;
        outcome.map_err(|error| {
            let question = (error.instance < questions.len()).then_some(error.instance);
            (question, identity.fault(Call::Answer, None, Cause::from(error)))
        })?;
        let scale = if has_own_event { Scale::Event } else { quantity.scale(problem.model.info().classes.len()) };
        if scale == Scale::Value {
            let AnswerColumns { predict, low, high, .. } = answers;
            quantity.close_open_sides(problem.range, predict, low, high);
        }
        validate::answers(scale, &answers.predict, &answers.low, &answers.high, &answers.class)
            .and_then(|()| validate::classes(questions, &answers.class))
            .and_then(|()| match scale {
                Scale::Probability { n_classes } => validate::probabilities(&answers.probability, n_classes),
                Scale::Event | Scale::Value => Ok(()),
            })
            .map_err(|(question, violation)| (question, identity.violated(Call::Answer, None, violation)))
    }
}
