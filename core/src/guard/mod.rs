//! Guarded explanations: rules from bins whose representative still looks like the calibration data. The guard never calls
//! a model, and vouches for the representative of a bin alone, not for each of its values.
//!
//! A [`Guard`] tells how strange a row is, by a conformal test on its distance to the nearest calibration rows (Shafer and
//! Vovk 2008). A [`GuardedGrid`] asks it about one representative of each bin; a [`Planner`] says what to ask the model
//! about an instance, and [`GuardedGrid::rules`] reads the answers. One round, like that of a [`Grid`](crate::grid::Grid).

mod axis;
mod candidate;
mod confidence;
mod feature;
mod grid;
mod neighbours;
mod planner;
mod probe;

pub use candidate::Candidate;
pub use confidence::Confidence;
pub use grid::{GuardedGrid, GuardedRule, Kind};
pub use neighbours::Guard;
pub use planner::Planner;
pub use probe::{Probe, Probed};

#[cfg(test)]
mod tests;
