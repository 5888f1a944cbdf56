//! What says that a file is still the one that was read: device, inode, size and times. It never opens a file.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// How long a file must have been left alone before it is remembered: the clocks of file systems tick coarsely, and a
/// second change within a tick would leave no trace.
const SETTLED: Duration = Duration::from_secs(2);

/// A time as file systems keep it: seconds since 1970 and nanoseconds.
type Time = (i64, i64);

/// What says that a file is still the one that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Key {
    device: u64,
    inode: u64,
    n_bytes: u64,
    modified: Time,
    changed: Time,
}

impl Key {
    /// The key of a regular file that nobody but its owner may write to, and that is no link; none for everything else, which
    /// rules of the user may or may not admit.
    #[cfg(unix)]
    pub(super) fn of(file: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;

        let metadata = std::fs::symlink_metadata(file).ok()?;
        let is_own = metadata.is_file() && metadata.mode() & 0o022 == 0;
        is_own.then(|| Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            n_bytes: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// This system has no time that programs cannot set.
    #[cfg(not(unix))]
    pub(super) fn of(_file: &Path) -> Option<Self> {
        None
    }

    /// Whether its last change is long enough ago. A time that is to come never is.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let age = |(seconds, _): Time| {
            let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))?;
            now.duration_since(time).ok()
        };
        // The fraction is left out, so a second is added.
        [self.modified, self.changed]
            .into_iter()
            .all(|time| age(time).is_some_and(|age| age > SETTLED + Duration::from_secs(1)))
    }
}
