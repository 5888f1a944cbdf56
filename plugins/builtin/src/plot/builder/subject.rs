//! What a prediction is of: a class, an event of the target, or the target's value. It decides no wording of a picture.

use serde::Deserialize;
use serde_json::Value;

use super::explanation::{NAME, field};
use crate::plot::{PlotError, document, number};

/// What the prediction is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plot) enum Subject {
    /// The probability of a class.
    Class {
        /// The explained class.
        name: String,
        /// The other one, where there are two.
        other: Option<String>,
    },
    /// The probability that the target lies where a threshold says.
    Event {
        /// The event in words.
        holds: String,
        /// Its negation in words.
        fails: String,
    },
    /// The target's value.
    Value,
}

/// What a regression was asked for: `y <= t`, or `a < y <= b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Threshold {
    AtMost(f64),
    Within(f64, f64),
}

#[derive(Deserialize)]
struct Bound(#[serde(with = "number")] f64);

impl Threshold {
    /// Null, a number, or two of them in ascending order.
    pub(super) fn from_value(value: Value) -> Result<Option<Self>, PlotError> {
        const PLACE: &str = "threshold";
        let is_pair = value.is_array();
        match value {
            Value::Null => Ok(None),
            pair if is_pair => {
                let [Bound(low), Bound(high)] = document::read(NAME, PLACE, pair)?;
                if low < high {
                    return Ok(Some(Self::Within(low, high)));
                }
                let cause = format!("expected [a, b] with a < b, found [{low:?}, {high:?}]");
                Err(field(PLACE, cause, "the event is a < y <= b"))
            }
            one => {
                let Bound(at) = document::read(NAME, PLACE, one)?;
                if at.is_finite() {
                    return Ok(Some(Self::AtMost(at)));
                }
                let cause = format!("expected a finite number or [a, b], found {at:?}");
                Err(field(PLACE, cause, "the event is y <= threshold"))
            }
        }
    }
}

impl Subject {
    pub(super) fn one_of_two(name: &str, other: &str) -> Self {
        Self::Class { name: name.to_owned(), other: Some(other.to_owned()) }
    }

    /// The event of a threshold, in the words of the file where it has them.
    pub(super) fn event(threshold: Threshold, words: Option<String>) -> Self {
        let holds = words.unwrap_or_else(|| match threshold {
            Threshold::AtMost(at) => format!("y_hat <= {at}"),
            Threshold::Within(low, high) => format!("{low} < y_hat <= {high}"),
        });
        let fails = negation(threshold, &holds).unwrap_or_else(|| format!("not ({holds})"));
        Self::Event { holds, fails }
    }

    /// Whether the prediction is a probability.
    pub(in crate::plot) fn is_probability(&self) -> bool {
        !matches!(self, Self::Value)
    }

    /// What the probability is of; none for a value.
    pub(in crate::plot) fn event_name(&self) -> Option<&str> {
        match self {
            Self::Class { name, .. } => Some(name),
            Self::Event { holds, .. } => Some(holds),
            Self::Value => None,
        }
    }
}

/// The opposite of an event in the same names and digits; none if it is worded in another way.
fn negation(threshold: Threshold, holds: &str) -> Option<String> {
    let (left, high) = holds.rsplit_once(" <= ")?;
    match threshold {
        Threshold::AtMost(_) => Some(format!("{left} > {high}")),
        Threshold::Within(..) => Some(match left.split_once(" < ") {
            Some((low, name)) => format!("{name} <= {low} || {name} > {high}"),
            None => format!("{left} > {high}"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(threshold: Threshold, words: Option<&str>) -> [String; 2] {
        match Subject::event(threshold, words.map(str::to_owned)) {
            Subject::Event { holds, fails } => [holds, fails],
            _ => Default::default(),
        }
    }

    #[test]
    fn an_event_has_its_negation() {
        let (at, within) = (Threshold::AtMost(137.0), Threshold::Within(95.0, 197.0));
        assert_eq!(words(at, Some("y_hat <= 137")), ["y_hat <= 137", "y_hat > 137"]);
        assert_eq!(words(within, Some("95 < y_hat <= 197")), ["95 < y_hat <= 197", "y_hat <= 95 || y_hat > 197"]);
        assert_eq!(words(at, None), ["y_hat <= 137", "y_hat > 137"]);
        assert_eq!(words(within, None), ["95 < y_hat <= 197", "y_hat <= 95 || y_hat > 197"]);
        assert_eq!(words(at, Some("price < 9 <= 137")), ["price < 9 <= 137", "price < 9 > 137"]);
        assert_eq!(words(Threshold::Within(f64::NEG_INFINITY, 9.0), Some("y_hat <= 9")), ["y_hat <= 9", "y_hat > 9"]);
        assert_eq!(words(within, Some("in the range")), ["in the range", "not (in the range)"]);
    }

    #[test]
    fn a_threshold_is_a_number_or_an_ascending_pair() -> Result<(), PlotError> {
        use serde_json::json;
        assert_eq!(Threshold::from_value(Value::Null)?, None);
        assert_eq!(Threshold::from_value(json!(137))?, Some(Threshold::AtMost(137.0)));
        assert_eq!(Threshold::from_value(json!(["-inf", 2]))?, Some(Threshold::Within(f64::NEG_INFINITY, 2.0)));
        for bad in
            [json!("137"), json!([1]), json!([1, 2, 3]), json!([2, 1]), json!([1, null]), json!({}), json!("inf")]
        {
            let code = Threshold::from_value(bad.clone()).err().map(|error| error.code());
            assert_eq!(code, Some("plot_invalid_field"), "{bad}");
        }
        Ok(())
    }
}
