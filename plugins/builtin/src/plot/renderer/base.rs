//! The instance's own prediction behind the alternatives, and the line that means something by itself. It is drawn before the
//! rows.

use super::columns::Columns;
use super::{bar, palette};
use crate::plot::draw::panel::Panel;
use crate::plot::draw::scale::Scale;
use crate::plot::draw::svg::{Element, Svg};
use crate::plot::spec::{Base, Pivot};

/// Draws over the heights `top` to `bottom`, arrows above them. A panel without a base gets nothing.
pub(super) fn draw_behind(svg: &mut Svg, columns: &Columns, panel: &Panel<'_>, (top, bottom): (f64, f64)) {
    let scale = columns.scale(panel.axis);
    if let Some(base) = panel.base {
        draw_base(svg, &scale, base, (top, bottom));
    }
    if let Some(pivot) = panel.pivot {
        draw_pivot(svg, &scale, pivot, (top, bottom));
    }
}

fn draw_base(svg: &mut Svg, scale: &Scale, base: &Base, (top, bottom): (f64, f64)) {
    let group = Element::new("g").attr("class", "base").data("data-predict", base.predict);
    svg.open(group.data("data-low", base.low).data("data-high", base.high));
    let band = scale.span(base.low, base.high);
    let point = scale.span(base.predict, base.predict);
    if let Some(span) = band {
        let rect = Element::new("rect").attr("class", "band").px("x", span.from).px("y", top);
        svg.leaf(rect.px("width", span.to - span.from).px("height", bottom - top).attr("fill", palette::BASE));
    }
    if let Some(span) = point.filter(|span| !span.beyond_left && !span.beyond_right) {
        svg.leaf(upright("mark", span.from, (top, bottom)).px("stroke-width", 2.0));
    }
    let spans = || [&band, &point].into_iter().flatten();
    if spans().any(|span| span.beyond_left) {
        svg.leaf(bar::arrow(scale.left - 2.0, -1.0, top - ARROW_RISE).attr("fill", palette::QUIET_INK));
    }
    if spans().any(|span| span.beyond_right) {
        svg.leaf(bar::arrow(scale.right + 2.0, 1.0, top - ARROW_RISE).attr("fill", palette::QUIET_INK));
    }
    svg.close();
}

/// Half an arrow head above the rows, so that the arrow of the first row stays apart.
const ARROW_RISE: f64 = 4.0;

fn draw_pivot(svg: &mut Svg, scale: &Scale, pivot: &Pivot, heights: (f64, f64)) {
    let on_axis = scale.span(pivot.value, pivot.value).filter(|span| !span.beyond_left && !span.beyond_right);
    if let Some(span) = on_axis {
        svg.leaf(
            upright("pivot", span.from, heights).px("stroke-width", 1.0).attr("stroke-dasharray", palette::DASHES),
        );
    }
}

fn upright(class: &str, x: f64, (top, bottom): (f64, f64)) -> Element {
    let line = Element::new("line").attr("class", class).px("x1", x).px("x2", x).px("y1", top).px("y2", bottom);
    line.attr("stroke", palette::QUIET_INK)
}
