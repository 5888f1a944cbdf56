//! A file becomes a capability: discovered, inspected, judged, loaded, registered. Everything up to the judgement runs
//! nothing of the file; [`Survey`] ends there, and [`Survey::load`] goes on.

pub mod discover;

pub mod digest;
pub mod inspect;
pub mod platform;
pub mod side;

pub mod lock;
pub mod policy;
pub mod trust;

pub mod load;
pub mod source;

mod registration;

pub mod doctor;

pub mod catalog;
mod hints;
pub mod registry;
pub mod survey;

pub use catalog::Catalog;
pub use digest::Digest;
pub use hints::Hints;
pub use registration::Difference;
pub use source::{Sandbox, Source, SourceOrigin};
pub use survey::{Listing, Survey, SurveyError, Surveyed, SurveyedSide};
