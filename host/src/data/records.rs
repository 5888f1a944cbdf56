//! A file's records, each with its line, and what the csv crate passes over in silence: blank lines, a
//! quote that is still open at the end, and text behind a closing quote. It never looks at what the fields say.

use std::io::{Chain, Read};
use std::sync::Arc;

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::DataError;
use super::limits::Limits;

/// A record and the line that it begins in.
pub(super) struct Record<'a> {
    pub(super) fields: &'a ByteRecord,
    pub(super) line: u32,
}

/// The records of a file, one after the other.
pub(super) struct Records<'a> {
    file: String,
    body: &'a [u8],
    reader: Reader<Chain<&'a [u8], &'static [u8]>>,
    fields: ByteRecord,
    /// How far lines have been counted, and the line there.
    counted: usize,
    line: u32,
}

impl<'a> Records<'a> {
    pub(super) fn new(file: String, bytes: &'a [u8]) -> Self {
        let body = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(body.chain(SENTINEL));
        Self { file, body, reader, fields: ByteRecord::new(), counted: 0, line: 1 }
    }

    /// The next record, or none at the end.
    pub(super) fn next(&mut self, limits: &Limits) -> Result<Option<Record<'_>>, DataError> {
        let before = self.position();
        let read = self.reader.read_byte_record(&mut self.fields);
        read.map_err(|error| DataError::Unreadable { file: self.file.clone(), cause: Arc::new(error.into()) })?;
        let after_break = skip_line_end(self.body, before);
        let start = after_break + count_blank(&self.body[after_break..]);
        if start >= self.body.len() {
            return Ok(None);
        }
        self.count_lines(after_break);
        if start > after_break {
            return Err(DataError::BlankLine { file: self.file.clone(), line: self.line });
        }
        if self.position() == self.body.len() + SENTINEL.len() {
            return Err(DataError::UnclosedQuote { file: self.file.clone(), line: self.line });
        }
        let end = self.position().min(self.body.len());
        if !is_well_quoted(&self.body[start..end]) {
            return Err(DataError::StrayQuote { file: self.file.clone(), line: self.line });
        }
        self.check(limits)?;
        Ok(Some(Record { fields: &self.fields, line: self.line }))
    }

    /// Whether the record is as small as it has to be.
    fn check(&self, limits: &Limits) -> Result<(), DataError> {
        let too_large = |what, max| Err(DataError::TooLarge { file: self.file.clone(), line: self.line, what, max });
        if self.fields.len() > limits.columns {
            return too_large("columns", limits.columns);
        }
        // The sum is known, the parts have to be looked at one by one.
        let is_long = self.fields.as_slice().len() > limits.cell_bytes;
        if is_long && self.fields.iter().any(|field| field.len() > limits.cell_bytes) {
            return too_large("bytes in a cell", limits.cell_bytes);
        }
        Ok(())
    }

    /// Where the reader stands in the body and the sentinel.
    fn position(&self) -> usize {
        usize::try_from(self.reader.position().byte()).expect("the body is in memory")
    }

    /// Counts on to a position, as every byte has to be looked at once only.
    fn count_lines(&mut self, position: usize) {
        self.line += count_line_ends(self.body, self.counted, position);
        self.counted = position;
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Read behind the file: a line end, then a record of its own, unless a quote is open and swallows both.
const SENTINEL: &[u8] = b"\nx";

/// The position behind the line end that the record before may not have taken with it.
fn skip_line_end(body: &[u8], position: usize) -> usize {
    let before = position.checked_sub(1).and_then(|before| body.get(before));
    match (before, body.get(position..).unwrap_or_default()) {
        (None | Some(b'\n'), _) => position,
        (Some(b'\r'), [b'\n', ..]) => position + 1,
        (Some(b'\r'), _) => position,
        (_, [b'\r', b'\n', ..]) => position + 2,
        (_, [b'\r' | b'\n', ..]) => position + 1,
        _ => position,
    }
    .min(body.len())
}

/// Whether each field of a record that begins with a quote ends with one. The csv crate reads `"1"5` as 15.
fn is_well_quoted(record: &[u8]) -> bool {
    if !record.contains(&b'"') {
        return true;
    }
    let mut rest = record;
    while let Some((first, behind)) = rest.split_first() {
        if *first == b'"' {
            let Some(after) = behind_quotes(behind) else { return false };
            match after {
                [] | [b',' | b'\r' | b'\n', ..] => rest = after,
                _ => return false,
            }
        }
        // Without a comma, the record ends here.
        rest = rest.iter().position(|byte| *byte == b',').map_or(&[], |comma| &rest[comma + 1..]);
    }
    true
}

/// What stands behind the closing quote of a field whose opening quote is passed; none if it does not close.
fn behind_quotes(mut field: &[u8]) -> Option<&[u8]> {
    loop {
        let quote = field.iter().position(|byte| *byte == b'"')?;
        field = &field[quote + 1..];
        match field.split_first() {
            Some((b'"', doubled)) => field = doubled,
            _ => return Some(field),
        }
    }
}

/// The number of bytes of blank lines at the beginning.
fn count_blank(body: &[u8]) -> usize {
    body.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

/// Line ends that begin in `start..end`: `\n`, `\r\n` or a lone `\r`.
pub(super) fn count_line_ends(body: &[u8], start: usize, end: usize) -> u32 {
    let is_end = |idx: &usize| match body[*idx] {
        b'\n' => true,
        b'\r' => body.get(*idx + 1) != Some(&b'\n'),
        _ => false,
    };
    to_u32((start..end).filter(is_end).count())
}

/// For positions in a file and counts of its parts.
pub(super) fn to_u32(count: usize) -> u32 {
    u32::try_from(count).expect("a file has at most 2^30 bytes")
}
