//! What the percentiles of a regression's interval say. It never looks at the interval's numbers but to see if they end.

use serde::Deserialize;
use serde_json::Value;

use super::explanation::{NAME, Prediction, field};
use crate::plot::{PlotError, document, number};

/// The percentiles of an interval, 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::plot) enum Percentiles {
    /// From one percentile to another.
    Between(f64, f64),
    /// From a percentile upwards.
    Above(f64),
    /// Up to a percentile.
    Below(f64),
}

#[derive(Deserialize)]
struct Bound(#[serde(with = "number")] f64);

impl Percentiles {
    /// Null, or two percentiles in ascending order, of which one may be infinite.
    pub(super) fn from_value(value: Value) -> Result<Option<Self>, PlotError> {
        const PLACE: &str = "percentiles";
        let Some([Bound(low), Bound(high)]): Option<[Bound; 2]> = document::read(NAME, PLACE, value)? else {
            return Ok(None);
        };
        let within = |percentile: f64| (0.0..=100.0).contains(&percentile);
        match (low, high) {
            (low, high) if within(low) && within(high) && low < high => Ok(Some(Self::Between(low, high))),
            (low, f64::INFINITY) if within(low) => Ok(Some(Self::Above(low))),
            (f64::NEG_INFINITY, high) if within(high) => Ok(Some(Self::Below(high))),
            _ => {
                let cause = format!("expected two percentiles, 0 to 100 and ascending, found [{low:?}, {high:?}]");
                Err(field(PLACE, cause, "only one side may be open: \"-inf\" on the left or \"inf\" on the right"))
            }
        }
    }

    /// The interval in words.
    pub(in crate::plot) fn in_words(self) -> String {
        match self {
            Self::Between(low, high) => {
                format!("{} % interval, percentiles {} to {}", tidy(high - low), tidy(low), tidy(high))
            }
            Self::Above(low) => format!("above percentile {}", tidy(low)),
            Self::Below(high) => format!("below percentile {}", tidy(high)),
        }
    }

    /// The part of the targets that it is to hold, in percent.
    pub(in crate::plot) fn confidence(self) -> f64 {
        match self {
            Self::Between(low, high) => tidy(high - low),
            Self::Above(low) => tidy(100.0 - low),
            Self::Below(high) => tidy(high),
        }
    }

    /// Whether the side without a percentile has a number all the same, which then only stands in.
    pub(in crate::plot) fn has_stand_in(self, prediction: &Prediction) -> bool {
        match self {
            Self::Between(..) => false,
            Self::Above(_) => prediction.high.is_finite(),
            Self::Below(_) => prediction.low.is_finite(),
        }
    }
}

/// The number without the noise of its last binary digits.
fn tidy(percentile: f64) -> f64 {
    (percentile * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn in_words(value: Value) -> Result<Option<String>, PlotError> {
        Ok(Percentiles::from_value(value)?.map(Percentiles::in_words))
    }

    #[test]
    fn the_interval_is_named_by_its_percentiles() -> Result<(), PlotError> {
        let named = |value| Ok(in_words(value)?.unwrap_or_default());
        assert_eq!(named(json!([5, 95]))?, "90 % interval, percentiles 5 to 95");
        assert_eq!(named(json!([2.5, 97.6]))?, "95.1 % interval, percentiles 2.5 to 97.6");
        assert_eq!(named(json!(["-inf", 90.0]))?, "below percentile 90");
        assert_eq!(named(json!([10.0, "inf"]))?, "above percentile 10");
        in_words(Value::Null).map(|none| assert_eq!(none, None))
    }

    #[test]
    fn what_is_no_pair_of_percentiles_is_refused() {
        let bad = [
            json!(5),
            json!([5]),
            json!([95, 5]),
            json!(["-inf", "inf"]),
            json!([5, null]),
            json!([-1, 50]),
            json!([5, 101]),
        ];
        for value in bad {
            let code = in_words(value.clone()).err().map(|error| error.code());
            assert_eq!(code, Some("plot_invalid_field"), "{value}");
        }
    }
}
