//! What a plugin returns: written into shared memory by the worker, and copied out by the host before anything looks at it.

use std::cell::Cell;

use bytemuck::{AnyBitPattern, NoUninit};
use ce_plugin_api::data::{ColumnBuf, Edits, QuestionsBuf, Rules};
use ce_plugin_api::{RString, RVec};
use serde::{Deserialize, Serialize};

use super::pack::{Broken, Packer, Span, TooLarge};

/// What the reply to one call may take in all: no plugin has a gigabyte to say, and the host copies all of it.
const REPLY_BYTES_MAX: u64 = 1 << 30;

/// What a worker lets a plugin return: less, for what the description and each column take besides. What is too large is the
/// plugin's failure then, and no breach of the protocol.
pub(crate) const RETURNED_BYTES_MAX: usize = 15 << 26;

/// What a column takes beside its values: without it, a description of nothing but empty columns would be free.
const COLUMN_BYTES: u64 = 64;

/// What is left of the gigabyte that one reply may take.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: Cell<u64>,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { left: Cell::new(REPLY_BYTES_MAX) }
    }
}

impl Allowance {
    /// Takes the column at `span` of a memory of `n_bytes` from it, before room is made for a copy. Returns its length.
    ///
    /// # Errors
    /// A column outside of the memory, and one too much.
    pub(crate) fn take<T>(&self, span: Span, n_bytes: usize) -> Result<usize, Broken> {
        let broken = Broken::Span { start: span.start, len: span.len };
        let column_bytes = span.len.checked_mul(size_of::<T>() as u64);
        let end = column_bytes.and_then(|column_bytes| column_bytes.checked_add(span.start));
        let Some(column_bytes) = column_bytes.filter(|_| end.is_some_and(|end| end <= n_bytes as u64)) else {
            return Err(broken);
        };
        // No overflow: the column lies within the memory.
        let left = self.left.get().checked_sub(column_bytes + COLUMN_BYTES);
        self.left.set(left.ok_or(Broken::Contradiction("the reply takes more than a gigabyte in all"))?);
        usize::try_from(span.len).map_err(|_| broken)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: usize = 4 << 30;

    #[test]
    fn a_reply_takes_no_more_than_a_gigabyte_in_all() {
        let allowance = Allowance::default();
        let half = Span { start: 0, len: 1 << 26 };
        assert_eq!(allowance.take::<f64>(half, MEMORY), Ok(1 << 26));
        assert!(matches!(allowance.take::<f64>(half, MEMORY), Err(Broken::Contradiction(_))), "the same memory, twice");
        assert!(allowance.take::<f64>(Span { start: 0, len: 1 << 20 }, MEMORY).is_ok(), "what fits still fits");
    }

    #[test]
    fn columns_without_values_are_not_free() {
        let allowance = Allowance::default();
        let empty = Span { start: 0, len: 0 };
        let n_columns = (0..1 << 25).take_while(|_| allowance.take::<f64>(empty, MEMORY).is_ok()).count();
        assert_eq!(n_columns as u64, REPLY_BYTES_MAX / COLUMN_BYTES);
    }

    #[test]
    fn a_column_outside_of_the_memory_is_refused() {
        for (start, len) in [(0, 5), (8, 4), (u64::MAX, 1), (0, u64::MAX), (33, 0)] {
            let span = Span { start, len };
            assert_eq!(Allowance::default().take::<f64>(span, 32), Err(Broken::Span { start, len }));
        }
        assert_eq!(Allowance::default().take::<f64>(Span { start: 3, len: 3 }, 32), Ok(3), "copied from any place");
    }
}
