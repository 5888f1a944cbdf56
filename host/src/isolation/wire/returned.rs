//! What a plugin returns: written into shared memory by the worker, and copied out by the host before anything looks at it.

use bytemuck::{AnyBitPattern, NoUninit};
use ce_plugin_api::data::{ColumnBuf, Edits, QuestionsBuf, Rules};
use ce_plugin_api::{RString, RVec};
use serde::{Deserialize, Serialize};

use super::pack::{Broken, Packer, Span, TooLarge};

/// Copies columns out of a reply.
pub(crate) trait Copying {
    /// A column, copied.
    fn copied<T: AnyBitPattern + NoUninit>(&self, span: Span) -> Result<Vec<T>, Broken>;

    /// A text, copied and then checked.
    fn text(&self, span: Span) -> Result<String, Broken> {
        String::from_utf8(self.copied(span)?).map_err(|_| Broken::Text)
    }
}

fn column<T: AnyBitPattern + NoUninit>(from: &impl Copying, span: Span) -> Result<RVec<T>, Broken> {
    from.copied(span).map(RVec::from)
}

/// [`ColumnBuf`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ColumnBufAt {
    name: Span,
    width: usize,
    values: Span,
}

fn put_columns(columns: &[ColumnBuf], to: &mut Packer<'_>) -> Result<Vec<ColumnBufAt>, TooLarge> {
    let put = |column: &ColumnBuf| {
        // Bytes, since foreign text is no text before it was checked.
        let (name, values) = (to.put(column.name.as_bytes())?, to.put(column.values.as_slice())?);
        Ok(ColumnBufAt { name, width: column.width, values })
    };
    columns.iter().map(put).collect()
}

fn columns(at: &[ColumnBufAt], from: &impl Copying) -> Result<RVec<ColumnBuf>, Broken> {
    let copied = |at: &ColumnBufAt| {
        let name = RString::from(from.text(at.name)?);
        Ok(ColumnBuf { name, width: at.width, values: column(from, at.values)? })
    };
    at.iter().map(copied).collect()
}

/// [`Edits`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EditsAt {
    row: Span,
    end: Span,
    feature: Span,
    value: Span,
}

impl EditsAt {
    pub(crate) fn put(edits: &Edits, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        Ok(Self {
            row: to.put(&edits.row)?,
            end: to.put(&edits.end)?,
            feature: to.put(&edits.feature)?,
            value: to.put(&edits.value)?,
        })
    }

    pub(crate) fn copied(&self, from: &impl Copying) -> Result<Edits, Broken> {
        Ok(Edits {
            row: column(from, self.row)?,
            end: column(from, self.end)?,
            feature: column(from, self.feature)?,
            value: column(from, self.value)?,
        })
    }
}

/// [`QuestionsBuf`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct QuestionsBufAt {
    row: Span,
    class: Span,
    feature: Span,
    extra: Vec<ColumnBufAt>,
    want: Vec<ColumnBufAt>,
}

impl QuestionsBufAt {
    pub(crate) fn put(questions: &QuestionsBuf, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        Ok(Self {
            row: to.put(&questions.row)?,
            class: to.put(&questions.class)?,
            feature: to.put(&questions.feature)?,
            extra: put_columns(&questions.extra, to)?,
            want: put_columns(&questions.want, to)?,
        })
    }

    pub(crate) fn copied(&self, from: &impl Copying) -> Result<QuestionsBuf, Broken> {
        Ok(QuestionsBuf {
            row: column(from, self.row)?,
            class: column(from, self.class)?,
            feature: column(from, self.feature)?,
            extra: columns(&self.extra, from)?,
            want: columns(&self.want, from)?,
        })
    }
}

/// [`Rules`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RulesAt {
    instance_end: Span,
    /// Weight, its bounds, the prediction, its bounds.
    numbers: [Span; 6],
    condition_end: Span,
    feature: Span,
    operator: Span,
    condition_low: Span,
    condition_high: Span,
    rule_extra: Vec<ColumnBufAt>,
    condition_extra: Vec<ColumnBufAt>,
    instance_extra: Vec<ColumnBufAt>,
}

impl RulesAt {
    pub(crate) fn put(rules: &Rules, to: &mut Packer<'_>) -> Result<Self, TooLarge> {
        let Rules { weight, weight_low, weight_high, predict, low, high, .. } = rules;
        let mut numbers = [Span::default(); 6];
        for (span, column) in numbers.iter_mut().zip([weight, weight_low, weight_high, predict, low, high]) {
            *span = to.put(column)?;
        }
        Ok(Self {
            instance_end: to.put(&rules.instance_end)?,
            numbers,
            condition_end: to.put(&rules.condition_end)?,
            feature: to.put(&rules.feature)?,
            operator: to.put(&rules.operator)?,
            condition_low: to.put(&rules.condition_low)?,
            condition_high: to.put(&rules.condition_high)?,
            rule_extra: put_columns(&rules.rule_extra, to)?,
            condition_extra: put_columns(&rules.condition_extra, to)?,
            instance_extra: put_columns(&rules.instance_extra, to)?,
        })
    }

    pub(crate) fn copied(&self, from: &impl Copying) -> Result<Rules, Broken> {
        let [weight, weight_low, weight_high, predict, low, high] = self.numbers;
        Ok(Rules {
            instance_end: column(from, self.instance_end)?,
            weight: column(from, weight)?,
            weight_low: column(from, weight_low)?,
            weight_high: column(from, weight_high)?,
            predict: column(from, predict)?,
            low: column(from, low)?,
            high: column(from, high)?,
            condition_end: column(from, self.condition_end)?,
            feature: column(from, self.feature)?,
            operator: column(from, self.operator)?,
            condition_low: column(from, self.condition_low)?,
            condition_high: column(from, self.condition_high)?,
            rule_extra: columns(&self.rule_extra, from)?,
            condition_extra: columns(&self.condition_extra, from)?,
            instance_extra: columns(&self.instance_extra, from)?,
        })
    }
}
