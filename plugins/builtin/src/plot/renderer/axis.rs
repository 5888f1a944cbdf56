//! An axis with its grid lines, tick labels and name. It is drawn first, beneath the bars.

use super::columns::Columns;
use super::palette;
use crate::plot::draw::scale::Scale;
use crate::plot::draw::svg::{Element, Svg};
use crate::plot::draw::text::{Anchor, Line, Style, wrap};
use crate::plot::draw::ticks::ticks;
use crate::plot::spec::Axis;

/// Draws the axis over the heights `top` to `bottom`, labels below, with a line at zero where bars start there. Returns the
/// bottom of its name.
pub(super) fn draw(
    svg: &mut Svg,
    columns: &Columns,
    name: &str,
    axis: &Axis,
    (top, bottom): (f64, f64),
    has_bars: bool,
) -> f64 {
    let scale = columns.scale(axis);
    let ticks = ticks(axis.low, axis.high, scale.scale, |label| Style::TICK.width(label));
    svg.open(group(name, &scale));
    for tick in &ticks.marks {
        let x = scale.position(tick.value);
        svg.leaf(line("grid", (x, top), (x, bottom + 4.0)).attr("stroke", palette::GRID));
        svg.lines(x, bottom + 5.0, &Style::TICK, &[whole(tick.label.clone())], "tick");
    }
    svg.leaf(line("axis-line", (scale.left, bottom), (scale.right, bottom)).attr("stroke", palette::QUIET_INK));
    if has_bars && axis.low <= 0.0 && axis.high >= 0.0 {
        let x = scale.position(0.0);
        svg.leaf(line("zero", (x, top), (x, bottom)).attr("stroke", palette::QUIET_INK));
    }
    let label = match ticks.exponent {
        0 => axis.label.clone(),
        exponent => format!("{} (×1e{exponent})", axis.label),
    };
    let style = Style::NOTE.anchored(Anchor::Middle);
    let lines = wrap(&label, &style, columns.plot_width);
    let end = svg.lines((scale.left + scale.right) / 2.0, bottom + 22.0, &style, &lines, "axis-label");
    svg.close();
    end
}

fn group(name: &str, scale: &Scale) -> Element {
    let group = Element::new("g").attr("class", "axis").attr("data-axis", name);
    let group = group.data("data-x0", scale.x0).data("data-v0", scale.v0).data("data-scale", scale.scale);
    group.data("data-left", scale.left).data("data-right", scale.right)
}

fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> Element {
    let line = Element::new("line").attr("class", class).px("x1", from.0).px("y1", from.1);
    line.px("x2", to.0).px("y2", to.1).px("stroke-width", 1.0)
}

fn whole(text: String) -> Line {
    Line { text, gap_after: "" }
}
