//! Bars as the Python package draws them: solid up to the near end of the interval, light over the interval. It knows
//! neither rows nor texts.

use crate::plot::draw::scale::{Scale, Span};
use crate::plot::draw::svg::{Element, Svg};

/// The colours on the two sides of a split.
#[derive(Clone, Copy)]
pub(super) struct Split {
    pub(super) at: f64,
    pub(super) below: &'static str,
    pub(super) above: &'static str,
}

/// One bar with its interval.
#[derive(Clone, Copy)]
pub(super) struct Bar {
    /// Where the solid part starts; none: there is none.
    pub(super) baseline: Option<f64>,
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) colour: &'static str,
    /// An interval that holds this value has two colours.
    pub(super) split: Option<Split>,
    pub(super) band_opacity: f64,
    /// The colour of the line at the value.
    pub(super) mark: &'static str,
    /// How far below the bar's top the arrows stand that say that it runs on.
    pub(super) arrow_drop: f64,
}

/// Draws over the heights `top` to `bottom`. What is NaN is left out.
pub(super) fn draw(svg: &mut Svg, scale: &Scale, bar: &Bar, heights: (f64, f64)) {
    let (low, high) = (bar.low.min(bar.high), bar.low.max(bar.high));
    for (from, to, colour) in bands(bar, low, high) {
        if let Some(span) = scale.span(from, to) {
            svg.leaf(rect("band", span, heights).attr("fill", colour).attr("fill-opacity", bar.band_opacity));
        }
    }
    let solid =
        bar.baseline.and_then(|baseline| near_end(baseline, bar, (low, high))).and_then(|(a, b)| scale.span(a, b));
    if let Some(span) = solid {
        svg.leaf(rect("bar", span, heights).attr("fill", bar.colour));
    }
    let point = scale.span(bar.value, bar.value);
    if let Some(span) = point.filter(|span| !span.beyond_left && !span.beyond_right) {
        let mark = Element::new("line").attr("class", "mark").px("x1", span.from).px("x2", span.from);
        svg.leaf(mark.px("y1", heights.0).px("y2", heights.1).attr("stroke", bar.mark).px("stroke-width", 1.5));
    }
    let spans = || [scale.span(bar.low, bar.high), solid, point].into_iter().flatten();
    if spans().any(|span| span.beyond_left) {
        svg.leaf(arrow(scale.left - 1.0, -1.0, heights.0 + bar.arrow_drop).attr("fill", bar.colour));
    }
    if spans().any(|span| span.beyond_right) {
        svg.leaf(arrow(scale.right + 1.0, 1.0, heights.0 + bar.arrow_drop).attr("fill", bar.colour));
    }
}

/// The interval in one colour, or in two if the split lies inside it. NaN: nothing.
fn bands(bar: &Bar, low: f64, high: f64) -> Vec<(f64, f64, &'static str)> {
    if bar.low.is_nan() || bar.high.is_nan() {
        return Vec::new();
    }
    match bar.split {
        Some(Split { at, below, above }) if low < at && at < high => vec![(low, at, below), (at, high, above)],
        _ => vec![(low, high, bar.colour)],
    }
}

/// The solid part: from the baseline to the end of the interval that is near to it; none where the interval holds the
/// baseline, and the whole bar where there is no interval.
fn near_end(baseline: f64, bar: &Bar, (low, high): (f64, f64)) -> Option<(f64, f64)> {
    if bar.low.is_nan() || bar.high.is_nan() {
        return Some((baseline, bar.value));
    }
    if low < baseline && baseline < high {
        return None;
    }
    Some((baseline, if low >= baseline { low } else { high }))
}

/// A stretch behind other things.
pub(super) fn rect(class: &str, span: Span, (top, bottom): (f64, f64)) -> Element {
    let element = Element::new("rect").attr("class", class).px("x", span.from).px("y", top);
    element.px("width", span.to - span.from).px("height", bottom - top)
}

/// An arrow head that points outwards from an edge of the box, over what is cut there.
fn arrow(x: f64, direction: f64, middle: f64) -> Element {
    let tip = x + 7.0 * direction;
    let path = format!("M{x:.2} {:.2}L{tip:.2} {middle:.2}L{x:.2} {:.2}Z", middle - 5.0, middle + 5.0);
    let side = if direction < 0.0 { "left" } else { "right" };
    Element::new("path").attr("class", "beyond").attr("data-side", side).attr("d", path)
}
