//! Mapping and registering in a worker: the bundle comes as sealed files from the host, which has judged them. It opens no
//! file by name.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use super::LoadCause;
use super::image::{Image, Mappings};
use super::library::{self, Library};
use super::needed;
use crate::bundle::registration::Registration;
use crate::bundle::registry::Plugin;

/// What a worker loads with. Made while files can still be opened.
#[derive(Debug)]
pub(crate) struct Loader {
    mappings: Mappings,
}

impl Loader {
    pub(crate) fn new() -> io::Result<Self> {
        Mappings::open().map(|mappings| Self { mappings })
    }

    /// Maps sealed files, a bundle's own libraries first and itself last, and registers it. Returns what was registered, in
    /// order.
    pub(crate) fn load(
        &self,
        side_files: &[String],
        mut files: Vec<OwnedFd>,
    ) -> Result<Vec<(String, Plugin)>, LoadCause> {
        let nothing = || LoadCause::Image(io::Error::other("no file was passed"));
        let bundle = Image::received(files.pop().ok_or_else(nothing)?).map_err(LoadCause::Image)?;
        if side_files.len() != files.len() {
            return Err(nothing());
        }
        for (name, file) in side_files.iter().zip(files) {
            let image = Arc::new(Image::received(file).map_err(LoadCause::Image)?);
            needed::map_side_file(name, &image, &self.mappings)?;
        }
        let mut registration = Registration::default();
        Library::of_image(Arc::new(bundle), &self.mappings)?.register(&mut registration)?;
        Ok(registration.into_plugins())
    }
}

/// Maps libraries of the system, while files can still be opened.
pub(crate) fn preload(names: &[String]) -> Result<(), LoadCause> {
    names.iter().try_for_each(|name| library::open_of_system(name))
}
