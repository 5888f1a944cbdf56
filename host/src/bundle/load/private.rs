//! The judged bytes in a private copy, where the system has no sealed memory files. It never maps the original.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::bundle::digest::Digest;

/// A copy in a directory that only this user can enter. It stays for as long as the process maps it.
#[derive(Debug)]
pub(crate) struct Image {
    /// The copy, opened for reading after it was written: what is hashed is read through this.
    file: File,
    path: PathBuf,
    _dir: TempDir,
}

impl Image {
    /// These bytes.
    pub(crate) fn of(bytes: &[u8], name: &str) -> io::Result<Self> {
        let image = Self::copied(name, |file| file.write_all(bytes))?;
        if Digest::of(&image.bytes()?) != Digest::of(bytes) {
            return Err(io::Error::other("the copy differs from what was judged"));
        }
        Ok(image)
    }

    /// What an open file holds from where it stands, `n_bytes_max` bytes at most.
    pub(crate) fn read_from(file: &File, n_bytes_max: u64, name: &str) -> io::Result<Self> {
        Self::copied(name, |copy| io::copy(&mut file.take(n_bytes_max), copy).map(drop))
    }

    fn copied(name: &str, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<Self> {
        let dir = private_dir()?;
        let path = dir.path().join(format!("{name}{}", std::env::consts::DLL_SUFFIX));
        let mut copy = OpenOptions::new().write(true).create_new(true).open(&path)?;
        fill(&mut copy)?;
        let mut permissions = copy.metadata()?.permissions();
        permissions.set_readonly(true);
        copy.set_permissions(permissions)?;
        // Closed: a file that is open for writing could be refused by the loader.
        drop(copy);
        Ok(Self { file: File::open(&path)?, path, _dir: dir })
    }

    /// What the copy holds, for reading it here: the very file that is mapped.
    pub(crate) fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// There is no kernel to ask: the directory's permissions are what keeps the copy as it was.
    pub(crate) fn is_mapped_at(&self, _address: usize, _mappings: &Mappings) -> io::Result<bool> {
        Ok(true)
    }

    /// Likewise.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_mapped(&self, _mappings: &Mappings) -> io::Result<bool> {
        Ok(true)
    }

    /// Never: without sealed files there are no workers, so nobody passes one.
    #[cfg(target_os = "linux")]
    pub(crate) fn received(_file: std::os::fd::OwnedFd) -> io::Result<Self> {
        Err(io::Error::other("this host was built without sealed memory files, so it has no workers"))
    }
}

/// Elsewhere than on Unix a user's temporary files are the user's own by where they lie.
fn private_dir() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("ce-bundle-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

#[cfg(target_os = "linux")]
impl std::os::fd::AsFd for Image {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.file.as_fd()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_this_users_alone_and_goes_with_its_image() {
        let image = Image::of(b"judged", "ce-test").unwrap();
        assert_eq!(std::fs::read(image.path()).unwrap(), b"judged");
        assert!(image.path().metadata().unwrap().permissions().readonly());
        let dir = image.path().parent().unwrap().to_owned();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(dir.metadata().unwrap().permissions().mode() & 0o077, 0);
        }
        drop(image);
        assert!(!dir.exists());
    }

    #[test]
    fn what_is_read_back_is_the_copy() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a judged file").unwrap();
        file.rewind().unwrap();
        let image = Image::read_from(&file, 8, "ce-test").unwrap();
        file.set_len(0).unwrap();
        assert_eq!(image.bytes().unwrap(), b"a judged");
        assert_eq!(image.bytes().unwrap(), b"a judged", "as often as it is asked for");
    }
}
