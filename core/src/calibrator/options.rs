//! What a calibrator's plugin can be told, by the names that its options have. It never fits.

use serde::Deserialize;

use crate::difficulty::{Measure, Parameters};
use crate::interval::Summary;
use crate::one_vs_rest::Normalization;

/// The options that all calibrators share. What is left out has its default.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default)]
pub struct Options {
    /// What is done about the probabilities of more than two classes not adding up to 1.
    pub normalization: Normalization,
    /// How the two bounds of a probability become one point estimate.
    pub summary: Summary,
    /// What is asked of a row's neighbours to estimate its difficulty.
    pub difficulty: Estimate,
    /// How many neighbours are asked.
    pub difficulty_neighbours: usize,
    /// What is added to each difficulty.
    pub difficulty_beta: f64,
    /// Whether difficulties are moved to `[0, 1]` before; those of classes always are.
    pub difficulty_scaled: bool,
}

/// Whether difficulties are estimated, and by what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimate {
    /// They are not.
    #[default]
    None,
    /// [`Measure::Distance`].
    Distance,
    /// [`Measure::StandardDeviation`].
    StandardDeviation,
    /// [`Measure::AbsoluteResiduals`].
    AbsoluteResiduals,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            normalization: Normalization::default(),
            summary: Summary::default(),
            difficulty: Estimate::default(),
            // The defaults of crepes.
            difficulty_neighbours: 25,
            difficulty_beta: 0.01,
            difficulty_scaled: false,
        }
    }
}

impl Options {
    /// How difficulties are estimated; none if they are not.
    #[must_use]
    pub fn estimated(&self) -> Option<Parameters> {
        let measure = match self.difficulty {
            Estimate::None => return None,
            Estimate::Distance => Measure::Distance,
            Estimate::StandardDeviation => Measure::StandardDeviation,
            Estimate::AbsoluteResiduals => Measure::AbsoluteResiduals,
        };
        Some(Parameters {
            measure,
            n_neighbours: self.difficulty_neighbours,
            beta: self.difficulty_beta,
            is_scaled: self.difficulty_scaled,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Estimate, Options};
    use crate::difficulty::{Measure, Parameters};
    use crate::interval::Summary;
    use crate::one_vs_rest::Normalization;

    #[test]
    fn what_is_left_out_has_its_default_and_nothing_is_estimated() {
        let options: Options = serde_json::from_str("{}").unwrap();
        assert_eq!(options, Options::default());
        assert_eq!(options.estimated(), None);
    }

    #[test]
    fn every_choice_has_the_name_that_the_package_gives_it() {
        let text = |key: &str, value: &str| format!(r#"{{"{key}": "{value}"}}"#);
        let read = |key, value| serde_json::from_str::<Options>(&text(key, value)).unwrap();
        for (value, expected) in [
            ("scale", Normalization::Scale),
            ("simplex", Normalization::Simplex),
            ("coherence", Normalization::Coherence),
            ("none", Normalization::None),
        ] {
            assert_eq!(read("normalization", value).normalization, expected);
        }
        for (value, expected) in [
            ("regularized_mean", Summary::RegularizedMean),
            ("mean", Summary::Mean),
            ("lower", Summary::Lower),
            ("upper", Summary::Upper),
        ] {
            assert_eq!(read("summary", value).summary, expected);
        }
        for (value, expected) in [
            ("distance", Measure::Distance),
            ("standard_deviation", Measure::StandardDeviation),
            ("absolute_residuals", Measure::AbsoluteResiduals),
        ] {
            let parameters = Parameters { measure: expected, n_neighbours: 25, beta: 0.01, is_scaled: false };
            assert_eq!(read("difficulty", value).estimated(), Some(parameters));
        }
        assert_eq!(read("difficulty", "none").difficulty, Estimate::None);
    }
}
