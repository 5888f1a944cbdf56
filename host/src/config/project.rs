//! The `ce.toml` of the project that somebody works in, which may come from a stranger. It never grants anything.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ConfigError;
use super::file::ConfigFile;

/// Finds a project's `ce.toml` and reads it: from the working directory upward, up to the repository's root (where
/// `.git` is) or the home directory, both included. The nearest one counts. The user's own files, of which one may lie
/// unread in its usual place, are no project's.
///
/// # Errors
/// A file of another user than this one or root, a file that everybody can write, and a file that says what only the
/// user may say.
pub(super) fn load<'a>(
    working_dir: &Path,
    home: Option<&Path>,
    mut user_files: impl Iterator<Item = &'a Path>,
) -> Result<Option<(PathBuf, ConfigFile)>, ConfigError> {
    let Some(path) = find(working_dir, home) else { return Ok(None) };
    if user_files.any(|user_file| is_same(&path, user_file)) {
        return Ok(None);
    }
    let file = open(&path)?;
    let config = ConfigFile::read(file, &path)?;
    refuse_grants(&config)?;
    Ok(Some((path, config)))
}

fn find(working_dir: &Path, home: Option<&Path>) -> Option<PathBuf> {
    // Symbolic links and `..` would lead the walk past the directories that end it.
    let start = working_dir.canonicalize().unwrap_or_else(|_| working_dir.to_owned());
    let home = home.map(|home| home.canonicalize().unwrap_or_else(|_| home.to_owned()));
    for directory in start.ancestors() {
        let candidate = directory.join("ce.toml");
        if candidate.symlink_metadata().is_ok() {
            return Some(candidate);
        }
        let is_last = home.as_deref() == Some(directory) || directory.join(".git").symlink_metadata().is_ok();
        if is_last {
            return None;
        }
    }
    None
}

/// Whether two paths lead to one file; not if either cannot be followed.
fn is_same(left: &Path, right: &Path) -> bool {
    matches!((left.canonicalize(), right.canonicalize()), (Ok(left), Ok(right)) if left == right)
}

/// Opens a regular file and checks whose it is: the link, if it is one, and the file that was opened.
fn open(path: &Path) -> Result<File, ConfigError> {
    let unreadable = |cause: io::Error| ConfigError::Unreadable { path: path.to_owned(), cause: Arc::new(cause) };
    let link = path.symlink_metadata().map_err(unreadable)?;
    // Opening a pipe would wait for ever.
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")));
    }
    let file = File::open(path).map_err(unreadable)?;
    let opened = file.metadata().map_err(unreadable)?;
    access::check(path, &link, &opened).map_err(|denied| match denied {
        access::Denied::System(cause) => unreadable(cause),
        access::Denied::Owner { owner, user } => ConfigError::ProjectOwner { path: path.to_owned(), owner, user },
        access::Denied::Writable => ConfigError::ProjectWorldWritable { path: path.to_owned() },
    })?;
    Ok(file)
}

/// What a project may say: which identifiers, what is denied, and more telemetry. Everything else is the user's.
fn refuse_grants(config: &ConfigFile) -> Result<(), ConfigError> {
    let mut forbidden = Vec::new();
    if let Some(trusted) = &config.trusted {
        forbidden.push((&trusted.at, "plugins.trusted".to_owned(), "trusts code"));
    }
    if let Some(dirs) = &config.dirs {
        forbidden.push((&dirs.at, "plugins.dirs".to_owned(), "says where code comes from"));
    }
    if let Some(allowed) = &config.allow_writable {
        forbidden.push((&allowed.at, "plugins.allow_writable".to_owned(), "takes code that others can change"));
    }
    for (slot, fallbacks) in &config.fallbacks {
        forbidden.push((&fallbacks.at, format!("{}.{}", slot.section(), slot.fallbacks_key()), "permits substitutes"));
    }
    for (identifier, options) in &config.options {
        forbidden.push((&options.at, format!("options.\"{identifier}\""), "sets a plugin's options"));
    }
    if let Some(isolation) = &config.isolation {
        forbidden.push((&isolation.at, "isolation".to_owned(), "says where bundles run and what they may do"));
    }
    forbidden.sort_by_key(|(at, _, _)| (at.line, at.column));
    match forbidden.into_iter().next() {
        Some((at, key, why)) => Err(ConfigError::ProjectForbidden { at: at.clone(), key, why }),
        None => Ok(()),
    }
}

/// Refuses a file that grants trust if everybody may write to it: then everybody may grant.
///
/// # Errors
/// [`ConfigError::WorldWritable`], or why the file cannot be looked at.
pub(crate) fn check_not_everybodys(file: &File, path: &Path) -> Result<(), ConfigError> {
    let unreadable = |cause| ConfigError::Unreadable { path: path.to_owned(), cause: Arc::new(cause) };
    let opened = file.metadata().map_err(unreadable)?;
    if access::everybody_writes(&opened) { Err(ConfigError::WorldWritable { path: path.to_owned() }) } else { Ok(()) }
}

#[cfg(unix)]
pub(super) mod access {
    //! Whose a file is, and who may write it.

    use std::fs::Metadata;
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    const WRITE_BY_OTHERS: u32 = 0o002;

    #[derive(Debug)]
    pub(in crate::config) enum Denied {
        System(io::Error),
        Owner { owner: u32, user: u32 },
        Writable,
    }

    pub(in crate::config) fn check(_path: &Path, link: &Metadata, opened: &Metadata) -> Result<(), Denied> {
        decide(&[link.uid(), opened.uid()], opened.mode(), current_user().map_err(Denied::System)?)
    }

    /// `owners` of the link and of the file behind it, `mode` of the file: a link's own mode means nothing.
    pub(in crate::config) fn decide(owners: &[u32], mode: u32, user: u32) -> Result<(), Denied> {
        const ROOT: u32 = 0;
        if let Some(&owner) = owners.iter().find(|owner| **owner != user && **owner != ROOT) {
            return Err(Denied::Owner { owner, user });
        }
        if mode & WRITE_BY_OTHERS != 0 { Err(Denied::Writable) } else { Ok(()) }
    }

    pub(in crate::config) fn everybody_writes(opened: &Metadata) -> bool {
        opened.mode() & WRITE_BY_OTHERS != 0
    }

    /// The effective user: the owner of this process on Linux, of a new file elsewhere. A Linux process that may not
    /// be inspected counts as root's, so that the user's own file is refused rather than a stranger's taken.
    fn current_user() -> io::Result<u32> {
        match std::fs::metadata("/proc/self") {
            Ok(process) => Ok(process.uid()),
            Err(_) => Ok(tempfile::tempfile()?.metadata()?.uid()),
        }
    }
}

#[cfg(not(unix))]
pub(super) mod access {
    //! This system's access lists are not read: a project's file cannot grant anything anyway.

    use std::fs::Metadata;
    use std::io;
    use std::path::Path;

    #[derive(Debug)]
    #[expect(dead_code, reason = "the shape that Unix fills")]
    pub(in crate::config) enum Denied {
        System(io::Error),
        Owner { owner: u32, user: u32 },
        Writable,
    }

    pub(in crate::config) fn check(_path: &Path, _link: &Metadata, _opened: &Metadata) -> Result<(), Denied> {
        Ok(())
    }

    pub(in crate::config) fn everybody_writes(_opened: &Metadata) -> bool {
        false
    }
}
