//! What the tests across crates share: where the fixture bundles lie, and scratch places to install and trust them in. It
//! never asserts anything about a bundle.

mod built;
mod hostile;
mod raw;
mod scratch;
mod source;

pub use built::{build, bundle_path, ce_program, example_of, fast_bundle, profile, program_path, target_dir};
pub use hostile::c_bundle;
pub use raw::{OwnLibrary, RawBundle, empty_library};
pub use scratch::Scratch;
pub use source::{SourceFile, sources, workspace_root};
