//! Which distinct edited rows there are, and where. It never holds a score, and never forgets a row.

use ce_plugin_api::data::{Edits, Matrix};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

/// Different values of one feature of one row that are compared with each other one by one.
const RUN_MAX: usize = 16;

/// Whether every edited row has one edit, which changes something, and none is there twice: told only where the rows ascend
/// by base row and feature, with few values of each, as an explanation over a grid asks. `edits` are checked.
pub(super) fn are_distinct(base: Matrix<'_>, edits: &Edits) -> bool {
    let Edits { row, feature, value, end, .. } = edits;
    let n_edits = row.len();
    if feature.len() != n_edits || !end.iter().zip(1..).all(|(&end, n_before)| end == n_before) {
        return false;
    }
    let (mut run, mut run_start) = (None, 0);
    for edited_idx in 0..n_edits {
        let (this, bits) = ((row[edited_idx], feature[edited_idx]), value[edited_idx].to_bits());
        if run != Some(this) {
            if run > Some(this) {
                return false;
            }
            (run, run_start) = (Some(this), edited_idx);
        }
        let before = &value[run_start..edited_idx];
        let is_base = base.row(this.0 as usize)[this.1 as usize].to_bits() == bits;
        if is_base || before.len() >= RUN_MAX || before.iter().any(|known| known.to_bits() == bits) {
            return false;
        }
    }
    true
}

/// A row with one edit: base row, feature, and the bits of the value.
type One = (u32, u32, u64);

/// The edited rows that were entered.
///
/// An explanation over a grid asks row by row and feature by feature. As long as that order holds, a row can only equal one
/// of the few just before it, and nothing is hashed. The first row that breaks the order has all of them hashed.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Rows with one edit, with their places, as long as they come in order; ascending by row and feature.
    in_order: Vec<(One, u32)>,
    /// Where the latest row and feature begin in `in_order`.
    run_start: usize,
    /// The same rows from when on they do not.
    by_edit: Option<FxHashMap<One, u32>>,
    /// The latest row of several edits with this hash, as an index into `many`.
    by_hash: FxHashMap<u64, u32>,
    many: Vec<Many>,
    /// Feature and bits of the value: the edits of all of `many`, one after another.
    edits: Vec<(u32, u64)>,
}

/// A row with several edits.
#[derive(Debug)]
struct Many {
    row: u32,
    place: u32,
    /// Its edits in `Known::edits`.
    start: u32,
    end: u32,
    /// The row before it with the same hash, as an index into `many`.
    before: Option<u32>,
}

impl Known {
    pub(super) fn is_empty(&self) -> bool {
        self.in_order.is_empty() && self.by_edit.is_none() && self.many.is_empty()
    }

    /// The place of a row with one edit: where it is, or `next`, where it then is.
    pub(super) fn place_of_one(&mut self, one: One, next: u32) -> u32 {
        if let Some(by_edit) = &mut self.by_edit {
            return *by_edit.entry(one).or_insert(next);
        }
        let run = |&(row, feature, _): &One| (row, feature);
        match self.in_order.last() {
            Some((last, _)) if run(last) == run(&one) => {
                let known = &self.in_order[self.run_start..];
                if let Some(&(_, place)) = known.iter().find(|(known, _)| known.2 == one.2) {
                    return place;
                }
                if known.len() == RUN_MAX {
                    return self.hash_all(one, next);
                }
            }
            Some((last, _)) if run(last) > run(&one) => return self.hash_all(one, next),
            _ => self.run_start = self.in_order.len(),
        }
        self.in_order.push((one, next));
        next
    }

    /// The same for a row with several edits, which are ascending by feature.
    pub(super) fn place_of_many(&mut self, row: u32, edits: &[(u32, f64)], next: u32) -> u32 {
        let bits = |&(feature, value): &(u32, f64)| (feature, value.to_bits());
        let hash = edits.iter().fold(u64::from(row), |hash, edit| FxBuildHasher.hash_one((hash, bits(edit))));
        let before = self.by_hash.get(&hash).copied();
        let mut candidate = before;
        while let Some(many_idx) = candidate {
            let many = &self.many[many_idx as usize];
            let known = &self.edits[many.start as usize..many.end as usize];
            if many.row == row && known.iter().copied().eq(edits.iter().map(bits)) {
                return many.place;
            }
            candidate = many.before;
        }
        let start = self.edits.len() as u32;
        self.edits.extend(edits.iter().map(bits));
        self.by_hash.insert(hash, self.many.len() as u32);
        self.many.push(Many { row, place: next, start, end: self.edits.len() as u32, before });
        next
    }

    fn hash_all(&mut self, one: One, next: u32) -> u32 {
        let mut by_edit: FxHashMap<One, u32> = std::mem::take(&mut self.in_order).into_iter().collect();
        let place = *by_edit.entry(one).or_insert(next);
        self.by_edit = Some(by_edit);
        place
    }
}
