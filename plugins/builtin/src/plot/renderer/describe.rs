//! The picture in words, for those who cannot see it.

use super::text::one_line;
use crate::plot::number::Notation;
use crate::plot::spec::{PlotSpec, WeightPanel};

/// One sentence per reading and per rule, with the numbers that the picture shows.
pub(super) fn describe(spec: &PlotSpec, panel: &WeightPanel) -> String {
    let mut sentences = Vec::new();
    for reading in &spec.header.readings {
        let numbers = numbers(reading.value, reading.low, reading.high);
        sentences.push(format!("{}: {numbers}.", one_line(&reading.label)));
    }
    if panel.rows.is_empty() {
        sentences.push(format!("{}.", one_line(&panel.empty_text)));
    }
    for row in &panel.rows {
        let value = one_line(&row.value);
        let value = if value.is_empty() { value } else { format!(" ({}: {value})", one_line(&panel.value_heading)) };
        let numbers = numbers(row.weight, row.weight_low, row.weight_high);
        sentences.push(format!("{}{value}: weight {numbers}.", one_line(&row.rule)));
    }
    if let Some(note) = &spec.note {
        sentences.push(one_line(note));
    }
    sentences.join(" ")
}

fn numbers(value: f64, low: f64, high: f64) -> String {
    let write = |number: f64| Notation::for_magnitude(number.abs()).write(number);
    format!("{}, from {} to {}", write(value), write(low), write(high))
}
