//! The rules with their weights or predictions, or the sentence that says there are none.

use super::columns::{Columns, triple};
use super::{MARGIN, N_LINES_MAX, axis, bar, base, palette};
use crate::plot::draw::panel::{Panel, Row};
use crate::plot::draw::svg::{Element, Svg};
use crate::plot::draw::text::{Anchor, Line, Style, clean, wrap, wrap_at_most};

const ROW_PADDING: f64 = 11.0;

/// A row with its texts broken into lines.
struct Laid<'a> {
    row: &'a Row<'a>,
    rule: Vec<Line>,
    value: Vec<Line>,
    height: f64,
}

/// Draws the panel from the height `top`. Returns the bottom.
pub(super) fn draw(svg: &mut Svg, columns: &Columns, panel: &Panel<'_>, top: f64) -> f64 {
    svg.open(Element::new("g").attr("class", "body"));
    let end = if panel.rows.is_empty() { empty(svg, columns, panel, top) } else { rows(svg, columns, panel, top) };
    svg.close();
    end
}

fn empty(svg: &mut Svg, columns: &Columns, panel: &Panel<'_>, top: f64) -> f64 {
    let style = Style::BODY.anchored(Anchor::Middle);
    let lines = wrap(panel.empty_text, &style, columns.inner_width() - 2.0 * MARGIN);
    let height = style.line_height() * lines.len() as f64 + 40.0;
    stripe(svg, columns, top, height);
    svg.lines(MARGIN + columns.inner_width() / 2.0, top + 20.0, &style, &lines, "empty");
    top + height
}

fn rows(svg: &mut Svg, columns: &Columns, panel: &Panel<'_>, top: f64) -> f64 {
    let laid: Vec<Laid<'_>> = panel.rows.iter().map(|row| lay_out(columns, row)).collect();
    let first_top = headings(svg, columns, panel, top) + 6.0;
    let mut row_top = first_top;
    for (position, laid) in laid.iter().enumerate() {
        if position % 2 == 0 {
            stripe(svg, columns, row_top, laid.height);
        }
        row_top += laid.height;
    }
    base::draw_behind(svg, columns, panel, (first_top, row_top));
    let end = axis::draw(svg, columns, "body", panel.axis, (first_top, row_top), panel.baseline.is_some());
    let mut row_top = first_top;
    for laid in &laid {
        row(svg, columns, panel, laid, row_top);
        row_top += laid.height;
    }
    end
}

fn lay_out<'a>(columns: &Columns, row: &'a Row<'a>) -> Laid<'a> {
    let rule = wrap_at_most(row.rule, &Style::BODY, columns.rule_width, N_LINES_MAX);
    let value = wrap_at_most(row.instance_value, &Style::BODY, columns.value_width.max(1.0), N_LINES_MAX);
    let n_lines = rule.len().max(if row.instance_value.is_empty() { 1 } else { value.len() });
    Laid { row, rule, value, height: Style::BODY.line_height() * n_lines as f64 + ROW_PADDING }
}

fn headings(svg: &mut Svg, columns: &Columns, panel: &Panel<'_>, top: f64) -> f64 {
    let style = Style::HEADING.anchored(Anchor::End);
    let mut bottom = top + style.line_height();
    let mut heading = |right: f64, width: f64, text: &str| {
        let lines = wrap(text, &style, width);
        bottom = bottom.max(svg.lines(right, top, &style, &lines, "heading"));
    };
    heading(columns.rule_right(), columns.rule_width, panel.rule_heading);
    heading(columns.numbers_right(), columns.numbers_width, panel.numbers_heading);
    if columns.value_width > 0.0 {
        heading(columns.value_right(), columns.value_width, panel.value_heading);
    }
    bottom
}

fn row(svg: &mut Svg, columns: &Columns, panel: &Panel<'_>, laid: &Laid<'_>, top: f64) {
    let Row { tone, number, low, high, .. } = *laid.row;
    let style = Style::BODY.anchored(Anchor::End);
    let middle = top + laid.height / 2.0;
    let top_of = |lines: &[Line]| middle - style.line_height() * lines.len() as f64 / 2.0;
    let numbers = wrap(&triple(columns.row_notation, number, low, high), &style, columns.numbers_width);
    svg.open(group(panel, laid.row));
    svg.lines(columns.rule_right(), top_of(&laid.rule), &style, &laid.rule, "rule-text");
    let bar = bar::Bar { baseline: panel.baseline, value: number, low, high, colour: palette::colour(tone) };
    bar::draw(svg, &columns.scale(panel.axis), middle, &bar);
    svg.lines(columns.numbers_right(), top_of(&numbers), &style, &numbers, "numbers");
    if columns.value_width > 0.0 {
        svg.lines(columns.value_right(), top_of(&laid.value), &style, &laid.value, "value-text");
    }
    svg.close();
}

fn group(panel: &Panel<'_>, row: &Row<'_>) -> Element {
    let group = Element::new("g").attr("class", "rule").attr("data-rule", clean(row.rule));
    let group = group.attr("data-value", clean(row.instance_value));
    panel.names.into_iter().zip(row.numbers()).fold(group, |group, (name, number)| group.data(name, number))
}

fn stripe(svg: &mut Svg, columns: &Columns, top: f64, height: f64) {
    let rect = Element::new("rect").attr("class", "stripe").px("x", MARGIN - 8.0).px("y", top);
    svg.leaf(rect.px("width", columns.inner_width() + 16.0).px("height", height).attr("fill", palette::STRIPE));
}
