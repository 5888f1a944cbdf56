//! The explanations of instances by rules over a grid of bins: factual and alternative ones. Both ask the same, and differ
//! in how fine their grid is and in what they read off the answers.

mod alternative;
mod chosen;
mod factual;
mod fast_filter;
mod fitting;
mod guarded;
mod left_out;
mod over_grid;
mod rule_columns;
mod stage;

pub use alternative::Alternative;
pub use chosen::RuleExplainer;
pub use factual::Factual;
pub use guarded::GuardedExplainer;
pub use over_grid::GridExplainer;

#[cfg(test)]
mod tests;
