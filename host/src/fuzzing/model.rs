//! Bytes as a portable model, opened and asked as the host does. It never asks a model that wants more room than it is given.

use ce_builtin::learner::Portable;
use ce_plugin_api::data::{Edits, Matrix, Rows};
use ce_plugin_api::kind::LearnerPluginHandle;
use ce_plugin_api::{ErrorCode, PluginError};

use super::told;
use crate::explain::Model;

/// Numbers in a row or in its scores that are asked about at most: a file of few bytes may name a column far out.
const WIDTH_MAX: usize = 1 << 12;

/// Reads bytes as a model. One that is accepted scores a row of zeros with finite numbers or says why not, and an edited row
/// as the same row written out.
pub fn model(bytes: &[u8]) {
    let learner = match LearnerPluginHandle::new(Portable).open(bytes, "{}") {
        Ok(learner) => learner,
        Err(error) => return refused(&error),
    };
    let model = match Model::from_handle(learner, "fuzzed", "fuzzed", None) {
        Ok(model) => model,
        Err(fault) => return told(fault.code(), &fault),
    };
    let (n_features, n_outputs) = (model.info().n_features, model.info().n_outputs);
    if n_features > WIDTH_MAX || n_outputs > WIDTH_MAX {
        return;
    }
    let (mut base, mut edits) = (vec![0.0; n_features], Edits::default());
    edits.push(0, 0, 1.0);
    edits.push(0, n_features as u32 - 1, -1e300);
    let edited = asked(&model, Rows::edited(matrix(&base), &edits), n_outputs);
    for (row_idx, (feature, value)) in [(0, 0.0), (0, 1.0), (n_features - 1, -1e300)].into_iter().enumerate() {
        base.fill(0.0);
        base[feature] = value;
        let dense = asked(&model, Rows::dense(matrix(&base)), n_outputs);
        assert_eq!(dense, edited[row_idx * n_outputs..][..n_outputs], "row {row_idx}");
    }
}

fn matrix(row: &[f64]) -> Matrix<'_> {
    Matrix::new(row, 1, row.len()).expect("one row")
}

/// The scores of rows, bit by bit. Where the host refuses them, there is no finite score to compare, but a reason.
fn asked(model: &Model, rows: Rows<'_>, n_outputs: usize) -> Vec<u64> {
    let mut scores = vec![f64::NAN; rows.n_rows() * n_outputs];
    match model.predict(rows, &mut scores) {
        Ok(()) => assert!(scores.iter().all(|score| score.is_finite()), "{scores:?}"),
        Err(fault) => told(fault.code(), &fault),
    }
    scores.into_iter().map(f64::to_bits).collect()
}

fn refused(error: &PluginError) {
    assert_ne!(error.code, ErrorCode::Panicked as u32, "{error}");
    told(ErrorCode::name(error.code), error);
}
