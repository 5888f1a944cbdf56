//! What the caller may choose about a picture. An unknown option is an error, so that a slip of the pen shows.

use serde::Deserialize;

use crate::plot::PlotError;

const KNOWN: &str = "a JSON object with `plot_width_px` (240 to 2000)";

/// Checked options.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Options {
    pub(super) plot_width_px: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { plot_width_px: 420.0 }
    }
}

impl Options {
    pub(super) fn from_json(text: &str) -> Result<Self, PlotError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let refused = |cause| PlotError::Option { cause, known: KNOWN };
        let options: Self = serde_json::from_str(text).map_err(|error| refused(error.to_string()))?;
        if !(240.0..=2000.0).contains(&options.plot_width_px) {
            return Err(refused(format!("`plot_width_px` is {}", options.plot_width_px)));
        }
        Ok(options)
    }
}
