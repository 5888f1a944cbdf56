//! The file `quarantine.json`: read whole, replaced at once or not at all, edited by one process at a time. It never knows
//! what an entry means.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::QuarantineError;
use super::document::Document;
use crate::bundle::lock::make_private_directory;

/// How long an editor waits for another one, and how long between looks.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

/// More than all entries with their texts ever take.
const BYTES_MAX: u64 = 16 << 20;

/// The right to edit the file, held until it is dropped. Other processes and threads wait.
#[derive(Debug)]
pub(super) struct Exclusive {
    _guard: File,
}

impl Exclusive {
    /// Waits for the right. The guard is a file of its own that stays: the quarantine is replaced by renaming, which would
    /// leave a lock on it with the old file.
    pub(super) fn acquire(path: &Path) -> Result<Self, QuarantineError> {
        let acquire = || {
            let directory = parent(path);
            make_private_directory(&directory)?;
            let guard = directory.join(".quarantine-edit.lock");
            let guard = OpenOptions::new().create(true).truncate(false).write(true).open(guard)?;
            wait_for(&guard)?;
            Ok(Self { _guard: guard })
        };
        acquire().map_err(|cause| unwritable(path, cause))
    }
}

/// Waits for the lock, and not for ever: who holds it may stand still, and calls wait for this.
fn wait_for(guard: &File) -> io::Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        match guard.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::park_timeout(PAUSE),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reads the file; one that does not exist is empty.
pub(super) fn read(path: &Path) -> Result<Document, QuarantineError> {
    let unreadable = |cause: io::Error| QuarantineError::Unreadable { path: path.to_owned(), cause: Arc::new(cause) };
    // Opening a pipe would wait for ever.
    let opened = path.metadata().and_then(|metadata| match metadata.is_file() {
        true => File::open(path),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
    });
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Document::default()),
        Err(error) => return Err(unreadable(error)),
    };
    if is_everybodys(&file).map_err(unreadable)? {
        return Err(QuarantineError::Everybodys { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let malformed = |message: String| QuarantineError::Malformed { path: path.to_owned(), message };
    if bytes.len() as u64 > BYTES_MAX {
        return Err(malformed(format!("expected at most {BYTES_MAX} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
    Document::parse(&text, path)
}

/// Replaces the file: readers see the old bytes or the new ones. Nobody but the user may read it, since it names files.
pub(super) fn write(path: &Path, document: &Document) -> Result<(), QuarantineError> {
    let write = || {
        let directory = parent(path);
        let mut new = tempfile::Builder::new().prefix(".quarantine-").suffix(".tmp").tempfile_in(&directory)?;
        new.write_all(document.to_json().as_bytes())?;
        new.as_file().sync_all()?;
        new.persist(path).map_err(|error| error.error)?;
        if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
    };
    write().map_err(|cause| unwritable(path, cause))
}

/// Puts an empty file in the place of one that is malformed, and says whether it was.
pub(super) fn replace_malformed(path: &Path) -> Result<bool, QuarantineError> {
    let _exclusive = Exclusive::acquire(path)?;
    match read(path) {
        Ok(_) => Ok(false),
        Err(QuarantineError::Malformed { .. }) => write(path, &Document::default()).map(|()| true),
        Err(error) => Err(error),
    }
}

fn is_everybodys(file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok(file.metadata()?.mode() & 0o002 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        Ok(false)
    }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn unwritable(path: &Path, cause: io::Error) -> QuarantineError {
    QuarantineError::Unwritable { path: path.to_owned(), cause: Arc::new(cause) }
}
