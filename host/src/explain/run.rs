//! The ask/answer loop over the chunks of a batch. Every chunk is by itself, so neither their size nor the number of
//! threads changes a byte. It never chooses a plugin.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use ce_plugin_api::data::{Column, ColumnBuf, EXPLAINED, Matrix, Questions, QuestionsBuf, Rows, Rules};
use ce_plugin_api::kind::{Batch, ExplainerHandle, Next};
use ce_plugin_api::manifest::Task;

use super::calibrate::{self, AnswerColumns, Fitted, Identity, Problem};
use super::fault::{Call, PluginFault, Violation};
use super::ledger::Ledger;
use super::validate;

/// Rounds that a batch may take before it must be done.
const ROUNDS_MAX: u32 = 64;

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

/// How a batch is cut up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) chunk_rows: usize,
    pub(crate) threads: usize,
}

/// The base predictions and the rules of consecutive instances.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Explained {
    pub(crate) base: AnswerColumns,
    pub(crate) rules: Rules,
}

impl Runner<'_> {
    /// Explains the rows of `x`, `[n, n_features]`. The instance in a fault is a row of `x`.
    pub(crate) fn batch(&self, x: Matrix<'_>, cut: Cut) -> Result<Vec<Explained>, PluginFault> {
        in_chunks(x.n_rows, cut, |start, len| {
            // The instance of an error is the plugin's own word: one that does not exist is none.
            self.chunk(rows_of(x, start, len)).map_err(|fault| {
                let instance = fault.instance.filter(|&instance| instance < len).map(|instance| instance + start);
                PluginFault { instance, ..fault }
            })
        })
    }

    fn chunk(&self, x: Matrix<'_>) -> Result<Explained, PluginFault> {
        let mut ledger = Ledger::new(x, self.problem.model.info().n_outputs, Vec::new());
        let mut base = AnswerColumns::default();
        let mut answers = AnswerColumns::default();
        let mut state = Vec::new();
        for round in 0..ROUNDS_MAX {
            let further: Vec<Column<'_>> = answers.extra.iter().map(ColumnBuf::view).collect();
            let answered = answers.view().with_extra(&further);
            let batch = Batch::first(x, self.options).in_round(round, &state, base.view(), answered);
            match self.explainer.step(batch).map_err(|error| self.identity.failed(Call::Step, error))? {
                Next::Done(rules) => {
                    validate::rules(&rules, self.problem.scale, x.n_rows, x.n_cols)
                        .map_err(|(instance, violation)| self.identity.violated(Call::Step, instance, violation))?;
                    if base.predict.len() != x.n_rows {
                        base = self.base(&mut ledger, x.n_rows)?;
                    }
                    return Ok(Explained { base, rules });
                }
                Next::Ask { edits, questions, state: next } => {
                    ledger
                        .enter(&edits)
                        .map_err(|(instance, violation)| self.identity.violated(Call::Step, instance, violation))?;
                    if base.predict.len() != x.n_rows {
                        base = self.base(&mut ledger, x.n_rows)?;
                    } else {
                        self.score(&mut ledger)?;
                    }
                    answers = self.answer(&ledger, &questions, &base)?;
                    state = next;
                }
            }
        }
        let limit = ROUNDS_MAX as usize;
        let violation = Violation::TooMuch { what: "rounds", found: limit + 1, limit };
        Err(self.identity.violated(Call::Step, None, violation))
    }

    fn score(&self, ledger: &mut Ledger<'_>) -> Result<(), PluginFault> {
        ledger.score(|rows, scores| {
            self.tally.count(rows);
            self.problem.model.predict(rows, scores)
        })
    }

    /// The calibrated predictions that are explained, one per instance: asked by the host itself, whatever the plugin asks.
    fn base(&self, ledger: &mut Ledger<'_>, n_rows: usize) -> Result<AnswerColumns, PluginFault> {
        self.score(ledger)?;
        let rows: Vec<u32> = (0..n_rows as u32).collect();
        self.ask(ledger, Questions::about(&rows), &[])
    }

    fn answer(
        &self,
        ledger: &Ledger<'_>,
        asked: &QuestionsBuf,
        base: &AnswerColumns,
    ) -> Result<AnswerColumns, PluginFault> {
        let n_base = base.predict.len();
        let n_classes = self.problem.model.info().classes.len();
        let n_features = self.problem.model.info().n_features;
        validate::questions(asked, n_base + ledger.n_asked(), n_classes, n_features)
            .map_err(|(_, violation)| self.identity.violated(Call::Step, None, violation))?;
        let mut row = Vec::with_capacity(asked.row.len());
        let mut class = Vec::new();
        let has_classes = self.problem.model.info().task == Task::Classification;
        if has_classes {
            class.reserve(asked.row.len());
        }
        for (question_idx, &asked_row) in asked.row.iter().enumerate() {
            let place = match (asked_row as usize).checked_sub(n_base) {
                None => asked_row,
                Some(asked_idx) => ledger.row_of_asked(asked_idx),
            };
            row.push(place);
            if has_classes {
                let wanted = asked.class.get(question_idx).copied().unwrap_or(EXPLAINED);
                class.push(if wanted == EXPLAINED { base.class[ledger.base_of(place)] } else { wanted });
            }
        }
        let extra: Vec<_> = asked.extra.iter().map(ColumnBuf::view).collect();
        let questions = Questions::about(&row).of_classes(&class).of_features(&asked.feature).with_extra(&extra);
        self.ask(ledger, questions, &asked.want)
    }

    fn ask(
        &self,
        ledger: &Ledger<'_>,
        questions: Questions<'_>,
        want: &[ColumnBuf],
    ) -> Result<AnswerColumns, PluginFault> {
        let mut answers = AnswerColumns::unanswered(questions).wanting(want);
        let Fitted { calibrator, identity, .. } = self.fitted;
        calibrate::ask(
            calibrator,
            identity,
            self.problem.scale,
            ledger.rows(),
            ledger.scores(),
            questions,
            &mut answers,
        )
        .map_err(|(question, mut fault)| {
            fault.instance = question.map(|question| ledger.base_of(questions.row[question]));
            fault
        })?;
        Ok(answers)
    }
}

/// Calibrated predictions for the rows of `x`, `[n, n_features]`, with the probability of every class.
pub(crate) fn predict(
    problem: &Problem,
    fitted: &Fitted,
    tally: &Tally,
    x: Matrix<'_>,
    cut: Cut,
) -> Result<AnswerColumns, PluginFault> {
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
        let rows: Vec<u32> = (0..len as u32).collect();
        let questions = Questions::about(&rows);
        let mut answers = AnswerColumns::unanswered(questions).with_probability(info.classes.len());
        let scores = Matrix::new(&scores, len, info.n_outputs).unwrap_or(Matrix::empty(info.n_outputs));
        let Fitted { calibrator, identity, .. } = fitted;
        calibrate::ask(calibrator, identity, problem.scale, Rows::dense(chunk), scores, questions, &mut answers)
            .map_err(|(question, mut fault)| {
                fault.instance = question;
                shift(fault)
            })?;
        Ok(answers)
    })?;
    let mut all = AnswerColumns::default();
    for chunk in chunks {
        all.append(chunk);
    }
    Ok(all)
}

/// Some consecutive rows of a matrix.
fn rows_of(x: Matrix<'_>, start: usize, len: usize) -> Matrix<'_> {
    let data = &x.as_slice()[start * x.n_cols..][..len * x.n_cols];
    Matrix::new(data, len, x.n_cols).unwrap_or(Matrix::empty(x.n_cols))
}

/// Runs `work(start, len)` over consecutive chunks and returns the results in order, or the first error in that order.
///
/// Thread `t` of `T` takes the chunks `t`, `t + T`, …: no queue, no lock, and each thread has work as long as there are as
/// many chunks. After an error no thread begins a later chunk, but every earlier one is done: which error is the first does
/// not depend on the threads.
pub(crate) fn in_chunks<T: Send, E: Send>(
    n_rows: usize,
    cut: Cut,
    work: impl Fn(usize, usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let n_chunks = n_rows.div_ceil(cut.chunk_rows);
    let n_threads = cut.threads.min(n_chunks);
    let chunk = |chunk_idx: usize| {
        let start = chunk_idx * cut.chunk_rows;
        work(start, cut.chunk_rows.min(n_rows - start))
    };
    if n_threads <= 1 {
        return (0..n_chunks).map(chunk).collect();
    }
    let first_failed = AtomicUsize::new(usize::MAX);
    let mut results: Vec<(usize, Result<T, E>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..n_threads)
            .map(|thread_idx| {
                let (chunk, first_failed) = (&chunk, &first_failed);
                scope.spawn(move || {
                    let mut done = Vec::new();
                    for chunk_idx in (thread_idx..n_chunks).step_by(n_threads) {
                        if chunk_idx > first_failed.load(Ordering::Relaxed) {
                            break;
                        }
                        let result = chunk(chunk_idx);
                        if result.is_err() {
                            first_failed.fetch_min(chunk_idx, Ordering::Relaxed);
                        }
                        done.push((chunk_idx, result));
                    }
                    done
                })
            })
            .collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, Vec<_>>| {
            worker.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload))
        };
        workers.into_iter().flat_map(join).collect()
    });
    results.sort_unstable_by_key(|(chunk_idx, _)| *chunk_idx);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_come_back_in_order_from_any_number_of_threads() {
        let rows: Vec<usize> = (0..100).collect();
        for (chunk_rows, threads) in [(1, 1), (7, 2), (7, 8), (100, 8), (1000, 3)] {
            let cut = Cut { chunk_rows, threads };
            let chunks =
                in_chunks(100, cut, |start, len| Ok::<_, ()>((start..start + len).collect::<Vec<_>>())).unwrap();
            assert_eq!(chunks.concat(), rows, "{cut:?}");
        }
        let none =
            in_chunks(0, Cut { chunk_rows: 5, threads: 2 }, |_, _| -> Result<(), ()> { panic!("no rows, no work") });
        assert_eq!(none, Ok(vec![]));
    }

    #[test]
    fn the_first_error_is_the_one_returned() {
        let cut = Cut { chunk_rows: 1, threads: 2 };
        for _ in 0..100 {
            let outcome = in_chunks(10, cut, |start, _| if start >= 1 { Err(start) } else { Ok(()) });
            assert_eq!(outcome, Err(1));
        }
    }
}
