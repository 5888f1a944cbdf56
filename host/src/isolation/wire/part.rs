//! Many questions as several calls about fewer, each with the rows that it is about and no others: while a worker answers
//! one, the host writes the next. No answer changes by it, since the answer to a question depends on nothing but itself, its
//! row and that row's scores.

use std::ops::Range;

use ce_plugin_api::data::{AnswersMut, Column, ColumnMut, Matrix, Questions, Rows};

/// Questions of a part, and rows that a call may have without being looked at: what is written for so many, and answered,
/// has room in the cache of one processor, and being woken takes little beside them.
const LEN: usize = 1 << 13;

/// Some consecutive questions of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) questions: Range<usize>,
    /// The rows that they are about; none where the rows of the call are sent as they are.
    pub(super) window: Option<Window>,
}

/// Consecutive rows of a base, and consecutive ones of those that were made of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Rows that the base has outside of the window.
    n_base: usize,
    base: Range<usize>,
    edited: Range<usize>,
}

impl Part {
    /// The parts of a call, in order, of which there is one at least. It is the whole call where that is small, and where
    /// parts would have many rows in common.
    pub(crate) fn all(rows: Rows<'_>, questions: Questions<'_>) -> Vec<Self> {
        let whole = || vec![Self { questions: 0..questions.len(), window: None }];
        if rows.n_rows().max(questions.len()) > LEN { Self::several(rows, questions, LEN) } else { None }
            .unwrap_or_else(whole)
    }

    /// Parts of so many questions; none where that would not be worth it.
    fn several(rows: Rows<'_>, questions: Questions<'_>, len: usize) -> Option<Vec<Self>> {
        let mut n_rows = 0;
        let mut part = |start: usize| {
            let range = start..questions.len().min(start + len);
            let window = Window::of(rows, &questions.row.as_slice()[range.clone()])?;
            n_rows += window.base.len() + window.edited.len();
            Some(Self { questions: range, window: Some(window) })
        };
        let parts = (0..questions.len()).step_by(len).map(&mut part).collect::<Option<Vec<_>>>()?;
        (!parts.is_empty() && n_rows <= rows.n_rows() + rows.n_rows() / 4).then_some(parts)
    }

    /// Lends the room for the part's answers.
    pub(crate) fn with_answers<T>(&self, answers: &mut AnswersMut<'_>, work: impl FnOnce(AnswersMut<'_>) -> T) -> T {
        let n_classes = answers.probability.len().checked_div(answers.predict.len()).unwrap_or(0);
        let mut extra: Vec<ColumnMut<'_>> = Vec::with_capacity(answers.extra.len());
        for column in answers.extra.iter_mut() {
            let values = &mut column.values.as_mut_slice()[self.values(column.width)];
            extra.push(ColumnMut { name: column.name, width: column.width, values: values.into() });
        }
        let range = || self.questions.clone();
        let part = AnswersMut::new(
            &mut answers.predict[range()],
            &mut answers.low[range()],
            &mut answers.high[range()],
            &mut answers.class[range()],
        );
        let probability = &mut answers.probability[self.values(n_classes)];
        work(part.with_probability(probability).with_extra(&mut extra))
    }

    /// The part's entries of a column with one for each of `n_all` questions; a shorter column says the same of all of them.
    pub(crate) fn of_each<'a, T>(&self, column: &'a [T], n_all: usize) -> &'a [T] {
        if column.len() == n_all { &column[self.questions.clone()] } else { column }
    }

    /// The part's values of a column; all of them where the call is sent as it is.
    pub(super) fn of_column<'a>(&self, column: &Column<'a>) -> &'a [f64] {
        let values = column.values.as_slice();
        if self.window.is_some() { &values[self.values(column.width)] } else { values }
    }

    /// Where the part's values are in a column of `width` for each question.
    fn values(&self, width: usize) -> Range<usize> {
        self.questions.start * width..self.questions.end * width
    }
}

impl Window {
    /// The rows that questions are about, and those which they were made of; none if some are not there.
    fn of(rows: Rows<'_>, asked: &[u32]) -> Option<Self> {
        if rows.skip_base != 0 {
            return None;
        }
        let n_base = rows.base.n_rows;
        let is_base = |row: &u32| (*row as usize) < n_base;
        let asked = || asked.iter().copied();
        // Looked at one by one only where both kinds are asked about.
        let (base, edited) = match covering(asked()) {
            all if all.end <= n_base => (all, n_base..n_base),
            all if all.start >= n_base => (0..0, all),
            _ => (covering(asked().filter(is_base)), covering(asked().filter(|row| !is_base(row)))),
        };
        let edited = edited.start - n_base..edited.end - n_base;
        let origins = covering(rows.row.as_slice().get(edited.clone())?.iter().copied());
        let base = match (base.is_empty(), origins.is_empty()) {
            (true, _) => origins,
            (_, true) => base,
            _ => base.start.min(origins.start)..base.end.max(origins.end),
        };
        (base.end <= n_base).then_some(Self { n_base, base, edited })
    }

    /// The window's rows of the base.
    pub(super) fn base<'a>(&self, rows: Rows<'a>) -> Matrix<'a> {
        consecutive(rows.base, self.base.clone())
    }

    /// The base row of each edited row of the window, counted within the window, and where its edits end, counted likewise.
    pub(super) fn edited<'a>(
        &self,
        rows: Rows<'a>,
    ) -> (impl ExactSizeIterator<Item = u32> + use<'a>, impl ExactSizeIterator<Item = u32> + use<'a>) {
        let (first_row, first_edit) = (self.base.start as u32, self.edits(rows).start as u32);
        let row = rows.row.as_slice()[self.edited.clone()].iter().map(move |row| row - first_row);
        let end = rows.end.as_slice()[self.edited.clone()].iter().map(move |end| end - first_edit);
        (row, end)
    }

    /// The edits of the window's edited rows.
    pub(super) fn edits(&self, rows: Rows<'_>) -> Range<usize> {
        let end_before = |edited_idx: usize| edited_idx.checked_sub(1).map_or(0, |last| rows.end[last] as usize);
        end_before(self.edited.start)..end_before(self.edited.end)
    }

    /// The scores of the window's rows: of those of the base, and of the edited ones.
    pub(super) fn scores<'a>(&self, scores: Matrix<'a>) -> [Matrix<'a>; 2] {
        let edited = self.n_base + self.edited.start..self.n_base + self.edited.end;
        [self.base.clone(), edited].map(|rows| consecutive(scores, rows))
    }

    /// Where in the window the rows of some questions are.
    pub(super) fn places<'a>(&self, asked: &'a [u32]) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        let (n_base, of_base) = (self.n_base as u32, self.base.start as u32);
        let of_edited = (self.n_base + self.edited.start - self.base.len()) as u32;
        asked.iter().map(move |&row| row - if row < n_base { of_base } else { of_edited })
    }
}

fn consecutive(matrix: Matrix<'_>, rows: Range<usize>) -> Matrix<'_> {
    let Matrix { n_cols, .. } = matrix;
    let data = &matrix.as_slice()[rows.start * n_cols..rows.end * n_cols];
    Matrix { data: data.into(), n_rows: rows.len(), n_cols }
}

/// The smallest range that has some rows in it.
fn covering(rows: impl Iterator<Item = u32>) -> Range<usize> {
    let (least, most) = rows.fold((u32::MAX, 0), |(least, most), row| (least.min(row), most.max(row)));
    if least > most { 0..0 } else { least as usize..most as usize + 1 }
}

#[cfg(test)]
#[path = "part_tests.rs"]
mod tests;
