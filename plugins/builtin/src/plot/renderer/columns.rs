//! How wide each column is: rule, bars, numbers, instance's value. Long texts widen their column first and wrap then.

use super::MARGIN;
use crate::plot::draw::panel::Panel;
use crate::plot::draw::scale::Scale;
use crate::plot::draw::text::{Style, natural_width};
use crate::plot::number::Notation;
use crate::plot::spec::{Axis, Header};

const RULE_WIDTH: (f64, f64) = (110.0, 400.0);
const VALUE_WIDTH_MAX: f64 = 220.0;
const GAP: f64 = 16.0;

/// The picture's columns and how their numbers are written.
pub(super) struct Columns {
    pub(super) rule_width: f64,
    pub(super) plot_width: f64,
    pub(super) numbers_width: f64,
    pub(super) value_width: f64,
    pub(super) header_notation: Notation,
    pub(super) row_notation: Notation,
}

impl Columns {
    pub(super) fn fit(header: &Header, panel: &Panel<'_>, plot_width: f64) -> Self {
        let body = |text: &str| natural_width(text, &Style::BODY);
        let heading = |text: &str| natural_width(text, &Style::HEADING);
        let widest = |widths: &mut dyn Iterator<Item = f64>| widths.fold(0.0, f64::max).ceil();

        let header_notation = notation(header.readings.iter().flat_map(|r| [r.value, r.low, r.high]), &header.axis);
        let row_notation = notation(panel.rows.iter().flat_map(|row| row.numbers()), panel.axis);

        let labels = header.readings.iter().map(|reading| body(&reading.label));
        let rules = panel.rows.iter().map(|row| body(row.rule));
        let rule_width = widest(&mut labels.chain(rules).chain([heading(panel.rule_heading)]));

        let readings = header.readings.iter().map(|r| body(&triple(header_notation, r.value, r.low, r.high)));
        let numbers = panel.rows.iter().map(|r| body(&triple(row_notation, r.number, r.low, r.high)));
        let numbers_width = widest(&mut readings.chain(numbers).chain([heading(panel.numbers_heading)]));

        let values = panel.rows.iter().map(|row| body(row.instance_value)).filter(|width| *width > 0.0);
        let mut value_width = widest(&mut values.into_iter());
        if value_width > 0.0 {
            value_width = value_width.max(heading(panel.value_heading)).ceil();
        }
        Self {
            rule_width: rule_width.clamp(RULE_WIDTH.0, RULE_WIDTH.1),
            plot_width,
            numbers_width: numbers_width.min(400.0),
            value_width: value_width.min(VALUE_WIDTH_MAX),
            header_notation,
            row_notation,
        }
    }

    /// The right edge of the rules.
    pub(super) fn rule_right(&self) -> f64 {
        MARGIN + self.rule_width
    }

    pub(super) fn plot_left(&self) -> f64 {
        self.rule_right() + GAP
    }

    pub(super) fn plot_right(&self) -> f64 {
        self.plot_left() + self.plot_width
    }

    /// The right edge of the numbers.
    pub(super) fn numbers_right(&self) -> f64 {
        self.plot_right() + GAP + self.numbers_width
    }

    /// The right edge of the instance's values.
    pub(super) fn value_right(&self) -> f64 {
        self.numbers_right() + if self.value_width > 0.0 { 1.5 * GAP + self.value_width } else { 0.0 }
    }

    pub(super) fn width(&self) -> f64 {
        self.value_right() + MARGIN
    }

    /// The width between the margins.
    pub(super) fn inner_width(&self) -> f64 {
        self.value_right() - MARGIN
    }

    /// The axis laid out over the bars' column.
    pub(super) fn scale(&self, axis: &Axis) -> Scale {
        Scale::new(axis, self.plot_left(), self.plot_right())
    }
}

/// A number and its interval.
pub(super) fn triple(notation: Notation, value: f64, low: f64, high: f64) -> String {
    format!("{} [{}, {}]", notation.write(value), notation.write(low), notation.write(high))
}

/// The decimals suit the largest number shown, and the range of the axis where that is finer.
fn notation(numbers: impl Iterator<Item = f64>, axis: &Axis) -> Notation {
    let largest = numbers.filter(|n| n.is_finite()).fold(0.0f64, |largest, n| largest.max(n.abs()));
    match (Notation::for_magnitude(largest), Notation::for_magnitude(axis.high - axis.low)) {
        (Notation::Fixed(a), Notation::Fixed(b)) => Notation::Fixed(a.max(b)),
        (of_numbers, _) => of_numbers,
    }
}
