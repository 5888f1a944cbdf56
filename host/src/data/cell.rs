//! What the text of one cell says. It knows no row and no column, and never replaces a value by another.

/// A cell, read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// A finite number.
    Number(f64),
    /// A number that is infinite, or too large for a float64.
    Infinite,
    /// Nothing, or one of the usual ways to write that there is nothing.
    Missing,
    /// Anything else.
    Text,
}

impl Cell {
    /// Reads a cell. Spaces around a number do not count; `1.5`, `.5`, `-2`, `1e-3` are numbers, `1,5` and `0x10` are not.
    pub(super) fn read(text: &str) -> Self {
        let trimmed = text.trim_ascii();
        match trimmed.parse::<f64>() {
            Ok(value) if value.is_finite() => Self::Number(value),
            Ok(value) if value.is_nan() => Self::Missing,
            Ok(_) => Self::Infinite,
            Err(_) if is_missing(trimmed) => Self::Missing,
            Err(_) => Self::Text,
        }
    }
}

/// How other programs write that there is nothing. `None` is not among them: it is a category in too many data sets.
fn is_missing(trimmed: &str) -> bool {
    ["", "na", "n/a", "#n/a", "<na>", "null", "?"].iter().any(|marker| trimmed.eq_ignore_ascii_case(marker))
}

#[cfg(test)]
mod tests {
    use super::Cell;

    #[test]
    fn numbers_are_read_as_rust_writes_them_and_spaces_do_not_count() {
        for (text, value) in [("1.5", 1.5), (" .5\t", 0.5), ("-2", -2.0), ("+1e-3", 1e-3), ("5.", 5.0), ("-0", 0.0)] {
            assert_eq!(Cell::read(text), Cell::Number(value), "{text}");
        }
    }

    #[test]
    fn what_has_no_finite_value_is_no_number() {
        for text in ["", " ", "NA", "n/a", "nan", "NaN", "-nan", "NULL", "<NA>", "?"] {
            assert_eq!(Cell::read(text), Cell::Missing, "{text}");
        }
        for text in ["inf", "-Inf", "Infinity", "1e400"] {
            assert_eq!(Cell::read(text), Cell::Infinite, "{text}");
        }
        for text in ["1,5", "0x10", "1 000", "None", "Biscoe", "1.5 mm", "true"] {
            assert_eq!(Cell::read(text), Cell::Text, "{text}");
        }
    }
}
