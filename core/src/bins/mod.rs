//! What the calibration data tell about one feature: its bins, and the values to ask about outside of a bin. It never
//! asks, and weighs nothing.

use serde::{Deserialize, Serialize};

use crate::{Error, check};

mod categories;
mod numeric;

pub use categories::Categories;
pub use numeric::NumericBins;

/// The percentiles of a side at which its values are sampled by default.
pub const SAMPLE_PERCENTILES: [f64; 3] = [25.0, 50.0, 75.0];

/// One feature of the calibration data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FeatureBins {
    /// A numeric feature, cut into bins.
    Numeric(NumericBins),
    /// A categorical feature, never cut.
    Categorical(Categories),
    /// A feature that is not explained.
    Ignored(Ignored),
}

/// Why a feature is not explained. Of both reasons the request is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ignored {
    /// The caller asked for it.
    Requested,
    /// All its calibration values are equal.
    Constant,
}

/// What is true of a feature's value in a bin, or beyond one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Condition {
    /// At most this: the first bin.
    AtMost(f64),
    /// Above this: the last bin. NaN counts as above everything.
    Above(f64),
    /// Above the first and at most the second: a bin in between.
    Within(f64, f64),
    /// Equal to this category.
    Equal(f64),
    /// Below this: an alternative to a bin. Its upper neighbour is [`Condition::Above`] the bin's upper cut.
    Below(f64),
}

/// The values to ask about for one instance and feature, in the order of asking.
///
/// `first` then `second`: the samples of the lesser and of the greater side for a numeric feature, the categories
/// before and after the instance's own for a categorical one. Both are empty where there is no other bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Others<'a> {
    /// Values below the instance's bin, ascending.
    pub first: &'a [f64],
    /// Values above the instance's bin, ascending.
    pub second: &'a [f64],
}

impl FeatureBins {
    /// The values to ask about for an instance whose feature is `value`.
    ///
    /// A category that the calibration data lack is asked about against all others; NaN lies in the last bin of a
    /// numeric feature and is such a category of a categorical one. Ignored features ask nothing.
    #[must_use]
    pub fn others(&self, value: f64) -> Others<'_> {
        match self {
            Self::Numeric(bins) => bins.others(bins.bin_of(value)),
            Self::Categorical(categories) => categories.others(value),
            Self::Ignored(_) => Others::default(),
        }
    }
}

impl Others<'_> {
    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.first.len() + self.second.len()
    }

    /// True where the instance's bin is the only one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Checks the percentiles at which a side is sampled: at least one, each 0 to 100.
pub(crate) fn check_percentiles(percentiles: &[f64]) -> Result<(), Error> {
    check::not_empty("sample percentiles", percentiles)?;
    percentiles.iter().try_for_each(|percent| {
        let why = || format!("hold {percent}, each must be from 0 to 100");
        check::rule("sample percentiles", (0.0..=100.0).contains(percent), why)
    })
}
