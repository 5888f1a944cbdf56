//! Where everything stands: labels left, boxes in the middle, instance values right. Names that are too long are cut in the
//! middle, so that they never reach into a box.

use crate::plot::draw::panel::Panel;
use crate::plot::draw::scale::Scale;
use crate::plot::draw::text::{Anchor, Line, Style, clean, natural_width, shorten};
use crate::plot::spec::{Axis, Header};

pub(super) const TITLE: Style = style(15.0, Anchor::Middle);
pub(super) const LABEL: Style = style(13.0, Anchor::End);
pub(super) const VALUE: Style = style(13.0, Anchor::Start);
pub(super) const TICK: Style = style(12.0, Anchor::Middle);
pub(super) const AXIS: Style = style(13.0, Anchor::Middle);
pub(super) const NOTE: Style = style(12.0, Anchor::Start);

pub(super) const MARGIN: f64 = 16.0;
pub(super) const TICK_LENGTH: f64 = 5.0;
const BOX_WIDTH: f64 = 560.0;
/// What a heading takes that is written upwards.
const UPRIGHT_WIDTH: f64 = 26.0;
const LABEL_WIDTH: (f64, f64) = (90.0, 320.0);
const VALUE_WIDTH_MAX: f64 = 180.0;
/// Room for a tick, or for the arrow of what runs beyond the box.
const GAP: f64 = TICK_LENGTH + 8.0;
/// A rule has so many conditions at most, each on a line; what is more is cut.
const N_LINES_MAX: usize = 8;

const fn style(size: f64, anchor: Anchor) -> Style {
    Style { size, bold: false, fill: "#000000", anchor }
}

/// The widths of a picture's columns.
pub(super) struct Layout {
    pub(super) label_width: f64,
    pub(super) value_width: f64,
}

impl Layout {
    pub(super) fn fit(header: Option<&Header>, panel: &Panel<'_>) -> Self {
        let widest = |widths: &mut dyn Iterator<Item = f64>| widths.fold(0.0, f64::max).ceil();
        let readings = header.into_iter().flat_map(|header| &header.readings);
        let readings = readings.map(|reading| natural_width(&reading.label, &LABEL));
        let rules = panel.rows.iter().map(|row| natural_width(row.rule, &LABEL));
        let values = panel.rows.iter().map(|row| natural_width(row.instance_value, &VALUE));
        Self {
            label_width: widest(&mut readings.chain(rules)).clamp(LABEL_WIDTH.0, LABEL_WIDTH.1),
            value_width: widest(&mut values.into_iter()).min(VALUE_WIDTH_MAX),
        }
    }

    /// The right edge of the labels.
    pub(super) fn label_right(&self) -> f64 {
        MARGIN + UPRIGHT_WIDTH + self.label_width
    }

    pub(super) fn left(&self) -> f64 {
        self.label_right() + GAP
    }

    pub(super) fn right(&self) -> f64 {
        self.left() + BOX_WIDTH
    }

    /// The left edge of the instance's values.
    pub(super) fn value_left(&self) -> f64 {
        self.right() + GAP
    }

    pub(super) fn width(&self) -> f64 {
        let values = if self.value_width > 0.0 { GAP + self.value_width + UPRIGHT_WIDTH } else { GAP };
        self.right() + values + MARGIN
    }

    pub(super) fn scale(&self, axis: &Axis) -> Scale {
        Scale::new(axis, self.left(), self.right())
    }
}

/// A text's own lines, each cut to the width.
pub(super) fn short_lines(text: &str, style: &Style, width: f64) -> Vec<Line> {
    let text = clean(text);
    let n_lines = text.split('\n').count();
    let line = |(position, part): (usize, &str)| {
        let is_last = position + 1 == n_lines.min(N_LINES_MAX);
        let cut = if is_last && n_lines > N_LINES_MAX { "… " } else { "" };
        Line { text: shorten(&format!("{cut}{part}"), style, width), gap_after: if is_last { "" } else { "\n" } }
    };
    text.split('\n').take(N_LINES_MAX).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_stands_on_a_line_of_its_own() {
        let lines = short_lines("a > 1.00 & \nb <= 2.00", &LABEL, 200.0);
        assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["a > 1.00 & ", "b <= 2.00"]);
        let many = short_lines(&"a\n".repeat(30), &LABEL, 200.0);
        assert_eq!(many.len(), N_LINES_MAX);
        assert_eq!(many.last().map(|line| line.text.as_str()), Some("… a"));
    }
}
