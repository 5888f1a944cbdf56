//! One feature of the calibration rows, as distances see it. It never sums over features.

use serde::{Deserialize, Serialize};

use crate::{Error, check};

/// Columns narrower than this are taken to be so wide: nothing is divided by zero.
const RANGE_MIN: f64 = 1e-12;

/// One feature of every calibration row, `[n_rows]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Axis {
    /// Scaled so that the calibration values lie from 0 to 1.
    Numeric { lowest: f64, range: f64, places: Vec<f64> },
    /// Codes as they are. They are told apart, never ordered.
    Categorical { codes: Vec<f64> },
}

impl Axis {
    /// The axis of a calibration column, `[n_rows]`, at least one.
    pub(super) fn new(column: Vec<f64>, is_categorical: bool) -> Result<Self, Error> {
        check::finite("calibration column", &column)?;
        if is_categorical {
            return Ok(Self::Categorical { codes: column });
        }
        let lowest = column.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let range = (highest - lowest).max(RANGE_MIN);
        check::rule("calibration column", range.is_finite(), || {
            format!("reaches from {lowest} to {highest}, which is no finite range")
        })?;
        let places = column.iter().map(|value| (value - lowest) / range).collect();
        Ok(Self::Numeric { lowest, range, places })
    }

    pub(super) fn n_rows(&self) -> usize {
        match self {
            Self::Numeric { places, .. } => places.len(),
            Self::Categorical { codes } => codes.len(),
        }
    }

    /// Adds to each sum, `[n_rows]`, the square of how far `value` lies from the row.
    ///
    /// Two categories are at a squared distance of 2, as if each had a column of zeros and ones; a category that no row
    /// has, or NaN, has no such column, and lies at 1 from all. NaN of a numeric feature lies nowhere: all sums are NaN.
    pub(super) fn add(&self, value: f64, sums: &mut [f64]) {
        match self {
            Self::Numeric { lowest, range, places } => add_squares((value - lowest) / range, places, sums),
            Self::Categorical { codes } if codes.contains(&value) => add_mismatches(value, codes, sums),
            Self::Categorical { .. } => sums.iter_mut().for_each(|sum| *sum += 1.0),
        }
    }

    /// The same for the value of row `row_idx`, and the rows from `start` on alone.
    pub(super) fn add_row(&self, row_idx: usize, start: usize, sums: &mut [f64]) {
        match self {
            Self::Numeric { places, .. } => add_squares(places[row_idx], &places[start..], sums),
            Self::Categorical { codes } => add_mismatches(codes[row_idx], &codes[start..], sums),
        }
    }

    /// Checks what was restored: `n_rows` finite numbers, and a sound scale.
    pub(super) fn check(&self, n_rows: usize) -> Result<(), Error> {
        check::length("saved guard column", n_rows, self.n_rows())?;
        match self {
            Self::Numeric { lowest, range, places } => {
                let sound = lowest.is_finite() && range.is_finite() && *range >= RANGE_MIN;
                check::rule("saved guard column", sound, || format!("has the range {range} from {lowest} on"))?;
                let within = places.iter().all(|place| (0.0..=1.0).contains(place));
                check::rule("saved guard column", within, || "leaves the range from 0 to 1".into())
            }
            Self::Categorical { codes } => check::finite("saved guard column", codes),
        }
    }
}

fn add_squares(place: f64, places: &[f64], sums: &mut [f64]) {
    for (sum, other) in sums.iter_mut().zip(places) {
        let difference = other - place;
        *sum += difference * difference;
    }
}

fn add_mismatches(code: f64, codes: &[f64], sums: &mut [f64]) {
    for (sum, other) in sums.iter_mut().zip(codes) {
        *sum += if *other == code { 0.0 } else { 2.0 };
    }
}
