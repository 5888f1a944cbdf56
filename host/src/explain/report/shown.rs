//! Numbers and names as a line of a terminal shows them. It never changes a number that goes to a file.

use super::super::exact::wants_exponent;
use super::Uncertain;

/// Decimals of probabilities, and the fewest of values.
const DECIMALS: usize = 3;
/// The most decimals: what float64 can tell apart near 1.
const DECIMALS_MAX: usize = 15;
/// Below this a number is what rounding left, as everywhere in the method, unless all of its column is that small.
const NOISE: f64 = 1e-12;

/// How many decimals tell an estimate from its bounds: three digits of the distance between them, and at least three
/// decimals.
#[must_use]
pub(crate) fn decimals(of: impl IntoIterator<Item = Uncertain>) -> usize {
    let distance = |of: Uncertain| {
        let sides = [of.value - of.low, of.high - of.value];
        sides.into_iter().filter(|side| side.is_finite() && *side > 0.0).fold(f64::INFINITY, f64::min)
    };
    let least = of.into_iter().map(distance).fold(f64::INFINITY, f64::min);
    if !least.is_finite() {
        return DECIMALS;
    }
    let needed = 2.0 - least.log10().floor();
    needed.clamp(DECIMALS as f64, DECIMALS_MAX as f64) as usize
}

/// A number with so many decimals, or with an exponent where they would say nothing; zero has no sign.
#[must_use]
pub(crate) fn number(value: f64, decimals: usize) -> String {
    let is_noise = value.abs() < NOISE && decimals < DECIMALS_MAX;
    if wants_exponent(value) && !is_noise {
        return format!("{value:.DECIMALS$e}");
    }
    let text = format!("{value:.decimals$}");
    let is_zero = text.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|byte| matches!(byte, b'0' | b'.')));
    if is_zero { text[1..].to_owned() } else { text }
}

/// The same with its sign, `+` included.
#[must_use]
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    if text.starts_with('-') { text } else { format!("+{text}") }
}

/// A name out of a foreign file as part of one line: what breaks lines, moves the cursor or turns the direction of text
/// becomes a mark, so that no name can pass for another line.
#[must_use]
pub(crate) fn name(text: &str) -> String {
    let is_harmful = |letter: char| {
        let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
    };
    text.replace(is_harmful, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_tell_an_estimate_from_its_bounds() {
        let of = |value, low, high| decimals([Uncertain { value, low, high }]);
        assert_eq!(of(150.0, 50.0, 250.0), 3);
        assert_eq!(of(1e-4, 0.5e-4, 2e-4), 7);
        assert_eq!(of(1e-13, 0.5e-13, 2e-13), 15);
        assert_eq!(of(5.0, 5.0, 5.0), 3);
        assert_eq!(of(5.0, f64::NEG_INFINITY, f64::INFINITY), 3);
        assert_eq!(decimals([]), 3);
    }

    #[test]
    fn zero_has_no_sign_and_large_numbers_have_an_exponent() {
        assert_eq!((number(-0.0001, 3).as_str(), signed(-0.0001, 3).as_str()), ("0.000", "+0.000"));
        assert_eq!((number(-1.5, 3).as_str(), signed(1.5, 3).as_str()), ("-1.500", "+1.500"));
        assert_eq!(number(-1.25e290, 3), "-1.250e290");
        assert_eq!((number(2.5e-6, 3).as_str(), signed(-2.5e-6, 7).as_str()), ("2.500e-6", "-2.500e-6"));
        assert_eq!((number(-2.8e-17, 3).as_str(), number(-2.8e-17, 15).as_str()), ("0.000", "-2.800e-17"));
        assert_eq!((number(1e-5, 3).as_str(), signed(0.0, 3).as_str()), ("0.000", "+0.000"));
        assert_eq!((number(f64::NEG_INFINITY, 3).as_str(), signed(f64::INFINITY, 3).as_str()), ("-inf", "+inf"));
    }

    #[test]
    fn no_name_can_pass_for_another_line() {
        assert_eq!(name("a\nb\u{202e}c\u{1b}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }
}
