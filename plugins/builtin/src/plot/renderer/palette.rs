//! Colours: vermillion against blue of Okabe and Ito, told apart with every common colour blindness and in grey print.

use crate::plot::spec::Tone;

pub(super) const PAPER: &str = "#ffffff";
pub(super) const STRIPE: &str = "#f5f6f8";
pub(super) const GRID: &str = "#dde1e6";
pub(super) const INK: &str = "#1b1f24";
pub(super) const QUIET_INK: &str = "#4d5560";

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
