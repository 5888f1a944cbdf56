//! Numbers as the project's JSON carries them and as people read them. It decides no precision by itself.
//!
//! As a serde module (`#[serde(with = "number")]`): finite numbers stand as numbers, the others as `"inf"`, `"-inf"`
//! and null.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        serializer.serialize_f64(*value)
    } else if value.is_nan() {
        serializer.serialize_unit()
    } else {
        serializer.serialize_str(if *value > 0.0 { "inf" } else { "-inf" })
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    struct Reader;
    impl Visitor<'_> for Reader {
        type Value = f64;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a number, \"inf\", \"-inf\" or null")
        }
        fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
            Ok(value)
        }
        fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
            Ok(value as f64)
        }
        fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
            Ok(value as f64)
        }
        fn visit_unit<E: Error>(self) -> Result<f64, E> {
            Ok(f64::NAN)
        }
        fn visit_str<E: Error>(self, value: &str) -> Result<f64, E> {
            match value {
                "inf" => Ok(f64::INFINITY),
                "-inf" => Ok(f64::NEG_INFINITY),
                other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
            }
        }
    }
    deserializer.deserialize_any(Reader)
}

/// How the numbers of one column are written, so that their digits line up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// So many decimals.
    Fixed(usize),
    /// One digit, two decimals and a power of ten.
    Scientific,
}

impl Notation {
    /// From here on a number of a column has an exponent though the others have none, and so has one that is nearer to zero
    /// than `SMALL` and not zero. Below `NOISE` it is what rounding left, as everywhere in the method.
    const LARGE: f64 = 1e15;
    const SMALL: f64 = 1e-5;
    const NOISE: f64 = 1e-12;

    /// Three significant digits for the largest magnitude of the column. Not finite or zero: three decimals.
    pub(super) fn for_magnitude(magnitude: f64) -> Self {
        if !magnitude.is_finite() || magnitude <= 0.0 {
            return Self::Fixed(3);
        }
        // A hair below, so that a probability of exactly 1 is written with three decimals like all the others.
        let exponent = (magnitude * 0.999).log10().floor();
        if !(-3.0..7.0).contains(&exponent) {
            return Self::Scientific;
        }
        Self::Fixed((2.0 - exponent).clamp(0.0, 5.0) as usize)
    }

    /// The number with a true minus sign, `∞` for infinities, `n/a` for NaN, and never a negative zero.
    pub(super) fn write(self, value: f64) -> String {
        if value.is_nan() {
            return "n/a".to_owned();
        }
        let is_extreme = value.abs() >= Self::LARGE || (Self::NOISE..Self::SMALL).contains(&value.abs());
        let digits = match self {
            _ if value.is_infinite() => "∞".to_owned(),
            _ if value == 0.0 => "0".to_owned(),
            Self::Fixed(_) if is_extreme => format!("{:.2e}", value.abs()),
            Self::Fixed(decimals) => format!("{:.decimals$}", value.abs()),
            Self::Scientific => format!("{:.2e}", value.abs()),
        };
        let vanished = digits.bytes().all(|byte| byte == b'0' || byte == b'.');
        match (value < 0.0, vanished) {
            (true, false) => format!("−{digits}"),
            _ => digits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let three = Notation::for_magnitude(1.0);
        assert_eq!(three, Notation::Fixed(3));
        assert_eq!(three.write(0.25), "0.250");
        assert_eq!(three.write(-0.25), "−0.250");
        assert_eq!(three.write(-0.0), "0");
        assert_eq!(three.write(-1e-4), "0.000");
        assert_eq!(three.write(-1e-9), "−1.00e-9");
        assert_eq!(three.write(-2.8e-17), "0.000");
        assert_eq!(three.write(2.5e15), "2.50e15");
        assert_eq!(three.write(f64::NEG_INFINITY), "−∞");
        assert_eq!(three.write(f64::NAN), "n/a");
        assert_eq!(Notation::for_magnitude(3e-9).write(-1.5e-9), "−1.50e-9");
        assert_eq!(Notation::for_magnitude(152.3).write(152.3), "152");
        assert_eq!(Notation::for_magnitude(f64::MAX).write(f64::MAX), "1.80e308");
    }
}
