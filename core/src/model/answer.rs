//! The walk over rows: each base row once, followed by all its edited rows, some at a time. It knows no type of model.

use std::ops::Range;

use super::changed::Changed;
use super::precision::Input;
use super::walk::{BLOCK_ROWS, Block};
use crate::{Matrix, Rows};

/// What a type of model has to say about rows.
///
/// All three ways must give the same bits for the same row. All slices have the right length, and rows hold what
/// [`Input::read`] gives; a row without features has one entry, which means nothing.
pub(super) trait Evaluate {
    /// What is remembered of a base row for the sake of its edited rows.
    type Memory;

    fn n_outputs(&self) -> usize;

    fn input(&self) -> Input;

    fn memory(&self) -> Self::Memory;

    /// Evaluates `row` into `out`, and remembers it.
    fn base(&self, row: &[f64], memory: &mut Self::Memory, out: &mut [f64]);

    /// Evaluates rows by themselves into `out`, `[block.n_rows(), n_outputs]`. `memory` is room that nobody reads later.
    fn dense(&self, block: Block<'_>, memory: &mut Self::Memory, out: &mut [f64]) {
        for (row_idx, out) in out.chunks_exact_mut(self.n_outputs()).enumerate() {
            self.base(block.row(row_idx), memory, out);
        }
    }

    /// Evaluates rows, each of which is the remembered row but for what its entry of `changed` says, into `out`,
    /// `[block.n_rows(), n_outputs]`.
    fn edited(&self, block: Block<'_>, changed: &[Changed], memory: &Self::Memory, out: &mut [f64]);
}

/// Evaluates `rows` into `out`, `[rows.n_rows(), n_outputs]`.
pub(super) fn answer<M: Evaluate>(model: &M, rows: Rows<'_>, out: &mut [f64]) {
    let (base_out, edited_out) = out.split_at_mut(rows.n_base() * model.n_outputs());
    let mut page = Page::new(rows.base().n_cols(), model.input());
    let mut memory = model.memory();
    if rows.n_edited() == 0 {
        dense(model, rows.base(), &mut page, &mut memory, base_out);
        return;
    }
    let width = model.n_outputs();
    let mut base_out = base_out.chunks_exact_mut(width);
    let mut nobody_asked = vec![0.0; width];
    let mut block_out = vec![0.0; BLOCK_ROWS * width];
    let mut unedited = vec![0.0; page.width];
    let by_base_row = ByBaseRow::new(rows);

    for row_idx in 0..rows.base().n_rows() {
        let asked = base_out.next();
        let places = by_base_row.places(row_idx);
        if asked.is_none() && places.is_empty() {
            continue;
        }
        for (to, &from) in unedited.iter_mut().zip(rows.base().row(row_idx)) {
            *to = page.input.read(from);
        }
        model.base(&unedited, &mut memory, asked.unwrap_or(&mut nobody_asked));
        for start in places.clone().step_by(BLOCK_ROWS) {
            let places = start..places.end.min(start + BLOCK_ROWS);
            page.clear();
            for place in places.clone() {
                let (_, features, values) = rows.edits(by_base_row.edited(place));
                page.push_edited(&unedited, features, values);
            }
            let block_out = &mut block_out[..places.len() * width];
            model.edited(page.block(), &page.changed, &memory, block_out);
            for (place, out) in places.zip(block_out.chunks_exact(width)) {
                edited_out[by_base_row.edited(place) * width..][..width].copy_from_slice(out);
            }
        }
    }
}

/// Evaluates the rows of `base`, none of which has edits.
fn dense<M: Evaluate>(model: &M, base: Matrix<'_>, page: &mut Page, memory: &mut M::Memory, out: &mut [f64]) {
    for (block_idx, out) in out.chunks_mut(BLOCK_ROWS * model.n_outputs()).enumerate() {
        page.clear();
        let start = block_idx * BLOCK_ROWS;
        for row_idx in start..start + out.len() / model.n_outputs() {
            page.push(base.row(row_idx));
        }
        model.dense(page.block(), memory, out);
    }
}

/// Rows that are written out for a model to read, some at a time.
struct Page {
    /// `[n_rows, width]`.
    rows: Vec<f64>,
    width: usize,
    input: Input,
    /// What differs from the base row, for each row.
    changed: Vec<Changed>,
}

impl Page {
    fn new(n_features: usize, input: Input) -> Self {
        let width = n_features.max(1);
        let (rows, changed) = (Vec::with_capacity(BLOCK_ROWS * width), Vec::with_capacity(BLOCK_ROWS));
        Self { rows, width, input, changed }
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.changed.clear();
    }

    fn push(&mut self, row: &[f64]) {
        let end = self.rows.len() + self.width;
        self.rows.extend(row.iter().map(|&value| self.input.read(value)));
        self.rows.resize(end, 0.0);
    }

    /// Appends `unedited`, which was read already, with edits over it.
    fn push_edited(&mut self, unedited: &[f64], features: &[u32], values: &[f64]) {
        let start = self.rows.len();
        self.rows.extend_from_slice(unedited);
        let mut changed = Changed::NOTHING;
        for (&feature, &value) in features.iter().zip(values) {
            let value = self.input.read(value);
            if value.to_bits() != unedited[feature as usize].to_bits() {
                changed.insert(feature);
            }
            self.rows[start + feature as usize] = value;
        }
        self.changed.push(changed);
    }

    fn block(&self) -> Block<'_> {
        Block { rows: &self.rows, width: self.width }
    }
}

/// The edited rows in the order of their base rows, so that only one base row is remembered at a time.
struct ByBaseRow {
    /// Base row `r` has the entries `start[r]..start[r + 1]` of `edited`.
    start: Vec<usize>,
    /// Empty where they come in that order already, as they do from a grid.
    edited: Vec<usize>,
}

impl ByBaseRow {
    fn new(rows: Rows<'_>) -> Self {
        let base_rows = rows.edited_base_rows();
        let mut start = vec![0; rows.base().n_rows() + 1];
        for &base_row in base_rows {
            start[base_row as usize + 1] += 1;
        }
        for row_idx in 1..start.len() {
            start[row_idx] += start[row_idx - 1];
        }
        if base_rows.is_sorted() {
            return Self { start, edited: Vec::new() };
        }
        let mut next = start.clone();
        let mut edited = vec![0; base_rows.len()];
        for (edited_idx, &base_row) in base_rows.iter().enumerate() {
            let slot = &mut next[base_row as usize];
            edited[*slot] = edited_idx;
            *slot += 1;
        }
        Self { start, edited }
    }

    /// Where the edited rows of a base row stand in the order.
    fn places(&self, row_idx: usize) -> Range<usize> {
        self.start[row_idx]..self.start[row_idx + 1]
    }

    /// The edited row at a place of the order.
    fn edited(&self, place: usize) -> usize {
        if self.edited.is_empty() { place } else { self.edited[place] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edited_rows_are_found_by_their_base_row_in_order() {
        let base = Matrix::new(&[0.0; 3], 3, 1).unwrap();
        let rows = Rows::edited(base, &[2, 0, 2, 0], &[0, 0, 0, 0], &[], &[]).unwrap();
        let by_base_row = ByBaseRow::new(rows);
        assert_eq!(edited(&by_base_row, 0), [1, 3]);
        assert_eq!(edited(&by_base_row, 1), [0; 0]);
        assert_eq!(edited(&by_base_row, 2), [0, 2]);
    }
    #[test]
    fn edited_rows_that_come_in_order_stay_where_they_are() {
        let base = Matrix::new(&[0.0; 3], 3, 1).unwrap();
        let by_base_row = ByBaseRow::new(Rows::edited(base, &[0, 0, 2], &[0, 0, 0], &[], &[]).unwrap());
        assert!(by_base_row.edited.is_empty());
        assert_eq!([0, 1, 2].map(|row_idx| edited(&by_base_row, row_idx)), [vec![0, 1], vec![], vec![2]]);
    }

    fn edited(by_base_row: &ByBaseRow, row_idx: usize) -> Vec<usize> {
        by_base_row.places(row_idx).map(|place| by_base_row.edited(place)).collect()
    }
}
