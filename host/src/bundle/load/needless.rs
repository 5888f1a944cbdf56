//! Where no bundle brings libraries of its own, since none is trusted with them. It never maps anything.

use super::LoadCause;
use super::image::Mappings;
use crate::bundle::trust::Trusted;

/// Nothing to map.
pub(super) fn map(_trusted: &Trusted, _mappings: &Mappings) -> Result<(), LoadCause> {
    Ok(())
}
