//! Files that change at once or not at all, and one editor at a time. It never knows what it writes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The right to edit the files of one directory, held until it is dropped. Other processes and threads wait.
#[derive(Debug)]
pub(in crate::bundle) struct Exclusive {
    _file: File,
}

impl Exclusive {
    /// Waits for the right to edit the directory that `path` lies in, which is created when there is none.
    ///
    /// The guard is a file of its own that stays: `ce.toml` and `ce.lock` are replaced by renaming, which would leave
    /// a lock on them with the old file, and removing the guard would let two editors in.
    pub(in crate::bundle) fn acquire(path: &Path) -> io::Result<Self> {
        let directory = parent(path);
        fs::create_dir_all(directory)?;
        let guard = directory.join(".ce-edit.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(guard)?;
        file.lock()?;
        Ok(Self { _file: file })
    }
}

/// Replaces a file, or makes it; readers see the old bytes or the new ones. A link is followed, and the permissions of
/// the old file are kept.
pub(in crate::bundle) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = follow(path)?;
    let new = beside(&target, bytes)?;
    if let Ok(old) = fs::metadata(&target) {
        new.as_file().set_permissions(old.permissions())?;
    }
    new.persist(&target).map_err(|error| error.error)?;
    sync_directory(parent(&target))
}

/// Makes a directory, and those above it, that only this user can write to, whatever the user's other files are like.
pub(crate) fn make_directory(path: &Path) -> io::Result<()> {
    make_with_mode(path, 0o755)
}

/// Makes a directory, and those above it, that only this user can look into.
pub(crate) fn make_private_directory(path: &Path) -> io::Result<()> {
    make_with_mode(path, 0o700)
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "other systems have no modes"))]
fn make_with_mode(path: &Path, mode: u32) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    builder.recursive(true).create(path)
}

/// Makes a file that everybody may read.
///
/// # Errors
/// `AlreadyExists` if there is anything at `path`; it is left alone.
pub(in crate::bundle) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    make_directory(parent(path))?;
    let new = beside(path, bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        new.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    new.persist_noclobber(path).map_err(|error| error.error)?;
    sync_directory(parent(path))
}

/// A temporary file with these bytes on the disk, in the same directory, so that renaming it is atomic.
fn beside(target: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut new = tempfile::Builder::new().prefix(".ce-").suffix(".tmp").tempfile_in(parent(target))?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    Ok(new)
}

fn follow(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() => {
            Ok(path.to_owned())
        }
        found => found,
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The rename itself must outlive a crash, or a lock that was written first could come second.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}
