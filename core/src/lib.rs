//! The mathematics of calibrated explanations: slices in, values out.
//!
//! This crate knows no file, clock, log, plugin or thread, and has no `unsafe`. It checks its input once, at the door of
//! each public function, and answers with an [`Error`] that names the offending place; it never panics on input.
#![deny(missing_docs)]

mod check;
pub mod error;
pub mod matrix;
pub mod rows;

pub mod interval;
pub mod pcg64;
pub mod quantile;
pub mod weight;
mod ziggurat;

pub mod venn_abers;

pub mod one_vs_rest;
pub mod predictive_system;

pub mod event;

mod mondrian;

pub mod difficulty;

pub mod calibrator;

pub mod bins;
pub mod discretizer;
pub mod grid;

pub mod alternative;
pub mod factual;

pub mod conjunction;

pub mod fast;
pub mod guard;

pub mod model;

pub mod analysis;

pub use error::Error;
pub use interval::Interval;
pub use matrix::Matrix;
pub use rows::Rows;
pub use weight::Weight;
