//! What colours, band and arrow mean.

use super::columns::Columns;
use super::svg::{Element, Svg};
use super::text::{Style, wrap};
use super::{MARGIN, palette};
use crate::plot::spec::{Header, Tone, WeightPanel};

const SWATCH_WIDTH: f64 = 16.0;
const SWATCH_GAP: f64 = 7.0;
const ITEM_GAP: f64 = 24.0;

enum Swatch {
    Bar(Tone),
    Band,
    Mark,
    Arrow,
}

/// Draws the entries side by side from the height `top`, on as many lines as they need. Returns the bottom.
pub(super) fn draw(svg: &mut Svg, columns: &Columns, header: &Header, panel: &WeightPanel, top: f64) -> f64 {
    let style = Style::NOTE;
    let (mut x, mut y, mut bottom) = (MARGIN, top, top);
    svg.open(Element::new("g").attr("class", "legend"));
    for (swatch, label) in entries(columns, header, panel) {
        let text_width_max = columns.inner_width() - SWATCH_WIDTH - SWATCH_GAP;
        let lines = wrap(&label, &style, text_width_max);
        let text_width = lines.iter().map(|line| style.width(&line.text)).fold(0.0, f64::max);
        if x > MARGIN && x + SWATCH_WIDTH + SWATCH_GAP + text_width > MARGIN + columns.inner_width() {
            (x, y) = (MARGIN, bottom + 4.0);
        }
        draw_swatch(svg, &swatch, x, y + style.line_height() / 2.0);
        bottom = svg.lines(x + SWATCH_WIDTH + SWATCH_GAP, y, &style, &lines, "legend-text").max(bottom);
        x += SWATCH_WIDTH + SWATCH_GAP + text_width + ITEM_GAP;
    }
    svg.close();
    bottom
}

/// Only what the picture shows is explained.
fn entries(columns: &Columns, header: &Header, panel: &WeightPanel) -> Vec<(Swatch, String)> {
    let mut entries = Vec::new();
    if !panel.rows.is_empty() {
        entries.push((Swatch::Bar(Tone::Positive), panel.positive_label.clone()));
        entries.push((Swatch::Bar(Tone::Negative), panel.negative_label.clone()));
    }
    entries.push((Swatch::Mark, "estimate".to_owned()));
    entries.push((Swatch::Band, header.interval_label.clone()));
    if runs_over(columns, header, panel) {
        entries.push((Swatch::Arrow, "runs beyond the axis".to_owned()));
    }
    entries
}

fn runs_over(columns: &Columns, header: &Header, panel: &WeightPanel) -> bool {
    let over = |axis, numbers: [f64; 3]| {
        let scale = columns.scale(axis);
        let spans = numbers.into_iter().filter_map(move |number| scale.span(number, number));
        spans.into_iter().any(|span| span.beyond_left || span.beyond_right)
    };
    header.readings.iter().any(|r| over(&header.axis, [r.value, r.low, r.high]))
        || panel.rows.iter().any(|r| over(&panel.axis, [r.weight, r.weight_low, r.weight_high]))
}

fn draw_swatch(svg: &mut Svg, swatch: &Swatch, x: f64, middle: f64) {
    let rect = |height: f64| {
        let rect = Element::new("rect").attr("class", "swatch").px("x", x).px("y", middle - height / 2.0);
        rect.px("width", SWATCH_WIDTH).px("height", height)
    };
    let centre = x + SWATCH_WIDTH / 2.0;
    svg.leaf(match swatch {
        Swatch::Bar(tone) => rect(8.0).attr("fill", palette::colour(*tone)),
        Swatch::Band => rect(13.0).attr("fill", palette::colour(Tone::Neutral)).attr("fill-opacity", 0.28),
        Swatch::Mark => {
            let line = Element::new("line").attr("class", "swatch").px("x1", centre).px("x2", centre);
            let line = line.px("y1", middle - 7.0).px("y2", middle + 7.0);
            line.attr("stroke", palette::INK).px("stroke-width", 2.0)
        }
        Swatch::Arrow => {
            let path = format!("M{x:.2} {:.2}L{:.2} {middle:.2}L{x:.2} {:.2}Z", middle - 5.0, x + 8.0, middle + 5.0);
            let path = Element::new("path").attr("class", "swatch").attr("d", path);
            path.attr("fill", palette::colour(Tone::Neutral))
        }
    });
}
