//! The style `legacy`: pictures that look like those of the Python package, for reports that have always had them. It
//! chooses, ranks and counts rules exactly as the default style does.
//!
//! Where the package replaces an infinite bound by the smallest or largest target, the picture runs to the edge with an
//! arrow; where it draws a weight only by its interval, a thin line stands at the weight itself. The best alternative stands
//! on top.

pub mod builder;
pub mod renderer;

mod axes;
mod bars;
mod layout;
