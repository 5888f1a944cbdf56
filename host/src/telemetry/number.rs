//! A number in the project's JSON, which has no tokens for what is not finite. It never rounds.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A float64: `"inf"`, `"-inf"`, and null for NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if value.is_nan() => serializer.serialize_none(),
            f64::INFINITY => serializer.serialize_str("inf"),
            f64::NEG_INFINITY => serializer.serialize_str("-inf"),
            value => serializer.serialize_f64(value),
        }
    }
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "number" }, { "enum": ["inf", "-inf", null] }] })
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn numbers_that_are_not_finite_have_their_texts() {
        let text = |value| serde_json::to_string(&Number(value)).unwrap();
        assert_eq!(text(0.1), "0.1");
        assert_eq!(text(f64::INFINITY), "\"inf\"");
        assert_eq!(text(f64::NEG_INFINITY), "\"-inf\"");
        assert_eq!(text(f64::NAN), "null");
    }
}
