//! The head of a journal's file, and the file's name: whose it is. It never says whether that process lives.

use std::path::Path;
use std::process;

use crate::quarantine::journal::table::Table;

/// The bytes of a file.
pub(super) const BYTES: usize = size_of::<Table>();

/// The format and its version. Another version has another magic, and is left to hosts that know it.
const MAGIC: [u8; 8] = *b"ce-run/1";

const PID: std::ops::Range<usize> = 8..16;
const BOOT: std::ops::Range<usize> = 16..56;

/// Who writes a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) pid: u32,
    /// The start of the machine, where the system tells; zeros elsewhere. A process that a reboot or a power cut ended did
    /// not die of a bundle, and one of another machine may live.
    pub(super) boot: [u8; 40],
}

/// What the first bytes of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A journal.
    Journal(Head),
    /// Its process ended before it was written.
    HalfMade,
    /// Something else, or another version.
    Foreign,
}

impl Head {
    pub(super) fn of_this_process() -> Self {
        Self { pid: process::id(), boot: boot() }
    }

    /// A whole file: this head, and slots that are free.
    pub(super) fn to_file(self) -> Vec<u8> {
        let mut bytes = vec![0; BYTES];
        bytes[..PID.start].copy_from_slice(&MAGIC);
        bytes[PID].copy_from_slice(&u64::from(self.pid).to_ne_bytes());
        bytes[BOOT].copy_from_slice(&self.boot);
        bytes
    }

    pub(super) fn find(bytes: &[u8]) -> Found {
        if bytes.len() > BYTES || (!bytes.is_empty() && !bytes.starts_with(&MAGIC[..bytes.len().min(MAGIC.len())])) {
            return Found::Foreign;
        }
        if bytes.len() < BYTES {
            return Found::HalfMade;
        }
        let pid = bytes[PID].try_into().map(u64::from_ne_bytes).ok().and_then(|pid| u32::try_from(pid).ok());
        let boot = bytes[BOOT].try_into().ok();
        match (pid, boot) {
            (Some(pid), Some(boot)) => Found::Journal(Self { pid, boot }),
            _ => Found::Foreign,
        }
    }
}

/// A new name: the process, so that people can tell, and something that no other file has.
pub(super) fn file_name() -> String {
    format!("{}-{}", process::id(), uuid::Uuid::now_v7().simple())
}

/// Whether a file has the name of a journal. Others are never touched.
pub(super) fn is_journal(name: &Path) -> bool {
    let parts = name.to_str().and_then(|name| name.split_once('-'));
    parts.is_some_and(|(pid, unique)| {
        !pid.is_empty()
            && pid.bytes().all(|byte| byte.is_ascii_digit())
            && unique.len() == 32
            && unique.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn boot() -> [u8; 40] {
    let mut boot = [0; 40];
    if cfg!(target_os = "linux") {
        let text = std::fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        boot.iter_mut().zip(text.trim_ascii()).for_each(|(to, from)| *to = *from);
    }
    boot
}
