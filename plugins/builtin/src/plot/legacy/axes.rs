//! A box with its frame, ticks and names, as matplotlib draws it. It draws nothing inside.

use super::layout::{AXIS, Layout, TICK, TICK_LENGTH};
use crate::plot::draw::svg::{Element, Svg};
use crate::plot::draw::text::{Line, Style, shorten};
use crate::plot::draw::ticks::ticks;
use crate::plot::spec::Axis;

const INK: &str = "#000000";

/// Draws frame, ticks and name of a box over the heights `top` to `bottom`. Returns the bottom of the name.
pub(super) fn draw(svg: &mut Svg, layout: &Layout, name: &str, axis: &Axis, (top, bottom): (f64, f64)) -> f64 {
    let scale = layout.scale(axis);
    let ticks = ticks(axis.low, axis.high, scale.scale, |label| TICK.width(label));
    let group = Element::new("g").attr("class", "axis").attr("data-axis", name);
    let group = group.data("data-x0", scale.x0).data("data-v0", scale.v0).data("data-scale", scale.scale);
    svg.open(group.data("data-left", scale.left).data("data-right", scale.right));
    frame(svg, layout, (top, bottom));
    for tick in &ticks.marks {
        let x = scale.position(tick.value);
        svg.leaf(line((x, bottom), (x, bottom + TICK_LENGTH)));
        svg.lines(x, bottom + TICK_LENGTH + 2.0, &TICK, &[one(tick.label.clone())], "tick");
    }
    let label = match ticks.exponent {
        0 => axis.label.clone(),
        exponent => format!("{} (×1e{exponent})", axis.label),
    };
    let label = one(shorten(&label, &AXIS, layout.right() - layout.left()));
    let top = bottom + TICK_LENGTH + TICK.line_height() + 3.0;
    let end = svg.lines((scale.left + scale.right) / 2.0, top, &AXIS, &[label], "axis-label");
    svg.close();
    end
}

/// The black frame of a box.
pub(super) fn frame(svg: &mut Svg, layout: &Layout, (top, bottom): (f64, f64)) {
    let rect = Element::new("rect").attr("class", "frame").px("x", layout.left()).px("y", top);
    let rect = rect.px("width", layout.right() - layout.left()).px("height", bottom - top);
    svg.leaf(rect.attr("fill", "none").attr("stroke", INK).px("stroke-width", 1.0));
}

/// The little line between a label and its row, on the left and, with a value, on the right.
pub(super) fn row_ticks(svg: &mut Svg, layout: &Layout, middle: f64, has_value: bool) {
    svg.leaf(line((layout.left() - TICK_LENGTH, middle), (layout.left(), middle)));
    if has_value {
        svg.leaf(line((layout.right(), middle), (layout.right() + TICK_LENGTH, middle)));
    }
}

/// A name that is written upwards beside a box, its middle at `x`.
pub(super) fn upright(svg: &mut Svg, x: f64, (top, bottom): (f64, f64), text: &str) {
    let style: &Style = &AXIS;
    let text = shorten(text, style, bottom - top);
    let (baseline, middle) = (x + style.size * 0.36, (top + bottom) / 2.0);
    let element = Element::new("text").attr("class", "heading").px("x", baseline).px("y", middle);
    let element = element.attr("text-anchor", "middle").px("font-size", style.size).attr("fill", style.fill);
    let turn = format!("rotate(-90 {baseline:.2} {middle:.2})");
    svg.content(element.attr("transform", turn), &text);
}

fn line(from: (f64, f64), to: (f64, f64)) -> Element {
    let line = Element::new("line").attr("class", "notch").px("x1", from.0).px("y1", from.1);
    line.px("x2", to.0).px("y2", to.1).attr("stroke", INK).px("stroke-width", 1.0)
}

fn one(text: String) -> Line {
    Line { text, gap_after: "" }
}
