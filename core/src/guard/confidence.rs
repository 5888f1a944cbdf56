//! How much of what looks like the calibration data is to be accepted. It never tests a row.

use serde::{Deserialize, Serialize};

use crate::weight::EQUAL_WITHIN;
use crate::{Error, check};

/// The share of rows like those of the calibration data that a guard accepts, above 0 and below 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Confidence(f64);

impl Confidence {
    /// A confidence; 0.9 is usual.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless it is above 0 and below 1.
    pub fn new(confidence: f64) -> Result<Self, Error> {
        let holds = confidence > 0.0 && confidence < 1.0;
        check::rule("guard confidence", holds, || format!("is {confidence}, expected a number above 0 and below 1"))?;
        Ok(Self(confidence))
    }

    /// Whether a p-value is at least one less the confidence, within a part in 10^12: the difference of two decimals such
    /// as 1 - 0.95 is no decimal, and must not decide. A p-value of 0 is never accepted, a larger confidence accepts no
    /// less.
    #[must_use]
    pub fn accepts(self, p_value: f64) -> bool {
        p_value >= (1.0 - self.0) * (1.0 - EQUAL_WITHIN)
    }
}

impl TryFrom<f64> for Confidence {
    type Error = Error;

    fn try_from(confidence: f64) -> Result<Self, Error> {
        Self::new(confidence)
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> Self {
        confidence.0
    }
}

#[cfg(test)]
mod tests {
    use super::Confidence;

    #[test]
    fn rounding_of_one_less_the_confidence_decides_nothing() {
        // 1 - 0.95 is 0.050000000000000044 in float64.
        assert!(Confidence::new(0.95).unwrap().accepts(5.0 / 100.0));
        assert!(Confidence::new(0.9).unwrap().accepts(0.1));
        assert!(!Confidence::new(0.9).unwrap().accepts(0.0999));
        assert!(!Confidence::new(1.0 - 1e-16).unwrap().accepts(0.0));
    }

    #[test]
    fn a_confidence_lies_between_none_and_all() {
        for confidence in [0.0, 1.0, -0.1, 90.0, f64::NAN] {
            assert!(Confidence::new(confidence).is_err(), "{confidence}");
            assert!(serde_json::from_str::<Confidence>(&format!("{confidence}")).is_err(), "{confidence}");
        }
    }
}
