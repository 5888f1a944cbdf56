//! What can be read off finished results: which rules to show, in which order, which predictions to hold back, and what
//! calibration bought. It never calibrates, explains or asks a model, and it changes nothing that it is handed.
//!
//! Slices go in; indices or new values come back. Rules are handed in as [`Candidate`]s, the instance that they are
//! about as a [`Subject`]:
//!
//! ```
//! use ce_core::analysis::{Candidate, Convention, Direction, Filter, Interval, Ranking, Scale, Subject};
//!
//! let subject = Subject { base: Interval { predict: 0.8, low: 0.7, high: 0.9 }, scale: Scale::Probability };
//! let rule = |predict, low, high| Candidate { prediction: Interval { predict, low, high }, ..Candidate::default() };
//! let rules = [rule(0.9, 0.85, 0.95), rule(0.6, 0.4, 0.8), rule(0.3, 0.2, 0.4)];
//!
//! let counter = Filter { directions: vec![Direction::Counter], ..Filter::default() };
//! assert_eq!(counter.kept(subject, &rules)?, [2]);
//!
//! let order = Ranking::ensured(0.5)?.order(Convention::Alternative(subject), &rules);
//! assert_eq!(order, [0, 1, 2], "certain and probable ones first");
//! # Ok::<(), ce_core::analysis::Error>(())
//! ```

mod candidate;
mod filter;
mod pareto;
mod rank;
mod select;

pub mod metrics;
pub mod reject;

pub use candidate::{Candidate, Direction, Scale, Subject};
pub use filter::Filter;
pub use pareto::Cost;
pub use rank::{Convention, ENSURED_WEIGHT, Ranking};
pub use select::{FeatureChoice, by_feature, by_size};

pub use crate::{Error, Interval, Matrix, Weight};
