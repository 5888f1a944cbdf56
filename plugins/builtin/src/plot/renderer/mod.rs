//! Draws a PlotSpec as SVG. It never interprets the numbers: what is shown, and in which order, the spec has decided.
//!
//! For programs that check a picture, the elements carry what they were drawn from. A `<g class="axis">` has `data-axis`
//! (`header` or `body`), `data-x0`, `data-v0`, `data-scale`, `data-left` and `data-right`: the value `v` lies at the
//! horizontal position `x0 + (v - v0) * scale`, cut off at left and right. A `<g class="rule">` has `data-rule`,
//! `data-value`, `data-weight`, `data-weight-low` and `data-weight-high`; a `<g class="reading">` has `data-label`,
//! `data-value`, `data-low` and `data-high` (numbers as Rust and most languages parse them: `0.25`, `1e-9`, `inf`, `NaN`).
//! The rules of alternatives have `data-predict`, `data-low` and `data-high` in place of weights, and stand before one
//! `<g class="base">` with the same three: the instance's own prediction.
//! Inside, `<rect class="band">` reaches from low to high, `<rect class="bar">` from the baseline to the value,
//! `<line class="mark">` stands at the value, and `<path class="beyond">` at an edge that something runs over.

mod axis;
mod bar;
mod base;
mod columns;
mod header;
mod legend;
mod options;
mod palette;
mod rules;

use self::columns::Columns;
use self::options::Options;
use super::PlotError;
use super::draw::panel::Panel;
use super::draw::picture;
use super::draw::svg::Svg;
use super::draw::text::{self, Style};
use super::spec::PlotSpec;

const FORMATS: &str = "svg";
const MARGIN: f64 = 24.0;
/// A text of more lines than this is cut: one name must not push everything else off the picture.
const N_LINES_MAX: usize = 6;

/// Draws a PlotSpec (JSON) in a format: `svg`.
///
/// `options` is a JSON object, or empty: `plot_width_px` (240 to 2000, default 420) is the width of the bars' panel; the
/// columns of text beside it take what they need. Equal input gives equal bytes.
///
/// # Errors
/// A [`PlotError`] that names the place, whatever the input: it never panics.
pub fn render(spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PlotError> {
    if format != "svg" {
        return Err(PlotError::Format { found: format.to_owned(), supported: FORMATS });
    }
    let options = Options::from_json(options)?;
    let spec = PlotSpec::from_json(spec)?;
    Ok(draw(&spec, options.plot_width_px).into_bytes())
}

fn draw(spec: &PlotSpec, plot_width: f64) -> String {
    let panel = &Panel::of(&spec.body);
    let columns = Columns::fit(&spec.header, panel, plot_width);
    let mut svg = Svg::default();
    let mut y = title(&mut svg, &columns, spec);
    y = header::draw(&mut svg, &columns, &spec.header, y);
    y = rules::draw(&mut svg, &columns, panel, y + 22.0);
    y = legend::draw(&mut svg, &columns, &spec.header, panel, y + 14.0);
    if let Some(text) = &spec.note {
        let lines = text::wrap(text, &Style::NOTE, columns.inner_width());
        y = svg.lines(MARGIN, y + 8.0, &Style::NOTE, &lines, "note");
    }
    picture::frame(spec, panel, (columns.width(), y + MARGIN), palette::PAPER, svg)
}

fn title(svg: &mut Svg, columns: &Columns, spec: &PlotSpec) -> f64 {
    let lines = text::wrap(&spec.title, &Style::TITLE, columns.inner_width());
    svg.lines(MARGIN, MARGIN, &Style::TITLE, &lines, "title") + 14.0
}
