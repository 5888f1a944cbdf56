//! A number in a sentence: the shortest text that reads back as it. It never rounds.

/// From here on a number is written with an exponent, and so is one that is nearer to zero than `SMALL` and not zero.
pub(crate) const LARGE: f64 = 1e15;
const SMALL: f64 = 1e-5;

/// Whether a number is too large or too small to be written without an exponent.
pub(crate) fn wants_exponent(value: f64) -> bool {
    value.is_finite() && (value.abs() >= LARGE || (value != 0.0 && value.abs() < SMALL))
}

/// The shortest text that reads back as the number: no row of zeros, and no fraction that is not there.
#[must_use]
pub(crate) fn exact(value: f64) -> String {
    if wants_exponent(value) { format!("{value:e}") } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::exact;

    #[test]
    fn a_sentence_has_the_whole_number_and_never_a_row_of_zeros() {
        for (value, text) in [
            (150.0, "150"),
            (-0.25, "-0.25"),
            (0.0, "0"),
            (1e-5, "0.00001"),
            (2.5e-6, "2.5e-6"),
            (1e300, "1e300"),
            (-1.25e15, "-1.25e15"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(exact(value), text);
        }
    }
}
