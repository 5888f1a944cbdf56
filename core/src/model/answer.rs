//! The walk over rows: each base row once, followed by all its edited rows. It knows no type of model.

use super::changed::Changed;
use super::precision::Input;
use crate::Rows;

/// What a type of model has to say about one row.
///
/// `base` and `edited` must give the same bits for the same row. All slices have the right length, and rows hold what
/// [`Input::read`] gives.
pub(super) trait Evaluate {
    /// What is remembered of a base row for the sake of its edited rows.
    type Memory;

    fn n_outputs(&self) -> usize;

    fn input(&self) -> Input;

    fn memory(&self) -> Self::Memory;

    /// Evaluates `row` into `out`, and remembers it.
    fn base(&self, row: &[f64], memory: &mut Self::Memory, out: &mut [f64]);

    /// Evaluates `row`, which is the remembered row but for what `changed` says, into `out`.
    fn edited(&self, row: &[f64], changed: Changed, memory: &Self::Memory, out: &mut [f64]);
}

/// Evaluates `rows` into `out`, `[rows.n_rows(), n_outputs]`.
pub(super) fn answer<M: Evaluate>(model: &M, rows: Rows<'_>, out: &mut [f64]) {
    let (base, input, width) = (rows.base(), model.input(), model.n_outputs());
    let (base_out, edited_out) = out.split_at_mut(rows.n_base() * width);
    let mut base_out = base_out.chunks_exact_mut(width);
    let mut nobody_asked = vec![0.0; width];
    let by_base_row = ByBaseRow::new(rows);
    let mut memory = model.memory();
    let mut unedited = vec![0.0; base.n_cols()];
    let mut row = unedited.clone();

    for row_idx in 0..base.n_rows() {
        let asked = base_out.next();
        if asked.is_none() && by_base_row.edited(row_idx).is_empty() {
            continue;
        }
        let base_out = asked.unwrap_or(&mut nobody_asked);
        for (to, &from) in unedited.iter_mut().zip(base.row(row_idx)) {
            *to = input.read(from);
        }
        model.base(&unedited, &mut memory, base_out);
        row.copy_from_slice(&unedited);

        for &edited_idx in by_base_row.edited(row_idx) {
            let (_, features, values) = rows.edits(edited_idx);
            let mut changed = Changed::NOTHING;
            for (&feature, &value) in features.iter().zip(values) {
                let value = input.read(value);
                if value.to_bits() != unedited[feature as usize].to_bits() {
                    changed.insert(feature);
                }
                row[feature as usize] = value;
            }
            let out = &mut edited_out[edited_idx * width..][..width];
            if changed.is_nothing() {
                out.copy_from_slice(base_out);
            } else {
                model.edited(&row, changed, &memory, out);
            }
            for &feature in features {
                row[feature as usize] = unedited[feature as usize];
            }
        }
    }
}

/// The edited rows in the order of their base rows, so that only one base row is remembered at a time.
struct ByBaseRow {
    /// Base row `r` has the entries `start[r]..start[r + 1]` of `edited`.
    start: Vec<usize>,
    edited: Vec<usize>,
}

impl ByBaseRow {
    fn new(rows: Rows<'_>) -> Self {
        let base_row = |edited_idx| rows.edits(edited_idx).0;
        let mut start = vec![0; rows.base().n_rows() + 1];
        for edited_idx in 0..rows.n_edited() {
            start[base_row(edited_idx) + 1] += 1;
        }
        for row_idx in 1..start.len() {
            start[row_idx] += start[row_idx - 1];
        }
        let mut next = start.clone();
        let mut edited = vec![0; rows.n_edited()];
        for edited_idx in 0..rows.n_edited() {
            let slot = &mut next[base_row(edited_idx)];
            edited[*slot] = edited_idx;
            *slot += 1;
        }
        Self { start, edited }
    }

    fn edited(&self, row_idx: usize) -> &[usize] {
        &self.edited[self.start[row_idx]..self.start[row_idx + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Matrix;

    #[test]
    fn edited_rows_are_found_by_their_base_row_in_order() {
        let base = Matrix::new(&[0.0; 3], 3, 1).unwrap();
        let rows = Rows::edited(base, &[2, 0, 2, 0], &[0, 0, 0, 0], &[], &[]).unwrap();
        let by_base_row = ByBaseRow::new(rows);
        assert_eq!(by_base_row.edited(0), [1, 3]);
        assert_eq!(by_base_row.edited(1), [0; 0]);
        assert_eq!(by_base_row.edited(2), [0, 2]);
    }
}
