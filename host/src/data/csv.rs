//! Bytes in CSV become a [`Table`]: RFC 4180 with a header, commas, any line ends, UTF-8 with or without a byte order mark.
//! It never guesses a separator or an encoding, and never pads, cuts or skips a row.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::cell::Cell;
use super::limits::{LIMITS, Limits};
use super::quote::{escaped, file_name};
use super::records::{Record, Records, count_line_ends, to_u32};
use super::{DataError, Table};

/// Reads a file whole, up to [`FILE_BYTES_MAX`](super::FILE_BYTES_MAX), for a caller that wants the digest of the very bytes that are used.
///
/// # Errors
/// [`DataError::Unreadable`] or [`DataError::TooLarge`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let name = file_name(path);
    let file =
        File::open(path).map_err(|cause| DataError::Unreadable { file: name.clone(), cause: Arc::new(cause) })?;
    read_all(&name, file, &LIMITS)
}

impl Table {
    /// Reads a file.
    ///
    /// # Errors
    /// As [`from_csv_slice`](Self::from_csv_slice), and [`DataError::Unreadable`].
    pub fn from_csv_path(path: &Path) -> Result<Self, DataError> {
        Self::from_csv_slice(&file_name(path), &read_bytes(path)?)
    }

    /// Reads to the end.
    ///
    /// * `name` — what messages call it
    ///
    /// # Errors
    /// As [`from_csv_slice`](Self::from_csv_slice), and [`DataError::Unreadable`].
    pub fn from_csv_reader(name: &str, reader: impl Read) -> Result<Self, DataError> {
        Self::from_csv_slice(name, &read_all(name, reader, &LIMITS)?)
    }

    /// Reads bytes.
    ///
    /// * `name` — what messages call them
    ///
    /// The first line is the header. Blank lines are accepted at the end only. A quoted field may hold commas, line breaks
    /// and doubled quotes; spaces are part of a field.
    ///
    /// # Errors
    /// [`DataError::Empty`], [`DataError::NoRows`], [`DataError::NotUtf8`], [`DataError::TooLarge`]; in the header
    /// [`DataError::NoHeader`], [`DataError::Separator`], [`DataError::UnnamedColumn`], [`DataError::DuplicateColumn`];
    /// below it [`DataError::RaggedRow`], [`DataError::BlankLine`], [`DataError::UnclosedQuote`],
    /// [`DataError::StrayQuote`].
    pub fn from_csv_slice(name: &str, bytes: &[u8]) -> Result<Self, DataError> {
        read_table(name, bytes, &LIMITS)
    }
}

pub(super) fn read_table(name: &str, bytes: &[u8], limits: &Limits) -> Result<Table, DataError> {
    let file = || escaped(name);
    if bytes.len() > limits.bytes {
        return Err(DataError::TooLarge { file: file(), line: 1, what: "bytes", max: limits.bytes });
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let byte = error.valid_up_to();
        let line = 1 + count_line_ends(bytes, 0, byte);
        return Err(DataError::NotUtf8 { file: file(), line, byte });
    }
    let mut records = Records::new(file(), bytes);
    let columns = match records.next(limits)? {
        Some(record) => header(name, &record)?,
        None => return Err(DataError::Empty { file: file() }),
    };
    let mut text = Vec::with_capacity(bytes.len());
    let (mut ends, mut lines) = (Vec::new(), Vec::new());
    while let Some(record) = records.next(limits)? {
        if record.fields.len() != columns.len() {
            return Err(DataError::RaggedRow {
                file: file(),
                line: record.line,
                row_idx: to_u32(lines.len()),
                expected: columns.len(),
                found: record.fields.len(),
            });
        }
        if lines.len() == limits.rows {
            return Err(DataError::TooLarge { file: file(), line: record.line, what: "rows", max: limits.rows });
        }
        let start = text.len();
        text.extend_from_slice(record.fields.as_slice());
        ends.extend(
            (0..columns.len()).map(|idx| to_u32(start + record.fields.range(idx).map_or(0, |range| range.end))),
        );
        lines.push(record.line);
    }
    if lines.is_empty() {
        return Err(DataError::NoRows { file: file() });
    }
    let text = String::from_utf8(text).expect("fields of valid UTF-8 end where characters do");
    Ok(Table { name: file(), columns, text, ends, lines })
}

fn read_all(name: &str, reader: impl Read, limits: &Limits) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large from one that just fits.
    let read = reader.take(limits.bytes as u64 + 1).read_to_end(&mut bytes);
    match read {
        Ok(_) if bytes.len() > limits.bytes => {
            Err(DataError::TooLarge { file: escaped(name), line: 1, what: "bytes", max: limits.bytes })
        }
        Ok(_) => Ok(bytes),
        Err(cause) => Err(DataError::Unreadable { file: escaped(name), cause: Arc::new(cause) }),
    }
}

/// The names of the columns.
fn header(name: &str, record: &Record<'_>) -> Result<Vec<String>, DataError> {
    let (file, line) = (|| escaped(name), record.line);
    let names: Vec<String> = record.fields.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    if let [name] = names.as_slice()
        && let Some(found) = name.chars().find(|letter| matches!(letter, ';' | '\t' | '|'))
    {
        return Err(DataError::Separator { file: file(), line, found });
    }
    // Whole numbers are what pandas calls columns that have no names.
    let is_number = |name: &String| matches!(Cell::read(name), Cell::Number(_));
    let is_whole = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
    if names.iter().all(is_number) && !names.iter().all(is_whole) {
        return Err(DataError::NoHeader { file: file(), line });
    }
    let mut seen = FxHashMap::default();
    for (column_idx, name) in names.iter().enumerate() {
        if name.trim().is_empty() {
            return Err(DataError::UnnamedColumn { file: file(), line, column_idx });
        }
        if let Some(first_idx) = seen.insert(name.as_str(), column_idx) {
            let name = name.clone();
            return Err(DataError::DuplicateColumn { file: file(), line, name, first_idx, second_idx: column_idx });
        }
    }
    Ok(names)
}
