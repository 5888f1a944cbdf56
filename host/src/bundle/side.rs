//! A bundle's own shared libraries: what it needs besides the system's, found beside it by name. It never decides whether
//! they may be mapped, and never looks anywhere else for them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::digest::Digest;
use super::inspect::{Copied, InspectError};
use super::load::image::Image;
use super::platform::{self, Format, Platform, PlatformFacts};

/// The most libraries of one bundle's own: a worker takes them all in one packet.
pub const SIDE_FILES_MAX: usize = 32;

/// The longest name, in bytes: no system has longer ones.
const NAME_BYTES_MAX: usize = 255;

/// A library of a bundle's own, to be mapped before it.
#[derive(Clone, Debug)]
pub struct SideFile {
    /// The name that it goes by: as it is needed, as it calls itself, and as its file is called.
    pub name: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The bytes that were judged.
    pub(crate) image: Arc<Image>,
}

/// What was found beside a bundle under a name that it needs, or that one of its libraries needs.
#[derive(Clone, Debug)]
pub struct SideFound {
    name: String,
    path: PathBuf,
    digest: Option<Digest>,
    needed_of_system: Vec<String>,
    fault: Option<SideFault>,
    image: Option<Arc<Image>>,
}

/// Why what a bundle needs is no library that could be pinned with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SideFault {
    /// Nothing of that name lies beside the bundle.
    Missing,
    /// The name is a path, hidden, too long, or has letters that a lock cannot hold.
    Name,
    /// It is needed as a filter or an auditor.
    Otherwise,
    /// The file cannot be read, or is no library. The text says why and what to do.
    Unreadable(String),
    /// It is a program or an object file.
    NotALibrary,
    /// It is for another platform.
    Platform(Platform),
    /// It calls itself something else, or nothing: the loader would not take it for what is needed.
    Soname(Option<String>),
    /// It needs itself, by way of others: there is no order to map them in.
    Cycle,
    /// The bundle has too many.
    TooMany,
}

impl SideFound {
    /// The name that is needed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it was looked for.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The digest of its bytes, if it could be read.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The system's libraries that it needs, in its own order.
    #[must_use]
    pub fn needed_of_system(&self) -> &[String] {
        &self.needed_of_system
    }

    /// Why it could not be pinned; nothing if it could.
    #[must_use]
    pub fn fault(&self) -> Option<&SideFault> {
        self.fault.as_ref()
    }

    pub(super) fn forget_bytes(&mut self) {
        self.image = None;
    }

    /// Its bytes, if it is in order and they were kept.
    pub(super) fn kept(&self) -> Option<SideFile> {
        let (digest, image) = (self.digest?, self.image.clone()?);
        self.fault.is_none().then(|| SideFile { name: self.name.clone(), digest, image })
    }
}

/// The message names no remedy: that is the bundle's refusal to say.
impl fmt::Display for SideFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("does not lie beside it"),
            Self::Name => f.write_str("is not the plain name of a file"),
            Self::Otherwise => f.write_str("is needed as a filter or an auditor, which cannot be pinned"),
            Self::Unreadable(why) => f.write_str(why),
            Self::NotALibrary => f.write_str("is no shared library"),
            Self::Platform(found) => write!(f, "is for {found}"),
            Self::Soname(None) => f.write_str("does not say what it is called (it has no DT_SONAME)"),
            Self::Soname(Some(found)) => write!(f, "calls itself `{}` (its DT_SONAME)", found.escape_debug()),
            Self::Cycle => f.write_str("needs itself, by way of others"),
            Self::TooMany => write!(f, "is one more than the {SIDE_FILES_MAX} that a bundle may have"),
        }
    }
}

impl SideFault {
    /// What the bundle's maker can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing => "put it beside the bundle, or link it statically",
            Self::Unreadable(_) => "see there, or link the library statically",
            Self::Platform(_) => "get the library for this host",
            Self::Soname(_) => "link it with `-Wl,-soname,` and the name that is needed, or `patchelf --set-soname`",
            Self::Name | Self::Otherwise | Self::NotALibrary | Self::Cycle | Self::TooMany => {
                "link the library statically"
            }
        }
    }
}

/// Whether a name can be that of a side file: a plain file name that stands in a lock without escapes.
#[must_use]
pub fn is_side_file_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'\\/:*?<>|$".contains(&byte);
    (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(is_plain)
}

/// Finds what a library needs, and what that needs, in the order in which they must be mapped: each after those that it
/// needs itself. `copy` copies a file of the library's directory, `dir`.
///
/// For other formats than ELF nothing is found, since their loaders go by paths.
pub(super) fn beside(
    dir: &Path,
    facts: &PlatformFacts,
    copy: &dyn Fn(&Path) -> Result<Copied, InspectError>,
) -> Vec<SideFound> {
    let mut search = Search { dir, platform: &facts.platform, copy, found: Vec::new(), under_way: Vec::new() };
    if facts.format == Format::Elf {
        search.all_of(facts);
    }
    search.found
}

struct Search<'a> {
    dir: &'a Path,
    platform: &'a Platform,
    copy: &'a dyn Fn(&Path) -> Result<Copied, InspectError>,
    found: Vec<SideFound>,
    under_way: Vec<String>,
}

impl Search<'_> {
    fn all_of(&mut self, facts: &PlatformFacts) {
        for name in &facts.needed_foreign {
            if facts.needed_otherwise.contains(name) {
                self.add_faulty(name, SideFault::Otherwise);
            } else if self.under_way.contains(name) {
                self.add_faulty(name, SideFault::Cycle);
            } else if !self.found.iter().any(|found| found.name == *name) {
                self.one(name);
            }
        }
    }

    fn one(&mut self, name: &str) {
        if self.found.len() + self.under_way.len() >= SIDE_FILES_MAX {
            return self.add_faulty(name, SideFault::TooMany);
        }
        if !is_side_file_name(name) {
            return self.add_faulty(name, SideFault::Name);
        }
        let copied = match (self.copy)(&self.dir.join(name)) {
            Ok(copied) => copied,
            Err(InspectError::Open { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return self.add_faulty(name, SideFault::Missing);
            }
            Err(error) => return self.add_faulty(name, SideFault::Unreadable(error.to_string())),
        };
        let facts = match platform::read(&copied.bytes) {
            Ok(read) => read.facts,
            Err(error) => return self.add_faulty(name, SideFault::Unreadable(error.to_string())),
        };
        let fault = self.fault(name, &facts);
        if fault.is_none() {
            self.under_way.push(name.to_owned());
            self.all_of(&facts);
            self.under_way.pop();
        }
        self.found.push(SideFound {
            name: name.to_owned(),
            path: self.dir.join(name),
            digest: Some(Digest::of(&copied.bytes)),
            needed_of_system: facts.needed_system,
            fault,
            image: copied.image,
        });
    }

    fn fault(&self, name: &str, facts: &PlatformFacts) -> Option<SideFault> {
        if facts.platform != *self.platform {
            return Some(SideFault::Platform(facts.platform.clone()));
        }
        if !facts.is_shared_library {
            return Some(SideFault::NotALibrary);
        }
        (facts.soname.as_deref() != Some(name)).then(|| SideFault::Soname(facts.soname.clone()))
    }

    /// Once for a name: a library that is needed often is not at fault more often.
    fn add_faulty(&mut self, name: &str, fault: SideFault) {
        let is_new =
            self.found.len() <= SIDE_FILES_MAX && !self.found.iter().any(|f| f.name == name && f.fault.is_some());
        if is_new {
            self.found.push(SideFound {
                name: name.to_owned(),
                path: self.dir.join(name),
                digest: None,
                needed_of_system: Vec::new(),
                fault: Some(fault),
                image: None,
            });
        }
    }
}

#[cfg(test)]
#[path = "side_tests.rs"]
mod tests;
