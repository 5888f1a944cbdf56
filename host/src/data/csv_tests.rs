//! What is accepted as CSV, and what is said about the rest.

use std::io::{self, Read};

use super::csv::read_table;
use super::limits::{LIMITS, Limits};
use super::{DataError, Table};

fn read(text: &str) -> Result<Table, DataError> {
    Table::from_csv_slice("d.csv", text.as_bytes())
}

fn rows(text: &str) -> Vec<Vec<String>> {
    let table = read(text).unwrap();
    let row = |row_idx| (0..table.columns().len()).map(|idx| table.cell(row_idx, idx).to_owned()).collect();
    (0..table.n_rows()).map(row).collect()
}

/// The error's code and message.
fn fault(text: &str) -> (&'static str, String) {
    let error = read(text).unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn line_ends_and_a_byte_order_mark_make_no_difference() {
    for text in ["a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4", "\u{feff}a,b\n1,2\r\n3,4\n\r\n\n"] {
        assert_eq!(rows(text), [["1", "2"], ["3", "4"]], "{text:?}");
        let table = read(text).unwrap();
        assert_eq!(table.columns(), ["a", "b"], "{text:?}");
        assert_eq!([table.line(0), table.line(1)], [2, 3], "{text:?}");
    }
}

#[test]
fn quoted_fields_hold_commas_quotes_and_line_breaks() {
    let text = "\"a\",\"b, c\"\r\n\"x\r\ny\",\"say \"\"hi\"\"\"\r\n\"\", z \r\n\"end\n\",\"\"";
    assert_eq!(rows(text), [["x\r\ny", "say \"hi\""], ["", " z "], ["end\n", ""]]);
    let table = read(text).unwrap();
    assert_eq!(table.columns(), ["a", "b, c"]);
    assert_eq!([table.line(0), table.line(1), table.line(2)], [2, 4, 5]);
}

#[test]
fn a_lone_column_may_have_quoted_empty_cells_but_no_blank_lines() {
    assert_eq!(rows("a\n\"\"\n1\n\n"), [[""], ["1"]]);
    assert_eq!(fault("a\n\n1\n").0, "data.blank_line");
}

#[test]
fn ragged_rows_are_errors_with_line_row_and_both_numbers() {
    assert_eq!(
        fault("a,b\n1,\"\n2\"\n3\n"),
        (
            "data.ragged_row",
            "d.csv:4: row 1 has 1 field, expected 2 as in the header: check its commas and quotes".to_owned()
        )
    );
    assert_eq!(fault("a,b\r\n1,2,\r\n").1.split(':').nth(2), Some(" row 0 has 3 fields, expected 2 as in the header"));
}

#[test]
fn blank_lines_are_errors_but_at_the_end() {
    for (text, line) in
        [("a,b\n\n1,2\n", 2), ("\na,b\n1,2\n", 1), ("a,b\r\n1,2\r\n\r\n\r\n3,4", 3), ("a,b\r1,2\r\r3,4", 3)]
    {
        let (code, message) = fault(text);
        assert_eq!(code, "data.blank_line", "{text:?}");
        assert!(message.starts_with(&format!("d.csv:{line}: blank line")), "{text:?} {message}");
    }
}

#[test]
fn a_quote_that_is_open_at_the_end_is_an_error() {
    for text in ["a,b\n1,2\n\"3,4\n5,6\n", "a,b\n1,2\n3,\"4", "a,b\n1,2\n3,\"", "a,b\n1,2\n3,\"4\"\"\n"] {
        let (code, message) = fault(text);
        assert_eq!(code, "data.unclosed_quote", "{text:?}");
        assert!(message.starts_with("d.csv:3: a quoted field"), "{text:?} {message}");
    }
    assert_eq!(fault("\"a,b\n1,2").0, "data.unclosed_quote");
}

#[test]
fn a_quoted_field_ends_with_its_quote() {
    for text in ["a,b\n1,2\n\"1\"5,2\n", "a,b\n1,2\n3,\"4\" \n5,6\n", "a,b\n1,2\n3,\"4\"\"\"x"] {
        let (code, message) = fault(text);
        assert_eq!(code, "data.stray_quote", "{text:?}");
        assert!(message.starts_with("d.csv:3: text follows a closing quote"), "{text:?} {message}");
    }
    assert_eq!(
        rows("a\n5\"\n\"5\"\"\"\n\"\"\"\"\n"),
        [["5\""], ["5\""], ["\""]],
        "a quote within an unquoted field is text"
    );
}

#[test]
fn a_file_without_header_or_rows_is_an_error() {
    for text in ["", "\n", "\r\n\r\n", "\u{feff}", "\u{feff}\n"] {
        assert_eq!(fault(text).0, "data.empty", "{text:?}");
    }
    assert_eq!(fault("a,b"), ("data.no_rows", "d.csv has a header and no rows: expected at least one row".to_owned()));
    assert_eq!(fault("a,b\r\n\r\n").0, "data.no_rows");
    assert_eq!(fault("1.5,2\n3,4\n").0, "data.no_header");
    assert_eq!(read("0,1\n3,4\n").unwrap().columns(), ["0", "1"], "pandas names columns so");
}

#[test]
fn names_of_columns_are_unique_and_not_empty() {
    assert_eq!(
        fault("a,b,a\n1,2,3\n"),
        (
            "data.duplicate_column",
            "d.csv:1: columns 0 and 2 (from 0) have the same name `a`: rename or remove one".to_owned()
        )
    );
    let (code, message) = fault(",a\n0,1\n");
    assert_eq!(code, "data.unnamed_column");
    assert!(message.starts_with("d.csv:1: column 0 (from 0) has no name: "), "{message}");
    assert_eq!(fault("a, \n0,1\n").0, "data.unnamed_column");
}

#[test]
fn another_separator_is_recognised() {
    let (code, message) = fault("a;b\n1;2\n");
    assert_eq!(code, "data.separator");
    assert!(message.contains("one column whose name holds `;`"), "{message}");
    assert!(fault("a\tb\n1\t2\n").1.contains("`\\t`"));
}

#[test]
fn bytes_that_are_no_utf8_are_an_error_with_their_line() {
    let error = Table::from_csv_slice("d.csv", b"a,b\r\n1,2\r\n3,\xe9\r\n").unwrap_err();
    assert_eq!(error.code(), "data.not_utf8");
    assert_eq!(error.to_string(), "d.csv:3: not valid UTF-8 (byte 12 of the file): save the file as CSV in UTF-8");
    assert_eq!(Table::from_csv_slice("d.csv", b"\xff\xfea\0").unwrap_err().code(), "data.not_utf8");
}

#[test]
fn every_limit_is_an_error_with_the_line_that_passes_it() {
    let limits = || Limits { bytes: 30, rows: 2, columns: 3, cell_bytes: 4 };
    for (text, line, what) in [
        ("a,b\n1,2\n1,2\n1,2\n", 4, "2 rows"),
        ("a,b,c,d\n1,2,3,4\n", 1, "3 columns"),
        ("a,b\n1,2\n1,12345\n", 3, "4 bytes in a cell"),
        ("a,b\n1111,2222\n1111,2222\n1111,2222\n", 1, "30 bytes"),
    ] {
        let error = read_table("d.csv", text.as_bytes(), &limits()).unwrap_err();
        assert_eq!(error.code(), "data.too_large");
        assert!(error.to_string().starts_with(&format!("d.csv:{line}: more than {what}, ")), "{error}");
    }
    read_table("d.csv", b"a,b,c\n1,2,3\n1234,,1234\n", &limits()).unwrap();
    const { assert!(LIMITS.bytes + SENTINEL_ROOM < u32::MAX as usize) };
    const { assert!(LIMITS.rows < LIMITS.bytes) };
}

/// More than is read behind a file.
const SENTINEL_ROOM: usize = 16;

#[test]
fn control_characters_of_the_file_do_not_reach_the_terminal() {
    for text in ["a\u{1b}[2J,a\u{1b}[2J\n1,2\n", "a\n\u{1b}]0;x\u{7},2\n"] {
        let error = Table::from_csv_slice("d\u{1b}[1m.csv", text.as_bytes()).unwrap_err();
        assert!(!error.to_string().contains(char::is_control), "{error}");
    }
}

#[test]
fn files_and_readers_give_the_same_table() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("d.csv");
    std::fs::write(&path, "a\n1\n").unwrap();
    let (from_path, from_reader) =
        (Table::from_csv_path(&path).unwrap(), Table::from_csv_reader("d", &b"a\n1\n"[..]).unwrap());
    assert_eq!((from_path.cell(0, 0), from_reader.cell(0, 0)), ("1", "1"));
    assert!(from_path.name().ends_with("d.csv"));

    let error = Table::from_csv_path(&directory.path().join("absent.csv")).unwrap_err();
    assert_eq!(error.code(), "data.unreadable");
    assert!(error.to_string().contains("absent.csv cannot be read: "), "{error}");
    assert_eq!(Table::from_csv_path(directory.path()).unwrap_err().code(), "data.unreadable");
    assert_eq!(Table::from_csv_reader("d", Broken).unwrap_err().code(), "data.unreadable");
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }
}

#[test]
fn buffers_of_the_reader_leave_no_trace() {
    // Longer than the reader's buffer, with line ends and quotes at every offset.
    let mut text = "a,b\r\n".to_owned();
    for row_idx in 0..30_000 {
        text.push_str(&format!("{row_idx},\"{}\"\r\n", "q\n".repeat(row_idx % 3)));
    }
    let table = read(&text).unwrap();
    let mut line = 2;
    for row_idx in 0..30_000 {
        assert_eq!(table.cell(row_idx, 0), row_idx.to_string());
        assert_eq!(table.cell(row_idx, 1).len(), 2 * (row_idx % 3));
        assert_eq!(table.line(row_idx), line);
        line += 1 + u32::try_from(row_idx % 3).unwrap();
    }
}
