//! How a model reads its inputs and rounds its outputs. Between the two everything is float64.

/// The precision in which a model reads its inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// As they are.
    #[default]
    Float64,
    /// Rounded to the nearest float32 first, as scikit-learn's trees do. What is too large for a float32 becomes
    /// infinite.
    Float32,
}

impl Input {
    /// One input as the model sees it.
    #[must_use]
    pub fn read(self, value: f64) -> f64 {
        match self {
            Self::Float64 => value,
            Self::Float32 => f64::from(value as f32),
        }
    }
}

/// How outputs are rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rounding {
    /// `10^decimals`; none: outputs are exact.
    scale: Option<f64>,
}

impl Rounding {
    /// Outputs are left as they are.
    pub const EXACT: Self = Self { scale: None };

    /// The most decimals that a float64 between 0 and 1 can always hold.
    pub const DECIMALS_MAX: u8 = 15;

    /// Outputs are `floor(v * 10^decimals + 0.5) / 10^decimals`; none for more than [`Self::DECIMALS_MAX`] decimals.
    #[must_use]
    pub fn to_decimals(decimals: u8) -> Option<Self> {
        // Written out: the powers up to 10^22 are exact as literals, and `powi` promises nothing.
        const SCALES: [f64; Rounding::DECIMALS_MAX as usize + 1] =
            [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
        SCALES.get(usize::from(decimals)).map(|&scale| Self { scale: Some(scale) })
    }

    /// One output, rounded. NaN and infinities stay what they are; a number so large that it overflows when it is scaled
    /// becomes infinite, so that nobody takes it for rounded.
    #[must_use]
    pub fn round(self, value: f64) -> f64 {
        match self.scale {
            None => value,
            Some(scale) => (value * scale + 0.5).floor() / scale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_half_up_at_the_decimal_asked_for() {
        let two = Rounding::to_decimals(2).unwrap();
        assert_eq!(two.round(0.125), 0.13);
        assert_eq!(two.round(-0.125), -0.12);
        assert_eq!(Rounding::to_decimals(0).unwrap().round(0.5), 1.0);
        assert_eq!(Rounding::EXACT.round(0.1 + 0.2), 0.1 + 0.2);
        assert!(two.round(f64::NAN).is_nan());
        assert_eq!(two.round(-f64::MAX), f64::NEG_INFINITY);
    }

    #[test]
    fn more_than_fifteen_decimals_are_refused() {
        assert!(Rounding::to_decimals(15).is_some());
        assert!(Rounding::to_decimals(16).is_none());
    }

    #[test]
    fn float32_input_is_rounded_to_nearest() {
        assert_eq!(Input::Float64.read(0.1), 0.1);
        assert_eq!(Input::Float32.read(0.1), f64::from(0.1_f32));
        assert_eq!(Input::Float32.read(1e300), f64::INFINITY);
        assert!(Input::Float32.read(f64::NAN).is_nan());
    }
}
