//! One bar with its interval: band, bar, mark and the arrows at the edges. It knows neither rows nor texts.

use super::palette;
use crate::plot::draw::scale::{Scale, Span};
use crate::plot::draw::svg::{Element, Svg};

const BAND_HEIGHT: f64 = 18.0;
const BAR_HEIGHT: f64 = 8.0;

/// What is drawn on one height of the picture.
pub(super) struct Bar {
    /// Where the bar starts; none: there is only a mark.
    pub(super) baseline: Option<f64>,
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) colour: &'static str,
}

/// Draws around the height `middle`. What is NaN is left out.
pub(super) fn draw(svg: &mut Svg, scale: &Scale, middle: f64, bar: &Bar) {
    let band = scale.span(bar.low, bar.high);
    let solid = bar.baseline.and_then(|baseline| scale.span(baseline, bar.value));
    let point = scale.span(bar.value, bar.value);
    if let Some(span) = band {
        let element = rect("band", span, middle, BAND_HEIGHT).attr("fill", bar.colour).attr("fill-opacity", 0.28);
        svg.leaf(element);
        for x in [span.from, span.to] {
            let is_cut = (span.beyond_left && x == scale.left) || (span.beyond_right && x == scale.right);
            if !is_cut {
                svg.leaf(upright("bound", x, middle).attr("stroke", bar.colour).px("stroke-width", 1.0));
            }
        }
    }
    if let Some(span) = solid {
        svg.leaf(rect("bar", span, middle, BAR_HEIGHT).attr("fill", bar.colour));
    }
    if let Some(span) = point.filter(|span| !span.beyond_left && !span.beyond_right) {
        svg.leaf(upright("mark", span.from, middle).attr("stroke", palette::INK).px("stroke-width", 2.0));
    }
    let any = |edge: fn(&Span) -> bool| [&band, &solid, &point].into_iter().flatten().any(edge);
    if any(|span| span.beyond_left) {
        svg.leaf(arrow(scale.left - 2.0, -1.0, middle).attr("fill", bar.colour));
    }
    if any(|span| span.beyond_right) {
        svg.leaf(arrow(scale.right + 2.0, 1.0, middle).attr("fill", bar.colour));
    }
}

fn rect(class: &str, span: Span, middle: f64, height: f64) -> Element {
    let element = Element::new("rect").attr("class", class).px("x", span.from).px("y", middle - height / 2.0);
    element.px("width", span.to - span.from).px("height", height)
}

fn upright(class: &str, x: f64, middle: f64) -> Element {
    let (top, bottom) = (middle - BAND_HEIGHT / 2.0, middle + BAND_HEIGHT / 2.0);
    Element::new("line").attr("class", class).px("x1", x).px("x2", x).px("y1", top).px("y2", bottom)
}

/// An arrow head that points outwards from an edge of the plot.
pub(super) fn arrow(x: f64, direction: f64, middle: f64) -> Element {
    let tip = x + 8.0 * direction;
    let path = format!("M{x:.2} {:.2}L{tip:.2} {middle:.2}L{x:.2} {:.2}Z", middle - 5.0, middle + 5.0);
    let side = if direction < 0.0 { "left" } else { "right" };
    Element::new("path").attr("class", "beyond").attr("data-side", side).attr("d", path)
}
