//! The picture in words, for those who cannot see it.

use super::panel::Panel;
use super::text::one_line;
use crate::plot::number::Notation;
use crate::plot::spec::PlotSpec;

/// One sentence per reading and per rule, with the numbers that the picture shows.
pub(in crate::plot) fn describe(spec: &PlotSpec, panel: &Panel<'_>) -> String {
    let mut sentences = Vec::new();
    for reading in &spec.header.readings {
        let numbers = numbers(reading.value, reading.low, reading.high);
        sentences.push(format!("{}: {numbers} ({}).", one_line(&reading.label), one_line(&spec.header.interval_label)));
    }
    if panel.rows.is_empty() {
        sentences.push(format!("{}.", one_line(panel.empty_text)));
    }
    for row in &panel.rows {
        let value = one_line(row.instance_value);
        let value = if value.is_empty() { value } else { format!(" ({}: {value})", one_line(panel.value_heading)) };
        let numbers = numbers(row.number, row.low, row.high);
        sentences.push(format!("{}{value}: {} {numbers}.", one_line(row.rule), panel.noun));
    }
    if let Some(note) = &spec.note {
        sentences.push(one_line(note));
    }
    sentences.join(" ")
}

/// A number and its interval; a side without a bound is called open.
fn numbers(value: f64, low: f64, high: f64) -> String {
    let write = |number: f64| Notation::for_magnitude(number.abs()).write(number);
    let numbers = format!("{}, from {} to {}", write(value), write(low), write(high));
    match (low == f64::NEG_INFINITY, high == f64::INFINITY) {
        (true, true) => format!("{numbers}, open on both sides"),
        (true, false) => format!("{numbers}, open below"),
        (false, true) => format!("{numbers}, open above"),
        (false, false) => numbers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_infinite_bound_is_said() {
        let inf = f64::INFINITY;
        assert_eq!(numbers(0.5, 0.25, 0.75), "0.500, from 0.250 to 0.750");
        assert_eq!(numbers(0.5, -inf, 0.75), "0.500, from −∞ to 0.750, open below");
        assert_eq!(numbers(0.5, 0.25, inf), "0.500, from 0.250 to ∞, open above");
        assert_eq!(numbers(0.5, -inf, inf), "0.500, from −∞ to ∞, open on both sides");
    }
}
