//! How good calibrated predictions are, measured on rows whose outcome is known. It never calibrates, and never judges
//! what is good enough.
//!
//! Compute a metric of the model's own scores and of the calibrated probabilities, on the same rows, which calibration
//! has not seen: the difference is what calibration bought.

mod interval;
mod probability;
mod reliability;

pub use interval::{coverage, mean_width, median_width};
pub use probability::{brier, brier_multiclass, log_loss, log_loss_multiclass};
pub use reliability::{
    N_BINS, N_BINS_MAX, ReliabilityBin, expected_calibration_error, expected_calibration_error_top, reliability,
    top_class,
};
