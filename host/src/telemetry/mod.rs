//! What is told about a run, to whom, and in which form. It is on the ground floor: it knows no report, no plugin and no
//! file, and nothing here changes a number.

mod number;
mod shared;
pub mod sink;
pub mod snapshot;

pub use number::Number;
pub(crate) use shared::Shared;
pub use sink::Sink;
pub use snapshot::{SCHEMA_VERSION, Snapshot};

/// The JSON Schema (2020-12) that every snapshot fulfils.
#[must_use]
pub fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Snapshot>().to_value()
}
