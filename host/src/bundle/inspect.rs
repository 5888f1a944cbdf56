//! One file, opened once and copied once: its digest, its platform, its manifest, and what is mapped later, all from that
//! copy. It never runs anything of the file, and nothing of it is opened again.

mod error;
#[cfg_attr(not(unix), path = "inspect/open_elsewhere.rs")]
mod open;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ce_plugin_api::manifest::{Manifest, Problem, Problems, api_is_supported};
use ce_plugin_api::section;
use semver::Version;

pub use error::{InspectError, ManifestError, Writers};

use super::digest::Digest;
use super::discover::Candidate;
use super::load::image::Image;
use super::platform::{self, PlatformFacts};
use super::side::{self, SideFile, SideFound};

/// The largest file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 512 << 20;

/// A library that was looked at. What it says about itself is a claim; nothing here trusts it.
#[derive(Clone, Debug)]
pub struct Inspected {
    path: PathBuf,
    n_bytes: u64,
    digest: Digest,
    facts: PlatformFacts,
    manifest: Result<Announced, ManifestError>,
    side_files: Vec<SideFound>,
    image: Option<Arc<Image>>,
    texts: Option<Arc<Texts>>,
}

/// The two texts of a record, whatever is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Texts {
    pub(super) plugin_api: String,
    pub(super) manifest: String,
}

#[derive(Clone, Debug)]
struct Announced {
    manifest: Manifest,
    warnings: Vec<Problem>,
}

/// Whose word it is that a file is looked at.
#[derive(Clone, Copy, Debug)]
enum Place<'a> {
    /// Somebody named the file itself, wherever it leads.
    Named,
    /// It was found in a plugins directory, and must lie there.
    Plugins {
        dir: &'a Path,
        /// Read where the system's access lists are.
        #[cfg_attr(not(unix), allow(dead_code))]
        allow_writable: bool,
    },
}

/// What is looked at a file for.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    /// It may be mapped: what is looked at is a sealed copy.
    Loading,
    /// It is only shown.
    Showing,
}

/// A file that was copied: nobody can change what is looked at from here on.
pub(super) struct Copied {
    /// What may be mapped; none of a file that is only shown.
    pub(super) image: Option<Arc<Image>>,
    pub(super) bytes: Vec<u8>,
}

impl Inspected {
    /// Opens the file that somebody named, copies it and looks at the copy. A link is followed wherever it leads.
    ///
    /// # Errors
    /// If it is no regular file, too large, cannot be read, changes meanwhile, can be written by everybody, or is no
    /// library. A pipe or a device does not block. A library without a usable manifest is no error here:
    /// [`Inspected::manifest`] says so.
    pub fn read(path: &Path) -> Result<Self, InspectError> {
        Self::read_at(path, Place::Named, Purpose::Loading)
    }

    /// The same for a file that was found in a plugins directory. With `allow_writable` files are taken that others than
    /// the user and root can write to or own.
    ///
    /// # Errors
    /// As for [`Inspected::read`]; also if it leads out of its directory, if a group can write to it or to the directory,
    /// and if one of the two belongs to another user.
    pub fn read_in(candidate: &Candidate, allow_writable: bool) -> Result<Self, InspectError> {
        Self::read_at(&candidate.path, Place::Plugins { dir: &candidate.dir, allow_writable }, Purpose::Loading)
    }

    /// The same for what is only shown: no copy is sealed, and nothing of it can be mapped.
    ///
    /// # Errors
    /// As for [`Inspected::read_in`].
    pub fn look_in(candidate: &Candidate, allow_writable: bool) -> Result<Self, InspectError> {
        Self::read_at(&candidate.path, Place::Plugins { dir: &candidate.dir, allow_writable }, Purpose::Showing)
    }

    fn read_at(path: &Path, place: Place<'_>, purpose: Purpose) -> Result<Self, InspectError> {
        let mut inspected = Self::of(path, copy(path, place, purpose)?)?;
        inspected.side_files = side::beside(directory(path), inspected.facts(), &|file| copy(file, place, purpose));
        Ok(inspected)
    }

    /// Looks at these bytes as if they had been read from `path`, with nothing beside it.
    ///
    /// # Errors
    /// If they are no library.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, InspectError> {
        let failed = |source| InspectError::Read { path: path.to_owned(), source };
        let image = Some(Arc::new(Image::of(bytes, IMAGE_NAME).map_err(failed)?));
        let mut inspected = Self::of(path, Copied { image, bytes: bytes.to_vec() })?;
        inspected.side_files = side::beside(directory(path), inspected.facts(), &|file| {
            Err(InspectError::Open { path: file.to_owned(), source: io::ErrorKind::NotFound.into() })
        });
        Ok(inspected)
    }

    fn of(path: &Path, copied: Copied) -> Result<Self, InspectError> {
        let Copied { image, bytes } = copied;
        let read = platform::read(&bytes).map_err(|source| InspectError::Platform { path: path.to_owned(), source })?;
        let texts = read_texts(&read);
        let manifest = texts.clone().and_then(|texts| read_manifest(&texts));
        Ok(Self {
            path: path.to_owned(),
            n_bytes: bytes.len() as u64,
            digest: Digest::of(&bytes),
            facts: read.facts,
            manifest,
            texts: texts.ok(),
            side_files: Vec::new(),
            image,
        })
    }

    /// What was found when the file was read earlier, for listings: without its bytes, so that it cannot be mapped. The
    /// manifest is parsed anew. A file that has libraries of its own beside it is never remembered.
    pub(super) fn remembered(path: &Path, n_bytes: u64, digest: Digest, facts: PlatformFacts, texts: Texts) -> Self {
        let texts = Arc::new(texts);
        let manifest = read_manifest(&texts);
        let (path, side_files) = (path.to_owned(), Vec::new());
        Self { path, n_bytes, digest, facts, manifest, texts: Some(texts), side_files, image: None }
    }

    /// The texts that the manifest was parsed from, if there is a record.
    pub(super) fn texts(&self) -> Option<&Texts> {
        self.texts.as_deref()
    }

    /// Where the file was.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The size of the file, in bytes.
    #[must_use]
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// The bytes that everything here was computed from, and the only ones that may be mapped.
    ///
    /// # Errors
    /// If they were not kept, or cannot be read back.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        match &self.image {
            Some(image) => image.bytes(),
            None => Err(io::Error::other("the bytes were not kept")),
        }
    }

    /// The SHA-256 of the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Where it runs, and what it would map besides itself.
    #[must_use]
    pub fn facts(&self) -> &PlatformFacts {
        &self.facts
    }

    /// Its own libraries beside it, or why one is none, in the order in which they must be mapped.
    #[must_use]
    pub fn side_files(&self) -> &[SideFound] {
        &self.side_files
    }

    /// What it says about itself.
    ///
    /// # Errors
    /// Why there is no usable manifest.
    pub fn manifest(&self) -> Result<&Manifest, &ManifestError> {
        self.manifest.as_ref().map(|announced| &announced.manifest)
    }

    /// What is odd about the manifest. Empty if there is no usable one.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        self.manifest.as_ref().map_or(&[], |announced| &announced.warnings)
    }

    /// The same without the copies, for what is only shown: memory and open files are for what may run.
    #[must_use]
    pub(super) fn without_bytes(mut self) -> Self {
        self.image = None;
        self.side_files.iter_mut().for_each(SideFound::forget_bytes);
        self
    }

    /// The copies of the file and of its side files; nothing if they were not kept, or a side file is none.
    pub(super) fn images(&self) -> Option<(Arc<Image>, Vec<SideFile>)> {
        let side_files = self.side_files.iter().map(SideFound::kept).collect::<Option<_>>()?;
        Some((Arc::clone(self.image.as_ref()?), side_files))
    }
}

fn read_texts(read: &platform::Read<'_>) -> Result<Arc<Texts>, ManifestError> {
    let section = read.facts.format.manifest_section();
    let bytes = match read.sections.as_slice() {
        [] => return Err(ManifestError::NoSection { section }),
        [None] => return Err(ManifestError::OutsideFile { section }),
        [Some(bytes)] => bytes,
        _ => return Err(ManifestError::SeveralSections { section }),
    };
    let record = section::read(bytes)?;
    Ok(Arc::new(Texts { plugin_api: record.plugin_api.to_owned(), manifest: record.manifest.to_owned() }))
}

fn read_manifest(texts: &Texts) -> Result<Announced, ManifestError> {
    match Manifest::parse(&texts.manifest, &texts.plugin_api) {
        Ok((manifest, warnings)) => Ok(Announced { manifest, warnings }),
        Err(problems) => Err(newer_api(&texts.plugin_api, &problems).unwrap_or(ManifestError::Problems(problems))),
    }
}

/// A bundle for a newer boundary may announce what this host has no name for. Then the version is what is wrong, not the
/// manifest.
fn newer_api(plugin_api: &str, problems: &Problems) -> Option<ManifestError> {
    let found = Version::parse(plugin_api).ok()?;
    let host = Version::parse(ce_plugin_api::VERSION).ok()?;
    let is_newer = !api_is_supported(&found, &host) && problems.code() != "manifest.schema_version";
    is_newer.then_some(ManifestError::PluginApi { found })
}

fn directory(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// What a copy is called where the system shows names.
const IMAGE_NAME: &str = "ce-bundle";

/// Copies a file once, and reads the copy back: what is hashed and parsed is what would be mapped. What is only shown is read
/// where it lies.
fn copy(path: &Path, place: Place<'_>, purpose: Purpose) -> Result<Copied, InspectError> {
    let failed = |source| InspectError::Read { path: path.to_owned(), source };
    let file = open::open(path, place)?;
    let state = |file: &File| file.metadata().and_then(|metadata| Ok((metadata.len(), metadata.modified()?)));
    let before = state(&file).map_err(failed)?;
    let n_bytes = before.0;
    if n_bytes > FILE_BYTES_MAX {
        return Err(InspectError::TooLarge { path: path.to_owned(), n_bytes });
    }
    // One byte more than there should be: a file that grows is found out.
    let (image, bytes) = match purpose {
        Purpose::Loading => {
            let image = Image::read_from(&file, n_bytes + 1, IMAGE_NAME).map_err(failed)?;
            let bytes = image.bytes().map_err(failed)?;
            (Some(Arc::new(image)), bytes)
        }
        Purpose::Showing => {
            let mut bytes = Vec::with_capacity(usize::try_from(n_bytes).unwrap_or_default() + 1);
            (&file).take(n_bytes + 1).read_to_end(&mut bytes).map_err(failed)?;
            (None, bytes)
        }
    };
    // Writers that the clock does not show leave a mixture, which has a digest that nobody trusts.
    if bytes.len() as u64 != n_bytes || state(&file).map_err(failed)? != before {
        return Err(InspectError::Changed { path: path.to_owned() });
    }
    Ok(Copied { image, bytes })
}

#[cfg(test)]
#[path = "inspect_tests.rs"]
mod tests;
