//! The rows that a batch was asked about, and their scores: no row meets the model twice. It never asks by itself.

mod known;

use super::fault::Violation;
use ce_plugin_api::data::{Edits, Matrix, Rows};
use known::Known;

/// Edited rows that one batch may hold, so that indices fit the boundary's 32 bits with room to spare.
const EDITED_ROWS_MAX: usize = 1 << 28;

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
    /// The row behind each edited row that was asked, in the order of asking.
    asked: Vec<u32>,
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
            asked: Vec::new(),
            known: Known::default(),
            row_edits: Vec::new(),
        }
    }

    /// Enters the edited rows of one round. A row that was entered before, or that equals a base row, is not entered again.
    ///
    /// # Errors
    /// The instance and what is wrong with its edits.
    pub(crate) fn enter(&mut self, edits: &Edits) -> Result<(), (Option<usize>, Violation)> {
        self.check(edits)?;
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
        self.asked.len()
    }

    /// The row behind the `asked_idx`-th edited row that was asked.
    pub(crate) fn row_of_asked(&self, asked_idx: usize) -> u32 {
        self.asked[asked_idx]
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
        let asked = &self.asked[first_asked..];
        let mut scores = Vec::with_capacity(asked.len() * self.n_outputs);
        for &row in asked {
            scores.extend_from_slice(&self.scores[row as usize * self.n_outputs..][..self.n_outputs]);
        }
        scores
    }

    fn check(&self, edits: &Edits) -> Result<(), (Option<usize>, Violation)> {
        let whole = |violation| Err((None, violation));
        let (n_rows, n_edits) = (edits.row.len(), edits.feature.len());
        if self.asked.len() + n_rows > EDITED_ROWS_MAX || n_edits > 4 * EDITED_ROWS_MAX {
            return whole(Violation::TooMuch {
                what: "edited rows",
                found: self.asked.len() + n_rows,
                limit: EDITED_ROWS_MAX,
            });
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
mod tests {
    use super::*;

    const X: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

    fn sums(rows: Rows<'_>, scores: &mut [f64]) -> Result<(), ()> {
        let mut row = vec![0.0; rows.base.n_cols];
        for (row_idx, score) in scores.iter_mut().enumerate() {
            rows.write_row(row_idx, &mut row);
            *score = row.iter().sum();
        }
        Ok(())
    }

    #[test]
    fn no_row_is_scored_twice() {
        let mut ledger = Ledger::new(Matrix::new(&X, 2, 2).unwrap(), 1, Vec::new());
        let mut edits = Edits::default();
        edits.push(0, 1, 9.0);
        edits.push(0, 1, 9.0);
        edits.push(0, 0, 1.0); // the base row itself
        edits.push_many(1, [(0, 5.0), (1, 6.0)]);
        edits.push_many(1, [(1, 6.0), (0, 0.0), (0, 5.0)]); // the same, said otherwise
        edits.push_many(0, [(1, 9.0), (0, 1.0)]); // the first again
        ledger.enter(&edits).unwrap();
        let mut seen = 0;
        ledger
            .score(|rows, scores| {
                seen += rows.n_rows();
                sums(rows, scores)
            })
            .unwrap();
        assert_eq!(seen, 4, "two base rows and two distinct edited rows");
        assert_eq!(ledger.scores_asked_from(0), [10.0, 10.0, 3.0, 11.0, 11.0, 10.0]);

        ledger.enter(&edits).unwrap();
        ledger
            .score(|rows, _: &mut [f64]| -> Result<(), ()> { panic!("asked {} known rows again", rows.n_rows()) })
            .unwrap();
        let mut more = Edits::default();
        more.push(1, 1, 0.5);
        ledger.enter(&more).unwrap();
        ledger
            .score(|rows, scores| {
                assert_eq!(rows.n_rows(), 1, "only the new row");
                sums(rows, scores)
            })
            .unwrap();
        assert_eq!(ledger.scores_asked_from(12), [3.5]);
        assert_eq!(ledger.base_of(ledger.row_of_asked(12)), 1);
        assert_eq!(ledger.rows().n_rows(), ledger.scores().n_rows);
    }

    #[test]
    fn no_row_is_scored_twice_in_whatever_order_it_is_asked() {
        let x = vec![0.0; 4 * 3];
        let mut ledger = Ledger::new(Matrix::new(&x, 4, 3).unwrap(), 1, Vec::new());
        let mut distinct = std::collections::BTreeSet::new();
        let mut state = 1_u64;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let (mut n_scored, mut n_asked) = (0, 0);
        for round in 0..6 {
            let mut asked: Vec<(u32, Vec<(u32, u64)>)> = (0..400)
                .map(|_| {
                    let n_edits = 1 + usize::from(below(4) == 0);
                    let row = below(4) as u32;
                    (row, (0..n_edits).map(|idx| ((below(2) as usize + idx) as u32, 1 + below(60))).collect())
                })
                .collect();
            // Even rounds come in order, as a grid asks; odd ones do not.
            if round % 2 == 0 {
                asked.sort();
            }
            let mut edits = Edits::default();
            for (row, changes) in &asked {
                edits.push_many(*row, changes.iter().map(|&(feature, value)| (feature, value as f64)));
                let last: std::collections::BTreeMap<u32, u64> = changes.iter().copied().collect();
                distinct.insert((*row, last));
            }
            ledger.enter(&edits).unwrap();
            ledger
                .score(|rows, scores| {
                    n_scored += rows.n_edited();
                    sums(rows, scores)
                })
                .unwrap();
            assert_eq!(n_scored, distinct.len(), "round {round}");
            let expected: Vec<f64> = asked
                .iter()
                .map(|(_, changes)| {
                    let last: std::collections::BTreeMap<u32, u64> = changes.iter().copied().collect();
                    last.values().map(|&value| value as f64).sum()
                })
                .collect();
            assert_eq!(ledger.scores_asked_from(n_asked), expected, "round {round}");
            n_asked += asked.len();
        }
    }

    #[test]
    fn bad_edits_are_refused_with_their_place() {
        let refusal =
            |edits: &Edits| Ledger::new(Matrix::new(&X, 2, 2).unwrap(), 1, Vec::new()).enter(edits).unwrap_err();
        let mut edits = Edits::default();
        edits.push(0, 7, 1.0);
        assert_eq!(refusal(&edits), (Some(0), Violation::NoSuch { what: "feature", found: 7, limit: 2 }));
        let mut edits = Edits::default();
        edits.push(2, 0, 1.0);
        assert_eq!(refusal(&edits), (None, Violation::NoSuch { what: "row", found: 2, limit: 2 }));
        let mut edits = Edits::default();
        edits.push(1, 0, f64::NEG_INFINITY);
        assert_eq!(refusal(&edits).0, Some(1));
        let mut edits = Edits::default();
        edits.push(1, 0, 1.0);
        edits.end[0] = 9;
        assert!(matches!(refusal(&edits), (None, Violation::Length { .. })));
        edits.end.clear();
        assert!(matches!(refusal(&edits), (None, Violation::Length { .. })));
    }
}
