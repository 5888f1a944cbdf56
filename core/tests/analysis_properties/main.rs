//! What must hold of filters, rankings, rejects and metrics on any input. It never compares with the Python package: that
//! is what `golden` does.

use ce_core::analysis::Interval;
use proptest::prelude::*;

mod metrics;
mod reject;
mod rules;

/// Numbers with many ties, some of them on the decision boundary.
pub(crate) fn step() -> impl Strategy<Value = f64> {
    prop_oneof![(0_u8..=8).prop_map(|step| f64::from(step) / 8.0), 0.0..1.0]
}

pub(crate) fn interval() -> impl Strategy<Value = Interval> {
    [step(), step(), step()].prop_map(|mut bounds| {
        bounds.sort_by(f64::total_cmp);
        Interval { predict: bounds[1], low: bounds[0], high: bounds[2] }
    })
}
