//! Opens a file where it may lie, on systems whose access lists are not read. It never reads.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::{InspectError, Place};

/// Opens a regular file.
///
/// # Errors
/// [`InspectError`] if it is none, or leads out of its directory.
pub(super) fn open(path: &Path, place: Place<'_>) -> Result<File, InspectError> {
    let failed = |source: io::Error| InspectError::Open { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(InspectError::NotRegular { path: path.to_owned() });
    }
    if let Place::Plugins { dir, allow_writable: _ } = place {
        let found = fs::canonicalize(path).map_err(failed)?;
        if !found.starts_with(fs::canonicalize(dir).map_err(failed)?) {
            return Err(InspectError::Outside { path: path.to_owned(), dir: dir.to_owned(), found });
        }
    }
    Ok(file)
}
