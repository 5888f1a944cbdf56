//! The FAST filter: the features whose own calibrators move an instance's prediction most, before anything is asked about
//! the others. It edits no row.
//!
//! The published one keeps the union over a batch; here each instance keeps its own, since a batch of n is n batches of one.

use ce_core::bins::FeatureBins;
use ce_core::grid::Grid;
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Edits, QuestionsBuf};
use ce_plugin_api::kind::{Batch, Next};

use super::left_out::LeftOut;

/// Asks the calibrator of each feature that is not ignored about the unchanged instances.
pub(super) fn ask(grid: &Grid, batch: Batch<'_>, ignored: &LeftOut, state: Vec<u8>) -> Result<Next, PluginError> {
    let mut questions = QuestionsBuf::default();
    for (instance_idx, features) in weighed(grid, batch, ignored).enumerate() {
        for feature in features {
            questions.row.push(instance_idx as u32);
            questions.feature.push(feature);
        }
    }
    Ok(Next::Ask { edits: Edits::default(), questions, state })
}

/// The features of each instance with the `n_kept` largest absolute weights, ascending; of equal ones the lowest.
pub(super) fn kept(
    grid: &Grid,
    batch: Batch<'_>,
    ignored: &LeftOut,
    n_kept: usize,
) -> Result<Vec<Vec<u32>>, PluginError> {
    let mut answers = batch.answers.predict.iter();
    let kept = weighed(grid, batch, ignored).enumerate().map(|(instance_idx, features)| {
        let base = batch.base.predict[instance_idx];
        let mut weights: Vec<(u32, f64)> = Vec::new();
        for feature in features {
            let answer = answers.next().ok_or_else(|| {
                PluginError::corrupt("fewer answers came back than features were asked about".to_owned())
            })?;
            weights.push((feature, (base - answer).abs()));
        }
        weights.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut kept: Vec<u32> = weights.into_iter().take(n_kept).map(|(feature, _)| feature).collect();
        kept.sort_unstable();
        Ok(kept)
    });
    kept.collect()
}

/// For each instance the features that are weighed, ascending.
fn weighed<'a>(
    grid: &'a Grid,
    batch: Batch<'a>,
    ignored: &'a LeftOut,
) -> impl Iterator<Item = impl Iterator<Item = u32> + 'a> + 'a {
    (0..batch.x.n_rows).map(move |instance_idx| {
        let ignored = ignored.of(instance_idx);
        let features = (0..).zip(grid.features());
        let weighed = features.filter(|(feature, bins)| {
            let is_ignored = ignored.get(*feature as usize).is_some_and(|&is_ignored| is_ignored);
            !is_ignored && !matches!(bins, FeatureBins::Ignored(_))
        });
        weighed.map(|(feature, _)| feature)
    })
}
