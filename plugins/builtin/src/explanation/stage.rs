//! What an explainer over a grid remembers between rounds. It trusts nothing that it reads back.

use ce_core::conjunction::Rule;
use ce_plugin_api::kind::Batch;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::{Deserialize, Serialize};

/// What the round before asked about.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// The grid, of every feature that is not ignored: what is remembered where nothing is, the empty state.
    Whole,
    /// FAST, of every feature that is not ignored.
    Filter,
    /// The grid, of the features that the filter kept for each instance.
    Grid(Vec<Vec<u32>>),
    /// Conjunctions.
    Conjunctions(Found),
}

/// What is known when conjunctions of `size` conditions are asked about.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) size: usize,
    /// The edited rows of all rounds so far.
    pub(super) n_edits: usize,
    /// The rules of each instance so far, in their final order.
    pub(super) rules: Vec<Vec<Rule>>,
}

impl Stage {
    pub(super) fn save(&self) -> Result<Vec<u8>, PluginError> {
        postcard::to_allocvec(self).map_err(|error| PluginError::new(ErrorCode::Internal, error.to_string()))
    }

    pub(super) fn restore(batch: Batch<'_>) -> Result<Self, PluginError> {
        match batch.state.as_slice() {
            [] => Ok(Self::Whole),
            state => postcard::from_bytes(state).map_err(|error| PluginError::corrupt(error.to_string())),
        }
    }
}

impl Found {
    /// Checks what the core does not: how many instances there are, and how far the search may have come.
    pub(super) fn check(&self, n_instances: usize, max_rule_size: usize) -> Result<(), PluginError> {
        let Self { size, rules, .. } = self;
        if rules.len() != n_instances {
            let message = format!("the state holds the rules of {} instances, expected {n_instances}", rules.len());
            return Err(PluginError::corrupt(message));
        }
        if !(2..=max_rule_size).contains(size) {
            let message = format!("the state speaks of {size} conditions, expected 2 to {max_rule_size}");
            return Err(PluginError::corrupt(message));
        }
        Ok(())
    }
}
