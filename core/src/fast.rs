//! FAST explanations: one calibrator per feature, fitted on noise in that feature's place. It fits no calibrator
//! itself.
//!
//! Löfström et al., arXiv 2410.21129. The calibration data are tiled, each feature in turn is drowned in noise, and a
//! calibrator is fitted on the result; an instance is then explained without perturbing it.

use serde::Deserialize;

use crate::pcg64::Pcg64;
use crate::{Error, Interval, Matrix, Weight, check};

/// How often the calibration data are repeated by default.
pub const SCALE_FACTOR: usize = 5;

/// The default width of the noise, in ranges of the column.
pub const SEVERITY: f64 = 1.0;

/// How numeric noise is distributed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Uniform, from minus to plus `severity` ranges of the column.
    #[default]
    Uniform,
    /// Normal, with a deviation of `severity` standard deviations of the column. It is added to the value, like the uniform
    /// noise; the package that this project follows puts it in the value's place.
    Gaussian,
}

/// Numeric noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// How it is distributed.
    pub shape: Shape,
    /// How wide it is, in ranges or standard deviations of the column; 0 or more.
    pub severity: f64,
}

/// What kind of noise a column can bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Numbers, to which numbers can be added.
    Numeric,
    /// Codes, which can only change places.
    Categorical,
}

/// The weight of a feature: the step from its noised calibrator's answer for the unchanged instance to the base answer.
///
/// Both speak of the same thing: one class, one event, or the target itself, whose bounds may be infinite.
///
/// `None` if that changes neither the prediction nor its bounds by 1e-12: there is no rule then. Ignored features have
/// no rule either, and need not be asked about.
#[must_use]
pub fn rule_weight(base: Interval, feature: Interval) -> Option<Weight> {
    Weight::if_moved(base, feature)
}

/// One column, repeated `scale_factor` times as a whole and noised.
///
/// * `column`: `[n_cal]`, finite; the result is `[scale_factor * n_cal]`
/// * numeric: each entry plus a draw of noise as wide as `noise` says
/// * categorical: a permutation, drawn again up to 5 times until it differs from the repeated column; if it never does
///   (a constant column), the first two entries change places
///
/// Each row counts `scale_factor` times without a new label, so the intervals of a noised calibrator come out about
/// that much narrower than those of the base; this is the published method, and its numbers are followed.
///
/// # Errors
/// [`Error::Empty`] without rows, [`Error::NotFinite`] for the first value that is NaN or infinite, [`Error::Invalid`]
/// if `scale_factor` is 0 or too large, or the severity is negative or gives no finite noise.
pub fn noised_column(
    generator: &mut Pcg64,
    column: &[f64],
    kind: ColumnKind,
    scale_factor: usize,
    noise: Noise,
) -> Result<Vec<f64>, Error> {
    let width = checked_width(column, scale_factor, noise)?;
    Ok(noised(generator, column, kind, scale_factor, Noise { severity: width, ..noise }))
}

/// All columns in ascending order, noised with one generator: item f belongs to feature f.
///
/// Ignored features are noised too, as each draws from the generator and so moves the noise of those after it: skip
/// their items. `categorical` lists features, in any order.
///
/// # Errors
/// Those of [`noised_column`] for any column, and [`Error::OutOfRange`] for a categorical feature that does not exist.
pub fn noised_columns<'a>(
    x_cal: Matrix<'a>,
    categorical: &'a [usize],
    scale_factor: usize,
    noise: Noise,
    seed: u64,
) -> Result<impl Iterator<Item = Vec<f64>> + 'a, Error> {
    let is_categorical = check::marked("categorical feature", x_cal.n_cols(), categorical)?;
    for feature in 0..x_cal.n_cols() {
        checked_width(&x_cal.column(feature), scale_factor, noise)?;
    }
    let mut generator = Pcg64::new(seed);
    Ok((0..x_cal.n_cols()).map(move |feature| {
        let column = x_cal.column(feature);
        let kind = if is_categorical[feature] { ColumnKind::Categorical } else { ColumnKind::Numeric };
        let severity = width(&column, noise);
        noised(&mut generator, &column, kind, scale_factor, Noise { severity, ..noise })
    }))
}

/// Checks everything, and returns how wide the noise is in the column's own unit.
fn checked_width(column: &[f64], scale_factor: usize, noise: Noise) -> Result<f64, Error> {
    check::not_empty("calibration column", column)?;
    check::finite("calibration column", column)?;
    let fits = scale_factor > 0 && column.len().checked_mul(scale_factor).is_some_and(|n| u32::try_from(n).is_ok());
    check::rule("scale factor", fits, || format!("is {scale_factor}, 1 or more and at most 2^32 rows are needed"))?;
    let width = width(column, noise);
    // No normal draw goes as far as this many deviations, and no uniform one beyond a half.
    let sound = noise.severity >= 0.0 && (64.0 * width).is_finite();
    check::rule("severity", sound, || format!("is {}, the noise must be finite and not negative", noise.severity))?;
    Ok(width)
}

/// The severity times the range or the standard deviation of the column.
fn width(column: &[f64], noise: Noise) -> f64 {
    noise.severity
        * match noise.shape {
            Shape::Uniform => {
                let lowest = column.iter().copied().fold(f64::INFINITY, f64::min);
                column.iter().copied().fold(f64::NEG_INFINITY, f64::max) - lowest
            }
            Shape::Gaussian => {
                let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / column.len() as f64;
                let centre = mean(&mut column.iter().copied());
                mean(&mut column.iter().map(|value| (value - centre) * (value - centre))).sqrt()
            }
        }
}

/// The column with noise whose severity is its width in the column's own unit.
fn noised(generator: &mut Pcg64, column: &[f64], kind: ColumnKind, scale_factor: usize, noise: Noise) -> Vec<f64> {
    let mut tiled = column.repeat(scale_factor);
    let Noise { shape, severity: width } = noise;
    match (kind, shape) {
        (ColumnKind::Categorical, _) => return permuted(generator, tiled),
        (ColumnKind::Numeric, Shape::Uniform) => {
            tiled.iter_mut().for_each(|value| *value += generator.uniform(-width, width));
        }
        (ColumnKind::Numeric, Shape::Gaussian) => {
            tiled.iter_mut().for_each(|value| *value += width * generator.standard_normal());
        }
    }
    tiled
}

fn permuted(generator: &mut Pcg64, mut column: Vec<f64>) -> Vec<f64> {
    const ATTEMPTS: usize = 5;
    for _ in 0..ATTEMPTS {
        // Each attempt starts from the column itself: the generator's draws alone decide what comes out.
        let mut attempt = column.clone();
        generator.shuffle(&mut attempt);
        if attempt != column {
            return attempt;
        }
    }
    if let [first, second, ..] = &mut column[..] {
        std::mem::swap(first, second);
    }
    column
}

#[cfg(test)]
mod tests {
    use super::{ColumnKind, Noise, Shape, noised_column, noised_columns, rule_weight};
    use crate::pcg64::Pcg64;
    use crate::{Error, Interval, Matrix, Weight};

    #[test]
    fn numeric_noise_stays_within_the_severity_of_the_range() {
        let noise = noised_column(&mut Pcg64::new(1), &[0.0, 10.0], ColumnKind::Numeric, 100, uniform(0.5)).unwrap();
        assert_eq!(noise.len(), 200);
        assert!(noise.iter().enumerate().all(|(idx, value)| (value - 10.0 * (idx % 2) as f64).abs() <= 5.0));
    }

    const fn uniform(severity: f64) -> Noise {
        Noise { shape: Shape::Uniform, severity }
    }

    #[test]
    fn normal_noise_is_as_wide_as_the_column_and_keeps_its_values() {
        let gaussian = Noise { shape: Shape::Gaussian, severity: 0.5 };
        let column = [0.0, 10.0, 20.0];
        let noised = noised_column(&mut Pcg64::new(1), &column, ColumnKind::Numeric, 4000, gaussian).unwrap();
        let mut generator = Pcg64::new(1);
        let width = 0.5 * (200.0_f64 / 3.0).sqrt();
        for (idx, value) in noised.iter().enumerate() {
            let expected = column[idx % 3] + width * generator.standard_normal();
            assert!((value - expected).abs() < 1e-12, "{idx}");
        }
        let n = noised.len() as f64;
        let residuals = noised.iter().enumerate().map(|(idx, value)| value - column[idx % 3]);
        let deviation = (residuals.map(|residual| residual * residual).sum::<f64>() / n).sqrt();
        assert!((deviation / width - 1.0).abs() < 0.03, "{deviation}");
    }

    #[test]
    fn no_severity_is_no_noise() {
        let gaussian = Noise { shape: Shape::Gaussian, severity: 0.0 };
        let none = noised_column(&mut Pcg64::new(1), &[0.5, 2.0], ColumnKind::Numeric, 2, gaussian);
        assert_eq!(none, Ok(vec![0.5, 2.0, 0.5, 2.0]));
        let noise = noised_column(&mut Pcg64::new(1), &[0.5, 2.0], ColumnKind::Numeric, 2, uniform(0.0));
        assert_eq!(noise, Ok(vec![0.5, 2.0, 0.5, 2.0]));
    }

    #[test]
    fn categories_change_places_only() {
        let column = [0.0, 1.0, 2.0, 2.0];
        let mut noise = noised_column(&mut Pcg64::new(1), &column, ColumnKind::Categorical, 3, uniform(1.0)).unwrap();
        assert_ne!(noise, column.repeat(3));
        noise.sort_by(f64::total_cmp);
        let mut tiled = column.repeat(3);
        tiled.sort_by(f64::total_cmp);
        assert_eq!(noise, tiled);
    }

    #[test]
    fn a_permutation_that_changes_nothing_is_drawn_again() {
        for seed in 0..100 {
            let noise = noised_column(&mut Pcg64::new(seed), &[0.0, 1.0], ColumnKind::Categorical, 1, uniform(1.0));
            assert_eq!(noise, Ok(vec![1.0, 0.0]), "seed {seed}");
        }
    }

    #[test]
    fn a_constant_category_and_a_single_row_are_left_as_they_are() {
        assert_eq!(
            noised_column(&mut Pcg64::new(1), &[3.0], ColumnKind::Categorical, 2, uniform(1.0)),
            Ok(vec![3.0; 2])
        );
        assert_eq!(noised_column(&mut Pcg64::new(1), &[3.0], ColumnKind::Categorical, 1, uniform(1.0)), Ok(vec![3.0]));
        assert_eq!(noised_column(&mut Pcg64::new(1), &[3.0], ColumnKind::Numeric, 1, uniform(1.0)), Ok(vec![3.0]));
    }

    #[test]
    fn columns_share_one_generator() {
        let x_cal = Matrix::new(&[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], 3, 2).unwrap();
        let columns: Vec<Vec<f64>> = noised_columns(x_cal, &[1], 5, uniform(1.0), 9).unwrap().collect();
        let mut generator = Pcg64::new(9);
        let first = noised_column(&mut generator, &[0.0, 1.0, 2.0], ColumnKind::Numeric, 5, uniform(1.0)).unwrap();
        let second = noised_column(&mut generator, &[0.0, 1.0, 2.0], ColumnKind::Categorical, 5, uniform(1.0)).unwrap();
        assert_eq!(columns, [first, second]);
    }

    #[test]
    fn input_is_checked_at_the_door() {
        let mut generator = Pcg64::new(1);
        let mut noise = |column: &[f64], scale_factor, severity| {
            noised_column(&mut generator, column, ColumnKind::Numeric, scale_factor, uniform(severity))
        };
        assert_eq!(noise(&[], 5, 1.0), Err(Error::Empty { what: "calibration column" }));
        assert!(matches!(noise(&[1.0, f64::NAN], 5, 1.0), Err(Error::NotFinite { row_idx: 1, .. })));
        for (scale_factor, severity) in [(0, 1.0), (usize::MAX, 1.0), (5, -1.0), (5, f64::NAN), (5, f64::INFINITY)] {
            assert!(matches!(noise(&[1.0, 2.0], scale_factor, severity), Err(Error::Invalid { .. })));
        }
        assert!(matches!(noise(&[-f64::MAX, f64::MAX], 5, 1.0), Err(Error::Invalid { .. })));
        let x_cal = Matrix::new(&[0.0, 1.0], 2, 1).unwrap();
        let unknown = noised_columns(x_cal, &[1], 5, uniform(1.0), 0).err();
        assert_eq!(unknown, Some(Error::OutOfRange { what: "categorical feature", found: 1, limit: 1 }));
    }

    #[test]
    fn a_feature_that_changes_nothing_has_no_weight() {
        let base = Interval { predict: 0.5, low: 0.4, high: 0.6 };
        assert_eq!(rule_weight(base, base), None);
        let weight = rule_weight(base, Interval { predict: 0.25, ..base }).map(|weight| weight.weight);
        assert_eq!(weight, Some(0.25));
    }

    #[test]
    fn an_infinite_bound_of_the_feature_makes_its_weight_infinite() {
        let base = Interval { predict: 100.0, low: f64::NEG_INFINITY, high: 140.0 };
        let open = Interval { predict: 90.0, low: f64::NEG_INFINITY, high: f64::INFINITY };
        let weight = Weight { weight: 10.0, low: f64::NEG_INFINITY, high: f64::INFINITY };
        assert_eq!(rule_weight(base, open), Some(weight));
        assert_eq!(rule_weight(open, open), None);
        let closed = Interval { predict: 90.0, low: 80.0, high: 95.0 };
        assert_eq!(rule_weight(base, closed), Some(Weight { weight: 10.0, low: 5.0, high: 20.0 }));
    }
}
