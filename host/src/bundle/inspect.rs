//! One file, opened once and read whole: its digest, its platform, its manifest, all from the very same bytes. It never
//! runs anything of the file, and nothing of it is opened again.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ce_plugin_api::manifest::{Manifest, Problem, Problems, api_is_supported};
use ce_plugin_api::section::{self, SectionError};
use semver::Version;

use super::digest::Digest;
use super::platform::{self, PlatformError, PlatformFacts};

/// The largest file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 512 << 20;

/// A library that was looked at. What it says about itself is a claim; nothing here trusts it.
#[derive(Clone)]
pub struct Inspected {
    path: PathBuf,
    bytes: Arc<[u8]>,
    digest: Digest,
    facts: PlatformFacts,
    manifest: Result<Announced, ManifestError>,
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

/// Why a file cannot be looked at, or is no library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The file cannot be opened.
    #[error("expected to open `{}`, found that it cannot be: {source}; check the path and its permissions", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be read to its end.
    #[error("expected to read `{}` to its end, found that it cannot be: {source}; copy it again", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a directory, a pipe, a socket or a device.
    #[error("expected a regular file at `{}`, found another kind of entry: name the library itself", path.display())]
    NotRegular {
        /// The path.
        path: PathBuf,
    },
    /// The file is too large.
    #[error(
        "expected at most {FILE_BYTES_MAX} bytes in `{}`, found {n_bytes}: strip the library, and keep data beside it",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size, in bytes.
        n_bytes: u64,
    },
    /// Somebody writes to the file.
    #[error("expected `{}` to stay as it is, found that it changed while it was read: try again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The bytes are no library that can be understood.
    #[error("`{}`: {source}", path.display())]
    Platform {
        /// The file.
        path: PathBuf,
        /// What they are.
        source: PlatformError,
    },
}

impl InspectError {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Open { path, .. }
            | Self::Read { path, .. }
            | Self::NotRegular { path }
            | Self::TooLarge { path, .. }
            | Self::Changed { path }
            | Self::Platform { path, .. } => path,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "inspect.open",
            Self::Read { .. } => "inspect.read",
            Self::NotRegular { .. } => "inspect.not_regular",
            Self::TooLarge { .. } => "inspect.too_large",
            Self::Changed { .. } => "inspect.changed",
            Self::Platform { source, .. } => source.code(),
        }
    }
}

/// Why a library has no manifest that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// There is no section for it.
    #[error("no `{section}` section: not a bundle; build it with ce-plugin-api's export_bundle!")]
    NoSection {
        /// The name that the section would have.
        section: &'static str,
    },
    /// There is more than one.
    #[error("expected one `{section}` section, found several: call export_bundle! in one crate of the bundle only")]
    SeveralSections {
        /// The name of the sections.
        section: &'static str,
    },
    /// The section lies outside the file.
    #[error("expected the `{section}` section within the file, found it beyond its end: copy or build it again")]
    OutsideFile {
        /// The name of the section.
        section: &'static str,
    },
    /// The section holds something else.
    #[error(transparent)]
    Section(#[from] SectionError),
    /// The manifest cannot be understood, and the bundle was compiled against a boundary that this host does not speak.
    #[error("compiled against ce-plugin-api {found}, this host speaks {}", ce_plugin_api::VERSION)]
    PluginApi {
        /// The version that it was compiled against.
        found: Version,
    },
    /// The manifest is wrong.
    #[error(transparent)]
    Problems(#[from] Problems),
}

impl ManifestError {
    /// The stable code; of several problems the first one's.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSection { .. } => "inspect.no_manifest",
            Self::SeveralSections { .. } => "inspect.several_manifests",
            Self::OutsideFile { .. } => "inspect.manifest_outside_file",
            Self::Section(error) => error.code(),
            Self::PluginApi { .. } => "bundle.plugin_api",
            Self::Problems(problems) => problems.code(),
        }
    }
}

impl Inspected {
    /// Opens the file once, reads it whole and looks at the bytes.
    ///
    /// # Errors
    /// If it is no regular file, too large, cannot be read, changes meanwhile, or is no library. A pipe or a device does not
    /// block. A library without a usable manifest is no error here: [`Inspected::manifest`] says so.
    pub fn read(path: &Path) -> Result<Self, InspectError> {
        let bytes = read_whole(path)?;
        Self::from_bytes(path, bytes)
    }

    /// Looks at these bytes as if they had been read from `path`.
    ///
    /// # Errors
    /// If they are no library.
    pub fn from_bytes(path: &Path, bytes: impl Into<Arc<[u8]>>) -> Result<Self, InspectError> {
        let bytes = bytes.into();
        let read = platform::read(&bytes).map_err(|source| InspectError::Platform { path: path.to_owned(), source })?;
        let texts = read_texts(&read);
        let manifest = texts.clone().and_then(|texts| read_manifest(&texts));
        let (facts, texts) = (read.facts, texts.ok());
        Ok(Self { path: path.to_owned(), digest: Digest::of(&bytes), facts, manifest, texts, bytes })
    }

    /// What was found when the file was read earlier, for listings: without its bytes, so that it cannot be mapped. The
    /// manifest is parsed anew.
    pub(super) fn remembered(path: &Path, digest: Digest, facts: PlatformFacts, texts: Texts) -> Self {
        let texts = Arc::new(texts);
        let manifest = read_manifest(&texts);
        Self { path: path.to_owned(), digest, facts, manifest, texts: Some(texts), bytes: Arc::default() }
    }

    /// The texts that the manifest was parsed from, if there is a record.
    pub(super) fn texts(&self) -> Option<&Texts> {
        self.texts.as_deref()
    }

    /// The same without its bytes, for what is only shown.
    #[must_use]
    pub(super) fn without_bytes(self) -> Self {
        Self { bytes: Arc::default(), ..self }
    }

    /// Where the file was.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes that everything here was computed from, and the only ones that may be mapped. None in a
    /// [`Listing`](super::Listing).
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
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
}

/// Without the bytes, which would fill every log.
impl std::fmt::Debug for Inspected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspected")
            .field("path", &self.path)
            .field("n_bytes", &self.bytes.len())
            .field("digest", &self.digest)
            .field("facts", &self.facts)
            .field("manifest", &self.manifest)
            .finish()
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

fn read_whole(path: &Path) -> Result<Arc<[u8]>, InspectError> {
    let to_owned = || path.to_owned();
    let mut file = open(path).map_err(|source| InspectError::Open { path: to_owned(), source })?;
    let failed = |source| InspectError::Read { path: to_owned(), source };
    // Of the open file, not of the path, which may lead elsewhere by now.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(InspectError::NotRegular { path: to_owned() });
    }
    let n_bytes = metadata.len();
    if n_bytes > FILE_BYTES_MAX {
        return Err(InspectError::TooLarge { path: to_owned(), n_bytes });
    }
    // Allocated once and in place: copying from a vector would take the memory twice.
    let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, usize::try_from(n_bytes).unwrap_or(usize::MAX)).collect();
    let buffer = Arc::get_mut(&mut bytes).expect("nobody else has it yet");
    match file.read_exact(buffer) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(InspectError::Changed { path: to_owned() }),
        Err(error) => Err(failed(error)),
        Ok(()) if file.read(&mut [0]).map_err(failed)? > 0 => Err(InspectError::Changed { path: to_owned() }),
        Ok(()) => Ok(bytes),
    }
}

/// Opens without waiting: a pipe would else block until somebody writes to it, and a terminal could take control.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(test)]
#[path = "inspect_tests.rs"]
mod tests;
