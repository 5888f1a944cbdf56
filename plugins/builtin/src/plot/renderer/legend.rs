//! What colours, band and arrow mean.

use super::columns::Columns;
use super::{MARGIN, palette};
use crate::plot::draw::panel::Panel;
use crate::plot::draw::svg::{Element, Svg};
use crate::plot::draw::text::{Style, wrap};
use crate::plot::spec::{Axis, Header, Tone};

const SWATCH_WIDTH: f64 = 16.0;
const SWATCH_GAP: f64 = 7.0;
const ITEM_GAP: f64 = 24.0;

enum Swatch {
    Bar(Tone),
    Band,
    Mark,
    Base,
    Pivot,
    Arrow,
}

/// Draws the entries side by side from the height `top`, on as many lines as they need. Returns the bottom.
pub(super) fn draw(svg: &mut Svg, columns: &Columns, header: &Header, panel: &Panel<'_>, top: f64) -> f64 {
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
fn entries(columns: &Columns, header: &Header, panel: &Panel<'_>) -> Vec<(Swatch, String)> {
    let mut entries = Vec::new();
    if !panel.rows.is_empty() {
        entries.push((Swatch::Bar(Tone::Positive), panel.positive_label.to_owned()));
        entries.push((Swatch::Bar(Tone::Negative), panel.negative_label.to_owned()));
        entries.extend(panel.neutral_label.map(|label| (Swatch::Bar(Tone::Neutral), label.to_owned())));
        entries.extend(panel.base.map(|base| (Swatch::Base, base.label.clone())));
        entries.extend(panel.pivot.map(|pivot| (Swatch::Pivot, pivot.label.clone())));
    }
    entries.push((Swatch::Mark, "estimate".to_owned()));
    entries.push((Swatch::Band, header.interval_label.clone()));
    if runs_over(columns, header, panel) {
        entries.push((Swatch::Arrow, "runs beyond the axis".to_owned()));
    }
    entries
}

fn runs_over(columns: &Columns, header: &Header, panel: &Panel<'_>) -> bool {
    let over = |axis: &Axis, numbers: [f64; 3]| {
        let scale = columns.scale(axis);
        let spans = numbers.into_iter().filter_map(move |number| scale.span(number, number));
        spans.into_iter().any(|span| span.beyond_left || span.beyond_right)
    };
    let base = panel.base.filter(|_| !panel.rows.is_empty());
    header.readings.iter().any(|r| over(&header.axis, [r.value, r.low, r.high]))
        || panel.rows.iter().any(|row| over(panel.axis, row.numbers()))
        || base.is_some_and(|base| over(panel.axis, [base.predict, base.low, base.high]))
}

fn draw_swatch(svg: &mut Svg, swatch: &Swatch, x: f64, middle: f64) {
    let rect = |height: f64| {
        let rect = Element::new("rect").attr("class", "swatch").px("x", x).px("y", middle - height / 2.0);
        rect.px("width", SWATCH_WIDTH).px("height", height)
    };
    let line = |x: f64| {
        let line = Element::new("line").attr("class", "swatch").px("x1", x).px("x2", x);
        line.px("y1", middle - 7.0).px("y2", middle + 7.0).px("stroke-width", 2.0)
    };
    let centre = x + SWATCH_WIDTH / 2.0;
    if matches!(swatch, Swatch::Base) {
        svg.leaf(rect(14.0).attr("fill", palette::BASE));
    }
    svg.leaf(match swatch {
        Swatch::Bar(tone) => rect(8.0).attr("fill", palette::colour(*tone)),
        Swatch::Band => rect(13.0).attr("fill", palette::colour(Tone::Neutral)).attr("fill-opacity", 0.28),
        Swatch::Mark => line(centre).attr("stroke", palette::INK),
        Swatch::Base => line(centre).attr("stroke", palette::QUIET_INK),
        Swatch::Pivot => line(centre).attr("stroke", palette::QUIET_INK).attr("stroke-dasharray", palette::DASHES),
        Swatch::Arrow => {
            let path = format!("M{x:.2} {:.2}L{:.2} {middle:.2}L{x:.2} {:.2}Z", middle - 5.0, x + 8.0, middle + 5.0);
            let path = Element::new("path").attr("class", "swatch").attr("d", path);
            path.attr("fill", palette::colour(Tone::Neutral))
        }
    });
}
