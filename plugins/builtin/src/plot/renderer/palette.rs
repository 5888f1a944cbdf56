//! Colours and sizes of text. The colours: vermillion against blue of Okabe and Ito, told apart with every common colour blindness and in grey print.

use crate::plot::draw::text::{Anchor, Style};
use crate::plot::spec::Tone;

pub(super) const PAPER: &str = "#ffffff";
pub(super) const STRIPE: &str = "#f5f6f8";
pub(super) const GRID: &str = "#dde1e6";
pub(super) const INK: &str = "#1b1f24";
pub(super) const QUIET_INK: &str = "#4d5560";

/// The interval behind alternatives.
pub(super) const BASE: &str = "#ccd2da";
pub(super) const DASHES: &str = "4 3";

const POSITIVE: &str = "#d55e00";
const NEGATIVE: &str = "#0072b2";
const NEUTRAL: &str = "#4d5560";

pub(super) fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Positive => POSITIVE,
        Tone::Negative => NEGATIVE,
        Tone::Neutral => NEUTRAL,
    }
}

impl Style {
    pub(super) const TITLE: Self = Self { size: 18.0, bold: true, fill: INK, anchor: Anchor::Start };
    pub(super) const BODY: Self = Self { size: 13.0, bold: false, fill: INK, anchor: Anchor::Start };
    pub(super) const HEADING: Self = Self { size: 12.0, bold: true, fill: QUIET_INK, anchor: Anchor::Start };
    pub(super) const TICK: Self = Self { size: 11.0, bold: false, fill: QUIET_INK, anchor: Anchor::Middle };
    pub(super) const NOTE: Self = Self { size: 12.0, bold: false, fill: QUIET_INK, anchor: Anchor::Start };
}
