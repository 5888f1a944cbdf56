//! The prediction at the top of the picture.

use super::columns::{Columns, triple};
use super::{N_LINES_MAX, axis, bar, palette};
use crate::plot::draw::svg::{Element, Svg};
use crate::plot::draw::text::{Anchor, Style, clean, wrap, wrap_at_most};
use crate::plot::spec::{Header, Reading};

const ROW_PADDING: f64 = 12.0;

/// Draws the readings and their axis from the height `top`. Returns the bottom.
pub(super) fn draw(svg: &mut Svg, columns: &Columns, header: &Header, top: f64) -> f64 {
    let style = Style::BODY.anchored(Anchor::End);
    let heights: Vec<f64> = header.readings.iter().map(|reading| height(columns, reading)).collect();
    let bottom = top + heights.iter().sum::<f64>();
    svg.open(Element::new("g").attr("class", "header"));
    let has_bars = header.readings.iter().any(|reading| reading.baseline.is_some());
    let end = axis::draw(svg, columns, "header", &header.axis, (top, bottom), has_bars);
    let scale = columns.scale(&header.axis);
    let mut row_top = top;
    for (reading, height) in header.readings.iter().zip(heights) {
        let middle = row_top + height / 2.0;
        svg.open(group(reading));
        let label = wrap_at_most(&reading.label, &style, columns.rule_width, N_LINES_MAX);
        let label_top = middle - style.line_height() * label.len() as f64 / 2.0;
        svg.lines(columns.rule_right(), label_top, &style, &label, "label");
        let Reading { baseline, value, low, high, .. } = *reading;
        bar::draw(svg, &scale, middle, &bar::Bar { baseline, value, low, high, colour: palette::colour(reading.tone) });
        let numbers = triple(columns.header_notation, value, low, high);
        let numbers = wrap(&numbers, &style, columns.numbers_width);
        svg.lines(columns.numbers_right(), middle - style.line_height() / 2.0, &style, &numbers, "numbers");
        svg.close();
        row_top += height;
    }
    svg.close();
    end
}

fn height(columns: &Columns, reading: &Reading) -> f64 {
    let n_lines = wrap_at_most(&reading.label, &Style::BODY, columns.rule_width, N_LINES_MAX).len();
    Style::BODY.line_height() * n_lines as f64 + ROW_PADDING
}

fn group(reading: &Reading) -> Element {
    let group = Element::new("g").attr("class", "reading").attr("data-label", clean(&reading.label));
    group.data("data-value", reading.value).data("data-low", reading.low).data("data-high", reading.high)
}
