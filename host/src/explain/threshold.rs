//! The event whose probability is asked of a regression. It never looks at a number of the data.

use std::fmt;

use serde::{Serialize, Serializer};

use super::error::InputError;
use super::exact::exact;

/// An event of a regression's target: `y <= high`, or `low < y <= high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    low: f64,
    high: f64,
}

impl Threshold {
    /// The event that the target is at most `threshold`.
    ///
    /// # Errors
    /// [`InputError::Setting`] if it is not finite.
    pub fn at_most(threshold: f64) -> Result<Self, InputError> {
        if threshold.is_finite() {
            return Ok(Self { low: f64::NEG_INFINITY, high: threshold });
        }
        let found = exact(threshold);
        Err(InputError::Setting { what: "the threshold", found, expected: "a finite number" })
    }

    /// The event that the target is above `low` and at most `high`.
    ///
    /// # Errors
    /// [`InputError::Setting`] unless both are finite and `low < high`.
    pub fn between(low: f64, high: f64) -> Result<Self, InputError> {
        if low.is_finite() && high.is_finite() && low < high {
            return Ok(Self { low, high });
        }
        let found = format!("{},{}", exact(low), exact(high));
        Err(InputError::Setting { what: "the pair of thresholds", found, expected: "two finite numbers, ascending" })
    }

    /// The lower end, which does not belong to the event; `-inf` where there is none.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The upper end, which belongs to the event.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.high
    }

    /// What holds where the event does not, in words.
    #[must_use]
    pub fn negation(&self) -> String {
        let (low, high) = (exact(self.low), exact(self.high));
        if self.low.is_finite() { format!("y_hat <= {low} || y_hat > {high}") } else { format!("y_hat > {high}") }
    }

    /// The ends as one-entry columns of questions.
    pub(crate) fn columns(&self) -> (&[f64], &[f64]) {
        (std::slice::from_ref(&self.low), std::slice::from_ref(&self.high))
    }
}

/// The event in words, as the Python package has them: `y_hat <= 150`, `100 < y_hat <= 150`.
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (exact(self.low), exact(self.high));
        if self.low.is_finite() { write!(f, "{low} < y_hat <= {high}") } else { write!(f, "y_hat <= {high}") }
    }
}

/// A number, or an array of two.
impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.low.is_finite() { [self.low, self.high].serialize(serializer) } else { self.high.serialize(serializer) }
    }
}

#[cfg(test)]
mod tests {
    use super::Threshold;

    #[test]
    fn events_are_named_with_their_negation() {
        let scalar = Threshold::at_most(137.0).unwrap();
        assert_eq!((scalar.to_string().as_str(), scalar.negation().as_str()), ("y_hat <= 137", "y_hat > 137"));
        let interval = Threshold::between(-0.5, 1.25).unwrap();
        assert_eq!(interval.to_string(), "-0.5 < y_hat <= 1.25");
        assert_eq!(interval.negation(), "y_hat <= -0.5 || y_hat > 1.25");
        let far = Threshold::between(-1e300, 2.5e-9).unwrap();
        assert_eq!(far.to_string(), "-1e300 < y_hat <= 2.5e-9");
        assert_eq!(serde_json::to_string(&[scalar, interval]).unwrap(), "[137.0,[-0.5,1.25]]");
    }

    #[test]
    fn thresholds_are_finite_and_ascend() {
        assert!(Threshold::at_most(f64::NAN).is_err() && Threshold::at_most(f64::INFINITY).is_err());
        for (low, high) in [(2.0, 1.0), (1.0, 1.0), (f64::NEG_INFINITY, 1.0), (0.0, f64::NAN)] {
            let error = Threshold::between(low, high).unwrap_err().to_string();
            assert!(error.contains("expected two finite numbers, ascending"), "{error}");
        }
    }
}
