//! Which features an explanation leaves out, instance by instance. It never looks at a value.

use ce_plugin_api::PluginError;
use ce_plugin_api::data::find;
use ce_plugin_api::kind::Batch;

/// Marks of the features that are left out; about these nothing is asked, and there is no rule.
#[derive(Debug, Default, PartialEq)]
pub(super) struct LeftOut {
    n_features: usize,
    /// `[n_instances, n_features]`; empty where nothing is left out of any.
    marks: Vec<bool>,
}

impl LeftOut {
    /// What the caller ignores: the column `ignored` of the batch, 1 or 0 for each feature; NaN is 0.
    pub(super) fn ignored(batch: Batch<'_>) -> Result<Self, PluginError> {
        let (n_instances, n_features) = (batch.x.n_rows, batch.x.n_cols);
        let Some(column) = find(batch.extra.as_slice(), "ignored") else { return Ok(Self::default()) };
        let n_values = column.values.len();
        if column.width != n_features || Some(n_values) != n_instances.checked_mul(n_features) {
            return Err(PluginError::invalid_input(format!(
                "the column `ignored` has {n_values} values, {} for each instance, expected {n_features} for each of \
                 {n_instances}",
                column.width
            )));
        }
        Ok(Self { n_features, marks: column.values.iter().map(|&mark| mark == 1.0).collect() })
    }

    /// The marks of one instance, `[n_features]`, or empty where nothing is left out.
    pub(super) fn of(&self, instance_idx: usize) -> &[bool] {
        if self.marks.is_empty() { &[] } else { &self.marks[instance_idx * self.n_features..][..self.n_features] }
    }

    /// The same, and everything beside the features that `kept` lists for each instance.
    pub(super) fn keeping(&self, batch: Batch<'_>, kept: &[Vec<u32>]) -> Result<Self, PluginError> {
        let (n_instances, n_features) = (batch.x.n_rows, batch.x.n_cols);
        if kept.len() != n_instances {
            let message = format!("the state holds the features of {} instances, expected {n_instances}", kept.len());
            return Err(PluginError::corrupt(message));
        }
        let mut marks = vec![true; n_instances * n_features];
        for (instance_idx, kept) in kept.iter().enumerate() {
            let ignored = self.of(instance_idx);
            for &feature in kept {
                let feature = feature as usize;
                if feature >= n_features {
                    let message = format!("the state names column {feature}, there are {n_features} columns");
                    return Err(PluginError::corrupt(message));
                }
                marks[instance_idx * n_features + feature] = ignored.get(feature).is_some_and(|&ignored| ignored);
            }
        }
        Ok(Self { n_features, marks })
    }
}
