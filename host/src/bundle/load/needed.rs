//! What a bundle needs besides itself, mapped before it, so that the loader has nothing left to search for. It never maps a
//! library of the bundle's own that was not judged with it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::LoadCause;
use super::image::{Image, Mappings};
use super::library::{is_mapped, open_of_system, open_side_file};
use crate::bundle::digest::Digest;
use crate::bundle::trust::Trusted;

/// The side files that were mapped in this process, by the name that each goes by.
static MAPPED: LazyLock<Mutex<HashMap<String, Digest>>> = LazyLock::new(Mutex::default);

/// Maps what a bundle with side files needs: the system's libraries first, then the side files, each after those that it
/// needs itself. A bundle without any needs only what every process has, and brings no search path.
pub(super) fn map(trusted: &Trusted, mappings: &Mappings) -> Result<(), LoadCause> {
    if trusted.side_files().is_empty() {
        return Ok(());
    }
    trusted.needed_of_system().iter().try_for_each(|name| open_of_system(name))?;
    let mut mapped = MAPPED.lock().unwrap_or_else(PoisonError::into_inner);
    for file in trusted.side_files() {
        match mapped.get(&file.name) {
            Some(digest) if *digest == file.digest => continue,
            Some(_) => return Err(LoadCause::SideFileTaken(file.name.clone())),
            None => map_side_file(&file.name, &file.image, mappings)?,
        }
        mapped.insert(file.name.clone(), file.digest);
    }
    Ok(())
}

/// Maps a bundle's own library, and makes sure that it is the one which the bundle will get by its name.
pub(super) fn map_side_file(name: &str, image: &Arc<Image>, mappings: &Mappings) -> Result<(), LoadCause> {
    // The loader takes the first library of a name, which would not be the one that was judged.
    if is_mapped(name) {
        return Err(LoadCause::SideFileTaken(name.to_owned()));
    }
    open_side_file(Arc::clone(image))?;
    if !image.is_mapped(mappings).map_err(LoadCause::Image)? {
        return Err(LoadCause::OtherBytes);
    }
    // Else the bundle's need would be searched for on the disk, and whatever is found would run.
    if is_mapped(name) { Ok(()) } else { Err(LoadCause::SideFileName(name.to_owned())) }
}
