//! A run of bins, or a category, whose representative the guard accepts. It never holds a prediction.

use serde::{Deserialize, Serialize};

/// What may be asked about one feature of one instance, and become a rule. It is kept between asking and reading.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The feature.
    pub feature: u32,
    /// The first bin of the run; the position of a category among those of the calibration data.
    pub first: u32,
    /// The last bin of the run, `first` unless bins were merged.
    pub last: u32,
    /// Whether the instance's own value lies in it.
    pub is_own: bool,
    /// Whether the model is to be asked about its representative.
    pub is_asked: bool,
    /// The p-value of the instance with the representative in its place, from 0 to 1.
    pub p_value: f64,
}
