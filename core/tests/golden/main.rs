//! The crate against the numbers of the Python package that it follows. It never regenerates them.
//!
//! Each test asserts how many numbers it has compared, so that a fixture that goes missing cannot go unnoticed.

mod explained;
mod model;
mod support;

mod alternatives;
mod conjunctions;
mod discretizer;
mod factual;
mod fast;
mod filters;
mod guard;
mod ranking;
mod regression;
mod reject;
mod venn_abers;
