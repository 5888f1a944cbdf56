//! The judged bytes in a private copy, where the system has no sealed memory files. It never maps the original.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::bundle::digest::Digest;

/// A copy in a directory that only this user can enter. It stays for as long as the process maps it.
#[derive(Debug)]
pub(crate) struct Image {
    _dir: TempDir,
    path: PathBuf,
}

impl Image {
    pub(crate) fn of(bytes: &[u8], name: &str) -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix("ce-bundle-").tempdir()?;
        let path = dir.path().join(format!("{name}{}", std::env::consts::DLL_SUFFIX));
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if Digest::of(&std::fs::read(&path)?) != Digest::of(bytes) {
            return Err(io::Error::other("the copy differs from what was judged"));
        }
        Ok(Self { _dir: dir, path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// There is no kernel to ask: the directory's permissions are what keeps the copy as it was.
    pub(crate) fn is_mapped_at(&self, _address: usize, _mappings: &Mappings) -> io::Result<bool> {
        Ok(true)
    }
}

/// Nothing that could be asked.
#[derive(Debug)]
pub(crate) struct Mappings;

impl Mappings {
    pub(crate) fn open() -> io::Result<Self> {
        Ok(Self)
    }
}
