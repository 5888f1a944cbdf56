//! A reply as a host reads it, down to the checks of what a plugin returned. It never trusts a word of it.

use bytemuck::{AnyBitPattern, NoUninit};
use ce_plugin_api::data::{Edits, Matrix, QuestionsBuf, Rules};

use super::Memory;
use super::memory::apart;
use crate::explain::Model;
use crate::explain::ledger::Ledger;
use crate::explain::validate::{self, Scale};
use crate::isolation::wire::{Allowance, Broken, Copying, Head, Outcome, Reply, Span, description};

/// Instances of the batch that replies are checked against.
const N_INSTANCES: usize = 2;
/// Features of each.
const N_FEATURES: usize = 3;
/// Classes of the model.
const N_CLASSES: usize = 2;

/// Reads a reply, whoever wrote it.
pub(super) fn read(message: &[u8]) {
    let Some((head, memory)) = apart(message) else { return };
    if let Ok(Ok(reply)) = outcome(head, &memory) {
        // A host that cannot copy says so, and ends the worker.
        let _ = copied(reply, &memory);
    }
}

/// What a call ended with.
pub(super) fn outcome(head: Head, memory: &Memory) -> Result<Outcome, Broken> {
    description(&Reading::new(memory).copied::<u8>(head.description)?)
}

/// Copies what a reply brings, as the host does, and checks it.
pub(super) fn copied(reply: Reply, memory: &Memory) -> Result<(), Broken> {
    let from = &Reading::new(memory);
    match reply {
        Reply::Done | Reply::Object(_) => {}
        // A description that cannot be is a fault, and no more.
        Reply::Info(info) => drop(Model::from_fn(*info, |_, _| Ok(()))),
        Reply::AskScores { edits, state } => {
            let edits = edits.copied(from)?;
            from.copied::<u8>(state)?;
            check_edits(edits);
        }
        Reply::Ask { edits, questions, state } => {
            let (edits, questions) = (edits.copied(from)?, questions.copied(from)?);
            from.copied::<u8>(state)?;
            check_questions(&questions, N_INSTANCES + check_edits(edits));
        }
        Reply::Rules(rules) => check_rules(&rules.copied(from)?),
        Reply::Bytes(span) => drop(from.text(span)),
    }
    Ok(())
}

/// Enters the edits into the ledger of a batch. Returns how many rows were entered.
fn check_edits(edits: Edits) -> usize {
    let base = [0.0; N_INSTANCES * N_FEATURES];
    let base = Matrix::new(&base, N_INSTANCES, N_FEATURES).expect("as many numbers");
    let mut ledger = Ledger::new(base, N_CLASSES, Vec::new());
    if ledger.enter(edits.clone()).is_err() || ledger.enter(edits).is_err() {
        return 0;
    }
    let scored = ledger.score::<()>(|rows, scores| {
        let mut row = [0.0; N_FEATURES];
        (0..rows.n_rows()).for_each(|row_idx| rows.write_row(row_idx, &mut row));
        scores.fill(0.5);
        Ok(())
    });
    assert!(scored.is_ok());
    for asked_idx in 0..ledger.n_asked() {
        assert!(ledger.base_of(ledger.row_of_asked(asked_idx)) < N_INSTANCES);
    }
    ledger.n_asked()
}

fn check_questions(questions: &QuestionsBuf, n_rows: usize) {
    if validate::questions(questions, n_rows, N_CLASSES, N_FEATURES).is_ok() {
        assert!(questions.row.iter().all(|&row| (row as usize) < n_rows));
    }
}

fn check_rules(rules: &Rules) {
    for scale in [Scale::Probability { n_classes: N_CLASSES }, Scale::Event, Scale::Value] {
        if validate::rules(rules, scale, N_INSTANCES, N_FEATURES).is_ok() {
            assert!(rules.weight.iter().all(|weight| weight.is_finite()));
            assert!(rules.feature.iter().all(|&feature| (feature as usize) < N_FEATURES));
        }
    }
}

/// Memory that a reply is copied out of, within the allowance of one.
struct Reading<'a> {
    memory: &'a Memory,
    allowance: Allowance,
}

impl<'a> Reading<'a> {
    fn new(memory: &'a Memory) -> Self {
        Self { memory, allowance: Allowance::default() }
    }
}

impl Copying for Reading<'_> {
    fn copied<T: AnyBitPattern + NoUninit>(&self, span: Span) -> Result<Vec<T>, Broken> {
        let bytes = self.memory.bytes();
        let len = self.allowance.take::<T>(span, bytes.len())?;
        let start = span.start as usize;
        let mut values = vec![T::zeroed(); len];
        // As the host does it: from any place, aligned or not.
        bytemuck::cast_slice_mut(&mut values).copy_from_slice(&bytes[start..][..len * size_of::<T>()]);
        Ok(values)
    }
}
