//! Some rows of a file, by number. It never reads a row.

use std::ops::RangeInclusive;
use std::str::FromStr;

use super::{DataError, Table};

/// Rows of a file, numbered from 0, in the order in which they were named: `3,7-9` are the rows 3, 7, 8 and 9.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowSelection {
    /// Never empty; none begins after its end, and no two have a row in common.
    ranges: Vec<RangeInclusive<usize>>,
}

impl RowSelection {
    /// The numbers of the rows.
    ///
    /// # Errors
    /// [`DataError::NoSuchRow`] names the first row that the table does not have.
    pub fn of(&self, table: &Table) -> Result<Vec<usize>, DataError> {
        let n_rows = table.n_rows();
        match self.ranges.iter().find(|range| *range.end() >= n_rows) {
            Some(range) => {
                let row_idx = (*range.start()).max(n_rows);
                Err(DataError::NoSuchRow { file: table.name().to_owned(), row_idx, n_rows })
            }
            None => Ok(self.ranges.iter().cloned().flatten().collect()),
        }
    }
}

const WANTED: &str = "expected rows and ranges of rows from 0, such as 3,7-9";

impl FromStr for RowSelection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ranges = text.split(',').map(range).collect::<Result<Vec<_>, _>>()?;
        let mut sorted: Vec<&RangeInclusive<usize>> = ranges.iter().collect();
        sorted.sort_unstable_by_key(|range| *range.start());
        match sorted.windows(2).find(|pair| pair[1].start() <= pair[0].end()) {
            Some(pair) => Err(format!("row {} is named twice: name it once", pair[1].start())),
            None => Ok(Self { ranges }),
        }
    }
}

/// `7` or `7-9`, with or without spaces around.
fn range(text: &str) -> Result<RangeInclusive<usize>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| {
        let digits = text.trim_ascii();
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<usize>().ok().filter(|_| is_plain).ok_or_else(|| match digits {
            "" => format!("{WANTED}, found no number in `{}`", text_of(text)),
            _ => format!("{WANTED}, found `{}`", text_of(digits)),
        })
    };
    match (number(first)?, number(last)?) {
        (first, last) if first > last => {
            Err(format!("the range {first}-{last} ends before it begins: write {last}-{first}"))
        }
        (first, last) => Ok(first..=last),
    }
}

fn text_of(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::RowSelection;
    use crate::data::{DataError, Table};

    /// The selected rows of a table of ten.
    fn rows(text: &str) -> Result<Vec<usize>, DataError> {
        let table = Table::from_csv_slice("new.csv", format!("x\n{}", "1\n".repeat(10)).as_bytes()).unwrap();
        text.parse::<RowSelection>().unwrap().of(&table)
    }

    #[test]
    fn rows_keep_the_order_in_which_they_are_named() {
        assert_eq!(rows("3,7-9").unwrap(), [3, 7, 8, 9]);
        assert_eq!(rows("9, 0-1").unwrap(), [9, 0, 1]);
        assert_eq!(rows("4-4").unwrap(), [4]);
    }

    #[test]
    fn what_names_no_rows_is_an_error_with_an_example() {
        for text in ["", ",", "3,", "-1", "1-", "a", "+1", "1.5", "1-2-3", "99999999999999999999"] {
            let error = text.parse::<RowSelection>().unwrap_err();
            assert!(error.contains("such as 3,7-9, found"), "{text}: {error}");
        }
        let error = "9-7".parse::<RowSelection>().unwrap_err();
        assert_eq!(error, "the range 9-7 ends before it begins: write 7-9");
    }

    #[test]
    fn a_row_that_is_named_twice_is_an_error() {
        for (text, twice) in [("3,3", 3), ("7-9,8", 8), ("8,7-9", 8), ("0-4,2-9", 2), ("4-9,0-4", 4)] {
            let error = text.parse::<RowSelection>().unwrap_err();
            assert_eq!(error, format!("row {twice} is named twice: name it once"), "{text}");
        }
    }

    #[test]
    fn a_row_beyond_the_end_is_an_error_with_the_number_of_rows() {
        for (text, row_idx) in [("10", 10), ("3,8-12", 10), ("12-99999999999999", 12)] {
            let error = rows(text).unwrap_err();
            assert_eq!(error.code(), "data.no_such_row");
            let expected = format!("--rows names row {row_idx}, and new.csv has 10 rows: name rows from 0 to 9");
            assert_eq!(error.to_string(), expected, "{text}");
        }
    }
}
