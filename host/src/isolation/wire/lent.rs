//! What the host lends to a plugin: written into shared memory on one side, and looked at where it lies on the other.

use ce_plugin_api::data::{Answers, AnswersMut, Asked, Calibration, Column, ColumnMut, Matrix, Questions, Rows};
use ce_plugin_api::kind::Batch;
use serde::{Deserialize, Serialize};

use super::pack::{Broken, Packed, Packer, Span, TooLarge};
use super::part::Part;

/// [`Matrix`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct MatrixAt {
    data: Span,
    n_rows: usize,
    n_cols: usize,
}

impl MatrixAt {
    pub(crate) fn put(matrix: Matrix<'_>, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        Ok(Self { data: to.put(matrix.as_slice())?, n_rows: matrix.n_rows, n_cols: matrix.n_cols })
    }

    /// The scores of the rows of a part.
    pub(crate) fn put_part(scores: Matrix<'_>, part: &Part, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        let Some(window) = &part.window else { return Self::put(scores, to) };
        let [base, edited] = window.scores(scores);
        let data = to.put_joined([base.as_slice(), edited.as_slice()])?;
        Ok(Self { data, n_rows: base.n_rows + edited.n_rows, n_cols: scores.n_cols })
    }

    pub(crate) fn view<'a>(&self, packed: Packed<'a>) -> Result<Matrix<'a>, Broken> {
        let matrix = Matrix::new(packed.get(self.data)?, self.n_rows, self.n_cols);
        matrix.ok_or(Broken::Contradiction("the length of a matrix is not rows times columns"))
    }
}

/// [`Column`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ColumnAt {
    name: Span,
    width: usize,
    values: Span,
}

fn put_columns(columns: &[Column<'_>], to: &mut Packer<'_>) -> Result<Vec<ColumnAt>, TooLarge> {
    columns.iter().map(|column| put_column(column, column.values.as_slice(), to)).collect()
}

fn put_column(column: &Column<'_>, values: &[f64], to: &mut Packer<'_>) -> Result<ColumnAt, TooLarge> {
    Ok(ColumnAt { name: to.text(column.name.as_str())?, width: column.width, values: to.put(values)? })
}

fn columns<'a>(at: &[ColumnAt], packed: Packed<'a>) -> Result<Vec<Column<'a>>, Broken> {
    at.iter().map(|at| Ok(Column::new(packed.text(at.name)?, at.width, packed.get(at.values)?))).collect()
}

/// [`Rows`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct RowsAt {
    base: MatrixAt,
    row: Span,
    end: Span,
    feature: Span,
    value: Span,
    skip_base: u8,
}

impl RowsAt {
    pub(crate) fn put(rows: Rows<'_>, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        let Rows { base, row, end, feature, value, skip_base } = rows;
        Ok(Self {
            base: MatrixAt::put(base, to)?,
            row: to.put(&row)?,
            end: to.put(&end)?,
            feature: to.put(&feature)?,
            value: to.put(&value)?,
            skip_base,
        })
    }

    /// The rows of a part.
    pub(crate) fn put_part(rows: Rows<'_>, part: &Part, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        let Some(window) = &part.window else { return Self::put(rows, to) };
        let edits = window.edits(rows);
        Ok(Self {
            base: MatrixAt::put(window.base(rows), to)?,
            row: to.put_each(window.origins(rows))?,
            end: to.put_each(window.ends(rows))?,
            feature: to.put(&rows.feature[edits.clone()])?,
            value: to.put(&rows.value[edits])?,
            skip_base: rows.skip_base,
        })
    }

    pub(crate) fn view<'a>(&self, packed: Packed<'a>) -> Result<Rows<'a>, Broken> {
        Ok(Rows {
            base: self.base.view(packed)?,
            row: packed.get(self.row)?.into(),
            end: packed.get(self.end)?.into(),
            feature: packed.get(self.feature)?.into(),
            value: packed.get(self.value)?.into(),
            skip_base: self.skip_base,
        })
    }
}

/// [`Calibration`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CalibrationAt {
    x: MatrixAt,
    y: Span,
    scores: MatrixAt,
    category: Span,
    schema: Span,
    extra: Vec<ColumnAt>,
}

impl CalibrationAt {
    pub(crate) fn put(calibration: Calibration<'_>, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        let Calibration { x, y, scores, category, schema, extra } = calibration;
        Ok(Self {
            x: MatrixAt::put(x, to)?,
            y: to.put(&y)?,
            scores: MatrixAt::put(scores, to)?,
            category: to.put(&category)?,
            schema: to.text(schema.as_str())?,
            extra: put_columns(&extra, to)?,
        })
    }

    pub(crate) fn with<T>(&self, packed: Packed<'_>, work: impl FnOnce(Calibration<'_>) -> T) -> Result<T, Broken> {
        let extra = columns(&self.extra, packed)?;
        Ok(work(Calibration {
            x: self.x.view(packed)?,
            y: packed.get(self.y)?.into(),
            scores: self.scores.view(packed)?,
            category: packed.get(self.category)?.into(),
            schema: packed.text(self.schema)?.into(),
            extra: extra.as_slice().into(),
        }))
    }
}

/// [`Asked`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AskedAt {
    round: u32,
    state: Span,
    scores: MatrixAt,
    extra: Vec<ColumnAt>,
}

impl AskedAt {
    pub(crate) fn put(asked: Asked<'_>, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        let Asked { round, state, scores, extra } = asked;
        Ok(Self { round, state: to.put(&state)?, scores: MatrixAt::put(scores, to)?, extra: put_columns(&extra, to)? })
    }

    pub(crate) fn with<T>(&self, packed: Packed<'_>, work: impl FnOnce(Asked<'_>) -> T) -> Result<T, Broken> {
        let extra = columns(&self.extra, packed)?;
        Ok(work(Asked {
            round: self.round,
            state: packed.get(self.state)?.into(),
            scores: self.scores.view(packed)?,
            extra: extra.as_slice().into(),
        }))
    }
}

/// [`Questions`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct QuestionsAt {
    row: Span,
    class: Span,
    feature: Span,
    category: Span,
    threshold_low: Span,
    threshold_high: Span,
    percentiles: Span,
    extra: Vec<ColumnAt>,
}

impl QuestionsAt {
    /// The questions of a part, about the rows that are written for it.
    pub(crate) fn put_part(questions: Questions<'_>, part: &Part, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        let Questions { row, class, feature, category, threshold_low, threshold_high, percentiles, extra } = questions;
        let (n_all, asked) = (row.len(), &row[part.questions.clone()]);
        Ok(Self {
            row: match &part.window {
                Some(window) => to.put_each(window.places(asked))?,
                None => to.put(asked)?,
            },
            class: to.put(part.of_each(&class, n_all))?,
            feature: to.put(part.of_each(&feature, n_all))?,
            category: to.put(part.of_each(&category, n_all))?,
            threshold_low: to.put(part.of_each(&threshold_low, n_all))?,
            threshold_high: to.put(part.of_each(&threshold_high, n_all))?,
            percentiles: to.put(&percentiles)?,
            extra: extra
                .iter()
                .map(|column| put_column(column, part.of_column(column), to))
                .collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn with<T>(&self, packed: Packed<'_>, work: impl FnOnce(Questions<'_>) -> T) -> Result<T, Broken> {
        let extra = columns(&self.extra, packed)?;
        Ok(work(Questions {
            row: packed.get(self.row)?.into(),
            class: packed.get(self.class)?.into(),
            feature: packed.get(self.feature)?.into(),
            category: packed.get(self.category)?.into(),
            threshold_low: packed.get(self.threshold_low)?.into(),
            threshold_high: packed.get(self.threshold_high)?.into(),
            percentiles: packed.get(self.percentiles)?.into(),
            extra: extra.as_slice().into(),
        }))
    }
}

/// [`Answers`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AnswersAt {
    predict: Span,
    low: Span,
    high: Span,
    class: Span,
    extra: Vec<ColumnAt>,
}

impl AnswersAt {
    pub(crate) fn put(answers: Answers<'_>, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        let Answers { predict, low, high, class, extra } = answers;
        Ok(Self {
            predict: to.put(&predict)?,
            low: to.put(&low)?,
            high: to.put(&high)?,
            class: to.put(&class)?,
            extra: put_columns(&extra, to)?,
        })
    }

    pub(crate) fn with<T>(&self, packed: Packed<'_>, work: impl FnOnce(Answers<'_>) -> T) -> Result<T, Broken> {
        let extra = columns(&self.extra, packed)?;
        let (low, high) = (packed.get(self.low)?, packed.get(self.high)?);
        let answers = Answers::new(packed.get(self.predict)?, low, high, packed.get(self.class)?);
        Ok(work(answers.with_extra(&extra)))
    }
}

/// [`Batch`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BatchAt {
    x: MatrixAt,
    category: Span,
    extra: Vec<ColumnAt>,
    options: Span,
    round: u32,
    state: Span,
    base: AnswersAt,
    answers: AnswersAt,
}

impl BatchAt {
    pub(crate) fn put(batch: Batch<'_>, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        let Batch { x, category, extra, options, round, state, base, answers } = batch;
        Ok(Self {
            x: MatrixAt::put(x, to)?,
            category: to.put(&category)?,
            extra: put_columns(&extra, to)?,
            options: to.text(options.as_str())?,
            round,
            state: to.put(&state)?,
            base: AnswersAt::put(base, to)?,
            answers: AnswersAt::put(answers, to)?,
        })
    }

    pub(crate) fn with<T>(&self, packed: Packed<'_>, work: impl FnOnce(Batch<'_>) -> T) -> Result<T, Broken> {
        let extra = columns(&self.extra, packed)?;
        let (x, category, options) = (self.x.view(packed)?, packed.get(self.category)?, packed.text(self.options)?);
        let state = packed.get(self.state)?;
        self.base.with(packed, |base| {
            self.answers.with(packed, |answers| {
                work(Batch {
                    x,
                    category: category.into(),
                    extra: extra.as_slice().into(),
                    options: options.into(),
                    round: self.round,
                    state: state.into(),
                    base,
                    answers,
                })
            })
        })?
    }
}

/// Where a calibrator writes its answers: places in the memory that comes out. They depend on how many answers there are
/// alone, so that both ends of a call find them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct AnswerPlaces {
    extra: Vec<Span>,
    predict: Span,
    low: Span,
    high: Span,
    class: Span,
    probability: Span,
    /// Where the last of them ends. The worker goes by the places.
    #[serde(skip)]
    end: u64,
}

impl AnswerPlaces {
    pub(crate) fn of(answers: &AnswersMut<'_>) -> Self {
        let mut out = Plan::default();
        let n = answers.predict.len();
        let mut places = Self {
            extra: answers.extra.iter().map(|column| out.numbers(column.values.len())).collect(),
            predict: out.numbers(n),
            low: out.numbers(n),
            high: out.numbers(n),
            class: out.indices(n),
            probability: out.numbers(answers.probability.len()),
            end: 0,
        };
        places.end = out.end();
        places
    }

    /// Copies what stands there.
    pub(crate) fn copy(
        &self,
        answers: &mut AnswersMut<'_>,
        mut numbers: impl FnMut(Span, &mut [f64]) -> Result<(), Broken>,
        mut indices: impl FnMut(Span, &mut [u32]) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        numbers(self.predict, &mut answers.predict)?;
        numbers(self.low, &mut answers.low)?;
        numbers(self.high, &mut answers.high)?;
        indices(self.class, &mut answers.class)?;
        if !answers.probability.is_empty() {
            numbers(self.probability, &mut answers.probability)?;
        }
        for (column, &span) in answers.extra.iter_mut().zip(&self.extra) {
            numbers(span, &mut column.values)?;
        }
        Ok(())
    }
}

/// The room for answers, as the worker is told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AnswersMutAt {
    places: AnswerPlaces,
    /// Name and width of each further column.
    columns: Vec<(Span, usize)>,
    /// The classes as they are before the call: one for all, or each.
    class_before: Span,
}

impl AnswersMutAt {
    pub(crate) fn put(answers: &AnswersMut<'_>, class: &[u32], to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        let column = |column: &ColumnMut<'_>| Ok((to.text(column.name.as_str())?, column.width));
        let columns = answers.extra.iter().map(column).collect::<Result<_, TooLarge>>()?;
        let places = AnswerPlaces::of(answers);
        to.can_be_answered(places.end)?;
        Ok(Self { places, columns, class_before: to.put(class)? })
    }

    /// Lends the places to a plugin, filled as the boundary promises. Returns where they end, too.
    pub(crate) fn with<T>(
        &self,
        packed: Packed<'_>,
        room: &mut [u8],
        work: impl FnOnce(AnswersMut<'_>) -> T,
    ) -> Result<(T, usize), Broken> {
        let mut places = Places::new(room);
        let mut columns = Vec::with_capacity(self.columns.len());
        for (&(name, width), &span) in self.columns.iter().zip(&self.places.extra) {
            columns.push(column_mut(packed.text(name)?, width, places.numbers(span)?));
        }
        let predict = places.numbers(self.places.predict)?;
        let low = places.numbers(self.places.low)?;
        let high = places.numbers(self.places.high)?;
        let class: &mut [u32] = places.take(self.places.class)?;
        let before = packed.get(self.class_before)?;
        match before {
            [same] => class.fill(*same),
            each if each.len() == class.len() => class.copy_from_slice(each),
            _ => return Err(Broken::Contradiction("there are not as many classes as questions")),
        }
        let probability = places.numbers(self.places.probability)?;
        let end = places.end();
        let answers = AnswersMut::new(predict, low, high, class).with_probability(probability);
        Ok((work(answers.with_extra(&mut columns)), end))
    }
}

fn column_mut<'a>(name: &'a str, width: usize, values: &'a mut [f64]) -> ColumnMut<'a> {
    ColumnMut { name: name.into(), width, values: values.into() }
}

/// Lays out columns from the start of the memory that comes out.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    used: u64,
}

impl Plan {
    pub(crate) fn numbers(&mut self, len: usize) -> Span {
        self.reserve(len, size_of::<f64>())
    }

    pub(crate) fn indices(&mut self, len: usize) -> Span {
        self.reserve(len, size_of::<u32>())
    }

    /// Where the last column ends.
    pub(crate) fn end(&self) -> u64 {
        self.used
    }

    fn reserve(&mut self, len: usize, size: usize) -> Span {
        let start = self.used;
        let n_bytes = (len as u64).saturating_mul(size as u64);
        self.used = start.saturating_add(n_bytes).checked_next_multiple_of(8).unwrap_or(u64::MAX);
        Span { start, len: len as u64 }
    }
}

/// Parts of the memory that comes out, taken in ascending order, so that none overlaps another.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    rest: &'a mut [u8],
    at: u64,
}

impl<'a> Places<'a> {
    pub(crate) fn new(room: &'a mut [u8]) -> Self {
        Self { rest: room, at: 0 }
    }

    /// Where the last part that was taken ends.
    pub(crate) fn end(&self) -> usize {
        self.at as usize
    }

    /// The numbers at `span`, filled with NaN.
    pub(crate) fn numbers(&mut self, span: Span) -> Result<&'a mut [f64], Broken> {
        let values = self.take::<f64>(span)?;
        values.fill(f64::NAN);
        Ok(values)
    }

    pub(crate) fn take<T: bytemuck::AnyBitPattern + bytemuck::NoUninit>(
        &mut self,
        span: Span,
    ) -> Result<&'a mut [T], Broken> {
        let broken = Broken::Span { start: span.start, len: span.len };
        let skipped = span.start.checked_sub(self.at).and_then(|skipped| usize::try_from(skipped).ok());
        let n_bytes = usize::try_from(span.len).ok().and_then(|len| len.checked_mul(size_of::<T>()));
        let (Some(skipped), Some(n_bytes)) = (skipped, n_bytes) else { return Err(broken) };
        let rest = std::mem::take(&mut self.rest);
        if skipped.checked_add(n_bytes).is_none_or(|end| end > rest.len()) {
            return Err(broken);
        }
        let (taken, rest) = rest[skipped..].split_at_mut(n_bytes);
        self.rest = rest;
        self.at = span.start + n_bytes as u64;
        bytemuck::try_cast_slice_mut(taken).map_err(|_| broken)
    }
}
