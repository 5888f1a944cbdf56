//! Draws a PlotSpec as SVG in the look of the Python package's matplotlib plots. It never interprets the numbers: what is
//! shown, and in which order, the spec has decided.
//!
//! The attributes for programs are those of the default renderer (`data-axis`, `data-rule` and so on), with these
//! differences: `<rect class="bar">` ends at the near end of the interval, and an interval that holds the pivot, or a
//! probability's weight of both signs, is two `<rect class="band">`.

use serde_json::Value;

use super::axes;
use super::bars::{self, Bar, Split};
use super::layout::{AXIS, LABEL, Layout, MARGIN, NOTE, TITLE, VALUE, short_lines};
use crate::plot::PlotError;
use crate::plot::draw::panel::{Panel, Row};
use crate::plot::draw::picture;
use crate::plot::draw::scale::Scale;
use crate::plot::draw::svg::{Element, Svg};
use crate::plot::draw::text::{Line, clean, natural_width, wrap};
use crate::plot::spec::{Base, Body, Header, PlotSpec, Spread, Tone};

const RED: &str = "#ff0000";
const BLUE: &str = "#0000ff";
/// Alternatives that speak for the event, and against it.
const FOR: &str = "#e5493b";
const AGAINST: &str = "#583be5";
/// Rows that take no side, which a spec of another builder may have.
const NEITHER: &str = "#4d4d4d";
const PAPER: &str = "#ffffff";

const READING_HEIGHT: f64 = 34.0;
const READING_GAP: f64 = 9.0;
const BAR_HEIGHT: f64 = 18.0;
const ROW_PADDING: f64 = 18.0;
const EMPTY_HEIGHT: f64 = 60.0;
/// A heading that is longer when written upwards is cut.
const HEADING_HEIGHT_MAX: f64 = 160.0;

/// Draws a PlotSpec (JSON) in a format: `svg`.
///
/// `options` is a JSON object without keys, or empty: there is nothing to choose. Equal input gives equal bytes.
///
/// # Errors
/// A [`PlotError`] that names the place, whatever the input: it never panics.
pub fn render(spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PlotError> {
    if format != "svg" {
        return Err(PlotError::Format { found: format.to_owned(), supported: "svg" });
    }
    check_options(options)?;
    let spec = PlotSpec::from_json(spec)?;
    Ok(draw(&spec).into_bytes())
}

fn check_options(text: &str) -> Result<(), PlotError> {
    let refused = |cause| PlotError::Option { cause, known: "no options" };
    if text.trim().is_empty() {
        return Ok(());
    }
    match serde_json::from_str(text).map_err(|error| refused(error.to_string()))? {
        Value::Object(fields) => match fields.keys().next() {
            None => Ok(()),
            Some(key) => Err(refused(format!("`{key}` is unknown"))),
        },
        _ => Err(refused("expected a JSON object".to_owned())),
    }
}

fn draw(spec: &PlotSpec) -> String {
    let panel = Panel::of(&spec.body);
    // Alternatives have always stood alone: their band is the prediction.
    let header = matches!(spec.body, Body::Weights(_)).then_some(&spec.header);
    let layout = Layout::fit(header, &panel);
    let inner_width = layout.width() - 2.0 * MARGIN;
    let mut svg = Svg::default();
    let title = wrap(&spec.title, &TITLE, inner_width);
    let mut y = svg.lines(layout.width() / 2.0, MARGIN, &TITLE, &title, "title") + 12.0;
    if let Some(header) = header {
        y = readings(&mut svg, &layout, header, y) + 20.0;
    }
    y = body(&mut svg, &layout, spec, &panel, y);
    if let Some(note) = &spec.note {
        y = svg.lines(MARGIN, y + 8.0, &NOTE, &wrap(note, &NOTE, inner_width), "note");
    }
    picture::frame(spec, &panel, (layout.width(), y + MARGIN), PAPER, svg)
}

/// A box for each reading; the last one carries the axis.
fn readings(svg: &mut Svg, layout: &Layout, header: &Header, top: f64) -> f64 {
    svg.open(Element::new("g").attr("class", "header"));
    let scale = layout.scale(&header.axis);
    let mut box_top = top;
    let mut bottom = top;
    for (position, reading) in header.readings.iter().enumerate() {
        bottom = box_top + READING_HEIGHT;
        let group = Element::new("g").attr("class", "reading").attr("data-label", clean(&reading.label));
        let group = group.data("data-value", reading.value).data("data-low", reading.low);
        svg.open(group.data("data-high", reading.high));
        let colour = if reading.tone == Tone::Negative { BLUE } else { RED };
        let (value, low, high) = (reading.value, reading.low, reading.high);
        let bar = Bar {
            baseline: reading.baseline,
            value,
            low,
            high,
            colour,
            split: None,
            band_opacity: 0.2,
            mark: colour,
            arrow_drop: READING_HEIGHT / 2.0 - 3.0,
        };
        axes::row_ticks(svg, layout, (box_top + bottom) / 2.0, false);
        bars::draw(svg, &scale, &bar, (box_top + 3.0, bottom - 3.0));
        label(svg, layout, &short_lines(&reading.label, &LABEL, layout.label_width), (box_top + bottom) / 2.0);
        // The last one's frame comes with its axis.
        if position + 1 < header.readings.len() {
            axes::frame(svg, layout, (box_top, bottom));
        }
        svg.close();
        box_top = bottom + READING_GAP;
    }
    let end = axes::draw(svg, layout, "header", &header.axis, (bottom - READING_HEIGHT.min(bottom - top), bottom));
    svg.close();
    end
}

/// A row with its texts cut to their columns.
struct Laid<'a> {
    row: &'a Row<'a>,
    rule: Vec<Line>,
    value: Vec<Line>,
    height: f64,
}

fn body(svg: &mut Svg, layout: &Layout, spec: &PlotSpec, panel: &Panel<'_>, top: f64) -> f64 {
    svg.open(Element::new("g").attr("class", "body"));
    let laid = lay_out(layout, panel);
    let height: f64 = if laid.is_empty() { EMPTY_HEIGHT } else { laid.iter().map(|laid| laid.height).sum() };
    let heights = (top, top + height);
    let scale = layout.scale(panel.axis);
    behind(svg, &scale, &spec.body, panel, heights);
    if laid.is_empty() {
        let text = wrap(panel.empty_text, &AXIS, layout.right() - layout.left() - 20.0);
        let text_top = top + height / 2.0 - AXIS.line_height() * text.len() as f64 / 2.0;
        svg.lines((layout.left() + layout.right()) / 2.0, text_top, &AXIS, &text, "empty");
    }
    let mut row_top = top;
    for laid in &laid {
        row(svg, layout, &scale, &spec.body, panel, laid, row_top + laid.height / 2.0);
        row_top += laid.height;
    }
    if !laid.is_empty() {
        axes::upright(svg, MARGIN + AXIS.size / 2.0, heights, panel.rule_heading);
    }
    if layout.value_width > 0.0 {
        axes::upright(svg, layout.width() - MARGIN - AXIS.size / 2.0, heights, panel.value_heading);
    }
    let end = axes::draw(svg, layout, "body", panel.axis, heights);
    svg.close();
    end
}

/// The rows, high enough together for the headings beside them.
fn lay_out<'a>(layout: &Layout, panel: &'a Panel<'a>) -> Vec<Laid<'a>> {
    let lay_one = |row: &'a Row<'a>| {
        let rule = short_lines(row.rule, &LABEL, layout.label_width);
        let value = short_lines(row.instance_value, &VALUE, layout.value_width);
        let n_lines = rule.len().max(value.len());
        Laid { row, rule, value, height: LABEL.line_height() * n_lines as f64 + ROW_PADDING }
    };
    let mut laid: Vec<Laid<'a>> = panel.rows.iter().map(lay_one).collect();
    let value_heading = if layout.value_width > 0.0 { panel.value_heading } else { "" };
    let headings = [panel.rule_heading, value_heading].map(|heading| natural_width(heading, &AXIS));
    let needed = headings[0].max(headings[1]).min(HEADING_HEIGHT_MAX);
    let missing = needed - laid.iter().map(|laid| laid.height).sum::<f64>();
    let each = (missing / laid.len().max(1) as f64).max(0.0).ceil();
    laid.iter_mut().for_each(|laid| laid.height += each);
    laid
}

/// What stands behind all rows: the prediction's own interval, and the line at zero.
fn behind(svg: &mut Svg, scale: &Scale, body: &Body, panel: &Panel<'_>, heights: (f64, f64)) {
    if let Body::Weights(weights) = body {
        let spread = weights.spread.and_then(|Spread { low, high }| scale.span(low, high));
        if let Some(span) = spread {
            svg.leaf(bars::rect("spread", span, heights).attr("fill", "#000000").attr("fill-opacity", 0.2));
        }
        let x = scale.position(0.0);
        let zero = Element::new("line").attr("class", "zero").px("x1", x).px("x2", x).px("y1", heights.0);
        svg.leaf(zero.px("y2", heights.1).attr("stroke", "#000000").px("stroke-width", 1.0));
    }
    if let Some(Base { predict, low, high, .. }) = panel.base {
        let group = Element::new("g").attr("class", "base").data("data-predict", *predict);
        svg.open(group.data("data-low", *low).data("data-high", *high));
        let tone = panel.pivot.map_or(Tone::Positive, |pivot| Tone::of_sign(predict - pivot.value));
        let colour = if tone == Tone::Negative { AGAINST } else { FOR };
        let (value, low, high) = (*predict, *low, *high);
        let split = panel.pivot.map(|pivot| Split { at: pivot.value, below: AGAINST, above: FOR });
        let base =
            Bar { baseline: None, value, low, high, colour, split, band_opacity: 0.15, mark: colour, arrow_drop: 5.0 };
        bars::draw(svg, scale, &base, heights);
        svg.close();
    }
}

fn row(svg: &mut Svg, layout: &Layout, scale: &Scale, body: &Body, panel: &Panel<'_>, laid: &Laid<'_>, middle: f64) {
    let group = Element::new("g").attr("class", "rule").attr("data-rule", clean(laid.row.rule));
    let group = group.attr("data-value", clean(laid.row.instance_value));
    let numbers = panel.names.into_iter().zip(laid.row.numbers());
    svg.open(numbers.fold(group, |group, (name, number)| group.data(name, number)));
    let has_value = !laid.row.instance_value.is_empty();
    axes::row_ticks(svg, layout, middle, has_value);
    bars::draw(svg, scale, &bar(body, panel, laid.row), (middle - BAR_HEIGHT / 2.0, middle + BAR_HEIGHT / 2.0));
    label(svg, layout, &laid.rule, middle);
    if has_value {
        let top = middle - VALUE.line_height() * laid.value.len() as f64 / 2.0;
        svg.lines(layout.value_left(), top, &VALUE, &laid.value, "value-text");
    }
    svg.close();
}

/// Probabilities: red speaks for the event, blue against it. The weights of a regression have it the other way round, and
/// its alternatives are all red, as they have always been.
fn bar(body: &Body, panel: &Panel<'_>, row: &Row<'_>) -> Bar {
    let Row { tone, number: value, low, high, .. } = *row;
    let (is_positive, arrow_drop) = (tone == Tone::Positive, BAR_HEIGHT / 2.0);
    match body {
        Body::Weights(weights) => {
            let is_probability = weights.class_name.is_some();
            let takes_no_side = tone == Tone::Neutral && panel.neutral_label.is_some();
            let colour = match is_positive == is_probability {
                _ if takes_no_side => NEITHER,
                true => RED,
                false => BLUE,
            };
            let split = (is_probability && !takes_no_side).then_some(Split { at: 0.0, below: BLUE, above: RED });
            Bar {
                baseline: panel.baseline,
                value,
                low,
                high,
                colour,
                split,
                band_opacity: 0.2,
                mark: colour,
                arrow_drop,
            }
        }
        Body::Predictions(_) => match panel.pivot {
            Some(pivot) => {
                let colour = if is_positive { FOR } else { AGAINST };
                let split = Some(Split { at: pivot.value, below: AGAINST, above: FOR });
                Bar { baseline: None, value, low, high, colour, split, band_opacity: 1.0, mark: "#000000", arrow_drop }
            }
            None => Bar {
                baseline: None,
                value,
                low,
                high,
                colour: RED,
                split: None,
                band_opacity: 0.4,
                mark: RED,
                arrow_drop,
            },
        },
    }
}

fn label(svg: &mut Svg, layout: &Layout, lines: &[Line], middle: f64) {
    let top = middle - LABEL.line_height() * lines.len() as f64 / 2.0;
    svg.lines(layout.label_right(), top, &LABEL, lines, "rule-text");
}
