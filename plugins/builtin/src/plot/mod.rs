//! The built-in plots: explanations become a PlotSpec, and a PlotSpec becomes an SVG picture, in the default look or in that
//! of the Python package ([`legacy`]).
//!
//! Builders and renderers are pure functions of their texts: they read no file, ask no clock and know no plugin boundary. The
//! PlotSpec between them is a documented format ([`spec`]), so that either half can be replaced by a third party's.

mod document;
mod error;
mod number;

pub mod spec;

mod draw;

pub mod builder;
pub mod renderer;

pub mod legacy;

mod plugin;

pub use error::PlotError;
pub use plugin::{DefaultBuilder, DefaultRenderer, LegacyBuilder, LegacyRenderer};
