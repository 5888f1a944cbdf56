//! The ask/answer loop over some consecutive instances. It knows nothing of the rest of the batch.

use std::borrow::Cow;

use ce_plugin_api::data::{Column, ColumnBuf, EXPLAINED, Matrix, Questions, QuestionsBuf};
use ce_plugin_api::kind::{Batch, Next};

use super::{Explained, Runner};
use crate::explain::asked::{Events, Part};
use crate::explain::calibrate::{AnswerColumns, Asking, Fitted};
use crate::explain::difficulty;
use crate::explain::fault::{Call, PluginFault, Violation};
use crate::explain::ledger::Ledger;
use crate::explain::quantity::Quantity;
use crate::explain::validate;

/// Rounds that a batch may take before it must be done.
const ROUNDS_MAX: u32 = 64;

/// Some consecutive instances of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    pub(super) runner: Runner<'a>,
    pub(super) part: Part<'a>,
}

impl<'a> std::ops::Deref for Chunk<'a> {
    type Target = Runner<'a>;

    fn deref(&self) -> &Runner<'a> {
        &self.runner
    }
}

/// The rows that were asked about so far, with their scores and how hard they are.
#[derive(Debug)]
struct Known<'a> {
    ledger: Ledger<'a>,
    /// One per row of the ledger; empty where nobody says how hard rows are.
    difficulties: Vec<f64>,
}

impl Chunk<'_> {
    pub(super) fn explain(&self, x: Matrix<'_>) -> Result<Explained, PluginFault> {
        let ledger = Ledger::new(x, self.problem.model.info().n_outputs, Vec::new());
        let mut known = Known { ledger, difficulties: Vec::new() };
        let (events, ignored) = (self.part.events(), self.part.ignored(x.n_cols));
        let mut base = AnswerColumns::default();
        let mut answers = AnswerColumns::default();
        let mut state = Vec::new();
        for round in 0..ROUNDS_MAX {
            let answered: Vec<Column<'_>> = answers.extra.iter().map(ColumnBuf::view).collect();
            let answered = answers.view().with_extra(&answered);
            let difficulties = known.difficulties.get(..x.n_rows).and_then(difficulty::column);
            let events = events.iter().flat_map(Events::columns);
            let ignored = ignored.iter().map(|marks| Column::new("ignored", x.n_cols, marks));
            let extra: Vec<Column<'_>> = events.chain(ignored).chain(difficulties).collect();
            let batch = Batch::first(x, self.options);
            let batch = Batch { category: self.part.category.into(), extra: extra.as_slice().into(), ..batch };
            let batch = batch.in_round(round, &state, base.view(), answered);
            match self.explainer.step(batch).map_err(|error| self.identity.failed(Call::Step, error))? {
                Next::Done(rules) => {
                    validate::rules(&rules, self.scale(), x.n_rows, x.n_cols)
                        .and_then(|()| self.part.check_ignored(&rules, x.n_cols))
                        .map_err(|(instance, violation)| self.identity.violated(Call::Step, instance, violation))?;
                    if base.predict.len() != x.n_rows {
                        base = self.base(&mut known, x.n_rows)?;
                    }
                    return Ok(Explained { base, rules });
                }
                Next::Ask { edits, questions, state: next } => {
                    known
                        .ledger
                        .enter(edits)
                        .map_err(|(instance, violation)| self.identity.violated(Call::Step, instance, violation))?;
                    if base.predict.len() != x.n_rows {
                        base = self.base(&mut known, x.n_rows)?;
                    } else {
                        self.score(&mut known)?;
                    }
                    answers = self.answer(&known, &questions, &base)?;
                    state = next;
                }
            }
        }
        let limit = ROUNDS_MAX as usize;
        let violation = Violation::TooMuch { what: "rounds", found: limit + 1, limit };
        Err(self.identity.violated(Call::Step, None, violation))
    }

    fn score(&self, known: &mut Known<'_>) -> Result<(), PluginFault> {
        let Known { ledger, difficulties } = known;
        ledger.score(|rows, scores| {
            self.tally.count(rows);
            self.problem.rate(rows, difficulties)?;
            self.problem.model.predict(rows, scores)
        })
    }

    /// The calibrated predictions that are explained, one per instance: asked by the host itself, whatever the plugin asks.
    fn base(&self, known: &mut Known<'_>, n_rows: usize) -> Result<AnswerColumns, PluginFault> {
        self.score(known)?;
        let rows: Vec<u32> = (0..n_rows as u32).collect();
        self.ask(known, Questions::about(&rows).of_classes(self.part.class()), &[])
    }

    fn answer(
        &self,
        known: &Known<'_>,
        asked: &QuestionsBuf,
        base: &AnswerColumns,
    ) -> Result<AnswerColumns, PluginFault> {
        let ledger = &known.ledger;
        let n_base = base.predict.len();
        let n_classes = self.problem.model.info().classes.len();
        let n_features = self.problem.model.info().n_features;
        validate::questions(asked, n_base + ledger.n_asked(), n_classes, n_features)
            .map_err(|(_, violation)| self.identity.violated(Call::Step, None, violation))?;
        let row = self.rows_of(ledger, asked, n_base);
        let class = if n_classes > 0 { classes_of(ledger, asked, &row, &base.class) } else { Vec::new() };
        let extra: Vec<_> = asked.extra.iter().map(ColumnBuf::view).collect();
        let questions = Questions::about(&row).of_classes(&class).of_features(&asked.feature).with_extra(&extra);
        let (low, high) = self.own_event(asked)?;
        let questions = Questions { threshold_low: low.into(), threshold_high: high.into(), ..questions };
        self.ask(known, questions, &asked.want)
    }

    /// The rows of the ledger that questions are about.
    fn rows_of<'b>(&self, ledger: &Ledger<'_>, asked: &'b QuestionsBuf, n_base: usize) -> Cow<'b, [u32]> {
        if ledger.are_all_in_place() {
            return Cow::Borrowed(&asked.row);
        }
        let place = |&row: &u32| match (row as usize).checked_sub(n_base) {
            None => row,
            Some(asked_idx) => ledger.row_of_asked(asked_idx),
        };
        Cow::Owned(asked.row.iter().map(place).collect())
    }

    /// The events that a plugin asks about in place of the batch's, if it does. Only a regression has events.
    fn own_event<'b>(&self, asked: &'b QuestionsBuf) -> Result<(&'b [f64], &'b [f64]), PluginFault> {
        if self.asked.quantity == Quantity::Class {
            return Ok((&[], &[]));
        }
        let column = |name: &str| asked.extra.iter().find(|column| column.name == name && column.width == 1);
        let contradiction = |text: &str| {
            let violation = Violation::Contradiction(text.to_owned());
            Err(self.identity.violated(Call::Step, None, violation))
        };
        match (column("threshold_low"), column("threshold_high")) {
            (None, None) => Ok((&[], &[])),
            (Some(low), Some(high)) => {
                let is_event = |(low, high): (&f64, &f64)| low < high && high.is_finite();
                match low.values.iter().zip(&high.values).all(is_event) {
                    true => Ok((&low.values, &high.values)),
                    false => contradiction("asked about an event whose ends are NaN, infinite above or not in order"),
                }
            }
            _ => contradiction("asked with one of the columns `threshold_low` and `threshold_high`, an event has both"),
        }
    }

    /// Asks with everything that the host knows about the rows: categories, events and difficulties.
    fn ask(
        &self,
        known: &Known<'_>,
        questions: Questions<'_>,
        want: &[ColumnBuf],
    ) -> Result<AnswerColumns, PluginFault> {
        let Known { ledger, difficulties } = known;
        let instances = || questions.row.iter().map(|&row| ledger.base_of(row));
        let category: Vec<u32> = match self.part.category {
            [] => Vec::new(),
            categories => instances().map(|instance| categories[instance]).collect(),
        };
        let mut asked = Questions { category: category.as_slice().into(), ..questions };
        let has_own_event = !questions.threshold_high.is_empty();
        let events = self.part.events().filter(|_| self.part.has_event_of_each() && !has_own_event);
        let events = events.map_or_else(Events::default, |events| events.of(instances()));
        if !events.high.is_empty() {
            asked = Questions {
                threshold_low: events.low.as_slice().into(),
                threshold_high: events.high.as_slice().into(),
                ..asked
            };
        }
        let has_own_difficulty = questions.extra.iter().any(|column| difficulty::is_column(column.name.as_str()));
        let difficulties: Vec<f64> = match difficulties.as_slice() {
            [] => Vec::new(),
            _ if has_own_difficulty => Vec::new(),
            difficulties => questions.row.iter().map(|&row| difficulties[row as usize]).collect(),
        };
        let further: Vec<Column<'_>> =
            questions.extra.iter().copied().chain(difficulty::column(&difficulties)).collect();
        let asked = asked.with_extra(&further);
        let mut answers = AnswerColumns::unanswered(asked).wanting(want);
        self.asking().ask(ledger.rows(), ledger.scores(), asked, &mut answers).map_err(|(question, mut fault)| {
            fault.instance = question.map(|question| ledger.base_of(asked.row[question]));
            fault
        })?;
        Ok(answers)
    }

    fn asking(&self) -> Asking<'_> {
        let Fitted { calibrator, identity, .. } = self.fitted;
        Asking { problem: self.problem, calibrator, identity, quantity: &self.asked.quantity }
    }

    fn scale(&self) -> validate::Scale {
        self.asked.quantity.scale(self.problem.model.info().classes.len())
    }
}

/// The classes that questions are about: one for all of them where it is the same.
///
/// * `row`: the row of the ledger behind each question
/// * `explained`: the class that is explained for each instance
fn classes_of(ledger: &Ledger<'_>, asked: &QuestionsBuf, row: &[u32], explained: &[u32]) -> Vec<u32> {
    let explained_of = |row: u32| explained[ledger.base_of(row)];
    if !asked.class.is_empty() {
        let class = |(&row, &class): (&u32, &u32)| if class == EXPLAINED { explained_of(row) } else { class };
        return row.iter().zip(&asked.class).map(class).collect();
    }
    match explained {
        [first, rest @ ..] if rest.iter().all(|class| class == first) => vec![*first],
        _ => row.iter().map(|&row| explained_of(row)).collect(),
    }
}
