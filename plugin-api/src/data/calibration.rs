//! What calibrators are fitted to.

use abi_stable::StableAbi;
use abi_stable::std_types::{RSlice, RStr};

use super::{Column, Matrix};

/// A calibration set with the learner's scores for it.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug)]
pub struct Calibration<'a> {
    /// The calibration rows, `[n, n_features]`, finite; categorical features as codes.
    pub x: Matrix<'a>,
    /// The targets, `[n]`: the index of the class, or the value.
    pub y: RSlice<'a, f64>,
    /// The learner's scores, `[n, n_outputs]`: a probability per class, or the predicted value.
    pub scores: Matrix<'a>,
    /// The Mondrian category of each row, `[n]`. Empty: calibration is not Mondrian.
    pub category: RSlice<'a, u32>,
    /// JSON: a [`Schema`](crate::schema::Schema).
    pub schema: RStr<'a>,
    /// Further columns, with one entry per calibration row, such as `difficulty`.
    pub extra: RSlice<'a, Column<'a>>,
}

impl<'a> Calibration<'a> {
    /// A calibration set without Mondrian categories and further columns.
    #[must_use]
    pub fn new(x: Matrix<'a>, y: &'a [f64], scores: Matrix<'a>, schema: &'a str) -> Self {
        Self {
            x,
            y: RSlice::from_slice(y),
            scores,
            category: RSlice::EMPTY,
            schema: RStr::from_str(schema),
            extra: RSlice::EMPTY,
        }
    }
}

/// What a calibrator's `fit` is handed beside the calibration set: in round 0 nothing, later what it asked for in the
/// round before.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// 0 for the first call, then one more each time.
    pub round: u32,
    /// The state that the round before returned.
    pub state: RSlice<'a, u8>,
    /// The scores of the edited rows that the round before asked for, `[n_edited, n_outputs]`.
    pub scores: Matrix<'a>,
    /// Further columns, with one entry per edited row.
    pub extra: RSlice<'a, Column<'a>>,
}

impl<'a> Asked<'a> {
    /// What the first round is handed.
    #[must_use]
    pub fn nothing(n_outputs: usize) -> Self {
        Self::new(0, &[], Matrix::empty(n_outputs))
    }

    /// What a later round is handed.
    #[must_use]
    pub fn new(round: u32, state: &'a [u8], scores: Matrix<'a>) -> Self {
        Self { round, state: RSlice::from_slice(state), scores, extra: RSlice::EMPTY }
    }
}
