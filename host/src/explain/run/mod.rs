//! A batch is explained or predicted, chunk by chunk. It never chooses a plugin.

mod chunk;
mod cut;
mod explained;

use std::sync::atomic::{AtomicU64, Ordering};

use ce_plugin_api::data::{Matrix, Questions, Rows};
use ce_plugin_api::kind::ExplainerHandle;

use self::chunk::Chunk;
use self::cut::each_chunk;
pub(crate) use self::cut::{Cut, in_chunks};
pub(crate) use self::explained::Explained;
use super::asked::Asked;
use super::calibrate::{AnswerColumns, Asking, Fitted, Identity, Problem};
use super::difficulty;
use super::fault::PluginFault;

/// A prepared explainer and what it works with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runner<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) fitted: &'a Fitted,
    pub(crate) explainer: &'a ExplainerHandle,
    pub(crate) identity: &'a Identity,
    /// JSON: options of the batch.
    pub(crate) options: &'a str,
    pub(crate) tally: &'a Tally,
    /// What is asked of the whole batch.
    pub(crate) asked: &'a Asked,
}

/// How often the model was called for one batch, and about how many rows.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    calls: AtomicU64,
    rows: AtomicU64,
}

impl Tally {
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.calls.load(Ordering::Relaxed), self.rows.load(Ordering::Relaxed))
    }

    fn count(&self, rows: Rows<'_>) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.rows.fetch_add(rows.n_rows() as u64, Ordering::Relaxed);
    }
}

impl Runner<'_> {
    /// Explains the rows of `x`, `[n, n_features]`. The instance in a fault is a row of `x`.
    ///
    /// Chunks are joined as they come, so that beside the result only those in work take memory.
    pub(crate) fn batch(&self, x: Matrix<'_>, cut: Cut) -> Result<Explained, PluginFault> {
        let mut all = Explained::default();
        let explain = |start, len| {
            // The instance of an error is the plugin's own word: one that does not exist is none.
            let chunk = Chunk { runner: *self, part: self.asked.part(start, len) };
            chunk.explain(rows_of(x, start, len)).map_err(|fault| {
                let instance = fault.instance.filter(|&instance| instance < len).map(|instance| instance + start);
                PluginFault { instance, ..fault }
            })
        };
        each_chunk(x.n_rows, cut, explain, |chunk| all.append(chunk, x.n_rows))?;
        all.trim();
        Ok(all)
    }
}

/// Calibrated predictions for the rows of `x`, `[n, n_features]`, with the probability of every class, and the scores that
/// they were made from.
pub(crate) fn predict(
    problem: &Problem,
    fitted: &Fitted,
    tally: &Tally,
    asked: &Asked,
    x: Matrix<'_>,
    cut: Cut,
) -> Result<(AnswerColumns, Vec<f64>), PluginFault> {
    let info = problem.model.info();
    let chunks = in_chunks(x.n_rows, cut, |start, len| {
        let chunk = rows_of(x, start, len);
        let mut scores = vec![f64::NAN; len * info.n_outputs];
        tally.count(Rows::dense(chunk));
        let shift = |mut fault: PluginFault| {
            fault.instance = fault.instance.map(|instance| instance + start);
            fault
        };
        problem.model.predict(Rows::dense(chunk), &mut scores).map_err(shift)?;
        let mut difficulties = Vec::new();
        problem.rate(Rows::dense(chunk), &mut difficulties).map_err(shift)?;
        let difficulties = difficulty::column(&difficulties);
        let rows: Vec<u32> = (0..len as u32).collect();
        let part = asked.part(start, len);
        let events = part.events().filter(|_| part.has_event_of_each()).unwrap_or_default();
        let questions = Questions {
            category: part.category.into(),
            threshold_low: events.low.as_slice().into(),
            threshold_high: events.high.as_slice().into(),
            ..Questions::about(&rows).of_classes(part.class()).with_extra(difficulties.as_slice())
        };
        let mut answers = AnswerColumns::unanswered(questions).with_probability(info.classes.len());
        let scored = Matrix::new(&scores, len, info.n_outputs).unwrap_or(Matrix::empty(info.n_outputs));
        let Fitted { calibrator, identity, .. } = fitted;
        let asking = Asking { problem, calibrator, identity, quantity: &asked.quantity };
        asking.ask(Rows::dense(chunk), scored, questions, &mut answers).map_err(|(question, mut fault)| {
            fault.instance = question;
            shift(fault)
        })?;
        if asked.quantity.is_event() {
            answers.probability = answers.predict.iter().flat_map(|p| [1.0 - p, *p]).collect();
        }
        Ok((answers, scores))
    })?;
    let (mut all, mut all_scores) = (AnswerColumns::default(), Vec::new());
    for (answers, mut scores) in chunks {
        all.append(answers);
        all_scores.append(&mut scores);
    }
    Ok((all, all_scores))
}

/// Some consecutive rows of a matrix.
fn rows_of(x: Matrix<'_>, start: usize, len: usize) -> Matrix<'_> {
    let data = &x.as_slice()[start * x.n_cols..][..len * x.n_cols];
    Matrix::new(data, len, x.n_cols).unwrap_or(Matrix::empty(x.n_cols))
}
