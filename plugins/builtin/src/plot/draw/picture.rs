//! The outermost element of a picture, with its name and its description. It knows nothing of what is inside.

use super::describe::describe;
use super::panel::Panel;
use super::svg::{Element, Svg};
use super::text::one_line;
use crate::plot::spec::PlotSpec;

/// Puts the outermost element around what was drawn on paper of a colour, `width` and `height` in pixels.
pub(in crate::plot) fn frame(
    spec: &PlotSpec,
    panel: &Panel<'_>,
    (width, height): (f64, f64),
    paper: &str,
    content: Svg,
) -> String {
    let (width, height) = (width.ceil(), height.ceil());
    let mut svg = Svg::default();
    svg.open(
        Element::new("svg")
            .attr("xmlns", "http://www.w3.org/2000/svg")
            .px("width", width)
            .px("height", height)
            .attr("viewBox", format_args!("0 0 {width} {height}"))
            .attr("role", "img")
            .attr("aria-label", one_line(&spec.title))
            .attr("font-family", "sans-serif")
            .attr("data-mode", one_line(&spec.mode)),
    );
    svg.content(Element::new("title"), &one_line(&spec.title));
    svg.content(Element::new("desc"), &describe(spec, panel));
    svg.leaf(Element::new("rect").px("width", width).px("height", height).attr("fill", paper));
    svg.append(content);
    svg.close();
    svg.into_text()
}
