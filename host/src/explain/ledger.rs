//! The rows that a batch was asked about, and their scores: no row meets the model twice. It never asks by itself.

mod known;

use super::fault::Violation;
use ce_plugin_api::data::{Edits, Matrix, Rows};
use known::Known;

/// Edited rows that one batch may hold, so that indices fit the boundary's 32 bits with room to spare.
const EDITED_ROWS_MAX: usize = 1 << 28;

/// Scores of all rows of one chunk: 1 GiB of them, which fit into what a host and a worker share.
const SCORES_MAX: usize = 1 << 27;

/// Edits of all rows of one chunk.
const EDITS_MAX: usize = 1 << 30;

/// A base matrix, the distinct edited rows that were asked so far, and the scores of all of them.
///
/// Row `i < n_base` is row `i` of the base, row `n_base + j` is the `j`-th distinct edited row.
#[derive(Debug)]
pub(crate) struct Ledger<'a> {
    base: Matrix<'a>,
    n_outputs: usize,
    /// Distinct edited rows that were scored.
    edits: Edits,
    /// Distinct edited rows that wait to be scored.
    fresh: Edits,
    /// `[n_rows, n_outputs]`, as far as rows were scored.
    scores: Vec<f64>,
    /// The first edited rows that were asked about, as many as were distinct and in order: each has the place in which it
    /// was asked.
    n_in_place: usize,
    /// The row behind each further edited row that was asked, in the order of asking.
    asked: Vec<u32>,
    /// Further rows are looked up in it. Those in place are entered when the first of them comes.
    known: Known,
    /// Room for the edits of one row.
    row_edits: Vec<(u32, f64)>,
}

impl<'a> Ledger<'a> {
    /// The rows of `base`. `scores` holds theirs already, or is empty.
    pub(crate) fn new(base: Matrix<'a>, n_outputs: usize, scores: Vec<f64>) -> Self {
        debug_assert!(scores.is_empty() || scores.len() == base.n_rows * n_outputs);
        Self {
            base,
            n_outputs,
            edits: Edits::default(),
            fresh: Edits::default(),
            scores,
            n_in_place: 0,
            asked: Vec::new(),
            known: Known::default(),
            row_edits: Vec::new(),
        }
    }

    /// Enters the edited rows of one round. A row that was entered before, or that equals a base row, is not entered again.
    ///
    /// # Errors
    /// The instance and what is wrong with its edits.
    pub(crate) fn enter(&mut self, edits: Edits) -> Result<(), (Option<usize>, Violation)> {
        self.check(&edits)?;
        if self.n_asked() == 0 && known::are_distinct(self.base, &edits) {
            self.n_in_place = edits.len();
            self.fresh = edits;
            return Ok(());
        }
        self.look_up_those_in_place();
        self.asked.reserve(edits.len());
        self.fresh.row.reserve(edits.len());
        self.fresh.end.reserve(edits.len());
        self.fresh.feature.reserve(edits.feature.len());
        self.fresh.value.reserve(edits.feature.len());
        let mut start = 0;
        for (edited_idx, &end) in edits.end.iter().enumerate() {
            let range = start..end as usize;
            start = end as usize;
            let row = edits.row[edited_idx];
            let place = match range.len() {
                1 => self.enter_one(row, edits.feature[range.start], edits.value[range.start]),
                _ => self.enter_many(row, &edits.feature[range.clone()], &edits.value[range]),
            };
            self.asked.push(place);
        }
        Ok(())
    }

    /// Scores what was entered and not scored yet: the base, unless its scores were known, and the fresh rows, in one call.
    pub(crate) fn score<E>(&mut self, predict: impl FnOnce(Rows<'_>, &mut [f64]) -> Result<(), E>) -> Result<(), E> {
        let knows_base = self.scores.len() >= self.base.n_rows * self.n_outputs;
        let mut rows = Rows::edited(self.base, &self.fresh);
        if knows_base {
            rows = rows.without_base();
        }
        let n_new = rows.n_rows() * self.n_outputs;
        if n_new > 0 {
            let known = self.scores.len();
            self.scores.resize(known + n_new, f64::NAN);
            predict(rows, &mut self.scores[known..])?;
        }
        let fresh = std::mem::take(&mut self.fresh);
        if self.edits.is_empty() {
            self.edits = fresh;
        } else {
            let offset = self.edits.feature.len() as u32;
            self.edits.row.extend(fresh.row);
            self.edits.end.extend(fresh.end.into_iter().map(|end| end + offset));
            self.edits.feature.extend(fresh.feature);
            self.edits.value.extend(fresh.value);
        }
        Ok(())
    }

    /// Every row so far, base first.
    pub(crate) fn rows(&self) -> Rows<'_> {
        Rows::edited(self.base, &self.edits)
    }

    /// The scores of every row so far, `[n_rows, n_outputs]`.
    pub(crate) fn scores(&self) -> Matrix<'_> {
        let n_rows = self.scores.len() / self.n_outputs;
        Matrix::new(&self.scores, n_rows, self.n_outputs).unwrap_or(Matrix::empty(self.n_outputs))
    }

    /// Edited rows asked so far, duplicates included.
    pub(crate) fn n_asked(&self) -> usize {
        self.n_in_place + self.asked.len()
    }

    /// The row behind the `asked_idx`-th edited row that was asked.
    pub(crate) fn row_of_asked(&self, asked_idx: usize) -> u32 {
        match asked_idx.checked_sub(self.n_in_place) {
            None => (self.base.n_rows + asked_idx) as u32,
            Some(further_idx) => self.asked[further_idx],
        }
    }

    /// Whether every edited row that was asked is the row of the same number, counted from the base on.
    pub(crate) fn are_all_in_place(&self) -> bool {
        self.asked.is_empty()
    }

    /// The base row that a row was made from.
    pub(crate) fn base_of(&self, row: u32) -> usize {
        match (row as usize).checked_sub(self.base.n_rows) {
            None => row as usize,
            Some(edited_idx) => self.edits.row[edited_idx] as usize,
        }
    }

    /// The scores of the edited rows from `first_asked` on, in the order of asking, `[n, n_outputs]`.
    pub(crate) fn scores_asked_from(&self, first_asked: usize) -> Vec<f64> {
        let asked = first_asked..self.n_asked();
        let mut scores = Vec::with_capacity(asked.len() * self.n_outputs);
        for row in asked.map(|asked_idx| self.row_of_asked(asked_idx)) {
            scores.extend_from_slice(&self.scores[row as usize * self.n_outputs..][..self.n_outputs]);
        }
        scores
    }

    fn check(&self, edits: &Edits) -> Result<(), (Option<usize>, Violation)> {
        let whole = |violation| Err((None, violation));
        let (n_rows, n_edits) = (edits.row.len(), edits.feature.len());
        let limit = EDITED_ROWS_MAX.min(SCORES_MAX / self.n_outputs.max(1));
        if self.n_asked() + n_rows > limit {
            return whole(Violation::TooMuch { what: "edited rows", found: self.n_asked() + n_rows, limit });
        }
        // Over all rounds, since that is how places are counted.
        let found = self.edits.feature.len() + self.fresh.feature.len() + n_edits;
        if found > EDITS_MAX {
            return whole(Violation::TooMuch { what: "edits", found, limit: EDITS_MAX });
        }
        if edits.end.len() != n_rows {
            return whole(Violation::Length { what: "edits.end", expected: n_rows, found: edits.end.len() });
        }
        if edits.value.len() != n_edits {
            return whole(Violation::Length { what: "edits.value", expected: n_edits, found: edits.value.len() });
        }
        let covered = edits.end.last().map_or(0, |&end| end as usize);
        if covered != n_edits || !edits.end.is_sorted() {
            return whole(Violation::Length { what: "edits covered by edits.end", expected: n_edits, found: covered });
        }
        let mut start = 0;
        for (&row, &end) in edits.row.iter().zip(&edits.end) {
            if row as usize >= self.base.n_rows {
                return whole(Violation::NoSuch { what: "row", found: row as usize, limit: self.base.n_rows });
            }
            let range = start..end as usize;
            start = end as usize;
            for (&feature, &value) in edits.feature[range.clone()].iter().zip(&edits.value[range]) {
                if feature as usize >= self.base.n_cols {
                    let violation =
                        Violation::NoSuch { what: "feature", found: feature as usize, limit: self.base.n_cols };
                    return Err((Some(row as usize), violation));
                }
                if !value.is_finite() {
                    return Err((Some(row as usize), Violation::NotFinite { what: "an edited value", value }));
                }
            }
        }
        Ok(())
    }

    /// Enters those that kept their places where further rows are looked up.
    fn look_up_those_in_place(&mut self) {
        if self.n_in_place == 0 || !self.known.is_empty() {
            return;
        }
        // They came first, so that they are the first of either.
        let edits = if self.edits.is_empty() { &self.fresh } else { &self.edits };
        for edited_idx in 0..self.n_in_place {
            let one = (edits.row[edited_idx], edits.feature[edited_idx], edits.value[edited_idx].to_bits());
            self.known.place_of_one(one, (self.base.n_rows + edited_idx) as u32);
        }
    }

    fn enter_one(&mut self, row: u32, feature: u32, value: f64) -> u32 {
        if self.base.row(row as usize)[feature as usize].to_bits() == value.to_bits() {
            return row;
        }
        let next = self.next_row();
        let place = self.known.place_of_one((row, feature, value.to_bits()), next);
        if place == next {
            self.fresh.push(row, feature, value);
        }
        place
    }

    /// Several edits of one row: the last of a feature counts, and one that equals the base value is none.
    fn enter_many(&mut self, row: u32, features: &[u32], values: &[f64]) -> u32 {
        let mut edits = std::mem::take(&mut self.row_edits);
        edits.clear();
        for (&feature, &value) in features.iter().zip(values) {
            edits.retain(|&(known, _)| known != feature);
            edits.push((feature, value));
        }
        let base = self.base.row(row as usize);
        edits.retain(|&(feature, value)| base[feature as usize].to_bits() != value.to_bits());
        edits.sort_unstable_by_key(|&(feature, _)| feature);
        let place = match edits.as_slice() {
            [] => row,
            [(feature, value)] => self.enter_one(row, *feature, *value),
            many => {
                let next = self.next_row();
                let place = self.known.place_of_many(row, many, next);
                if place == next {
                    self.fresh.push_many(row, many.iter().copied());
                }
                place
            }
        };
        self.row_edits = edits;
        place
    }

    fn next_row(&self) -> u32 {
        (self.base.n_rows + self.edits.len() + self.fresh.len()) as u32
    }
}

#[cfg(test)]
mod tests;
