//! Opens a file where it may lie, and checks on the open file that nobody else could have put it there. It never waits, and
//! never reads.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::{InspectError, Place, Writers};

const BY_GROUP: u32 = 0o020;
const BY_EVERYBODY: u32 = 0o002;
/// In a directory with this bit nobody removes or renames what belongs to others.
const STICKY: u32 = 0o1000;

/// Opens without waiting: a pipe would else block until somebody writes to it, and a terminal could take control.
const FLAGS: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// Opens a regular file.
///
/// # Errors
/// [`InspectError`] if it is none, leads out of its directory, or others than the user and root can change it.
pub(super) fn open(path: &Path, place: Place<'_>) -> Result<File, InspectError> {
    let file = match place {
        Place::Named => anywhere(path).map_err(|source| failed(path, source))?,
        Place::Plugins { dir, .. } => beneath(dir, path)?,
    };
    // Of the open file, not of the path, which may lead elsewhere by now.
    let metadata = file.metadata().map_err(|source| failed(path, source))?;
    if !metadata.is_file() {
        return Err(InspectError::NotRegular { path: path.to_owned() });
    }
    match place {
        Place::Named => check_named(path, &metadata)?,
        Place::Plugins { allow_writable: true, .. } => {}
        Place::Plugins { dir, .. } => check_installed(path, dir, &metadata)?,
    }
    Ok(file)
}

fn failed(path: &Path, source: io::Error) -> InspectError {
    InspectError::Open { path: path.to_owned(), source }
}

fn anywhere(path: &Path) -> io::Result<File> {
    Ok(File::from(rustix::fs::open(path, FLAGS, Mode::empty())?))
}

/// Opens a file of a directory, through links too, as long as they stay there.
fn beneath(dir: &Path, path: &Path) -> Result<File, InspectError> {
    #[cfg(target_os = "linux")]
    if let Some(opened) = resolved_beneath(dir, path) {
        return opened.map_err(|source| failed(path, source));
    }
    let file = anywhere(path).map_err(|source| failed(path, source))?;
    lies_beneath(&file, dir, path)?;
    Ok(file)
}

/// By the kernel's own rule. Nothing where that rule says no, which it says of an absolute link too even if that stays in
/// the directory, and where the kernel does not have it.
#[cfg(target_os = "linux")]
fn resolved_beneath(dir: &Path, path: &Path) -> Option<io::Result<File>> {
    use rustix::fs::ResolveFlags;
    use rustix::io::Errno;

    let name = path.strip_prefix(dir).ok()?;
    let directory = rustix::fs::open(dir, OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let rule = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(directory, name, FLAGS, Mode::empty(), rule) {
        Ok(file) => Some(Ok(File::from(file))),
        Err(Errno::XDEV | Errno::AGAIN | Errno::NOSYS | Errno::PERM | Errno::INVAL) => None,
        Err(error) => Some(Err(error.into())),
    }
}

/// By where the path leads now, and that the open file is what lies there.
fn lies_beneath(file: &File, dir: &Path, path: &Path) -> Result<(), InspectError> {
    let opened = file.metadata().map_err(|source| failed(path, source))?;
    let found = fs::canonicalize(path).map_err(|source| failed(path, source))?;
    let directory = fs::canonicalize(dir).map_err(|source| failed(dir, source))?;
    if !found.starts_with(&directory) {
        return Err(InspectError::Outside { path: path.to_owned(), dir: dir.to_owned(), found });
    }
    let lying = fs::symlink_metadata(&found).map_err(|source| failed(path, source))?;
    if (lying.dev(), lying.ino()) != (opened.dev(), opened.ino()) {
        return Err(InspectError::Changed { path: path.to_owned() });
    }
    Ok(())
}

/// What somebody names may lie where a group builds it, but not where everybody writes.
fn check_named(path: &Path, metadata: &Metadata) -> Result<(), InspectError> {
    let writable = |what: &Path| {
        Err(InspectError::Writable {
            path: path.to_owned(),
            what: what.to_owned(),
            by: Writers::Everybody,
            is_named: true,
        })
    };
    if metadata.mode() & BY_EVERYBODY != 0 {
        return writable(path);
    }
    let (dir, held) = directory_of(path)?;
    if held.mode() & BY_EVERYBODY != 0 && held.mode() & STICKY == 0 { writable(&dir) } else { Ok(()) }
}

/// What lies in a plugins directory is the user's or root's alone, and so is the directory, and the one that a link leads
/// to. A sticky directory may be everybody's: nobody replaces there what belongs to others.
fn check_installed(path: &Path, dir: &Path, metadata: &Metadata) -> Result<(), InspectError> {
    check(path, path, metadata, false)?;
    let held = fs::metadata(dir).map_err(|source| failed(dir, source))?;
    check(path, dir, &held, true)?;
    let (real_dir, really_held) = directory_of(path)?;
    if (held.dev(), held.ino()) == (really_held.dev(), really_held.ino()) {
        return Ok(());
    }
    check(path, &real_dir, &really_held, true)
}

fn check(path: &Path, what: &Path, metadata: &Metadata, is_directory: bool) -> Result<(), InspectError> {
    let (user, owner) = (rustix::process::geteuid().as_raw(), metadata.uid());
    if owner != user && owner != 0 {
        return Err(InspectError::Owner { path: path.to_owned(), what: what.to_owned(), owner, user });
    }
    let by = match metadata.mode() {
        mode if is_directory && mode & STICKY != 0 => return Ok(()),
        mode if mode & BY_EVERYBODY != 0 => Writers::Everybody,
        mode if mode & BY_GROUP != 0 => Writers::Group,
        _ => return Ok(()),
    };
    Err(InspectError::Writable { path: path.to_owned(), what: what.to_owned(), by, is_named: false })
}

/// The directory that a file really lies in.
fn directory_of(path: &Path) -> Result<(PathBuf, Metadata), InspectError> {
    let found = fs::canonicalize(path).map_err(|source| failed(path, source))?;
    let dir = found.parent().unwrap_or(Path::new("/")).to_owned();
    let held = fs::metadata(&dir).map_err(|source| failed(path, source))?;
    Ok((dir, held))
}
