//! Where results go, and files that appear whole or not at all. It never overwrites what the command reads.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::failure::Failure;
use super::io::shown;

/// Where a result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// `-`.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl From<OsString> for Destination {
    fn from(text: OsString) -> Self {
        if text == "-" { Self::Stdout } else { Self::File(text.into()) }
    }
}

/// Checks that every file can be made, that no two flags name the same one, and that none is read.
pub(crate) fn check(
    outputs: &[(&str, &Destination)],
    plots: Option<&PathBuf>,
    inputs: &[(&str, &Path)],
) -> Result<(), Failure> {
    if let Some(dir) = plots {
        if dir.exists() && !dir.is_dir() {
            return Err(Failure::unwritable(dir, "it is no directory"));
        }
        in_directory("--plot", dir)?;
    }
    let mut seen: Vec<(&str, PathBuf)> = inputs.iter().map(|(flag, path)| (*flag, identity(path))).collect();
    for (flag, destination) in outputs {
        let Destination::File(path) = destination else { continue };
        if path.is_dir() {
            return Err(Failure::unwritable(path, "it is a directory"));
        }
        in_directory(flag, path)?;
        let own = identity(path);
        if let Some((other, _)) = seen.iter().find(|(_, known)| *known == own) {
            let message = format!("{other} and {flag} both name {}: name another file for {flag}", shown(path));
            return Err(Failure::not_asked("output.same_file", message));
        }
        seen.push((flag, own));
    }
    Ok(())
}

/// Checks that there is a directory for what a flag names.
fn in_directory(flag: &str, path: &Path) -> Result<(), Failure> {
    if path.as_os_str().is_empty() {
        return Err(Failure::not_asked("usage", format!("{flag} names nothing: expected a path, found an empty text")));
    }
    if directory(path).is_dir() {
        return Ok(());
    }
    let message = format!("{flag} {}: there is no directory `{}`: make it first", shown(path), shown(directory(path)));
    Err(Failure::not_asked("output.no_directory", message))
}

/// A file that was written beside its place and waits to be moved there. Dropped, it is gone.
#[derive(Debug)]
pub(crate) enum Staged {
    /// Waits beside its place.
    Beside { written: NamedTempFile, target: PathBuf },
    /// Went straight into a pipe or a device, which must not be replaced by a file.
    Straight,
}

impl Staged {
    /// Writes what is to be at `path`.
    pub(crate) fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Self, Failure> {
        Self::try_write(path, fill).map_err(|error| Failure::unwritable(path, error))
    }

    fn try_write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let old = fs::metadata(path).ok();
        if old.as_ref().is_some_and(|old| !old.is_file()) {
            let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
            fill(&mut out)?;
            out.flush()?;
            return Ok(Self::Straight);
        }
        // Of a link, the file that it leads to is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut out = BufWriter::new(temporary(directory(&target))?);
        fill(&mut out)?;
        let written = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        if let Some(old) = old {
            written.as_file().set_permissions(old.permissions())?;
        }
        Ok(Self::Beside { written, target })
    }

    /// Moves it to its place, over what was there.
    pub(crate) fn place(self) -> Result<(), Failure> {
        match self {
            Self::Straight => Ok(()),
            Self::Beside { written, target } => {
                written.persist(&target).map(drop).map_err(|error| Failure::unwritable(&target, error.error))
            }
        }
    }
}

/// A file that everybody may read whom the user lets read new files, unlike the usual temporary ones.
fn temporary(dir: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ce-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(dir)
}

/// The directory of a file.
fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The same for every way to write the path of one file, which need not be there.
fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let dir = fs::canonicalize(directory(path)).unwrap_or_else(|_| directory(path).to_owned());
        path.file_name().map_or_else(|| dir.clone(), |name| dir.join(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_not_written_to_its_end_leaves_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.json");
        fs::write(&path, "old").unwrap();
        let failed = Staged::write(&path, |out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().parts().0, "output.unwritable");
        drop(Staged::write(&path, |out| out.write_all(b"never placed")).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        Staged::write(&path, |out| out.write_all(b"new")).unwrap().place().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn nothing_that_is_read_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data.csv");
        fs::write(&path, "").unwrap();
        let again = Destination::File(dir.path().join(".").join("data.csv"));
        let failure = check(&[("--output", &again)], None, &[("--data", &path)]).unwrap_err();
        assert_eq!(failure.parts().0, "output.same_file");
    }
}
