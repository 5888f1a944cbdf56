//! The pictures say what the explanations say: every bar is measured again, with the axis that the picture declares.

mod alternatives;
mod errors;
mod legacy;
mod support;
mod tasks;
mod weights;
