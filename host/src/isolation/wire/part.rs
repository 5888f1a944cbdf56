//! Many questions as several calls about fewer, each with the range of rows that it is about: while a worker answers one, the
//! host writes the next. No answer changes by it, since the answer to a question depends on nothing but itself, its row and
//! that row's scores.

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
    /// The parts of a call, in order, of which there is one at least. It is the whole call where that is small, where parts
    /// would have many rows in common or fill their room, which is half of the `n_bytes` of shared memory, and where something
    /// about it is not as it should be: then it is sent as it is.
    pub(crate) fn all(
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        answers: &AnswersMut<'_>,
        n_bytes: usize,
    ) -> Vec<Self> {
        let is_large = rows.n_rows().max(questions.len()) > LEN;
        let several =
            || Self::several(rows, scores, questions, LEN, n_bytes / 4).filter(|_| fits(questions.len(), answers));
        is_large.then(several).flatten().unwrap_or_else(|| vec![Self::whole(questions.len())])
    }

    /// A call as it is.
    pub(crate) fn whole(n_questions: usize) -> Self {
        Self { questions: 0..n_questions, window: None }
    }

    /// Parts of so many questions, whose rows and scores take no more than so many bytes; none where that would not be worth it.
    fn several(
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        len: usize,
        n_bytes_max: usize,
    ) -> Option<Vec<Self>> {
        if !belong_together(rows, scores, questions) {
            return None;
        }
        let mut n_rows = 0;
        let mut part = |start: usize| {
            let range = start..questions.len().min(start + len);
            let window = Window::of(rows, &questions.row.as_slice()[range.clone()])?;
            n_rows += window.base.len() + window.edited.len();
            (window.n_bytes(rows, scores) <= n_bytes_max).then_some(Self { questions: range, window: Some(window) })
        };
        let parts = (0..questions.len()).step_by(len).map(&mut part).collect::<Option<Vec<_>>>()?;
        (!parts.is_empty() && n_rows <= rows.n_rows() + rows.n_rows() / 4).then_some(parts)
    }

    /// Lends the room for the part's answers.
    pub(crate) fn with_answers<T>(
        &self,
        answers: &mut AnswersMut<'_>,
        work: impl FnOnce(&mut AnswersMut<'_>) -> T,
    ) -> T {
        if self.window.is_none() {
            return work(answers);
        }
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
        work(&mut part.with_probability(probability).with_extra(&mut extra))
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
        let window = Self { n_base, base, edited };
        let edits = window.edits(rows);
        let is_there = window.base.end <= n_base && edits.start <= edits.end && edits.end <= rows.feature.len();
        is_there.then_some(window)
    }

    /// What its rows and scores take.
    fn n_bytes(&self, rows: Rows<'_>, scores: Matrix<'_>) -> usize {
        let n_scores = (self.base.len() + self.edited.len()).saturating_mul(scores.n_cols);
        let n_numbers = self.base.len().saturating_mul(rows.base.n_cols).saturating_add(n_scores);
        n_numbers.saturating_add(self.edits(rows).len()).saturating_mul(size_of::<f64>())
    }

    /// The window's rows of the base.
    pub(super) fn base<'a>(&self, rows: Rows<'a>) -> Matrix<'a> {
        consecutive(rows.base, self.base.clone())
    }

    /// The base row of each edited row of the window, counted within the window.
    pub(super) fn origins<'a>(&self, rows: Rows<'a>) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        let first = self.base.start as u32;
        rows.row.as_slice()[self.edited.clone()].iter().map(move |row| row.wrapping_sub(first))
    }

    /// Where the edits of each of them end, counted within the window.
    pub(super) fn ends<'a>(&self, rows: Rows<'a>) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        let first = self.edits(rows).start as u32;
        rows.end.as_slice()[self.edited.clone()].iter().map(move |end| end.wrapping_sub(first))
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

/// Whether rows, scores and questions are of the lengths that they are by their nature. What the host asks is.
fn belong_together(rows: Rows<'_>, scores: Matrix<'_>, questions: Questions<'_>) -> bool {
    let Rows { base, row, end, feature, value, skip_base } = rows;
    let n_edits = end.last().map_or(0, |&last| last as usize);
    let are_rows = skip_base == 0 && end.len() == row.len() && (feature.len(), value.len()) == (n_edits, n_edits);
    let is_matrix = |matrix: Matrix<'_>| matrix.n_rows.checked_mul(matrix.n_cols) == Some(matrix.data.len());
    let are_matrices = is_matrix(base) && is_matrix(scores) && scores.n_rows == rows.n_rows();
    let is_column = |column: &Column<'_>| column.values.len() == questions.len().saturating_mul(column.width);
    are_rows && are_matrices && questions.extra.iter().all(is_column)
}

/// Whether there is room for as many answers as there are questions.
fn fits(n_questions: usize, answers: &AnswersMut<'_>) -> bool {
    let AnswersMut { predict, low, high, class, probability, extra } = answers;
    let is_column = |column: &ColumnMut<'_>| column.values.len() == n_questions.saturating_mul(column.width);
    [predict.len(), low.len(), high.len(), class.len()] == [n_questions; 4]
        && probability.len().is_multiple_of(n_questions)
        && extra.iter().all(is_column)
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
