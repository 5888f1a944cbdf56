//! The explanations of instances by rules over a grid of bins: factual and alternative ones. Both ask the same, and differ
//! in how fine their grid is and in what they read off the answers.

mod alternative;
mod factual;
mod over_grid;

pub use alternative::Alternative;
pub use factual::Factual;
pub use over_grid::GridExplainer;

#[cfg(test)]
mod tests;
